//! A chat as it is opened: row, messages, draft, the line where the member stopped reading, the handover.

use super::{Handover, Row};
use crate::media::File;
use crate::message::Message;
use serde::{Deserialize, Serialize};

/// An opened chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Its row.
    pub row: Row,
    /// The newest messages, oldest first.
    pub messages: Vec<Message>,
    /// Whether there are older ones.
    pub older: bool,
    /// The place up to which this member has read; 0 for nothing.
    pub seen: i64,
    /// What this member typed and has not sent.
    pub draft: String,
    /// The titles of the buttons that go with it.
    #[serde(default)]
    pub buttons: Vec<String>,
    /// The file that goes with it.
    #[serde(default)]
    pub file: Option<File>,
    /// The note this member typed and has not saved.
    pub note: String,
    /// Why the chat came to the desk, while a handling is open.
    pub handover: Option<Handover>,
    /// The feed number as of which this is true.
    pub cursor: i64,
}
