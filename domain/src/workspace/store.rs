//! Workspaces' rows.

use crate::db::{Db, Desk};
use crate::outcome::FIRST;
use crate::{Error, OutcomeId, Result, Timestamp, WorkspaceId};

/// A workspace's name.
///
/// # Errors
/// When the database fails.
pub async fn name(desk: &Desk) -> Result<String> {
    let mut tx = desk.snapshot().await?;
    let name =
        sqlx::query_scalar!("select name from workspace where id = $1", desk.id().0).fetch_one(tx.conn()).await?;
    Ok(name)
}

/// The workspace that demo mode made, if it has.
///
/// # Errors
/// When the database fails.
pub async fn demo(db: &Db) -> Result<Option<Desk>> {
    let id = sqlx::query_scalar!("select id from workspace where demo order by id limit 1")
        .fetch_optional(db.pool())
        .await?;
    Ok(id.map(|id| db.workspace(WorkspaceId(id))))
}

/// Whether the database holds a workspace that demo mode did not make.
///
/// # Errors
/// When the database fails.
pub async fn any_real(db: &Db) -> Result<bool> {
    let found = sqlx::query_scalar!(r#"select exists (select 1 from workspace where not demo) as "any!""#)
        .fetch_one(db.pool())
        .await?;
    Ok(found)
}

/// The real workspace of this name, or the only one.
///
/// # Errors
/// `Invalid` where there is none, or more than one is meant.
pub async fn meant(db: &Db, name: Option<&str>) -> Result<Desk> {
    let rows =
        sqlx::query!("select id, name from workspace where not demo order by name, id").fetch_all(db.pool()).await?;
    let names: Vec<_> = rows.iter().map(|row| row.name.clone()).collect();
    let mut meant = rows.into_iter().filter(|row| name.is_none_or(|name| row.name == name));
    match (meant.next(), meant.next()) {
        (Some(one), None) => Ok(db.workspace(WorkspaceId(one.id))),
        _ if names.is_empty() => Err(Error::Invalid("There is no workspace yet. Make one by `baton found`.".into())),
        _ => Err(Error::Invalid(format!("Say which workspace: {}.", names.join(", ")))),
    }
}

/// Makes a workspace, with the outcomes to begin with.
///
/// # Errors
/// When the database fails or the name is empty.
pub async fn add(db: &Db, name: &str, demo: bool, now: Timestamp) -> Result<Desk> {
    let id = WorkspaceId::at(now);
    let outcomes = FIRST.map(|name| (OutcomeId::at(now).0, name.to_owned()));
    let (ids, names): (Vec<_>, Vec<_>) = outcomes.into_iter().unzip();
    sqlx::query!(
        "with made as (insert into workspace (id, name, demo, created_at) values ($1, $2, $3, $4) returning id)
         insert into outcome (workspace_id, id, name, position, created_at)
         select made.id, first.id, first.name, first.position, $4
         from made, unnest($5::uuid[], $6::text[]) with ordinality as first(id, name, position)",
        id.0,
        name,
        demo,
        now,
        &ids,
        &names,
    )
    .execute(db.pool())
    .await?;
    Ok(db.workspace(id))
}
