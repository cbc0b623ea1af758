//! Contacts that somebody has told apart: they are suggested no more, and no message makes them one.

use super::merge_store::root;
use super::store::label;
use crate::db::{Desk, Tx};
use crate::member::Member;
use crate::{ContactId, Error, Result, Timestamp, audit};
use serde_json::json;

/// A supervisor says that two contacts are not one person; they are suggested no more.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound` for unknown contacts.
pub async fn dismiss(desk: &Desk, lead: &Member, one: ContactId, other: ContactId, now: Timestamp) -> Result<()> {
    if !lead.role.supervises() {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.begin().await?;
    let (one, other) = (root(&mut tx, one).await?, root(&mut tx, other).await?);
    if one == other {
        return Err(Error::Invalid("These are one contact already.".into()));
    }
    let detail = json!({ "into": label(&mut tx, one).await?, "name": label(&mut tx, other).await? });
    decide(&mut tx, one, other, now).await?;
    audit::store::add(&mut tx, lead, "contacts_told_apart", detail, now).await?;
    tx.commit().await
}

/// Whether somebody has said so of these two.
///
/// # Errors
/// When the database fails.
pub(super) async fn are(tx: &mut Tx<'_>, one: ContactId, other: ContactId) -> Result<bool> {
    let apart = sqlx::query_scalar!(
        r#"select exists (select 1 from duplicate where workspace_id = $1 and one = $2 and other = $3
            and dismissed_at is not null) as "apart!""#,
        tx.workspace.0,
        one.min(other).0,
        one.max(other).0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(apart)
}

/// Suggests that two contacts are one person.
///
/// # Errors
/// When the database fails.
pub(super) async fn suggest(
    tx: &mut Tx<'_>,
    one: ContactId,
    other: ContactId,
    why: &str,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "insert into duplicate (workspace_id, one, other, why, found_at) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id, one, other) do update set why = $4, dismissed_at = null",
        tx.workspace.0,
        one.min(other).0,
        one.max(other).0,
        why,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes it, also where it was suggested that they are one.
///
/// # Errors
/// When the database fails.
pub(super) async fn decide(tx: &mut Tx<'_>, one: ContactId, other: ContactId, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "insert into duplicate (workspace_id, one, other, why, found_at, dismissed_at) values ($1, $2, $3, '', $4, $4)
         on conflict (workspace_id, one, other) do update set dismissed_at = $4",
        tx.workspace.0,
        one.min(other).0,
        one.max(other).0,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
