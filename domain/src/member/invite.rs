//! Invitations: a link that makes somebody a member, once, within a week. Only its hash is kept.

use super::session::{self, Token};
use super::store::{self, NewMember};
use super::{Invite, Invited, Member, Role, account, password};
use crate::db::{Db, Desk, Tx};
use crate::{Error, InviteId, Result, Timestamp, WorkspaceId, audit, feed};
use chrono::TimeDelta;

/// A link leads in for so long.
pub const OPEN_FOR: TimeDelta = TimeDelta::days(7);
/// Invitations that may be open at once.
pub const MOST: i64 = 100;

/// What a link that no longer leads in says: the same for used, withdrawn, expired and invented ones.
fn over() -> Error {
    Error::Invalid("This invitation is used, withdrawn or older than a week. Ask for a new one.".into())
}

/// An Owner invites somebody; the token for the link is told this once. A new link replaces an open one for the same
/// address.
///
/// # Errors
/// `Forbidden` for all but Owners, `Invalid` for what is no address, a member's address, or too many invitations.
pub async fn invite(desk: &Desk, owner: &Member, email: &str, role: Role, now: Timestamp) -> Result<Token> {
    let mut tx = desk.begin().await?;
    account::owns(&mut tx, owner).await?;
    let email = address(email)?;
    let taken = sqlx::query_scalar!(
        r#"select exists (select 1 from member where workspace_id = $1 and email = $2) as "yes!""#,
        tx.workspace.0,
        email
    )
    .fetch_one(tx.conn())
    .await?;
    if taken {
        return Err(Error::Invalid(format!("{email} belongs to a member already.")));
    }
    // Those that have expired go with it; used ones stay, for whoever asks how a member came.
    sqlx::query!(
        "delete from invite where workspace_id = $1 and used_at is null and (email = $2 or expires_at <= $3)",
        tx.workspace.0,
        email,
        now
    )
    .execute(tx.conn())
    .await?;
    let open = sqlx::query_scalar!(
        r#"select count(*) as "count!" from invite where workspace_id = $1 and used_at is null"#,
        tx.workspace.0
    )
    .fetch_one(tx.conn())
    .await?;
    if open >= MOST {
        return Err(Error::Invalid(format!("{MOST} invitations are open already. Withdraw one first.")));
    }
    let token = Token::new();
    sqlx::query!(
        "insert into invite (workspace_id, id, token_hash, email, role, invited_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.workspace.0,
        InviteId::at(now).0,
        token.hash(),
        email,
        role.as_str(),
        owner.id.0,
        now,
        now + OPEN_FOR,
    )
    .execute(tx.conn())
    .await?;
    let detail = serde_json::json!({ "email": email, "role": role });
    audit::store::add(&mut tx, owner, "member_invited", detail, now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// An e-mail address as it is kept.
///
/// # Errors
/// `Invalid` for what is none.
pub(crate) fn address(email: &str) -> Result<String> {
    let email = email.trim().to_lowercase();
    let (before, after) = email.split_once('@').unwrap_or_default();
    if before.is_empty() || !after.contains('.') || email.len() > 254 || email.contains(char::is_whitespace) {
        return Err(Error::Invalid("This is not an e-mail address.".into()));
    }
    Ok(email)
}

/// The invitations that still lead in, newest first.
///
/// # Errors
/// `Forbidden` for all but Owners.
pub async fn open(desk: &Desk, owner: &Member, now: Timestamp) -> Result<Vec<Invite>> {
    if owner.role != Role::Owner {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        "select i.id, i.email, i.role, i.expires_at from invite i
         join member m on m.workspace_id = i.workspace_id and m.id = i.invited_by and m.role = 'owner' and m.deactivated_at is null
         where i.workspace_id = $1 and i.used_at is null and i.expires_at > $2 order by i.created_at desc, i.id desc",
        tx.workspace.0,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Invite { id: InviteId(row.id), email: row.email, role: row.role.parse()?, expires: row.expires_at })
        })
        .collect()
}

/// An Owner makes a link lead nowhere.
///
/// # Errors
/// `Forbidden` for all but Owners, `NotFound` for what is not open.
pub async fn withdraw(desk: &Desk, owner: &Member, id: InviteId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    account::owns(&mut tx, owner).await?;
    let email = sqlx::query_scalar!(
        "delete from invite where workspace_id = $1 and id = $2 and used_at is null returning email",
        tx.workspace.0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    audit::store::add(&mut tx, owner, "invite_withdrawn", serde_json::json!({ "email": email }), now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await
}

/// What a link shows to whoever has it.
///
/// # Errors
/// `Invalid` where it no longer leads in.
pub async fn look(db: &Db, token: &Token, now: Timestamp) -> Result<Invited> {
    let desk = desk_of(db, token).await?;
    let workspace = crate::workspace::store::name(&desk).await?;
    let mut tx = desk.begin().await?;
    let (_, email, role) = locked(&mut tx, token, now).await?;
    Ok(Invited { workspace, email, role })
}

/// The invited person becomes a member and is signed in. Of two who try at once, one does.
///
/// # Errors
/// `Invalid` where the link no longer leads in, or name or password do not fit.
pub async fn join(
    db: &Db,
    token: &Token,
    name: &str,
    word: String,
    before: Option<&Token>,
    now: Timestamp,
) -> Result<Token> {
    look(db, token, now).await?;
    let name = name.trim().replace('\0', "");
    if name.is_empty() || name.chars().count() > 120 {
        return Err(Error::Invalid("Tell us your name, in at most 120 characters.".into()));
    }
    let hash = password::hash(word).await?;
    let desk = desk_of(db, token).await?;
    let mut tx = desk.begin().await?;
    let (invite, email, role) = locked(&mut tx, token, now).await?;
    let new = NewMember { email: &email, name: &name, role, password_hash: Some(&hash) };
    let id = store::add(&mut tx, &new, now).await?;
    sqlx::query!("update invite set used_at = $3 where workspace_id = $1 and id = $2", tx.workspace.0, invite.0, now)
        .execute(tx.conn())
        .await?;
    let detail = serde_json::json!({ "email": email, "role": role });
    audit::store::note(&mut tx, id, &name, "member_joined", detail, now).await?;
    let session = session::insert(&mut tx, id, now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await?;
    if let Some(before) = before {
        session::end(db, before, now).await?;
    }
    Ok(session)
}

/// Whose invitation it is: nobody is signed in yet who could say.
async fn desk_of(db: &Db, token: &Token) -> Result<Desk> {
    let workspace = sqlx::query_scalar!("select workspace_id from invite where token_hash = $1", token.hash())
        .fetch_optional(db.pool())
        .await?
        .ok_or_else(over)?;
    Ok(db.workspace(WorkspaceId(workspace)))
}

/// The invitation under its lock; one of who is no Owner any more leads nowhere.
async fn locked(tx: &mut Tx<'_>, token: &Token, now: Timestamp) -> Result<(InviteId, String, Role)> {
    let row = sqlx::query!(
        "select i.id, i.email, i.role from invite i
         join member m on m.workspace_id = i.workspace_id and m.id = i.invited_by and m.role = 'owner' and m.deactivated_at is null
         where i.workspace_id = $1 and i.token_hash = $2 and i.used_at is null and i.expires_at > $3 for update of i",
        tx.workspace.0,
        token.hash(),
        now,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(over)?;
    Ok((InviteId(row.id), row.email, row.role.parse()?))
}
