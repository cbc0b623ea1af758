//! What supervisors have to be able to look up later.

#[cfg(feature = "postgres")]
mod changes;
#[cfg(feature = "postgres")]
mod sentence;
#[cfg(feature = "postgres")]
pub mod store;

#[cfg(feature = "postgres")]
use sentence::{sentence, title};

use crate::chat::MemberName;
use crate::{AuditId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};

/// One thing that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who, by the name they had then.
    pub name: String,
    /// What, in words that follow the name.
    pub what: String,
}

/// Which entries are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Of one kind.
    pub kind: Option<String>,
    /// By one member.
    pub member: Option<MemberId>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// What the log can be filtered by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filters {
    /// Kinds: the word on screen, and the kind.
    pub kinds: Vec<(String, String)>,
    /// Members, also those who were deactivated.
    pub members: Vec<MemberName>,
}
