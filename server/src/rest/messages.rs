//! Messages: what was said in a chat, and what your systems say.

use super::call::{Act, Asked, At, MessagesRead, MessagesWrite, Read};
use super::chats::Member;
use super::page::{Page, limit};
use super::problem::{Problem, invalid};
use super::words::word_schema;
use axum::Json;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::message::{self, Author, Body, Delivery, by_api};
use domain::{ChatId, MessageId};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

word_schema!(author, author_or_null, Author, "Who says it.");
word_schema!(delivery, delivery_or_null, Delivery, "How far it has come; null for what customers say.");

/// One thing said in a chat.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    /// Which.
    id: Uuid,
    /// In which chat.
    chat: Uuid,
    /// Its place in the thread. Notes and changes of state take places too, and are not listed.
    pub seq: i64,
    /// Who says it.
    #[schema(schema_with = author)]
    author: Author,
    /// Which member, where one does.
    member: Option<Member>,
    /// What kind of message.
    kind: MessageKind,
    /// Its words; of a type that is not plain text, what stands for it.
    text: String,
    /// What could be chosen, or what was.
    choices: Vec<String>,
    /// When.
    at: DateTime<Utc>,
    /// How far it has come; null for what customers say.
    #[schema(schema_with = delivery_or_null)]
    delivery: Option<Delivery>,
    /// Why it failed, in words.
    failure: Option<String>,
}

/// What kind of message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Plain text.
    Text,
    /// Text with buttons.
    Buttons,
    /// Text with a list to choose from.
    List,
    /// A tapped button or a chosen row.
    Reply,
    /// A file, with its words: a photo, a video, a sound, a document.
    File,
    /// Anything else: a customer's photo or voice message.
    Other,
}

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// Plain text.
    #[schema(min_length = 1, max_length = 4096, example = "Your order is on its way.")]
    text: String,
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// The page before's `next`, or the `seq` of the last message known.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many; 50 where it is missing.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// List a chat's messages
///
/// Oldest first. Internal notes and changes of the chat's state are not among them.
#[utoipa::path(get, path = "/chats/{chat}/messages", tag = "Messages", security(("key" = ["messages:read"])),
    params(("chat" = Uuid, Path, description = "The chat's id"), Which),
    responses((status = 200, description = "A page", body = Page<Message>)))]
pub async fn list(
    At(chat): At<ChatId>,
    Asked(which): Asked<Which>,
    mut read: Read<MessagesRead>,
) -> Result<Page<Message>, Problem> {
    let (limit, after) = (limit(which.limit)?, which.after.unwrap_or(0));
    if after < 0 {
        return invalid("“after” is a number from 0.");
    }
    let found = by_api::page(&mut read.tx, chat, after, limit + 1).await?;
    Ok(Page::of(found.into_iter().map(Message::from).collect(), limit, |message| message.seq.to_string()))
}

/// Read a message
///
/// For how far it has come.
#[utoipa::path(get, path = "/messages/{message}", tag = "Messages", security(("key" = ["messages:read"])),
    params(("message" = Uuid, Path, description = "The message's id")),
    responses((status = 200, description = "The message", body = Message)))]
pub async fn get(At(id): At<MessageId>, mut read: Read<MessagesRead>) -> Result<Json<Message>, Problem> {
    Ok(Json(by_api::get(&mut read.tx, id).await?.into()))
}

/// Send a message
///
/// Plain text, while WhatsApp's 24-hour window is open. While an agent holds the chat nobody else writes in it. Name the
/// request by an Idempotency-Key: repeated after a broken connection, it is one message.
#[utoipa::path(post, path = "/chats/{chat}/messages", tag = "Messages", security(("key" = ["messages:write"])),
    params(("chat" = Uuid, Path, description = "The chat's id")), request_body = NewMessage,
    responses((status = 201, description = "Accepted; it is sent after the chat's earlier messages", body = Message)))]
pub async fn send(At(chat): At<ChatId>, mut act: Act<MessagesWrite, NewMessage>) -> Result<Response, Problem> {
    let sent = by_api::send(&mut act.tx, chat, &act.body.text, &act.by, act.now).await?;
    act.done(StatusCode::CREATED, &Message::from(sent)).await
}

impl From<message::Message> for Message {
    fn from(message: message::Message) -> Self {
        let (kind, text, choices) = said(message.body);
        Self {
            id: message.id.0,
            chat: message.chat.0,
            seq: message.seq,
            author: message.author,
            member: message.member.map(Member::from),
            kind,
            text,
            choices,
            at: message.at,
            delivery: message.delivery,
            failure: message.failure.map(|failure| failure.words),
        }
    }
}

fn said(body: Body) -> (MessageKind, String, Vec<String>) {
    match body {
        Body::Text { text } => (MessageKind::Text, text, Vec::new()),
        Body::Buttons { text, buttons } => {
            (MessageKind::Buttons, text, buttons.into_iter().map(|button| button.title).collect())
        }
        Body::File { file, text, buttons } => {
            (MessageKind::File, file.line(&text), buttons.into_iter().map(|button| button.title).collect())
        }
        Body::List { text, sections, .. } => {
            let rows = sections.into_iter().flat_map(|section| section.rows);
            (MessageKind::List, text, rows.map(|row| row.title).collect())
        }
        Body::Reply { title, .. } => (MessageKind::Reply, title.clone(), vec![title]),
        other => (MessageKind::Other, other.line(), Vec::new()),
    }
}
