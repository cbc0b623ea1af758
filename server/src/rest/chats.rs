//! Chats: listed, read, and a person asked for.

use super::call::{Act, Asked, At, ChatsRead, ChatsWrite, Read};
use super::page::{Page, limit};
use super::problem::Problem;
use super::words::word_schema;
use axum::Json;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::chat::{MemberName, Queue, Row, State, by_api};
use domain::db::Tx;
use domain::message::Author;
use domain::{ChatId, ContactId, Error, Timestamp};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

word_schema!(queue, queue_or_null, Queue, "With the bot, waiting for a person, held by an agent, or over.");
word_schema!(author, author_or_null, Author, "Who said the last thing.");

/// The one lifelong thread between a contact and one of your numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Chat {
    /// Which.
    pub id: Uuid,
    /// The customer.
    contact: Option<Uuid>,
    /// With the bot (`active`), waiting for a person (`requested`), held by an agent (`intervened`), or over (`history`).
    #[schema(schema_with = queue)]
    queue: Queue,
    /// The agent who holds it.
    holder: Option<Member>,
    /// Since when.
    held_since: Option<DateTime<Utc>>,
    /// Since when the customer waits for a person.
    requested_since: Option<DateTime<Utc>>,
    /// Why, in words.
    reason: Option<String>,
    /// Since when the customer waits for an answer.
    unanswered_since: Option<DateTime<Utc>>,
    /// When WhatsApp's 24-hour window ends.
    window_closes_at: Option<DateTime<Utc>>,
    /// Whether your systems may write now: the window is open and no agent holds the chat.
    writable: bool,
    /// When something was last said.
    last_at: Option<DateTime<Utc>>,
    /// By whom.
    #[schema(schema_with = author_or_null)]
    last_author: Option<Author>,
    /// Earlier chats of contacts that turned out to be this one: their messages are listed by these ids.
    merged: Vec<Uuid>,
    /// Grows with every change.
    version: i64,
}

/// A member of the desk.
#[derive(Debug, Serialize, ToSchema)]
pub struct Member {
    /// Who.
    id: Uuid,
    /// Their name.
    name: String,
}

/// Which chats.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Standing here only.
    #[param(schema_with = queue)]
    queue: Option<Queue>,
    /// Of this contact only.
    contact: Option<Uuid>,
    /// The page before's `next`.
    after: Option<Uuid>,
    /// How many; 50 where it is missing.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// List chats
///
/// In the order in which they were made.
#[utoipa::path(get, path = "/chats", tag = "Chats", params(Which), security(("key" = ["chats:read"])),
    responses((status = 200, description = "A page", body = Page<Chat>)))]
pub async fn list(Asked(which): Asked<Which>, mut read: Read<ChatsRead>) -> Result<Page<Chat>, Problem> {
    let limit = limit(which.limit)?;
    let filter = by_api::Filter { queue: which.queue, contact: which.contact.map(ContactId) };
    let found = by_api::page(&mut read.tx, filter, which.after.map(ChatId), limit + 1).await?;
    let chats = Chat::of_all(&mut read.tx, found, read.now).await?;
    Ok(Page::of(chats, limit, |chat| chat.id.to_string()))
}

/// Read a chat
#[utoipa::path(get, path = "/chats/{chat}", tag = "Chats", security(("key" = ["chats:read"])),
    params(("chat" = Uuid, Path, description = "The chat's id")),
    responses((status = 200, description = "The chat", body = Chat)))]
pub async fn get(At(id): At<ChatId>, mut read: Read<ChatsRead>) -> Result<Json<Chat>, Problem> {
    let found = by_api::get(&mut read.tx, id).await?;
    Ok(Json(Chat::of_one(&mut read.tx, found, read.now).await?))
}

/// Ask for a person
///
/// The chat waits for an agent then. Where one was asked for already, or an agent holds the chat, nothing changes.
#[utoipa::path(post, path = "/chats/{chat}/request", tag = "Chats", security(("key" = ["chats:write"])),
    params(("chat" = Uuid, Path, description = "The chat's id")),
    responses((status = 200, description = "The chat as it is now", body = Chat)))]
pub async fn request(At(id): At<ChatId>, mut act: Act<ChatsWrite>) -> Result<Response, Problem> {
    let found = by_api::ask_for_person(&mut act.tx, id, &act.by, act.now).await?;
    let chat = Chat::of_one(&mut act.tx, found, act.now).await?;
    act.done(StatusCode::OK, &chat).await
}

impl Chat {
    async fn of_all(tx: &mut Tx<'_>, found: Vec<(State, Row)>, now: Timestamp) -> Result<Vec<Self>, Error> {
        let ids: Vec<_> = found.iter().map(|(_, row)| row.id).collect();
        let mut merged = by_api::folded_into(tx, &ids).await?;
        let chat = |found: (State, Row)| {
            let merged = merged.remove(&found.1.id).unwrap_or_default();
            Self::of(found, merged, now)
        };
        Ok(found.into_iter().map(chat).collect())
    }

    async fn of_one(tx: &mut Tx<'_>, found: (State, Row), now: Timestamp) -> Result<Self, Error> {
        Self::of_all(tx, vec![found], now).await?.pop().ok_or(Error::NotFound)
    }

    fn of((state, row): (State, Row), merged: Vec<ChatId>, now: Timestamp) -> Self {
        let content = row.content.as_ref();
        Self {
            id: row.id.0,
            contact: content.map(|content| content.contact.0),
            queue: row.queue,
            holder: row.holder.map(Member::from),
            held_since: row.held_since,
            requested_since: row.requested_since,
            reason: content.and_then(|content| content.reason.as_ref()).map(|reason| reason.sentence()),
            unanswered_since: row.unanswered_since,
            window_closes_at: content.and_then(|content| content.window.0),
            writable: state.api_may_send().is_ok() && content.is_some_and(|content| content.window.is_open(now)),
            last_at: content.map(|content| content.last_at),
            last_author: content.map(|content| content.last_author),
            merged: merged.into_iter().map(|chat| chat.0).collect(),
            version: row.version,
        }
    }
}

impl From<MemberName> for Member {
    fn from(MemberName { id, name }: MemberName) -> Self {
        Self { id: id.0, name }
    }
}
