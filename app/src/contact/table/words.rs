//! Conditions, columns and tags in words.

use super::state::Table;
use crate::ui::time::date;
use domain::attribute::Shape;
use domain::chat::Status;
use domain::contact::Opted;
use domain::contact::filter::{Condition, Count, From, Moment, Value, Words};
use domain::contact::table::{Column, Setting};
use domain::tag::Label;
use domain::{AttributeId, TagId};
use leptos::prelude::*;

/// Reads the setting, once it is there.
pub(super) fn with<T>(table: Table, read: impl FnOnce(&Setting) -> T) -> Option<T> {
    table.setting.with(|setting| match setting {
        Some(Ok(setting)) => Some(read(setting)),
        _ => None,
    })
}

/// An attribute that is on profiles.
pub(super) fn shape(table: Table, id: AttributeId) -> Option<Shape> {
    with(table, |setting| setting.attributes.iter().find(|one| one.id == id).map(|one| one.shape.clone())).flatten()
}

/// Tags, as their categories are ordered.
pub(super) fn labels(table: Table, tags: &[TagId]) -> Vec<Label> {
    let carried = |setting: &Setting| {
        setting.tags.iter().filter(|(label, _)| tags.contains(&label.id)).map(|(label, _)| label.clone()).collect()
    };
    with(table, carried).unwrap_or_default()
}

/// A column's heading.
pub(super) fn column(table: Table, column: Column) -> String {
    match column {
        Column::Attribute(id) => shape(table, id).map(|shape| shape.name).unwrap_or_default(),
        plain => plain.title().to_owned(),
    }
}

/// Where a contact came from.
pub(super) fn from(from: From) -> &'static str {
    match from {
        From::Organic => "Organic",
        From::Ad => "an ad or a post",
        From::Api => "API",
        From::Import => "Import",
        From::Member => "Added by hand",
        From::Named => "a named source",
    }
}

/// Whether the condition is about a tag or attribute that is gone or archived; not before these are known.
pub(super) fn is_gone(table: Table, condition: &Condition) -> bool {
    let gone = |setting: &Setting| match condition {
        Condition::Tag { tag, .. } => !setting.tags.iter().any(|(label, given)| label.id == *tag && *given),
        Condition::Attribute { attribute, .. } => !setting.attributes.iter().any(|one| one.id == *attribute),
        _ => false,
    };
    with(table, gone).unwrap_or(false)
}

/// A condition, as its chip says it.
pub(super) fn condition(table: Table, condition: &Condition) -> String {
    match condition {
        Condition::Name(is) => words("Name", is),
        Condition::Phone(is) => words("Phone", is),
        Condition::Username(is) => words("Username", is),
        Condition::Bsuid(is) => words("WhatsApp id", is),
        Condition::FirstMessage(is) => words("First message", is),
        Condition::SourceWords(is) => words("Source text", is),
        Condition::Status(any) => {
            format!("Status is {}", any.iter().map(Status::to_string).collect::<Vec<_>>().join(" or "))
        }
        Condition::LastActive(at) => moment(table, "Last active", *at),
        Condition::FirstSeen(at) => moment(table, "First seen", *at),
        Condition::Source(source) => format!("Source is {}", from(*source)),
        Condition::SessionMessages(of) => count("Session messages", *of),
        Condition::TemplateMessages(of) => count("Template messages", *of),
        Condition::Unresolved(of) => count("Unresolved", *of),
        Condition::Opted(None) => "Nobody asked about campaigns".into(),
        Condition::Opted(Some(Opted::In)) => "Opted in to campaigns".into(),
        Condition::Opted(Some(Opted::Out)) => "Opted out of campaigns".into(),
        Condition::Blocked(true) => "Is blocked".into(),
        Condition::Blocked(false) => "Is not blocked".into(),
        Condition::Tag { tag, has } => {
            let label = labels(table, &[*tag]).pop().map_or("that is gone".to_owned(), |label| label.name);
            format!("{} tag {label}", if *has { "Has the" } else { "Has not the" })
        }
        Condition::Attribute { attribute, is } => {
            let shape = shape(table, *attribute);
            let name = shape.as_ref().map_or("An attribute that is gone".to_owned(), |shape| shape.name.clone());
            let show = |value: &String| shape.as_ref().map_or(value.clone(), |shape| shape.show(value));
            let list = |options: &[String]| options.iter().map(show).collect::<Vec<_>>().join(" or ");
            match is {
                Value::Words(is) => words(&name, is),
                Value::Between(Some(from), Some(to)) => format!("{name} from {} to {}", show(from), show(to)),
                Value::Between(Some(from), None) => format!("{name} from {}", show(from)),
                Value::Between(None, to) => format!("{name} up to {}", to.as_ref().map(show).unwrap_or_default()),
                Value::AnyOf(options) => format!("{name} is {}", list(options)),
                Value::NoneOf(options) => format!("{name} is not {}", list(options)),
            }
        }
    }
}

fn words(name: &str, is: &Words) -> String {
    match is {
        Words::Contains(text) => format!("{name} contains “{text}”"),
        Words::Is(text) => format!("{name} is “{text}”"),
        Words::Filled => format!("{name} is filled in"),
        Words::Empty => format!("{name} is empty"),
    }
}

fn moment(table: Table, name: &str, at: Moment) -> String {
    let clock = table.manage.clock;
    let day = |at| date(clock.local(at), clock.local(clock.now.get_untracked()));
    match at {
        Moment::Within(1) => format!("{name} in the last day"),
        Moment::Within(days) => format!("{name} in the last {days} days"),
        Moment::LongerAgo(days) => format!("{name} more than {days} days ago"),
        Moment::From(at) => format!("{name} from {}", day(at)),
        Moment::Before(at) => format!("{name} before {}", day(at)),
        Moment::Never => format!("{name} never"),
    }
}

fn count(name: &str, of: Count) -> String {
    match (of.least, of.most) {
        (Some(least), Some(most)) if least == most => format!("{name}: {least}"),
        (Some(least), Some(most)) => format!("{name}: {least} to {most}"),
        (Some(least), None) => format!("{name}: {least} or more"),
        (None, most) => format!("{name}: {} or fewer", most.unwrap_or_default()),
    }
}
