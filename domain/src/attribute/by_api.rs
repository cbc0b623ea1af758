//! Attributes for the business's own systems: which there are, and values set by key.

use super::store::DefinitionRow;
use super::values::{by_key, found, happening, put};
use super::{Definition, MOST};
use crate::db::Tx;
use crate::journey::{self, Doer};
use crate::{ContactId, Error, Result, Timestamp};

/// The active attributes, in order.
///
/// # Errors
/// When the database fails.
pub async fn definitions(tx: &mut Tx<'_>) -> Result<Vec<Definition>> {
    sqlx::query_as!(
        DefinitionRow,
        "select id, key, name, kind, options, currency, help, required_on_resolve, shown_to_bot, archived_at
         from attribute_definition where workspace_id = $1 and archived_at is null order by position, name, id limit $2",
        tx.workspace.0,
        MOST * 2,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(DefinitionRow::definition)
    .collect()
}

/// Sets a value, or clears it with `None`, and tells whether that changed anything. Callers tell screens.
///
/// # Errors
/// `Invalid` for an attribute that is not defined, or a value that does not fit its kind.
pub async fn set(
    tx: &mut Tx<'_>,
    contact: ContactId,
    key: &str,
    value: Option<&str>,
    by: &Doer,
    now: Timestamp,
) -> Result<bool> {
    // No key has one, and Postgres takes none.
    let key = key.replace('\0', " ");
    let Some(definition) = by_key(tx, &key).await?.filter(|definition| !definition.archived) else {
        let key: String = key.chars().take(60).collect();
        return Err(Error::Invalid(format!("There is no attribute “{key}”. GET /api/v1/attributes lists them.")));
    };
    let typed = value.unwrap_or_default().replace('\0', "");
    let value = definition.shape.parse(&typed).map_err(|why| Error::Invalid(format!("“{key}”: {why}")))?;
    let found = found(tx, contact, definition.id).await?;
    let (before, known) = found.map(|found| (found.value, found.version)).unwrap_or_default();
    if before == value {
        return Ok(false);
    }
    put(tx, contact, definition.id, &value, known, by, now).await?;
    journey::store::add(tx, contact, None, &happening(&definition.shape, &before, &value), by, None, now)?;
    Ok(true)
}
