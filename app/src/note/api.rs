//! Notes, from a browser.

use crate::error::AppError;
use domain::ChatId;
use domain::chat::MemberName;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Whom a note can mention: who sees the chat.
#[server(endpoint = "mentionable", input = Json)]
pub async fn mentionable(chat: ChatId) -> Result<Vec<MemberName>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::message::note::mentionable(&desk, &member, chat).await?)
}
