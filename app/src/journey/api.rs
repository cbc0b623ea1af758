//! The journey, from a browser.

use crate::error::AppError;
use crate::json::Json;
use domain::ChatId;
use domain::journey::{JourneyStep, StepKey};
use leptos::prelude::*;

/// Steps of a customer's journey, newest first, and whether there are older ones. What they are about and who did
/// them are the words of `Part` and `DoerKind`, or a member's id; none for everything.
#[server(endpoint = "journey_page", input = Json, output = Json)]
pub async fn journey_page(
    chat: ChatId,
    part: String,
    doer: String,
    before: Option<StepKey>,
) -> Result<(Vec<JourneyStep>, bool), AppError> {
    let (desk, member) = crate::context::signed_in().await?;
    let filter = domain::journey::Filter::of(&part, &doer)?;
    Ok(domain::contact::profile_store::journey_page(&desk, &member, chat, filter, before).await?)
}
