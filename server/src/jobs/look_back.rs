//! Queues are looked through from where they were reached: what was processed before that is not walked over again,
//! which a long transaction elsewhere would keep in the index. Now and then they are looked through whole, for what was
//! committed late.

use chrono::TimeDelta;
use std::time::{Duration, Instant};

/// How much later than what came beside it something may be committed and still be found at once.
pub const LATE: TimeDelta = TimeDelta::seconds(5);
/// How often a queue is looked through whole; less often where that takes long.
const EVERY: Duration = Duration::from_secs(2);

/// When a queue is looked through whole next.
#[derive(Clone, Copy, Debug)]
pub struct LookBack(Instant);

impl LookBack {
    /// At once.
    pub fn now() -> Self {
        Self(Instant::now())
    }

    /// Whether it is time.
    pub fn is_due(self) -> bool {
        Instant::now() >= self.0
    }

    /// It was looked through whole, from `begun` until now: at most a twentieth of the time goes there.
    pub fn done(&mut self, begun: Instant) {
        self.0 = Instant::now() + EVERY.max(begun.elapsed() * 20);
    }
}
