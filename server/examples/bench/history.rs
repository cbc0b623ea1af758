//! Years of history: pages of an inbox and a thread at a million contacts and ten million messages, beside an empty
//! database; and the generator that makes them.

use crate::load::at;
use crate::rig::Rig;
use crate::{Failed, control, heading, row, setting, spread};
use serde_json::json;
use sqlx::Executor;
use std::time::Instant;

/// Fills a workspace with contacts, each with a chat of `each` messages. A thousandth waits, a thousandth is held, one
/// in ten is active, the rest is history. What they said lies anywhere in two years.
pub async fn fill(rig: &Rig, contacts: usize, each: usize) -> Result<(), Failed> {
    let mut owner = rig.owner().await?;
    let workspace = rig.desk.id().0;
    let holder = rig.members[0].id.0;
    // The rows are made to fit; checking each foreign key would take as long again.
    owner.execute("set session_replication_role = replica").await?;
    owner.execute("set synchronous_commit = off").await?;
    owner.execute("create temporary table made as select 1 as place, gen_random_uuid() as contact, gen_random_uuid() as chat limit 0").await?;
    for start in (0..contacts).step_by(50_000) {
        let end = (start + 50_000).min(contacts);
        let steps = [
            "with c as (select n as place, gen_random_uuid() as contact, gen_random_uuid() as chat from generate_series($1::int, $2::int - 1) n)
             insert into made select place, contact, chat from c where $3::uuid is not null and $4::uuid is not null and $5::int > 0",
            "insert into contact (workspace_id, id, name, first_seen_at, last_active_at, first_message, session_messages, created_at)
             select $3, contact, 'Customer 4930' || lpad(place::text, 8, '0'), now() - interval '1 year', now() - place * interval '1 second',
                    'hello', $5, now() - interval '1 year' from made where place >= $1 and place < $2 and $4::uuid is not null",
            "insert into identity (workspace_id, contact_id, kind, value, canonical, created_at)
             select $3, contact, 'phone', '4930' || lpad(place::text, 8, '0'), '4930' || lpad(place::text, 8, '0'), now() - interval '1 year'
             from made where place >= $1 and place < $2 and $4::uuid is not null and $5::int > 0",
            "insert into chat (workspace_id, id, channel_id, contact_id, state, holder, held_since, requested_since, window_closes_at, window_open,
                               greeted_in_window, last_at, last_line, last_seq, customer_count, created_at)
             select $3, chat, (select id from channel where workspace_id = $3), contact,
                    case when place % 1000 = 1 then 'requested' when place % 1000 = 2 then 'intervened' else 'active' end,
                    case when place % 1000 = 2 then $4 end, case when place % 1000 = 2 then now() end, case when place % 1000 = 1 then now() - place * interval '1 ms' end,
                    now() + interval '20 hours', place % 10 < 3, true, now() - place * interval '1 second', 'Where is my order?', $5, $5, now() - interval '1 year'
             from made where place >= $1 and place < $2",
            "insert into message (workspace_id, id, chat_id, seq, author, body, wamid, at, arrived_at)
             select $3, gen_random_uuid(), chat, s, 'customer', jsonb_build_object('text', jsonb_build_object('text', 'message ' || s || ' of customer ' || place)),
                    'wamid.H' || place || '.' || s, said.at, said.at
             from made, generate_series(1, $5::int) s,
                  lateral (select now() - place % 700 * interval '1 day' - ($5 - s) * interval '1 hour' - place * interval '1 ms' as at) said
             where place >= $1 and place < $2 and $4::uuid is not null",
        ];
        for sql in steps {
            sqlx::query(sql)
                .bind(i32::try_from(start)?)
                .bind(i32::try_from(end)?)
                .bind(workspace)
                .bind(holder)
                .bind(i32::try_from(each)?)
                .execute(&mut owner)
                .await?;
        }
    }
    let counts = "insert into queue_count (workspace_id, queue, holder, directed_to, chats)
        select workspace_id, queue, coalesce(holder, '00000000-0000-0000-0000-000000000000'), '00000000-0000-0000-0000-000000000000', count(*)
        from chat group by 1, 2, 3";
    owner.execute(counts).await?;
    rig.analyze().await
}

/// What was measured at one size: medians and 99th percentiles.
struct Times([(&'static str, f64, f64); KINDS.len()]);

/// What is asked for.
const KINDS: [&str; 5] = ["inbox page", "counts alone", "thread", "requested page", "history page"];

async fn pages(rig: &Rig, name: &str) -> Result<Times, Failed> {
    let (cookie, agent) = (rig.cookie(0).await?, rig.cookie(1).await?);
    let list = json!({"list": "Active", "after": null});
    // What others hold is a number to an agent: a page of no rows, and the counts.
    let nothing = json!({"list": "Others", "after": null});
    let waiting = json!({"list": "Requested", "after": null});
    let history = json!({"filter": {}, "after": null});
    let asked = usize::try_from(setting("BENCH_PAGES", 200))?;
    // Any chats, not those that have just been read.
    let chats: Vec<String> = sqlx::query_scalar("select id::text from chat order by md5(id::text) limit $1")
        .bind(i64::try_from(asked)?)
        .fetch_all(&mut rig.owner().await?)
        .await?;
    if chats.is_empty() {
        return Err("there is no chat to open".into());
    }
    let mut runs = KINDS.map(|what| (what, Vec::new(), Vec::new()));
    for _ in 0..setting("BENCH_RUNS", 5) {
        let mut times = [const { Vec::new() }; KINDS.len()];
        for n in 0..asked {
            let chat = &chats[n % chats.len()];
            times[0].push(rig.ask("inbox_page", &cookie, &list).await?.0);
            times[1].push(rig.ask("inbox_page", &agent, &nothing).await?.0);
            times[2].push(rig.ask("open_chat", &cookie, &json!({"chat": chat})).await?.0);
            times[3].push(rig.ask("inbox_page", &agent, &waiting).await?.0);
            times[4].push(rig.ask("inbox_history", &cookie, &history).await?.0);
        }
        for ((_, half, worst), times) in runs.iter_mut().zip(&mut times) {
            half.push(at(times, 50.0));
            worst.push(at(times, 99.0));
        }
    }
    Ok(Times(runs.map(|(what, mut half, mut worst)| {
        row(&format!("{name}: {what}"), &[spread(&mut half, 2), spread(&mut worst, 2)]);
        // Sorted by now.
        (what, half[half.len() / 2], worst[worst.len() / 2])
    })))
}

/// Prints the pages' times at three sizes.
pub async fn run(baton: &str, cluster: &str) -> Result<(), Failed> {
    let contacts = usize::try_from(setting("BENCH_CONTACTS", 1_000_000))?;
    let each = usize::try_from(setting("BENCH_MESSAGES_EACH", 10))?;
    let begun = Instant::now();
    let mut found = Vec::new();
    // Empty but for the one chat without which there is no thread to open; with as many as fill a page, which cost what
    // they cost wherever they come from; and years of them.
    let sizes = [("baton_bench_small", 1), ("baton_bench_page", 200), ("baton_bench_large", contacts)];
    let mut rigs = Vec::new();
    for (name, size) in sizes {
        let rig = Rig::make(baton, cluster, name, 2).await?;
        if !rig.reused {
            fill(&rig, size, each).await?;
        }
        rigs.push((rig, size));
    }
    println!("\n{contacts} contacts with {each} messages each made in {:.0} s", begun.elapsed().as_secs_f64());
    heading("pages, one after the other, whole HTTP requests", &["p50 ms", "p99 ms"]);
    let (mut singles, mut hundreds) = (Vec::new(), Vec::new());
    for (rig, size) in &mut rigs {
        rig.start().await?;
        let (single, hundred) = control::pgbench(cluster)?;
        singles.push(single);
        hundreds.push(hundred);
        let name = if *size == 1 { "1 contact".to_owned() } else { format!("{size} contacts") };
        found.push(pages(rig, &name).await?);
        rig.stop();
    }
    let [empty, page, large] = found.as_slice() else { return Err("three sizes".into()) };
    for (name, before) in [("times the empty database's", empty), ("times those of 200 contacts", page)] {
        heading(name, &["p50", "p99"]);
        for ((what, half, worst), (_, half_before, worst_before)) in large.0.iter().zip(before.0) {
            row(what, &[format!("{:.2}", half / half_before), format!("{:.2}", worst / worst_before)]);
        }
    }
    control::print_all(&mut singles, &mut hundreds);
    Ok(())
}
