//! Numbers the feed. One process at a time: the one that holds the advisory lock.

use crate::db::Db;
use crate::{FeedId, Result, Timestamp};
use chrono::TimeDelta;
use sqlx::{Executor, PgConnection};

/// The advisory lock's key: "baton" as a number.
const LOCK: i64 = 0x0062_6174_6f6e;
/// Rows numbered in one commit.
const MOST: i64 = 2000;
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

/// Makes this connection plan for a table that is nearly empty but for what was just deleted.
///
/// # Errors
/// When the database fails.
pub async fn prepare(conn: &mut PgConnection) -> Result<()> {
    conn.execute("set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set plan_cache_mode = force_generic_plan").await?;
    Ok(())
}

/// Numbers what has been committed since, and moves the counts with it, in one statement and one commit. Tells how
/// many rows it numbered, and when the last of them was made.
///
/// The rows are picked once and deleted where they lie (nothing ever moves them). Each cursor is read once, not for each row: beside a long transaction it is a chain of everything it has been.
///
/// With `since` only rows with ids from there on are looked at: what was deleted before it is not walked over again
/// (a long transaction elsewhere would keep it). Ids go by time, so that only what committed late has an older one;
/// now and then the caller looks without.
///
/// # Errors
/// When the database fails; then nothing was numbered.
pub async fn number(conn: &mut PgConnection, since: Option<FeedId>) -> Result<(u64, Option<Timestamp>)> {
    // Rows of one transaction share a time: the id breaks ties. Across chats the order is of no consequence. The nil
    // id stands for nobody.
    let numbered = sqlx::query!(
        r#"with fresh as (
            delete from feed_waiting where ctid = any(array(
                select ctid from feed_waiting where id >= $2 order by id limit $1)) returning *
         ), reached as materialized (
            select w.workspace_id, coalesce((select number from feed_cursor c where c.workspace_id = w.workspace_id), 0) as number
            from (select distinct workspace_id from fresh) w
         ), placed as (
            select fresh.*, reached.number + row_number() over (partition by workspace_id order by id) as number
            from fresh join reached using (workspace_id)
         ), kept as (
            insert into feed (workspace_id, number, at, kind, chat_id, messages, was_queue, was_holder, was_directed,
                              now_queue, now_holder, now_directed, member_id)
            select workspace_id, number, at, kind, chat_id, messages, was_queue, was_holder, was_directed,
                   now_queue, now_holder, now_directed, member_id from placed
         ), moved as (
            insert into feed_cursor (workspace_id, number) select workspace_id, max(number) from placed group by workspace_id
            on conflict (workspace_id) do update set number = excluded.number
         ), counted as (
            insert into queue_count as q (workspace_id, queue, holder, directed_to, chats)
            select workspace_id, queue, coalesce(holder, $3), coalesce(directed, $3), sum(change) from (
                select workspace_id, was_queue, was_holder, was_directed, -1 from placed where was_queue is not null
                union all
                select workspace_id, now_queue, now_holder, now_directed, 1 from placed where now_queue is not null
            ) as m(workspace_id, queue, holder, directed, change)
            group by 1, 2, 3, 4 having sum(change) <> 0 order by 1, 2, 3, 4
            on conflict (workspace_id, queue, holder, directed_to) do update set chats = q.chats + excluded.chats
         )
         select count(*) as "n!", (select at from placed order by id desc limit 1) as last from placed"#,
        MOST,
        since.map_or(uuid::Uuid::nil(), |since| since.0),
        uuid::Uuid::nil(),
    )
    .fetch_one(conn)
    .await?;
    Ok((u64::try_from(numbered.n).unwrap_or(0), numbered.last))
}

/// Drops feed rows past their age; screens that stopped before them load everything again.
///
/// # Errors
/// When the database fails.
pub async fn forget(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = db.pool().begin().await?;
    sqlx::query!(
        "with gone as (delete from feed where at < $1 returning workspace_id, number)
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
