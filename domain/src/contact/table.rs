//! The table of contacts: what it is asked, and a page of it.

use super::filter::Group;
use super::{Opted, Phone, Source};
use crate::attribute::Definition;
use crate::chat::{Queue, Status};
use crate::segment::Segment;
use crate::tag::Label;
use crate::words::words;
use crate::{AttributeId, ChatId, ContactId, Error, TagId, Timestamp};
use serde::{Deserialize, Serialize};

/// Lines on one page.
pub const PAGE: i64 = 100;
/// Up to how many contacts are counted; one more means "more".
pub const COUNTED: i64 = 10_000;
/// Lines that are asked about at once.
pub const MOST_AGAIN: usize = 5000;

words! {
    /// What the table is ordered by.
    Sort {
        /// By name, those without one first.
        Name = "name",
        /// By when the customer last wrote.
        LastActive = "last_active",
        /// By when they were first seen.
        FirstSeen = "first_seen",
        /// By how often a person was asked for.
        Unresolved = "unresolved",
    }
}

/// Whom the table shows, in which order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Whom.
    pub filter: Group,
    /// By what.
    pub sort: Sort,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// A line's place in the table's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// What it is ordered by.
    pub of: Place,
    /// And among equals.
    pub id: ContactId,
}

/// What a line is ordered by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// By its name, as the table sorts names.
    Words(String),
    /// By a moment; none stands before all others.
    At(Option<Timestamp>),
    /// By a number.
    Number(i64),
}

/// A contact in the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which.
    pub id: ContactId,
    /// As the business calls them, or as they call themselves.
    pub name: Option<String>,
    /// Their number.
    pub phone: Option<Phone>,
    /// Their username.
    pub username: Option<String>,
    /// Their latest chat, where it stands, and their status by it.
    pub chat: Option<(ChatId, Queue, Status)>,
    /// Where they came from.
    pub source: Source,
    /// When they last wrote.
    pub last_active: Option<Timestamp>,
    /// When they were first seen.
    pub first_seen: Timestamp,
    /// Messages but templates.
    pub session_messages: i64,
    /// Templates sent to them.
    pub template_messages: i64,
    /// How often a person was asked for.
    pub unresolved: i64,
    /// What they said about campaigns.
    pub opted: Option<Opted>,
    /// Whether they are blocked.
    pub blocked: bool,
    /// Their tags.
    pub tags: Vec<TagId>,
    /// Their values, as they are kept.
    pub values: Vec<(AttributeId, String)>,
}

impl Line {
    /// What the contact is called.
    pub fn title(&self) -> String {
        let named = self.name.clone().filter(|name| !name.is_empty());
        let numbered = || self.phone.as_ref().map(ToString::to_string);
        let known = || self.username.as_ref().map(|name| format!("@{name}"));
        named.or_else(numbered).or_else(known).unwrap_or_else(|| "No name".into())
    }
}

/// A page of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its lines.
    pub lines: Vec<Line>,
    /// Where the next one begins; `None` at the end.
    pub next: Option<Key>,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Contacts that match, up to one more than [`COUNTED`].
    pub matching: i64,
    /// Contacts that are with other members just now and left out, whether they would match or not: a filter must not
    /// tell anything about them.
    pub left_out: i64,
}

/// `1,234`, or `10,000+`.
pub fn about(n: i64) -> String {
    let plus = if n > COUNTED { "+" } else { "" };
    let n = n.min(COUNTED);
    if n < 1000 { format!("{n}{plus}") } else { format!("{},{:03}{plus}", n / 1000, n % 1000) }
}

/// A column beside the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Their number.
    Phone,
    /// Their username.
    Username,
    /// How their latest chat stands.
    Status,
    /// Their tags.
    Tags,
    /// When they last wrote.
    LastActive,
    /// When they were first seen.
    FirstSeen,
    /// Where they came from.
    Source,
    /// Messages but templates.
    SessionMessages,
    /// Templates sent.
    TemplateMessages,
    /// How often a person was asked for.
    Unresolved,
    /// What they said about campaigns.
    Opted,
    /// Whether they are blocked.
    Blocked,
    /// An attribute's value.
    Attribute(AttributeId),
}

impl Column {
    /// All but attributes.
    pub const PLAIN: [Self; 12] = [
        Self::Phone,
        Self::Status,
        Self::Tags,
        Self::LastActive,
        Self::Source,
        Self::Unresolved,
        Self::Username,
        Self::FirstSeen,
        Self::SessionMessages,
        Self::TemplateMessages,
        Self::Opted,
        Self::Blocked,
    ];

    /// What is shown to those who have chosen nothing.
    pub const USUAL: [Self; 6] =
        [Self::Phone, Self::Status, Self::Tags, Self::LastActive, Self::Source, Self::Unresolved];

    /// Its name, but an attribute's.
    pub fn title(self) -> &'static str {
        match self {
            Self::Phone => "Phone",
            Self::Username => "Username",
            Self::Status => "Status",
            Self::Tags => "Tags",
            Self::LastActive => "Last active",
            Self::FirstSeen => "First seen",
            Self::Source => "Source",
            Self::SessionMessages => "Session messages",
            Self::TemplateMessages => "Template messages",
            Self::Unresolved => "Unresolved",
            Self::Opted => "Campaigns",
            Self::Blocked => "Blocked",
            Self::Attribute(_) => "Attribute",
        }
    }

    /// The order that its heading puts the table into.
    pub fn sort(self) -> Option<Sort> {
        match self {
            Self::LastActive => Some(Sort::LastActive),
            Self::FirstSeen => Some(Sort::FirstSeen),
            Self::Unresolved => Some(Sort::Unresolved),
            _ => None,
        }
    }
}

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Attribute(id) => write!(f, "{id}"),
            plain => f.write_str(&plain.title().to_lowercase().replace(' ', "_")),
        }
    }
}

impl std::str::FromStr for Column {
    type Err = Error;
    fn from_str(word: &str) -> Result<Self, Error> {
        let plain = Self::PLAIN.into_iter().find(|column| column.to_string() == word);
        plain.map_or_else(|| word.parse().map(Self::Attribute), Ok)
    }
}

/// What the page begins with: what can be filtered by, what is saved, which columns this member looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Every tag in its order, and whether it is given still.
    pub tags: Vec<(Label, bool)>,
    /// Attributes on profiles, in their order.
    pub attributes: Vec<Definition>,
    /// Saved filters, by name.
    pub segments: Vec<Segment>,
    /// The columns, in their order.
    pub columns: Vec<Column>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stop_at_ten_thousand() {
        for (n, words) in [(0, "0"), (999, "999"), (1000, "1,000"), (1042, "1,042"), (10_000, "10,000")] {
            assert_eq!(about(n), words);
        }
        assert_eq!(about(COUNTED + 1), "10,000+");
    }

    #[test]
    fn a_column_is_one_word_in_an_address() {
        for column in Column::PLAIN.into_iter().chain([Column::Attribute(AttributeId(uuid::Uuid::from_u128(7)))]) {
            assert_eq!(column.to_string().parse::<Column>().unwrap(), column);
        }
        assert!("nonsense".parse::<Column>().is_err());
    }
}
