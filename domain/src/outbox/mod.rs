//! What waits to be sent to WhatsApp.

#[cfg(feature = "postgres")]
pub mod claim;
#[cfg(feature = "postgres")]
mod fate;
#[cfg(feature = "postgres")]
pub mod receipt;
#[cfg(feature = "postgres")]
pub mod settle;
#[cfg(feature = "postgres")]
pub mod store;

use crate::message::{Body, Failure};
use crate::{AttemptId, ChannelId, ChatId, MessageId, WorkspaceId};
use chrono::TimeDelta;

/// How long a claim holds. A call to WhatsApp is given up earlier than this.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How much longer it holds where a file has to be uploaded first.
pub const UPLOAD: TimeDelta = TimeDelta::seconds(120);
/// How long after a claim without an answer a message is called lost from sight.
pub const SETTLE: TimeDelta = TimeDelta::minutes(2);
/// How often a refused send that may be repeated is repeated.
pub const MOST_ATTEMPTS: i32 = 8;

/// Whom a message goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A phone number, with `+`.
    Phone(String),
    /// A business-scoped user id.
    Bsuid(String),
}

/// A claimed row: everything the call to WhatsApp needs.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which message.
    pub message: MessageId,
    /// In which chat.
    pub chat: ChatId,
    /// This try; travels as `biz_opaque_callback_data`.
    pub attempt: AttemptId,
    /// The number it is sent from.
    pub channel: ChannelId,
    /// The same by WhatsApp's id.
    pub phone_number_id: String,
    /// The token for it.
    pub access_token: String,
    /// Whom it goes to.
    pub to: Recipient,
    /// What is said.
    pub body: Body,
}

/// What became of a call to WhatsApp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// WhatsApp has it, under this id.
    Accepted {
        /// The message's wamid.
        wamid: String,
    },
    /// WhatsApp refused in a way that may be tried again: limits only.
    Later {
        /// What it said.
        failure: Failure,
        /// Whether the limit is this customer's (131056), which grows as 4ⁿ seconds.
        pair: bool,
    },
    /// It was never handed over: no connection, or refused before a byte was written.
    NotSent,
    /// WhatsApp refused for good.
    Refused(Failure),
    /// WhatsApp refused the access token: the channel stops, the message stays queued.
    Unauthorised(Failure),
    /// No answer, or one that does not tell: it may have been sent.
    Unknown,
}
