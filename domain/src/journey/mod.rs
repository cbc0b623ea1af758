//! The contact's lifelong timeline: what happened, who did it, when.

#[cfg(feature = "postgres")]
pub mod by_api;
#[cfg(feature = "postgres")]
pub mod export;
mod filter;
mod sentence;
#[cfg(feature = "postgres")]
pub mod store;

pub use filter::{DoerKind, Filter, Part, StepKey};
pub use sentence::duration;

use crate::chat::{Absence, Reason};
use crate::contact::Opted;
use crate::tag::Kind;
use crate::{ChatId, ContactId, EpisodeId, JourneyId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Something that happened to a contact or their chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// The contact's very first message.
    FirstMessage {
        /// Its words.
        text: String,
    },
    /// A customer who had written before tapped an ad or a post that leads to WhatsApp.
    CameByAd {
        /// Its headline; empty where it has none.
        headline: String,
        /// Its address.
        url: String,
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
        /// Their name then.
        #[serde(default)]
        name: Option<String>,
    },
    /// The chat was passed on.
    Transferred {
        /// To whom; everyone when `None`.
        to: Option<MemberId>,
        /// Their name then.
        #[serde(default)]
        name: Option<String>,
        /// What the next agent reads first.
        note: String,
    },
    /// A directed request was opened to everyone.
    OpenedToAll,
    /// The agent went away or was removed, and the chat waits again.
    GivenBack {
        /// That agent.
        from: MemberId,
        /// Their name then.
        #[serde(default)]
        name: Option<String>,
        /// Which of the two; `None` in rows from before it was kept.
        #[serde(default)]
        absence: Option<Absence>,
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
    /// The customer chose something that the bot offered.
    Chose {
        /// What.
        what: String,
    },
    /// An attribute got a value, or lost it.
    AttributeSet {
        /// Its name.
        name: String,
        /// The value before.
        before: Option<String>,
        /// The value after; `None` where it was cleared.
        after: Option<String>,
    },
    /// The contact got a tag.
    TagGiven {
        /// Its name.
        tag: String,
        /// Its category's name.
        category: String,
        /// Which automation gave it; `None` where somebody did.
        #[serde(default)]
        automation: Option<Kind>,
    },
    /// A tag was taken off the contact.
    TagTaken {
        /// Its name.
        tag: String,
        /// Its category's name.
        category: String,
    },
    /// A tag that the contact had became another one, for all who had it.
    TagMerged {
        /// Its name.
        tag: String,
        /// Its category's name.
        category: String,
        /// The other's name.
        into: String,
    },
    /// The contact gained a phone number or other identity.
    IdentityAdded {
        /// Which.
        what: String,
    },
    /// The customer changed the name they have on WhatsApp, or the business calls them otherwise.
    Renamed {
        /// The name before; empty where there was none.
        before: String,
        /// The name after.
        after: String,
    },
    /// The bot's flow ended with a person.
    BotHandedOver {
        /// What it had collected: name and value.
        collected: Vec<(String, String)>,
    },
    /// What the bot had not yet sent was withdrawn: an agent took over.
    BotWithdrawn {
        /// How many messages.
        messages: i64,
    },
    /// A member wrote an internal note.
    Noted,
    /// The contact was made otherwise than by writing: by hand, by a file, by the API.
    Added,
    /// A file brought something new about the contact.
    Imported {
        /// The file's name.
        file: String,
    },
    /// The customer wants campaigns, or does not want them any more.
    OptedChanged {
        /// Which.
        opted: Opted,
    },
    /// The contact was blocked, or is no longer.
    BlockedChanged {
        /// Whether it is now.
        blocked: bool,
    },
    /// Another contact turned out to be the same person.
    Merged {
        /// The contact that became this one.
        contact: ContactId,
        /// What it was called.
        name: String,
        /// What showed it; empty where somebody said so.
        #[serde(default)]
        why: String,
        /// Whether it was blocked, and this one is since.
        #[serde(default)]
        blocked: bool,
        /// What it had said about campaigns, where that holds for this one since.
        #[serde(default)]
        opted: Option<Opted>,
    },
    /// They were told apart again.
    Unmerged {
        /// The other contact.
        contact: ContactId,
        /// What it is called.
        name: String,
        /// Whether the block that came with it went with it.
        #[serde(default)]
        blocked: bool,
        /// What had come with it about campaigns, where that went with it.
        #[serde(default)]
        opted: Option<Opted>,
    },
    /// One of the business's own systems wrote to the customer.
    Sent,
    /// A message did not reach the customer.
    NotDelivered {
        /// Why, in plain words.
        why: String,
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
    /// One of the business's own systems, before it was kept by which key.
    Api,
    /// One of the business's own systems.
    Key {
        /// What its API key was called then.
        name: String,
    },
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
    /// In which chat.
    pub chat: Option<ChatId>,
    /// The place in that chat's thread.
    pub seq: Option<i64>,
    /// The handling that it belongs to.
    pub episode: Option<EpisodeId>,
    /// Seconds in it from the request to the agent, or to its end; `None` where nobody had asked, or still waits.
    pub waited: Option<i64>,
    /// Seconds in it from the agent to the end; `None` while it goes on, or where no agent came.
    pub handled: Option<i64>,
    /// Whether it goes on.
    pub open: bool,
}

impl JourneyStep {
    /// Its place in the timeline.
    pub fn key(&self) -> StepKey {
        (self.at, self.id)
    }
}

impl Doer {
    /// The name on screen.
    pub fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::Customer => "The customer",
            Self::Bot => "The bot",
            Self::Member { name, .. } => name,
            Self::Api => "The API",
            Self::Key { name } => return Cow::Owned(format!("{name} (API)")),
            Self::Clock => "Baton",
        })
    }

    /// What kind of doer it is.
    pub fn kind(&self) -> DoerKind {
        match self {
            Self::Customer => DoerKind::Customer,
            Self::Bot => DoerKind::Bot,
            Self::Member { .. } => DoerKind::Member,
            Self::Api | Self::Key { .. } => DoerKind::Api,
            Self::Clock => DoerKind::Clock,
        }
    }
}

impl Happening {
    /// The member it names besides its doer, and where their name belongs.
    pub fn named(&mut self) -> Option<(MemberId, &mut Option<String>)> {
        match self {
            Self::TookOver { from, name } | Self::GivenBack { from, name, .. } => Some((*from, name)),
            Self::Transferred { to, name, .. } => to.map(|to| (to, name)),
            _ => None,
        }
    }

    /// What it is about.
    pub fn part(&self) -> Part {
        match self {
            Self::FirstMessage { .. }
            | Self::CameByAd { .. }
            | Self::WindowOpened
            | Self::WindowClosed
            | Self::Noted
            | Self::Sent
            | Self::NotDelivered { .. } => Part::Messages,
            Self::BotAsked { .. } | Self::Chose { .. } | Self::BotHandedOver { .. } | Self::BotWithdrawn { .. } => {
                Part::Bot
            }
            Self::Requested { .. }
            | Self::Intervened { .. }
            | Self::FirstReply { .. }
            | Self::TookOver { .. }
            | Self::Transferred { .. }
            | Self::Resolved { .. }
            | Self::ResolveUndone
            | Self::Dismissed { .. }
            | Self::Missed
            | Self::Expired => Part::Requests,
            Self::OpenedToAll | Self::GivenBack { .. } => Part::System,
            // Whatever else happens to a contact changes what is known of them.
            _ => Part::Profile,
        }
    }

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
            | Self::Merged { .. }
            | Self::Unmerged { .. }
            | Self::WindowClosed => true,
            Self::FirstMessage { .. }
            | Self::CameByAd { .. }
            | Self::WindowOpened
            | Self::FirstReply { .. }
            | Self::BotAsked { .. }
            | Self::Chose { .. }
            | Self::AttributeSet { .. }
            | Self::TagGiven { .. }
            | Self::TagTaken { .. }
            | Self::TagMerged { .. }
            | Self::IdentityAdded { .. }
            | Self::Renamed { .. }
            | Self::BotHandedOver { .. }
            | Self::BotWithdrawn { .. }
            | Self::Noted
            | Self::Sent
            | Self::Added
            | Self::Imported { .. }
            | Self::OptedChanged { .. }
            | Self::BlockedChanged { .. }
            | Self::NotDelivered { .. } => false,
        }
    }

    /// The words a member left with it, where its sentence does not say them.
    pub fn note(&self) -> Option<&str> {
        match self {
            Self::Resolved { note, .. } | Self::Dismissed { note } => note.as_deref().filter(|note| !note.is_empty()),
            _ => None,
        }
    }
}
