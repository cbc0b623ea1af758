//! A batch on the way there: each table is written once for all of its contacts.

use super::Action;
use super::step::Done;
use super::store::given_tag;
use crate::attribute::values;
use crate::db::Tx;
use crate::journey::{self, Doer, Happening};
use crate::member::Member;
use crate::tag::MOST_GIVEN;
use crate::{AttributeId, ContactId, Error, Result, TagId, TaskId, Timestamp, feed};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What changed of one contact: what was before, and the version it has now.
type Changes = Vec<(Uuid, Value, i64)>;

/// Does it to these contacts, which are locked and in sight.
pub(super) async fn batch(
    tx: &mut Tx<'_>,
    task: TaskId,
    action: &Action,
    member: &Member,
    contacts: &[Uuid],
    now: Timestamp,
) -> Result<Done> {
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    let changes = match action {
        Action::GiveTag(tag) => give(tx, *tag, &doer, contacts, now).await?,
        Action::TakeTag(tag) => take(tx, *tag, &doer, contacts, now).await?,
        Action::SetAttribute { attribute, value } => set(tx, *attribute, value, &doer, contacts, now).await?,
        Action::Export { .. } => return Err(Error::Internal),
    };
    let changed: Vec<_> = changes.iter().map(|(contact, ..)| ContactId(*contact)).collect();
    remember(tx, task, changes, now).await?;
    feed::store::profile_changed(tx, &changed, now).await?;
    Ok(Done { changed: i64::try_from(changed.len()).unwrap_or(0), left_alone: 0, left_out: 0 })
}

async fn give(tx: &mut Tx<'_>, tag: TagId, doer: &Doer, contacts: &[Uuid], now: Timestamp) -> Result<Changes> {
    given_tag(tx, tag).await?;
    let given = sqlx::query_scalar!(
        "insert into contact_tag (workspace_id, contact_id, tag_id, given_at, given_by)
         select $1, c.id, $3, $4, $5 from unnest($2::uuid[]) as c(id)
         where (select count(*) from contact_tag g where g.workspace_id = $1 and g.contact_id = c.id) < $6
           and not exists (select from contact p join contact_tag g on g.workspace_id = $1 and g.contact_id = p.id
                where p.workspace_id = $1 and p.merged_into = c.id and g.tag_id = $3)
         on conflict do nothing returning contact_id",
        tx.workspace.0,
        contacts,
        tag.0,
        now,
        serde_json::to_value(doer)?,
        MOST_GIVEN,
    )
    .fetch_all(tx.conn())
    .await?;
    let (name, category) = tag_words(tx, tag).await?;
    for contact in &given {
        let what = Happening::TagGiven { tag: name.clone(), category: category.clone(), automation: None };
        journey::store::add(tx, ContactId(*contact), None, &what, doer, None, now)?;
    }
    Ok(given.into_iter().map(|contact| (contact, Value::Null, 0)).collect())
}

async fn take(tx: &mut Tx<'_>, tag: TagId, doer: &Doer, contacts: &[Uuid], now: Timestamp) -> Result<Changes> {
    let (name, category) = tag_words(tx, tag).await?;
    // Of two that became one either may carry it.
    let taken = sqlx::query!(
        r#"delete from contact_tag g using contact p
         where g.workspace_id = $1 and g.tag_id = $3 and p.workspace_id = $1 and p.id = g.contact_id
           and (p.id = any($2) or p.merged_into = any($2))
         returning coalesce(p.merged_into, p.id) as "root!", g.contact_id, g.given_at, g.given_by, g.automation"#,
        tx.workspace.0,
        contacts,
        tag.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut given: BTreeMap<Uuid, Vec<Value>> = BTreeMap::new();
    for row in taken {
        given.entry(row.root).or_default().push(json!({
            "contact": row.contact_id, "given_at": row.given_at, "given_by": row.given_by, "automation": row.automation
        }));
    }
    let mut changes = Vec::with_capacity(given.len());
    for (contact, given) in given {
        let what = Happening::TagTaken { tag: name.clone(), category: category.clone() };
        journey::store::add(tx, ContactId(contact), None, &what, doer, None, now)?;
        changes.push((contact, json!({ "given": given }), 0));
    }
    Ok(changes)
}

async fn set(
    tx: &mut Tx<'_>,
    attribute: AttributeId,
    value: &str,
    doer: &Doer,
    contacts: &[Uuid],
    now: Timestamp,
) -> Result<Changes> {
    let shape = values::active(tx, attribute).await?.shape;
    // It may be of another kind by now.
    let value = shape.parse(value).map_err(Error::Invalid)?;
    let known = sqlx::query!(
        r#"select distinct on (1) coalesce(p.merged_into, p.id) as "contact_id!", a.value, a.version from contact p
         join attribute a on a.workspace_id = p.workspace_id and a.contact_id = p.id
         where p.workspace_id = $1 and (p.id = any($2) or p.merged_into = any($2)) and a.definition_id = $3
         order by 1, p.merged_into is null desc, a.set_at desc"#,
        tx.workspace.0,
        contacts,
        attribute.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let known: HashMap<Uuid, (String, i64)> =
        known.into_iter().map(|row| (row.contact_id, (row.value, row.version))).collect();
    let before = |contact: &Uuid| known.get(contact).map(|(value, _)| value.clone()).unwrap_or_default();
    let others: Vec<Uuid> = contacts.iter().copied().filter(|contact| before(contact) != value).collect();
    let versions: Vec<i64> =
        others.iter().map(|contact| known.get(contact).map_or(0, |(_, version)| *version)).collect();
    let written = sqlx::query!(
        "insert into attribute (workspace_id, contact_id, definition_id, value, set_by, set_at, version)
         select $1, c.id, $3, $4, $5, $6, c.known + 1 from unnest($2::uuid[], $7::bigint[]) as c(id, known)
         on conflict (workspace_id, contact_id, definition_id)
         do update set value = $4, set_by = $5, set_at = $6, version = greatest(attribute.version + 1, excluded.version)
         returning contact_id, version",
        tx.workspace.0,
        &others,
        attribute.0,
        value,
        serde_json::to_value(doer)?,
        now,
        &versions,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut changes = Vec::with_capacity(written.len());
    for row in written {
        let before = before(&row.contact_id);
        let what = values::happening(&shape, &before, &value);
        journey::store::add(tx, ContactId(row.contact_id), None, &what, doer, None, now)?;
        changes.push((row.contact_id, Value::String(before), row.version));
    }
    Ok(changes)
}

/// A tag's name and its category's; it stays until the transaction ends.
pub(super) async fn tag_words(tx: &mut Tx<'_>, tag: TagId) -> Result<(String, String)> {
    let row = sqlx::query!(
        "select t.name, c.name as category from tag t
         join tag_category c on c.workspace_id = t.workspace_id and c.id = t.category_id
         where t.workspace_id = $1 and t.id = $2 for share of t",
        tx.workspace.0,
        tag.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.name, row.category))
}

/// Keeps what was before, so that it can be put back.
async fn remember(tx: &mut Tx<'_>, task: TaskId, changes: Changes, now: Timestamp) -> Result<()> {
    let contacts: Vec<_> = changes.iter().map(|(contact, ..)| *contact).collect();
    let versions: Vec<_> = changes.iter().map(|(.., version)| *version).collect();
    let before: Vec<_> = changes.into_iter().map(|(_, before, _)| before).collect();
    sqlx::query!(
        "insert into contact_task_change (workspace_id, task_id, contact_id, before, version, at)
         select $1, $2, r.contact, r.before, r.version, $6 from unnest($3::uuid[], $4::jsonb[], $5::bigint[])
            as r(contact, before, version)",
        tx.workspace.0,
        task.0,
        &contacts,
        &before,
        &versions,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
