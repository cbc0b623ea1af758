//! What every page of Manage begins with.

use crate::error::AppError;
use crate::json::Json;
use crate::sign_in::api::Me;
use domain::chat::Page;
use leptos::prelude::*;

/// Who is signed in, how many wait, and the feed number that the page follows from; `None` for nobody.
#[server(endpoint = "begin_managing", input = Json, output = Json)]
pub async fn begin_managing() -> Result<Option<(Me, Page)>, AppError> {
    let Some(me) = crate::sign_in::api::who_am_i().await? else { return Ok(None) };
    let (desk, member) = crate::context::signed_in().await?;
    let mut tx = desk.snapshot().await?;
    Ok(Some((me, domain::chat::list::standing(&mut tx, &member).await?)))
}
