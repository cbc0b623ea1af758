//! The profile panel, through sight.

use super::Profile;
use crate::attribute;
use crate::chat::list;
use crate::db::Desk;
use crate::journey::store::Reader;
use crate::journey::{self, Filter, JourneyStep, StepKey};
use crate::member::Member;
use crate::message::note;
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
        r#"select max(p.last_active_at) as last_active_at, min(p.first_seen_at) as "first_seen_at!",
            sum(p.unresolved_queries)::bigint as "unresolved_queries!", sum(p.template_messages)::bigint as "template_messages!",
            sum(p.session_messages)::bigint as "session_messages!",
            (array_agg(p.source order by p.first_seen_at, p.id))[1] as "source!",
            (array_agg(p.first_message order by p.first_seen_at, p.id) filter (where p.first_message is not null))[1] as first_message,
            max(p.opted) filter (where p.id = $2) as opted, max(p.opted_at) filter (where p.id = $2) as opted_at,
            max(p.blocked_at) filter (where p.id = $2) as blocked_at
           from contact p where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2)"#,
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
    let notes = note::latest(&mut tx, reader).await?;
    let (journey, older) = journey::store::page(&mut tx, reader, Filter::default(), None).await?;
    Ok(Profile {
        contact,
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
        journey,
        older,
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
