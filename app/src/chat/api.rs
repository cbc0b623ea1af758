//! One chat, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::chat::{Queue, Thread};
use domain::message::Message;
#[cfg(feature = "ssr")]
use domain::message::Offer;
use domain::{ChatId, ContactId, MediaId, MemberId, MessageId, ScreenId};
use leptos::prelude::*;

/// Opens a chat.
#[server(endpoint = "open_chat", input = Json, output = Json)]
pub async fn open_chat(chat: ChatId) -> Result<Thread, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::open::open(&desk, &member, chat).await?)
}

/// Older messages, before the given place; and whether there are more.
#[server(endpoint = "older_messages", input = Json, output = Json)]
pub async fn older_messages(chat: ChatId, before: i64) -> Result<(Vec<Message>, bool), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::open::older(&desk, &member, chat, before).await?)
}

/// Where a chat that is read within another stands in it.
#[server(endpoint = "place_within", input = Json, output = Json)]
pub async fn place_within(chat: ChatId) -> Result<(Queue, ChatId, i64, ContactId), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::open::place_within(&desk, &member, chat).await?)
}

/// Messages of a contact that became a part of this chat's; and whether there are older ones.
#[server(endpoint = "folded_messages", input = Json, output = Json)]
pub async fn folded_messages(
    chat: ChatId,
    contact: ContactId,
    before: Option<i64>,
) -> Result<(Vec<Message>, bool), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::open::folded(&desk, &member, chat, contact, before).await?)
}

/// Writes to the customer, with buttons below by their titles and a file; or a note. The browser makes the id: the same one twice is one message.
#[server(endpoint = "send_message", input = Json, output = Json)]
pub async fn send_message(
    chat: ChatId,
    id: MessageId,
    text: String,
    #[server(default)] note: bool,
    #[server(default)] buttons: Vec<String>,
    #[server(default)] file: Option<MediaId>,
) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    if note {
        return Ok(domain::message::note::write(&desk, &member, chat, id, &text, now()).await?);
    }
    let offer = Offer { text: &text, buttons: &buttons, file };
    Ok(domain::message::store::offer(&desk, &member, chat, id, offer, now()).await?)
}

/// Sends a message again that failed or whose fate is unknown.
#[server(endpoint = "send_again", input = Json, output = Json)]
pub async fn send_again(chat: ChatId, id: MessageId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::message::store::send_again(&desk, &member, chat, id, now()).await?)
}

/// Takes the chat.
#[server(endpoint = "intervene", input = Json, output = Json)]
pub async fn intervene(chat: ChatId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    domain::chat::act::by_member(&desk, &member, chat, domain::chat::Command::Intervene, now()).await?;
    Ok(tell_whatsapp(&desk, &member, chat, false).await?)
}

/// Takes the chat that has waited longest; `None` when nobody waits.
#[server(endpoint = "take_next", input = Json, output = Json)]
pub async fn take_next() -> Result<Option<ChatId>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let taken = domain::chat::next::take_next(&desk, &member, now()).await?;
    if let Some(chat) = taken {
        tell_whatsapp(&desk, &member, chat, false).await?;
    }
    Ok(taken)
}

/// The chat of a contact, made where there is none.
#[server(endpoint = "begin_chat", input = Json, output = Json)]
pub async fn begin_chat(contact: ContactId) -> Result<(Queue, ChatId), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::begin::begin(&desk, &member, contact, now()).await?)
}

/// A supervisor takes the chat from whoever holds it.
#[server(endpoint = "take_over", input = Json, output = Json)]
pub async fn take_over(chat: ChatId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::act::by_member(&desk, &member, chat, domain::chat::Command::TakeOver, now()).await?)
}

/// Passes the chat to a member, or to everyone.
#[server(endpoint = "transfer", input = Json, output = Json)]
pub async fn transfer(chat: ChatId, to: Option<MemberId>, note: String) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let command = domain::chat::Command::Transfer { to, note: note.trim().to_owned() };
    Ok(domain::chat::act::by_member(&desk, &member, chat, command, now()).await?)
}

/// A supervisor looks on, from one of their screens.
#[server(endpoint = "watch", input = Json, output = Json)]
pub async fn watch(chat: ChatId, screen: ScreenId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::watch::open(&desk, &member, chat, screen, now()).await?)
}

/// Ends looking on, on one of the member's screens or on all of them.
#[server(endpoint = "end_watch", input = Json, output = Json)]
pub async fn end_watch(chat: ChatId, screen: Option<ScreenId>) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::chat::watch::close(&desk, &member, chat, screen, now()).await?)
}

/// Settles the query and hands the chat back to the bot.
#[server(endpoint = "resolve", input = Json, output = Json)]
pub async fn resolve(chat: ChatId, outcome: Option<String>, note: Option<String>) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let command = domain::chat::Command::Resolve { outcome, note };
    Ok(domain::chat::act::by_member(&desk, &member, chat, command, now()).await?)
}

/// Takes a Resolve back, for some seconds.
#[server(endpoint = "undo_resolve", input = Json, output = Json)]
pub async fn undo_resolve(chat: ChatId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let command = domain::chat::Command::UndoResolve { resolved_by: None, resolved_at: None, was: None };
    Ok(domain::chat::act::by_member(&desk, &member, chat, command, now()).await?)
}

/// Notes that everything in the chat has been read.
#[server(endpoint = "mark_seen", input = Json, output = Json)]
pub async fn mark_seen(chat: ChatId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    match domain::chat::open::mark_seen(&desk, &member, chat, now()).await {
        // Out of sight by now: there is nothing left to mark.
        Err(domain::Error::NotFound) => Ok(()),
        marked => {
            marked?;
            Ok(tell_whatsapp(&desk, &member, chat, false).await?)
        }
    }
}

/// The holder types; WhatsApp shows it to the customer.
#[server(endpoint = "typing", input = Json, output = Json)]
pub async fn typing(chat: ChatId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(tell_whatsapp(&desk, &member, chat, true).await?)
}

#[cfg(feature = "ssr")]
async fn tell_whatsapp(
    desk: &domain::db::Desk,
    member: &domain::member::Member,
    chat: ChatId,
    typing: bool,
) -> domain::Result<()> {
    if let Some(receipt) = domain::outbox::receipt::receipt(desk, member, chat, typing).await? {
        // Where too many wait, this one is not missed.
        let _ = crate::context::context().receipts.try_send(receipt);
    }
    Ok(())
}

/// Keeps what was typed, for the customer or as a note.
#[server(endpoint = "save_draft", input = Json, output = Json)]
pub async fn save_draft(
    chat: ChatId,
    text: String,
    #[server(default)] note: bool,
    #[server(default)] buttons: Vec<String>,
    #[server(default)] file: Option<MediaId>,
) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    if note {
        return Ok(domain::chat::open::save_note_draft(&desk, &member, chat, &text, now()).await?);
    }
    let offer = Offer { text: &text, buttons: &buttons, file };
    Ok(domain::chat::open::save_offer_draft(&desk, &member, chat, offer, now()).await?)
}

#[cfg(feature = "ssr")]
fn now() -> domain::Timestamp {
    crate::context::context().clock.now()
}
