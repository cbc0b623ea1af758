//! The live chat's settings, from a browser.

use crate::error::AppError;
use domain::setting::Settings;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Supervisors: the settings as they hold.
#[server(endpoint = "read_settings", input = Json)]
pub async fn read_settings() -> Result<Settings, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::setting::store::read(&desk, &member).await?)
}

/// Supervisors: changes them; what equals the default is forgotten.
#[server(endpoint = "change_settings", input = Json)]
pub async fn change_settings(settings: Settings) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::setting::store::change(&desk, &member, &settings, now).await?)
}
