//! Keys' rows: made, listed and revoked by Owners, asked with every call of the REST API.

use super::{ApiKey, Scope};
use crate::db::{Db, Desk};
use crate::member::{Member, Role};
use crate::{ApiKeyId, Error, Result, Timestamp, WorkspaceId, audit, feed};
use chrono::TimeDelta;
use rand::RngCore;
use sha2::{Digest, Sha256};
use std::num::NonZeroU32;

/// Keys that a workspace may have at a time, revoked ones not counted.
pub const MOST: i64 = 100;
/// Calls a minute that a key may be given at most.
pub const MOST_CALLS: i32 = 1_000_000;
/// How exactly the last use is kept.
const COARSE: TimeDelta = TimeDelta::minutes(1);

/// A key that holds: who is calling, and what they may do.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Which key.
    pub key: ApiKeyId,
    /// What it is called.
    pub name: String,
    /// Whose.
    pub workspace: WorkspaceId,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Calls a minute, where the key has a number of its own.
    pub per_minute: Option<NonZeroU32>,
}

/// Makes a key and gives its text, `baton_<id>_<secret>`, which is told this once.
///
/// # Errors
/// `Forbidden` for all but Owners, `Invalid` for a name, scopes or calls a minute (1 to a million) that make no sense.
pub async fn create(
    desk: &Desk,
    owner: &Member,
    name: &str,
    scopes: &[Scope],
    per_minute: Option<i32>,
    now: Timestamp,
) -> Result<String> {
    if owner.role != Role::Owner {
        return Err(Error::Forbidden);
    }
    let name = name.replace('\0', "");
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(Error::Invalid("Give the key a name of at most 60 characters.".into()));
    }
    let mut scopes = scopes.to_vec();
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Error::Invalid("Choose what the key may do.".into()));
    }
    if per_minute.is_some_and(|calls| !(1..=MOST_CALLS).contains(&calls)) {
        return Err(Error::Invalid("A key makes between 1 and 1,000,000 calls a minute.".into()));
    }
    let mut secret = [0_u8; 32];
    rand::rng().fill_bytes(&mut secret);
    let (id, secret) = (ApiKeyId::at(now), hex::encode(secret));
    let words: Vec<String> = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    let mut tx = desk.begin().await?;
    sqlx::query!("select id from workspace where id = $1 for update", tx.workspace.0).fetch_one(tx.conn()).await?;
    let there = sqlx::query_scalar!(
        r#"select count(*) as "there!" from api_key where workspace_id = $1 and revoked_at is null"#,
        tx.workspace.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if there >= MOST {
        return Err(Error::Invalid(format!("A workspace has at most {MOST} keys. Revoke one first.")));
    }
    sqlx::query!(
        "insert into api_key (workspace_id, id, name, secret_hash, scopes, created_by, created_at, per_minute)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.workspace.0,
        id.0,
        name,
        hash(&secret),
        &words,
        owner.id.0,
        now,
        per_minute,
    )
    .execute(tx.conn())
    .await?;
    let detail = serde_json::json!({ "key": id, "name": name, "scopes": scopes, "per_minute": per_minute });
    audit::store::add(&mut tx, owner, "api_key_created", detail, now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await?;
    Ok(format!("baton_{}_{secret}", id.0.simple()))
}

/// Every key that holds, newest first, then the newest of those that were revoked.
///
/// # Errors
/// `Forbidden` for all but Owners.
pub async fn list(desk: &Desk, owner: &Member) -> Result<Vec<ApiKey>> {
    if owner.role != Role::Owner {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        "select k.id, k.name, k.scopes, k.per_minute, m.name as created_by, k.created_at, k.last_used_at, k.revoked_at
         from api_key k join member m on m.workspace_id = k.workspace_id and m.id = k.created_by
         where k.workspace_id = $1 order by k.revoked_at is not null, k.created_at desc, k.id desc limit $2",
        tx.workspace.0,
        MOST + 20,
    )
    .fetch_all(tx.conn())
    .await?;
    let read = |words: Vec<String>| words.iter().filter_map(|word| word.parse().ok()).collect();
    Ok(rows
        .into_iter()
        .map(|row| ApiKey {
            id: ApiKeyId(row.id),
            name: row.name,
            scopes: read(row.scopes),
            per_minute: row.per_minute,
            created_by: row.created_by,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
        .collect())
}

/// Ends a key; its next call is refused.
///
/// # Errors
/// `Forbidden` for all but Owners, `NotFound` where there is no such key that holds.
pub async fn revoke(desk: &Desk, owner: &Member, id: ApiKeyId, now: Timestamp) -> Result<()> {
    if owner.role != Role::Owner {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.begin().await?;
    let gone = sqlx::query!(
        "update api_key set revoked_at = $3 where workspace_id = $1 and id = $2 and revoked_at is null returning name",
        tx.workspace.0,
        id.0,
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    let detail = serde_json::json!({ "key": id, "name": gone.name });
    audit::store::add(&mut tx, owner, "api_key_revoked", detail, now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await
}

/// Who calls with this text; `None` unless it is a key that holds. Above workspaces: the key names its own.
///
/// # Errors
/// When the database fails.
pub async fn authenticate(db: &Db, text: &str, now: Timestamp) -> Result<Option<Caller>> {
    let parts = text.strip_prefix("baton_").and_then(|rest| rest.split_once('_'));
    let Some((id, secret)) = parts.and_then(|(id, secret)| Some((uuid::Uuid::try_parse(id).ok()?, secret))) else {
        return Ok(None);
    };
    // Found by the hash of 256 random bits: how long the comparison takes tells nothing of use.
    let found = sqlx::query!(
        "select workspace_id, name, scopes, per_minute, last_used_at from api_key where id = $1 and secret_hash = $2 and revoked_at is null",
        id,
        hash(secret),
    )
    .fetch_optional(db.pool())
    .await?;
    let Some(found) = found else { return Ok(None) };
    if found.last_used_at.is_none_or(|at| at + COARSE <= now) {
        sqlx::query!(
            "update api_key set last_used_at = $3 where workspace_id = $1 and id = $2 and (last_used_at is null or last_used_at < $3)",
            found.workspace_id,
            id,
            now,
        )
        .execute(db.pool())
        .await?;
    }
    Ok(Some(Caller {
        key: ApiKeyId(id),
        name: found.name,
        workspace: WorkspaceId(found.workspace_id),
        scopes: found.scopes.iter().filter_map(|word| word.parse().ok()).collect(),
        per_minute: found.per_minute.and_then(|calls| NonZeroU32::new(calls.unsigned_abs())),
    }))
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
