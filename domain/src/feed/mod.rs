//! The numbered stream of changes that live screens follow, and what one member gets of it.

mod batch;
#[cfg(feature = "postgres")]
mod bells;
#[cfg(feature = "postgres")]
pub mod sequencer;
#[cfg(feature = "postgres")]
pub mod store;

pub use batch::{Batch, Change, Loaded, Stance, counts, longest_wait};
#[cfg(feature = "postgres")]
pub use bells::Bells;

use crate::chat::{Counts, Row};
use crate::member::Presence;
use crate::message::Message;
use crate::{ChatId, Timestamp};
use serde::{Deserialize, Serialize};

/// What the server says over the live socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// First frame: the server's clock, and what it is.
    Hello {
        /// The server's time; the browser shows times by it.
        now: Timestamp,
        /// Names the browser's part that this server hands out: another one than before is a newer Baton.
        #[serde(default)]
        build: String,
    },
    /// Changes up to a feed number, as this member may see them.
    Changes {
        /// The number up to which the screen is now true.
        upto: i64,
        /// What changed.
        changes: Vec<ChatChange>,
        /// How many chats stand where, as of `upto`, where that changed for this member.
        counts: Option<Counts>,
        /// The longest waiting request this member may take.
        longest_wait: Option<Timestamp>,
        /// This member's own presence, where it changed.
        presence: Option<Presence>,
        /// Chats in full sight whose customer's profile changed beside the chat itself.
        profiles: Vec<ChatId>,
        /// Whether something that the workspace defines changed: tags, attributes, outcomes, canned replies, settings.
        defined: bool,
        /// Whether contacts without a chat changed, or what is done to many of them: tasks, imports. For supervisors.
        contacts: bool,
        /// The server's time.
        now: Timestamp,
    },
    /// Everything missed has been told; from here on changes come as they happen.
    Live,
    /// The screen stopped longer ago than the feed reaches back, or its rights changed: load everything again.
    Resync,
    /// The session has ended.
    SignedOut,
}

/// What changed in one chat, as one member may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatChange {
    /// Which.
    pub chat: ChatId,
    /// Its row now; `None` when it is out of sight.
    pub row: Option<Row>,
    /// Whether a thread of it kept by the screen is stale: sight was gained since.
    pub gained: bool,
    /// New or altered messages.
    pub messages: Vec<Message>,
}

/// What the browser says over the live socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Word {
    /// Keeps the connection open through proxies.
    Ping,
    /// Somebody types or clicks here.
    Active,
}
