//! One thing said in a chat.

mod body;
pub mod buttons;
#[cfg(feature = "postgres")]
pub mod by_api;
pub mod note;
mod offer;
#[cfg(feature = "postgres")]
pub mod receive;
#[cfg(feature = "postgres")]
pub mod store;

pub use body::{Body, Choice, Placeholder, Section};
pub use offer::{Offer, longest};

use crate::chat::MemberName;
use crate::words::words;
use crate::{ChatId, MessageId, Timestamp};
use serde::{Deserialize, Serialize};

words! {
    /// Who says it.
    Author {
        /// The customer.
        Customer = "customer",
        /// The chatbot.
        Bot = "bot",
        /// A member of the desk.
        Member = "member",
        /// A campaign.
        Campaign = "campaign",
        /// One of the business's own systems.
        Api = "api",
        /// Baton itself: a change of state between the messages.
        System = "system",
    }
}

words! {
    /// How far a message to the customer has come.
    Delivery {
        /// Waits to be sent.
        Queued = "queued",
        /// Handed to WhatsApp, no answer yet.
        Sending = "sending",
        /// WhatsApp has it.
        Sent = "sent",
        /// The customer's phone has it.
        Delivered = "delivered",
        /// The customer has read it.
        Read = "read",
        /// The customer has played it (voice).
        Played = "played",
        /// Refused, with a reason.
        Failed = "failed",
        /// No answer came: it may or may not have arrived.
        Unknown = "unknown",
        /// Not sent: an agent took over before the bot's row was claimed.
        Withdrawn = "withdrawn",
    }
}

impl Delivery {
    /// Which of two is shown: played > read > failed > delivered > sent (design §4). What is not yet
    /// answered ranks below every answer.
    pub fn rank(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Sending => 1,
            Self::Unknown | Self::Withdrawn => 2,
            Self::Sent => 3,
            Self::Delivered => 4,
            Self::Failed => 5,
            Self::Read => 6,
            Self::Played => 7,
        }
    }
}

/// Why a message failed, as WhatsApp said it and in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// WhatsApp's error code; `0` for Baton's own reasons.
    pub code: i64,
    /// What a person reads.
    pub words: String,
    /// WhatsApp's own title and details.
    pub detail: String,
}

impl Failure {
    /// From WhatsApp's error code, title and details
    /// (<https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>).
    pub fn from_code(code: i64, detail: String) -> Self {
        let words = match code {
            131_047 => "The customer last wrote more than 24 hours ago; WhatsApp allows only templates now.",
            131_026 => "WhatsApp could not deliver this. The number may not use WhatsApp, or has blocked you.",
            131_049 | 131_050 => "The customer does not want marketing messages.",
            131_053 | 131_052 => "WhatsApp could not take this file.",
            131_051 => "WhatsApp does not support this kind of message.",
            131_021 => "A number cannot write to itself.",
            131_030 => "This number is not on the test number's list of allowed recipients.",
            131_031 | 368 => "WhatsApp has locked this business account.",
            131_042 | 131_044 => "WhatsApp reports a payment problem with this business account.",
            131_045 | 133_010 => "This WhatsApp number is not registered.",
            131_056 => "Too many messages to this customer in a short time.",
            130_429 | 80_007 | 4 => "WhatsApp's sending limit was reached.",
            0 | 190 => "WhatsApp refused Baton's access token. An administrator has to renew it.",
            10 | 200..=299 | 3 | 131_005 => "Baton lacks WhatsApp's permission to send from this number.",
            33 | 100 | 131_008 | 131_009 => "WhatsApp refused the message as malformed.",
            _ => "WhatsApp refused this message.",
        };
        Self { code, words: words.into(), detail }
    }

    /// One of Baton's own reasons.
    pub fn own(words: &str) -> Self {
        Self { code: -1, words: words.into(), detail: String::new() }
    }
}

/// A message, as those see it who may read the chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Which; made by the browser for agents' messages.
    pub id: MessageId,
    /// In which chat.
    pub chat: ChatId,
    /// Its place in the thread, dense from 1; 0 on the sender's screen until the server gives one.
    pub seq: i64,
    /// Grows with every change.
    pub version: i64,
    /// Who says it.
    pub author: Author,
    /// Which member, where one does.
    pub member: Option<MemberName>,
    /// What.
    pub body: Body,
    /// When.
    pub at: Timestamp,
    /// How far it has come; `None` where nothing is sent.
    pub delivery: Option<Delivery>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

#[cfg(test)]
mod tests {
    use super::Delivery::{Delivered, Failed, Played, Read, Sent};

    #[test]
    fn what_is_shown_follows_played_read_failed_delivered_sent() {
        let order = [Sent, Delivered, Failed, Read, Played];
        assert!(order.windows(2).all(|pair| pair[0].rank() < pair[1].rank()));
    }
}
