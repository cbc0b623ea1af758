//! While somebody aims at a row, the rows stay where they are: a click opens what was under it, and the keyboard goes
//! to the row that was next. What rows say changes, and a chat that is gone goes at once.

use crate::ui::browser;
use leptos::prelude::*;
use std::time::Duration;

/// For so long after the last movement.
const STILL_MS: i64 = 1_000;
/// But never longer than this at a stretch: what is new is to be seen.
const LONGEST_MS: i64 = 10_000;

/// Whether somebody aims.
#[derive(Clone, Copy)]
pub struct Aim {
    /// Whether the rows stay.
    pub held: RwSignal<bool>,
    moved: StoredValue<i64>,
}

impl Default for Aim {
    fn default() -> Self {
        Self { held: RwSignal::new(false), moved: StoredValue::new(0) }
    }
}

impl Aim {
    /// The pointer moved over a list, or the keyboard walks through it.
    pub fn moves(self) {
        let now = browser::now_ms();
        self.moved.set_value(now);
        if !self.held.get_untracked() {
            self.held.set(true);
            self.rest(now, now);
        }
    }

    /// Lets go once nothing has moved for long enough.
    fn rest(self, begun: i64, now: i64) {
        let Some(moved) = self.moved.try_get_value() else { return };
        let left = (moved + STILL_MS).min(begun + LONGEST_MS) - now;
        // More is left only where the clock was set back.
        if (1..=STILL_MS).contains(&left) {
            let wait = Duration::from_millis(left.unsigned_abs());
            set_timeout(move || self.rest(begun, browser::now_ms()), wait);
        } else {
            let _ = self.held.try_set(false);
        }
    }
}
