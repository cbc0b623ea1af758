//! The rows of a file that failed, as they are taken away.

use super::Failure;
use super::store::get;
use crate::db::Desk;
use crate::member::{Member, supervises};
use crate::{ImportId, Result, Timestamp, audit};
use serde_json::json;

/// The name of an import and the heading of its failed rows; the download is in the audit log from then on.
///
/// # Errors
/// As [`open`].
pub async fn take_away(desk: &Desk, lead: &Member, id: ImportId, now: Timestamp) -> Result<(String, Vec<String>)> {
    supervises(lead)?;
    let mut tx = desk.begin().await?;
    let found = get(&mut tx, id).await?;
    audit::store::add(&mut tx, lead, "import_failures_downloaded", json!({ "name": found.name }), now).await?;
    tx.commit().await?;
    Ok((found.name, serde_json::from_value(found.headers)?))
}

/// A row as it stood in the file, with what is wrong with it.
pub type FailedRow = (Failure, Vec<String>);

/// Failed rows whole, after one of them; at most a thousand.
///
/// # Errors
/// As [`open`].
pub async fn failed_rows(desk: &Desk, lead: &Member, id: ImportId, after: i32) -> Result<Vec<FailedRow>> {
    supervises(lead)?;
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        "select row, cells, problems from import_failure
         where workspace_id = $1 and import_id = $2 and row > $3 order by row limit 1000",
        tx.workspace.0,
        id.0,
        after,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let failure = Failure { row: row.row, problems: serde_json::from_value(row.problems)? };
            Ok((failure, serde_json::from_value(row.cells)?))
        })
        .collect()
}
