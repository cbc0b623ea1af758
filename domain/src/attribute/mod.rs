//! Typed values on contacts: what a workspace defines, how a value is read and shown.

#[cfg(feature = "postgres")]
pub mod by_api;
#[cfg(feature = "postgres")]
mod options;
mod read;
#[cfg(feature = "postgres")]
pub mod store;
#[cfg(feature = "postgres")]
pub mod values;

use crate::journey::Doer;
use crate::words::words;
use crate::{AttributeId, Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

words! {
    /// What an attribute's values are.
    Kind {
        /// One line of words.
        Text = "text",
        /// Several lines.
        LongText = "long_text",
        /// A decimal number.
        Number = "number",
        /// An amount in the attribute's currency.
        Money = "money",
        /// A day.
        Date = "date",
        /// An e-mail address.
        Email = "email",
        /// An address on the web.
        Link = "link",
        /// A phone number with its country code.
        Phone = "phone",
        /// Yes or no.
        YesNo = "yes_no",
        /// One of the options.
        OneOf = "one_of",
        /// Any of the options.
        ManyOf = "many_of",
    }
}

impl Kind {
    /// The words on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::LongText => "Long text",
            Self::Number => "Number",
            Self::Money => "Money",
            Self::Date => "Date",
            Self::Email => "E-mail",
            Self::Link => "Link",
            Self::Phone => "Phone number",
            Self::YesNo => "Yes or no",
            Self::OneOf => "One of a list",
            Self::ManyOf => "Several of a list",
        }
    }

    /// Whether its values are chosen from options.
    pub fn chosen(self) -> bool {
        matches!(self, Self::OneOf | Self::ManyOf)
    }
}

/// Active attributes that a workspace can have.
pub const MOST: i64 = 100;
/// Longest name, in characters.
pub const LONGEST_NAME: usize = 60;

/// What a supervisor decides about an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// On screen.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// What can be chosen, where something is.
    pub options: Vec<String>,
    /// Of amounts: three letters.
    pub currency: String,
    /// What it is for, in a sentence.
    pub help: String,
    /// Whether the agent who resolves a chat has to fill it in.
    pub required_on_resolve: bool,
    /// Whether the chatbot may read it.
    pub shown_to_bot: bool,
}

/// An attribute, as the workspace defines it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Which.
    pub id: AttributeId,
    /// What the bot and the business's own systems call it; never changes.
    pub key: String,
    /// What was decided about it.
    pub shape: Shape,
    /// Whether it is no longer on profiles.
    pub archived: bool,
}

/// An attribute on a contact's profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Which attribute.
    pub definition: Definition,
    /// In the kind's one form; empty where it has none.
    pub value: String,
    /// Grows with every change; 0 where it never had a value.
    pub version: i64,
}

/// An attribute in Manage's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Which.
    pub definition: Definition,
    /// How many contacts have a value, counted up to [`COUNTED`].
    pub used: i64,
    /// What asks for it.
    pub asked: Asked,
}

/// What asks for an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// How many segments ask for it.
    pub segments: i64,
    /// How many canned replies have a blank for it, members' own among them.
    pub replies: i64,
    /// Whether the bot's flow asks for it, goes by it or says it.
    pub flow: bool,
    /// Whether a message that is said by itself has a blank for it.
    pub automatic: bool,
}

/// Up to how many uses are counted.
pub const COUNTED: i64 = 1000;

/// What became of setting a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edited {
    /// It is set.
    Done {
        /// The version that it has now.
        version: i64,
    },
    /// Somebody else set it meanwhile: nothing was changed.
    Conflict {
        /// What they set.
        value: String,
        /// Who.
        by: Doer,
        /// When.
        at: Timestamp,
        /// The version that it has now.
        version: i64,
    },
}

/// What is to become of the values of an attribute that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Values {
    /// There must be none.
    None,
    /// They are deleted, too.
    Delete,
}

/// What is to become of values that name options which are taken off the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// Nobody has said; where there are such values, it is asked.
    Ask,
    /// They stay as they are.
    Keep,
    /// They go, too.
    Clear,
    /// They become this option, which stays.
    Become(String),
}

/// What came of changing an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Changed {
    /// It is changed.
    Done,
    /// Nothing is yet: first it has to be said what becomes of values.
    Asks {
        /// Options that would go.
        options: Vec<String>,
        /// Contacts that have one of them, counted up to [`COUNTED`].
        contacts: i64,
        /// Segments that ask for one of them.
        segments: i64,
    },
}

impl Shape {
    /// As it is kept: without spaces around, options without empty ones.
    ///
    /// # Errors
    /// `Invalid` with what makes no sense.
    pub fn check(mut self) -> Result<Self> {
        let no = |words: &str| Err(Error::Invalid(words.into()));
        self.name = read::one_line(&self.name);
        self.help = read::one_line(&self.help);
        self.currency = self.currency.trim().to_ascii_uppercase();
        if self.name.is_empty() || self.name.chars().count() > LONGEST_NAME {
            return no("A name has 1 to 60 characters.");
        }
        if self.help.chars().count() > 200 {
            return no("The help has at most 200 characters.");
        }
        let mut options: Vec<String> = Vec::new();
        if self.kind.chosen() {
            for option in self.options.iter().map(|option| read::one_line(option)).filter(|option| !option.is_empty()) {
                if options.iter().any(|known| known.to_lowercase() == option.to_lowercase()) {
                    return Err(Error::Invalid(format!("“{option}” is there twice.")));
                }
                options.push(option);
            }
            if options.is_empty() || options.len() > 100 {
                return no("A list has 1 to 100 options.");
            }
            if options.iter().any(|option| option.chars().count() > 60) {
                return no("An option has at most 60 characters.");
            }
        }
        self.options = options;
        if self.kind != Kind::Money {
            self.currency.clear();
        } else if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return no("A currency has three letters, like EUR.");
        }
        Ok(self)
    }
}

/// What texts call by these names is no attribute: the customer's name, the agent's, and when somebody is there.
pub const RESERVED: [&str; 6] = ["name", "first_name", "agent", "opens", "opens_date", "opens_time"];

/// The key that a name leads to: `Order number` is `order_number`.
pub fn key_of(name: &str) -> String {
    let mut key = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_alphanumeric() {
            key.push(c);
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    key.trim_end_matches('_').to_owned()
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
