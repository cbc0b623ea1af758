//! The profile panel, through sight.

use super::Profile;
use crate::attribute;
use crate::chat::list;
use crate::db::Desk;
use crate::journey::store::Reader;
use crate::journey::{self, Filter, JourneyStep, StepKey};
use crate::member::Member;
use crate::message::Message;
use crate::message::note::{self, NoteKey};
use crate::tag;
use crate::{ChatId, Error, Result};

/// The profile of a chat's customer.
///
/// # Errors
/// `NotFound` unless the member sees everything of the chat; `Refused` while another chat of the customer is out of sight.
pub async fn profile(desk: &Desk, member: &Member, chat: ChatId) -> Result<Profile> {
    let mut tx = desk.snapshot().await?;
    let row = list::customer_row(&mut tx, member, chat).await?;
    let contact = row.content.as_ref().map(|content| content.contact).ok_or(Error::NotFound)?;
    let found = sqlx::query!(
        "select last_active_at, first_seen_at, unresolved_queries, template_messages, session_messages, source, first_message,
            opted, opted_at, blocked_at
         from contact where workspace_id = $1 and id = $2",
        tx.workspace.0,
        contact.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let identities = sqlx::query!(
        "select kind, value from identity where workspace_id = $1
           and contact_id in (select id from contact p where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2))
         order by kind desc, created_at",
        tx.workspace.0,
        contact.0,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|row| super::identity_words(&row.kind, &row.value))
    .collect();
    let tags = tag::store::given(&mut tx, contact).await?;
    let attributes = attribute::values::fields(&mut tx, contact).await?;
    let reader = Reader { contact, chat, member };
    let (notes, older_notes) = note::page(&mut tx, reader, None).await?;
    let (journey, older) = journey::store::page(&mut tx, reader, Filter::default(), None).await?;
    let actors = journey::store::actors(&mut tx, contact).await?;
    Ok(Profile {
        contact,
        name: row.content.as_ref().and_then(|content| content.name.clone()),
        status: row.status(),
        last_active: found.last_active_at,
        source: serde_json::from_value(found.source)?,
        unresolved_queries: found.unresolved_queries,
        template_messages: found.template_messages,
        session_messages: found.session_messages,
        first_message: found.first_message,
        first_seen: found.first_seen_at,
        opted: match (found.opted, found.opted_at) {
            (Some(word), Some(at)) => Some((word.parse()?, at)),
            _ => None,
        },
        blocked: found.blocked_at,
        identities,
        tags,
        attributes,
        notes,
        older_notes,
        journey,
        older,
        actors,
    })
}

/// Steps of the journey, newest first, and whether there are older ones.
///
/// # Errors
/// `NotFound` unless the member sees everything of the chat; `Refused` while another chat of the customer is out of sight.
pub async fn journey_page(
    desk: &Desk,
    member: &Member,
    chat: ChatId,
    filter: Filter,
    before: Option<StepKey>,
) -> Result<(Vec<JourneyStep>, bool)> {
    let mut tx = desk.snapshot().await?;
    let row = list::customer_row(&mut tx, member, chat).await?;
    let contact = row.content.as_ref().map(|content| content.contact).ok_or(Error::NotFound)?;
    journey::store::page(&mut tx, Reader { contact, chat, member }, filter, before).await
}

/// Older notes about a chat's customer, newest first, and whether there are older ones yet.
///
/// # Errors
/// As [`journey_page`].
pub async fn note_page(desk: &Desk, member: &Member, chat: ChatId, before: NoteKey) -> Result<(Vec<Message>, bool)> {
    let mut tx = desk.snapshot().await?;
    let row = list::customer_row(&mut tx, member, chat).await?;
    let contact = row.content.as_ref().map(|content| content.contact).ok_or(Error::NotFound)?;
    note::page(&mut tx, Reader { contact, chat, member }, Some(before)).await
}
