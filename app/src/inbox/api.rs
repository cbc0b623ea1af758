//! Lists of chats, from a browser.

use crate::error::AppError;
use domain::chat::{List, Page, PageKey};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// One page of a list, with counts and the feed number as of which it is true.
#[server(endpoint = "inbox_page", input = Json)]
pub async fn inbox_page(list: List, after: Option<PageKey>) -> Result<Page, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::list::page(&desk, &member, list, after.as_ref()).await?)
}

/// Of History, those whose last request nobody took.
#[server(endpoint = "inbox_missed", input = Json)]
pub async fn inbox_missed(after: Option<PageKey>) -> Result<Page, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::list::missed(&desk, &member, after.as_ref()).await?)
}
