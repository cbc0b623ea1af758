//! Connections to Postgres that are gone.

use crate::world::World;
use futures::future::join_all;
use sqlx::PgPool;

#[sqlx::test(migrations = "./migrations")]
async fn a_connection_that_the_server_has_ended_fails_no_transaction(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let db = world.db.apart(3);
    let desk = db.workspace(world.desk.id());
    for begun in join_all((0..3).map(|_| desk.begin())).await {
        begun.unwrap().commit().await.unwrap();
    }
    while db.pool().num_idle() < 3 {
        tokio::task::yield_now().await;
    }
    // All that were used a moment ago, as when Postgres starts again.
    let others = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    let mut admin = pool.acquire().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("select pg_terminate_backend(pid) {others}")))
        .execute(&mut *admin)
        .await
        .unwrap();
    while sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(format!("select count(*) {others}")))
        .fetch_one(&mut *admin)
        .await
        .unwrap()
        > 0
    {
        tokio::task::yield_now().await;
    }
    desk.begin().await.unwrap().commit().await.unwrap();
}
