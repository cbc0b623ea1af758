//! What a support desk on WhatsApp is: types and rules, and under the feature `postgres` the SQL stores.

mod words;

pub mod api_key;
pub mod attribute;
pub mod audit;
pub mod automatic;
pub mod channel;
pub mod chat;
pub mod contact;
#[cfg(feature = "postgres")]
pub mod db;
pub mod delivery;
pub mod error;
pub mod feed;
pub mod flow;
pub mod hours;
pub mod ids;
pub mod import;
pub mod journey;
pub mod media;
pub mod member;
pub mod message;
pub mod outbox;
pub mod outcome;
pub mod reply;
pub mod search;
pub mod segment;
pub mod setting;
pub mod tag;
pub mod task;
pub mod workspace;

pub use error::{Error, Result};
pub use ids::*;

/// A moment. Rules and queries take it as a parameter; nothing here reads a clock.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
