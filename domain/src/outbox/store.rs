//! The outbox's rows once they are claimed: the answer, and leases that ran out; and what is withdrawn before.
//!
//! Order of locks everywhere: wamid, chat, outbox, message.

use super::{Answer, Claim, LEASE, MOST_ATTEMPTS};
use crate::chat::store::{Chat, lock};
use crate::db::{Db, Desk, Tx};
use crate::journey::{self, Doer, Happening};
use crate::message::Failure;
use crate::{ChatId, MessageId, Result, Timestamp, WorkspaceId};
use chrono::TimeDelta;

/// What no process has claimed yet of a chat's messages, or of the bot's alone, is not sent; how many those are.
///
/// # Errors
/// When the database fails.
pub(crate) async fn withdraw(tx: &mut Tx<'_>, chat: &mut Chat, bots_alone: bool) -> Result<usize> {
    let withdrawn = sqlx::query_scalar!(
        "with gone as (
            update outbox set state = 'withdrawn' where workspace_id = $1 and chat_id = $2 and state = 'queued' and (bot or not $3)
            returning message_id)
         update message set delivery = 'withdrawn', version = version + 1
         where workspace_id = $1 and id in (select message_id from gone) returning id",
        tx.workspace.0,
        chat.id.0,
        bots_alone,
    )
    .fetch_all(tx.conn())
    .await?;
    let count = withdrawn.len();
    withdrawn.into_iter().for_each(|id| chat.touch(MessageId(id)));
    Ok(count)
}

/// Records what WhatsApp said to an attempt. An attempt that was given up in between changes nothing,
/// unless WhatsApp has taken it or refused it for good: then what became of it is known after all.
///
/// # Errors
/// When the database fails; the lease then ends and the message becomes unknown.
pub async fn record(db: &Db, claim: &Claim, answer: Answer, jitter: f64, now: Timestamp) -> Result<()> {
    let mut tx = db.workspace(claim.workspace).begin().await?;
    if let Answer::Accepted { wamid } = &answer {
        super::settle::lock_wamids(&mut tx, std::slice::from_ref(wamid)).await?;
    }
    let mut chat = lock(&mut tx, claim.chat).await?;
    let row = sqlx::query!(
        "select state, attempts from outbox where workspace_id = $1 and message_id = $2 and attempt_id = $3 for update",
        tx.workspace.0,
        claim.message.0,
        claim.attempt.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(()) };
    let settles = matches!(answer, Answer::Accepted { .. } | Answer::Refused(_));
    if row.state != "sending" && !(settles && row.state == "unknown") {
        return Ok(());
    }
    match answer {
        Answer::Accepted { wamid } => {
            if super::settle::accepted(&mut tx, chat.channel, claim.message, &wamid, now).await? {
                chat.touch(claim.message);
            }
        }
        Answer::Later { failure, .. } if row.attempts >= MOST_ATTEMPTS => {
            fail(&mut tx, &mut chat, claim.message, &failure, now).await?;
        }
        Answer::Later { pair, .. } => {
            let wait = back_off(row.attempts, if pair { 4.0 } else { 2.0 }, jitter);
            put_back(&mut tx, claim.message, now + wait).await?;
        }
        Answer::NotSent => {
            put_back(&mut tx, claim.message, now + back_off(row.attempts.min(6), 2.0, jitter)).await?;
        }
        Answer::Refused(failure) => fail(&mut tx, &mut chat, claim.message, &failure, now).await?,
        Answer::Unauthorised(failure) => {
            put_back(&mut tx, claim.message, now).await?;
            sqlx::query!(
                "update channel set stopped = $3 where workspace_id = $1 and phone_number_id = $2",
                tx.workspace.0,
                claim.phone_number_id,
                failure.words,
            )
            .execute(tx.conn())
            .await?;
        }
        Answer::Unknown => unknown(&mut tx, &mut chat, claim.message).await?,
    }
    chat.save(&mut tx, now)?;
    tx.commit().await
}

/// Seconds that grow with every try, and up to half as much again so that tries do not meet.
fn back_off(attempts: i32, base: f64, jitter: f64) -> TimeDelta {
    let seconds = base.powi(attempts.clamp(0, 8)).min(3600.0) * (1.0 + jitter.clamp(0.0, 1.0) / 2.0);
    #[expect(clippy::cast_possible_truncation, reason = "at most an hour and a half, in milliseconds")]
    TimeDelta::milliseconds((seconds * 1000.0) as i64)
}

async fn put_back(tx: &mut Tx<'_>, message: MessageId, not_before: Timestamp) -> Result<()> {
    sqlx::query!(
        "update outbox set state = 'queued', attempt_id = null, lease_until = null, not_before = $3
         where workspace_id = $1 and message_id = $2",
        tx.workspace.0,
        message.0,
        not_before,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Marks a message as refused, with the reason in plain words.
pub(super) async fn fail(
    tx: &mut Tx<'_>,
    chat: &mut Chat,
    message: MessageId,
    failure: &Failure,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "update outbox set state = 'failed', lease_until = null where workspace_id = $1 and message_id = $2",
        tx.workspace.0,
        message.0,
    )
    .execute(tx.conn())
    .await?;
    let seq = sqlx::query_scalar!(
        "update message set delivery = 'failed', failed_at = $3, failure = $4, version = version + 1
         where workspace_id = $1 and id = $2 returning seq",
        tx.workspace.0,
        message.0,
        now,
        serde_json::to_value(failure)?,
    )
    .fetch_optional(tx.conn())
    .await?;
    chat.touch(message);
    let what = Happening::NotDelivered { why: failure.words.clone() };
    journey::store::add(tx, chat.contact, Some(chat.id), &what, &Doer::Clock, seq, now)
}

async fn unknown(tx: &mut Tx<'_>, chat: &mut Chat, message: MessageId) -> Result<()> {
    sqlx::query!(
        "update outbox set state = 'unknown' where workspace_id = $1 and message_id = $2",
        tx.workspace.0,
        message.0
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update message set delivery = 'sending', version = version + 1 where workspace_id = $1 and id = $2 and delivery = 'queued'",
        tx.workspace.0,
        message.0,
    )
    .execute(tx.conn())
    .await?;
    chat.touch(message);
    Ok(())
}

/// Gives up leases that ran out (their process died, or its answer was lost): never queued again by itself.
/// Two minutes after the claim without a status the screen says so.
///
/// # Errors
/// When the database fails.
pub async fn give_up(db: &Db, now: Timestamp) -> Result<usize> {
    let over = sqlx::query!(
        "select o.workspace_id, o.chat_id, o.message_id, o.state from outbox o
         join message m on m.workspace_id = o.workspace_id and m.id = o.message_id
         where (o.state = 'sending' and o.lease_until <= $1)
            or (o.state = 'unknown' and o.lease_until <= $2 and m.delivery <> 'unknown')
         limit 100",
        now,
        now - (super::SETTLE - LEASE),
    )
    .fetch_all(db.pool())
    .await?;
    let mut changed = 0;
    for row in over {
        let (desk, message) = (db.workspace(WorkspaceId(row.workspace_id)), MessageId(row.message_id));
        match give_up_one(&desk, ChatId(row.chat_id), message, &row.state, now).await {
            Ok(done) => changed += usize::from(done),
            Err(error) => tracing::error!(%error, %message, "a lease that ran out could not be ended"),
        }
    }
    Ok(changed)
}

async fn give_up_one(desk: &Desk, chat: ChatId, message: MessageId, state: &str, now: Timestamp) -> Result<bool> {
    let mut tx = desk.begin().await?;
    let mut chat = lock(&mut tx, chat).await?;
    let still = sqlx::query_scalar!(
        "select state from outbox where workspace_id = $1 and message_id = $2 for update",
        tx.workspace.0,
        message.0
    )
    .fetch_one(tx.conn())
    .await?;
    if still != state {
        return Ok(false);
    }
    if still == "sending" {
        unknown(&mut tx, &mut chat, message).await?;
    } else {
        sqlx::query!(
            "update message set delivery = 'unknown', version = version + 1 where workspace_id = $1 and id = $2 and delivery in ('queued', 'sending')",
            tx.workspace.0,
            message.0,
        )
        .execute(tx.conn())
        .await?;
        chat.touch(message);
    }
    chat.save(&mut tx, now)?;
    tx.commit().await?;
    Ok(true)
}

/// When the next queued row falls due, so that the worker need not ask all the time.
///
/// # Errors
/// When the database fails.
pub async fn next_due(db: &Db) -> Result<Option<Timestamp>> {
    Ok(sqlx::query_scalar!("select min(not_before) from outbox where state = 'queued'").fetch_one(db.pool()).await?)
}
