//! Segments' rows.

use super::{LONGEST_NAME, MOST, Segment};
use crate::contact::filter::sql::Scope;
use crate::contact::filter::{Condition, Group, Part};
use crate::db::{Desk, Tx};
use crate::member::{Member, supervises};
use crate::workspace::define::begin;
use crate::{Error, Result, SegmentId, Timestamp, audit, feed};
use serde_json::json;
use uuid::Uuid;

/// All of them, by name. Callers have asked for the right.
pub(crate) async fn all(tx: &mut Tx<'_>, member: &Member, now: Timestamp) -> Result<Vec<Segment>> {
    let rows = sqlx::query!(
        "select id, name, filter from segment where workspace_id = $1 order by lower(name), id",
        tx.workspace.0
    )
    .fetch_all(tx.conn())
    .await?;
    let scope = Scope::load(tx, member.id, now).await?;
    rows.into_iter()
        .map(|row| {
            let filter: Group = serde_json::from_value(row.filter)?;
            let gone = filter.conditions().into_iter().filter(|condition| scope.is_gone(condition)).count();
            let gone = u32::try_from(gone).unwrap_or(u32::MAX);
            Ok(Segment { id: SegmentId(row.id), name: row.name, filter, gone })
        })
        .collect()
}

/// Saves a filter under a name: a new segment, or another name and filter for one that is there.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`, `Invalid` where the name is taken or the filter makes no sense.
pub async fn save(
    desk: &Desk,
    member: &Member,
    id: Option<SegmentId>,
    name: &str,
    filter: Group,
    now: Timestamp,
) -> Result<SegmentId> {
    supervises(member)?;
    let filter = filter.checked()?;
    let name = name.replace('\0', "").split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::Invalid(format!("A segment's name has 1 to {LONGEST_NAME} characters.")));
    }
    if filter.parts.is_empty() {
        return Err(Error::Invalid("Add a condition first: everybody is no segment.".into()));
    }
    let mut tx = begin(desk, member).await?;
    let taken = sqlx::query_scalar!(
        r#"select exists (select from segment where workspace_id = $1 and lower(name) = lower($2)
            and id is distinct from $3) as "taken!""#,
        tx.workspace.0,
        name,
        id.map(|id| id.0),
    )
    .fetch_one(tx.conn())
    .await?;
    if taken {
        return Err(Error::Invalid(format!("There is a segment “{name}” already.")));
    }
    let body = serde_json::to_value(&filter)?;
    let detail = json!({ "name": name, "filter": filter });
    let id = match id {
        Some(id) => {
            let changed = sqlx::query!(
                "update segment set name = $3, filter = $4, changed_at = $5 where workspace_id = $1 and id = $2",
                tx.workspace.0,
                id.0,
                name,
                body,
                now,
            )
            .execute(tx.conn())
            .await?;
            if changed.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit::store::add(&mut tx, member, "segment_changed", detail, now).await?;
            id
        }
        None => {
            let id = SegmentId::at(now);
            let made = sqlx::query!(
                "insert into segment (workspace_id, id, name, filter, made_by, made_at, changed_at)
                 select $1, $2, $3, $4, $5, $6, $6 where (select count(*) from segment where workspace_id = $1) < $7",
                tx.workspace.0,
                id.0,
                name,
                body,
                member.id.0,
                now,
                MOST,
            )
            .execute(tx.conn())
            .await?;
            if made.rows_affected() == 0 {
                return Err(Error::Invalid(format!("A workspace has at most {MOST} segments. Delete one first.")));
            }
            audit::store::add(&mut tx, member, "segment_created", detail, now).await?;
            id
        }
    };
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes what segments ask for: in those that name `id`, each condition is handed to `change`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn each_condition(tx: &mut Tx<'_>, id: Uuid, mut change: impl FnMut(&mut Condition)) -> Result<()> {
    let rows = sqlx::query!(
        "select id, filter from segment where workspace_id = $1 and strpos(filter::text, $2) > 0 order by id for update",
        tx.workspace.0,
        id.to_string(),
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let before: Group = serde_json::from_value(row.filter)?;
        let mut filter = before.clone();
        visit(&mut filter, &mut change);
        if filter == before {
            continue;
        }
        sqlx::query!(
            "update segment set filter = $3 where workspace_id = $1 and id = $2",
            tx.workspace.0,
            row.id,
            serde_json::to_value(filter)?,
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

fn visit(filter: &mut Group, change: &mut impl FnMut(&mut Condition)) {
    for part in &mut filter.parts {
        match part {
            Part::Group(group) => visit(group, change),
            Part::Condition(condition) => change(condition),
        }
    }
}

/// How many segments have a condition that names `id` and is such a one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn count(tx: &mut Tx<'_>, id: Uuid, such: impl Fn(&Condition) -> bool) -> Result<i64> {
    let filters = sqlx::query_scalar!(
        "select filter from segment where workspace_id = $1 and strpos(filter::text, $2) > 0",
        tx.workspace.0,
        id.to_string(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut count = 0;
    for filter in filters {
        let filter: Group = serde_json::from_value(filter)?;
        count += i64::from(filter.conditions().into_iter().any(&such));
    }
    Ok(count)
}

/// Deletes a segment. Whom it meant stays as they are.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`.
pub async fn delete(desk: &Desk, member: &Member, id: SegmentId, now: Timestamp) -> Result<()> {
    let mut tx = begin(desk, member).await?;
    let name = sqlx::query_scalar!(
        "delete from segment where workspace_id = $1 and id = $2 returning name",
        tx.workspace.0,
        id.0
    )
    .fetch_one(tx.conn())
    .await?;
    audit::store::add(&mut tx, member, "segment_deleted", json!({ "name": name }), now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await
}
