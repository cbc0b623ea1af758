//! The contact's lifelong timeline: what happened, who did it, when.

#[cfg(feature = "postgres")]
pub mod store;

use crate::chat::Reason;
use crate::{JourneyId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};

/// Something that happened to a contact or their chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// The contact's very first message.
    FirstMessage {
        /// Its words.
        text: String,
    },
    /// The service window opened again after it had closed.
    WindowOpened,
    /// Somebody asked for a person.
    Requested {
        /// Why.
        reason: Reason,
    },
    /// An agent took the chat.
    Intervened {
        /// Seconds the customer waited; `None` where nobody had asked.
        waited: Option<i64>,
    },
    /// The agent's first answer of this handling.
    FirstReply {
        /// Seconds since the request, or since the agent intervened.
        after: i64,
    },
    /// A supervisor took the chat from an agent.
    TookOver {
        /// That agent.
        from: MemberId,
    },
    /// The chat was passed on.
    Transferred {
        /// To whom; everyone when `None`.
        to: Option<MemberId>,
        /// What the next agent reads first.
        note: String,
    },
    /// A directed request was opened to everyone.
    OpenedToAll,
    /// The agent went away or was removed, and the chat waits again.
    GivenBack {
        /// That agent.
        from: MemberId,
    },
    /// The query was settled.
    Resolved {
        /// The outcome chosen.
        outcome: Option<String>,
        /// The agent's words.
        note: Option<String>,
    },
    /// The resolve was taken back.
    ResolveUndone,
    /// A supervisor ended a request without taking it.
    Dismissed {
        /// Why.
        note: Option<String>,
    },
    /// The service window closed while the bot had the chat.
    WindowClosed,
    /// The window closed and nobody had taken the request.
    Missed,
    /// The window closed while an agent held the chat.
    Expired,
    /// A step of the chatbot's flow.
    BotAsked {
        /// What it asked for.
        what: String,
    },
    /// An attribute got a value.
    AttributeSet {
        /// Its name.
        name: String,
        /// The value before.
        before: Option<String>,
        /// The value after.
        after: String,
    },
    /// The contact gained a phone number or other identity.
    IdentityAdded {
        /// Which.
        what: String,
    },
}

/// Who did it, as the timeline shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doer {
    /// The customer.
    Customer,
    /// The chatbot.
    Bot,
    /// A member, by the name they had then.
    Member {
        /// Who.
        id: MemberId,
        /// Their name.
        name: String,
    },
    /// One of the business's own systems.
    Api,
    /// Time.
    Clock,
}

/// One step of the journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JourneyStep {
    /// Which.
    pub id: JourneyId,
    /// What happened.
    pub what: Happening,
    /// Who did it.
    pub by: Doer,
    /// When.
    pub at: Timestamp,
    /// The place in the thread.
    pub seq: Option<i64>,
}

impl Doer {
    /// The name on screen.
    pub fn name(&self) -> &str {
        match self {
            Self::Customer => "The customer",
            Self::Bot => "The bot",
            Self::Member { name, .. } => name,
            Self::Api => "The API",
            Self::Clock => "Baton",
        }
    }
}

impl Happening {
    /// Whether it is shown between the messages of the thread; the rest is in the journey only.
    pub fn in_thread(&self) -> bool {
        match self {
            Self::Requested { .. }
            | Self::Intervened { .. }
            | Self::TookOver { .. }
            | Self::Transferred { .. }
            | Self::OpenedToAll
            | Self::GivenBack { .. }
            | Self::Resolved { .. }
            | Self::ResolveUndone
            | Self::Dismissed { .. }
            | Self::Missed
            | Self::Expired
            | Self::WindowClosed => true,
            Self::FirstMessage { .. }
            | Self::WindowOpened
            | Self::FirstReply { .. }
            | Self::BotAsked { .. }
            | Self::AttributeSet { .. }
            | Self::IdentityAdded { .. } => false,
        }
    }

    /// One English sentence without a full stop.
    pub fn sentence(&self, by: &Doer) -> String {
        let name = by.name();
        match self {
            Self::FirstMessage { text } => format!("First message: “{text}”"),
            Self::WindowOpened => "24-hour window opened".into(),
            Self::Requested { reason } => format!("Asked for a person · {}", reason.short()),
            Self::Intervened { .. } => format!("{name} intervened"),
            Self::FirstReply { after } => format!("{name} gave the first reply after {}", duration(*after)),
            Self::TookOver { .. } => format!("{name} took over"),
            Self::Transferred { to: Some(_), note } if note.is_empty() => format!("{name} passed the chat on"),
            Self::Transferred { to: None, note } if note.is_empty() => format!("{name} passed the chat to everyone"),
            Self::Transferred { note, .. } => format!("{name} passed the chat on · {note}"),
            Self::OpenedToAll => "Nobody accepted in time; open to everyone".into(),
            Self::GivenBack { .. } => "The agent went away; waiting for a person again".into(),
            Self::Resolved { outcome: Some(outcome), .. } => format!("{name} resolved · {outcome}"),
            Self::Resolved { outcome: None, .. } => format!("{name} resolved"),
            Self::ResolveUndone => format!("{name} took the resolve back"),
            Self::Dismissed { .. } => format!("{name} dismissed the request"),
            Self::WindowClosed => "24-hour window closed".into(),
            Self::Missed => "Missed: the window closed before anybody answered".into(),
            Self::Expired => "The window closed while the chat was held".into(),
            Self::BotAsked { what } => format!("Bot asked for {what}"),
            Self::AttributeSet { name, before: Some(before), after } => format!("{name}: {before} → {after}"),
            Self::AttributeSet { name, before: None, after } => format!("{name} → {after}"),
            Self::IdentityAdded { what } => format!("Now also known as {what}"),
        }
    }
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
