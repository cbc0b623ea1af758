//! The workspace's flow and where each chat stands in it; the bot's answer in the transaction it answers in.

use super::{Context, Effect, Flow, Heard, Session, step};
use crate::chat::store::{Chat, NewMessage};
use crate::chat::{Actor, Command, Reason, State, act};
use crate::contact;
use crate::db::Tx;
use crate::journey::{Doer, Happening};
use crate::message::Author;
use crate::{ChatId, FlowId, MessageId, Result, Timestamp};

/// The flow that answers, if any.
///
/// # Errors
/// When the database fails or the definition does not fit.
pub async fn enabled(tx: &mut Tx<'_>) -> Result<Option<Flow>> {
    let found = sqlx::query_scalar!("select definition from flow where workspace_id = $1 and enabled", tx.workspace.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(found.map(serde_json::from_value).transpose()?)
}

/// Adds a flow and makes it the one that answers.
///
/// # Errors
/// When the database fails.
pub async fn add(tx: &mut Tx<'_>, name: &str, flow: &Flow, now: Timestamp) -> Result<FlowId> {
    let id = FlowId::at(now);
    sqlx::query!("update flow set enabled = false where workspace_id = $1 and enabled", tx.workspace.0)
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        "insert into flow (workspace_id, id, name, definition, created_at) values ($1, $2, $3, $4, $5)",
        tx.workspace.0,
        id.0,
        name,
        serde_json::to_value(flow)?,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// Where a chat stands in its flow.
///
/// # Errors
/// When the database fails.
pub async fn session(tx: &mut Tx<'_>, chat: ChatId) -> Result<Session> {
    let found = sqlx::query_scalar!(
        "select session from flow_session where workspace_id = $1 and chat_id = $2",
        tx.workspace.0,
        chat.0
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(serde_json::from_value).transpose()?.unwrap_or_default())
}

/// Writes where a chat stands in its flow.
///
/// # Errors
/// When the database fails.
pub async fn put_session(tx: &mut Tx<'_>, chat: ChatId, session: &Session, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "insert into flow_session (workspace_id, chat_id, session, updated_at) values ($1, $2, $3, $4)
         on conflict (workspace_id, chat_id) do update set session = $3, updated_at = $4",
        tx.workspace.0,
        chat.0,
        serde_json::to_value(session)?,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The bot hears a message and does what its flow says. The caller has decided that the bot may answer,
/// and saves the chat.
///
/// # Errors
/// When the database fails.
pub async fn answer(tx: &mut Tx<'_>, chat: &mut Chat, heard: &Heard, now: Timestamp) -> Result<()> {
    let Some(flow) = enabled(tx).await? else { return Ok(()) };
    let before = session(tx, chat.id).await?;
    let available = sqlx::query_scalar!(
        r#"select exists (select 1 from member where workspace_id = $1 and presence = 'available' and deactivated_at is null) as "any!""#,
        tx.workspace.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let attributes = contact::store::attributes(tx, chat.contact).await?;
    let context = Context {
        attributes: attributes.into_iter().map(|(key, _, value)| (key, value)).collect(),
        name: contact::store::name(tx, chat.contact).await?,
        anyone_available: available,
        greeted: chat.greeted,
        requested: matches!(chat.state, State::Requested(_)),
        now,
    };
    let (after, effects) = step(&flow, &before, heard, &context);
    chat.greeted = true;
    if after != before {
        put_session(tx, chat.id, &after, now).await?;
    }
    for effect in effects {
        match effect {
            Effect::Say(body) => {
                let message = NewMessage {
                    id: MessageId::at(now),
                    author: Author::Bot,
                    member: None,
                    body,
                    at: now,
                    wamid: None,
                    reply_to: None,
                    raw: None,
                };
                chat.say(tx, message, now).await?;
            }
            Effect::SetAttribute { key, value } => {
                let (before, name) = contact::store::set_attribute(tx, chat.contact, &key, &value, now).await?;
                let what = Happening::AttributeSet { name, before, after: value };
                act::tell(tx, chat, what, &Doer::Customer, now).await?;
            }
            Effect::Asked(what) => act::tell(tx, chat, Happening::BotAsked { what }, &Doer::Bot, now).await?,
            Effect::AskForPerson(reason) => {
                let (actor, doer) = match reason {
                    Reason::Chose { .. } | Reason::Wrote { .. } => (Actor::Customer, Doer::Customer),
                    _ => (Actor::Bot, Doer::Bot),
                };
                act::command_on(tx, chat, &Command::AskForPerson(reason), actor, &doer, now).await?;
            }
        }
    }
    Ok(())
}
