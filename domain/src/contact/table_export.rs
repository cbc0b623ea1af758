//! The contacts that match, for a file, by the page.

use super::filter::Group;
use super::filter::sql::Scope;
use super::table::{Column, Line};
use super::table_store::lines;
use crate::attribute::Definition;
use crate::db::{Desk, Tx};
use crate::member::{self, Member, supervises};
use crate::task::step::{count_target, end};
use crate::task::store::BROKEN_OFF;
use crate::task::{Action, State};
use crate::{ContactId, Error, MemberId, Result, TaskId, Timestamp, attribute};
use std::collections::HashMap;
use uuid::Uuid;

/// Contacts read at once.
const PAGE: i64 = 500;

/// What is written into the file, and for whom.
#[derive(Clone, Debug)]
pub struct Export {
    task: TaskId,
    lead: MemberId,
    filter: Group,
    chosen: Option<Vec<Uuid>>,
    columns: Vec<Column>,
    began: Timestamp,
}

/// Rows of cells, and the contact after which the next page begins; `None` at the end.
pub type Page = (Vec<Vec<String>>, Option<ContactId>);

/// The headings and the first page of the file that a task ([`Action::Export`]) is. It is taken once, by who began it.
///
/// # Errors
/// `Forbidden` for all but supervisors, `NotFound` for no such task, one of somebody else, and one whose file was taken.
pub async fn begin(desk: &Desk, lead: &Member, task: TaskId, now: Timestamp) -> Result<(Export, Vec<String>, Page)> {
    supervises(lead)?;
    let mut tx = desk.begin().await?;
    let row = sqlx::query!(
        "select action, filter, chosen, made_at from contact_task where workspace_id = $1 and id = $2 and member_id = $3
            and state = 'running' and total is null and action ? 'export' for update",
        tx.workspace.0,
        task.0,
        lead.id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let Action::Export { columns } = serde_json::from_value(row.action)? else { return Err(Error::NotFound) };
    let (filter, chosen, began) = (serde_json::from_value(row.filter)?, row.chosen, row.made_at);
    let export = Export { task, lead: lead.id, filter, chosen, columns, began };
    let scope = Scope::load(&mut tx, lead.id, began).await?;
    count_target(&mut tx, task, &scope, &export.filter, export.chosen.as_deref()).await?;
    let (defined, _) = words(&mut tx).await?;
    let title = |column: &Column| match column {
        Column::Attribute(id) => defined.get(&id.0).map_or(String::new(), |definition| definition.shape.name.clone()),
        plain => plain.title().to_owned(),
    };
    let headings = std::iter::once("Name".to_owned()).chain(export.columns.iter().map(title)).collect();
    let page = page(&mut tx, &export, None, now).await?;
    tx.commit().await?;
    Ok((export, headings, page))
}

/// The page after a contact. Rights and sight are asked again: they may end while a file is written, and somebody may
/// stop it.
///
/// # Errors
/// As [`begin`].
pub async fn next(desk: &Desk, export: &Export, after: ContactId, now: Timestamp) -> Result<Page> {
    let mut tx = desk.begin().await?;
    let page = page(&mut tx, export, Some(after), now).await?;
    tx.commit().await?;
    Ok(page)
}

/// Notes that nobody reads the file on.
///
/// # Errors
/// When the database fails.
pub async fn broken_off(desk: &Desk, export: &Export, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    end(&mut tx, export.task, State::Cancelled, Some(BROKEN_OFF), now).await?;
    tx.commit().await
}

async fn page(tx: &mut Tx<'_>, export: &Export, after: Option<ContactId>, now: Timestamp) -> Result<Page> {
    let lead = member::store::get(tx, export.lead).await?.ok_or(Error::Forbidden)?;
    supervises(&lead)?;
    let scope = Scope::load(tx, lead.id, export.began).await?;
    let mut query = scope.select("select c.id", &export.filter);
    if let Some(chosen) = &export.chosen {
        query.push(" and c.id = any(").push_bind(chosen).push(")");
    }
    if let Some(after) = after {
        query.push(" and c.id > ").push_bind(after.0);
    }
    query.push(" order by c.id limit ").push_bind(PAGE);
    let ids: Vec<Uuid> = query.build_query_scalar().persistent(false).fetch_all(tx.conn()).await?;
    let count = i64::try_from(ids.len()).unwrap_or(0);
    let last = ids.last().copied().map(ContactId).filter(|_| count == PAGE);
    let (defined, tags) = words(tx).await?;
    let lines = lines(tx, &ids).await?;
    let cells = |line: &Line| {
        let name = std::iter::once(line.name.clone().unwrap_or_default());
        name.chain(export.columns.iter().map(|column| cell(line, *column, &defined, &tags))).collect()
    };
    let rows = lines.iter().map(cells).collect();
    let moved = sqlx::query!(
        "update contact_task set visited = visited + $3, changed = changed + $3, moved_at = $4
         where workspace_id = $1 and id = $2 and state = 'running'",
        tx.workspace.0,
        export.task.0,
        count,
        now,
    )
    .execute(tx.conn())
    .await?;
    if moved.rows_affected() == 0 {
        return Err(Error::Invalid("The export was stopped.".into()));
    }
    if last.is_none() {
        end(tx, export.task, State::Done, None, now).await?;
    }
    Ok((rows, last))
}

type Defined = HashMap<uuid::Uuid, Definition>;

/// What attributes and tags are called.
async fn words(tx: &mut Tx<'_>) -> Result<(Defined, HashMap<uuid::Uuid, String>)> {
    let defined = attribute::store::on_profiles(tx).await?;
    let tags =
        sqlx::query!("select id, name from tag where workspace_id = $1", tx.workspace.0).fetch_all(tx.conn()).await?;
    Ok((
        defined.into_iter().map(|definition| (definition.id.0, definition)).collect(),
        tags.into_iter().map(|row| (row.id, row.name)).collect(),
    ))
}

fn cell(line: &Line, column: Column, defined: &Defined, tags: &HashMap<uuid::Uuid, String>) -> String {
    match column {
        Column::Phone => line.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
        Column::Username => line.username.clone().unwrap_or_default(),
        Column::Status => line.chat.map(|(_, _, status)| status.to_string()).unwrap_or_default(),
        Column::Tags => {
            let mut names: Vec<_> = line.tags.iter().filter_map(|tag| tags.get(&tag.0)).cloned().collect();
            names.sort();
            names.join(", ")
        }
        Column::LastActive => line.last_active.map(|at| at.to_rfc3339()).unwrap_or_default(),
        Column::FirstSeen => line.first_seen.to_rfc3339(),
        Column::Source => line.source.to_string(),
        Column::SessionMessages => line.session_messages.to_string(),
        Column::TemplateMessages => line.template_messages.to_string(),
        Column::Unresolved => line.unresolved.to_string(),
        Column::Opted => line.opted.map(|opted| opted.to_string()).unwrap_or_default(),
        Column::Blocked => if line.blocked { "yes" } else { "no" }.into(),
        // As it is kept, so that it can be read in again.
        Column::Attribute(id) => {
            let value = line.values.iter().find(|(attribute, _)| *attribute == id && defined.contains_key(&id.0));
            value.map(|(_, value)| value.replace('\n', ", ")).unwrap_or_default()
        }
    }
}
