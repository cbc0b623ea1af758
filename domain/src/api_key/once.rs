//! A request that names itself by an Idempotency-Key is done once; said again it gets the answer of the first time.

use crate::db::{Db, Tx};
use crate::{ApiKeyId, Error, Result, Timestamp};
use chrono::TimeDelta;

/// How long an answer is remembered.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

/// An answer that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u16,
    /// Its body.
    pub body: String,
}

/// Takes the name for this transaction, or gives what was answered to it. A request that is under way with the same
/// name is waited for; one that failed left nothing.
///
/// # Errors
/// `Invalid` where the name stood for another request.
pub async fn begin(
    tx: &mut Tx<'_>,
    caller: ApiKeyId,
    key: &str,
    request_hash: &[u8],
    now: Timestamp,
) -> Result<Option<Answer>> {
    let taken = sqlx::query!(
        "insert into idempotency (workspace_id, api_key_id, key, request_hash, at) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id, api_key_id, key) do update set request_hash = $4, at = $5, status = 0, body = ''
            where idempotency.at <= $6",
        tx.workspace.0,
        caller.0,
        key,
        request_hash,
        now,
        now - KEPT,
    )
    .execute(tx.conn())
    .await?;
    if taken.rows_affected() > 0 {
        return Ok(None);
    }
    let before = sqlx::query!(
        "select request_hash, status, body from idempotency where workspace_id = $1 and api_key_id = $2 and key = $3",
        tx.workspace.0,
        caller.0,
        key,
    )
    .fetch_one(tx.conn())
    .await?;
    if before.request_hash != request_hash {
        return Err(Error::Invalid("This Idempotency-Key was used for another request.".into()));
    }
    let status = u16::try_from(before.status).map_err(|_| Error::Internal)?;
    Ok(Some(Answer { status, body: before.body }))
}

/// Remembers the answer, in the transaction of what was done.
///
/// # Errors
/// When the database fails.
pub async fn remember(tx: &mut Tx<'_>, caller: ApiKeyId, key: &str, answer: &Answer) -> Result<()> {
    sqlx::query!(
        "update idempotency set status = $4, body = $5 where workspace_id = $1 and api_key_id = $2 and key = $3",
        tx.workspace.0,
        caller.0,
        key,
        i32::from(answer.status),
        answer.body,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets answers after a day. A job above workspaces.
///
/// # Errors
/// When the database fails.
pub async fn forget(db: &Db, now: Timestamp) -> Result<()> {
    sqlx::query!("delete from idempotency where at <= $1", now - KEPT).execute(db.pool()).await?;
    Ok(())
}
