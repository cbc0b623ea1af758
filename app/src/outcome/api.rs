//! Outcomes, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::OutcomeId;
use domain::outcome::Outcome;
use leptos::prelude::*;

/// What an agent chooses from.
#[server(endpoint = "outcomes", input = Json, output = Json)]
pub async fn outcomes() -> Result<Vec<String>, AppError> {
    let (desk, _) = crate::context::signed_in().await?;
    Ok(domain::outcome::store::names(&desk).await?)
}

/// Supervisors: all of them, and how often they were chosen.
#[server(endpoint = "list_outcomes", input = Json, output = Json)]
pub async fn list_outcomes() -> Result<Vec<Outcome>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::outcome::store::list(&desk, &member).await?)
}

/// Supervisors: adds one.
#[server(endpoint = "create_outcome", input = Json, output = Json)]
pub async fn create_outcome(name: String) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::outcome::store::create(&desk, &member, &name, now()).await?)
}

/// Supervisors: gives one another name.
#[server(endpoint = "rename_outcome", input = Json, output = Json)]
pub async fn rename_outcome(outcome: OutcomeId, name: String) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::outcome::store::rename(&desk, &member, outcome, &name, now()).await?)
}

/// Supervisors: puts them into an order.
#[server(endpoint = "arrange_outcomes", input = Json, output = Json)]
pub async fn arrange_outcomes(order: Vec<OutcomeId>) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::outcome::store::arrange(&desk, &member, &order, now()).await?)
}

/// Supervisors: takes one from what can be chosen.
#[server(endpoint = "archive_outcome", input = Json, output = Json)]
pub async fn archive_outcome(outcome: OutcomeId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::outcome::store::archive(&desk, &member, outcome, now()).await?)
}

/// Supervisors: puts an archived one back.
#[server(endpoint = "restore_outcome", input = Json, output = Json)]
pub async fn restore_outcome(outcome: OutcomeId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::outcome::store::restore(&desk, &member, outcome, now()).await?)
}

#[cfg(feature = "ssr")]
fn now() -> domain::Timestamp {
    crate::context::context().clock.now()
}
