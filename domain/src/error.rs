//! The one error type, worded for the person who sees it.

use crate::chat::Refusal;
use serde::{Deserialize, Serialize};

/// Why something was not done. `Display` is what a person reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Error {
    /// Unknown, or out of this member's sight: the two must not be told apart.
    #[error("This does not exist, or you cannot see it.")]
    NotFound,
    /// No session, or one that has ended.
    #[error("You are signed out. Please sign in again.")]
    SignedOut,
    /// Signed in, but without the right.
    #[error("You do not have the right to do this.")]
    Forbidden,
    /// A state rule said no.
    #[error("{0}")]
    Refused(Refusal),
    /// Input that cannot be used; the text says which and why.
    #[error("{0}")]
    Invalid(String),
    /// Input that is larger than anybody takes; the text says how large it may be.
    #[error("{0}")]
    TooLarge(String),
    /// Too many tries.
    #[error("Too many tries. Please wait {seconds} seconds.")]
    Throttled {
        /// Seconds until the next try makes sense.
        seconds: i64,
    },
    /// Ours to mend; the cause was logged where it happened.
    #[error("Something went wrong on our side. Nothing was lost; please try again.")]
    Internal,
    /// The server could not be reached.
    #[error("No connection to the server.")]
    Unreachable,
}

/// Shorthand for the crate's results.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::Error> for Error {
    #[track_caller]
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NotFound,
            error => {
                let at = std::panic::Location::caller();
                tracing::error!(%error, at = %at, "database");
                Self::Internal
            }
        }
    }
}

#[cfg(feature = "postgres")]
impl From<serde_json::Error> for Error {
    #[track_caller]
    fn from(error: serde_json::Error) -> Self {
        let at = std::panic::Location::caller();
        tracing::error!(%error, at = %at, "stored JSON does not fit its type");
        Self::Internal
    }
}
