//! The job: one chunk after the other, each in a transaction that also counts it, so that nothing is done twice and a
//! restart goes on where it stopped.

use super::people::{self, Known, People};
use super::read::{Reading, Ready};
use super::store::{Kept, forget, rest};
use super::write::{self, Writing};
use super::{Failure, Plan, Problem, Stage, Tally};
use crate::db::{Db, Desk, Tx};
use crate::journey::Doer;
use crate::tag::MOST_GIVEN;
use crate::{ImportId, MemberId, Result, Timestamp, WorkspaceId, attribute, audit, feed, member};
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// Imports that are looked at in one round.
const AT_ONCE: i64 = 8;

/// Does one chunk of one import, of whichever workspace; tells whether there was one to do.
///
/// # Errors
/// When the database fails; the chunk then waits on.
pub async fn run_once(db: &Db, now: Timestamp) -> Result<usize> {
    let waiting = sqlx::query!(
        "select workspace_id, id from import where stage in ('checking', 'running') order by created_at limit $1",
        AT_ONCE,
    )
    .fetch_all(db.pool())
    .await?;
    let mut failed = None;
    for row in waiting {
        let desk = db.workspace(WorkspaceId(row.workspace_id));
        match step(&desk, ImportId(row.id), now).await {
            Ok(true) => return Ok(1),
            Ok(false) => {}
            // One that cannot go on holds up nobody else's.
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(0), Err)
}

/// Of so many chunks one is told to other screens, and the last.
const TOLD: i32 = 8;

/// An import as a chunk needs it.
struct Work {
    id: ImportId,
    name: String,
    stage: Stage,
    headers: Vec<String>,
    plan: Plan,
    chunk: i32,
    last: bool,
    tally: Tally,
    by: Doer,
    member: MemberId,
}

impl Work {
    /// Rows but those of contacts that somebody else talks with: these are counted.
    fn in_sight(&mut self, rows: Vec<Ready>, known: &HashMap<String, Known>) -> Vec<Ready> {
        let held = |one: &Ready| known.get(&one.phone.canonical()).is_some_and(|known| known.held);
        let (out, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(held);
        self.tally.held += count(out.len());
        rows
    }
}

async fn step(desk: &Desk, id: ImportId, now: Timestamp) -> Result<bool> {
    let mut tx = desk.begin_filling().await?;
    let Some(mut work) = claim(&mut tx, id).await? else { return Ok(false) };
    // Who began it may have lost the right to, or left.
    if !member::store::get(&mut tx, work.member).await?.is_some_and(|member| member.role.supervises()) {
        rest(&mut tx, id, work.stage).await?;
        feed::store::contacts_changed(&mut tx, now).await?;
        let detail = json!({ "name": work.name });
        audit::store::note(&mut tx, work.member, &work.by.name(), "import_stopped", detail, now).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let rows = sqlx::query_scalar!(
        "select rows from import_chunk where workspace_id = $1 and import_id = $2 and chunk = $3",
        tx.workspace.0,
        id.0,
        work.chunk,
    )
    .fetch_one(tx.conn())
    .await?;
    let rows: Vec<(i32, Vec<String>)> = serde_json::from_value(rows)?;
    let definitions: HashMap<_, _> = attribute::store::on_profiles(&mut tx)
        .await?
        .into_iter()
        .map(|definition| (definition.id, definition))
        .collect();
    let tags = write::tags(&mut tx).await?;
    let reading = Reading { plan: &work.plan, headers: &work.headers, definitions: &definitions, tags: &tags.by_name };
    let (mut ready, mut failures) = (Vec::with_capacity(rows.len()), Vec::new());
    for (row, cells) in rows {
        match reading.row(row, &cells) {
            Ok(read) => ready.push(read),
            Err(problems) => failures.push((Failure { row, problems }, cells)),
        }
    }
    let ready = without_repeated(&mut tx, &work, ready, &mut failures).await?;
    if work.stage == Stage::Checking {
        let known = people::known(&mut tx, work.member, &ready).await?;
        let ready = without_crowded(&mut tx, work.in_sight(ready, &known), &known, &mut failures).await?;
        let new = ready.iter().filter(|one| !known.contains_key(&one.phone.canonical())).count();
        work.tally.new += count(new);
        work.tally.changed += count(ready.len() - new);
    } else {
        let whom = People::locked(&mut tx, work.member, &ready).await?;
        let ready = work.in_sight(ready, &whom.known);
        let ready = without_crowded(&mut tx, ready, &whom.known, &mut failures).await?;
        let writing = Writing {
            file: &work.name,
            source: &work.plan.source,
            definitions: &definitions,
            tags: &tags,
            by: &work.by,
            now,
        };
        let written = writing.write(&mut tx, &ready, whom).await?;
        work.tally.new += count(written.new);
        work.tally.changed += count(written.changed);
        work.tally.unchanged += count(ready.len() - written.new - written.changed);
    }
    work.tally.failed += count(failures.len());
    keep(&mut tx, id, &failures).await?;
    finish(&mut tx, &work, now).await?;
    // Now and then: whoever looks on is shown how far it is, and everybody else that there are more.
    if work.last || work.chunk % TOLD == 0 {
        feed::store::contacts_changed(&mut tx, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Locks the import, unless another process is just at it.
async fn claim(tx: &mut Tx<'_>, id: ImportId) -> Result<Option<Work>> {
    let found = sqlx::query!(
        "select name, stage, headers, plan, chunks, done, tally, made_by, member_id from import
         where workspace_id = $1 and id = $2 and stage in ('checking', 'running') for update skip locked",
        tx.workspace.0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(found) = found else { return Ok(None) };
    Ok(Some(Work {
        id,
        name: found.name,
        stage: found.stage.parse()?,
        headers: serde_json::from_value(found.headers)?,
        plan: serde_json::from_value(found.plan.unwrap_or_default())?,
        chunk: found.done,
        last: found.done + 1 >= found.chunks,
        tally: serde_json::from_value(found.tally)?,
        by: serde_json::from_value(found.made_by)?,
        member: MemberId(found.member_id),
    }))
}

/// A number counts where it stands first in the file; that is noted by the check.
async fn without_repeated(
    tx: &mut Tx<'_>,
    work: &Work,
    ready: Vec<Ready>,
    failures: &mut Vec<(Failure, Vec<String>)>,
) -> Result<Vec<Ready>> {
    let numbers: Vec<_> = ready.iter().map(|one| one.phone.canonical()).collect();
    if work.stage == Stage::Checking {
        let rows: Vec<_> = ready.iter().map(|one| one.row).collect();
        tx.plan_once().await?;
        sqlx::query!(
            "insert into import_key (workspace_id, import_id, canonical, row)
             select $1, $2, k.canonical, min(k.row) from unnest($3::text[], $4::int[]) as k(canonical, row)
             group by k.canonical on conflict do nothing",
            tx.workspace.0,
            work.id.0,
            &numbers,
            &rows,
        )
        .execute(tx.conn())
        .await?;
        tx.plan_anew().await?;
    }
    let first = sqlx::query!(
        r#"select n.canonical as "canonical!", k.row from unnest($3::text[]) as n(canonical)
           cross join lateral (select row from import_key k
                where k.workspace_id = $1 and k.import_id = $2 and k.canonical = n.canonical offset 0) k"#,
        tx.workspace.0,
        work.id.0,
        &numbers,
    )
    .fetch_all(tx.conn())
    .await?;
    let first: HashMap<_, _> = first.into_iter().map(|row| (row.canonical, row.row)).collect();
    let mut kept = Vec::with_capacity(ready.len());
    for (one, number) in ready.into_iter().zip(numbers) {
        match first.get(&number) {
            Some(row) if *row != one.row => {
                let why = format!("Row {row} has the same phone number.");
                let problem = Problem { column: None, value: one.phone.to_string(), why };
                failures.push((Failure { row: one.row, problems: vec![problem] }, one.cells));
            }
            _ => kept.push(one),
        }
    }
    Ok(kept)
}

/// Whose tags would be more than a contact takes is not imported: none of them is dropped unseen.
async fn without_crowded(
    tx: &mut Tx<'_>,
    rows: Vec<Ready>,
    known: &HashMap<String, Known>,
    failures: &mut Vec<(Failure, Vec<String>)>,
) -> Result<Vec<Ready>> {
    let contact = |one: &Ready| known.get(&one.phone.canonical()).map(|known| known.contact.0);
    let tagged: Vec<_> = rows.iter().filter(|one| !one.tags.is_empty()).filter_map(contact).collect();
    let mut carried: HashMap<_, HashSet<_>> = HashMap::new();
    for (contact, tag) in write::carried(tx, &tagged).await? {
        carried.entry(contact).or_default().insert(tag);
    }
    let mut kept = Vec::with_capacity(rows.len());
    for one in rows {
        // A new contact has at most those of its row.
        let tags = contact(&one).filter(|_| !one.tags.is_empty()).map(|contact| carried.entry(contact).or_default());
        if let Some(tags) = tags {
            let more: Vec<_> = one.tags.iter().filter(|tag| !tags.contains(*tag)).copied().collect();
            if count(tags.len() + more.len()) > MOST_GIVEN {
                let why = format!("This contact has {} tags by now, and takes at most {MOST_GIVEN}.", tags.len());
                let problem = Problem { column: None, value: one.phone.to_string(), why };
                failures.push((Failure { row: one.row, problems: vec![problem] }, one.cells));
                continue;
            }
            tags.extend(more);
        }
        kept.push(one);
    }
    Ok(kept)
}

async fn keep(tx: &mut Tx<'_>, id: ImportId, failures: &[(Failure, Vec<String>)]) -> Result<()> {
    if failures.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = failures.iter().map(|(failure, _)| failure.row).collect();
    let cells: Vec<_> = failures.iter().map(|(_, cells)| serde_json::to_value(cells)).collect::<Result<_, _>>()?;
    let problems: Vec<_> =
        failures.iter().map(|(failure, _)| serde_json::to_value(&failure.problems)).collect::<Result<_, _>>()?;
    sqlx::query!(
        "insert into import_failure (workspace_id, import_id, row, cells, problems)
         select $1, $2, f.row, f.cells, f.problems from unnest($3::int[], $4::jsonb[], $5::jsonb[]) as f(row, cells, problems)",
        tx.workspace.0,
        id.0,
        &rows,
        &cells as &[serde_json::Value],
        &problems as &[serde_json::Value],
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Counts the chunk; after the last one the file itself is forgotten, but for the rows that failed.
async fn finish(tx: &mut Tx<'_>, work: &Work, now: Timestamp) -> Result<()> {
    let stage = match (work.stage, work.last) {
        (stage, false) => stage,
        (Stage::Checking, true) => Stage::Checked,
        (_, true) => Stage::Done,
    };
    sqlx::query!(
        "update import set stage = $3, done = done + 1, tally = $4, finished_at = $5 where workspace_id = $1 and id = $2",
        tx.workspace.0,
        work.id.0,
        stage.as_str(),
        serde_json::to_value(work.tally)?,
        (stage == Stage::Done).then_some(now),
    )
    .execute(tx.conn())
    .await?;
    if stage == Stage::Done {
        forget(tx, work.id, Kept::Chunks).await?;
        forget(tx, work.id, Kept::Keys).await?;
        let detail = json!({ "name": work.name, "tally": work.tally });
        audit::store::note(tx, work.member, &work.by.name(), "import_done", detail, now).await?;
    }
    Ok(())
}
