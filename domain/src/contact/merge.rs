//! Contacts that are one person: what is suggested, what was joined.

use super::Source;
use crate::{AttributeId, ContactId, MergeId, Timestamp};
use serde::{Deserialize, Serialize};

/// One of two contacts that may be one person, as they are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Which.
    pub contact: ContactId,
    /// As they call themselves.
    pub name: Option<String>,
    /// Phone numbers, BSUID, username: kind and value.
    pub identities: Vec<(String, String)>,
    /// Attributes that have a value: name and value, as it is shown.
    pub attributes: Vec<(String, String)>,
    /// Names of tags.
    pub tags: Vec<String>,
    /// When they were first seen.
    pub first_seen: Timestamp,
    /// When they last wrote.
    pub last_active: Option<Timestamp>,
    /// Messages either way.
    pub messages: i64,
    /// Where they came from.
    pub source: Source,
}

/// Two contacts that may be one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The one that was seen first.
    pub one: Side,
    /// The other.
    pub other: Side,
    /// What speaks for it.
    pub why: String,
}

/// Two contacts that were joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Which merge.
    pub id: MergeId,
    /// What the one that stays is called.
    pub into: String,
    /// What the one that became a part of it is called.
    pub from: String,
    /// Why.
    pub why: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Where looking for duplicates goes on: values set before this one.
pub type Place = (Timestamp, ContactId, AttributeId);

/// A place among merges, from the newest on.
pub type MergePlace = (Timestamp, MergeId);

/// What the page of duplicates shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicates {
    /// Suggestions.
    pub pairs: Vec<Pair>,
    /// Merges, newest first.
    pub joined: Vec<Joined>,
    /// After which there are more of them.
    pub joined_further: Option<MergePlace>,
    /// Where to look next for older ones.
    pub further: Option<Place>,
}

impl Side {
    /// Name or number: never empty.
    pub fn title(&self) -> String {
        let first = || self.identities.first().map(|(_, value)| value.clone());
        self.name
            .clone()
            .filter(|name| !name.trim().is_empty())
            .or_else(first)
            .unwrap_or_else(|| "WhatsApp user".into())
    }
}
