//! Imports, as supervisors bring, plan, start, stop and remove them.

use super::{Failure, Import, Opened, PAGE, Plan, Sheet, Stage, Tally, guess};
use crate::db::{Desk, Tx};
use crate::journey::Doer;
use crate::member::{Member, supervises};
use crate::{AttributeId, Error, ImportId, Result, Timestamp, attribute, audit, feed};
use serde_json::json;

/// Rows in a chunk.
pub(super) const CHUNK: usize = 1000;
/// Imports that are listed.
const LISTED: i64 = 50;
/// Rows shown of a file.
const SAMPLE: usize = 5;

/// Keeps a file; nothing is imported yet.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn add(desk: &Desk, lead: &Member, name: &str, sheet: &Sheet, now: Timestamp) -> Result<ImportId> {
    supervises(lead)?;
    let name: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    let name = if name.trim().is_empty() { "contacts.csv".to_owned() } else { name };
    let id = ImportId::at(now);
    let mut tx = desk.begin().await?;
    let chunks = sheet.rows.chunks(CHUNK);
    sqlx::query!(
        "insert into import (workspace_id, id, name, stage, headers, rows, chunks, tally, made_by, member_id, created_at)
         values ($1, $2, $3, 'uploaded', $4, $5, $6, $7, $8, $9, $10)",
        tx.workspace.0,
        id.0,
        name,
        serde_json::to_value(&sheet.headers)?,
        i64::try_from(sheet.rows.len()).unwrap_or(i64::MAX),
        i32::try_from(chunks.len()).unwrap_or(i32::MAX),
        serde_json::to_value(Tally::default())?,
        serde_json::to_value(Doer::Member { id: lead.id, name: lead.name.clone() })?,
        lead.id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    for (number, rows) in (0..).zip(chunks) {
        sqlx::query!(
            "insert into import_chunk (workspace_id, import_id, chunk, rows) values ($1, $2, $3, $4)",
            tx.workspace.0,
            id.0,
            number,
            serde_json::to_value(rows)?,
        )
        .execute(tx.conn())
        .await?;
    }
    feed::store::contacts_changed(&mut tx, now).await?;
    audit::store::add(&mut tx, lead, "import_uploaded", json!({ "name": name, "rows": sheet.rows.len() }), now).await?;
    tx.commit().await?;
    Ok(id)
}

/// The latest imports, newest first.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn list(desk: &Desk, lead: &Member) -> Result<Vec<Import>> {
    supervises(lead)?;
    let mut tx = desk.snapshot().await?;
    sqlx::query_as!(
        Found,
        "select id, name, stage, headers, plan, rows, done, tally, made_by, created_at, finished_at
         from import where workspace_id = $1 order by created_at desc, id desc limit $2",
        tx.workspace.0,
        LISTED,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|found| found.import())
    .collect()
}

/// An import with what its page shows.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound` where there is none.
pub async fn open(desk: &Desk, lead: &Member, id: ImportId) -> Result<Opened> {
    supervises(lead)?;
    let mut tx = desk.snapshot().await?;
    let found = get(&mut tx, id).await?;
    let headers: Vec<String> = serde_json::from_value(found.headers.clone())?;
    let sample = sqlx::query_scalar!(
        "select rows from import_chunk where workspace_id = $1 and import_id = $2 and chunk = 0",
        tx.workspace.0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let sample: Vec<(i32, Vec<String>)> = sample.map(serde_json::from_value).transpose()?.unwrap_or_default();
    let definitions = attribute::store::on_profiles(&mut tx).await?;
    let attributes: Vec<(AttributeId, String)> =
        definitions.into_iter().map(|definition| (definition.id, definition.shape.name)).collect();
    let plan = match found.plan.clone() {
        Some(plan) => serde_json::from_value(plan)?,
        None => Plan { columns: guess(&headers, &attributes), ..Plan::default() },
    };
    let (failures, more) = failed(&mut tx, id, 0).await?;
    Ok(Opened {
        import: found.import()?,
        headers,
        sample: sample.into_iter().take(SAMPLE).map(|(_, cells)| cells).collect(),
        plan,
        attributes,
        failures,
        more,
    })
}

/// More rows with problems, after one of them.
///
/// # Errors
/// As [`open`].
pub async fn failures(desk: &Desk, lead: &Member, id: ImportId, after: i32) -> Result<(Vec<Failure>, bool)> {
    supervises(lead)?;
    let mut tx = desk.snapshot().await?;
    get(&mut tx, id).await?;
    failed(&mut tx, id, after).await
}

/// Decides how the file is read, and begins to look at every row. Nothing is imported by it.
///
/// # Errors
/// As [`open`]; `Invalid` where the plan makes no sense, or something has been imported already.
pub async fn check(desk: &Desk, lead: &Member, id: ImportId, plan: Plan, now: Timestamp) -> Result<()> {
    supervises(lead)?;
    let mut tx = desk.begin().await?;
    let found = locked(&mut tx, id).await?;
    if !matches!(found.stage()?, Stage::Uploaded | Stage::Checking | Stage::Checked) {
        return Err(Error::Invalid("This file is being imported already, or was.".into()));
    }
    let headers: Vec<String> = serde_json::from_value(found.headers)?;
    let plan = plan.checked(headers.len())?;
    for table in [Kept::Keys, Kept::Failures] {
        forget(&mut tx, id, table).await?;
    }
    sqlx::query!(
        "update import set stage = 'checking', plan = $3, done = 0, tally = $4, finished_at = null, member_id = $5, made_by = $6
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
        serde_json::to_value(&plan)?,
        serde_json::to_value(Tally::default())?,
        lead.id.0,
        serde_json::to_value(by(lead))?,
    )
    .execute(tx.conn())
    .await?;
    // How a file was read is part of what was done.
    feed::store::contacts_changed(&mut tx, now).await?;
    audit::store::add(&mut tx, lead, "import_checked", json!({ "name": found.name }), now).await?;
    tx.commit().await
}

fn by(lead: &Member) -> Doer {
    Doer::Member { id: lead.id, name: lead.name.clone() }
}

/// Begins to write what was checked, or goes on where it was stopped. Rows with problems are left out.
///
/// # Errors
/// As [`open`]; `Invalid` before the check is done.
pub async fn start(desk: &Desk, lead: &Member, id: ImportId, now: Timestamp) -> Result<()> {
    supervises(lead)?;
    let mut tx = desk.begin().await?;
    let found = locked(&mut tx, id).await?;
    match found.stage()? {
        Stage::Running => return Ok(()),
        Stage::Checked => {
            forget(&mut tx, id, Kept::Failures).await?;
            sqlx::query!(
                "update import set stage = 'running', done = 0, tally = $3, member_id = $4, made_by = $5
                 where workspace_id = $1 and id = $2",
                tx.workspace.0,
                id.0,
                serde_json::to_value(Tally::default())?,
                lead.id.0,
                serde_json::to_value(by(lead))?,
            )
            .execute(tx.conn())
            .await?;
        }
        // Whoever goes on with it does the rest: the one who began may have lost the right.
        Stage::Stopped => {
            sqlx::query!(
                "update import set stage = 'running', member_id = $3, made_by = $4 where workspace_id = $1 and id = $2",
                tx.workspace.0,
                id.0,
                lead.id.0,
                serde_json::to_value(by(lead))?,
            )
            .execute(tx.conn())
            .await?;
        }
        Stage::Uploaded | Stage::Checking | Stage::Done => {
            return Err(Error::Invalid("This file has to be checked first.".into()));
        }
    }
    feed::store::contacts_changed(&mut tx, now).await?;
    audit::store::add(&mut tx, lead, "import_started", json!({ "name": found.name }), now).await?;
    tx.commit().await
}

/// Stops between two chunks. What is written stays; [`start`] goes on.
///
/// # Errors
/// As [`open`].
pub async fn stop(desk: &Desk, lead: &Member, id: ImportId, now: Timestamp) -> Result<()> {
    supervises(lead)?;
    let mut tx = desk.begin().await?;
    let found = locked(&mut tx, id).await?;
    let stage = found.stage()?;
    if !stage.moves() {
        return Ok(());
    }
    rest(&mut tx, id, stage).await?;
    feed::store::contacts_changed(&mut tx, now).await?;
    audit::store::add(&mut tx, lead, "import_stopped", json!({ "name": found.name }), now).await?;
    tx.commit().await
}

/// Where an import under way stands once it is stopped.
pub(super) async fn rest(tx: &mut Tx<'_>, id: ImportId, under_way: Stage) -> Result<()> {
    let stage = if under_way == Stage::Running { Stage::Stopped } else { Stage::Uploaded };
    sqlx::query!(
        "update import set stage = $3 where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
        stage.as_str(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets a file with its failed rows. Contacts that came by it stay.
///
/// # Errors
/// As [`open`]; `Invalid` while it is under way.
pub async fn delete(desk: &Desk, lead: &Member, id: ImportId, now: Timestamp) -> Result<()> {
    supervises(lead)?;
    let mut tx = desk.begin().await?;
    let found = locked(&mut tx, id).await?;
    if found.stage()?.moves() {
        return Err(Error::Invalid("Stop it first.".into()));
    }
    sqlx::query!("delete from import where workspace_id = $1 and id = $2", tx.workspace.0, id.0)
        .execute(tx.conn())
        .await?;
    feed::store::contacts_changed(&mut tx, now).await?;
    audit::store::add(&mut tx, lead, "import_deleted", json!({ "name": found.name }), now).await?;
    tx.commit().await
}

/// An import's row as it is read.
pub(super) struct Found {
    pub(super) id: uuid::Uuid,
    pub(super) name: String,
    pub(super) stage: String,
    pub(super) headers: serde_json::Value,
    pub(super) plan: Option<serde_json::Value>,
    pub(super) rows: i64,
    pub(super) done: i32,
    pub(super) tally: serde_json::Value,
    pub(super) made_by: serde_json::Value,
    pub(super) created_at: Timestamp,
    pub(super) finished_at: Option<Timestamp>,
}

impl Found {
    pub(super) fn stage(&self) -> Result<Stage> {
        self.stage.parse()
    }

    fn import(self) -> Result<Import> {
        let by: Doer = serde_json::from_value(self.made_by)?;
        let size = i64::try_from(CHUNK).unwrap_or(i64::MAX);
        Ok(Import {
            id: ImportId(self.id),
            stage: self.stage.parse()?,
            name: self.name,
            rows: self.rows,
            done: (i64::from(self.done) * size).min(self.rows),
            tally: serde_json::from_value(self.tally)?,
            by: by.name().into_owned(),
            at: self.created_at,
            finished: self.finished_at,
        })
    }
}

pub(super) async fn get(tx: &mut Tx<'_>, id: ImportId) -> Result<Found> {
    let found = sqlx::query_as!(
        Found,
        "select id, name, stage, headers, plan, rows, done, tally, made_by, created_at, finished_at
         from import where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(found)
}

async fn locked(tx: &mut Tx<'_>, id: ImportId) -> Result<Found> {
    let found = sqlx::query_as!(
        Found,
        "select id, name, stage, headers, plan, rows, done, tally, made_by, created_at, finished_at
         from import where workspace_id = $1 and id = $2 for update",
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(found)
}

async fn failed(tx: &mut Tx<'_>, id: ImportId, after: i32) -> Result<(Vec<Failure>, bool)> {
    let rows = sqlx::query!(
        "select row, problems from import_failure where workspace_id = $1 and import_id = $2 and row > $3 order by row limit $4",
        tx.workspace.0,
        id.0,
        after,
        PAGE + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    let more = i64::try_from(rows.len()).unwrap_or(0) > PAGE;
    let failure = |row: i32, problems| Ok(Failure { row, problems: serde_json::from_value(problems)? });
    let page = rows.into_iter().take(usize::try_from(PAGE).unwrap_or(0));
    Ok((page.map(|row| failure(row.row, row.problems)).collect::<Result<_>>()?, more))
}

/// What is kept beside an import.
#[derive(Clone, Copy)]
pub(super) enum Kept {
    Keys,
    Chunks,
    Failures,
}

pub(super) async fn forget(tx: &mut Tx<'_>, id: ImportId, what: Kept) -> Result<()> {
    let (workspace, import) = (tx.workspace.0, id.0);
    let query = match what {
        Kept::Keys => {
            sqlx::query!("delete from import_key where workspace_id = $1 and import_id = $2", workspace, import)
        }
        Kept::Chunks => {
            sqlx::query!("delete from import_chunk where workspace_id = $1 and import_id = $2", workspace, import)
        }
        Kept::Failures => {
            sqlx::query!("delete from import_failure where workspace_id = $1 and import_id = $2", workspace, import)
        }
    };
    query.execute(tx.conn()).await?;
    Ok(())
}
