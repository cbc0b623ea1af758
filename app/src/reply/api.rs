//! Canned replies, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::reply::Reply;
use domain::{ChatId, MediaId, ReplyId};
use leptos::prelude::*;

/// What the member may use: their own first, then everybody's.
#[server(endpoint = "list_replies", input = Json, output = Json)]
pub async fn list_replies() -> Result<Vec<Reply>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::reply::store::all(&desk, &member).await?)
}

/// What fills the blanks in a chat.
#[server(endpoint = "reply_values", input = Json, output = Json)]
pub async fn reply_values(chat: ChatId) -> Result<Vec<(String, String)>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::reply::store::values(&desk, &member, chat).await?)
}

/// The attributes that replies may name: key and name.
#[server(endpoint = "reply_attributes", input = Json, output = Json)]
pub async fn reply_attributes() -> Result<Vec<(String, String)>, AppError> {
    let (desk, _) = crate::context::signed_in().await?;
    Ok(domain::reply::store::attributes(&desk).await?)
}

/// Saves a reply, a file with it, a new one without an id: one's own, or everybody's by a supervisor.
#[server(endpoint = "save_reply", input = Json, output = Json)]
pub async fn save_reply(
    id: Option<ReplyId>,
    code: String,
    text: String,
    own: bool,
    #[server(default)] buttons: Vec<String>,
    #[server(default)] file: Option<MediaId>,
) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    let draft = domain::reply::Draft { code: &code, text: &text, buttons: &buttons, file, own };
    domain::reply::store::save(&desk, &member, id, draft, now).await?;
    Ok(())
}

/// Deletes a reply.
#[server(endpoint = "delete_reply", input = Json, output = Json)]
pub async fn delete_reply(id: ReplyId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::reply::store::delete(&desk, &member, id, now).await?)
}
