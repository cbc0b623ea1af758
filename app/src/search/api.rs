//! Search, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::search::{Filter, Found, Key};
use leptos::prelude::*;

/// Customers and messages with these words; after `before` older messages.
#[server(endpoint = "search", input = Json, output = Json)]
pub async fn search(words: String, filter: Filter, before: Option<Key>) -> Result<Found, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::search::store::search(&desk, &member, &words, &filter, before).await?)
}
