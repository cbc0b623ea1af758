//! Members' rows.

use super::{Colleague, Member, Presence, Role, account, session};
use crate::chat::clock;
use crate::db::{Db, Desk, Tx};
use crate::{Error, MemberId, Result, Timestamp, audit, feed};

/// A new member's particulars.
#[derive(Clone, Debug)]
pub struct NewMember<'a> {
    /// The address they sign in with, lower case.
    pub email: &'a str,
    /// Their name.
    pub name: &'a str,
    /// What they may do.
    pub role: Role,
    /// argon2id in PHC form, from [`super::password::hash`].
    pub password_hash: Option<&'a str>,
}

/// Adds a member.
///
/// # Errors
/// `Invalid` when the address is taken.
pub async fn add(tx: &mut Tx<'_>, new: &NewMember<'_>, now: Timestamp) -> Result<MemberId> {
    let id = MemberId::at(now);
    let added = sqlx::query!(
        "insert into member (workspace_id, id, email, name, role, password_hash, presence_since, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict on constraint member_email_taken do nothing",
        tx.workspace.0,
        id.0,
        new.email,
        new.name,
        new.role.as_str(),
        new.password_hash,
        now,
    )
    .execute(tx.conn())
    .await?;
    if added.rows_affected() == 0 {
        return Err(Error::Invalid(format!("{} belongs to a member already.", new.email)));
    }
    Ok(id)
}

/// Whether an address is a member's, of whichever workspace.
///
/// # Errors
/// When the database fails.
pub async fn taken(db: &Db, email: &str) -> Result<bool> {
    let taken = sqlx::query_scalar!(r#"select exists (select 1 from member where email = $1) as "yes!""#, email)
        .fetch_one(db.pool())
        .await?;
    Ok(taken)
}

/// A member who has not been deactivated.
///
/// # Errors
/// When the database fails.
pub async fn get(tx: &mut Tx<'_>, id: MemberId) -> Result<Option<Member>> {
    Ok(all(tx).await?.into_iter().find(|member| member.id == id))
}

/// Everybody who has not been deactivated, by name.
///
/// # Errors
/// When the database fails.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Member>> {
    let rows = sqlx::query!(
        "select id, name, email, role, presence from member where workspace_id = $1 and deactivated_at is null order by name, id",
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Member {
                id: MemberId(row.id),
                workspace: tx.workspace,
                name: row.name,
                email: row.email,
                role: row.role.parse()?,
                presence: row.presence.parse()?,
            })
        })
        .collect()
}

/// A member's name, also of one who was deactivated.
///
/// # Errors
/// When the database fails.
pub async fn name(tx: &mut Tx<'_>, id: MemberId) -> Result<Option<String>> {
    let name = sqlx::query_scalar!("select name from member where workspace_id = $1 and id = $2", tx.workspace.0, id.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(name)
}

/// Everybody at the desk with what they do just now, Available first. Owners see who was deactivated, too.
///
/// # Errors
/// When the database fails.
pub async fn team(desk: &Desk, member: &Member) -> Result<Vec<Colleague>> {
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        r#"select m.id, m.name, m.role, m.presence, m.deactivated_at is not null as "deactivated!",
                  (select count(*) from chat c where c.workspace_id = m.workspace_id and c.holder = m.id and c.state = 'intervened') as "holds!"
           from member m where m.workspace_id = $1 and (m.deactivated_at is null or $2)
           order by m.deactivated_at is not null, m.presence, m.name, m.id"#,
        tx.workspace.0,
        member.role == Role::Owner,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let presence = if row.deactivated { Presence::Away } else { row.presence.parse()? };
            Ok(Colleague {
                id: MemberId(row.id),
                name: row.name,
                role: row.role.parse()?,
                presence,
                holds: row.holds,
                deactivated: row.deactivated,
            })
        })
        .collect()
}

/// An Owner closes a member's account: sessions and sockets end at once, their chats wait for everyone.
///
/// # Errors
/// `Forbidden` for all but Owners, `Invalid` for oneself, `NotFound` for who is no member.
pub async fn deactivate(desk: &Desk, owner: &Member, target: MemberId, now: Timestamp) -> Result<()> {
    if owner.role == Role::Owner && owner.id == target {
        return Err(Error::Invalid("You cannot deactivate yourself. Another Owner can.".into()));
    }
    let mut tx = desk.begin().await?;
    account::owns(&mut tx, owner).await?;
    let gone = sqlx::query!(
        "update member set deactivated_at = $3, presence = 'away', presence_since = $3, presence_by = 'hand'
         where workspace_id = $1 and id = $2 and deactivated_at is null returning name",
        tx.workspace.0,
        target.0,
        now,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    sqlx::query!("delete from session where workspace_id = $1 and member_id = $2", tx.workspace.0, target.0)
        .execute(tx.conn())
        .await?;
    audit::store::add(
        &mut tx,
        owner,
        "member_deactivated",
        serde_json::json!({ "member": target, "name": gone.name }),
        now,
    )
    .await?;
    session::told(&mut tx, target, now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await?;
    // The clock would do it within a second; whoever waits need not.
    while clock::give_back(desk.db(), now).await? > 0 {}
    Ok(())
}

/// An Owner opens a member's account again, with the password it had.
///
/// # Errors
/// `Forbidden` for all but Owners, `NotFound` for who is not deactivated.
pub async fn reactivate(desk: &Desk, owner: &Member, target: MemberId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    account::owns(&mut tx, owner).await?;
    let back = sqlx::query!(
        "update member set deactivated_at = null where workspace_id = $1 and id = $2 and deactivated_at is not null returning name",
        tx.workspace.0,
        target.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let detail = serde_json::json!({ "member": target, "name": back.name });
    audit::store::add(&mut tx, owner, "member_reactivated", detail, now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await
}
