//! A chunk's contacts, written by the thousand: each table once.
//!
//! An import may be the first thing that fills a table, long before Postgres has looked at what is in it. Its queries
//! therefore ask for lists of keys, each by an index, and leave nothing to be joined after a guess.

use super::people::{Known, People};
use super::read::Ready;
use crate::attribute::{Definition, values};
use crate::chat::store::Chat;
use crate::contact::{Opted, Source};
use crate::db::Tx;
use crate::journey::{self, Doer, Happening};
use crate::tag::MOST_GIVEN;
use crate::{AttributeId, ContactId, Result, TagId, Timestamp, feed};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// The tags that members give.
pub(super) struct Tags {
    /// By their names in small letters; of two alike the first in order.
    pub(super) by_name: HashMap<String, TagId>,
    /// Name and category.
    names: HashMap<TagId, (String, String)>,
}

pub(super) async fn tags(tx: &mut Tx<'_>) -> Result<Tags> {
    let rows = sqlx::query!(
        "select t.id, t.name, c.name as category from tag t
         join tag_category c on c.workspace_id = t.workspace_id and c.id = t.category_id
         where t.workspace_id = $1 and t.kind = 'manual' and t.archived_at is null
         order by c.position, c.name, t.position, t.name for key share of t",
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut tags = Tags { by_name: HashMap::new(), names: HashMap::new() };
    for row in rows {
        tags.by_name.entry(row.name.to_lowercase()).or_insert(TagId(row.id));
        tags.names.insert(TagId(row.id), (row.name, row.category));
    }
    Ok(tags)
}

/// How rows are written.
pub(super) struct Writing<'a> {
    pub(super) file: &'a str,
    pub(super) source: &'a str,
    pub(super) definitions: &'a HashMap<AttributeId, Definition>,
    pub(super) tags: &'a Tags,
    pub(super) by: &'a Doer,
    pub(super) now: Timestamp,
}

/// Contacts that were there before.
struct Before {
    contacts: Vec<Uuid>,
    /// What was merged into them.
    merged: HashMap<Uuid, ContactId>,
}

impl Before {
    /// Their values, as their profiles show them: a contact's own before those of whoever was merged into it, of
    /// these the newest.
    async fn values(&self, tx: &mut Tx<'_>) -> Result<HashMap<(ContactId, AttributeId), (String, i64)>> {
        let mut values = HashMap::new();
        let all: Vec<_> = self.contacts.iter().chain(self.merged.keys()).copied().collect();
        if all.is_empty() {
            return Ok(values);
        }
        let mut rows = sqlx::query!(
            "select contact_id, definition_id, value, version, set_at from attribute where workspace_id = $1 and contact_id = any($2)",
            tx.workspace.0,
            &all,
        )
        .fetch_all(tx.conn())
        .await?;
        rows.sort_by_key(|row| (self.merged.contains_key(&row.contact_id), std::cmp::Reverse(row.set_at)));
        for row in rows {
            let contact = self.merged.get(&row.contact_id).copied().unwrap_or(ContactId(row.contact_id));
            values.entry((contact, AttributeId(row.definition_id))).or_insert((row.value, row.version));
        }
        Ok(values)
    }

    async fn tags_of_merged(&self, tx: &mut Tx<'_>) -> Result<HashSet<(ContactId, TagId)>> {
        let merged: Vec<_> = self.merged.keys().copied().collect();
        let carried = carried(tx, &merged).await?;
        Ok(carried.into_iter().map(|(contact, tag)| (self.merged[&contact], tag)).collect())
    }
}

/// The tags that contacts have.
pub(super) async fn carried(tx: &mut Tx<'_>, contacts: &[Uuid]) -> Result<Vec<(Uuid, TagId)>> {
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        "select contact_id, tag_id from contact_tag where workspace_id = $1 and contact_id = any($2)",
        tx.workspace.0,
        contacts,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.contact_id, TagId(row.tag_id))).collect())
}

/// How many contacts became what.
pub(super) struct Written {
    pub(super) new: usize,
    pub(super) changed: usize,
}

impl Writing<'_> {
    /// Writes the rows' contacts. What is empty in the file changes nothing, and who opted out stays so.
    pub(super) async fn write(&self, tx: &mut Tx<'_>, rows: &[Ready], people: People) -> Result<Written> {
        let People { mut known, merged, chats } = people;
        tx.plan_once().await?;
        let mut steps: BTreeMap<ContactId, Vec<Happening>> = BTreeMap::new();
        let new = self.add(tx, rows, &mut known, &mut steps).await?;
        let told = |one: &Ready| known[&one.phone.canonical()].clone();
        let whose: Vec<_> = rows.iter().map(|one| (told(one), one)).collect();
        let before: BTreeSet<_> = whose.iter().map(|(known, _)| known.contact.0).collect();
        let before: Vec<_> = before.into_iter().filter(|id| !new.contains(&ContactId(*id))).collect();
        let before = Before { contacts: before, merged };
        self.update(tx, &whose, &new, &mut steps).await?;
        self.set(tx, &whose, &before, &mut steps).await?;
        self.give(tx, &whose, &before, &mut steps).await?;
        let imported = Happening::Imported { file: self.file.to_owned() };
        for id in &new {
            journey::store::add(tx, *id, None, &imported, self.by, None, self.now)?;
        }
        let changed: Vec<_> = steps.keys().filter(|id| !new.contains(id)).copied().collect();
        for (id, steps) in &steps {
            if !new.contains(id) {
                journey::store::add(tx, *id, None, &imported, self.by, None, self.now)?;
            }
            for step in steps {
                journey::store::add(tx, *id, None, step, self.by, None, self.now)?;
            }
        }
        feed::store::profile_changed(tx, &changed, self.now).await?;
        tx.flush().await?;
        tx.plan_anew().await?;
        // Lists show names.
        let renamed = |chat: &Chat| {
            let mut steps = steps.get(&chat.contact).into_iter().flatten();
            steps.any(|step| matches!(step, Happening::Renamed { .. }))
        };
        for chat in chats.into_iter().filter(|chat| !chat.folded && renamed(chat)) {
            chat.save(tx, self.now)?;
        }
        Ok(Written { new: new.len(), changed: changed.len() })
    }

    /// Makes contacts for the numbers that nobody has; they are locked.
    async fn add(
        &self,
        tx: &mut Tx<'_>,
        rows: &[Ready],
        known: &mut HashMap<String, Known>,
        steps: &mut BTreeMap<ContactId, Vec<Happening>>,
    ) -> Result<HashSet<ContactId>> {
        let missing: Vec<(String, &Ready)> = rows
            .iter()
            .map(|one| (one.phone.canonical(), one))
            .filter(|(number, _)| !known.contains_key(number))
            .collect();
        if missing.is_empty() {
            return Ok(HashSet::new());
        }
        let ids: Vec<_> = missing.iter().map(|_| ContactId::at(self.now)).collect();
        let source = |one: &Ready| match (&one.source, self.source) {
            (Some(text), _) => Source::Named { text: text.clone() },
            (None, "") => Source::Import,
            (None, text) => Source::Named { text: text.to_owned() },
        };
        let sources: Vec<_> =
            missing.iter().map(|(_, one)| serde_json::to_value(source(one))).collect::<Result<_, _>>()?;
        let names: Vec<_> = missing.iter().map(|(_, one)| one.name.clone()).collect();
        let opted: Vec<_> = missing.iter().map(|(_, one)| one.opted.map(|word| word.as_str().to_owned())).collect();
        let digits: Vec<_> = missing.iter().map(|(_, one)| one.phone.digits().to_owned()).collect();
        let numbers: Vec<_> = missing.iter().map(|(number, _)| number.clone()).collect();
        let plain: Vec<_> = ids.iter().map(|id| id.0).collect();
        sqlx::query!(
            "insert into contact (workspace_id, id, name, named_by_us, first_seen_at, source, created_at, opted, opted_at)
             select $1, r.id, r.name, r.name is not null, $2::timestamptz, r.source, $2::timestamptz, r.opted, case when r.opted is not null then $2::timestamptz end
             from unnest($3::uuid[], $4::text[], $5::jsonb[], $6::text[]) as r(id, name, source, opted)",
            tx.workspace.0,
            self.now,
            &plain,
            &names as &[Option<String>],
            &sources as &[serde_json::Value],
            &opted as &[Option<String>],
        )
        .execute(tx.conn())
        .await?;
        sqlx::query!(
            "insert into identity (workspace_id, contact_id, kind, value, canonical, created_at)
             select $1, r.id, 'phone', r.value, r.canonical, $2 from unnest($3::uuid[], $4::text[], $5::text[]) as r(id, value, canonical)",
            tx.workspace.0,
            self.now,
            &plain,
            &digits,
            &numbers,
        )
        .execute(tx.conn())
        .await?;
        for ((number, one), id) in missing.iter().zip(&ids) {
            let made = Known { contact: *id, name: one.name.clone(), opted: one.opted, held: false };
            known.insert(number.clone(), made);
            if let Some(opted) = one.opted {
                steps.entry(*id).or_default().push(Happening::OptedChanged { opted });
            }
        }
        Ok(ids.into_iter().collect())
    }

    /// Names and opt-ins of who was there before.
    async fn update(
        &self,
        tx: &mut Tx<'_>,
        whose: &[(Known, &Ready)],
        new: &HashSet<ContactId>,
        steps: &mut BTreeMap<ContactId, Vec<Happening>>,
    ) -> Result<()> {
        let named = whose.iter().filter(|(known, one)| one.name.is_some() && !new.contains(&known.contact));
        let named: Vec<_> = named.map(|(known, _)| known.contact.0).collect();
        // Also where it is what they call themselves: that may change, and this stays.
        sqlx::query!(
            "update contact set named_by_us = true where workspace_id = $1 and id = any($2) and not named_by_us",
            tx.workspace.0,
            &named,
        )
        .execute(tx.conn())
        .await?;
        let (mut ids, mut names, mut opted) = (Vec::new(), Vec::new(), Vec::new());
        for (known, one) in whose.iter().filter(|(known, _)| !new.contains(&known.contact)) {
            let name = one.name.clone().filter(|name| known.name.as_ref() != Some(name));
            let word = one.opted.filter(|word| known.opted != Some(*word) && known.opted != Some(Opted::Out));
            if name.is_none() && word.is_none() {
                continue;
            }
            let told = steps.entry(known.contact).or_default();
            if let Some(after) = name.clone() {
                told.push(Happening::Renamed { before: known.name.clone().unwrap_or_default(), after });
            }
            told.extend(word.map(|opted| Happening::OptedChanged { opted }));
            ids.push(known.contact.0);
            names.push(name);
            opted.push(word.map(|word| word.as_str().to_owned()));
        }
        if ids.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            "update contact c set name = coalesce(r.name, c.name), opted = coalesce(r.opted, c.opted),
                opted_at = case when r.opted is null then c.opted_at else $2::timestamptz end
             from unnest($3::uuid[], $4::text[], $5::text[]) as r(id, name, opted)
             where c.workspace_id = $1 and c.id = any($3) and c.id = r.id",
            tx.workspace.0,
            self.now,
            &ids,
            &names as &[Option<String>],
            &opted as &[Option<String>],
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }

    /// Attributes whose values are others than before.
    async fn set(
        &self,
        tx: &mut Tx<'_>,
        whose: &[(Known, &Ready)],
        were: &Before,
        steps: &mut BTreeMap<ContactId, Vec<Happening>>,
    ) -> Result<()> {
        // Two numbers may be one contact's: the later row counts.
        let mut wanted: BTreeMap<(ContactId, AttributeId), &str> = BTreeMap::new();
        for (known, one) in whose {
            for (attribute, value) in &one.values {
                wanted.insert((known.contact, *attribute), value);
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let before = were.values(tx).await?;
        let was =
            |key: &(ContactId, AttributeId)| before.get(key).map_or(("", 0), |(value, version)| (value, *version));
        wanted.retain(|key, value| was(key).0 != *value);
        let versions: Vec<_> = wanted.keys().map(|key| was(key).1).collect();
        let contacts: Vec<_> = wanted.keys().map(|(contact, _)| contact.0).collect();
        let attributes: Vec<_> = wanted.keys().map(|(_, attribute)| attribute.0).collect();
        let values: Vec<_> = wanted.values().map(|&value| value.to_owned()).collect();
        sqlx::query!(
            "insert into attribute (workspace_id, contact_id, definition_id, value, set_by, set_at, version)
             select $1, r.contact, r.definition, r.value, $2, $3, r.known + 1
             from unnest($4::uuid[], $5::uuid[], $6::text[], $7::bigint[]) as r(contact, definition, value, known)
             on conflict (workspace_id, contact_id, definition_id)
             do update set value = excluded.value, set_by = $2, set_at = $3,
                version = greatest(attribute.version + 1, excluded.version)",
            tx.workspace.0,
            serde_json::to_value(self.by)?,
            self.now,
            &contacts,
            &attributes,
            &values,
            &versions,
        )
        .execute(tx.conn())
        .await?;
        for ((contact, attribute), value) in wanted {
            let Some(definition) = self.definitions.get(&attribute) else { continue };
            let (before, _) = was(&(contact, attribute));
            steps.entry(contact).or_default().push(values::happening(&definition.shape, before, value));
        }
        Ok(())
    }

    /// Tags that they do not have yet.
    async fn give(
        &self,
        tx: &mut Tx<'_>,
        whose: &[(Known, &Ready)],
        were: &Before,
        steps: &mut BTreeMap<ContactId, Vec<Happening>>,
    ) -> Result<()> {
        let theirs = were.tags_of_merged(tx).await?;
        let (mut contacts, mut tags) = (Vec::new(), Vec::new());
        for (known, one) in whose {
            for tag in one.tags.iter().filter(|tag| !theirs.contains(&(known.contact, **tag))) {
                contacts.push(known.contact.0);
                tags.push(tag.0);
            }
        }
        if contacts.is_empty() {
            return Ok(());
        }
        let given = sqlx::query!(
            "insert into contact_tag (workspace_id, contact_id, tag_id, given_at, given_by)
             select $1, r.contact, r.tag, $2, $3 from unnest($4::uuid[], $5::uuid[]) as r(contact, tag)
             where (select count(*) from contact_tag g where g.workspace_id = $1 and g.contact_id = r.contact) < $6
             on conflict do nothing returning contact_id, tag_id",
            tx.workspace.0,
            self.now,
            serde_json::to_value(self.by)?,
            &contacts,
            &tags,
            MOST_GIVEN,
        )
        .fetch_all(tx.conn())
        .await?;
        for row in given {
            let Some((tag, category)) = self.tags.names.get(&TagId(row.tag_id)) else { continue };
            let what = Happening::TagGiven { tag: tag.clone(), category: category.clone(), automation: None };
            steps.entry(ContactId(row.contact_id)).or_default().push(what);
        }
        Ok(())
    }
}
