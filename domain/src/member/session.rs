//! Sessions: in Postgres, only the hash of the cookie's value; ended by sign-out, time, and a new password.

use super::{Member, password};
use crate::db::{Db, Tx};
use crate::{Error, FeedId, MemberId, Result, Timestamp, WorkspaceId, audit};
use chrono::TimeDelta;
use rand::RngCore;
use sha2::{Digest, Sha256};

/// A session ends this long after it began.
pub const LONGEST: TimeDelta = TimeDelta::days(30);
/// A session ends when it was not used for this long.
pub const IDLE: TimeDelta = TimeDelta::days(7);
/// Failures in [`THROTTLE_WINDOW`] after which an address has to wait.
pub const MOST_FAILURES: i64 = 10;
/// How long failures count.
pub const THROTTLE_WINDOW: TimeDelta = TimeDelta::minutes(15);

/// The cookie's value: 256 random bits in hex. Never logged, never stored.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    pub(super) fn new() -> Self {
        let mut bytes = [0_u8; 32];
        rand::rng().fill_bytes(&mut bytes);
        Self(hex::encode(bytes))
    }

    /// From a cookie.
    pub fn from_cookie(value: &str) -> Self {
        Self(value.to_owned())
    }

    /// For the cookie.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

/// Signs in by e-mail address and password. A session the browser had before is ended.
///
/// # Errors
/// `Invalid` for a wrong address or password, told apart by nothing; `Throttled` after too many failures.
pub async fn sign_in(
    db: &Db,
    email: &str,
    word: String,
    from: &str,
    before: Option<&Token>,
    now: Timestamp,
) -> Result<Token> {
    let email = email.trim().to_lowercase();
    let subjects = [format!("email:{email}"), format!("from:{from}")];
    throttle(db, &subjects, now).await?;
    let found = sqlx::query!(
        "select workspace_id, id, name, password_hash from member where email = $1 and deactivated_at is null",
        email
    )
    .fetch_optional(db.pool())
    .await?;
    let hash = found.as_ref().and_then(|member| member.password_hash.clone());
    let fits = password::fits(word, hash).await?;
    let Some(member) = found.as_ref().filter(|_| fits) else {
        // Side by side, so that a known address takes no longer than an unknown one.
        let known = found.as_ref().map(|known| (WorkspaceId(known.workspace_id), MemberId(known.id), &*known.name));
        let (counted, noted) = tokio::join!(count_failure(db, &subjects, now), note_failure(db, known, from, now));
        counted.and(noted)?;
        return Err(Error::Invalid("E-mail address and password do not fit.".into()));
    };
    sqlx::query!("delete from sign_in_failure where subject = $1", subjects[0]).execute(db.pool()).await?;
    enter(db, WorkspaceId(member.workspace_id), MemberId(member.id), &member.name, from, before, now).await
}

async fn count_failure(db: &Db, subjects: &[String], now: Timestamp) -> Result<()> {
    for subject in subjects {
        sqlx::query!("insert into sign_in_failure (subject, at) values ($1, $2)", subject, now)
            .execute(db.pool())
            .await?;
    }
    Ok(())
}

/// Somebody failed at a member's address: the workspace can look it up.
async fn note_failure(db: &Db, known: Option<(WorkspaceId, MemberId, &str)>, from: &str, now: Timestamp) -> Result<()> {
    let Some((workspace, id, name)) = known else { return Ok(()) };
    let mut tx = db.workspace(workspace).begin().await?;
    audit::store::note(&mut tx, id, name, "sign_in_failed", serde_json::json!({ "from": from }), now).await?;
    tx.commit().await
}

/// Begins a session for somebody who has proved who they are, and writes it into the audit log.
///
/// # Errors
/// When the database fails.
pub async fn enter(
    db: &Db,
    workspace: WorkspaceId,
    member: MemberId,
    name: &str,
    from: &str,
    before: Option<&Token>,
    now: Timestamp,
) -> Result<Token> {
    if let Some(before) = before {
        end(db, before, now).await?;
    }
    let mut tx = db.workspace(workspace).begin().await?;
    audit::store::note(&mut tx, member, name, "sign_in", serde_json::json!({ "from": from }), now).await?;
    let token = insert(&mut tx, member, now).await?;
    tx.commit().await?;
    Ok(token)
}

async fn throttle(db: &Db, subjects: &[String], now: Timestamp) -> Result<()> {
    let since = now - THROTTLE_WINDOW;
    sqlx::query!("delete from sign_in_failure where at <= $1", since).execute(db.pool()).await?;
    let worst = sqlx::query!(
        r#"select count(*) as "failures!", min(at) as "first!" from sign_in_failure
           where subject = any($1) and at > $2 group by subject order by count(*) desc limit 1"#,
        subjects,
        since,
    )
    .fetch_optional(db.pool())
    .await?;
    match worst {
        Some(worst) if worst.failures >= MOST_FAILURES => {
            Err(Error::Throttled { seconds: (worst.first + THROTTLE_WINDOW - now).num_seconds().max(1) })
        }
        _ => Ok(()),
    }
}

/// Begins a session with an id of its own, and ends the one the browser had.
///
/// # Errors
/// When the database fails.
pub async fn begin(
    db: &Db,
    workspace: WorkspaceId,
    member: MemberId,
    before: Option<&Token>,
    now: Timestamp,
) -> Result<Token> {
    if let Some(before) = before {
        end(db, before, now).await?;
    }
    let mut tx = db.workspace(workspace).begin().await?;
    let token = insert(&mut tx, member, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// A session's row; its member is here now. `SignedOut` for who was deactivated meanwhile.
pub(super) async fn insert(tx: &mut Tx<'_>, member: MemberId, now: Timestamp) -> Result<Token> {
    // Who is just being deactivated gets none: their sessions are ended under this lock.
    let here = sqlx::query!(
        "update member set seen_at = $3 where workspace_id = $1 and id = $2 and deactivated_at is null",
        tx.workspace.0,
        member.0,
        now
    )
    .execute(tx.conn())
    .await?;
    if here.rows_affected() == 0 {
        return Err(Error::SignedOut);
    }
    let token = Token::new();
    sqlx::query!(
        "insert into session (token_hash, workspace_id, member_id, created_at, seen_at, expires_at) values ($1, $2, $3, $4, $4, $5)",
        token.hash(),
        tx.workspace.0,
        member.0,
        now,
        now + LONGEST,
    )
    .execute(tx.conn())
    .await?;
    Ok(token)
}

/// Whose session a cookie is; `None` for unknown and ended ones.
///
/// # Errors
/// When the database fails.
pub async fn member(db: &Db, token: &Token, now: Timestamp) -> Result<Option<Member>> {
    let found = sqlx::query!(
        "select m.workspace_id, m.id, m.name, m.email, m.role, m.presence, s.seen_at from session s
         join member m on m.workspace_id = s.workspace_id and m.id = s.member_id
         where s.token_hash = $1 and s.expires_at > $2 and s.seen_at > $3 and m.deactivated_at is null",
        token.hash(),
        now,
        now - IDLE,
    )
    .fetch_optional(db.pool())
    .await?;
    let Some(row) = found else { return Ok(None) };
    if now - row.seen_at > TimeDelta::minutes(10) {
        sqlx::query!("update session set seen_at = $2 where token_hash = $1", token.hash(), now)
            .execute(db.pool())
            .await?;
        // Not under the session's lock: who closes an account locks the two the other way round.
        sqlx::query!(
            "update member set seen_at = $3 where workspace_id = $1 and id = $2",
            row.workspace_id,
            row.id,
            now
        )
        .execute(db.pool())
        .await?;
    }
    Ok(Some(Member {
        id: MemberId(row.id),
        workspace: WorkspaceId(row.workspace_id),
        name: row.name,
        email: row.email,
        role: row.role.parse()?,
        presence: row.presence.parse()?,
    }))
}

/// Ends a session; its live screens are told.
///
/// # Errors
/// When the database fails.
pub async fn end(db: &Db, token: &Token, now: Timestamp) -> Result<()> {
    let gone =
        sqlx::query!("delete from session where token_hash = $1 returning workspace_id, member_id", token.hash())
            .fetch_optional(db.pool())
            .await?;
    let Some(row) = gone else { return Ok(()) };
    let mut tx = db.workspace(WorkspaceId(row.workspace_id)).begin().await?;
    told(&mut tx, MemberId(row.member_id), now).await?;
    tx.commit().await
}

/// Sets a new password and ends every session of the member but a fresh one, whose token is returned.
///
/// # Errors
/// `Invalid` when the old password is wrong or the new one is none.
pub async fn change_password(db: &Db, member: &Member, old: String, new: String, now: Timestamp) -> Result<Token> {
    let hash = {
        let mut tx = db.workspace(member.workspace).snapshot().await?;
        sqlx::query_scalar!(
            "select password_hash from member where workspace_id = $1 and id = $2",
            member.workspace.0,
            member.id.0
        )
        .fetch_one(tx.conn())
        .await?
    };
    let subject = [format!("password:{}", member.id)];
    throttle(db, &subject, now).await?;
    if !password::fits(old, hash).await? {
        count_failure(db, &subject, now).await?;
        return Err(Error::Invalid("The old password is wrong.".into()));
    }
    let hash = password::hash(new).await?;
    let mut tx = db.workspace(member.workspace).begin().await?;
    sqlx::query!(
        "update member set password_hash = $3 where workspace_id = $1 and id = $2",
        member.workspace.0,
        member.id.0,
        hash
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("delete from session where workspace_id = $1 and member_id = $2", member.workspace.0, member.id.0)
        .execute(tx.conn())
        .await?;
    audit::store::add(&mut tx, member, "password_changed", serde_json::json!({}), now).await?;
    told(&mut tx, member.id, now).await?;
    tx.commit().await?;
    begin(db, member.workspace, member.id, None, now).await
}

/// Writes the feed row that makes every process look again which sessions still hold.
pub(super) async fn told(tx: &mut Tx<'_>, member: MemberId, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "insert into feed_waiting (workspace_id, id, at, kind, member_id) values ($1, $2, $3, 'signed_out', $4)",
        tx.workspace.0,
        FeedId::at(now).0,
        now,
        member.0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
