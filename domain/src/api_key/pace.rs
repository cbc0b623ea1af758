//! How many calls each key may make: so many at once, and as many again spread over a minute. Counted in the database
//! (the generic cell rate algorithm, a row for each key), so that several processes count as one.

use super::store::Caller;
use crate::db::Db;
use crate::{Result, Timestamp};
use chrono::TimeDelta;
use std::num::NonZeroU32;

/// The time over which calls come back.
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// Where a key stands after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Calls a minute.
    pub limit: u32,
    /// Calls that it may still make at once.
    pub left: u32,
    /// Seconds to wait, where this call was one too many.
    pub wait: Option<u64>,
}

/// Counts a call. `limit` are the calls a minute of a key without a number of its own.
///
/// # Errors
/// When the database fails.
pub async fn count(db: &Db, caller: &Caller, limit: NonZeroU32, now: Timestamp) -> Result<Standing> {
    let limit = caller.per_minute.unwrap_or(limit);
    let step = WINDOW / i32::try_from(limit.get()).unwrap_or(i32::MAX);
    let counted = sqlx::query_scalar!(
        "insert into api_key_pace as p (workspace_id, api_key_id, full_at) values ($1, $2, $3::timestamptz + $4::interval)
         on conflict (workspace_id, api_key_id) do update set full_at = greatest(p.full_at, $3) + $4
            where greatest(p.full_at, $3) + $4 <= $5
         returning full_at",
        caller.workspace.0,
        caller.key.0,
        now,
        sqlx::postgres::types::PgInterval { months: 0, days: 0, microseconds: step.num_microseconds().unwrap_or(1) },
        now + WINDOW,
    )
    .fetch_optional(db.pool())
    .await?;
    let taken = counted.is_some();
    // Asked by a statement of its own: one statement sees the row as it was before those it waited for.
    let full_at = match counted {
        Some(full_at) => full_at,
        None => sqlx::query_scalar!(
            "select full_at from api_key_pace where workspace_id = $1 and api_key_id = $2",
            caller.workspace.0,
            caller.key.0,
        )
        .fetch_optional(db.pool())
        .await?
        // The key was deleted this moment.
        .unwrap_or(now + WINDOW),
    };
    let free = now + WINDOW - full_at;
    let left = u32::try_from(free.num_microseconds().unwrap_or(0) / step.num_microseconds().unwrap_or(1).max(1));
    let wait = (full_at + step - (now + WINDOW)).num_milliseconds().max(1);
    let wait = u64::try_from(wait).unwrap_or(1).div_ceil(1000);
    Ok(Standing { limit: limit.get(), left: left.unwrap_or(0), wait: (!taken).then_some(wait) })
}
