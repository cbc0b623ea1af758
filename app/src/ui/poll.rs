//! Looking again and again at what is under way, past answers that fail.

use crate::AppError;
use crate::ui::browser;
use domain::Error;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The longest wait between two looks, in milliseconds.
const LONGEST: u32 = 15_000;

/// The looks of a page, counted, so that a later one takes the place of those before it.
pub type Looks = StoredValue<u32>;

/// Asks every so many milliseconds, until `took` says of an answer that nothing is under way any more, another look has
/// begun or the page has gone. `failed` hears of each error and what is said meanwhile; nothing where it was the last.
pub fn look<T: 'static, F: Future<Output = Result<T, AppError>> + 'static>(
    looks: Looks,
    every: u32,
    ask: impl Fn() -> F + 'static,
    took: impl Fn(T) -> bool + 'static,
    failed: impl Fn(AppError, Option<&'static str>) + 'static,
) {
    let this = looks.try_update_value(|looks| {
        *looks += 1;
        *looks
    });
    let over = move || this.is_none() || looks.try_get_value() != this;
    spawn_local(async move {
        let mut failures = 0;
        while !over() {
            let answer = ask().await;
            if over() {
                return;
            }
            match answer {
                Ok(answer) => {
                    failures = 0;
                    if !took(answer) {
                        return;
                    }
                }
                Err(error) => {
                    let words = meanwhile(&error);
                    failed(error, words);
                    if words.is_none() {
                        return;
                    }
                    failures += 1;
                }
            }
            browser::wait(wait(every, failures)).await;
        }
    });
}

/// Milliseconds until the next look, after so many that failed one after the other.
fn wait(every: u32, failures: u32) -> u32 {
    (every << failures.min(5)).min(LONGEST)
}

/// What is said while a failed look is tried again; `None` where the next would fare no better.
fn meanwhile(error: &AppError) -> Option<&'static str> {
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
