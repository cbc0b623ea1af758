//! Messages for the business's own systems: read and sent. Notes and changes of state stay inside the desk.

use super::store::{Found, LONGEST_TEXT};
use super::{Author, Body, Message};
use crate::chat::store::NewMessage;
use crate::chat::{Refusal, by_api};
use crate::db::Tx;
use crate::journey::{self, Doer, Happening};
use crate::{ChatId, Error, MessageId, Result, Timestamp};

/// What was said in a chat after the given place, oldest first.
///
/// # Errors
/// `NotFound` for an unknown chat.
pub async fn page(tx: &mut Tx<'_>, chat: ChatId, after: i64, limit: i64) -> Result<Vec<Message>> {
    sqlx::query_scalar!("select id from chat where workspace_id = $1 and id = $2", tx.workspace.0, chat.0)
        .fetch_one(tx.conn())
        .await?;
    sqlx::query_as!(
        Found,
        r#"select m.id, m.chat_id, m.seq, m.version, m.author, m.member_id, member.name as "name?", m.body, m.at, m.delivery, m.failure
           from message m left join member on member.workspace_id = m.workspace_id and member.id = m.member_id
           where m.workspace_id = $1 and m.chat_id = $2 and m.seq > $3 and m.author <> 'system' and not m.body ? 'note'
           order by m.seq limit $4"#,
        tx.workspace.0,
        chat.0,
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Found::message)
    .collect()
}

/// One message.
///
/// # Errors
/// `NotFound` for an unknown id, a note's or a change of state's.
pub async fn get(tx: &mut Tx<'_>, id: MessageId) -> Result<Message> {
    sqlx::query_as!(
        Found,
        r#"select m.id, m.chat_id, m.seq, m.version, m.author, m.member_id, member.name as "name?", m.body, m.at, m.delivery, m.failure
           from message m left join member on member.workspace_id = m.workspace_id and member.id = m.member_id
           where m.workspace_id = $1 and m.id = $2 and m.author <> 'system' and not m.body ? 'note'"#,
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?
    .message()
}

/// Writes to the customer: in an open window only, and never into an agent's chat.
///
/// # Errors
/// `NotFound` for an unknown chat, `Refused` while an agent holds it and after the window, `Invalid` for no or too much
/// text, or a blocked contact.
pub async fn send(tx: &mut Tx<'_>, chat: ChatId, text: &str, by: &Doer, now: Timestamp) -> Result<Message> {
    let text = text.replace('\0', "");
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_TEXT {
        return Err(Error::Invalid(format!("“text” takes between 1 and {LONGEST_TEXT} characters.")));
    }
    let mut chat = by_api::lock_standing(tx, chat).await?;
    chat.state.api_may_send()?;
    by_api::not_blocked(tx, &chat).await?;
    if !chat.window.is_open(now) {
        return Err(Refusal::WindowClosed.into());
    }
    let id = MessageId::at(now);
    let body = Body::text(text);
    let message =
        NewMessage { id, author: Author::Api, member: None, body, at: now, wamid: None, reply_to: None, raw: None };
    let seq = chat.say(tx, message, now)?;
    journey::store::add(tx, chat.contact, Some(chat.id), &Happening::Sent, by, Some(seq), now)?;
    chat.save(tx, now)?;
    tx.flush().await?;
    get(tx, id).await
}
