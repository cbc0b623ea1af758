//! What every page of Manage begins with.

use crate::error::AppError;
use crate::sign_in::api::Me;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Who is signed in, and the feed number that the page follows from; `None` for nobody.
#[server(endpoint = "begin_managing", input = Json)]
pub async fn begin_managing() -> Result<Option<(Me, i64)>, AppError> {
    let Some(me) = crate::sign_in::api::who_am_i().await? else { return Ok(None) };
    let (desk, _) = crate::context::signed_in().await?;
    let mut tx = desk.snapshot().await?;
    Ok(Some((me, domain::feed::store::cursor(&mut tx).await?)))
}
