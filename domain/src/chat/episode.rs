//! Episodes: one handling of a chat each, from request or direct intervene to resolve.

use super::{Passed, Reason, State};
use crate::db::Tx;
use crate::{ChatId, EpisodeId, MemberId, Result, Timestamp, flow};
use serde::{Deserialize, Serialize};

/// What a chat was resolved from: an undo brings it back.
#[derive(Serialize, Deserialize)]
pub(super) struct Ended {
    /// How it stood.
    pub(super) state: State,
    /// Since when the customer waited for an answer.
    pub(super) unanswered_since: Option<Timestamp>,
}

/// How an episode ends.
pub(super) struct End<'a> {
    pub(super) by: Option<MemberId>,
    pub(super) outcome: Option<&'a str>,
    pub(super) note: Option<&'a str>,
    /// What an undo brings back; nothing where there is none.
    pub(super) from: Option<Ended>,
}

/// Somebody asks for a person.
pub(super) async fn requested(tx: &mut Tx<'_>, chat: ChatId, reason: &Reason, now: Timestamp) -> Result<()> {
    let collected = flow::store::session(tx, chat).await?.collected;
    sqlx::query!(
        "insert into episode (workspace_id, id, chat_id, requested_at, reason, collected) values ($1, $2, $3, $4, $5, $6)
         on conflict (workspace_id, chat_id) where ended_at is null do nothing",
        tx.workspace.0,
        EpisodeId::at(now).0,
        chat.0,
        now,
        serde_json::to_value(reason)?,
        serde_json::to_value(collected)?,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A member takes the chat.
pub(super) async fn intervened(tx: &mut Tx<'_>, chat: ChatId, by: Option<MemberId>, now: Timestamp) -> Result<()> {
    let collected = flow::store::session(tx, chat).await?.collected;
    sqlx::query!(
        "insert into episode (workspace_id, id, chat_id, intervened_at, intervened_by, collected) values ($1, $2, $3, $4, $5, $6)
         on conflict (workspace_id, chat_id) where ended_at is null
         do update set intervened_at = $4, intervened_by = $5",
        tx.workspace.0,
        EpisodeId::at(now).0,
        chat.0,
        now,
        by.map(|member| member.0),
        serde_json::to_value(collected)?,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whoever passes the chat on has something to say to the next agent, or nothing any more.
pub(super) async fn passed(tx: &mut Tx<'_>, chat: ChatId, passed: Option<Passed>) -> Result<()> {
    sqlx::query!(
        "update episode set passed = $3 where workspace_id = $1 and chat_id = $2 and ended_at is null",
        tx.workspace.0,
        chat.0,
        passed.map(serde_json::to_value).transpose()?,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The handling is over.
pub(super) async fn end(tx: &mut Tx<'_>, chat: ChatId, end: End<'_>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "update episode set ended_at = $3, ended_by = $4, outcome = $5, note = $6, ended_from = $7,
            outcome_id = (select id from outcome where workspace_id = $1 and name = $5 and archived_at is null)
         where workspace_id = $1 and chat_id = $2 and ended_at is null",
        tx.workspace.0,
        chat.0,
        now,
        end.by.map(|member| member.0),
        end.outcome,
        end.note,
        end.from.map(serde_json::to_value).transpose()?,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What the last episode ended from.
pub(super) async fn ended_from(tx: &mut Tx<'_>, chat: ChatId) -> Result<Option<Ended>> {
    let ended = sqlx::query_scalar!(
        "select ended_from from episode where workspace_id = $1 and chat_id = $2 order by id desc limit 1",
        tx.workspace.0,
        chat.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(ended.flatten().map(serde_json::from_value).transpose()?)
}

/// The last episode goes on as if it had not ended.
pub(super) async fn go_on(tx: &mut Tx<'_>, chat: ChatId) -> Result<()> {
    sqlx::query!(
        "update episode set ended_at = null, ended_by = null, outcome = null, outcome_id = null, note = null, ended_from = null
         where workspace_id = $1 and id = (select id from episode where workspace_id = $1 and chat_id = $2 order by id desc limit 1)",
        tx.workspace.0,
        chat.0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
