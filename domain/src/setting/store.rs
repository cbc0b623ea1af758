//! Settings' rows: only what differs from the defaults.

use super::Settings;
use crate::db::{Desk, Tx};
use crate::member::Member;
use crate::{Error, Result, Timestamp, audit, feed};

/// The workspace's settings.
///
/// # Errors
/// When the database fails or a value does not fit.
pub async fn load(tx: &mut Tx<'_>) -> Result<Settings> {
    let rows = sqlx::query!("select key, value from setting where workspace_id = $1", tx.workspace.0)
        .fetch_all(tx.conn())
        .await?;
    let set: serde_json::Map<_, _> = rows.into_iter().map(|row| (row.key, row.value)).collect();
    Ok(serde_json::from_value(set.into())?)
}

/// The settings, for whoever may change them.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn read(desk: &Desk, member: &Member) -> Result<Settings> {
    if !member.role.supervises() {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.snapshot().await?;
    load(&mut tx).await
}

/// Replaces the settings: what equals the default is no row, what changed is in the audit log, before and after.
///
/// # Errors
/// `Forbidden` but to supervisors, `Invalid` where a value makes no sense.
pub async fn change(desk: &Desk, member: &Member, settings: &Settings, now: Timestamp) -> Result<()> {
    if !member.role.supervises() {
        return Err(Error::Forbidden);
    }
    settings.check()?;
    let mut tx = desk.begin().await?;
    sqlx::query!("select id from workspace where id = $1 for update", tx.workspace.0).fetch_one(tx.conn()).await?;
    let before = rows(&load(&mut tx).await?)?;
    let (after, default) = (rows(settings)?, rows(&Settings::default())?);
    let mut changed = serde_json::Map::new();
    for (key, value) in after {
        if before.get(&key) == Some(&value) {
            continue;
        }
        if default.get(&key) == Some(&value) {
            sqlx::query!("delete from setting where workspace_id = $1 and key = $2", tx.workspace.0, key)
                .execute(tx.conn())
                .await?;
        } else {
            put(&mut tx, &key, value.clone()).await?;
        }
        changed.insert(key.clone(), serde_json::json!([before.get(&key), value]));
    }
    if changed.is_empty() {
        return Ok(());
    }
    audit::store::add(&mut tx, member, "settings", changed.into(), now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await
}

fn rows(settings: &Settings) -> Result<serde_json::Map<String, serde_json::Value>> {
    match serde_json::to_value(settings)? {
        serde_json::Value::Object(rows) => Ok(rows),
        _ => Err(Error::Internal),
    }
}

/// Writes one setting.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx<'_>, key: &str, value: serde_json::Value) -> Result<()> {
    sqlx::query!(
        "insert into setting (workspace_id, key, value) values ($1, $2, $3)
         on conflict (workspace_id, key) do update set value = $3",
        tx.workspace.0,
        key,
        value,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
