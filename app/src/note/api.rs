//! Notes, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::ChatId;
use domain::chat::MemberName;
use domain::message::Message;
use domain::message::note::{Mention, NoteKey};
use leptos::prelude::*;

/// Whom a note can mention: who sees the chat.
#[server(endpoint = "mentionable", input = Json, output = Json)]
pub async fn mentionable(chat: ChatId) -> Result<Vec<MemberName>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::message::note::mentionable(&desk, &member, chat).await?)
}

/// Older notes about a chat's customer, newest first, and whether there are older ones yet.
#[server(endpoint = "note_page", input = Json, output = Json)]
pub async fn note_page(chat: ChatId, before: NoteKey) -> Result<(Vec<Message>, bool), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::contact::profile_store::note_page(&desk, &member, chat, before).await?)
}

/// Notes that mention whoever is signed in, and that they have not read.
#[server(endpoint = "unread_mentions", input = Json, output = Json)]
pub async fn unread_mentions() -> Result<Vec<Mention>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::message::note::unread(&desk, &member).await?)
}
