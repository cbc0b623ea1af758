//! Outcomes' rows.

use super::{COUNTED, MOST, Outcome, name};
use crate::db::{Desk, Tx};
use crate::member::{Member, supervises};
use crate::workspace::define::{begin, done};
use crate::{Error, OutcomeId, Result, Timestamp};
use serde_json::json;

/// What can be chosen, in its order, for every member.
///
/// # Errors
/// When the database fails.
pub async fn names(desk: &Desk) -> Result<Vec<String>> {
    let mut tx = desk.snapshot().await?;
    let names = sqlx::query_scalar!(
        "select name from outcome where workspace_id = $1 and archived_at is null order by position, name",
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(names)
}

/// The active outcome of this name.
///
/// # Errors
/// `Invalid` where there is none.
pub async fn named(tx: &mut Tx<'_>, name: &str) -> Result<OutcomeId> {
    let found = sqlx::query_scalar!(
        "select id from outcome where workspace_id = $1 and name = $2 and archived_at is null",
        tx.workspace.0,
        name,
    )
    .fetch_optional(tx.conn())
    .await?;
    let unknown = || Error::Invalid("This outcome is not in the list any more. Choose another.".into());
    found.map(OutcomeId).ok_or_else(unknown)
}

/// Every outcome in its order, archived ones last, and how often it was chosen.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn list(desk: &Desk, member: &Member) -> Result<Vec<Outcome>> {
    supervises(member)?;
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        r#"select id, name, archived_at,
            (select count(*) from (select 1 from episode e where e.workspace_id = $1 and e.outcome_id = o.id limit $2) counted) as "used!"
         from outcome o where workspace_id = $1 order by archived_at is not null, position, name"#,
        tx.workspace.0,
        COUNTED,
    )
    .fetch_all(tx.conn())
    .await?;
    let outcome = |id, name, archived, used| Outcome { id: OutcomeId(id), name, archived, used };
    Ok(rows.into_iter().map(|row| outcome(row.id, row.name, row.archived_at.is_some(), row.used)).collect())
}

/// Adds an outcome after all others; an archived one of that name comes back instead.
///
/// # Errors
/// `Forbidden` but to supervisors, `Invalid` where the name is taken or makes no sense.
pub async fn create(desk: &Desk, member: &Member, typed: &str, now: Timestamp) -> Result<()> {
    let mut tx = begin(desk, member).await?;
    let name = name(typed)?;
    fits(&mut tx, None, &name).await?;
    let known = sqlx::query_scalar!(
        "select id from outcome where workspace_id = $1 and lower(name) = lower($2) order by archived_at desc limit 1",
        tx.workspace.0,
        name,
    )
    .fetch_optional(tx.conn())
    .await?;
    sqlx::query!(
        "insert into outcome (workspace_id, id, name, position, created_at)
         values ($1, $2, $3, (select coalesce(max(position), 0) + 1 from outcome where workspace_id = $1), $4)
         on conflict (workspace_id, id) do update set name = $3, position = excluded.position, archived_at = null",
        tx.workspace.0,
        known.unwrap_or(OutcomeId::at(now).0),
        name,
        now,
    )
    .execute(tx.conn())
    .await?;
    done(tx, member, "outcome_created", json!({ "name": name }), now).await
}

/// Gives an outcome another name; what ended so is counted on.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`, `Invalid` where the name is taken or makes no sense.
pub async fn rename(desk: &Desk, member: &Member, id: OutcomeId, typed: &str, now: Timestamp) -> Result<()> {
    let mut tx = begin(desk, member).await?;
    let name = name(typed)?;
    let before = lock(&mut tx, id).await?;
    fits(&mut tx, Some(id), &name).await?;
    sqlx::query!("update outcome set name = $3 where workspace_id = $1 and id = $2", tx.workspace.0, id.0, name)
        .execute(tx.conn())
        .await?;
    done(tx, member, "outcome_renamed", json!({ "before": before, "name": name }), now).await
}

/// Puts outcomes into an order; those that are not named come after them.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn arrange(desk: &Desk, member: &Member, order: &[OutcomeId], now: Timestamp) -> Result<()> {
    let mut tx = begin(desk, member).await?;
    let ids: Vec<_> = order.iter().take(1000).map(|id| id.0).collect();
    sqlx::query!(
        "update outcome o set position = ordered.n from (
            select id, row_number() over (order by coalesce(array_position($2::uuid[], id), 1000000), position, name) as n
            from outcome where workspace_id = $1) ordered
         where o.workspace_id = $1 and o.id = ordered.id and o.position <> ordered.n",
        tx.workspace.0,
        &ids,
    )
    .execute(tx.conn())
    .await?;
    done(tx, member, "outcomes_arranged", json!({}), now).await
}

/// Takes an outcome from what can be chosen. What ended so keeps it.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`, `Invalid` where it is the last one.
pub async fn archive(desk: &Desk, member: &Member, id: OutcomeId, now: Timestamp) -> Result<()> {
    let mut tx = begin(desk, member).await?;
    let name = lock(&mut tx, id).await?;
    sqlx::query!(
        "update outcome set archived_at = coalesce(archived_at, $3) where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    let left = sqlx::query_scalar!(
        r#"select count(*) as "n!" from outcome where workspace_id = $1 and archived_at is null"#,
        tx.workspace.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if left == 0 {
        return Err(Error::Invalid("This is the last outcome; agents need one to choose.".into()));
    }
    done(tx, member, "outcome_archived", json!({ "name": name }), now).await
}

/// Puts an archived outcome back, after all others.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`, `Invalid` where its name is taken by now.
pub async fn restore(desk: &Desk, member: &Member, id: OutcomeId, now: Timestamp) -> Result<()> {
    let mut tx = begin(desk, member).await?;
    let name = lock(&mut tx, id).await?;
    fits(&mut tx, Some(id), &name).await?;
    sqlx::query!(
        "update outcome set archived_at = null,
            position = (select coalesce(max(position), 0) + 1 from outcome where workspace_id = $1)
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
    )
    .execute(tx.conn())
    .await?;
    done(tx, member, "outcome_restored", json!({ "name": name }), now).await
}

/// Locks an outcome; its name.
async fn lock(tx: &mut Tx<'_>, id: OutcomeId) -> Result<String> {
    let name = sqlx::query_scalar!(
        "select name from outcome where workspace_id = $1 and id = $2 for no key update",
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(name)
}

async fn fits(tx: &mut Tx<'_>, but: Option<OutcomeId>, name: &str) -> Result<()> {
    let row = sqlx::query!(
        r#"select count(*) as "n!", count(*) filter (where lower(name) = lower($3)) as "same!" from outcome
         where workspace_id = $1 and archived_at is null and id is distinct from $2"#,
        tx.workspace.0,
        but.map(|id| id.0),
        name,
    )
    .fetch_one(tx.conn())
    .await?;
    if row.same > 0 {
        return Err(Error::Invalid(format!("There is an outcome “{name}” already.")));
    }
    if row.n >= MOST {
        return Err(Error::Invalid(format!("A workspace has at most {MOST} outcomes. Archive one first.")));
    }
    Ok(())
}
