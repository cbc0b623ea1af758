//! Files handed to WhatsApp: under which id it knows them, so that the same file is not uploaded for every message.

use super::store::content;
use crate::db::Db;
use crate::outbox::Claim;
use crate::{MediaId, Result, Timestamp};
use chrono::TimeDelta;

/// How long an id is relied on: WhatsApp keeps it for 30 days, and a message may wait for its turn.
const GOOD_FOR: TimeDelta = TimeDelta::days(29);

/// WhatsApp's id of a claimed message's file for its number, if it has one that is good.
///
/// # Errors
/// When the database fails.
pub async fn known(db: &Db, claim: &Claim, media: MediaId, now: Timestamp) -> Result<Option<String>> {
    let mut tx = db.workspace(claim.workspace).snapshot().await?;
    let id = sqlx::query_scalar!(
        "select graph_id from media_upload where workspace_id = $1 and media_id = $2 and channel_id = $3 and uploaded_at > $4",
        tx.workspace.0,
        media.0,
        claim.channel.0,
        now - GOOD_FOR,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(id)
}

/// What is to be uploaded.
///
/// # Errors
/// `NotFound` where the file is gone.
pub async fn bytes(db: &Db, claim: &Claim, media: MediaId) -> Result<Vec<u8>> {
    let mut tx = db.workspace(claim.workspace).snapshot().await?;
    content(&mut tx, media).await
}

/// Notes WhatsApp's id of a file.
///
/// # Errors
/// When the database fails; the file is then uploaded again the next time.
pub async fn remember(db: &Db, claim: &Claim, media: MediaId, graph_id: &str, now: Timestamp) -> Result<()> {
    let mut tx = db.workspace(claim.workspace).begin().await?;
    sqlx::query!(
        "insert into media_upload (workspace_id, media_id, channel_id, graph_id, uploaded_at) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id, media_id, channel_id) do update set graph_id = $4, uploaded_at = $5",
        tx.workspace.0,
        media.0,
        claim.channel.0,
        graph_id,
        now,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

/// Drops WhatsApp's id of a file: a message with it was refused, and the id may be why. *Send again* uploads anew.
///
/// # Errors
/// When the database fails.
pub async fn forget(db: &Db, claim: &Claim, media: MediaId) -> Result<()> {
    let mut tx = db.workspace(claim.workspace).begin().await?;
    sqlx::query!(
        "delete from media_upload where workspace_id = $1 and media_id = $2 and channel_id = $3",
        tx.workspace.0,
        media.0,
        claim.channel.0,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await
}
