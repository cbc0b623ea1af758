//! The timeline for the business's own systems: all of it, whoever holds the contact's chats.

use super::JourneyStep;
use super::store::Found;
use crate::db::Tx;
use crate::{ContactId, Error, JourneyId, Result};

/// Steps of a contact, newest first, after (that is, older than) the given one.
///
/// # Errors
/// `Invalid` for a step that is none of this contact's.
pub async fn page(
    tx: &mut Tx<'_>,
    contact: ContactId,
    after: Option<JourneyId>,
    limit: i64,
) -> Result<Vec<JourneyStep>> {
    let after = match after {
        None => None,
        Some(id) => {
            let found = sqlx::query!(
                "select at, id from journey where workspace_id = $1 and id = $3
                   and contact_id in (select id from contact p where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2))",
                tx.workspace.0,
                contact.0,
                id.0,
            )
            .fetch_optional(tx.conn())
            .await?;
            Some(found.ok_or_else(|| Error::Invalid("“after” is no step of this journey.".into()))?)
        }
    };
    sqlx::query_as!(
        Found,
        r#"select j.id, j.kind, j.actor, j.detail, j.chat_id, j.seq, j.at,
                  e.id as "episode_id?", e.requested_at, e.intervened_at, e.ended_at
           from journey j
           left join lateral (select * from episode e where e.workspace_id = j.workspace_id and e.chat_id = j.chat_id
                and j.at between coalesce(e.requested_at, e.intervened_at) and coalesce(e.ended_at, 'infinity')
                order by e.id desc limit 1) e on true
           where j.workspace_id = $1
             and j.contact_id in (select id from contact p where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2))
             and ($3::timestamptz is null or (j.at, j.id) < ($3, $4))
           order by j.at desc, j.id desc limit $5"#,
        tx.workspace.0,
        contact.0,
        after.as_ref().map(|step| step.at),
        after.as_ref().map(|step| step.id),
        limit,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(Found::step)
    .collect()
}
