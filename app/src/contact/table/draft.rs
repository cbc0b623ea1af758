//! A condition while it is being put together: what is asked about, how, and with which words. Pure but for the
//! reader's time zone.

use crate::ui::browser::zone_minutes;
use chrono::{NaiveDate, TimeDelta};
use domain::attribute::{Definition, Kind};
use domain::chat::Status;
use domain::contact::Opted;
use domain::contact::filter::{Condition, Count, Moment, Value, Words};
use domain::{AttributeId, TagId, Timestamp};

/// The statuses that can be asked for.
pub(super) const STATUSES: [Status; 4] = [Status::Active, Status::Requesting, Status::Intervened, Status::Closed];

/// What is chosen and typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    /// `name`, `tag`, …, or an attribute's id.
    pub(super) field: String,
    /// How it is asked.
    pub(super) how: String,
    /// What is typed or chosen; of two ends the first.
    pub(super) first: String,
    /// The second end.
    pub(super) second: String,
    /// What is ticked.
    pub(super) many: Vec<String>,
}

/// How a field can be asked, each with its words.
pub(super) fn ways(field: &str, attributes: &[Definition]) -> &'static [(&'static str, &'static str)] {
    const WORDS: &[(&str, &str)] =
        &[("contains", "contains"), ("is", "is"), ("filled", "is filled in"), ("empty", "is empty")];
    const TIMES: &[(&str, &str)] = &[
        ("within", "in the last … days"),
        ("longer", "more than … days ago"),
        ("from", "from a day on"),
        ("before", "before a day"),
        ("never", "never"),
    ];
    const ENDS: &[(&str, &str)] = &[("between", "from … to …"), ("filled", "is filled in"), ("empty", "is empty")];
    const LIST: &[(&str, &str)] =
        &[("any", "is any of"), ("none", "is none of"), ("filled", "is filled in"), ("empty", "is empty")];
    match field {
        "name" | "phone" | "username" | "bsuid" | "first_message" | "source_words" => WORDS,
        "last_active" => TIMES,
        "first_seen" => &TIMES[..4],
        "session" | "template" | "unresolved" => &ENDS[..1],
        "tag" => &[("has", "has"), ("lacks", "has not")],
        "status" => &LIST[..1],
        "source" | "opted" | "blocked" => &[("is", "is")],
        _ => match kind(field, attributes) {
            Some(Kind::Number | Kind::Money | Kind::Date) => ENDS,
            Some(Kind::YesNo | Kind::OneOf | Kind::ManyOf) => LIST,
            _ => WORDS,
        },
    }
}

/// The kind of the attribute that is asked about.
pub(super) fn kind(field: &str, attributes: &[Definition]) -> Option<Kind> {
    let id: AttributeId = field.parse().ok()?;
    attributes.iter().find(|one| one.id == id).map(|one| one.shape.kind)
}

impl Draft {
    /// A condition, opened.
    pub(super) fn of(condition: &Condition) -> Self {
        let draft = |field: &str, how: &str| Self { field: field.into(), how: how.into(), ..Self::default() };
        let one = |field: &str, text: &str| Self { first: text.into(), ..draft(field, "is") };
        match condition {
            Condition::Name(is) => draft("name", "").worded(is),
            Condition::Phone(is) => draft("phone", "").worded(is),
            Condition::Username(is) => draft("username", "").worded(is),
            Condition::Bsuid(is) => draft("bsuid", "").worded(is),
            Condition::FirstMessage(is) => draft("first_message", "").worded(is),
            Condition::SourceWords(is) => draft("source_words", "").worded(is),
            Condition::Status(any) => {
                Self { many: any.iter().map(ToString::to_string).collect(), ..draft("status", "any") }
            }
            Condition::LastActive(at) => draft("last_active", "").timed(*at),
            Condition::FirstSeen(at) => draft("first_seen", "").timed(*at),
            Condition::Source(source) => one("source", source.as_str()),
            Condition::SessionMessages(of) => draft("session", "between").counted(*of),
            Condition::TemplateMessages(of) => draft("template", "between").counted(*of),
            Condition::Unresolved(of) => draft("unresolved", "between").counted(*of),
            Condition::Opted(opted) => one("opted", opted.map_or("unasked", Opted::as_str)),
            Condition::Blocked(blocked) => one("blocked", if *blocked { "yes" } else { "no" }),
            Condition::Tag { tag, has } => {
                Self { first: tag.to_string(), ..draft("tag", if *has { "has" } else { "lacks" }) }
            }
            Condition::Attribute { attribute, is } => {
                let draft = Self { field: attribute.to_string(), ..Self::default() };
                let how = |how: &str, many: &[String]| Self { how: how.into(), many: many.to_vec(), ..draft.clone() };
                match is {
                    Value::Words(is) => draft.worded(is),
                    Value::Between(from, to) => {
                        let end = |end: &Option<String>| end.clone().unwrap_or_default();
                        Self { first: end(from), second: end(to), ..how("between", &[]) }
                    }
                    Value::AnyOf(options) => how("any", options),
                    Value::NoneOf(options) => how("none", options),
                }
            }
        }
    }

    fn worded(mut self, is: &Words) -> Self {
        let (how, text) = match is {
            Words::Contains(text) => ("contains", text.as_str()),
            Words::Is(text) => ("is", text.as_str()),
            Words::Filled => ("filled", ""),
            Words::Empty => ("empty", ""),
        };
        (self.how, self.first) = (how.into(), text.into());
        self
    }

    fn timed(mut self, at: Moment) -> Self {
        let day = |at: Timestamp| (at + TimeDelta::minutes(zone_minutes(at))).date_naive().to_string();
        let (how, text) = match at {
            Moment::Within(days) => ("within", days.to_string()),
            Moment::LongerAgo(days) => ("longer", days.to_string()),
            Moment::From(at) => ("from", day(at)),
            Moment::Before(at) => ("before", day(at)),
            Moment::Never => ("never", String::new()),
        };
        (self.how, self.first) = (how.into(), text);
        self
    }

    fn counted(mut self, of: Count) -> Self {
        let end = |end: Option<i64>| end.map(|n| n.to_string()).unwrap_or_default();
        (self.first, self.second) = (end(of.least), end(of.most));
        self
    }

    /// The condition that it makes.
    ///
    /// # Errors
    /// What is missing, for who puts it together.
    pub(super) fn condition(&self, attributes: &[Definition]) -> Result<Condition, String> {
        let text = || Some(self.first.trim().to_owned()).filter(|text| !text.is_empty());
        let words = || match self.how.as_str() {
            "filled" => Ok(Words::Filled),
            "empty" => Ok(Words::Empty),
            how => {
                let text = text().ok_or("Write what to look for.")?;
                Ok::<_, String>(if how == "is" { Words::Is(text) } else { Words::Contains(text) })
            }
        };
        Ok(match self.field.as_str() {
            "name" => Condition::Name(words()?),
            "phone" => Condition::Phone(words()?),
            "username" => Condition::Username(words()?),
            "bsuid" => Condition::Bsuid(words()?),
            "first_message" => Condition::FirstMessage(words()?),
            "source_words" => Condition::SourceWords(words()?),
            "status" => {
                let any: Vec<_> =
                    STATUSES.into_iter().filter(|status| self.many.contains(&status.to_string())).collect();
                if any.is_empty() {
                    return Err("Choose a status.".into());
                }
                Condition::Status(any)
            }
            "last_active" => Condition::LastActive(self.moment()?),
            "first_seen" => Condition::FirstSeen(self.moment()?),
            "source" => Condition::Source(self.first.parse().map_err(|_| "Choose a source.")?),
            "session" => Condition::SessionMessages(self.count()?),
            "template" => Condition::TemplateMessages(self.count()?),
            "unresolved" => Condition::Unresolved(self.count()?),
            "opted" => Condition::Opted(self.first.parse().ok()),
            "blocked" => Condition::Blocked(self.first != "no"),
            "tag" => {
                let tag: TagId = self.first.parse().map_err(|_| "Choose a tag.")?;
                Condition::Tag { tag, has: self.how != "lacks" }
            }
            id => {
                let attribute: AttributeId = id.parse().map_err(|_| "Choose what to ask about.")?;
                Condition::Attribute { attribute, is: self.value(attribute, attributes, words)? }
            }
        })
    }

    fn value(
        &self,
        id: AttributeId,
        attributes: &[Definition],
        words: impl Fn() -> Result<Words, String>,
    ) -> Result<Value, String> {
        let shape = attributes.iter().find(|one| one.id == id).map(|one| &one.shape);
        let shape = shape.ok_or("This attribute is gone.")?;
        Ok(match self.how.as_str() {
            "between" => {
                let end = |typed: &str| shape.parse(typed).map(|value| Some(value).filter(|value| !value.is_empty()));
                let (from, to) = (end(&self.first)?, end(&self.second)?);
                if from.is_none() && to.is_none() {
                    return Err("From or to has to be filled in.".into());
                }
                Value::Between(from, to)
            }
            "any" | "none" if self.many.is_empty() => return Err("Choose from the list.".into()),
            "any" => Value::AnyOf(self.many.clone()),
            "none" => Value::NoneOf(self.many.clone()),
            _ => Value::Words(words()?),
        })
    }

    fn moment(&self) -> Result<Moment, String> {
        let days = || self.first.trim().parse().map_err(|_| "How many days?".to_owned());
        let midnight = || {
            let day: NaiveDate = self.first.parse().map_err(|_| "Which day?".to_owned())?;
            let utc = day.and_hms_opt(0, 0, 0).ok_or("Which day?")?.and_utc();
            Ok::<_, String>(utc - TimeDelta::minutes(zone_minutes(utc)))
        };
        Ok(match self.how.as_str() {
            "longer" => Moment::LongerAgo(days()?),
            "from" => Moment::From(midnight()?),
            "before" => Moment::Before(midnight()?),
            "never" => Moment::Never,
            _ => Moment::Within(days()?),
        })
    }

    fn count(&self) -> Result<Count, String> {
        let end = |typed: &str| match typed.trim() {
            "" => Ok(None),
            typed => typed.parse().map(Some).map_err(|_| "This is no whole number.".to_owned()),
        };
        match (end(&self.first)?, end(&self.second)?) {
            (None, None) => Err("From or to has to be filled in.".into()),
            (least, most) => Ok(Count { least, most }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_opened_and_closed_again_stays_the_same() {
        let conditions = r#"[{"name":{"contains":"x"}},{"phone":"empty"},{"username":{"is":"u"}},{"bsuid":"filled"},
            {"first_message":{"contains":"hi"}},{"source_words":{"is":"Fair"}},{"status":["Active","Closed"]},
            {"last_active":{"within":7}},{"last_active":"never"},{"first_seen":{"before":"2026-05-03T00:00:00Z"}},
            {"source":"ad"},{"session_messages":{"least":1,"most":null}},{"template_messages":{"least":null,"most":2}},
            {"unresolved":{"least":3,"most":3}},{"opted":null},{"opted":"in"},{"blocked":false},
            {"tag":{"tag":"01890000-0000-7000-8000-000000000000","has":false}}]"#;
        let conditions: Vec<Condition> = crate::json::as_browser(conditions.as_bytes()).unwrap();
        for condition in conditions {
            let draft = Draft::of(&condition);
            assert!(ways(&draft.field, &[]).iter().any(|(how, _)| *how == draft.how), "{draft:?}");
            assert_eq!(draft.condition(&[]).unwrap(), condition);
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        for (field, how) in [
            ("name", "contains"),
            ("status", "any"),
            ("last_active", "within"),
            ("unresolved", "between"),
            ("tag", "has"),
            ("", ""),
        ] {
            let draft = Draft { field: field.into(), how: how.into(), ..Draft::default() };
            assert!(draft.condition(&[]).is_err(), "{field}");
        }
    }
}
