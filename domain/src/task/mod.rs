//! What is done to many contacts at once: begun by supervisors, done in batches, and put back where nobody has
//! changed it since.

#[cfg(feature = "postgres")]
mod apply;
#[cfg(feature = "postgres")]
pub mod step;
#[cfg(feature = "postgres")]
pub mod store;
#[cfg(feature = "postgres")]
mod undo;

use crate::contact::filter::Group;
use crate::contact::table::Column;
use crate::words::words;
use crate::{AttributeId, ContactId, TagId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

/// Contacts that are visited in one transaction.
pub const BATCH: i64 = 100;
/// Contacts that can be chosen one by one.
pub const MOST_CHOSEN: usize = 10_000;

/// What is done to each contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// They get a tag.
    GiveTag(TagId),
    /// A tag is taken off.
    TakeTag(TagId),
    /// An attribute gets a value, or none.
    SetAttribute {
        /// Which.
        attribute: AttributeId,
        /// As it was typed; once begun, as it is kept.
        value: String,
    },
    /// They are written into a file: by its download, not by the job.
    Export {
        /// What of each, beside the name.
        columns: Vec<Column>,
    },
}

/// Whom it is done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// All that match.
    Matching(Group),
    /// These.
    Chosen(Vec<ContactId>),
}

words! {
    /// How far a task is.
    State {
        /// Being done.
        Running = "running",
        /// Done.
        Done = "done",
        /// Stopped before its end.
        Cancelled = "cancelled",
        /// Being put back.
        Undoing = "undoing",
        /// Put back.
        Undone = "undone",
    }
}

impl State {
    /// Whether something still happens.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Running | Self::Undoing)
    }
}

/// A task, as supervisors see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Which.
    pub id: TaskId,
    /// Who began it.
    pub by: String,
    /// What it does: `Give the tag VIP`.
    pub words: String,
    /// Whether it is a file that is taken away: it changes nothing.
    pub export: bool,
    /// How far it is.
    pub state: State,
    /// Contacts it is for, once they have been counted.
    pub total: Option<i64>,
    /// Of those, how many it has come to.
    pub visited: i64,
    /// How many it has changed, or written into its file; the others were so already, or could not be.
    pub changed: i64,
    /// How many were put back.
    pub put_back: i64,
    /// How many were left alone on the way back: somebody changed them since, or holds a chat of theirs.
    pub left_alone: i64,
    /// How many it was not for, as somebody else held a chat of theirs when it began: of the chosen, or else all of them,
    /// whether they match or not.
    pub left_out: i64,
    /// Why it ended early.
    pub why: Option<String>,
    /// When it was begun.
    pub made_at: Timestamp,
}

impl Task {
    /// Whether there is something to put back.
    pub fn can_be_undone(&self) -> bool {
        !self.export && matches!(self.state, State::Done | State::Cancelled) && self.changed > 0
    }
}
