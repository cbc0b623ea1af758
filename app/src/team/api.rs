//! Who works here, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::MemberId;
use domain::member::Colleague;
use leptos::prelude::*;

/// Everybody at the desk with what they do just now.
#[server(endpoint = "team", input = Json, output = Json)]
pub async fn team() -> Result<Vec<Colleague>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::member::store::team(&desk, &member).await?)
}

/// Owners: closes a member's account; their sessions end and their chats wait for everyone.
#[server(endpoint = "deactivate_member", input = Json, output = Json)]
pub async fn deactivate_member(member: MemberId) -> Result<(), AppError> {
    let (desk, owner) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::member::store::deactivate(&desk, &owner, member, now).await?)
}

/// Owners: opens it again.
#[server(endpoint = "reactivate_member", input = Json, output = Json)]
pub async fn reactivate_member(member: MemberId) -> Result<(), AppError> {
    let (desk, owner) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::member::store::reactivate(&desk, &owner, member, now).await?)
}
