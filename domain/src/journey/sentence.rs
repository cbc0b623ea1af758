//! The timeline's steps in words.

use super::{Doer, Happening};
use crate::chat::{Absence, Reason};
use crate::contact::Opted;
use crate::tag::Kind;

impl Happening {
    /// One English sentence without a full stop.
    pub fn sentence(&self, by: &Doer) -> String {
        let name = by.name();
        match self {
            Self::FirstMessage { text } => format!("First message: “{text}”"),
            Self::CameByAd { headline, .. } if headline.is_empty() => "Came by an ad".into(),
            Self::CameByAd { headline, .. } => format!("Came by an ad: {headline}"),
            Self::WindowOpened => "24-hour window opened".into(),
            Self::Requested { reason } => format!("Asked for a person · {}", reason.short()),
            Self::Intervened { .. } => format!("{name} intervened"),
            Self::FirstReply { after } => format!("{name} gave the first reply after {}", duration(*after)),
            Self::TookOver { name: None, .. } => format!("{name} took over"),
            Self::TookOver { name: Some(from), .. } => format!("{name} took over from {from}"),
            Self::Transferred { to, name: next, note } => {
                let whom = if to.is_none() { "everyone" } else { next.as_deref().unwrap_or("another member") };
                let note = if note.is_empty() { String::new() } else { format!(" · {note}") };
                format!("{name} passed the chat to {whom}{note}")
            }
            Self::OpenedToAll => "Nobody accepted in time; open to everyone".into(),
            Self::GivenBack { name: from, absence, .. } => {
                let why = if *absence == Some(Absence::Removed) { "was deactivated" } else { "went away" };
                format!("{} {why}; waiting for a person again", from.as_deref().unwrap_or("The agent"))
            }
            Self::Resolved { outcome: Some(outcome), .. } => format!("{name} resolved · {outcome}"),
            Self::Resolved { outcome: None, .. } => format!("{name} resolved"),
            Self::ResolveUndone => format!("{name} took the resolve back"),
            Self::Dismissed { .. } => format!("{name} dismissed the request"),
            Self::WindowClosed => "24-hour window closed".into(),
            Self::Missed => "Missed: the window closed before anybody answered".into(),
            Self::Expired => "The window closed while the chat was held".into(),
            Self::BotAsked { what } => format!("Bot asked for {what}"),
            Self::Chose { what } => format!("Customer chose “{what}”"),
            Self::TagGiven { tag, category, automation: Some(Kind::FirstMessage) } => {
                format!("First message gave the tag {category} · {tag}")
            }
            Self::TagGiven { tag, category, .. } => format!("{name} gave the tag {category} · {tag}"),
            Self::TagTaken { tag, category } => format!("{name} took off the tag {category} · {tag}"),
            Self::TagMerged { tag, category, into } => {
                format!("{name} merged the tag {category} · {tag} into {into}")
            }
            Self::AttributeSet { name: what, before, after } => {
                let after = after.as_deref().unwrap_or("nothing");
                match before {
                    Some(before) => {
                        let (before, after) = differing(before, after);
                        format!("{name} set {what}: {before} → {after}")
                    }
                    None => format!("{name} set {what}: {}", part(after, 0)),
                }
            }
            Self::IdentityAdded { what } if *by == Doer::Customer => {
                format!("The customer is also known as {what} now")
            }
            Self::IdentityAdded { what } => format!("{name} added {what}"),
            Self::Renamed { before, after } if *by == Doer::Customer => {
                format!("The customer changed their name on WhatsApp: {before} → {after}")
            }
            Self::Renamed { before, after } if before.is_empty() => format!("{name} named the customer {after}"),
            Self::Renamed { before, after } => format!("{name} changed the name: {before} → {after}"),
            Self::BotHandedOver { collected } => {
                let known = collected.iter().map(|(name, value)| format!(" · {} {value}", name.replace('_', " ")));
                format!("The bot handed over to a person{}", known.collect::<String>())
            }
            Self::BotWithdrawn { messages: 1 } => "A message of the bot was not sent: an agent took over".into(),
            Self::BotWithdrawn { messages } => {
                format!("{messages} messages of the bot were not sent: an agent took over")
            }
            Self::Noted => format!("{name} wrote a note"),
            Self::Sent => format!("{name} sent a message"),
            Self::Added => format!("{name} added this contact"),
            Self::Imported { file } => format!("{name} imported this contact from {file}"),
            Self::OptedChanged { opted } => match (opted, by) {
                (Opted::In, Doer::Customer) => "The customer opted in to campaigns".into(),
                (Opted::Out, Doer::Customer) => "The customer opted out of campaigns".into(),
                (Opted::In, _) => format!("{name} noted that the customer opted in to campaigns"),
                (Opted::Out, _) => format!("{name} noted that the customer opted out of campaigns"),
            },
            Self::BlockedChanged { blocked: true } => format!("{name} blocked this contact"),
            Self::BlockedChanged { blocked: false } => format!("{name} unblocked this contact"),
            Self::Merged { name: other, why, blocked, opted, .. } => {
                let since = marks(*blocked, *opted).map(|marks| format!(" · {marks} like them")).unwrap_or_default();
                if why.is_empty() {
                    format!("{name} said that {other} is the same person{since}")
                } else {
                    format!("{name} found that {other} is the same person: {why}{since}")
                }
            }
            Self::Unmerged { name: other, blocked, opted, .. } => {
                let since = marks(*blocked, *opted).map(|marks| format!(" · no longer {marks} like them"));
                format!("{name} told {other} apart again{}", since.unwrap_or_default())
            }
            Self::NotDelivered { why } => format!("A message was not delivered: {}", why.trim_end_matches('.')),
        }
    }
}

/// Most characters of a value in a sentence.
const LONGEST_TOLD: usize = 200;

/// Two long values from a little before the place where they begin to differ.
fn differing(before: &str, after: &str) -> (String, String) {
    let same = before.chars().zip(after.chars()).take_while(|(one, other)| one == other).count();
    let longest = before.chars().count().max(after.chars().count());
    let from = if longest > LONGEST_TOLD { same.saturating_sub(LONGEST_TOLD / 10) } else { 0 };
    (part(before, from), part(after, from))
}

fn part(value: &str, from: usize) -> String {
    let mut rest = value.chars().skip(from);
    let mut part: String = if from > 0 { "…".into() } else { String::new() };
    part.extend(rest.by_ref().take(LONGEST_TOLD));
    if rest.next().is_some() {
        part.push('…');
    }
    part
}

/// What a merge brought, or took away again.
fn marks(blocked: bool, opted: Option<Opted>) -> Option<String> {
    let opted = opted.map(|opted| if opted == Opted::Out { "opted out" } else { "opted in" });
    let marks: Vec<_> = blocked.then_some("blocked").into_iter().chain(opted).collect();
    (!marks.is_empty()).then(|| marks.join(" and "))
}

impl Reason {
    /// A few words for a row or a line.
    pub fn short(&self) -> String {
        match self {
            Self::Chose { title } => format!("chose “{title}”"),
            Self::Wrote { text } => format!("wrote “{text}”"),
            Self::NotUnderstood { .. } => "the bot did not understand".into(),
            Self::Flow { text } => text.clone(),
            Self::Member => "a member asked".into(),
            Self::Api => "asked for by API".into(),
            Self::Transferred { note } if note.is_empty() => "passed on".into(),
            Self::Transferred { note } => format!("passed on: {note}"),
            Self::GivenBack => "the agent went away".into(),
        }
    }

    /// A full sentence for the agent who takes the chat.
    pub fn sentence(&self) -> String {
        match self {
            Self::Chose { title } => format!("The customer chose “{title}”"),
            Self::Wrote { text } => format!("The customer wrote “{text}”"),
            Self::NotUnderstood { text } => format!("The bot did not understand “{text}”"),
            Self::Flow { text } => text.clone(),
            Self::Member => "A member asked for a person".into(),
            Self::Api => "One of your systems asked for a person".into(),
            Self::Transferred { note } if note.is_empty() => "Passed on by another agent".into(),
            Self::Transferred { note } => format!("Passed on: {note}"),
            Self::GivenBack => "The agent who held it went away".into(),
        }
    }
}

/// `4 min 03 s`, `2 h 05 min`, `3 days`.
pub fn duration(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..=59 => format!("{s} s"),
        s @ 60..=3599 => format!("{} min {:02} s", s / 60, s % 60),
        s @ 3600..=86_399 => format!("{} h {:02} min", s / 3600, s % 3600 / 60),
        s => format!("{} days", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_told_from_where_they_differ() {
        let long = "the same ".repeat(100);
        let set = |before: String, after: String| {
            let what = Happening::AttributeSet { name: "About".into(), before: Some(before), after: Some(after) };
            what.sentence(&Doer::Api)
        };
        let told = set(format!("{long}one"), format!("{long}two"));
        assert!(told.ends_with(" the same one → …e the same the same two") && told.len() < 200, "{told}");
        assert_eq!(set("short".into(), "shorter".into()), "The API set About: short → shorter");
        let told = set("é".repeat(300), "à".repeat(300));
        assert_eq!(told, format!("The API set About: {}… → {}…", "é".repeat(200), "à".repeat(200)));
    }
}
