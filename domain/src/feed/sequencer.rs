//! Numbers the feed. One process at a time: the one that holds the advisory lock.

use crate::db::Db;
use crate::{Result, Timestamp};
use chrono::TimeDelta;
use sqlx::{Connection, PgConnection};

/// The advisory lock's key: "baton" as a number.
const LOCK: i64 = 0x0062_6174_6f6e;
/// Rows numbered in one commit.
const MOST: i64 = 1000;
/// How long feed rows are kept.
pub const AGE: TimeDelta = TimeDelta::hours(24);
/// The channel on which processes tell each other that feed rows wait or were numbered.
pub const DOORBELL: &str = "baton_feed";

/// Tries to become the sequencer; the role lasts as long as the connection.
///
/// # Errors
/// When the database fails.
pub async fn try_lead(conn: &mut PgConnection) -> Result<bool> {
    let leads = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "leads!""#, LOCK).fetch_one(conn).await?;
    Ok(leads)
}

/// Numbers what has been committed since, and moves the counts with it, in one commit. Tells how many
/// rows it numbered.
///
/// # Errors
/// When the database fails; then nothing was numbered.
pub async fn number(conn: &mut PgConnection) -> Result<u64> {
    let mut tx = conn.begin().await?;
    // Rows of one transaction share a time: the id breaks ties. Across chats the order is of no consequence.
    let numbered = sqlx::query!(
        "with fresh as (
            select workspace_id, id from feed where number is null order by id limit $1
         ), placed as (
            select fresh.workspace_id, fresh.id,
                   coalesce(feed_cursor.number, 0) + row_number() over (partition by fresh.workspace_id order by fresh.id) as number
            from fresh left join feed_cursor using (workspace_id)
         )
         update feed set number = placed.number from placed
         where feed.workspace_id = placed.workspace_id and feed.id = placed.id
         returning feed.workspace_id, feed.number, feed.was_queue, feed.was_holder, feed.was_directed,
                   feed.now_queue, feed.now_holder, feed.now_directed",
        MOST,
    )
    .fetch_all(&mut *tx)
    .await?;
    if numbered.is_empty() {
        return Ok(0);
    }
    let mut last = std::collections::BTreeMap::new();
    let mut moves = std::collections::BTreeMap::new();
    for row in &numbered {
        let end = last.entry(row.workspace_id).or_insert(0);
        *end = (*end).max(row.number.unwrap_or(0));
        let nobody = uuid::Uuid::nil();
        if let Some(queue) = &row.was_queue {
            let key =
                (row.workspace_id, queue.clone(), row.was_holder.unwrap_or(nobody), row.was_directed.unwrap_or(nobody));
            *moves.entry(key).or_insert(0_i64) -= 1;
        }
        if let Some(queue) = &row.now_queue {
            let key =
                (row.workspace_id, queue.clone(), row.now_holder.unwrap_or(nobody), row.now_directed.unwrap_or(nobody));
            *moves.entry(key).or_insert(0_i64) += 1;
        }
    }
    for (workspace, number) in last {
        sqlx::query!(
            "insert into feed_cursor (workspace_id, number) values ($1, $2)
             on conflict (workspace_id) do update set number = $2",
            workspace,
            number,
        )
        .execute(&mut *tx)
        .await?;
    }
    for ((workspace, queue, holder, directed), change) in moves {
        if change == 0 {
            continue;
        }
        sqlx::query!(
            "insert into queue_count as q (workspace_id, queue, holder, directed_to, chats) values ($1, $2, $3, $4, $5)
             on conflict (workspace_id, queue, holder, directed_to) do update set chats = q.chats + $5",
            workspace,
            queue,
            holder,
            directed,
            change,
        )
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(numbered.len() as u64)
}

/// Drops feed rows past their age; screens that stopped before them load everything again.
///
/// # Errors
/// When the database fails.
pub async fn forget(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = db.pool().begin().await?;
    sqlx::query!(
        "with gone as (delete from feed where at < $1 and number is not null returning workspace_id, number)
         update feed_cursor c set oldest = greatest(c.oldest, g.last + 1)
         from (select workspace_id, max(number) as last from gone group by workspace_id) g
         where c.workspace_id = g.workspace_id",
        now - AGE,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}
