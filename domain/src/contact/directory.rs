//! Contacts for the business's own systems: found, listed, made and changed. A key sees them all.

use super::{Known, Opted, Phone, Source, edit, naming, store};
use crate::db::Tx;
use crate::journey::{self, Doer, Happening};
use crate::tag::{Given, MOST_GIVEN};
use crate::{ContactId, Error, Result, TagId, Timestamp, attribute, feed, tag};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Longest name and source, in characters.
pub const LONGEST: usize = 200;
/// Attributes and tags that one request sets at most.
pub const MOST_AT_ONCE: usize = 50;

/// A contact with its tags and attributes.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who.
    pub id: ContactId,
    /// As the business calls them, or as they call themselves.
    pub name: Option<String>,
    /// With `+`, where it is known.
    pub phone: Option<String>,
    /// Without `@`.
    pub username: Option<String>,
    /// Where they came from.
    pub source: Source,
    /// Key and value, those that have one.
    pub attributes: BTreeMap<String, String>,
    /// Tags, as their categories are ordered.
    pub tags: Vec<Given>,
    /// What they said about campaigns.
    pub opted: Option<Opted>,
    /// Whether nothing is sent to them.
    pub blocked: bool,
    /// When they were first seen.
    pub first_seen_at: Timestamp,
    /// When they last wrote.
    pub last_active_at: Option<Timestamp>,
}

/// What is to be set on a contact; what it does not name stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Their name.
    pub name: Option<String>,
    /// Values by attributes' keys; `None` clears.
    pub attributes: BTreeMap<String, Option<String>>,
    /// What they said about campaigns.
    pub opted: Option<Opted>,
    /// Names of tags to give; those that do not exist are made as API tags.
    pub tags: Vec<String>,
}

/// Contacts in the order in which they were made, after the given one.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &mut Tx<'_>, after: Option<ContactId>, limit: i64) -> Result<Vec<Entry>> {
    let ids = sqlx::query_scalar!(
        "select id from contact where workspace_id = $1 and merged_into is null and ($2::uuid is null or id > $2)
         order by id limit $3",
        tx.workspace.0,
        after.map(|id| id.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    entries(tx, &ids).await
}

/// The contact with this number, in any of the number's forms.
///
/// # Errors
/// When the database fails.
pub async fn by_phone(tx: &mut Tx<'_>, phone: &Phone) -> Result<Option<Entry>> {
    let id = sqlx::query_scalar!(
        r#"select coalesce(c.merged_into, c.id) as "id!" from identity i
           join contact c on c.workspace_id = i.workspace_id and c.id = i.contact_id
           where i.workspace_id = $1 and i.kind = 'phone' and i.canonical = $2"#,
        tx.workspace.0,
        phone.canonical(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(entries(tx, &id.into_iter().collect::<Vec<_>>()).await?.pop())
}

/// One contact; for one that was merged the one it became.
///
/// # Errors
/// `NotFound` for an unknown id.
pub async fn get(tx: &mut Tx<'_>, id: ContactId) -> Result<Entry> {
    let id = living(tx, id).await?;
    entries(tx, &[id.0]).await?.pop().ok_or(Error::NotFound)
}

/// The contact of this id, or the one that it became by a merge.
///
/// # Errors
/// `NotFound` for an unknown id.
pub async fn living(tx: &mut Tx<'_>, id: ContactId) -> Result<ContactId> {
    let id = sqlx::query_scalar!(
        r#"select coalesce(merged_into, id) as "id!" from contact where workspace_id = $1 and id = $2"#,
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(ContactId(id))
}

/// Makes the contact with this number or changes it, and tells whether it is new. `source` is a new one's.
///
/// # Errors
/// As [`change`]; `Invalid` for a source that is too long.
pub async fn put(
    tx: &mut Tx<'_>,
    phone: Phone,
    source: Option<&str>,
    change: &Change,
    by: &Doer,
    now: Timestamp,
) -> Result<(Entry, bool)> {
    let source = source.map(|source| text("source", source)).transpose()?;
    let source = source.map_or(Source::Api, |text| Source::Named { text });
    let known = Known { phone: Some(phone), ..Known::default() };
    let (id, new) = store::find_or_make(tx, &known, &source, now).await?;
    if new {
        journey::store::add(tx, id, None, &Happening::Added, by, None, now)?;
        feed::store::contacts_changed(tx, now).await?;
    }
    apply(tx, id, change, new, by, now).await?;
    Ok((get(tx, id).await?, new))
}

/// Changes a contact.
///
/// # Errors
/// `NotFound` for an unknown id; `Invalid` for a name, tag or attribute that cannot be used: nothing is changed then.
pub async fn change(tx: &mut Tx<'_>, id: ContactId, change: &Change, by: &Doer, now: Timestamp) -> Result<Entry> {
    let id = living(tx, id).await?;
    apply(tx, id, change, false, by, now).await?;
    get(tx, id).await
}

/// Takes a tag off a contact; off already, nothing changes.
///
/// # Errors
/// `NotFound` for an unknown contact or tag.
pub async fn take_tag(tx: &mut Tx<'_>, id: ContactId, tag: TagId, by: &Doer, now: Timestamp) -> Result<()> {
    let id = living(tx, id).await?;
    tag::store::take_automated(tx, id, tag, by, now).await?;
    Ok(())
}

async fn apply(tx: &mut Tx<'_>, id: ContactId, change: &Change, new: bool, by: &Doer, now: Timestamp) -> Result<()> {
    if change.attributes.len() > MOST_AT_ONCE || change.tags.len() > MOST_AT_ONCE {
        return Err(Error::Invalid(format!(
            "One request sets at most {MOST_AT_ONCE} attributes and {MOST_AT_ONCE} tags."
        )));
    }
    if let Some(name) = &change.name {
        let name = text("name", name)?;
        // That somebody was added says their name already.
        if let Some(before) = naming::give(tx, id, &name, now).await?.filter(|_| !new) {
            let what = Happening::Renamed { before, after: name };
            journey::store::add(tx, id, None, &what, by, None, now)?;
        }
    }
    let mut changed = false;
    for (key, value) in &change.attributes {
        changed |= attribute::by_api::set(tx, id, key, value.as_deref(), by, now).await?;
    }
    if let Some(opted) = change.opted {
        changed |= edit::opt(tx, id, None, opted, by, now).await?;
    }
    if changed {
        feed::store::profile_changed(tx, &[id], now).await?;
    }
    let mut given = false;
    for name in &change.tags {
        let tag = tag::store::by_name_or_make_api_tag(tx, name, now).await?;
        given |= tag::store::give_automated(tx, id, tag, by, now).await?;
    }
    if given && carried(tx, id).await? > MOST_GIVEN {
        return Err(Error::Invalid(format!("A contact takes at most {MOST_GIVEN} tags.")));
    }
    Ok(())
}

async fn carried(tx: &mut Tx<'_>, id: ContactId) -> Result<i64> {
    let carried = sqlx::query_scalar!(
        r#"select count(*) as "n!" from contact_tag where workspace_id = $1 and contact_id = $2"#,
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(carried)
}

fn text(what: &str, text: &str) -> Result<String> {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(Error::Invalid(format!("“{what}” takes between 1 and {LONGEST} characters.")));
    }
    Ok(text)
}

async fn entries(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<Entry>> {
    let mut attributes: HashMap<Uuid, BTreeMap<String, String>> = HashMap::new();
    let values = sqlx::query!(
        r#"select coalesce(p.merged_into, p.id) as "contact_id!", d.key, a.value from contact p
         join attribute a on a.workspace_id = p.workspace_id and a.contact_id = p.id
         join attribute_definition d on d.workspace_id = a.workspace_id and d.id = a.definition_id
         where p.workspace_id = $1 and (p.id = any($2) or p.merged_into = any($2)) and d.archived_at is null
         order by p.merged_into is null desc, a.set_at desc, p.id"#,
        tx.workspace.0,
        ids,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in values {
        // Of two that became one the contact that stays says it.
        attributes.entry(row.contact_id).or_default().entry(row.key).or_insert(row.value);
    }
    for values in attributes.values_mut() {
        values.retain(|_, value| !value.is_empty());
    }
    let mut tags = tag::by_api::of_all(tx, ids).await?;
    let rows = sqlx::query!(
        r#"select c.id, c.name, c.opted, c.blocked_at, c.source, c.first_seen_at, c.last_active_at,
                  phone.value as "phone?", username.value as "username?"
           from contact c
           cross join lateral (select array_agg(p.id) as ids from contact p
                where p.workspace_id = c.workspace_id and (p.id = c.id or p.merged_into = c.id)) met
           left join lateral (select value from identity i where i.workspace_id = c.workspace_id
                and i.contact_id = any(met.ids) and i.kind = 'phone'
                order by i.contact_id = c.id desc, i.created_at limit 1) phone on true
           left join lateral (select value from identity i where i.workspace_id = c.workspace_id
                and i.contact_id = any(met.ids) and i.kind = 'username'
                order by i.contact_id = c.id desc, i.created_at desc limit 1) username on true
           where c.workspace_id = $1 and c.id = any($2) order by c.id"#,
        tx.workspace.0,
        ids,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Entry {
                id: ContactId(row.id),
                name: row.name,
                phone: row.phone.map(|digits| format!("+{digits}")),
                username: row.username,
                source: serde_json::from_value(row.source)?,
                attributes: attributes.remove(&row.id).unwrap_or_default(),
                tags: tags.remove(&ContactId(row.id)).unwrap_or_default(),
                opted: row.opted.map(|word| word.parse()).transpose()?,
                blocked: row.blocked_at.is_some(),
                first_seen_at: row.first_seen_at,
                last_active_at: row.last_active_at,
            })
        })
        .collect()
}
