//! Imports, from a browser. The file itself goes to `/import/contacts`.

use crate::error::AppError;
use crate::json::Json;
use domain::ImportId;
use domain::import::{Failure, Import, Opened, Plan};
use leptos::prelude::*;

/// Supervisors: the latest imports.
#[server(endpoint = "list_imports", input = Json, output = Json)]
pub async fn list_imports() -> Result<Vec<Import>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::import::store::list(&desk, &member).await?)
}

/// Supervisors: one with everything that its page shows.
#[server(endpoint = "open_import", input = Json, output = Json)]
pub async fn open_import(import: ImportId) -> Result<Opened, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::import::store::open(&desk, &member, import).await?)
}

/// Supervisors: more rows with problems, after one of them.
#[server(endpoint = "import_failures", input = Json, output = Json)]
pub async fn import_failures(import: ImportId, after: i32) -> Result<(Vec<Failure>, bool), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::import::store::failures(&desk, &member, import, after).await?)
}

/// Supervisors: decides how a file is read, and lets every row be looked at.
#[server(endpoint = "check_import", input = Json, output = Json)]
pub async fn check_import(import: ImportId, plan: Plan) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::import::store::check(&desk, &member, import, plan, now).await?)
}

/// Supervisors: begins to import, or goes on.
#[server(endpoint = "start_import", input = Json, output = Json)]
pub async fn start_import(import: ImportId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::import::store::start(&desk, &member, import, now).await?)
}

/// Supervisors: stops.
#[server(endpoint = "stop_import", input = Json, output = Json)]
pub async fn stop_import(import: ImportId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::import::store::stop(&desk, &member, import, now).await?)
}

/// Supervisors: forgets a file. Its contacts stay.
#[server(endpoint = "delete_import", input = Json, output = Json)]
pub async fn delete_import(import: ImportId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::import::store::delete(&desk, &member, import, now).await?)
}
