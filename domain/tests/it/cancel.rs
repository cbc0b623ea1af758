//! A request may be dropped at any moment: what comes after it on the same connection is not touched by it.

use domain::db::Db;
use futures::poll;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::pin::pin;

#[sqlx::test(migrations = "./migrations")]
async fn a_dropped_begin_leaves_no_transaction_behind(pool: PgPool) {
    let options = (*pool.connect_options()).clone();
    // One connection, so that the next to come gets the same.
    let single = PgPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let db = Db::new(single.clone());
    let desk = db.workspace(domain::WorkspaceId(uuid::Uuid::nil()));
    for round in 0..60 {
        {
            let mut begin = pin!(desk.snapshot());
            // Dropped after it was looked at once, twice, …: before, while and after Postgres answers.
            for _ in 0..=round % 6 {
                if poll!(begin.as_mut()).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let sql = "insert into sign_in_failure (subject, at) values ('round', now())";
        sqlx::query(sql).execute(&single).await.expect("this is no read-only transaction");
        let seen: i64 = sqlx::query_scalar("select count(*) from sign_in_failure").fetch_one(&pool).await.unwrap();
        assert_eq!(seen, i64::from(round) + 1, "what was written is committed, for others to see");
    }
    single.close().await;
}
