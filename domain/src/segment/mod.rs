//! Filters of contacts that supervisors have saved.

#[cfg(feature = "postgres")]
pub mod store;

use crate::SegmentId;
use crate::contact::filter::Group;
use serde::{Deserialize, Serialize};

/// Segments of a workspace.
pub const MOST: i64 = 200;
/// Longest name, in characters.
pub const LONGEST_NAME: usize = 60;

/// A saved filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Which.
    pub id: SegmentId,
    /// Its name.
    pub name: String,
    /// Whom it means.
    pub filter: Group,
    /// How many of its conditions are about a tag or an attribute that is gone or archived: they hold for nobody.
    pub gone: u32,
}
