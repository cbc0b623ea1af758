//! What wakes the waiting parts of this process after a commit. The tables are the truth; a lost ring
//! costs a second, never a change.

use tokio::sync::Notify;

/// One bell for each that waits.
#[derive(Debug, Default)]
pub struct Bells {
    /// The sequencer: feed rows may wait for their numbers.
    pub feed: Notify,
    /// The outbox worker: rows may wait to be sent.
    pub outbox: Notify,
    /// The processor: deliveries may wait in the ledger.
    pub deliveries: Notify,
    /// The live screens: numbers were given.
    pub numbered: Notify,
}

impl Bells {
    /// After a commit that may have written a feed or outbox row.
    pub fn ring(&self) {
        self.feed.notify_one();
        self.outbox.notify_one();
    }
}
