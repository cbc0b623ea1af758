//! Changes of what a workspace defines: one at a time, for supervisors, audited, and told to every screen.

use crate::db::{Desk, Tx};
use crate::member::{Member, supervises};
use crate::{Result, Timestamp, audit, feed};

/// Begins a change. Limits, places and names are decided under the lock that it takes.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub(crate) async fn begin(desk: &Desk, member: &Member) -> Result<Tx<'static>> {
    supervises(member)?;
    let mut tx = desk.begin().await?;
    lock(&mut tx).await?;
    Ok(tx)
}

/// Lets one change of definitions happen at a time.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock(tx: &mut Tx<'_>) -> Result<()> {
    sqlx::query!("select id from workspace where id = $1 for no key update", tx.workspace.0)
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

/// Commits a change with its entry in the audit log.
///
/// # Errors
/// When the database fails.
pub(crate) async fn done(
    mut tx: Tx<'static>,
    member: &Member,
    kind: &str,
    detail: serde_json::Value,
    now: Timestamp,
) -> Result<()> {
    audit::store::add(&mut tx, member, kind, detail, now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await
}
