//! The audit log's rows.

use super::{Entry, Filter, Filters, sentence, title};
use crate::chat::MemberName;
use crate::db::{Desk, Tx};
use crate::member::Member;
use crate::{AuditId, Error, MemberId, Result, Timestamp};

/// Entries on one page.
pub const PAGE: usize = 50;

/// Writes that a member did something.
///
/// # Errors
/// When the database fails.
pub async fn add(
    tx: &mut Tx<'_>,
    member: &Member,
    kind: &str,
    detail: serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    note(tx, member.id, &member.name, kind, detail, now).await
}

/// The same, where only a member's id and name are at hand.
///
/// # Errors
/// When the database fails.
pub async fn note(
    tx: &mut Tx<'_>,
    member: MemberId,
    name: &str,
    kind: &str,
    detail: serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "insert into audit (workspace_id, id, at, member_id, name, kind, detail) values ($1, $2, $3, $4, $5, $6, $7)",
        tx.workspace.0,
        AuditId::at(now).0,
        now,
        member.0,
        name,
        kind,
        detail,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A page of the log, newest first, before the given entry; and whether there are more.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn page(
    desk: &Desk,
    member: &Member,
    filter: &Filter,
    before: Option<(Timestamp, AuditId)>,
) -> Result<(Vec<Entry>, bool)> {
    if !member.role.supervises() {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.snapshot().await?;
    let mut rows = sqlx::query!(
        r#"select a.id, a.at, a.name, a.kind, a.detail, h.name as "holder?"
           from audit a left join member h on h.workspace_id = a.workspace_id and h.id::text = a.detail->>'holder'
           where a.workspace_id = $1 and ($2::text is null or a.kind = $2) and ($3::uuid is null or a.member_id = $3)
             and ($4::timestamptz is null or a.at >= $4) and ($5::timestamptz is null or a.at < $5)
             and ($6::timestamptz is null or (a.at, a.id) < ($6, $7))
           order by a.at desc, a.id desc limit $8"#,
        tx.workspace.0,
        filter.kind,
        filter.member.map(|member| member.0),
        filter.from,
        filter.until,
        before.map(|(at, _)| at),
        before.map_or(uuid::Uuid::nil(), |(_, id)| id.0),
        i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
    )
    .fetch_all(tx.conn())
    .await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let entries = rows.into_iter().map(|row| Entry {
        id: AuditId(row.id),
        at: row.at,
        what: sentence(&row.kind, &row.detail, row.holder.as_deref()),
        name: row.name,
    });
    Ok((entries.collect(), more))
}

/// What the log can be filtered by: the kinds that are in it, and everybody who is or was a member.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn filters(desk: &Desk, member: &Member) -> Result<Filters> {
    if !member.role.supervises() {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.snapshot().await?;
    // One step in the index for each kind, not one for each entry.
    let kinds = sqlx::query_scalar!(
        r#"with recursive found as (
             (select kind from audit where workspace_id = $1 order by kind limit 1)
             union all
             select (select a.kind from audit a where a.workspace_id = $1 and a.kind > f.kind order by a.kind limit 1)
             from found f where f.kind is not null
           ) select kind as "kind!" from found where kind is not null"#,
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let members = sqlx::query!("select id, name from member where workspace_id = $1 order by name, id", tx.workspace.0)
        .fetch_all(tx.conn())
        .await?;
    let mut kinds: Vec<_> = kinds.into_iter().map(|kind| (title(&kind), kind)).collect();
    kinds.sort();
    Ok(Filters {
        kinds,
        members: members.into_iter().map(|row| MemberName { id: MemberId(row.id), name: row.name }).collect(),
    })
}
