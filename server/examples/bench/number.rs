//! A maxed-out WhatsApp number: 3,000 statuses and 300 messages a second, for a minute, five times.

use crate::load::{Pace, at, send};
use crate::rig::{Rig, status, text};
use crate::{Failed, control, heading, row, setting, spread};
use sqlx::Executor;
use std::time::Duration;

const CONTACTS: usize = 20_000;
const STATUSES: usize = 3_000;
const MESSAGES: usize = 300;

/// What one run found.
struct Run {
    taken: f64,
    half: f64,
    worst: f64,
    /// Until the ledger was empty, in milliseconds.
    rest: f64,
    /// The control's commits a second, in the same minute.
    control: f64,
    memory: f64,
}

/// Prints what happened. With `held` a transaction that began before stays open all the time, as a backup's does:
/// Postgres then keeps every row that was deleted or replaced since.
pub async fn run(baton: &str, cluster: &str, held: bool) -> Result<(), Failed> {
    let seconds = usize::try_from(setting("BENCH_SECONDS", 60))?;
    let beside = if held { ", an old transaction beside" } else { "" };
    let name = format!("a number at its limit, {seconds} s{beside}");
    heading(&name, &["taken/s", "p50 ms", "p99 ms", "rest ms"]);
    let mut runs = Vec::new();
    for _ in 0..setting("BENCH_RUNS", 5) {
        runs.push(once(baton, cluster, seconds, held).await?);
    }
    let all = |of: fn(&Run) -> f64, digits: usize| spread(&mut runs.iter().map(of).collect::<Vec<_>>(), digits);
    let cells = [all(|run| run.taken, 0), all(|run| run.half, 1), all(|run| run.worst, 1), all(|run| run.rest, 0)];
    row(&format!("{} asked/s, {CONTACTS} contacts", STATUSES + MESSAGES), &cells);
    println!(
        "control: pgbench, one row a commit, 32 clients: {} commits/s; the server holds {} MB",
        all(|run| run.control, 0),
        all(|run| run.memory, 0)
    );
    Ok(())
}

async fn once(baton: &str, cluster: &str, seconds: usize, held: bool) -> Result<Run, Failed> {
    let mut rig = Rig::make(baton, cluster, "baton_bench_number", 2).await?;
    crate::history::fill(&rig, CONTACTS, 2).await?;
    // What the statuses are about: messages that WhatsApp has taken, three statuses each.
    let ours = STATUSES * seconds / 3;
    let mut owner = rig.owner().await?;
    let make = sqlx::query(
        "insert into message (workspace_id, id, chat_id, seq, author, body, wamid, at, arrived_at, delivery)
         select c.workspace_id, gen_random_uuid(), c.id, c.last_seq + 1 + n.n / $1, 'bot', '{\"text\": {\"text\": \"out\"}}', 'wamid.OUT' || n.n, now(), now(), 'sent'
         from generate_series(0, $2 - 1) n(n) join (select *, row_number() over (order by id) - 1 as place from chat) c on c.place = n.n % $1",
    );
    owner.execute(make.bind(i32::try_from(CONTACTS)?).bind(i32::try_from(ours)?)).await?;
    let more = "update chat set last_seq = (select max(seq) from message m where m.workspace_id = chat.workspace_id and m.chat_id = chat.id)";
    owner.execute(more).await?;
    rig.analyze().await?;
    rig.start().await?;
    let (control, _) = control::pgbench(cluster)?;
    if held {
        owner.execute("begin isolation level repeatable read; select count(*) from chat").await?;
    }

    // Each second 300 messages and 3,000 statuses, evenly mixed: sent, delivered, read of 1,000 messages.
    let mut shots = Vec::with_capacity((STATUSES + MESSAGES) * seconds);
    let (mut said, mut told) = (0, 0);
    for place in 0..(STATUSES + MESSAGES) * seconds {
        if place % 11 == 0 {
            let from = format!("4930{:08}", (said * 7919) % CONTACTS);
            shots.push(rig.webhook(&[text(&from, &format!("wamid.IN{said}"), "Where is my order?")]));
            said += 1;
        } else {
            let word = ["sent", "delivered", "read"][told / 1000 % 3];
            let which = told / 3000 * 1000 + told % 1000;
            let to = format!("4930{:08}", which % CONTACTS);
            shots.push(rig.webhook(&[status(&to, &format!("wamid.OUT{which}"), word)]));
            told += 1;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = (STATUSES + MESSAGES) as f64;
    let mut found = send(rig.address, &shots, 64, Some(Pace::of(rate))).await?;
    let rest = rig.drained().await?;
    let taken = f64::from(u32::try_from(found.answered)?) / found.lasted.as_secs_f64();
    let (half, worst) = (at(&mut found.times, 50.0), at(&mut found.times, 99.0));
    let stored = rig.count("select count(*) from delivery_update where outcome = 'stored'").await?;
    let customers = rig.count("select count(*) from message where wamid like 'wamid.IN%'").await?;
    let answers = rig.count("select count(*) from outbox").await?;
    let unnumbered = {
        tokio::time::sleep(Duration::from_secs(1)).await;
        rig.count("select count(*) from feed_waiting").await?
    };
    let steps = rig.count("select count(*) from journey").await?;
    let all = told + said;
    println!(
        "stored {stored} of {all} updates, {customers} messages of customers, {answers} bot answers in the outbox, {steps} journey steps, {unnumbered} feed rows unnumbered a second later"
    );
    if usize::try_from(stored)? != all || usize::try_from(customers)? != said || steps == 0 || answers == 0 {
        return Err("not everything that was taken was processed".into());
    }
    let memory = rig.memory();
    rig.stop();
    Ok(Run { taken, half, worst, rest: rest.as_secs_f64() * 1000.0, control, memory })
}
