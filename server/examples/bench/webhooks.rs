//! Webhooks: how many are taken a second, how soon they are answered, and how many are processed.

use crate::load::{Pace, at, send};
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
        let found = Runs::of(&rig, runs, requests, batch, connections, None, &mut number).await?;
        let name = if batch == 1 {
            format!("single, {connections} connections")
        } else {
            format!("{batch} in one, {connections} connections")
        };
        let median = found.print(&name);
        if (connections, batch) == (32, 1) {
            single_rate = median;
            println!("{:<44}{:>16}", "  of the control's single-row commits", format!("{:.2}", median / single));
        } else if batch > 1 {
            println!("{:<44}{:>16}", "  times the updates of singles", format!("{:.1}", median / single_rate));
        }
    }
    heading("webhooks at a pace (open loop)", &["taken/s", "p50 ms", "p99 ms", "processed/s"]);
    for (rate, connections, batch, requests) in
        [(500, 1, 1, 2_500), (1000, 8, 1, 5_000), (1000, 32, 1, 5_000), (2000, 32, 1, 10_000), (20, 8, 100, 100)]
    {
        let (single, hundred) = control::pgbench(cluster)?;
        singles.push(single);
        hundreds.push(hundred);
        let found = Runs::of(&rig, runs, requests, batch, connections, Some(f64::from(rate)), &mut number).await?;
        let many = if batch == 1 { String::new() } else { format!(", {batch} in one") };
        let name = format!("{rate} a second{many}, {connections} connections");
        found.print(&name);
    }
    control::print_all(&mut singles, &mut hundreds);
    let left = rig.count("select count(*) from delivery_update where outcome <> 'stored'").await?;
    let messages = rig.count("select count(*) from message where author = 'customer'").await?;
    println!(
        "sent {number} messages, stored {messages}, anything else {left}; the server holds {:.0} MB",
        rig.memory()
    );
    Ok(())
}

/// Several runs of one kind.
#[derive(Default)]
struct Runs {
    rates: Vec<f64>,
    halves: Vec<f64>,
    worst: Vec<f64>,
    processed: Vec<f64>,
}

impl Runs {
    async fn of(
        rig: &Rig,
        runs: u64,
        requests: usize,
        batch: usize,
        connections: usize,
        rate: Option<f64>,
        number: &mut usize,
    ) -> Result<Self, Failed> {
        let mut all = Self::default();
        for _ in 0..runs {
            let mut shots = Vec::with_capacity(requests);
            for _ in 0..requests {
                let updates: Vec<_> = (0..batch)
                    .map(|_| {
                        *number += 1;
                        let from = format!("4930{:08}", *number % CUSTOMERS);
                        text(&from, &format!("wamid.BENCH{number}"), "Where is my order?")
                    })
                    .collect();
                shots.push(rig.webhook(&updates));
            }
            let begun = Instant::now();
            let mut found = send(rig.address, &shots, connections, rate.map(Pace::of)).await?;
            rig.drained().await?;
            let lasted = begun.elapsed();
            let updates = f64::from(u32::try_from(found.answered * batch)?);
            all.rates.push(updates / found.lasted.as_secs_f64());
            all.processed.push(updates / lasted.as_secs_f64());
            all.halves.push(at(&mut found.times, 50.0));
            all.worst.push(at(&mut found.times, 99.0));
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        Ok(all)
    }

    /// Prints them; the median of what was taken a second.
    fn print(mut self, name: &str) -> f64 {
        let cells = [
            spread(&mut self.rates, 0),
            spread(&mut self.halves, 1),
            spread(&mut self.worst, 1),
            spread(&mut self.processed, 0),
        ];
        row(name, &cells);
        // Sorted by now.
        self.rates[self.rates.len() / 2]
    }
}
