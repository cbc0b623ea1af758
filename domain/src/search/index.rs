//! Takes in what was said and what contacts are known by, a moment after it was written. Any number of processes may
//! do this; of each workspace one does at a time.

use super::people;
use super::query::words;
use super::{Kind, Sender};
use crate::db::{Db, Desk, Tx};
use crate::message::{Author, Body};
use crate::{ContactId, Result, Timestamp, WorkspaceId};
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Messages, or contacts, taken in by one transaction.
const AT_ONCE: i64 = 500;
/// Seconds of the weeks that the index counts.
const WEEK: i64 = 604_800;

/// Takes in some of what waits, in every workspace; tells how much.
///
/// # Errors
/// When the database fails.
pub async fn run_once(db: &Db) -> Result<usize> {
    let mut done = 0;
    for workspace in waiting(db).await? {
        let desk = db.workspace(workspace);
        done += messages(&desk).await? + contacts(&desk).await?;
    }
    Ok(done)
}

/// Workspaces for which something waits. Looks once for each, however much it is.
async fn waiting(db: &Db) -> Result<Vec<WorkspaceId>> {
    let ids = sqlx::query_scalar!(
        r#"with recursive m(id) as (
            (select workspace_id from message_words_waiting order by workspace_id limit 1)
            union all
            select (select workspace_id from message_words_waiting where workspace_id > m.id
                    order by workspace_id limit 1) from m where m.id is not null),
         c(id) as (
            (select workspace_id from contact_words_waiting order by workspace_id limit 1)
            union all
            select (select workspace_id from contact_words_waiting where workspace_id > c.id
                    order by workspace_id limit 1) from c where c.id is not null)
         select id as "id!" from m where id is not null union select id from c where id is not null"#
    )
    .fetch_all(db.pool())
    .await?;
    Ok(ids.into_iter().map(WorkspaceId).collect())
}

/// Whether nobody else takes in this workspace's words just now.
async fn alone(tx: &mut Tx<'_>) -> Result<bool> {
    let workspace = tx.workspace.0.to_string();
    let alone =
        sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtextextended($1, 11)) as "alone!""#, workspace)
            .fetch_one(tx.conn())
            .await?;
    Ok(alone)
}

#[derive(Serialize)]
struct Said {
    id: Uuid,
    chat: Uuid,
    at: Timestamp,
    week: i64,
    words: BTreeSet<String>,
}

/// The newest messages that wait.
async fn messages(desk: &Desk) -> Result<usize> {
    let mut tx = desk.begin_filling().await?;
    if !alone(&mut tx).await? {
        return Ok(0);
    }
    let taken = sqlx::query_scalar!(
        "delete from message_words_waiting where workspace_id = $1 and ctid = any(array(
            select ctid from message_words_waiting where workspace_id = $1 order by message_id desc limit $2))
         returning message_id",
        tx.workspace.0,
        AT_ONCE,
    )
    .fetch_all(tx.conn())
    .await?;
    if taken.is_empty() {
        // Ended here and not some time after it was dropped: it holds the lock that the next one asks for.
        tx.commit().await?;
        return Ok(0);
    }
    let rows = sqlx::query!(
        "select id, chat_id, author, body, at from message where workspace_id = $1 and id = any($2)",
        tx.workspace.0,
        &taken,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut said = Vec::with_capacity(rows.len());
    for row in rows {
        // What cannot be read is not found; everything else must be.
        let (Ok(author), Ok(body)) = (row.author.parse(), serde_json::from_value(row.body)) else { continue };
        let words = message_words(author, &body);
        if !words.is_empty() {
            let week = row.at.timestamp().max(0) / WEEK;
            said.push(Said { id: row.id, chat: row.chat_id, at: row.at, week, words });
        }
    }
    // What was altered since waits again, and is written anew.
    sqlx::query!("delete from message_words where workspace_id = $1 and message_id = any($2)", tx.workspace.0, &taken,)
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        "insert into message_words (workspace_id, message_id, chat_id, at, week, words)
         select $1, r.id, r.chat, r.at, r.week, array_to_tsvector(r.words)
         from jsonb_to_recordset($2) as r(id uuid, chat uuid, at timestamptz, week int, words text[])",
        tx.workspace.0,
        serde_json::to_value(&said)?,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(taken.len())
}

/// Contacts that are new or were changed.
async fn contacts(desk: &Desk) -> Result<usize> {
    let mut tx = desk.begin_filling().await?;
    if !alone(&mut tx).await? {
        return Ok(0);
    }
    // In a statement of its own: the next one sees what was committed together with these rows. Of a contact everything
    // that waits is taken at once: an import notes each three times, a thousand rows apart.
    let taken = sqlx::query_scalar!(
        "delete from contact_words_waiting where workspace_id = $1 and contact_id = any(array(
            select contact_id from contact_words_waiting where workspace_id = $1 order by id desc limit $2)) returning contact_id",
        tx.workspace.0,
        AT_ONCE,
    )
    .fetch_all(tx.conn())
    .await?;
    if taken.is_empty() {
        // Ended here and not some time after it was dropped: it holds the lock that the next one asks for.
        tx.commit().await?;
        return Ok(0);
    }
    let ids: Vec<_> = taken.iter().copied().map(ContactId).collect();
    let known = people::known(&mut tx, &ids).await?;
    let rows: Vec<_> =
        known.iter().map(|(id, known)| serde_json::json!({ "id": id, "words": people::words(known) })).collect();
    sqlx::query!(
        "insert into contact_words (workspace_id, contact_id, words)
         select $1, r.id, array_to_tsvector(r.words) from jsonb_to_recordset($2) as r(id uuid, words text[])
         on conflict (workspace_id, contact_id) do update set words = excluded.words
            where contact_words.words <> excluded.words",
        tx.workspace.0,
        serde_json::Value::Array(rows),
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(taken.len())
}

/// What is kept of a message; nothing where it has no words, or is a change of state.
pub(super) fn message_words(author: Author, body: &Body) -> BTreeSet<String> {
    let Some(kind) = Kind::of(body) else { return BTreeSet::new() };
    let mut words = words(&said(body));
    if let (Some(sender), false) = (Sender::of(author, body), words.is_empty()) {
        words.insert(format!("={sender}"));
        words.insert(format!("={kind}"));
    }
    words
}

/// Everything a message says, as one text.
pub(super) fn said(body: &Body) -> String {
    match body {
        Body::Text { text } | Body::Note { text, .. } => text.clone(),
        Body::Buttons { text, buttons } => {
            buttons.iter().fold(text.clone(), |said, button| format!("{said}\n{}", button.title))
        }
        Body::File { file, text, buttons } => {
            let said = if text.is_empty() { file.name.clone() } else { format!("{text}\n{}", file.name) };
            buttons.iter().fold(said, |said, button| format!("{said}\n{}", button.title))
        }
        Body::List { text, sections, .. } => {
            sections.iter().flat_map(|section| &section.rows).fold(text.clone(), |said, row| {
                format!("{said}\n{} {}", row.title, row.description.as_deref().unwrap_or_default())
            })
        }
        Body::Reply { title, description, .. } => match description {
            Some(description) => format!("{title}\n{description}"),
            None => title.clone(),
        },
        Body::Placeholder(placeholder) => placeholder.text.clone().unwrap_or_default(),
        Body::Happening { .. } => String::new(),
    }
}
