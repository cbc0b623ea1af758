//! A batch on the way back: what the task changed is put back where it still is as the task left it.

use super::apply::tag_words;
use super::step::Done;
use super::{Action, BATCH};
use crate::attribute::{Definition, values};
use crate::db::Tx;
use crate::journey::{self, Doer, Happening};
use crate::member::Member;
use crate::{ContactId, Error, Result, TagId, TaskId, Timestamp, feed};
use std::collections::HashMap;
use uuid::Uuid;

/// The next contacts that the task changed, by id.
pub(super) async fn next(tx: &mut Tx<'_>, task: TaskId, place: Option<Uuid>) -> Result<Vec<ContactId>> {
    let ids = sqlx::query_scalar!(
        "select contact_id from contact_task_change where workspace_id = $1 and task_id = $2
           and ($3::uuid is null or contact_id > $3) order by contact_id limit $4",
        tx.workspace.0,
        task.0,
        place,
        BATCH,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(ContactId).collect())
}

/// Puts these contacts, which are locked and in sight, back.
pub(super) async fn batch(
    tx: &mut Tx<'_>,
    task: TaskId,
    action: &Action,
    member: &Member,
    contacts: &[Uuid],
    now: Timestamp,
) -> Result<Done> {
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    let back: Vec<Uuid> = match action {
        Action::GiveTag(tag) => take_back(tx, task, *tag, &doer, contacts, now).await?,
        Action::TakeTag(tag) => give_back(tx, task, *tag, &doer, contacts, now).await?,
        Action::SetAttribute { attribute, .. } => {
            let definition = values::active(tx, *attribute).await?;
            set_back(tx, task, definition, &doer, contacts, now).await?
        }
        Action::Export { .. } => return Err(Error::Internal),
    };
    let changed: Vec<_> = back.iter().copied().map(ContactId).collect();
    feed::store::profile_changed(tx, &changed, now).await?;
    let (changed, seen) = (changed.len(), contacts.len());
    Ok(Done {
        changed: i64::try_from(changed).unwrap_or(0),
        left_alone: i64::try_from(seen - changed).unwrap_or(0),
        left_out: 0,
    })
}

/// Where the tag is still the one that the task gave.
async fn take_back(
    tx: &mut Tx<'_>,
    task: TaskId,
    tag: TagId,
    doer: &Doer,
    contacts: &[Uuid],
    now: Timestamp,
) -> Result<Vec<Uuid>> {
    let (name, category) = tag_words(tx, tag).await?;
    let taken = sqlx::query_scalar!(
        "delete from contact_tag g using contact_task_change d
         where g.workspace_id = $1 and g.contact_id = any($3) and g.tag_id = $4
           and d.workspace_id = $1 and d.task_id = $2 and d.contact_id = g.contact_id and g.given_at = d.at
           and g.automation is null
         returning g.contact_id",
        tx.workspace.0,
        task.0,
        contacts,
        tag.0,
    )
    .fetch_all(tx.conn())
    .await?;
    for contact in &taken {
        let what = Happening::TagTaken { tag: name.clone(), category: category.clone() };
        journey::store::add(tx, ContactId(*contact), None, &what, doer, None, now)?;
    }
    Ok(taken)
}

/// As it was given once, where nobody has given it, or given and taken it, since: the journey knows.
async fn give_back(
    tx: &mut Tx<'_>,
    task: TaskId,
    tag: TagId,
    doer: &Doer,
    contacts: &[Uuid],
    now: Timestamp,
) -> Result<Vec<Uuid>> {
    let (name, category) = tag_words(tx, tag).await?;
    let given = sqlx::query_scalar!(
        r#"with back as (
             select d.contact_id as root, coalesce((one->>'contact')::uuid, d.contact_id) as contact_id, one
             from contact_task_change d
             cross join jsonb_array_elements(coalesce(d.before->'given', jsonb_build_array(d.before))) as one
             where d.workspace_id = $1 and d.task_id = $2 and d.contact_id = any($3)
               and not exists (select from journey j where j.workspace_id = $1 and j.contact_id = d.contact_id and j.at > d.at
                    and j.kind = 'tag_given' and j.detail->'tag_given'->>'tag' = $5 and j.detail->'tag_given'->>'category' = $6)),
         put as (
             insert into contact_tag (workspace_id, contact_id, tag_id, given_at, given_by, automation)
             select $1, contact_id, $4, (one->>'given_at')::timestamptz, one->'given_by', one->>'automation' from back
             on conflict do nothing returning contact_id)
         select distinct back.root as "root!" from back join put on put.contact_id = back.contact_id"#,
        tx.workspace.0,
        task.0,
        contacts,
        tag.0,
        name,
        category,
    )
    .fetch_all(tx.conn())
    .await?;
    for contact in &given {
        let what = Happening::TagGiven { tag: name.clone(), category: category.clone(), automation: None };
        journey::store::add(tx, ContactId(*contact), None, &what, doer, None, now)?;
    }
    Ok(given)
}

/// Where the value still is of the version that the task left.
async fn set_back(
    tx: &mut Tx<'_>,
    task: TaskId,
    definition: Definition,
    doer: &Doer,
    contacts: &[Uuid],
    now: Timestamp,
) -> Result<Vec<Uuid>> {
    let left = sqlx::query!(
        "select a.contact_id, a.value from attribute a
         join contact_task_change d on d.workspace_id = $1 and d.task_id = $2 and d.contact_id = a.contact_id
         where a.workspace_id = $1 and a.definition_id = $4 and a.contact_id = any($3) and a.version = d.version",
        tx.workspace.0,
        task.0,
        contacts,
        definition.id.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let left: HashMap<Uuid, String> = left.into_iter().map(|row| (row.contact_id, row.value)).collect();
    let ids: Vec<Uuid> = left.keys().copied().collect();
    let back = sqlx::query!(
        r#"update attribute a set value = d.before #>> '{}', set_by = $5, set_at = $6, version = a.version + 1
           from contact_task_change d
           where a.workspace_id = $1 and a.definition_id = $4 and a.contact_id = any($3)
             and d.workspace_id = $1 and d.task_id = $2 and d.contact_id = a.contact_id
           returning a.contact_id, a.value"#,
        tx.workspace.0,
        task.0,
        &ids,
        definition.id.0,
        serde_json::to_value(doer)?,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut contacts = Vec::with_capacity(back.len());
    for row in back {
        let before = left.get(&row.contact_id).cloned().unwrap_or_default();
        let what = values::happening(&definition.shape, &before, &row.value);
        journey::store::add(tx, ContactId(row.contact_id), None, &what, doer, None, now)?;
        contacts.push(row.contact_id);
    }
    Ok(contacts)
}
