//! The ledger's rows.

use super::Outcome;
use crate::db::{Db, Tx};
use crate::{AppId, DeliveryId, Result, Timestamp, WorkspaceId};
use std::collections::HashMap;

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

/// The workspaces for which deliveries wait, of those that arrived since, where that is given. Looks once for each
/// workspace, however long its queue is; what was processed before `since` is not walked over again, which a long
/// transaction elsewhere would keep in the index.
///
/// # Errors
/// When the database fails.
pub async fn waiting(db: &Db, since: &HashMap<WorkspaceId, Timestamp>) -> Result<Vec<WorkspaceId>> {
    let (known, sinces): (Vec<_>, Vec<_>) = since.iter().map(|(workspace, at)| (workspace.0, *at)).unzip();
    let ids = sqlx::query_scalar!(
        "select w.id from workspace w left join unnest($1::uuid[], $2::timestamptz[]) as k(id, since) on k.id = w.id
         where exists (select from delivery d where d.workspace_id = w.id and d.processed_at is null
            and d.arrived_at >= coalesce(k.since, '-infinity') order by d.arrived_at, d.id limit 1)",
        &known,
        &sinces,
    )
    .fetch_all(db.pool())
    .await?;
    Ok(ids.into_iter().map(WorkspaceId).collect())
}

/// What an update became.
#[derive(Clone, Debug)]
pub struct Noted {
    /// The delivery it came in.
    pub delivery: DeliveryId,
    /// Its place there.
    pub position: i32,
    /// message, status, or the name of the changed field.
    pub kind: String,
    /// What it became.
    pub outcome: Outcome,
    /// Why, where that needs saying.
    pub detail: Option<String>,
}

impl Tx<'_> {
    /// Makes this transaction the workspace's only processor until it ends, so that its updates are taken in order,
    /// whatever number of processes try. Tells whether it is. Its commit does not wait for the disk: should the
    /// machine stop, the ledger still has what was processed, and the feed's numbers, which screens see, come later.
    /// Its queries are the same for every group and planned once for a connection, by indexes, however small the tables
    /// were at that time: planning would take longer than they do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn process_alone(&mut self) -> Result<bool> {
        let alone = sqlx::query_scalar!(
            r#"select pg_try_advisory_xact_lock(hashtextextended($1, 9)) and set_config('synchronous_commit', 'off', true) is not null
                  and set_config('plan_cache_mode', 'force_generic_plan', true) is not null
                  and set_config('enable_seqscan', 'off', true) is not null as "alone!""#,
            self.workspace.0.to_string(),
        )
        .fetch_one(self.conn())
        .await?;
        Ok(alone)
    }

    /// The oldest deliveries that wait, of those that arrived since: no more than so many, and none after so many
    /// bytes. The caller processes alone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deliveries(&mut self, since: Option<Timestamp>, most: i64, bytes: i64) -> Result<Vec<Waiting>> {
        let rows = sqlx::query!(
            "select id, app_id, body, arrived_at from (
                select w.*, sum(octet_length(body)) over (order by arrived_at, id) - octet_length(body) as before from (
                    select id, app_id, body, arrived_at from delivery where workspace_id = $1 and processed_at is null
                    and arrived_at >= $4 order by arrived_at, id limit $2) w) w
             where before < $3 order by arrived_at, id",
            self.workspace.0,
            most,
            bytes,
            since.unwrap_or(chrono::DateTime::UNIX_EPOCH),
        )
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Waiting {
                id: DeliveryId(row.id),
                app: AppId(row.app_id),
                body: row.body,
                arrived_at: row.arrived_at,
            })
            .collect())
    }

    /// Notes what updates became, in the transaction that made it so, and that deliveries have been processed, or why
    /// one could not be read at all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn processed(
        &mut self,
        noted: &[Noted],
        deliveries: &[(DeliveryId, Option<String>)],
        now: Timestamp,
    ) -> Result<()> {
        let of: Vec<_> = noted.iter().map(|one| one.delivery.0).collect();
        let positions: Vec<_> = noted.iter().map(|one| one.position).collect();
        let kinds: Vec<_> = noted.iter().map(|one| one.kind.clone()).collect();
        let outcomes: Vec<_> = noted.iter().map(|one| one.outcome.as_str().to_owned()).collect();
        let details: Vec<_> = noted.iter().map(|one| one.detail.clone()).collect();
        let ids: Vec<_> = deliveries.iter().map(|(id, _)| id.0).collect();
        let failures: Vec<_> = deliveries.iter().map(|(_, failure)| failure.clone()).collect();
        sqlx::query!(
            "with noted as (
                insert into delivery_update (workspace_id, delivery_id, position, kind, outcome, detail)
                select $1, * from unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[])
                on conflict (delivery_id, position) do update set outcome = excluded.outcome, detail = excluded.detail)
             update delivery d set processed_at = $9, failure = r.failure from unnest($7::uuid[], $8::text[]) as r(id, failure)
             where d.workspace_id = $1 and d.id = r.id",
            self.workspace.0,
            &of,
            &positions,
            &kinds,
            &outcomes,
            &details as _,
            &ids,
            &failures as _,
            now,
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }
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
