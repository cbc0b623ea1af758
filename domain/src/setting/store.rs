//! Settings' rows: only what differs from the defaults.

use super::merge::rows;
use super::{Merged, Settings, merge};
use crate::chat::watch;
use crate::db::{Desk, Tx};
use crate::member::Member;
use crate::{Error, Result, Timestamp, audit, feed, hours};

/// The workspace's settings.
///
/// # Errors
/// When the database fails or a value does not fit.
pub async fn load(tx: &mut Tx<'_>) -> Result<Settings> {
    let rows = sqlx::query!("select key, value from setting where workspace_id = $1", tx.workspace.0)
        .fetch_all(tx.conn())
        .await?;
    let set: serde_json::Map<_, _> = rows.into_iter().map(|row| (row.key, row.value)).collect();
    from_rows(set.into())
}

/// The settings from an object of all that differs from the defaults.
pub(crate) fn from_rows(set: serde_json::Value) -> Result<Settings> {
    Ok(serde_json::from_value(set)?)
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

/// Changes what differs between `before`, as the member saw them, and `after`; the rest stays as it is by now. What
/// equals the default is no row, what changed is in the audit log, before and after.
///
/// # Errors
/// `Forbidden` but to supervisors, `Invalid` where a value makes no sense, or where somebody else has changed the same
/// setting since.
pub async fn change(
    desk: &Desk,
    member: &Member,
    before: &Settings,
    after: &Settings,
    now: Timestamp,
) -> Result<Settings> {
    if !member.role.supervises() {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.begin().await?;
    // Whoever opens a watch waits for it; rows that only name the workspace do not.
    sqlx::query!("select id from workspace where id = $1 for no key update", tx.workspace.0)
        .fetch_one(tx.conn())
        .await?;
    let held = load(&mut tx).await?;
    let Merged { settings, clashes } = merge(before, after, &held)?;
    if let Some(key) = clashes.first() {
        let says = format!("Somebody else has changed {} meanwhile. Look at theirs first.", super::title(key));
        return Err(Error::Invalid(says));
    }
    // Together, as they will hold: what was changed on another screen counts as well.
    settings.check()?;
    hours::open_at(&hours::Hours { on: true, ..settings.hours.clone() }, now)?;
    let (mut before, default) = (rows(&held)?, rows(&Settings::default())?);
    let mut changed = serde_json::Map::new();
    for (key, value) in rows(&settings)? {
        let before = before.remove(&key);
        if before.as_ref() == Some(&value) {
            continue;
        }
        if default.get(&key) == Some(&value) {
            sqlx::query!("delete from setting where workspace_id = $1 and key = $2", tx.workspace.0, key)
                .execute(tx.conn())
                .await?;
        } else {
            put(&mut tx, &key, value.clone()).await?;
        }
        changed.insert(key, serde_json::json!([before, value]));
    }
    if changed.is_empty() {
        return Ok(settings);
    }
    if held.supervisors_watch && !settings.supervisors_watch {
        watch::end_everywhere(&mut tx, now).await?;
    }
    audit::store::add(&mut tx, member, "settings", changed.into(), now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await?;
    Ok(settings)
}

/// Whether people answer now by some hours, and when they do next: for whoever edits them.
///
/// # Errors
/// `Forbidden` but to supervisors, `Invalid` where the hours make no sense.
pub fn look_at_hours(member: &Member, hours: &hours::Hours, now: Timestamp) -> Result<(bool, String)> {
    if !member.role.supervises() {
        return Err(Error::Forbidden);
    }
    if let Some((_, why)) = hours.problems().into_iter().next() {
        return Err(Error::Invalid(why));
    }
    let open = hours::open_at(hours, now)?;
    let next = hours::next_opening(hours, now)?;
    let [(_, words), ..] = hours::outlook(hours, now)?;
    let says = match (open, next) {
        (true, _) if hours.on => "Open now.".to_owned(),
        (true, _) => "Always open.".to_owned(),
        (false, Some(_)) => format!("Closed now. Opens {words}."),
        (false, None) => "Closed, and never open within a year.".to_owned(),
    };
    Ok((open, says))
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
