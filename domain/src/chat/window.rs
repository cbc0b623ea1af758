//! The service window: the 24 hours after the customer last wrote, in which free text may be sent.
//! Source: WhatsApp Business Platform documentation, "Customer service windows".

use crate::Timestamp;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// When the window ends; `None` counts as closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window(pub Option<Timestamp>);

impl Window {
    /// How long after the customer's message free text may be sent.
    pub const LENGTH: TimeDelta = TimeDelta::hours(24);
    /// How long before its end Baton stops sending, so that nothing arrives at WhatsApp too late.
    pub const MARGIN: TimeDelta = TimeDelta::seconds(60);

    /// After a message that WhatsApp dates `said` and that arrived at `arrived`: never shorter than before,
    /// and never counted from the future.
    #[must_use]
    pub fn refreshed(self, said: Timestamp, arrived: Timestamp) -> Self {
        let end = said.min(arrived) + Self::LENGTH;
        Self(Some(self.0.map_or(end, |before| before.max(end))))
    }

    /// Whether free text may be sent.
    pub fn is_open(self, now: Timestamp) -> bool {
        self.0.is_some_and(|end| now < end - Self::MARGIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_timestamp(hours * 3600, 0).unwrap()
    }

    #[test]
    fn a_late_message_does_not_shorten_the_window_and_a_future_one_does_not_stretch_it() {
        let window = Window(None).refreshed(at(10), at(10));
        assert_eq!(window.0, Some(at(34)));
        assert_eq!(window.refreshed(at(5), at(11)), window);
        assert_eq!(window.refreshed(at(99), at(11)).0, Some(at(35)));
    }

    #[test]
    fn it_closes_a_minute_early_and_none_is_closed() {
        let window = Window(Some(at(34)));
        assert!(window.is_open(at(34) - TimeDelta::seconds(61)));
        assert!(!window.is_open(at(34) - TimeDelta::seconds(60)));
        assert!(!Window(None).is_open(at(0)));
    }
}
