//! Statuses: what became of a message that WhatsApp has taken. They come twice, late, in any order, and before
//! the message's own id is known.

use super::fate::mark;
use crate::db::Tx;
use crate::db::writes::FeedRow;
use crate::delivery::Outcome;
use crate::feed::Stance;
use crate::message::{Delivery, Failure};
use crate::{AttemptId, ChannelId, ChatId, FeedId, MemberId, MessageId, Result, Timestamp};
use std::collections::{BTreeMap, HashMap};

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
    Ok(statuses(tx, &[(channel, status)], now).await?.into_iter().next().unwrap_or(Outcome::Repeated))
}

/// Applies statuses in the order given, all or nothing: each table is read and written once. What became of each.
///
/// # Errors
/// When the database fails.
pub async fn statuses(tx: &mut Tx<'_>, given: &[(ChannelId, Status)], now: Timestamp) -> Result<Vec<Outcome>> {
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let wamids: Vec<_> = given.iter().map(|(_, status)| status.wamid.clone()).collect();
    let mut known = known(tx, &wamids).await?;
    let strangers: Vec<_> =
        given.iter().filter(|(channel, status)| !known.contains_key(&(*channel, status.wamid.clone()))).collect();
    let mut accepts = Vec::new();
    if !strangers.is_empty() {
        // Serialises with `accepted`: either that finds the status waiting, or this finds the wamid.
        let wamids: Vec<_> = strangers.iter().map(|(_, status)| status.wamid.clone()).collect();
        lock_wamids(tx, &wamids).await?;
        known.extend(self::known(tx, &wamids).await?);
        for (channel, status) in &strangers {
            let key = (*channel, status.wamid.clone());
            if !known.contains_key(&key)
                && let Some(found) = by_attempt(tx, *channel, status).await?
            {
                known.insert(key, found);
                accepts.push((*channel, found, status.wamid.clone()));
            }
        }
    }
    let mut outcomes = vec![Outcome::Repeated; given.len()];
    let mut early = Vec::new();
    let mut found = Vec::new();
    for (place, (channel, status)) in given.iter().enumerate() {
        match known.get(&(*channel, status.wamid.clone())) {
            Some((chat, message)) => found.push((place, *chat, *message, status)),
            None => early.push((place, *channel, status)),
        }
    }
    keep(tx, &early, &mut outcomes, now).await?;

    let stances = lock_chats(tx, found.iter().map(|(_, chat, ..)| *chat)).await?;
    let mut changed: BTreeMap<ChatId, Vec<MessageId>> = BTreeMap::new();
    for (channel, (chat, message), wamid) in accepts {
        // Under the chat's lock: the answer of the send call may have come in between.
        if accepted(tx, channel, message, &wamid, now).await? {
            changed.entry(chat).or_default().push(message);
            for (place, _, other, _) in &found {
                if *other == message {
                    outcomes[*place] = Outcome::Stored;
                }
            }
        }
    }
    let marks: Vec<_> = found.iter().map(|(_, _, message, status)| (*message, *status)).collect();
    for ((place, chat, message, _), told) in found.iter().zip(mark(tx, &marks).await?) {
        if told {
            outcomes[*place] = Outcome::Stored;
            let messages = changed.entry(*chat).or_default();
            if !messages.contains(message) {
                messages.push(*message);
            }
        }
    }
    tell(tx, &changed, &stances, now).await?;
    Ok(outcomes)
}

/// Where a message stands.
type Place = (ChatId, MessageId);

/// The messages that WhatsApp knows by these ids, by number and id.
async fn known(tx: &mut Tx<'_>, wamids: &[String]) -> Result<HashMap<(ChannelId, String), Place>> {
    let rows = sqlx::query!(
        r#"select m.wamid as "wamid!", m.id, m.chat_id, c.channel_id from message m
           join chat c on c.workspace_id = m.workspace_id and c.id = m.chat_id
           where m.workspace_id = $1 and m.wamid = any($2) and m.delivery is not null"#,
        tx.workspace.0,
        wamids,
    )
    .fetch_all(tx.conn())
    .await?;
    let place = |chat, message| (ChatId(chat), MessageId(message));
    Ok(rows.into_iter().map(|row| ((ChannelId(row.channel_id), row.wamid), place(row.chat_id, row.id))).collect())
}

/// The message whose sending got no answer, by what was sent along with it.
async fn by_attempt(tx: &mut Tx<'_>, channel: ChannelId, status: &Status) -> Result<Option<Place>> {
    let Some(attempt) = status.attempt else { return Ok(None) };
    let found = sqlx::query!(
        "select o.chat_id, o.message_id from outbox o join message m on m.workspace_id = o.workspace_id and m.id = o.message_id
         where o.workspace_id = $1 and o.channel_id = $2 and o.attempt_id = $3 and m.wamid is null",
        tx.workspace.0,
        channel.0,
        attempt.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|row| (ChatId(row.chat_id), MessageId(row.message_id))))
}

/// Locks chats in one order for everybody; where each stands.
async fn lock_chats(tx: &mut Tx<'_>, chats: impl Iterator<Item = ChatId>) -> Result<HashMap<ChatId, Stance>> {
    let ids: Vec<_> = chats.map(|chat| chat.0).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select id, queue as "queue!", holder, directed_to from chat where workspace_id = $1 and id = any($2)
           order by id for update"#,
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let stance = Stance {
                queue: row.queue.parse()?,
                holder: row.holder.map(MemberId),
                directed_to: row.directed_to.map(MemberId),
            };
            Ok((ChatId(row.id), stance))
        })
        .collect()
}

/// Tells screens which messages have changed; where their chats stand stays as it is.
async fn tell(
    tx: &mut Tx<'_>,
    changed: &BTreeMap<ChatId, Vec<MessageId>>,
    stances: &HashMap<ChatId, Stance>,
    now: Timestamp,
) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = changed.keys().map(|chat| chat.0).collect();
    sqlx::query!(
        "update chat set version = version + 1 where workspace_id = $1 and id = any($2)",
        tx.workspace.0,
        &ids
    )
    .execute(tx.conn())
    .await?;
    for (chat, messages) in changed {
        let stance = stances.get(chat).ok_or(crate::Error::Internal)?;
        let (queue, holder) = (stance.queue.as_str(), stance.holder.map(|member| member.0));
        let directed = stance.directed_to.map(|member| member.0);
        tx.writes.feed.push(FeedRow {
            id: FeedId::at(now).0,
            at: now,
            chat_id: chat.0,
            messages: messages.iter().map(|message| message.0).collect(),
            was_queue: Some(queue),
            was_holder: holder,
            was_directed: directed,
            now_queue: queue,
            now_holder: holder,
            now_directed: directed,
        });
    }
    Ok(())
}

/// Serialises all that learns a wamid with all that looks for it. Taken before the chat's lock.
pub(super) async fn lock_wamids(tx: &mut Tx<'_>, wamids: &[String]) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(key) from (select distinct hashtextextended($1 || w, 8) as key
            from unnest($2::text[]) w order by 1) keys",
        tx.workspace.0.to_string(),
        wamids,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}

/// Statuses whose message is not known yet wait for it.
async fn keep(
    tx: &mut Tx<'_>,
    early: &[(usize, ChannelId, &Status)],
    outcomes: &mut [Outcome],
    now: Timestamp,
) -> Result<()> {
    for (place, channel, status) in early {
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
        if kept.rows_affected() == 1 {
            outcomes[*place] = Outcome::Waiting;
        }
    }
    Ok(())
}

/// WhatsApp has the message under this id; statuses that came before are joined. Tells whether that is news.
/// The caller holds [`lock_wamids`] and the chat.
///
/// # Errors
/// When the database fails.
pub async fn accepted(
    tx: &mut Tx<'_>,
    channel: ChannelId,
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
        channel.0,
        wamid,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut joined = Vec::with_capacity(early.len());
    for row in early {
        joined.push(Status {
            wamid: wamid.to_owned(),
            delivery: row.status.parse()?,
            at: row.at,
            failure: row.failure.map(serde_json::from_value).transpose()?,
            attempt: None,
        });
    }
    mark(tx, &joined.iter().map(|status| (message, status)).collect::<Vec<_>>()).await?;
    Ok(true)
}
