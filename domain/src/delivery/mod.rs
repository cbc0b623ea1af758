//! The ledger of webhook POSTs: kept raw, processed after, every update accounted for.

#[cfg(feature = "postgres")]
pub mod store;

use crate::words::words;

words! {
    /// What an update in a delivery became.
    Outcome {
        /// It changed something.
        Stored = "stored",
        /// It had been received before.
        Repeated = "repeated",
        /// It names a number that is unknown or belongs to another app.
        Unrouted = "unrouted",
        /// It is kept in the ledger and needs nothing else.
        Kept = "kept",
        /// A status that waits for its message.
        Waiting = "waiting",
        /// It could not be processed; the detail says why.
        Failed = "failed",
    }
}
