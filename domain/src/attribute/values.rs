//! Contacts' values: on the profile, set by members, and set by the bot.

use super::store::DefinitionRow;
use super::{Definition, Edited, Field, LONGEST_NAME, Shape};
use crate::chat::store::lock;
use crate::chat::{Refusal, list};
use crate::db::{Desk, Tx};
use crate::journey::{Doer, Happening};
use crate::member::Member;
use crate::{AttributeId, ChatId, ContactId, Error, Result, Timestamp, feed, journey};

/// Longest value that is kept though it does not fit its kind, in characters.
const LONGEST_RAW: usize = 5000;

/// Every active attribute in its order, with the contact's value. Callers have asked for sight.
///
/// # Errors
/// When the database fails.
pub async fn fields(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<Field>> {
    let rows = sqlx::query!(
        r#"select d.id, d.key, d.name, d.kind, d.options, d.currency, d.help, d.required_on_resolve, d.shown_to_bot,
            d.archived_at, a.value as "value?", a.version as "version?"
         from attribute_definition d
         left join lateral (select a.value, a.version from attribute a
            where a.workspace_id = d.workspace_id and a.definition_id = d.id
              and a.contact_id in (select id from contact p where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2))
            order by (a.contact_id = $2) desc, a.set_at desc limit 1) a on true
         where d.workspace_id = $1 and d.archived_at is null order by d.position, d.name, d.id"#,
        tx.workspace.0,
        contact.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let (value, version) = (row.value.unwrap_or_default(), row.version.unwrap_or(0));
            let row = DefinitionRow {
                id: row.id,
                key: row.key,
                name: row.name,
                kind: row.kind,
                options: row.options,
                currency: row.currency,
                help: row.help,
                required_on_resolve: row.required_on_resolve,
                shown_to_bot: row.shown_to_bot,
                archived_at: row.archived_at,
            };
            Ok(Field { definition: row.definition()?, value, version })
        })
        .collect()
}

/// Names of what has to be filled in before the contact's chat is resolved, and is not.
///
/// # Errors
/// When the database fails.
pub async fn missing(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<String>> {
    let needed = |field: &Field| field.definition.shape.required_on_resolve && field.value.is_empty();
    let fields = fields(tx, contact).await?;
    Ok(fields.into_iter().filter(needed).map(|field| field.definition.shape.name).collect())
}

/// A member sets a value, or clears it with nothing typed. `version` is the one that they saw: where it has moved on,
/// nothing is changed, unless it came out the same.
///
/// # Errors
/// `NotFound` out of sight, `Refused` where another member holds this or another chat of the customer, `Invalid` where it does not fit the kind.
pub async fn set(
    desk: &Desk,
    member: &Member,
    chat: ChatId,
    attribute: AttributeId,
    typed: &str,
    version: i64,
    now: Timestamp,
) -> Result<Edited> {
    let mut tx = desk.begin().await?;
    let chat = lock(&mut tx, chat).await?;
    list::customer_row(&mut tx, member, chat.id).await?;
    if chat.state.holder().is_some_and(|holder| holder != member.id) {
        return Err(Refusal::NotHolder.into());
    }
    let definition = active(&mut tx, attribute).await?;
    let value = definition.shape.parse(typed).map_err(Error::Invalid)?;
    let found = found(&mut tx, chat.contact, attribute).await?;
    let (before, known) = found.as_ref().map_or(("", 0), |found| (found.value.as_str(), found.version));
    if before == value {
        return Ok(Edited::Done { version: known });
    }
    if let Some(found) = &found
        && known != version
    {
        let by = serde_json::from_value(found.set_by.clone())?;
        return Ok(Edited::Conflict { value: found.value.clone(), by, at: found.set_at, version: known });
    }
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    let version = put(&mut tx, chat.contact, attribute, &value, known, &doer, now).await?;
    let what = happening(&definition.shape, before, &value);
    journey::store::add(&mut tx, chat.contact, Some(chat.id), &what, &doer, None, now)?;
    feed::store::profile_changed(&mut tx, &[chat.contact], now).await?;
    tx.commit().await?;
    Ok(Edited::Done { version })
}

/// What became of an answer to the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The journey's step.
    pub what: Happening,
    /// The value, where the bot may read it later.
    pub shown: Option<String>,
}

/// Sets a value by the attribute's key. Nothing that a customer answered is lost: an unknown key is defined as text on
/// the way, and what does not fit the kind is kept as it was said.
///
/// # Errors
/// When the database fails.
pub async fn set_by_key(
    tx: &mut Tx<'_>,
    contact: ContactId,
    key: &str,
    said: &str,
    by: &Doer,
    now: Timestamp,
) -> Result<Answered> {
    let definition = match by_key(tx, key).await? {
        Some(definition) => definition,
        None => define(tx, key, now).await?,
    };
    let raw = || said.trim().replace('\0', "").chars().take(LONGEST_RAW).collect();
    let value = definition.shape.parse(said).unwrap_or_else(|_| raw());
    let found = found(tx, contact, definition.id).await?;
    let (before, known) = found.map(|found| (found.value, found.version)).unwrap_or_default();
    put(tx, contact, definition.id, &value, known, by, now).await?;
    let what = happening(&definition.shape, &before, &value);
    Ok(Answered { what, shown: Some(value).filter(|_| definition.shape.shown_to_bot) })
}

pub(super) struct Found {
    pub(super) value: String,
    pub(super) version: i64,
    set_by: serde_json::Value,
    set_at: Timestamp,
}

pub(super) async fn found(tx: &mut Tx<'_>, contact: ContactId, attribute: AttributeId) -> Result<Option<Found>> {
    let found = sqlx::query_as!(
        Found,
        "select value, version, set_by, set_at from attribute
         where workspace_id = $1 and definition_id = $3
           and contact_id in (select id from contact p where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2))
         order by (contact_id = $2) desc, set_at desc limit 1 for update",
        tx.workspace.0,
        contact.0,
        attribute.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found)
}

/// Writes a value as the version after the one that is known, which may be that of a contact that became a part of this
/// one. Two chats of one contact may both come here first: the later one counts one version more.
pub(super) async fn put(
    tx: &mut Tx<'_>,
    contact: ContactId,
    attribute: AttributeId,
    value: &str,
    known: i64,
    by: &Doer,
    now: Timestamp,
) -> Result<i64> {
    let version = sqlx::query_scalar!(
        "insert into attribute (workspace_id, contact_id, definition_id, value, set_by, set_at, version)
         values ($1, $2, $3, $4, $5, $6, $7::bigint + 1)
         on conflict (workspace_id, contact_id, definition_id)
         do update set value = $4, set_by = $5, set_at = $6, version = greatest(attribute.version, $7) + 1 returning version",
        tx.workspace.0,
        contact.0,
        attribute.0,
        value,
        serde_json::to_value(by)?,
        now,
        known,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(version)
}

/// The definition of a value that is being set cannot change meanwhile.
pub(crate) async fn active(tx: &mut Tx<'_>, id: AttributeId) -> Result<Definition> {
    sqlx::query_as!(
        DefinitionRow,
        "select id, key, name, kind, options, currency, help, required_on_resolve, shown_to_bot, archived_at
         from attribute_definition where workspace_id = $1 and id = $2 and archived_at is null for share",
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?
    .definition()
}

/// Of the bot's many answers at once none waits for another: it cannot be deleted meanwhile, but change.
pub(super) async fn by_key(tx: &mut Tx<'_>, key: &str) -> Result<Option<Definition>> {
    sqlx::query_as!(
        DefinitionRow,
        "select id, key, name, kind, options, currency, help, required_on_resolve, shown_to_bot, archived_at
         from attribute_definition where workspace_id = $1 and key = $2 for key share",
        tx.workspace.0,
        key,
    )
    .fetch_optional(tx.conn())
    .await?
    .map(DefinitionRow::definition)
    .transpose()
}

async fn define(tx: &mut Tx<'_>, key: &str, now: Timestamp) -> Result<Definition> {
    let words = key.replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let name: String = first.chain(letters).take(LONGEST_NAME).collect();
    let new = sqlx::query!(
        "insert into attribute_definition (workspace_id, id, key, name, kind, position, created_at)
         values ($1, $2, $3, $4, 'text',
            (select coalesce(max(position), 0) + 1 from attribute_definition where workspace_id = $1), $5)
         on conflict on constraint attribute_definition_key do nothing",
        tx.workspace.0,
        AttributeId::at(now).0,
        key,
        name,
        now,
    )
    .execute(tx.conn())
    .await?;
    if new.rows_affected() > 0 {
        feed::store::defined(tx, now).await?;
    }
    by_key(tx, key).await?.ok_or(Error::NotFound)
}

/// The journey's step for a changed value.
pub(crate) fn happening(shape: &Shape, before: &str, after: &str) -> Happening {
    let told = |value: &str| Some(shape.show(value)).filter(|words| !words.is_empty());
    Happening::AttributeSet { name: shape.name.clone(), before: told(before), after: told(after) }
}
