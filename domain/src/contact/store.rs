//! Contacts and what they are known by.

use super::{Known, Phone, Source, merge_store};
use crate::db::Tx;
use crate::journey::{self, Doer, Happening};
use crate::{ContactId, Result, Timestamp};
use std::collections::{HashMap, HashSet};

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
    queue_up(tx, known).await?;
    let found = sqlx::query_scalar!(
        r#"select coalesce(contact.merged_into, contact.id) as "id!" from identity i
           join contact on contact.workspace_id = i.workspace_id and contact.id = i.contact_id
           where i.workspace_id = $1 and ((i.kind = 'bsuid' and i.canonical = $2) or (i.kind = 'phone' and i.canonical = $3))
           order by i.kind"#,
        tx.workspace.0,
        known.bsuid,
        phone,
    )
    .fetch_all(tx.conn())
    .await?;
    let found = match (found.as_slice(), &known.phone) {
        ([one, other], Some(number)) if one != other => {
            let why = format!("they wrote with the phone number {number}");
            Some(merge_store::by_itself(tx, ContactId(*one), ContactId(*other), &why, now).await?.0)
        }
        (found, _) => found.first().copied(),
    };
    let (id, new) = match found {
        Some(id) => (ContactId(id), false),
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
    let added = add_identity(tx, id, "phone", known.phone.as_ref().map(Phone::digits), phone.as_deref(), now).await?;
    if let Some(number) = known.phone.as_ref().filter(|_| added && !new) {
        let what = Happening::IdentityAdded { what: number.to_string() };
        journey::store::add(tx, id, None, &what, &Doer::Customer, None, now)?;
    }
    add_identity(tx, id, "bsuid", known.bsuid.as_deref(), known.bsuid.as_deref(), now).await?;
    let username = known.username.as_deref();
    add_identity(tx, id, "username", username, username.map(str::to_lowercase).as_deref(), now).await?;
    Ok((id, new))
}

/// One lock for each identity in a fixed order: concurrent first messages of one customer queue up here.
pub(super) async fn queue_up(tx: &mut Tx<'_>, known: &Known) -> Result<()> {
    let phone = known.phone.as_ref().map(|phone| format!("phone:{}", phone.canonical()));
    let bsuid = known.bsuid.as_ref().map(|bsuid| format!("bsuid:{bsuid}"));
    let mut locks: Vec<_> = phone.into_iter().chain(bsuid).collect();
    locks.sort();
    for lock in locks {
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1 || $2, 7))", tx.workspace.0.to_string(), lock)
            .fetch_one(tx.conn())
            .await?;
    }
    Ok(())
}

/// [`find_or_make`] for many at once: who is known and brings nothing new costs nothing but the reading. `None` where
/// nothing names the customer.
///
/// # Errors
/// When the database fails.
pub async fn find_or_make_all(
    tx: &mut Tx<'_>,
    known: &[(&Known, &Source)],
    now: Timestamp,
) -> Result<Vec<Option<ContactId>>> {
    let phones: Vec<_> = known.iter().filter_map(|(known, _)| known.phone.as_ref().map(Phone::canonical)).collect();
    let bsuids: Vec<_> = known.iter().filter_map(|(known, _)| known.bsuid.clone()).collect();
    let rows = sqlx::query!(
        r#"with met as (
            select i.contact_id, coalesce(c.merged_into, c.id) as id from identity i
            join contact c on c.workspace_id = i.workspace_id and c.id = i.contact_id
            where i.workspace_id = $1 and i.kind = 'bsuid' and i.canonical = any($2)
            union
            select i.contact_id, coalesce(c.merged_into, c.id) from identity i
            join contact c on c.workspace_id = i.workspace_id and c.id = i.contact_id
            where i.workspace_id = $1 and i.kind = 'phone' and i.canonical = any($3))
         select met.id as "id!", i.kind, i.canonical from met
         join identity i on i.workspace_id = $1 and i.contact_id = met.contact_id"#,
        tx.workspace.0,
        &bsuids,
        &phones,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut owners: HashMap<(&'static str, String), ContactId> = HashMap::new();
    let mut usernames: HashSet<(ContactId, String)> = HashSet::new();
    for row in rows {
        match row.kind.as_str() {
            "phone" => drop(owners.insert(("phone", row.canonical), ContactId(row.id))),
            "bsuid" => drop(owners.insert(("bsuid", row.canonical), ContactId(row.id))),
            _ => drop(usernames.insert((ContactId(row.id), row.canonical))),
        }
    }
    let mut found: Vec<Option<ContactId>> = Vec::with_capacity(known.len());
    for (known, source) in known {
        let bsuid = known.bsuid.clone().map(|bsuid| ("bsuid", bsuid));
        let phone = known.phone.as_ref().map(|phone| ("phone", phone.canonical()));
        if bsuid.is_none() && phone.is_none() {
            found.push(None);
            continue;
        }
        let keys: Vec<_> = bsuid.into_iter().chain(phone).collect();
        let username = known.username.as_ref().map(|name| name.to_lowercase());
        let owner = keys.iter().find_map(|key| owners.get(key)).copied();
        let complete = owner.filter(|owner| {
            keys.iter().all(|key| owners.get(key) == Some(owner))
                && username.clone().is_none_or(|name| usernames.contains(&(*owner, name)))
        });
        let id = match complete {
            Some(id) => id,
            None => find_or_make(tx, known, source, now).await?.0,
        };
        // Two that just became one: what is addressed to the other goes here, too.
        for other in
            keys.iter().filter_map(|key| owners.get(key).copied()).filter(|other| *other != id).collect::<Vec<_>>()
        {
            if merged(tx, other).await? == Some(id) {
                owners
                    .values_mut()
                    .chain(found.iter_mut().flatten())
                    .filter(|one| **one == other)
                    .for_each(|one| *one = id);
            }
        }
        for key in keys {
            owners.entry(key).or_insert(id);
        }
        usernames.extend(username.map(|name| (id, name)));
        found.push(Some(id));
    }
    Ok(found)
}

async fn merged(tx: &mut Tx<'_>, contact: ContactId) -> Result<Option<ContactId>> {
    let into = sqlx::query_scalar!(
        "select merged_into from contact where workspace_id = $1 and id = $2",
        tx.workspace.0,
        contact.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(into.map(ContactId))
}

/// Adds what is newly known; tells whether it was new. Another contact's phone or BSUID stays where it is.
pub(super) async fn add_identity(
    tx: &mut Tx<'_>,
    contact: ContactId,
    kind: &str,
    value: Option<&str>,
    canonical: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let (Some(value), Some(canonical)) = (value, canonical) else { return Ok(false) };
    let added = sqlx::query!(
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
    Ok(added.rows_affected() > 0)
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

/// What a contact is called in a sentence: name, number, or a plain word.
///
/// # Errors
/// When the database fails.
pub(crate) async fn label(tx: &mut Tx<'_>, contact: ContactId) -> Result<String> {
    let row = sqlx::query!(
        r#"select c.name, (select i.value from identity i where i.workspace_id = $1 and i.contact_id = c.id and i.kind = 'phone'
            order by i.created_at limit 1) as phone
           from contact c where c.workspace_id = $1 and c.id = $2"#,
        tx.workspace.0,
        contact.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let name = row.name.filter(|name| !name.trim().is_empty());
    Ok(name.or_else(|| row.phone.map(|digits| format!("+{digits}"))).unwrap_or_else(|| "a WhatsApp user".into()))
}
