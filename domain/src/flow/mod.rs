//! The chatbot: a flow's definition and the one pure function that runs it.

mod asking;
mod fill;
mod sample;
mod step;
#[cfg(feature = "postgres")]
pub mod store;

pub use asking::{Asking, LONGEST_WORDS, MOST_WORDS};
pub use fill::{fill, first_name};
pub use sample::sample;
pub use step::{Context, Effect, Heard, step};

use crate::Timestamp;
use crate::message::Section;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A chatbot conversation, as an administrator defines it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Said once per window, before the first step; a welcome takes its place.
    pub greeting: String,
    /// Where a conversation starts.
    pub start: String,
    /// The steps by name.
    pub steps: BTreeMap<String, Step>,
    /// Said when the customer is not understood for the first time.
    pub fallback: String,
    /// Said when a person was asked for and somebody is Available.
    pub handover: String,
    /// Said when nobody is there; `{opens}` tells when somebody will be.
    pub nobody: String,
}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// Says something and goes on.
    Say {
        /// The words.
        text: String,
        /// The next step; the conversation rests when `None`.
        next: Option<String>,
    },
    /// Offers one to three buttons and waits.
    Menu {
        /// The words above.
        text: String,
        /// What can be tapped, and where it leads.
        options: Vec<MenuOption>,
    },
    /// Offers a list and waits. Rows lead to the step that bears their id.
    Choose {
        /// The words above.
        text: String,
        /// The opening button.
        button: String,
        /// The rows.
        sections: Vec<Section>,
    },
    /// Asks, waits, and stores the answer on the contact.
    Ask {
        /// The question.
        text: String,
        /// The attribute's key.
        attribute: String,
        /// What kind of answer is accepted.
        expects: Expects,
        /// Said when the answer is not of that kind.
        again: String,
        /// The next step.
        next: Option<String>,
    },
    /// Goes one way or the other by an attribute.
    Branch {
        /// The attribute's key.
        attribute: String,
        /// The value it must have; any value when `None`.
        equals: Option<String>,
        /// The step if so.
        then: String,
        /// The step if not.
        otherwise: String,
    },
    /// Hands over to a person.
    Person {
        /// Why, in the words the agent reads.
        reason: String,
    },
}

/// A button of a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuOption {
    /// Comes back when it is tapped; unique in the flow.
    pub id: String,
    /// At most 20 characters.
    pub title: String,
    /// The step it leads to.
    pub next: String,
}

/// What kind of answer a question accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expects {
    /// Any text.
    Text,
    /// An e-mail address.
    Email,
    /// Digits, with or without `#`.
    OrderNumber,
}

/// Where a chat stands in its flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The step that waits for an answer.
    pub waiting: Option<String>,
    /// Messages in a row that were not understood.
    pub misses: u8,
    /// What was collected: name and value.
    pub collected: Vec<(String, String)>,
    /// After a Resolve: until then a text that is not understood gets no fallback.
    pub quiet_until: Option<Timestamp>,
}
