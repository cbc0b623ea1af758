//! Meta apps and WhatsApp business numbers.

#[cfg(feature = "postgres")]
pub mod connect;
#[cfg(feature = "postgres")]
pub mod store;

use crate::{AppId, ChannelId, WorkspaceId};

/// One Meta app: what a webhook is checked against.
#[derive(Clone, Debug)]
pub struct App {
    /// Which; stands in the webhook's address.
    pub id: AppId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Answers Meta's verification request.
    pub verify_token: String,
    /// Sign its webhooks; several while a secret is being rotated.
    pub secrets: Vec<String>,
}

/// One WhatsApp business number.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Which.
    pub id: ChannelId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// The app it belongs to.
    pub app: AppId,
    /// Meta's id for it.
    pub phone_number_id: String,
}
