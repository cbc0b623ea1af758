//! API keys, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::ApiKeyId;
use domain::api_key::{ApiKey, Scope};
use leptos::prelude::*;

/// Owners: every key that holds, and the latest that were revoked.
#[server(endpoint = "list_api_keys", input = Json, output = Json)]
pub async fn list_api_keys() -> Result<Vec<ApiKey>, AppError> {
    let (desk, owner) = crate::context::signed_in().await?;
    Ok(domain::api_key::store::list(&desk, &owner).await?)
}

/// Owners: makes a key; its text, told this once.
#[server(endpoint = "create_api_key", input = Json, output = Json)]
pub async fn create_api_key(
    name: String,
    scopes: Vec<Scope>,
    #[server(default)] per_minute: Option<i32>,
) -> Result<String, AppError> {
    let (desk, owner) = crate::context::signed_in().await?;
    Ok(domain::api_key::store::create(&desk, &owner, &name, &scopes, per_minute, now()).await?)
}

/// Owners: ends a key.
#[server(endpoint = "revoke_api_key", input = Json, output = Json)]
pub async fn revoke_api_key(key: ApiKeyId) -> Result<(), AppError> {
    let (desk, owner) = crate::context::signed_in().await?;
    Ok(domain::api_key::store::revoke(&desk, &owner, key, now()).await?)
}

#[cfg(feature = "ssr")]
fn now() -> domain::Timestamp {
    crate::context::context().clock.now()
}
