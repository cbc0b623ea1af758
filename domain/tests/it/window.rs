//! The service window, and the counters that are kept beside it.

use crate::world::{World, noon, seconds};
use chrono::TimeDelta;
use domain::Error;
use domain::chat::{Command, HistoryFilter, List, Queue, Refusal, clock, history, list};
use sqlx::PgPool;
use std::collections::HashSet;

fn missed_alone() -> HistoryFilter {
    HistoryFilter { missed: true, ..HistoryFilter::default() }
}

#[sqlx::test(migrations = "./migrations")]
async fn windows_close_once_each_under_several_processes(pool: PgPool) {
    let world = World::new(pool).await;
    let bot = world.says(1, "Hello", noon()).await;
    let missed = world.asks(2, noon()).await;
    let held = world.asks(3, noon()).await;
    world.does(&world.ana, held, Command::Intervene, noon() + seconds(5)).await.unwrap();
    let later = world.says(4, "Hello", noon() + TimeDelta::hours(1)).await;
    let at = noon() + TimeDelta::hours(24) + seconds(1);
    let crowd = world.crowd().await;
    // The first that is due is the bot's: the others come after it.
    let mut holding = world.desk.begin().await.unwrap();
    domain::chat::store::lock(&mut holding, bot).await.unwrap();
    let closing = (0..4).map(|_| clock::close_windows(&crowd, at));
    let closed = world.at_once(holding.rollback(), closing).await;
    crowd.pool().close().await;
    assert_eq!(closed.into_iter().map(Result::unwrap).sum::<usize>(), 3, "four processes, each window once");
    for (chat, kind) in [(bot, "window_closed"), (missed, "missed"), (held, "expired")] {
        assert_eq!(world.queue(chat).await, Queue::History, "{kind}");
        let kinds: Vec<String> = sqlx::query_scalar(
            "select kind from journey where chat_id = $1 and kind in ('window_closed', 'missed', 'expired')",
        )
        .bind(chat.0)
        .fetch_all(world.db.pool())
        .await
        .unwrap();
        assert_eq!(kinds, [kind]);
    }
    assert_eq!(world.queue(later).await, Queue::Active);
    let listed = async || history::page(&world.desk, &world.ben, &missed_alone(), None).await.unwrap().rows;
    assert_eq!(listed().await.iter().map(|row| row.id).collect::<Vec<_>>(), [missed], "History's missed requests");
    assert!(listed().await[0].content.as_ref().unwrap().missed);
    // The next message brings it back.
    world.says(2, "still there?", at + seconds(60)).await;
    assert_eq!(world.queue(missed).await, Queue::Active);
    assert!(listed().await.is_empty());
}

#[sqlx::test(migrations = "./migrations")]
async fn missed_requests_are_paged_to_the_oldest(pool: PgPool) {
    let world = World::new(pool).await;
    let many = list::PAGE * 2 + 1;
    sqlx::query(
        "with guest as (
            insert into contact (workspace_id, id, name, first_seen_at, created_at)
            select $1, gen_random_uuid(), 'Guest ' || n, $2, $2 from generate_series(1, $3) n returning id)
         insert into chat (workspace_id, id, channel_id, contact_id, state, window_open, missed, last_at, created_at)
         select $1, gen_random_uuid(), $4, id, 'active', false, true, $2, $2 from guest",
    )
    .bind(world.desk.id().0)
    .bind(noon())
    .bind(many)
    .bind(world.channel.0)
    .execute(world.db.pool())
    .await
    .unwrap();
    let (mut seen, mut after, mut pages) = (HashSet::new(), None, 0);
    loop {
        let page = history::page(&world.desk, &world.ben, &missed_alone(), after.as_ref()).await.unwrap();
        seen.extend(page.rows.iter().map(|row| row.id));
        pages += 1;
        after = page.rows.last().map(|row| List::History.key(row));
        if !page.more {
            break;
        }
    }
    assert_eq!((pages, i64::try_from(seen.len()).unwrap()), (3, many), "also where all are of one moment");
}

#[sqlx::test(migrations = "./migrations")]
async fn history_is_narrowed_by_tag_by_who_resolved_and_by_day(pool: PgPool) {
    let world = World::new(pool).await;
    let tagged = world.says(1, "hello", noon()).await;
    let resolved = world.asks(2, noon() + seconds(60)).await;
    world.does(&world.ana, resolved, Command::Intervene, noon() + seconds(70)).await.unwrap();
    let resolve = Command::Resolve { outcome: None, note: None };
    world.does(&world.ana, resolved, resolve, noon() + seconds(80)).await.unwrap();
    let missed = world.asks(3, noon() + seconds(120)).await;
    let tag = world.manual_tag("VIP").await;
    domain::tag::store::give(&world.desk, &world.ana, tagged, tag, noon() + seconds(130)).await.unwrap();
    let later = noon() + TimeDelta::hours(30);
    clock::run_once(&world.db, later).await.unwrap();
    let listed = async |filter: HistoryFilter| {
        let page = history::page(&world.desk, &world.ben, &filter, None).await.unwrap();
        page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let any = HistoryFilter::default;
    assert_eq!(listed(any()).await, [missed, resolved, tagged], "newest first");
    assert_eq!(listed(missed_alone()).await, [missed]);
    assert_eq!(listed(HistoryFilter { tag: Some(tag), ..any() }).await, [tagged]);
    assert_eq!(listed(HistoryFilter { resolved_by: Some(world.ana.id), ..any() }).await, [resolved]);
    assert!(listed(HistoryFilter { resolved_by: Some(world.ben.id), ..any() }).await.is_empty());
    assert_eq!(listed(HistoryFilter { since: Some(noon() + seconds(100)), ..any() }).await, [missed]);
    assert_eq!(listed(HistoryFilter { until: Some(noon() + seconds(50)), ..any() }).await, [tagged]);
    assert!(listed(HistoryFilter { tag: Some(tag), missed: true, ..any() }).await.is_empty());
    let merge = "update contact set merged_into = (select contact_id from chat where id = $1)
        where id = (select contact_id from chat where id = $2)";
    sqlx::query(merge).bind(missed.0).bind(tagged.0).execute(world.db.pool()).await.unwrap();
    assert_eq!(listed(HistoryFilter { tag: Some(tag), missed: true, ..any() }).await, [missed], "through a merge");
}

#[sqlx::test(migrations = "./migrations")]
async fn nothing_is_sent_into_a_closed_window(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    world.deliver(noon() + seconds(1)).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    // Refused at sending, a minute before WhatsApp would refuse it.
    let end = noon() + TimeDelta::hours(24);
    let refused = world.sends(&world.ana, chat, "too late", end - seconds(60)).await.unwrap_err();
    assert_eq!(refused, Error::Refused(Refusal::WindowClosed));
    // Accepted in time but claimed too late: it is not sent and says why.
    let message = world.sends(&world.ana, chat, "in time", end - seconds(61)).await.unwrap();
    assert!(world.deliver(end - seconds(30)).await.is_empty());
    let (delivery, failure): (String, Option<serde_json::Value>) =
        sqlx::query_as("select delivery, failure from message where id = $1")
            .bind(message.0)
            .fetch_one(world.db.pool())
            .await
            .unwrap();
    assert_eq!(delivery, "failed");
    assert!(failure.is_some());
}

#[sqlx::test(migrations = "./migrations")]
async fn counters_are_what_a_recount_gives(pool: PgPool) {
    let world = World::new(pool).await;
    for who in 1..=4 {
        let mut at = noon() + seconds(i64::try_from(who).unwrap());
        let chat = world.says(who, "Hello", at).await;
        for round in 0..3 {
            at += seconds(60);
            world.asks(who, at).await;
            world.asks(who, at + seconds(1)).await;
            world.does(&world.ana, chat, Command::Intervene, at + seconds(2)).await.unwrap();
            world.sends(&world.ana, chat, &format!("answer {round}"), at + seconds(3)).await.unwrap();
            world.says(who, "thank you", at + seconds(4)).await;
            let resolve = Command::Resolve { outcome: Some("Solved".into()), note: None };
            world.does(&world.ana, chat, resolve, at + seconds(5)).await.unwrap();
            at += TimeDelta::minutes(20);
        }
    }
    // No templates yet: none may be counted.
    let rows: Vec<(i64, i64, i64, i64, i64, i64)> = sqlx::query_as(
        "select c.session_messages, c.template_messages, c.unresolved_queries,
                (select count(*) from message m join chat t on t.id = m.chat_id
                 where t.contact_id = c.id and m.author <> 'system'),
                0::bigint,
                (select count(*) from journey j where j.contact_id = c.id and j.kind = 'requested')
         from contact c",
    )
    .fetch_all(world.db.pool())
    .await
    .unwrap();
    assert_eq!(rows.len(), 4);
    for (session, template, unresolved, messages, templates, requests) in rows {
        assert_eq!((session, template, unresolved), (messages, templates, requests));
        assert_eq!(unresolved, 3);
    }
}
