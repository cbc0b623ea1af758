//! What a workspace may decide for itself, and what holds where it has not.

#[cfg(feature = "postgres")]
pub mod store;

use crate::{Error, Result};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The live chat's settings; lengths of time in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How long a directed request waits for its target before it opens to everyone.
    pub accept_within: i64,
    /// After how long without a key or a click a member counts as Away.
    pub away_after: i64,
    /// How long a customer waits for an agent who is Away before the chat waits for anyone.
    pub give_back_after: i64,
    /// Whether supervisors may look on while an agent holds a chat.
    pub supervisors_watch: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { accept_within: 120, away_after: 900, give_back_after: 300, supervisors_watch: true }
    }
}

impl Settings {
    /// # Errors
    /// `Invalid` with the value that makes no sense.
    pub fn check(&self) -> Result<()> {
        let within = |value: i64, least: i64, most: i64, says: &str| {
            if (least..=most).contains(&value) { Ok(()) } else { Err(Error::Invalid(says.into())) }
        };
        within(self.accept_within, 10, 3600, "Accept within: between 10 seconds and an hour.")?;
        within(self.away_after, 60, 86_400, "Away after: between a minute and a day.")?;
        within(self.give_back_after, 0, 86_400, "Give back after: a day at most.")
    }

    /// [`Self::accept_within`] as a length of time.
    pub fn accepting(&self) -> TimeDelta {
        TimeDelta::seconds(self.accept_within)
    }
}
