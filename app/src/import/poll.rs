//! Looking again and again at what is under way, past answers that fail.

use crate::AppError;
use domain::Error;

/// The longest wait between two looks, in milliseconds.
const LONGEST: u32 = 15_000;

/// Milliseconds until the next look, after so many that failed one after the other.
pub fn wait(every: u32, failures: u32) -> u32 {
    (every << failures.min(5)).min(LONGEST)
}

/// What is said while a failed look is tried again; `None` where the next would fare no better.
pub fn meanwhile(error: &AppError) -> Option<&'static str> {
    match error.0 {
        Error::SignedOut | Error::Forbidden | Error::NotFound => None,
        Error::Unreachable => Some("No connection to the server. Trying again …"),
        _ => Some("The server does not answer as it should. Trying again …"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stop_growing() {
        let waits: Vec<_> = [0, 1, 2, 5, 6, 1000].into_iter().map(|failures| wait(500, failures)).collect();
        assert_eq!(waits, [500, 1000, 2000, LONGEST, LONGEST, LONGEST]);
    }

    #[test]
    fn what_cannot_get_better_is_not_tried_again() {
        for error in [Error::SignedOut, Error::Forbidden, Error::NotFound] {
            assert_eq!(meanwhile(&AppError(error)), None);
        }
        for error in [Error::Unreachable, Error::Internal, Error::Throttled { seconds: 3 }] {
            assert!(meanwhile(&AppError(error)).is_some());
        }
    }
}
