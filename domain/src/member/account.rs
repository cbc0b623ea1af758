//! Members, as Owners manage them: who there is, and what each may do.

use super::{Account, Colleague, Member, Role, store};
use crate::db::{Desk, Tx};
use crate::{Error, FeedId, MemberId, Result, Timestamp, audit, feed};

/// Every member with address and when they were last here; those who were deactivated last.
///
/// # Errors
/// `Forbidden` for all but Owners.
pub async fn all(desk: &Desk, owner: &Member) -> Result<Vec<Account>> {
    if owner.role != Role::Owner {
        return Err(Error::Forbidden);
    }
    let team = store::team(desk, owner).await?;
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        "select id, email, greatest(seen_at, active_at) as seen from member where workspace_id = $1",
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let account = |who: Colleague| {
        let row = rows.iter().find(|row| row.id == who.id.0)?;
        Some(Account { email: row.email.clone(), seen: row.seen, who })
    };
    let mut all: Vec<_> = team.into_iter().filter_map(account).collect();
    // By name: a list in which people look somebody up does not move when they come and go.
    all.sort_by(|a, b| (a.who.deactivated, &a.who.name, a.who.id).cmp(&(b.who.deactivated, &b.who.name, b.who.id)));
    Ok(all)
}

/// An Owner changes what a member may do; their open screens begin anew with it, and a demoted one's watches end.
///
/// # Errors
/// `Forbidden` for all but Owners, `Invalid` for oneself and the last Owner, `NotFound` for who is no member.
pub async fn set_role(desk: &Desk, owner: &Member, target: MemberId, role: Role, now: Timestamp) -> Result<()> {
    if owner.role == Role::Owner && owner.id == target {
        return Err(Error::Invalid("You cannot change your own role. Another Owner can.".into()));
    }
    let mut tx = desk.begin().await?;
    owns(&mut tx, owner).await?;
    let was = sqlx::query!(
        "select name, role from member where workspace_id = $1 and id = $2 and deactivated_at is null for no key update",
        tx.workspace.0,
        target.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if was.role == role.as_str() {
        return Ok(());
    }
    sqlx::query!(
        "update member set role = $3 where workspace_id = $1 and id = $2",
        tx.workspace.0,
        target.0,
        role.as_str()
    )
    .execute(tx.conn())
    .await?;
    if !role.supervises() {
        sqlx::query!(
            "update watch set closed_at = $3 where workspace_id = $1 and member_id = $2 and closed_at is null",
            tx.workspace.0,
            target.0,
            now
        )
        .execute(tx.conn())
        .await?;
    }
    let detail = serde_json::json!({ "member": target, "name": was.name, "was": was.role, "now": role });
    audit::store::add(&mut tx, owner, "member_role", detail, now).await?;
    sqlx::query!(
        "insert into feed_waiting (workspace_id, id, at, kind, member_id) values ($1, $2, $3, 'member', $4)",
        tx.workspace.0,
        FeedId::at(now).0,
        now,
        target.0,
    )
    .execute(tx.conn())
    .await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await
}

/// Whether the member still is an Owner, under a lock on every Owner: of two who demote or deactivate each other at
/// once, one wins, so that a workspace always keeps an Owner.
pub(super) async fn owns(tx: &mut Tx<'_>, owner: &Member) -> Result<()> {
    let owners = sqlx::query_scalar!(
        "select id from member where workspace_id = $1 and role = 'owner' and deactivated_at is null
         order by id for no key update",
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    if owners.contains(&owner.id.0) { Ok(()) } else { Err(Error::Forbidden) }
}
