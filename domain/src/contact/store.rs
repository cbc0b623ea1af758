//! Contacts and what they are known by.

use super::{Known, Phone, Source};
use crate::db::Tx;
use crate::{ContactId, Result, Timestamp};

/// Finds the customer a message is from, or makes them; what is newly known about them is added.
/// BSUID first, then phone (Meta's documentation on business-scoped user ids); never by name or username.
///
/// Two first messages at once end in one contact: the second waits for the first one's identity row.
///
/// # Errors
/// `Invalid` when there is neither phone nor BSUID.
pub async fn find_or_make(
    tx: &mut Tx<'_>,
    known: &Known,
    source: &Source,
    now: Timestamp,
) -> Result<(ContactId, bool)> {
    let phone = known.phone.as_ref().map(Phone::canonical);
    if phone.is_none() && known.bsuid.is_none() {
        return Err(crate::Error::Invalid("neither a phone number nor a user id names the customer".into()));
    }
    // One lock for each identity in a fixed order: concurrent first messages of one customer queue up here.
    let mut locks: Vec<String> =
        [phone.as_deref().map(|p| format!("phone:{p}")), known.bsuid.as_ref().map(|b| format!("bsuid:{b}"))]
            .into_iter()
            .flatten()
            .collect();
    locks.sort();
    for lock in locks {
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1 || $2, 7))", tx.workspace.0.to_string(), lock)
            .fetch_one(tx.conn())
            .await?;
    }
    let found = sqlx::query_scalar!(
        r#"select coalesce(contact.merged_into, contact.id) as "id!" from identity i
           join contact on contact.workspace_id = i.workspace_id and contact.id = i.contact_id
           where i.workspace_id = $1 and ((i.kind = 'bsuid' and i.canonical = $2) or (i.kind = 'phone' and i.canonical = $3))
           order by i.kind limit 1"#,
        tx.workspace.0,
        known.bsuid,
        phone,
    )
    .fetch_optional(tx.conn())
    .await?;
    let (id, new) = match found {
        Some(id) => {
            sqlx::query!(
                "update contact set name = $3 where workspace_id = $1 and id = $2 and $3::text is not null and name is distinct from $3",
                tx.workspace.0,
                id,
                known.name,
            )
            .execute(tx.conn())
            .await?;
            (ContactId(id), false)
        }
        None => {
            let id = ContactId::at(now);
            sqlx::query!(
                "insert into contact (workspace_id, id, name, first_seen_at, source, created_at) values ($1, $2, $3, $4, $5, $4)",
                tx.workspace.0,
                id.0,
                known.name,
                now,
                serde_json::to_value(source)?,
            )
            .execute(tx.conn())
            .await?;
            (id, true)
        }
    };
    add_identity(tx, id, "phone", known.phone.as_ref().map(Phone::digits), phone.as_deref(), now).await?;
    add_identity(tx, id, "bsuid", known.bsuid.as_deref(), known.bsuid.as_deref(), now).await?;
    let username = known.username.as_deref();
    add_identity(tx, id, "username", username, username.map(str::to_lowercase).as_deref(), now).await?;
    Ok((id, new))
}

/// Another contact's phone or BSUID stays where it is: joining the two is a merge, which people decide.
async fn add_identity(
    tx: &mut Tx<'_>,
    contact: ContactId,
    kind: &str,
    value: Option<&str>,
    canonical: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let (Some(value), Some(canonical)) = (value, canonical) else { return Ok(()) };
    sqlx::query!(
        "insert into identity (workspace_id, contact_id, kind, value, canonical, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
        tx.workspace.0,
        contact.0,
        kind,
        value,
        canonical,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that the customer wrote; keeps their first words. Tells whether these were the first.
///
/// # Errors
/// When the database fails.
pub async fn wrote(tx: &mut Tx<'_>, contact: ContactId, line: &str, at: Timestamp) -> Result<bool> {
    let before = sqlx::query_scalar!(
        "update contact new set last_active_at = greatest(new.last_active_at, $3), first_message = coalesce(new.first_message, $4)
         from (select id, first_message from contact where workspace_id = $1 and id = $2 for update) old
         where new.workspace_id = $1 and new.id = old.id returning old.first_message",
        tx.workspace.0,
        contact.0,
        at,
        line,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(before.is_none())
}

/// Whether a contact has a name, for the bot's greeting.
///
/// # Errors
/// When the database fails.
pub async fn name(tx: &mut Tx<'_>, contact: ContactId) -> Result<Option<String>> {
    let name =
        sqlx::query_scalar!("select name from contact where workspace_id = $1 and id = $2", tx.workspace.0, contact.0)
            .fetch_one(tx.conn())
            .await?;
    Ok(name)
}

/// Sets an attribute by key and gives the value before and the attribute's name; unknown keys are defined as text on the way, so that
/// nothing a customer answered is lost.
///
/// # Errors
/// When the database fails.
pub async fn set_attribute(
    tx: &mut Tx<'_>,
    contact: ContactId,
    key: &str,
    value: &str,
    now: Timestamp,
) -> Result<(Option<String>, String)> {
    let mut words = key.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let definition = sqlx::query!(
        "insert into attribute_definition (workspace_id, id, key, name, kind, created_at) values ($1, $2, $3, $4, 'text', $5)
         on conflict on constraint attribute_definition_key do update set key = excluded.key returning id, name",
        tx.workspace.0,
        crate::AttributeId::at(now).0,
        key,
        words,
        now,
    )
    .fetch_one(tx.conn())
    .await?;
    let before = sqlx::query_scalar!(
        "select value from attribute where workspace_id = $1 and contact_id = $2 and definition_id = $3 for update",
        tx.workspace.0,
        contact.0,
        definition.id,
    )
    .fetch_optional(tx.conn())
    .await?;
    sqlx::query!(
        "insert into attribute (workspace_id, contact_id, definition_id, value, set_at) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id, contact_id, definition_id) do update set value = $4, set_at = $5, version = attribute.version + 1",
        tx.workspace.0,
        contact.0,
        definition.id,
        value,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok((before, definition.name))
}

/// A contact's attributes: key, name and value.
///
/// # Errors
/// When the database fails.
pub async fn attributes(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<(String, String, String)>> {
    let rows = sqlx::query!(
        "select d.key, d.name, a.value from attribute a
         join attribute_definition d on d.workspace_id = a.workspace_id and d.id = a.definition_id
         where a.workspace_id = $1 and a.contact_id = $2 order by d.position, d.name",
        tx.workspace.0,
        contact.0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.name, row.value)).collect())
}
