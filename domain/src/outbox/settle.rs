//! Statuses: what became of a message that WhatsApp has taken. They come twice, late, in any order, and before
//! the message's own id is known.

use crate::chat::store::{Chat, lock};
use crate::db::Tx;
use crate::delivery::Outcome;
use crate::message::{Delivery, Failure};
use crate::{AttemptId, ChannelId, ChatId, MessageId, Result, Timestamp};

/// A status, read from a webhook.
#[derive(Clone, Debug)]
pub struct Status {
    /// The message's id at WhatsApp.
    pub wamid: String,
    /// sent, delivered, read, played or failed.
    pub delivery: Delivery,
    /// WhatsApp's time.
    pub at: Timestamp,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What was sent along as `biz_opaque_callback_data`: settles an attempt that got no answer.
    pub attempt: Option<AttemptId>,
}

/// Applies a status. One whose message is not known yet waits for it.
///
/// # Errors
/// When the database fails.
pub async fn status(tx: &mut Tx<'_>, channel: ChannelId, status: Status, now: Timestamp) -> Result<Outcome> {
    let Some((chat, message)) = find(tx, channel, &status).await? else {
        return keep(tx, channel, &status, now).await;
    };
    let mut chat = lock(tx, chat).await?;
    // Under the chat's lock: the answer of the send call may have come in between.
    let fresh = accepted(tx, &mut chat, message, &status.wamid, now).await?;
    if !mark(tx, message, &status).await? && !fresh {
        return Ok(Outcome::Repeated);
    }
    chat.touch(message);
    chat.save(tx, now).await?;
    Ok(Outcome::Stored)
}

async fn find(tx: &mut Tx<'_>, channel: ChannelId, status: &Status) -> Result<Option<(ChatId, MessageId)>> {
    // Serialises with `accepted`: either that finds the status waiting, or this finds the wamid.
    lock_wamid(tx, &status.wamid).await?;
    let found = sqlx::query!(
        "select o.chat_id, o.message_id from outbox o join message m on m.workspace_id = o.workspace_id and m.id = o.message_id
         where o.workspace_id = $1 and o.channel_id = $2 and m.wamid = $3
         union all
         select o.chat_id, o.message_id from outbox o join message m on m.workspace_id = o.workspace_id and m.id = o.message_id
         where o.workspace_id = $1 and o.channel_id = $2 and o.attempt_id = $4 and m.wamid is null
         limit 1",
        tx.workspace.0,
        channel.0,
        status.wamid,
        status.attempt.map(|attempt| attempt.0),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.and_then(|row| Some((ChatId(row.chat_id?), MessageId(row.message_id?)))))
}

/// Serialises all that learns a wamid with all that looks for it. Taken before the chat's lock.
pub(super) async fn lock_wamid(tx: &mut Tx<'_>, wamid: &str) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1 || $2, 8))", tx.workspace.0.to_string(), wamid)
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

async fn keep(tx: &mut Tx<'_>, channel: ChannelId, status: &Status, now: Timestamp) -> Result<Outcome> {
    let kept = sqlx::query!(
        "insert into early_status (workspace_id, channel_id, wamid, status, at, failure, arrived_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        tx.workspace.0,
        channel.0,
        status.wamid,
        status.delivery.as_str(),
        status.at,
        status.failure.as_ref().map(serde_json::to_value).transpose()?,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(if kept.rows_affected() == 1 { Outcome::Waiting } else { Outcome::Repeated })
}

/// WhatsApp has the message under this id; statuses that came before are joined. Tells whether that is news.
/// The caller holds [`lock_wamid`].
///
/// # Errors
/// When the database fails.
pub async fn accepted(
    tx: &mut Tx<'_>,
    chat: &mut Chat,
    message: MessageId,
    wamid: &str,
    now: Timestamp,
) -> Result<bool> {
    let settled = sqlx::query!(
        "update outbox set state = 'sent', lease_until = null
         where workspace_id = $1 and message_id = $2 and state in ('sending', 'unknown')",
        tx.workspace.0,
        message.0,
    )
    .execute(tx.conn())
    .await?;
    if settled.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "update message set wamid = $3, sent_at = coalesce(sent_at, $4), delivery = 'sent', version = version + 1
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        message.0,
        wamid,
        now,
    )
    .execute(tx.conn())
    .await?;
    let early = sqlx::query!(
        "delete from early_status where workspace_id = $1 and channel_id = $2 and wamid = $3 returning status, at, failure",
        tx.workspace.0,
        chat.channel.0,
        wamid,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in early {
        let status = Status {
            wamid: wamid.to_owned(),
            delivery: row.status.parse()?,
            at: row.at,
            failure: row.failure.map(serde_json::from_value).transpose()?,
            attempt: None,
        };
        mark(tx, message, &status).await?;
    }
    chat.touch(message);
    Ok(true)
}

/// Keeps a status's time, and shows it where it ranks above what is shown. Tells whether anything changed.
async fn mark(tx: &mut Tx<'_>, message: MessageId, status: &Status) -> Result<bool> {
    let row = sqlx::query!(
        "select delivery, sent_at, delivered_at, read_at, played_at, failed_at from message
         where workspace_id = $1 and id = $2 for update",
        tx.workspace.0,
        message.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let shown: Delivery = row.delivery.as_deref().unwrap_or("queued").parse()?;
    let known = match status.delivery {
        Delivery::Sent => row.sent_at,
        Delivery::Delivered => row.delivered_at,
        Delivery::Read => row.read_at,
        Delivery::Played => row.played_at,
        Delivery::Failed => row.failed_at,
        _ => return Ok(false),
    };
    let rises = status.delivery.rank() > shown.rank();
    if known.is_some() && !rises {
        return Ok(false);
    }
    let failed = status.delivery == Delivery::Failed;
    sqlx::query!(
        "update message set
            sent_at      = case when $3 = 'sent' then coalesce(sent_at, $4) else sent_at end,
            delivered_at = case when $3 = 'delivered' then coalesce(delivered_at, $4) else delivered_at end,
            read_at      = case when $3 = 'read' then coalesce(read_at, $4) else read_at end,
            played_at    = case when $3 = 'played' then coalesce(played_at, $4) else played_at end,
            failed_at    = case when $3 = 'failed' then coalesce(failed_at, $4) else failed_at end,
            failure      = case when $3 = 'failed' then $5 else failure end,
            delivery     = case when $6 then $3 else delivery end,
            version      = version + 1
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        message.0,
        status.delivery.as_str(),
        status.at,
        status.failure.as_ref().map(serde_json::to_value).transpose()?,
        rises,
    )
    .execute(tx.conn())
    .await?;
    if failed {
        sqlx::query!(
            "update outbox set state = 'failed' where workspace_id = $1 and message_id = $2 and state = 'sent'",
            tx.workspace.0,
            message.0
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(true)
}
