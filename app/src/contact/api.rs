//! The profile panel, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::contact::{Draft, Duplicates, MergePlace, Opted, Place, Profile};
use domain::{ChatId, ContactId, MergeId};
#[cfg(feature = "ssr")]
use domain::{Error, chat::Refusal};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What the right-hand panel has to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opened {
    /// Everything.
    Profile(Box<Profile>),
    /// Nothing, as long as another chat of the customer's is with another member.
    Withheld,
}

/// The profile of a chat's customer; `None` out of sight, which a screen may not have heard of yet.
#[server(endpoint = "open_profile", input = Json, output = Json)]
pub async fn open_profile(chat: ChatId) -> Result<Option<Opened>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    match domain::contact::profile_store::profile(&desk, &member, chat).await {
        Ok(profile) => Ok(Some(Opened::Profile(Box::new(profile)))),
        Err(Error::Refused(Refusal::ContactElsewhere)) => Ok(Some(Opened::Withheld)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Says what a chat's customer is called.
#[server(endpoint = "rename_contact", input = Json, output = Json)]
pub async fn rename_contact(chat: ChatId, name: String) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::contact::naming::rename(&desk, &member, chat, &name, now).await?)
}

/// Notes what a chat's customer said about campaigns.
#[server(endpoint = "set_opted", input = Json, output = Json)]
pub async fn set_opted(chat: ChatId, opted: Opted) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::contact::edit::set_opted(&desk, &member, chat, opted, now).await?)
}

/// Supervisors, and whoever holds the chat: blocks its customer, or lets them be again.
#[server(endpoint = "set_blocked", input = Json, output = Json)]
pub async fn set_blocked(chat: ChatId, blocked: bool) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::contact::edit::set_blocked(&desk, &member, chat, blocked, now).await?)
}

/// Supervisors: adds a contact by hand.
#[server(endpoint = "add_contact", input = Json, output = Json)]
pub async fn add_contact(draft: Draft) -> Result<ContactId, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::contact::edit::add(&desk, &member, &draft, now).await?)
}

/// Supervisors: contacts that may be one person, looked for among the newest values or those before a place.
#[server(endpoint = "find_duplicates", input = Json, output = Json)]
pub async fn find_duplicates(before: Option<Place>, merged_before: Option<MergePlace>) -> Result<Duplicates, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    Ok(domain::contact::duplicates::find(&desk, &member, before, merged_before).await?)
}

/// Supervisors: two contacts are one; the first stays.
#[server(endpoint = "merge_contacts", input = Json, output = Json)]
pub async fn merge_contacts(into: ContactId, from: ContactId) -> Result<MergeId, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::contact::merge_store::merge(&desk, &member, into, from, now).await?)
}

/// Supervisors: they were two after all.
#[server(endpoint = "undo_merge", input = Json, output = Json)]
pub async fn undo_merge(merge: MergeId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::contact::merge_store::undo(&desk, &member, merge, now).await?)
}

/// Supervisors: these two are not one; they are suggested no more.
#[server(endpoint = "dismiss_duplicate", input = Json, output = Json)]
pub async fn dismiss_duplicate(one: ContactId, other: ContactId) -> Result<(), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let now = crate::context::context().clock.now();
    Ok(domain::contact::apart::dismiss(&desk, &member, one, other, now).await?)
}
