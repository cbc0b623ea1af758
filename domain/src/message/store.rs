//! Messages: received from WhatsApp, sent by agents, read in pages.

use super::{Author, Body, Delivery, Failure, Message};
use crate::chat::store::{Chat, NewMessage, lock, lock_between};
use crate::chat::{Actor, Command, MemberName, Refusal, State, act, list};
use crate::contact::{self, Known, Source};
use crate::db::{Desk, Tx};
use crate::delivery::Outcome;
use crate::flow::{self, Heard};
use crate::journey::{Doer, Happening};
use crate::member::Member;
use crate::{ChannelId, ChatId, Error, MemberId, MessageId, Result, Timestamp};
use std::collections::HashMap;

/// Messages on one page of a thread.
pub const PAGE: i64 = 40;
/// WhatsApp's limit for text, in characters.
pub const LONGEST_TEXT: usize = 4096;

/// A customer's message, read from a webhook.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// WhatsApp's id for it.
    pub wamid: String,
    /// Who wrote it.
    pub from: Known,
    /// WhatsApp's time.
    pub said_at: Timestamp,
    /// What is shown.
    pub body: Body,
    /// What the bot hears; `None` for what is no utterance (a changed number, say) and opens no window.
    pub heard: Option<Heard>,
    /// The message as it came, where not all of it is in `body`.
    pub raw: Option<serde_json::Value>,
    /// The wamid it answers to.
    pub reply_to: Option<String>,
    /// Where the customer came from, should this be their first message.
    pub source: Source,
}

/// Files a customer's message: contact, chat, state, journey, the bot's answer, feed; all or nothing.
///
/// # Errors
/// When the database fails or nothing names the customer.
pub async fn receive(tx: &mut Tx<'_>, channel: ChannelId, incoming: Incoming, now: Timestamp) -> Result<Outcome> {
    let key = format!("m:{}", incoming.wamid);
    if !first_time(tx, channel, &key, now).await? {
        return Ok(Outcome::Repeated);
    }
    let said_at = incoming.said_at.min(now);
    let (contact, _) = contact::store::find_or_make(tx, &incoming.from, &incoming.source, now).await?;
    let mut chat = lock_between(tx, channel, contact, now).await?;
    let line = incoming.body.line();
    let message = NewMessage {
        id: MessageId::at(now),
        author: Author::Customer,
        member: None,
        body: incoming.body,
        at: said_at,
        wamid: Some(incoming.wamid),
        reply_to: incoming.reply_to,
        raw: incoming.raw,
    };
    let Some(heard) = incoming.heard else {
        chat.say(tx, message, now).await?;
        chat.save(tx, now).await?;
        return Ok(Outcome::Stored);
    };
    let was_open = chat.window_open;
    chat.window = chat.window.refreshed(said_at, now);
    chat.window_open = chat.window.is_open(now);
    let step_actor = Actor::Customer;
    act::command_on(tx, &mut chat, &Command::CustomerWrote, step_actor, &Doer::Customer, now).await?;
    chat.customer_wrote_at = chat.customer_wrote_at.max(Some(said_at));
    chat.resolved_at = None;
    chat.resolved_by = None;
    chat.missed = false;
    if !matches!(chat.state, State::Active) {
        chat.unanswered_since.get_or_insert(said_at);
    }
    let seq = chat.say(tx, message, now).await?;
    if contact::store::wrote(tx, contact, &line, said_at).await? {
        let what = Happening::FirstMessage { text: line };
        crate::journey::store::add(tx, contact, Some(chat.id), &what, &Doer::Customer, Some(seq), said_at).await?;
    }
    if chat.window_open && !was_open {
        chat.greeted = false;
        let what = Happening::WindowOpened;
        crate::journey::store::add(tx, contact, Some(chat.id), &what, &Doer::Customer, Some(seq), said_at).await?;
    }
    if chat.window_open && chat.state.bot_answers() {
        flow::store::answer(tx, &mut chat, &heard, now).await?;
    }
    chat.save(tx, now).await?;
    Ok(Outcome::Stored)
}

/// Notes a key; tells whether it is new. Waits for a transaction that is just noting the same key.
///
/// # Errors
/// When the database fails.
pub async fn first_time(tx: &mut Tx<'_>, channel: ChannelId, key: &str, now: Timestamp) -> Result<bool> {
    let noted = sqlx::query!(
        "insert into inbound_key (workspace_id, channel_id, key, at) values ($1, $2, $3, $4) on conflict do nothing",
        tx.workspace.0,
        channel.0,
        key,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// An agent writes to the customer. The same id twice is one message.
///
/// # Errors
/// `NotFound` out of sight, `Refused` for all but the holder and after the window, `Invalid` for no or too much text.
pub async fn send(desk: &Desk, member: &Member, chat: ChatId, id: MessageId, text: &str, now: Timestamp) -> Result<()> {
    let text = text.replace('\0', "");
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::Invalid("Write something first.".into()));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(Error::Invalid(format!("WhatsApp takes at most {LONGEST_TEXT} characters in one message.")));
    }
    let mut tx = desk.begin().await?;
    let mut chat = lock(&mut tx, chat).await?;
    list::row(&mut tx, member, chat.id).await?;
    if already_sent(&mut tx, member.id, chat.id, id).await? {
        return Ok(());
    }
    chat.state.may_send(member.id)?;
    if !chat.window.is_open(now) {
        return Err(Refusal::WindowClosed.into());
    }
    let message = NewMessage {
        id,
        author: Author::Member,
        member: Some(member.id),
        body: Body::text(text),
        at: now,
        wamid: None,
        reply_to: None,
        raw: None,
    };
    let seq = chat.say(&mut tx, message, now).await?;
    chat.unanswered_since = None;
    first_reply(&mut tx, &chat, member, seq, now).await?;
    drop_draft(&mut tx, member.id, chat.id).await?;
    chat.save(&mut tx, now).await?;
    tx.commit().await
}

/// An id is taken once: by the same member in the same chat it is the same message, otherwise it is refused.
async fn already_sent(tx: &mut Tx<'_>, member: MemberId, chat: ChatId, id: MessageId) -> Result<bool> {
    let found = sqlx::query!(
        "select chat_id, member_id from message where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0
    )
    .fetch_optional(tx.conn())
    .await?;
    match found {
        None => Ok(false),
        Some(row) if row.chat_id == chat.0 && row.member_id == Some(member.0) => Ok(true),
        Some(_) => Err(Error::Invalid("This message id is taken.".into())),
    }
}

async fn first_reply(tx: &mut Tx<'_>, chat: &Chat, member: &Member, seq: i64, now: Timestamp) -> Result<()> {
    let since = sqlx::query_scalar!(
        r#"update episode set first_reply_at = $3 where workspace_id = $1 and chat_id = $2 and ended_at is null and first_reply_at is null
           returning coalesce(requested_at, intervened_at) as since"#,
        tx.workspace.0,
        chat.id.0,
        now,
    )
    .fetch_optional(tx.conn())
    .await?
    .flatten();
    let Some(since) = since else { return Ok(()) };
    let what = Happening::FirstReply { after: (now - since).num_seconds().max(0) };
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    crate::journey::store::add(tx, chat.contact, Some(chat.id), &what, &doer, Some(seq), now).await
}

/// Sends a message again that failed or whose fate is unknown, as the same message.
///
/// # Errors
/// As [`send`]; `Invalid` where there is nothing to repeat.
pub async fn send_again(desk: &Desk, member: &Member, chat: ChatId, id: MessageId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    let mut chat = lock(&mut tx, chat).await?;
    list::full_row(&mut tx, member, chat.id).await?;
    chat.state.may_send(member.id)?;
    if !chat.window.is_open(now) {
        return Err(Refusal::WindowClosed.into());
    }
    let queued = sqlx::query!(
        "update outbox set state = 'queued', attempt_id = null, attempts = 0, lease_until = null, not_before = $4
         where workspace_id = $1 and chat_id = $2 and message_id = $3 and state in ('failed', 'unknown')",
        tx.workspace.0,
        chat.id.0,
        id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    if queued.rows_affected() == 0 {
        return Err(Error::Invalid("This message does not need to be sent again.".into()));
    }
    sqlx::query!(
        "update message set delivery = 'queued', failure = null, failed_at = null, wamid = null, version = version + 1
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
    )
    .execute(tx.conn())
    .await?;
    chat.touch(id);
    chat.save(&mut tx, now).await?;
    tx.commit().await
}

/// The chat in which a message with this wamid stands.
///
/// # Errors
/// `NotFound` where there is none.
pub async fn chat_of(desk: &Desk, wamid: &str) -> Result<ChatId> {
    let mut tx = desk.snapshot().await?;
    let chat = sqlx::query_scalar!(
        "select chat_id from message where workspace_id = $1 and wamid = $2",
        tx.workspace.0,
        wamid
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(ChatId(chat))
}

/// Loads messages by id. Callers filter by sight.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(tx: &mut Tx<'_>, ids: &[MessageId]) -> Result<HashMap<MessageId, Message>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let found = select(tx, None, None, &ids).await?;
    Ok(found.into_iter().map(|message| (message.id, message)).collect())
}

/// A page of a thread, oldest first, before the given place; and whether it goes further back. Callers have
/// asked for sight.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &mut Tx<'_>, chat: ChatId, before: Option<i64>) -> Result<(Vec<Message>, bool)> {
    let mut found = select(tx, Some(chat), before, &[]).await?;
    let older = i64::try_from(found.len()).unwrap_or(0) > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(0));
    found.reverse();
    Ok((found, older))
}

async fn select(
    tx: &mut Tx<'_>,
    chat: Option<ChatId>,
    before: Option<i64>,
    ids: &[uuid::Uuid],
) -> Result<Vec<Message>> {
    let rows = sqlx::query!(
        r#"select m.id, m.chat_id, m.seq, m.version, m.author, m.member_id, member.name as "name?", m.body, m.at, m.delivery, m.failure
           from message m left join member on member.workspace_id = m.workspace_id and member.id = m.member_id
           where m.workspace_id = $1
             and (($2::uuid is not null and m.chat_id = $2 and m.seq < coalesce($3, 9223372036854775807))
                  or ($2::uuid is null and m.id = any($4)))
           order by m.seq desc limit case when $2::uuid is null then null else $5::bigint end"#,
        tx.workspace.0,
        chat.map(|chat| chat.0),
        before,
        ids,
        PAGE + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Message {
                id: MessageId(row.id),
                chat: ChatId(row.chat_id),
                seq: row.seq,
                version: row.version,
                author: row.author.parse()?,
                member: row.member_id.zip(row.name).map(|(id, name)| MemberName { id: MemberId(id), name }),
                body: serde_json::from_value(row.body)?,
                at: row.at,
                delivery: row.delivery.map(|word| word.parse::<Delivery>()).transpose()?,
                failure: row.failure.map(serde_json::from_value::<Failure>).transpose()?,
            })
        })
        .collect()
}

async fn drop_draft(tx: &mut Tx<'_>, member: MemberId, chat: ChatId) -> Result<()> {
    sqlx::query!(
        "delete from draft where workspace_id = $1 and member_id = $2 and chat_id = $3",
        tx.workspace.0,
        member.0,
        chat.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
