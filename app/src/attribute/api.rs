//! Attributes, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::attribute::{Changed, Edited, Gone, Listed, Shape, Values};
use domain::{AttributeId, ChatId};
use leptos::prelude::*;

/// Sets a value of a chat's customer, or clears it; `version` is the one that the member saw.
#[server(endpoint = "set_attribute", input = Json, output = Json)]
pub async fn set_attribute(
    chat: ChatId,
    attribute: AttributeId,
    value: String,
    version: i64,
) -> Result<Edited, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::attribute::values::set(&desk, &member, chat, attribute, &value, version, now()).await?)
}

/// Supervisors: what the workspace has defined.
#[server(endpoint = "list_attributes", input = Json, output = Json)]
pub async fn list_attributes() -> Result<Vec<Listed>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::attribute::store::list(&desk, &member).await?)
}

/// Supervisors: defines an attribute.
#[server(endpoint = "create_attribute", input = Json, output = Json)]
pub async fn create_attribute(shape: Shape) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    domain::attribute::store::create(&desk, &member, shape, now()).await?;
    Ok(())
}

/// Supervisors: changes what was decided about an attribute, or tells what has to be decided first.
#[server(endpoint = "change_attribute", input = Json, output = Json)]
pub async fn change_attribute(attribute: AttributeId, shape: Shape, gone: Gone) -> Result<Changed, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::attribute::store::change(&desk, &member, attribute, shape, &gone, now()).await?)
}

/// Supervisors: puts attributes into an order.
#[server(endpoint = "arrange_attributes", input = Json, output = Json)]
pub async fn arrange_attributes(order: Vec<AttributeId>) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::attribute::store::arrange(&desk, &member, &order, now()).await?)
}

/// Supervisors: takes an attribute off the profiles.
#[server(endpoint = "archive_attribute", input = Json, output = Json)]
pub async fn archive_attribute(attribute: AttributeId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::attribute::store::archive(&desk, &member, attribute, now()).await?)
}

/// Supervisors: puts an archived attribute back.
#[server(endpoint = "restore_attribute", input = Json, output = Json)]
pub async fn restore_attribute(attribute: AttributeId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::attribute::store::restore(&desk, &member, attribute, now()).await?)
}

/// Supervisors: deletes an attribute for good.
#[server(endpoint = "delete_attribute", input = Json, output = Json)]
pub async fn delete_attribute(attribute: AttributeId, values: Values) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::attribute::store::delete(&desk, &member, attribute, values, now()).await?)
}

#[cfg(feature = "ssr")]
fn now() -> domain::Timestamp {
    crate::context::context().clock.now()
}
