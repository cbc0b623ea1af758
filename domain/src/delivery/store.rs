//! The ledger's rows.

use super::Outcome;
use crate::db::{Db, Tx};
use crate::{AppId, DeliveryId, Result, Timestamp, WorkspaceId};

/// A webhook POST that was checked and is to be kept.
#[derive(Clone, Debug)]
pub struct Raw {
    /// The app whose secret signed it.
    pub app: AppId,
    /// Whose app that is.
    pub workspace: WorkspaceId,
    /// The bytes as they came.
    pub body: Vec<u8>,
    /// When.
    pub arrived_at: Timestamp,
}

/// A delivery that waits to be processed.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Which.
    pub id: DeliveryId,
    /// The app whose secret signed it.
    pub app: AppId,
    /// Whose app that is.
    pub workspace: WorkspaceId,
    /// The bytes as they came.
    pub body: Vec<u8>,
    /// When.
    pub arrived_at: Timestamp,
}

/// Keeps deliveries, all in one commit. Only then may they be answered 200.
///
/// # Errors
/// When the database fails; then none is kept.
pub async fn keep(db: &Db, group: &[Raw]) -> Result<()> {
    let ids: Vec<_> = group.iter().map(|raw| DeliveryId::at(raw.arrived_at).0).collect();
    let workspaces: Vec<_> = group.iter().map(|raw| raw.workspace.0).collect();
    let apps: Vec<_> = group.iter().map(|raw| raw.app.0).collect();
    let bodies: Vec<_> = group.iter().map(|raw| raw.body.clone()).collect();
    let times: Vec<_> = group.iter().map(|raw| raw.arrived_at).collect();
    sqlx::query!(
        "insert into delivery (id, workspace_id, app_id, body, arrived_at)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::timestamptz[])",
        &ids,
        &workspaces,
        &apps,
        &bodies,
        &times,
    )
    .execute(db.pool())
    .await?;
    db.bells().deliveries.notify_one();
    Ok(())
}

/// Takes the oldest deliveries that wait, under a lock (of the kind that lets their updates be noted) that lasts as long as the transaction: another
/// process passes them by, and a process that dies gives them back.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut sqlx::PgConnection, most: i64) -> Result<Vec<Waiting>> {
    let rows = sqlx::query!(
        "select id, workspace_id, app_id, body, arrived_at from delivery where processed_at is null
         order by arrived_at, id limit $1 for no key update skip locked",
        most,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Waiting {
            id: DeliveryId(row.id),
            app: AppId(row.app_id),
            workspace: WorkspaceId(row.workspace_id),
            body: row.body,
            arrived_at: row.arrived_at,
        })
        .collect())
}

impl Tx<'_> {
    /// Notes what an update became, in the transaction that made it so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_update(
        &mut self,
        delivery: DeliveryId,
        position: i32,
        kind: &str,
        outcome: Outcome,
        detail: Option<&str>,
    ) -> Result<()> {
        sqlx::query!(
            "insert into delivery_update (delivery_id, position, kind, outcome, detail) values ($1, $2, $3, $4, $5)
             on conflict (delivery_id, position) do update set outcome = $4, detail = $5",
            delivery.0,
            position,
            kind,
            outcome.as_str(),
            detail,
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

/// Notes that a delivery has been processed, or why it could not be read at all.
///
/// # Errors
/// When the database fails.
pub async fn done(
    tx: &mut sqlx::PgConnection,
    delivery: DeliveryId,
    failure: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!("update delivery set processed_at = $2, failure = $3 where id = $1", delivery.0, now, failure)
        .execute(tx)
        .await?;
    Ok(())
}

/// Puts deliveries back that have a failed update, to be processed again; what was stored before is
/// recognised. Tells how many.
///
/// # Errors
/// When the database fails.
pub async fn replay_failed(db: &Db) -> Result<u64> {
    let put_back = sqlx::query!(
        "update delivery set processed_at = null, failure = null
         where failure is not null or id in (select delivery_id from delivery_update where outcome = 'failed')"
    )
    .execute(db.pool())
    .await?;
    db.bells().deliveries.notify_one();
    Ok(put_back.rows_affected())
}
