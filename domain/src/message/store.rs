//! Messages: sent by agents, read in pages.

use super::{Author, Delivery, Failure, Message, Offer};
use crate::chat::store::{Chat, NewMessage, lock};
use crate::chat::{MemberName, Refusal, list};
use crate::db::{Desk, Tx};
use crate::journey::{Doer, Happening};
use crate::member::Member;
use crate::{ChatId, Error, MemberId, MessageId, Result, Timestamp, contact, media};
use std::collections::HashMap;

/// Messages on one page of a thread.
pub const PAGE: i64 = 40;
/// WhatsApp's limit for text, in characters.
pub const LONGEST_TEXT: usize = 4096;

/// An agent writes to the customer. The same id twice is one message.
///
/// # Errors
/// `NotFound` out of sight, `Refused` for all but the holder and after the window, `Invalid` for no or too much text.
pub async fn send(desk: &Desk, member: &Member, chat: ChatId, id: MessageId, text: &str, now: Timestamp) -> Result<()> {
    offer(desk, member, chat, id, Offer { text, ..Offer::default() }, now).await
}

/// [`send`] with what goes with the text. A sound and words are two messages, the sound first.
///
/// # Errors
/// As [`send`]; `Invalid` for what WhatsApp does not take, `NotFound` for a file that the member may not use.
pub async fn offer(
    desk: &Desk,
    member: &Member,
    chat: ChatId,
    id: MessageId,
    offer: Offer<'_>,
    now: Timestamp,
) -> Result<()> {
    let offer = offer.checked()?;
    let mut tx = desk.begin().await?;
    let mut chat = lock(&mut tx, chat).await?;
    list::row(&mut tx, member, chat.id).await?;
    if already_sent(&mut tx, member.id, chat.id, id).await? {
        return Ok(());
    }
    chat.state.may_send(member.id)?;
    contact::edit::refuse_blocked(&mut tx, chat.contact).await?;
    if !chat.window.is_open(now) {
        return Err(Refusal::WindowClosed.into());
    }
    let file = match offer.file {
        Some(file) => Some(media::store::usable(&mut tx, member, file).await?),
        None => None,
    };
    let seq = chat.last_seq() + 1;
    for (id, body) in [id, MessageId::at(now)].into_iter().zip(offer.bodies(id, file)?) {
        let (author, member) = (Author::Member, Some(member.id));
        let message = NewMessage { id, author, member, body, at: now, wamid: None, reply_to: None, raw: None };
        chat.say(&mut tx, message, now)?;
    }
    chat.unanswered_since = None;
    first_reply(&mut tx, &chat, member, seq, now).await?;
    drop_draft(&mut tx, member.id, chat.id).await?;
    chat.save(&mut tx, now)?;
    tx.commit().await
}

/// An id is taken once: by the same member in the same chat it is the same message, otherwise it is refused.
pub(super) async fn already_sent(tx: &mut Tx<'_>, member: MemberId, chat: ChatId, id: MessageId) -> Result<bool> {
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
    crate::journey::store::add(tx, chat.contact, Some(chat.id), &what, &doer, Some(seq), now)
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
    contact::edit::refuse_blocked(&mut tx, chat.contact).await?;
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
    chat.save(&mut tx, now)?;
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
    sqlx::query_as!(
        Found,
        r#"select m.id, m.chat_id, m.seq, m.version, m.author, m.member_id, member.name as "name?", m.body, m.at, m.delivery, m.failure
           from message m left join member on member.workspace_id = m.workspace_id and member.id = m.member_id
           where m.workspace_id = $1 and m.id = any($2)"#,
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|found| Ok((MessageId(found.id), found.message()?)))
    .collect()
}

/// A page of a thread, oldest first, before the given place; and whether it goes further back. Callers have
/// asked for sight.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &mut Tx<'_>, chat: ChatId, before: Option<i64>) -> Result<(Vec<Message>, bool)> {
    let mut found: Vec<_> = sqlx::query_as!(
        Found,
        r#"select m.id, m.chat_id, m.seq, m.version, m.author, m.member_id, member.name as "name?", m.body, m.at, m.delivery, m.failure
           from message m left join member on member.workspace_id = m.workspace_id and member.id = m.member_id
           where m.workspace_id = $1 and m.chat_id = $2 and m.seq < $3 order by m.seq desc limit $4"#,
        tx.workspace.0,
        chat.0,
        before.unwrap_or(i64::MAX),
        PAGE + 1,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Found::message)
    .collect::<Result<_>>()?;
    let older = i64::try_from(found.len()).unwrap_or(0) > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(0));
    found.reverse();
    Ok((found, older))
}

/// A message's row as it is read.
pub(super) struct Found {
    pub(super) id: uuid::Uuid,
    pub(super) chat_id: uuid::Uuid,
    pub(super) seq: i64,
    pub(super) version: i64,
    pub(super) author: String,
    pub(super) member_id: Option<uuid::Uuid>,
    pub(super) name: Option<String>,
    pub(super) body: serde_json::Value,
    pub(super) at: Timestamp,
    pub(super) delivery: Option<String>,
    pub(super) failure: Option<serde_json::Value>,
}

impl Found {
    pub(super) fn message(self) -> Result<Message> {
        Ok(Message {
            id: MessageId(self.id),
            chat: ChatId(self.chat_id),
            seq: self.seq,
            version: self.version,
            author: self.author.parse()?,
            member: self.member_id.zip(self.name).map(|(id, name)| MemberName { id: MemberId(id), name }),
            body: serde_json::from_value(self.body)?,
            at: self.at,
            delivery: self.delivery.map(|word| word.parse::<Delivery>()).transpose()?,
            failure: self.failure.map(serde_json::from_value::<Failure>).transpose()?,
        })
    }
}

async fn drop_draft(tx: &mut Tx<'_>, member: MemberId, chat: ChatId) -> Result<()> {
    sqlx::query!(
        "delete from draft where workspace_id = $1 and member_id = $2 and chat_id = $3 and kind = 'reply'",
        tx.workspace.0,
        member.0,
        chat.0
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
