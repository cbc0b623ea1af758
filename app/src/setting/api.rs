//! The live chat's settings, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::hours::Hours;
use domain::setting::Settings;
use leptos::prelude::*;

/// Supervisors: the settings as they hold.
#[server(endpoint = "read_settings", input = Json, output = Json)]
pub async fn read_settings() -> Result<Settings, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::setting::store::read(&desk, &member).await?)
}

/// Supervisors: changes what differs between the two; the settings as they hold then.
#[server(endpoint = "change_settings", input = Json, output = Json)]
pub async fn change_settings(before: Settings, after: Settings) -> Result<Settings, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::setting::store::change(&desk, &member, &before, &after, now).await?)
}

/// Supervisors: whether people answer now by these hours, and when they do next, in words.
#[server(endpoint = "look_at_hours", input = Json, output = Json)]
pub async fn look_at_hours(hours: Hours) -> Result<(bool, String), AppError> {
    let (_, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::setting::store::look_at_hours(&member, &hours, now)?)
}

/// The names of the world's time zones.
#[server(endpoint = "time_zones", input = Json, output = Json)]
pub async fn time_zones() -> Result<Vec<String>, AppError> {
    crate::context::signed_in().await?;
    Ok(domain::hours::zones())
}
