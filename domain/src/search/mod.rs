//! Search over contacts and everything that was said: what is asked, and what is found.

#[cfg(feature = "postgres")]
mod fold;
#[cfg(feature = "postgres")]
pub mod index;
#[cfg(feature = "postgres")]
mod people;
#[cfg(feature = "postgres")]
mod query;
#[cfg(feature = "postgres")]
pub mod store;
#[cfg(feature = "postgres")]
pub(crate) mod within;

use crate::chat::Queue;
use crate::message::Body;
use crate::words::words;
use crate::{ChatId, ContactId, MessageId, Timestamp};
use serde::{Deserialize, Serialize};

/// Letters that count of what is typed.
#[cfg(feature = "postgres")]
const LONGEST: usize = 200;

words! {
    /// Who says what is looked for.
    Sender {
        /// The customer.
        Customer = "customer",
        /// The chatbot.
        Bot = "bot",
        /// A member, to the customer.
        Member = "member",
        /// A member, to the team.
        Note = "note",
        /// A campaign.
        Campaign = "campaign",
        /// One of the business's own systems.
        Api = "api",
    }
}

words! {
    /// What kind of message is looked for.
    Kind {
        /// Words.
        Text = "text",
        /// Photos, videos, voice, files: their captions and names.
        Media = "media",
        /// Buttons and lists, and what was chosen.
        Choice = "choice",
        /// Everything else.
        Other = "other",
    }
}

impl Kind {
    /// The kind of what a message says; `None` for what is not searched.
    pub fn of(body: &Body) -> Option<Self> {
        Some(match body {
            Body::Text { .. } | Body::Note { .. } => Self::Text,
            Body::File { .. } => Self::Media,
            Body::Buttons { .. } | Body::List { .. } | Body::Reply { .. } => Self::Choice,
            Body::Placeholder(placeholder) => match placeholder.kind.as_str() {
                "image" | "video" | "audio" | "voice" | "document" | "sticker" => Self::Media,
                _ => Self::Other,
            },
            Body::Happening { .. } => return None,
        })
    }
}

/// Which messages are looked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// By whom.
    pub sender: Option<Sender>,
    /// Of what kind.
    pub kind: Option<Kind>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// A place among the messages found, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// When it was said.
    pub at: Timestamp,
    /// Breaks ties.
    pub id: MessageId,
}

/// A part of a text, and whether it is what was looked for.
pub type Piece = (String, bool);

/// A customer who was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub contact: ContactId,
    /// Their chat that was used last, and where it stands; nobody has one who was only imported or added.
    pub chat: Option<(ChatId, Queue)>,
    /// What they are called.
    pub title: Vec<Piece>,
    /// What else they were found by, or their number.
    pub about: Vec<Piece>,
    /// When something was last said.
    pub last_at: Option<Timestamp>,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Its chat.
    pub chat: ChatId,
    /// Where that stands.
    pub queue: Queue,
    /// Its place in the thread.
    pub seq: i64,
    /// Its place among what was found.
    pub key: Key,
    /// The customer's name.
    pub title: String,
    /// Who says it.
    pub sender: Sender,
    /// Which member, where one does.
    pub member: Option<String>,
    /// The words around what was looked for.
    pub excerpt: Vec<Piece>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Customers, those last spoken with first; on the first page only.
    pub people: Vec<Person>,
    /// Messages, newest first.
    pub messages: Vec<Hit>,
    /// Whether there are older ones.
    pub more: bool,
    /// Whether older messages, or contacts that have changed, are still being taken in.
    pub indexing: bool,
    /// The feed number as of which this is true.
    pub cursor: i64,
}
