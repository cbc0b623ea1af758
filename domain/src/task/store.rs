//! Tasks' rows: begun, cancelled, undone by supervisors.

use super::{Action, MOST_CHOSEN, State, Target, Task};
use crate::attribute::values;
use crate::contact::filter::Group;
use crate::db::{Desk, Tx};
use crate::member::{Member, supervises};
use crate::tag::Kind;
use crate::{Error, Result, TagId, TaskId, Timestamp, audit, feed};
use chrono::TimeDelta;
use serde_json::json;

/// How long a finished task is shown, and can be undone.
const SHOWN: TimeDelta = TimeDelta::days(7);
/// How long a download may stand still before it counts as broken off.
const STILL: TimeDelta = TimeDelta::minutes(10);
/// Columns of a file, beside the name.
const MOST_COLUMNS: usize = 120;
/// Tasks under way at once in a workspace.
const MOST_AT_ONCE: i64 = 5;
/// Files among what is listed: the latest ones, so that they never push out what can be undone.
const FILES: i64 = 20;
/// Tasks that are listed at most.
const LISTED: i64 = 1000;

/// Begins something for many contacts.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound` for a tag or attribute that is gone, `Invalid` for a value that does not
/// fit, a tag that members do not give, or too much at once.
pub async fn begin(desk: &Desk, member: &Member, action: Action, target: Target, now: Timestamp) -> Result<TaskId> {
    supervises(member)?;
    let mut tx = desk.begin().await?;
    let (action, words) = checked(&mut tx, action).await?;
    let (filter, chosen) = match target {
        Target::Matching(filter) => (filter.checked()?, None),
        Target::Chosen(ids) if ids.is_empty() || ids.len() > MOST_CHOSEN => {
            return Err(Error::Invalid(format!("Choose 1 to {MOST_CHOSEN} contacts, or all that match.")));
        }
        Target::Chosen(ids) => (Group::default(), Some(ids.into_iter().map(|id| id.0).collect::<Vec<_>>())),
    };
    // One at a time decides whether there is room for another.
    sqlx::query!("select id from workspace where id = $1 for no key update", tx.workspace.0)
        .fetch_one(tx.conn())
        .await?;
    let under_way = sqlx::query_scalar!(
        r#"select count(*) as "n!" from contact_task where workspace_id = $1 and state in ('running', 'undoing')"#,
        tx.workspace.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if under_way >= MOST_AT_ONCE {
        return Err(Error::Invalid("Five such changes are under way already. Please wait for one to end.".into()));
    }
    let id = TaskId::at(now);
    sqlx::query!(
        "insert into contact_task (workspace_id, id, member_id, action, words, filter, chosen, state, made_at, moved_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'running', $8, $8)",
        tx.workspace.0,
        id.0,
        member.id.0,
        serde_json::to_value(&action)?,
        words,
        serde_json::to_value(&filter)?,
        chosen.as_deref(),
        now,
    )
    .execute(tx.conn())
    .await?;
    let many = chosen.map_or(json!({ "filter": filter }), |chosen| json!({ "chosen": chosen.len() }));
    feed::store::contacts_changed(&mut tx, now).await?;
    let detail = json!({ "task": id, "action": action, "words": words, "whom": many });
    let kind = if matches!(action, Action::Export { .. }) { "contacts_exported" } else { "contacts_changed" };
    audit::store::add(&mut tx, member, kind, detail, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// The action as it is carried out, and the words for it.
async fn checked(tx: &mut Tx<'_>, action: Action) -> Result<(Action, String)> {
    Ok(match action {
        Action::GiveTag(tag) => (Action::GiveTag(tag), format!("Give the tag {}", given_tag(tx, tag).await?)),
        Action::TakeTag(tag) => {
            let name =
                sqlx::query_scalar!("select name from tag where workspace_id = $1 and id = $2", tx.workspace.0, tag.0)
                    .fetch_one(tx.conn())
                    .await?;
            (Action::TakeTag(tag), format!("Take off the tag {name}"))
        }
        Action::SetAttribute { attribute, value } => {
            let shape = values::active(tx, attribute).await?.shape;
            let value = shape.parse(&value).map_err(Error::Invalid)?;
            let shown: String = shape.show(&value).chars().take(60).collect();
            let words = if value.is_empty() {
                format!("Clear {}", shape.name)
            } else {
                format!("Set {} to {shown}", shape.name)
            };
            (Action::SetAttribute { attribute, value }, words)
        }
        Action::Export { columns } if columns.len() > MOST_COLUMNS => {
            return Err(Error::Invalid(format!("A file has at most {MOST_COLUMNS} columns.")));
        }
        Action::Export { columns } => (Action::Export { columns }, "Export contacts".into()),
    })
}

/// The name of a tag that members give.
pub(super) async fn given_tag(tx: &mut Tx<'_>, tag: TagId) -> Result<String> {
    let row = sqlx::query!(
        r#"select name, kind, archived_at is not null as "archived!" from tag
           where workspace_id = $1 and id = $2 for share"#,
        tx.workspace.0,
        tag.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if row.archived {
        return Err(Error::Invalid(format!("The tag “{}” is archived and given no more.", row.name)));
    }
    if row.kind.parse::<Kind>()? != Kind::Manual {
        return Err(Error::Invalid(format!("The tag “{}” is given by automation only.", row.name)));
    }
    Ok(row.name)
}

/// Why a file ended before its end.
pub(crate) const BROKEN_OFF: &str = "The download was broken off.";

/// The latest tasks, newest first.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn latest(desk: &Desk, member: &Member, now: Timestamp) -> Result<Vec<Task>> {
    supervises(member)?;
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        r#"select t.id, m.name as by, t.words, t.action ? 'export' as "export!", t.state, t.total, t.visited, t.changed, t.put_back,
            t.left_alone, t.left_out, t.why, t.made_at
         from contact_task t join member m on m.workspace_id = t.workspace_id and m.id = t.member_id
         where t.workspace_id = $1 and (t.ended_at is null or t.ended_at > $2)
            and (not t.action ? 'export' or t.id in (select e.id from contact_task e
                where e.workspace_id = $1 and e.action ? 'export' order by e.id desc limit $3))
         order by t.id desc limit $4"#,
        tx.workspace.0,
        now - SHOWN,
        FILES,
        LISTED,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Task {
                id: TaskId(row.id),
                by: row.by,
                words: row.words,
                export: row.export,
                state: row.state.parse()?,
                total: row.total,
                visited: row.visited,
                changed: row.changed,
                put_back: row.put_back,
                left_alone: row.left_alone,
                left_out: row.left_out,
                why: row.why,
                made_at: row.made_at,
            })
        })
        .collect()
}

/// Stops a task after the batch that is just being done. What it has changed stays, and can be put back.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`, `Invalid` when it has ended.
pub async fn cancel(desk: &Desk, member: &Member, id: TaskId, now: Timestamp) -> Result<()> {
    supervises(member)?;
    let mut tx = desk.begin().await?;
    let (state, words, _) = lock(&mut tx, id).await?;
    if state != State::Running {
        return Err(Error::Invalid("It has ended already.".into()));
    }
    sqlx::query!(
        "update contact_task set state = 'cancelled', ended_at = $3 where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    feed::store::contacts_changed(&mut tx, now).await?;
    let detail = json!({ "task": id, "words": words });
    audit::store::add(&mut tx, member, "contacts_change_cancelled", detail, now).await?;
    tx.commit().await
}

/// Puts back what a task has changed, where nobody has changed it since.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`, `Invalid` when there is nothing to put back.
pub async fn undo(desk: &Desk, member: &Member, id: TaskId, now: Timestamp) -> Result<()> {
    supervises(member)?;
    let mut tx = desk.begin().await?;
    let (state, words, export) = lock(&mut tx, id).await?;
    if export || !matches!(state, State::Done | State::Cancelled) {
        return Err(Error::Invalid("There is nothing to undo.".into()));
    }
    // It is undone by whoever undoes it: their name is in the journey, and their sight counts.
    sqlx::query!(
        "update contact_task set state = 'undoing', place = null, why = null, ended_at = null, member_id = $3
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
        member.id.0,
    )
    .execute(tx.conn())
    .await?;
    feed::store::contacts_changed(&mut tx, now).await?;
    let detail = json!({ "task": id, "words": words });
    audit::store::add(&mut tx, member, "contacts_change_undone", detail, now).await?;
    tx.commit().await
}

/// How far it is, its words, and whether it is a file.
async fn lock(tx: &mut Tx<'_>, id: TaskId) -> Result<(State, String, bool)> {
    let row = sqlx::query!(
        r#"select state, words, action ? 'export' as "export!" from contact_task where workspace_id = $1 and id = $2 for update"#,
        tx.workspace.0,
        id.0
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.state.parse()?, row.words, row.export))
}

/// Removes tasks that are no longer shown, with what they remember of contacts, and ends files that nobody reads on.
///
/// # Errors
/// When the database fails.
pub async fn forget(db: &crate::db::Db, now: Timestamp) -> Result<()> {
    sqlx::query!("delete from contact_task where ended_at < $1", now - SHOWN).execute(db.pool()).await?;
    sqlx::query!(
        "update contact_task set state = 'cancelled', why = $3, ended_at = $2
         where state = 'running' and action ? 'export' and moved_at < $1",
        now - STILL,
        now,
        BROKEN_OFF,
    )
    .execute(db.pool())
    .await?;
    Ok(())
}
