//! A chat's states and the one function that decides between them (design §2).

#[cfg(feature = "postgres")]
pub mod act;
mod apply;
#[cfg(feature = "postgres")]
pub mod begin;
#[cfg(feature = "postgres")]
pub mod by_api;
#[cfg(feature = "postgres")]
pub mod clock;
#[cfg(feature = "postgres")]
mod episode;
pub mod history;
#[cfg(feature = "postgres")]
pub mod list;
#[cfg(feature = "postgres")]
pub mod next;
#[cfg(feature = "postgres")]
pub mod open;
mod row;
#[cfg(feature = "postgres")]
mod rows;
mod sight;
#[cfg(feature = "postgres")]
pub mod store;
#[cfg(test)]
mod table;
mod thread;
#[cfg(feature = "postgres")]
pub mod watch;
mod window;

pub use apply::apply;
pub use history::HistoryFilter;
pub use row::{Counts, Handover, List, MemberName, Page, PageKey, Passed, Row, RowContent, Status};
#[cfg(feature = "postgres")]
pub use rows::rows;
pub use sight::{Sight, sight};
pub use thread::Thread;
pub use window::Window;

use crate::journey::Happening;
use crate::member::Role;
use crate::words::words;
use crate::{MemberId, Timestamp};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

words! {
    /// Where a chat stands for agents.
    Queue {
        /// Handled by the bot, window open.
        Active = "active",
        /// A customer waits for a person.
        Requested = "requested",
        /// Held by one agent.
        Intervened = "intervened",
        /// Nobody's, window closed.
        History = "history",
        /// In no list: read within another chat of the same customer.
        Merged = "merged",
    }
}

words! {
    /// Whether the bot still answers while a customer waits.
    BotVoice {
        /// It answers.
        Speaks = "speaks",
        /// An agent has spoken; it keeps quiet.
        Silent = "silent",
    }
}

/// What a chat is for agents. A row in `chat` holds one of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// The bot's.
    Active,
    /// Waiting for a person.
    Requested(Request),
    /// Held by one agent.
    Intervened {
        /// The holder.
        by: MemberId,
        /// When they took it.
        since: Timestamp,
    },
}

/// A wait for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: Reason,
    /// The one member it is meant for; everyone when `None`.
    pub directed_to: Option<MemberId>,
    /// Whether the bot still answers.
    pub bot: BotVoice,
}

/// Why a person is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The customer tapped a button; its title.
    Chose {
        /// The button's words.
        title: String,
    },
    /// The customer wrote that they want a person; their words.
    Wrote {
        /// What they wrote.
        text: String,
    },
    /// The bot did not understand; the customer's last words.
    NotUnderstood {
        /// What the bot could not answer.
        text: String,
    },
    /// The bot's flow says that this needs a person.
    Flow {
        /// In the flow's words.
        text: String,
    },
    /// A member asked.
    Member,
    /// One of the business's own systems asked.
    Api,
    /// An agent passed it on.
    Transferred {
        /// What the next agent reads first.
        note: String,
    },
    /// The agent who held it went away or was removed.
    GivenBack,
}

/// Who does something to a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// The customer.
    Customer,
    /// The chatbot.
    Bot,
    /// A member, with the role they have now.
    Member(MemberId, Role),
    /// One of the business's own systems.
    Api,
    /// Time.
    Clock,
}

/// Why a chat leaves its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Absence {
    /// The agent went away; given back only when a customer waits.
    Away {
        /// Whether the customer waits for an answer.
        customer_waits: bool,
    },
    /// The member was removed; always given back.
    Removed,
}

/// What can be done to a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// The customer wrote.
    CustomerWrote,
    /// Somebody wants a person for this customer.
    AskForPerson(Reason),
    /// A member takes the chat.
    Intervene,
    /// A supervisor takes the chat from whoever holds it.
    TakeOver,
    /// The chat is passed to one member, or back to everyone.
    Transfer {
        /// The next agent; everyone when `None`.
        to: Option<MemberId>,
        /// What they read first.
        note: String,
    },
    /// The query is settled (by a supervisor on a request: *Dismiss*).
    Resolve {
        /// One of the workspace's outcomes.
        outcome: Option<String>,
        /// Free words.
        note: Option<String>,
    },
    /// The member who just resolved takes it back.
    UndoResolve {
        /// Who resolved last.
        resolved_by: Option<MemberId>,
        /// When.
        resolved_at: Option<Timestamp>,
        /// What it was resolved from, and is again.
        was: Option<State>,
    },
    /// The member who holds it (or whom it was directed to) is no longer there.
    GiveBack {
        /// That member.
        member: MemberId,
        /// Why.
        absence: Absence,
    },
    /// Nobody accepted a directed request in time.
    OpenToAll,
    /// The service window has ended.
    CloseWindow,
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refusal {
    /// Another member holds the chat.
    #[error("{}", held(.name))]
    AlreadyHeld {
        /// Who holds it.
        by: MemberId,
        /// Their name, where the refusal may tell it.
        name: Option<String>,
    },
    /// The request is meant for another member.
    #[error("This request is directed to another member.")]
    DirectedElsewhere,
    /// Only the holder may do this.
    #[error("Only the agent who holds this chat can do this.")]
    NotHolder,
    /// The chat is not in a state where this makes sense.
    #[error("Nobody holds this chat. Press Intervene first.")]
    NotHeld,
    /// The actor may never do this.
    #[error("You do not have the right to do this.")]
    NotAllowed,
    /// Another chat of the same customer is out of sight, and with it what is known of them.
    #[error("This customer is with another member just now.")]
    ContactElsewhere,
    /// The five seconds are over, or somebody else has acted since.
    #[error("This can no longer be undone.")]
    TooLate,
    /// Free text is possible for 24 hours after the customer last wrote.
    #[error("The customer last wrote more than 24 hours ago. WhatsApp allows no free text until they write again.")]
    WindowClosed,
}

fn held(name: &Option<String>) -> String {
    match name {
        Some(name) => format!("{name} was faster and holds this chat now."),
        None => "Another agent holds this chat now.".into(),
    }
}

/// What follows from an accepted command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The state from now on.
    pub state: State,
    /// What is written into journey and thread.
    pub happenings: Vec<Happening>,
    /// How much the contact's *unresolved queries* grow.
    pub unresolved_queries: i64,
}

/// How long after Resolve its undo is accepted: five seconds on screen and as many for the way there.
pub const UNDO: TimeDelta = TimeDelta::seconds(10);

impl State {
    /// The chat's holder.
    pub fn holder(&self) -> Option<MemberId> {
        match self {
            Self::Intervened { by, .. } => Some(*by),
            Self::Active | Self::Requested(_) => None,
        }
    }

    /// The member that a request is meant for.
    pub fn directed_to(&self) -> Option<MemberId> {
        match self {
            Self::Requested(request) => request.directed_to,
            Self::Active | Self::Intervened { .. } => None,
        }
    }

    /// Whether the bot answers here.
    pub fn bot_answers(&self) -> bool {
        match self {
            Self::Active => true,
            Self::Requested(request) => request.bot == BotVoice::Speaks,
            Self::Intervened { .. } => false,
        }
    }

    /// Whether this member may send: only the holder, and only while holding.
    pub fn may_send(&self, member: MemberId) -> Result<(), Refusal> {
        match self {
            Self::Intervened { by, .. } if *by == member => Ok(()),
            Self::Intervened { .. } => Err(Refusal::NotHolder),
            Self::Active | Self::Requested(_) => Err(Refusal::NotHeld),
        }
    }

    /// Whether the business's own systems may send: an agent's chat is the agent's alone.
    pub fn api_may_send(&self) -> Result<(), Refusal> {
        match self {
            Self::Intervened { .. } => Err(Refusal::NotHolder),
            Self::Active | Self::Requested(_) => Ok(()),
        }
    }

    /// Where it stands for agents.
    pub fn queue(&self, window_open: bool) -> Queue {
        match self {
            Self::Active if window_open => Queue::Active,
            Self::Active => Queue::History,
            Self::Requested(_) => Queue::Requested,
            Self::Intervened { .. } => Queue::Intervened,
        }
    }
}
