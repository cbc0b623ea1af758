//! Tags, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::tag::{Change, Definitions, Label};
use domain::{ChatId, TagId};
use leptos::prelude::*;

/// The tags that members give, in order.
#[server(endpoint = "tag_choices", input = Json, output = Json)]
pub async fn tag_choices() -> Result<Vec<Label>, AppError> {
    let (desk, _) = crate::context::signed_in().await?;
    Ok(domain::tag::store::choices(&desk).await?)
}

/// Gives a tag to a chat's customer.
#[server(endpoint = "give_tag", input = Json, output = Json)]
pub async fn give_tag(chat: ChatId, tag: TagId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::tag::store::give(&desk, &member, chat, tag, now).await?)
}

/// Takes a tag off a chat's customer.
#[server(endpoint = "take_tag", input = Json, output = Json)]
pub async fn take_tag(chat: ChatId, tag: TagId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::tag::store::take(&desk, &member, chat, tag, now).await?)
}

/// Supervisors: categories, tags with their uses, and First Message rules.
#[server(endpoint = "read_tags", input = Json, output = Json)]
pub async fn read_tags() -> Result<Definitions, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::tag::define::read(&desk, &member).await?)
}

/// Supervisors: changes one of them.
#[server(endpoint = "change_tags", input = Json, output = Json)]
pub async fn change_tags(change: Change) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::tag::define::change(&desk, &member, change, now).await?)
}
