//! Webhooks: how many are taken a second, how soon they are answered, and how many are processed.

use crate::load::{at, send};
use crate::rig::{Rig, text};
use crate::{Failed, control, heading, row, setting, spread};
use std::time::{Duration, Instant};

/// Customers who write.
const CUSTOMERS: usize = 5_000;

/// Prints the table.
pub async fn run(baton: &str, cluster: &str) -> Result<(), Failed> {
    let runs = setting("BENCH_RUNS", 5);
    let mut rig = Rig::make(baton, cluster, "baton_bench_webhooks", 2).await?;
    rig.start().await?;
    heading("webhooks, one text each (closed loop)", &["taken/s", "p50 ms", "p99 ms", "processed/s"]);
    let (mut singles, mut hundreds) = (Vec::new(), Vec::new());
    let mut number = 0;
    let mut single_rate = 0.0;
    for (connections, batch, requests) in [(1, 1, 600), (8, 1, 4_000), (32, 1, 8_000), (8, 100, 160)] {
        let (single, hundred) = control::pgbench(cluster)?;
        singles.push(single);
        hundreds.push(hundred);
        let (mut rates, mut halves, mut worst, mut processed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..runs {
            let mut shots = Vec::with_capacity(requests);
            for _ in 0..requests {
                let updates: Vec<_> = (0..batch)
                    .map(|_| {
                        number += 1;
                        let from = format!("4930{:08}", number % CUSTOMERS);
                        text(&from, &format!("wamid.BENCH{number}"), "Where is my order?")
                    })
                    .collect();
                shots.push(rig.webhook(&updates));
            }
            let begun = Instant::now();
            let mut found = send(rig.address, &shots, connections, None).await?;
            rig.drained().await?;
            let all = begun.elapsed();
            let updates = f64::from(u32::try_from(found.answered * batch)?);
            rates.push(updates / found.lasted.as_secs_f64());
            processed.push(updates / all.as_secs_f64());
            halves.push(at(&mut found.times, 50.0));
            worst.push(at(&mut found.times, 99.0));
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        let name = if batch == 1 {
            format!("single, {connections} connections")
        } else {
            format!("{batch} in one, {connections} connections")
        };
        row(&name, &[spread(&mut rates, 0), spread(&mut halves, 1), spread(&mut worst, 1), spread(&mut processed, 0)]);
        let median = rates[rates.len() / 2];
        if (connections, batch) == (32, 1) {
            single_rate = median;
            println!("{:<44}{:>16}", "  of the control's single-row commits", format!("{:.2}", median / single));
        } else if batch > 1 {
            println!("{:<44}{:>16}", "  times the updates of singles", format!("{:.1}", median / single_rate));
        }
    }
    println!("control: pgbench, one row a commit, 32 clients: {} commits/s", spread(&mut singles, 0));
    println!("control: pgbench, 100 rows a commit, 4 clients: {} rows/s", spread(&mut hundreds, 0));
    let left = rig.count("select count(*) from delivery_update where outcome <> 'stored'").await?;
    let messages = rig.count("select count(*) from message where author = 'customer'").await?;
    println!(
        "sent {number} messages, stored {messages}, anything else {left}; the server holds {:.0} MB",
        rig.memory()
    );
    Ok(())
}
