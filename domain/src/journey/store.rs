//! The timeline's rows.

use super::{Doer, Happening, JourneyStep};
use crate::db::Tx;
use crate::{ChatId, ContactId, JourneyId, Result, Timestamp};

/// Steps on one page.
const PAGE: i64 = 30;

/// Adds a step.
///
/// # Errors
/// When the database fails.
pub async fn add(
    tx: &mut Tx<'_>,
    contact: ContactId,
    chat: Option<ChatId>,
    what: &Happening,
    by: &Doer,
    seq: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    let detail = serde_json::to_value(what)?;
    // The variant's name: alone, or as the key of its fields.
    let named = detail.as_str().or_else(|| detail.as_object()?.keys().next().map(String::as_str));
    let kind = named.unwrap_or_default().to_owned();
    sqlx::query!(
        "insert into journey (workspace_id, id, contact_id, chat_id, kind, actor, detail, seq, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.workspace.0,
        JourneyId::at(now).0,
        contact.0,
        chat.map(|chat| chat.0),
        kind,
        serde_json::to_value(by)?,
        detail,
        seq,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A page of steps, newest first, and whether it goes further back. Callers have asked for sight.
///
/// # Errors
/// When the database fails.
pub async fn page(
    tx: &mut Tx<'_>,
    contact: ContactId,
    before: Option<(Timestamp, JourneyId)>,
) -> Result<(Vec<JourneyStep>, bool)> {
    let rows = sqlx::query!(
        "select id, actor, detail, seq, at from journey where workspace_id = $1 and contact_id = $2
           and ($3::timestamptz is null or (at, id) < ($3, $4))
         order by at desc, id desc limit $5",
        tx.workspace.0,
        contact.0,
        before.map(|(at, _)| at),
        before.map(|(_, id)| id.0),
        PAGE + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    let older = i64::try_from(rows.len()).unwrap_or(0) > PAGE;
    let mut steps = Vec::with_capacity(rows.len());
    for row in rows.into_iter().take(usize::try_from(PAGE).unwrap_or(0)) {
        steps.push(JourneyStep {
            id: JourneyId(row.id),
            what: serde_json::from_value(row.detail)?,
            by: serde_json::from_value(row.actor)?,
            at: row.at,
            seq: row.seq,
        });
    }
    Ok((steps, older))
}
