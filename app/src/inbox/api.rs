//! Lists of chats, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::chat::{HistoryFilter, List, Page, PageKey};
use leptos::prelude::*;

/// One page of a list, with counts and the feed number as of which it is true.
#[server(endpoint = "inbox_page", input = Json, output = Json)]
pub async fn inbox_page(list: List, after: Option<PageKey>) -> Result<Page, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::list::page(&desk, &member, list, after.as_ref()).await?)
}

/// Of History, those that somebody looks for.
#[server(endpoint = "inbox_history", input = Json, output = Json)]
pub async fn inbox_history(filter: HistoryFilter, after: Option<PageKey>) -> Result<Page, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::history::page(&desk, &member, &filter, after.as_ref()).await?)
}
