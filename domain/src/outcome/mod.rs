//! How a handling can end: what agents choose from when they resolve.

#[cfg(feature = "postgres")]
pub mod store;

use crate::{Error, OutcomeId, Result};
use serde::{Deserialize, Serialize};

/// What a new workspace begins with.
pub const FIRST: [&str; 4] = ["Solved", "Not solved", "Spam", "Other"];
/// Active outcomes that a workspace can have.
pub const MOST: i64 = 30;
/// Longest name, in characters.
pub const LONGEST: usize = 40;
/// Up to how many uses are counted.
pub const COUNTED: i64 = 1000;

/// An outcome in Manage's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which.
    pub id: OutcomeId,
    /// On screen.
    pub name: String,
    /// Whether it can no longer be chosen.
    pub archived: bool,
    /// How many handlings ended so, counted up to [`COUNTED`].
    pub used: i64,
}

/// A name as it is kept.
///
/// # Errors
/// `Invalid` where it is empty or too long.
pub fn name(typed: &str) -> Result<String> {
    let name = typed.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let name = name.collect::<Vec<_>>().join(" ");
    match name.chars().count() {
        1..=LONGEST => Ok(name),
        _ => Err(Error::Invalid(format!("A name has 1 to {LONGEST} characters."))),
    }
}
