//! The table of contacts, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::contact::filter::Group;
use domain::contact::table::{Column, Counted, Key, Line, Page, Question, Setting};
use domain::task::{Action, Target, Task};
use domain::{ContactId, SegmentId, TaskId};
use leptos::prelude::*;

/// What can be filtered by, segments, and this member's columns.
#[server(endpoint = "contact_setting", input = Json, output = Json)]
pub async fn contact_setting() -> Result<Setting, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::contact::table_store::setting(&desk, &member, now).await?)
}

/// Keeps which columns this member looks at.
#[server(endpoint = "choose_columns", input = Json, output = Json)]
pub async fn choose_columns(columns: Vec<Column>) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::contact::table_store::choose_columns(&desk, &member, &columns).await?)
}

/// A page of the table.
#[server(endpoint = "contact_page", input = Json, output = Json)]
pub async fn contact_page(ask: Question, after: Option<Key>) -> Result<Page, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::contact::table_store::page(&desk, &member, ask, after.as_ref(), now).await?)
}

/// How many match, and how many are left out.
#[server(endpoint = "count_contacts", input = Json, output = Json)]
pub async fn count_contacts(filter: Group) -> Result<Counted, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::contact::table_store::count(&desk, &member, filter, now).await?)
}

/// Of contacts that are shown already, those still in sight, as they are now.
#[server(endpoint = "contact_lines", input = Json, output = Json)]
pub async fn contact_lines(ids: Vec<ContactId>) -> Result<Vec<Line>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::contact::table_store::again(&desk, &member, &ids).await?)
}

/// Saves a filter under a name: a new segment, or one that is there.
#[server(endpoint = "save_segment", input = Json, output = Json)]
pub async fn save_segment(segment: Option<SegmentId>, name: String, filter: Group) -> Result<SegmentId, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::segment::store::save(&desk, &member, segment, &name, filter, now).await?)
}

/// Deletes a segment.
#[server(endpoint = "delete_segment", input = Json, output = Json)]
pub async fn delete_segment(segment: SegmentId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::segment::store::delete(&desk, &member, segment, now).await?)
}

/// Begins something for many contacts.
#[server(endpoint = "begin_task", input = Json, output = Json)]
pub async fn begin_task(action: Action, target: Target) -> Result<TaskId, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::task::store::begin(&desk, &member, action, target, now).await?)
}

/// The latest of these, newest first.
#[server(endpoint = "latest_tasks", input = Json, output = Json)]
pub async fn latest_tasks() -> Result<Vec<Task>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::task::store::latest(&desk, &member, now).await?)
}

/// Stops one.
#[server(endpoint = "cancel_task", input = Json, output = Json)]
pub async fn cancel_task(task: TaskId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::task::store::cancel(&desk, &member, task, now).await?)
}

/// Puts back what one has changed.
#[server(endpoint = "undo_task", input = Json, output = Json)]
pub async fn undo_task(task: TaskId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::task::store::undo(&desk, &member, task, now).await?)
}
