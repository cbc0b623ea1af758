//! The profile panel, from a browser.

use crate::error::AppError;
use domain::ChatId;
use domain::contact::Profile;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The profile of a chat's customer; `None` out of sight, which a screen may not have heard of yet.
#[server(endpoint = "open_profile", input = Json)]
pub async fn open_profile(chat: ChatId) -> Result<Option<Profile>, AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    match domain::contact::profile_store::profile(&desk, &member, chat).await {
        Ok(profile) => Ok(Some(profile)),
        Err(domain::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
