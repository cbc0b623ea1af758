//! Messages that are said by themselves: to welcome, when nobody is there, when somebody has waited long.

#[cfg(feature = "postgres")]
pub mod store;

use crate::words::words;
use serde::{Deserialize, Serialize};

/// Longest text, in characters; the blanks that are filled in need room as well.
pub const LONGEST: usize = 2000;

words! {
    /// Whom the welcome is for.
    Welcomes {
        /// Whoever writes for the first time ever.
        First = "first",
        /// Whoever opens a service window: after a day's silence again.
        Window = "window",
    }
}

/// Said before all else to a customer who writes, in the place of the bot's own greeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Welcome {
    /// Whether it is said.
    pub on: bool,
    /// The words, with blanks.
    pub text: String,
    /// To whom.
    pub to: Welcomes,
}

/// Said when a person is asked for and nobody is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Away {
    /// Whether it is said; otherwise the flow's own words are.
    pub on: bool,
    /// The words, with blanks.
    pub text: String,
}

/// Said once to a customer who waits for a person's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Delayed {
    /// Whether it is said.
    pub on: bool,
    /// The words, with blanks.
    pub text: String,
    /// After how many minutes, within business hours.
    pub minutes: i64,
}

impl Welcome {
    /// The words, where they are due: to a customer whom nobody has greeted in this window.
    pub fn due(&self, greeted: bool, new: bool) -> Option<String> {
        (self.on && !greeted && (new || self.to == Welcomes::Window)).then(|| self.text.clone())
    }
}

impl Default for Welcome {
    fn default() -> Self {
        Self { on: false, text: "Hello {first_name}, thank you for writing to us.".into(), to: Welcomes::Window }
    }
}

impl Default for Away {
    fn default() -> Self {
        let text = "Nobody is here to answer just now. Your question is kept, and we answer {opens}.";
        Self { on: false, text: text.into() }
    }
}

impl Default for Delayed {
    fn default() -> Self {
        let text = "Thank you for your patience, {first_name}. You are not forgotten; we answer as soon as we can.";
        Self { on: false, text: text.into(), minutes: 10 }
    }
}

/// What does not fit about a text that is said.
pub fn text_problem(on: bool, text: &str) -> Option<String> {
    if on && text.trim().is_empty() {
        return Some("Write what it says.".into());
    }
    (text.chars().count() > LONGEST).then(|| format!("At most {LONGEST} characters."))
}
