//! The feed: dense numbers, true counts, nothing skipped.

use crate::world::{World, noon, seconds};
use domain::chat::Command;
use domain::feed::sequencer;
use domain::feed::store::{Follow, after};
use futures::future::join_all;
use sqlx::PgPool;
use std::sync::atomic::{AtomicBool, Ordering};

#[sqlx::test(migrations = "./migrations")]
async fn numbers_are_dense_and_counts_are_what_a_recount_gives(pool: PgPool) {
    let world = World::new(pool).await;
    let (world, writing) = (&world, &AtomicBool::new(true));
    let writers = async {
        join_all((1..=12).map(|who| async move {
            let chat = world.says(who, "Hello", noon()).await;
            if who % 2 == 0 {
                world.asks(who, noon() + seconds(1)).await;
            }
            if who % 4 == 0 {
                world.does(&world.ana, chat, Command::Intervene, noon() + seconds(2)).await.unwrap();
            }
        }))
        .await;
        writing.store(false, Ordering::Relaxed);
    };
    // One sequencer, while everybody writes: what commits late must not be skipped.
    let sequencer = async {
        while writing.load(Ordering::Relaxed) {
            world.sequence().await;
        }
    };
    futures::join!(writers, sequencer);
    world.sequence().await;
    let pool = world.db.pool();
    let (rows, distinct, last): (i64, i64, i64) =
        sqlx::query_as("select count(*), count(distinct number), max(number) from feed").fetch_one(pool).await.unwrap();
    assert_eq!((rows, distinct), (last, last), "1, 2, 3 … without a gap or a double");
    let wrong: i64 = sqlx::query_scalar(
        "select count(*) from
            (select queue, nullif(holder, uuid_nil) as holder, nullif(directed_to, uuid_nil) as directed_to, chats
             from queue_count, (select '00000000-0000-0000-0000-000000000000'::uuid) as n(uuid_nil) where chats <> 0) kept
         full join (select queue, holder, directed_to, count(*) as chats from chat group by 1, 2, 3) told
         on kept.queue = told.queue and kept.chats = told.chats
            and kept.holder is not distinct from told.holder and kept.directed_to is not distinct from told.directed_to
         where kept.queue is null or told.queue is null",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(wrong, 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn one_sequencer_at_a_time_and_the_next_takes_over(pool: PgPool) {
    let world = World::new(pool).await;
    let mut first = world.db.pool().acquire().await.unwrap().detach();
    let mut second = world.db.pool().acquire().await.unwrap().detach();
    assert!(sequencer::try_lead(&mut first).await.unwrap());
    assert!(!sequencer::try_lead(&mut second).await.unwrap());
    use sqlx::Connection;
    first.close().await.unwrap();
    // Postgres notices the end of a connection in its own time; without it, this never ends.
    while !sequencer::try_lead(&mut second).await.unwrap() {
        tokio::task::yield_now().await;
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_screen_that_was_away_is_told_everything_or_to_load_anew(pool: PgPool) {
    let world = World::new(pool).await;
    world.says(1, "Hello", noon()).await;
    world.sequence().await;
    let Follow::Batch(batch) = after(&world.desk, 0, noon()).await.unwrap() else { panic!("nothing to tell") };
    let here = batch.last;
    assert!(matches!(after(&world.desk, here, noon()).await.unwrap(), Follow::Nothing));
    assert!(matches!(after(&world.desk, here + 5, noon()).await.unwrap(), Follow::Resync), "a number never given");
    for n in 0..5 {
        world.says(1, &format!("word {n}"), noon() + seconds(n)).await;
    }
    world.sequence().await;
    let Follow::Batch(batch) = after(&world.desk, here, noon()).await.unwrap() else { panic!("nothing to tell") };
    assert_eq!(batch.first, here + 1);
    let words: Vec<_> = batch.messages.values().map(|message| message.body.line()).collect();
    for n in 0..5 {
        assert!(words.contains(&format!("word {n}")), "{words:?}");
    }
    // Once the feed no longer reaches back, it says so.
    let days = chrono::TimeDelta::days(30);
    sequencer::forget(&world.db, noon() + days).await.unwrap();
    assert!(matches!(after(&world.desk, here, noon() + days).await.unwrap(), Follow::Resync));
}

/// The machine of the sequencer may be gone without a word: Postgres is to let its lock go.
#[sqlx::test(migrations = "./migrations")]
async fn a_process_that_is_gone_without_a_word_holds_its_locks_for_seconds(pool: PgPool) {
    let apart = domain::db::Db::new(pool).apart(1);
    for (name, most) in [
        ("tcp_keepalives_idle", 15),
        ("tcp_keepalives_interval", 5),
        ("tcp_keepalives_count", 3),
        ("tcp_user_timeout", 30_000),
    ] {
        let setting: i32 = sqlx::query_scalar("select setting::int from pg_settings where name = $1")
            .bind(name)
            .fetch_one(apart.pool())
            .await
            .unwrap();
        assert_eq!(setting, most, "{name}");
    }
}
