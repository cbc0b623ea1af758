//! The audit log, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::audit::{Entry, Filter, Filters};
use domain::{AuditId, Timestamp};
use leptos::prelude::*;

/// Supervisors: entries before the given one, newest first, and whether there are more.
#[server(endpoint = "audit_page", input = Json, output = Json)]
pub async fn audit_page(filter: Filter, before: Option<(Timestamp, AuditId)>) -> Result<(Vec<Entry>, bool), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::audit::store::page(&desk, &member, &filter, before).await?)
}

/// Supervisors: what the log can be filtered by.
#[server(endpoint = "audit_filters", input = Json, output = Json)]
pub async fn audit_filters() -> Result<Filters, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::audit::store::filters(&desk, &member).await?)
}
