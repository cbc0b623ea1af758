//! Members' rows.

use super::{Member, Presence, Role};
use crate::db::{Desk, Tx};
use crate::{FeedId, MemberId, Result, Timestamp};

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
        return Err(crate::Error::Invalid(format!("{} belongs to a member already.", new.email)));
    }
    Ok(id)
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

/// Available or Away, by hand.
///
/// # Errors
/// When the database fails.
pub async fn set_presence(desk: &Desk, member: MemberId, presence: Presence, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    let changed = sqlx::query!(
        "update member set presence = $3, presence_since = $4 where workspace_id = $1 and id = $2 and presence <> $3",
        tx.workspace.0,
        member.0,
        presence.as_str(),
        now,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 1 {
        sqlx::query!(
            "insert into feed (workspace_id, id, at, kind, member_id) values ($1, $2, $3, 'presence', $4)",
            tx.workspace.0,
            FeedId::at(now).0,
            now,
            member.0,
        )
        .execute(tx.conn())
        .await?;
    }
    tx.commit().await
}
