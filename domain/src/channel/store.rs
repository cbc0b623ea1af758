//! Apps' and channels' rows.

use super::{App, Channel};
use crate::db::{Db, Tx};
use crate::{AppId, ChannelId, Result, Timestamp, WorkspaceId};

/// The app that a webhook's address names.
///
/// # Errors
/// When the database fails.
pub async fn app(db: &Db, id: AppId) -> Result<Option<App>> {
    let row = sqlx::query!("select workspace_id, verify_token, secrets from app where id = $1", id.0)
        .fetch_optional(db.pool())
        .await?;
    Ok(row.map(|row| App {
        id,
        workspace: WorkspaceId(row.workspace_id),
        verify_token: row.verify_token,
        secrets: row.secrets,
    }))
}

/// The channel of this app that Meta calls so; `None` for an unknown one and for another app's.
///
/// # Errors
/// When the database fails.
pub async fn of_app(tx: &mut Tx<'_>, app: AppId, phone_number_id: &str) -> Result<Option<Channel>> {
    let row = sqlx::query!(
        "select id from channel where workspace_id = $1 and app_id = $2 and phone_number_id = $3",
        tx.workspace.0,
        app.0,
        phone_number_id,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Channel {
        id: ChannelId(row.id),
        workspace: tx.workspace,
        app,
        phone_number_id: phone_number_id.to_owned(),
    }))
}

/// Whether a number is connected, to whichever workspace.
///
/// # Errors
/// When the database fails.
pub async fn known(db: &Db, phone_number_id: &str) -> Result<bool> {
    let known = sqlx::query_scalar!(
        r#"select exists (select 1 from channel where phone_number_id = $1) as "yes!""#,
        phone_number_id,
    )
    .fetch_one(db.pool())
    .await?;
    Ok(known)
}

/// The app whose webhooks this signs, and what answers its verification request.
///
/// # Errors
/// When the database fails.
pub(super) async fn with_secret(tx: &mut Tx<'_>, secret: &str) -> Result<Option<(AppId, String)>> {
    let row = sqlx::query!(
        "select id, verify_token from app where workspace_id = $1 and $2 = any(secrets) order by id limit 1",
        tx.workspace.0,
        secret,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (AppId(row.id), row.verify_token)))
}

/// A new app's particulars.
#[derive(Clone, Debug)]
pub struct NewApp<'a> {
    /// Its name on screen.
    pub name: &'a str,
    /// Answers Meta's verification request.
    pub verify_token: &'a str,
    /// Signs its webhooks.
    pub secret: &'a str,
}

/// Adds an app.
///
/// # Errors
/// When the database fails.
pub async fn add_app(tx: &mut Tx<'_>, new: &NewApp<'_>, now: Timestamp) -> Result<AppId> {
    let id = AppId::at(now);
    sqlx::query!(
        "insert into app (workspace_id, id, name, verify_token, secrets, created_at) values ($1, $2, $3, $4, $5, $6)",
        tx.workspace.0,
        id.0,
        new.name,
        new.verify_token,
        &[new.secret.to_owned()],
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// A new channel's particulars.
#[derive(Clone, Debug)]
pub struct NewChannel<'a> {
    /// The app it belongs to.
    pub app: AppId,
    /// Meta's id for the number.
    pub phone_number_id: &'a str,
    /// The WhatsApp business account.
    pub waba_id: &'a str,
    /// As people read it.
    pub display_phone: &'a str,
    /// Its name on screen.
    pub name: &'a str,
    /// For the Graph API.
    pub access_token: &'a str,
}

/// Adds a channel.
///
/// # Errors
/// When the database fails or the number belongs to another channel.
pub async fn add(tx: &mut Tx<'_>, new: &NewChannel<'_>, now: Timestamp) -> Result<ChannelId> {
    let id = ChannelId::at(now);
    sqlx::query!(
        "insert into channel (workspace_id, id, app_id, phone_number_id, waba_id, display_phone, name, access_token, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.workspace.0,
        id.0,
        new.app.0,
        new.phone_number_id,
        new.waba_id,
        new.display_phone,
        new.name,
        new.access_token,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// The workspace's apps, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn apps(tx: &mut Tx<'_>) -> Result<Vec<AppId>> {
    let ids = sqlx::query_scalar!("select id from app where workspace_id = $1 order by id", tx.workspace.0)
        .fetch_all(tx.conn())
        .await?;
    Ok(ids.into_iter().map(AppId).collect())
}
