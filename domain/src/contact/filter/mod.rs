//! Which contacts are meant: conditions joined by and / or, as supervisors put them together.

#[cfg(feature = "postgres")]
pub(crate) mod sql;

use super::Opted;
use crate::chat::Status;
use crate::words::words;
use crate::{AttributeId, Error, Result, TagId, Timestamp};
use serde::{Deserialize, Serialize};

/// Conditions in one filter.
pub const MOST: usize = 30;
/// Groups within groups.
pub const DEEPEST: usize = 3;
/// Longest words of a condition, in characters.
pub const LONGEST: usize = 200;

words! {
    /// How the parts of a group go together.
    Join {
        /// Each of them holds.
        All = "all",
        /// At least one of them holds.
        Any = "any",
    }
}

/// A filter, or a part of one in brackets. An empty group asks for nothing: everybody is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// And, or or.
    pub join: Join,
    /// What is joined.
    pub parts: Vec<Part>,
}

/// A part of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Brackets.
    Group(Group),
    /// One condition.
    Condition(Condition),
}

/// What has to be true of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// What they are called.
    Name(Words),
    /// A phone number.
    Phone(Words),
    /// The username.
    Username(Words),
    /// The id that WhatsApp gives them in place of a number.
    Bsuid(Words),
    /// What they first wrote.
    FirstMessage(Words),
    /// One of the contact's chats stands so.
    Status(Vec<Status>),
    /// When the customer last wrote.
    LastActive(Moment),
    /// When they were first seen.
    FirstSeen(Moment),
    /// Where they came from.
    Source(From),
    /// What their source says: the business's own words for it, or the ad's headline.
    SourceWords(Words),
    /// Messages but templates.
    SessionMessages(Count),
    /// Templates sent.
    TemplateMessages(Count),
    /// How often a person was asked for.
    Unresolved(Count),
    /// What they said about campaigns; nothing where nobody asked.
    Opted(Option<Opted>),
    /// Whether they are blocked.
    Blocked(bool),
    /// Whether they carry a tag.
    Tag {
        /// Which.
        tag: TagId,
        /// Or do not.
        has: bool,
    },
    /// What an attribute says.
    Attribute {
        /// Which.
        attribute: AttributeId,
        /// What.
        is: Value,
    },
}

/// What is asked of a text. Upper and lower case are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// It stands somewhere in it.
    Contains(String),
    /// It is all of it.
    Is(String),
    /// There is something.
    Filled,
    /// There is nothing.
    Empty,
}

/// What is asked of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// In the last so many days.
    Within(i64),
    /// Longer than so many days ago.
    LongerAgo(i64),
    /// Then or later.
    From(Timestamp),
    /// Before then.
    Before(Timestamp),
    /// It never was.
    Never,
}

/// What is asked of a number of times: both ends belong to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// So many or more.
    pub least: Option<i64>,
    /// So many or fewer.
    pub most: Option<i64>,
}

words! {
    /// Where a contact came from, without its particulars.
    From {
        /// They wrote by themselves.
        Organic = "organic",
        /// An ad or a post.
        Ad = "ad",
        /// The business's own systems.
        Api = "api",
        /// A file.
        Import = "import",
        /// A member, by hand.
        Member = "member",
        /// In the business's own words.
        Named = "named",
    }
}

/// What is asked of an attribute's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// As of a text.
    Words(Words),
    /// A number, an amount or a day, in the form it is kept in, from and to; both ends belong to it.
    Between(Option<String>, Option<String>),
    /// It is, or has among it, one of these.
    AnyOf(Vec<String>),
    /// It neither is nor has any of these; nothing is none of them.
    NoneOf(Vec<String>),
}

impl Default for Group {
    fn default() -> Self {
        Self { join: Join::All, parts: Vec::new() }
    }
}

impl Group {
    /// Without empty groups, and with nothing in it that Postgres would not take.
    ///
    /// # Errors
    /// `Invalid` where it is too much, or something makes no sense.
    pub fn checked(self) -> Result<Self> {
        let checked = self.pruned(1)?;
        if checked.conditions().len() > MOST {
            return no(format!("A filter has at most {MOST} conditions."));
        }
        Ok(checked)
    }

    fn pruned(self, depth: usize) -> Result<Self> {
        if depth > DEEPEST {
            return no(format!("Brackets go at most {DEEPEST} deep."));
        }
        let mut parts = Vec::new();
        for part in self.parts {
            match part {
                Part::Group(group) => {
                    let group = group.pruned(depth + 1)?;
                    if !group.parts.is_empty() {
                        parts.push(Part::Group(group));
                    }
                }
                Part::Condition(condition) => {
                    condition.check()?;
                    parts.push(Part::Condition(condition));
                }
            }
        }
        Ok(Self { join: self.join, parts })
    }

    /// Every condition in it.
    pub fn conditions(&self) -> Vec<&Condition> {
        self.parts
            .iter()
            .flat_map(|part| match part {
                Part::Group(group) => group.conditions(),
                Part::Condition(condition) => vec![condition],
            })
            .collect()
    }
}

impl Condition {
    fn check(&self) -> Result<()> {
        match self {
            Self::Name(words)
            | Self::Phone(words)
            | Self::Username(words)
            | Self::Bsuid(words)
            | Self::FirstMessage(words)
            | Self::SourceWords(words) => words.check(),
            Self::Status(any) if any.is_empty() || any.len() > 4 => no("Choose a status.".into()),
            Self::LastActive(moment) | Self::FirstSeen(moment) => moment.check(),
            Self::SessionMessages(count) | Self::TemplateMessages(count) | Self::Unresolved(count) => count.check(),
            Self::Attribute { is, .. } => is.check(),
            Self::Status(_) | Self::Source(_) | Self::Opted(_) | Self::Blocked(_) | Self::Tag { .. } => Ok(()),
        }
    }
}

impl Words {
    fn check(&self) -> Result<()> {
        match self {
            Self::Contains(text) | Self::Is(text) => plain(text),
            Self::Filled | Self::Empty => Ok(()),
        }
    }
}

impl Moment {
    fn check(self) -> Result<()> {
        match self {
            Self::Within(days) | Self::LongerAgo(days) if !(1..=36_500).contains(&days) => {
                no("Days are a number from 1 to 36,500.".into())
            }
            _ => Ok(()),
        }
    }
}

impl Count {
    fn check(self) -> Result<()> {
        if self.least.is_none() && self.most.is_none() { no("How many?".into()) } else { Ok(()) }
    }
}

impl Value {
    fn check(&self) -> Result<()> {
        match self {
            Self::Words(words) => words.check(),
            Self::Between(None, None) => no("From or to has to be filled in.".into()),
            Self::Between(from, to) => {
                let mut ends = from.iter().chain(to);
                let sorts = |end: &String| sorted_as(end).is_some();
                let alike = from.as_deref().zip(to.as_deref()).is_none_or(|(a, b)| sorted_as(a) == sorted_as(b));
                if ends.all(sorts) && alike {
                    Ok(())
                } else {
                    no("From and to are numbers like 1234.5, or days like 2026-05-03.".into())
                }
            }
            Self::AnyOf(options) | Self::NoneOf(options) => {
                if options.is_empty() || options.len() > 100 {
                    return no("Choose from the list.".into());
                }
                options.iter().try_for_each(|option| plain(option))
            }
        }
    }
}

/// What sorts by the value's order: numbers or days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sorted {
    Number,
    Day,
}

/// How a kept value sorts; the SQL function `attribute_key` has the same forms.
pub(crate) fn sorted_as(value: &str) -> Option<Sorted> {
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.strip_prefix('-').unwrap_or(value);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if digits(whole, 15) && digits(fraction, 6) {
        return Some(Sorted::Number);
    }
    let parts: Vec<&str> = value.split('-').collect();
    let day = matches!(parts[..], [year, month, day]
        if year.len() == 4 && month.len() == 2 && day.len() == 2 && [year, month, day].iter().all(|part| digits(part, 4)));
    day.then_some(Sorted::Day)
}

fn plain(text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return no("Write what to look for.".into());
    }
    if text.chars().count() > LONGEST || text.contains('\0') {
        return no(format!("Words to look for have at most {LONGEST} characters."));
    }
    Ok(())
}

fn no<T>(why: String) -> Result<T> {
    Err(Error::Invalid(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Group {
        let name = Part::Condition(Condition::Name(Words::Filled));
        let part = if depth == 1 { name } else { Part::Group(nested(depth - 1)) };
        Group { join: Join::Any, parts: vec![part] }
    }

    #[test]
    fn a_filter_is_neither_deep_nor_long() {
        assert!(nested(DEEPEST).checked().is_ok());
        assert!(nested(DEEPEST + 1).checked().is_err());
        let of = |n| Group { join: Join::All, parts: vec![Part::Condition(Condition::Blocked(true)); n] };
        assert!(of(MOST).checked().is_ok());
        assert!(of(MOST + 1).checked().is_err());
        let empty = Group { join: Join::Any, parts: vec![Part::Group(Group::default())] };
        assert_eq!(empty.checked().unwrap().parts, [], "an empty group says nothing");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let between =
            |from: &str, to: Option<&str>| Value::Between(Some(from.into()), to.map(Into::into)).check().is_ok();
        assert!(between("-12.5", Some("3")) && between("2026-05-03", None) && between("0", Some("999999999999999")));
        for wrong in ["", "1e5", "12.", ".5", "2026-5-3", "2026-05-03x", "1234567890123456", "--1", "1.1234567"] {
            assert!(!between(wrong, None), "{wrong}");
        }
        assert!(!between("5", Some("2026-05-03")), "a number and a day");
        assert!(Words::Contains("a\0b".into()).check().is_err());
        assert!(Words::Is("  ".into()).check().is_err());
        assert!(Words::Is("x".repeat(LONGEST + 1)).check().is_err());
        assert!(Moment::Within(0).check().is_err() && Moment::LongerAgo(i64::MAX).check().is_err());
        assert!(Count::default().check().is_err());
        assert!(Value::AnyOf(Vec::new()).check().is_err());
    }

    #[test]
    fn a_saved_filter_reads_as_it_was_written() {
        let text = r#"{"join":"any","parts":[{"condition":{"tag":{"tag":"01890000-0000-7000-8000-000000000000","has":true}}},
            {"group":{"join":"all","parts":[{"condition":{"last_active":{"within":7}}},{"condition":{"name":"filled"}},
            {"condition":{"opted":null}},{"condition":{"status":["Closed"]}}]}}]}"#;
        let filter: Group = serde_json::from_str(text).unwrap();
        assert_eq!(filter.conditions().len(), 5);
        let again = serde_json::to_string(&filter).unwrap();
        assert_eq!(serde_json::from_str::<Group>(&again).unwrap(), filter);
    }
}
