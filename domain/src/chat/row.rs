//! What a list shows of a chat.

use super::{Queue, Reason, Window};
use crate::member::Member;
use crate::message::Author;
use crate::{ChatId, ContactId, MemberId, Timestamp};
use serde::{Deserialize, Serialize};

/// A member as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberName {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: String,
}

impl From<&Member> for MemberName {
    fn from(member: &Member) -> Self {
        Self { id: member.id, name: member.name.clone() }
    }
}

/// One chat in a list, as one member may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Which chat.
    pub id: ChatId,
    /// Grows with every change; an older row never replaces a newer one.
    pub version: i64,
    /// Where it stands.
    pub queue: Queue,
    /// Who holds it.
    pub holder: Option<MemberName>,
    /// Since when.
    pub held_since: Option<Timestamp>,
    /// Since when the customer waits for a person.
    pub requested_since: Option<Timestamp>,
    /// Whom the request is meant for.
    pub directed_to: Option<MemberName>,
    /// When it opens to everyone, should they not accept it.
    pub offer_until: Option<Timestamp>,
    /// Since when the customer waits for an answer.
    pub unanswered_since: Option<Timestamp>,
    /// Text, name and number; `None` where the member sees the row only.
    pub content: Option<RowContent>,
}

/// The part of a row that only those see who may read the chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowContent {
    /// The customer.
    pub contact: ContactId,
    /// As the business calls them, or as they call themselves.
    pub name: Option<String>,
    /// Phone number with `+`, where it is known.
    pub phone: Option<String>,
    /// WhatsApp username, shown only.
    pub username: Option<String>,
    /// The last thing said.
    pub last_line: String,
    /// By whom.
    pub last_author: Author,
    /// When.
    pub last_at: Timestamp,
    /// The thread's length.
    pub last_seq: i64,
    /// Customer's messages in all.
    pub customer_count: i64,
    /// How many of them this member has seen.
    pub seen_count: i64,
    /// The end of the service window.
    pub window: Window,
    /// Whether the clock has not yet closed it.
    pub window_open: bool,
    /// Why a person is asked for.
    pub reason: Option<Reason>,
    /// Who resolved it since the customer last wrote.
    pub resolved_by: Option<String>,
    /// The last request ended with nobody taking it.
    pub missed: bool,
}

impl RowContent {
    /// The customer's messages that this member has not seen.
    pub fn unread(&self) -> i64 {
        (self.customer_count - self.seen_count).max(0)
    }

    /// Name, username, phone number, or a plain word: never empty.
    pub fn title(&self) -> String {
        self.name
            .clone()
            .filter(|name| !name.trim().is_empty())
            .or_else(|| self.username.as_ref().map(|name| format!("@{name}")))
            .or_else(|| self.phone.clone())
            .unwrap_or_else(|| "WhatsApp user".into())
    }
}

impl Row {
    /// The status shown in profile and rows (design §2).
    pub fn status(&self) -> Status {
        match (self.queue, &self.content) {
            (Queue::Intervened, _) => Status::Intervened,
            (Queue::Requested, _) => Status::Requesting,
            (Queue::History | Queue::Merged, _) => Status::Closed,
            (Queue::Active, Some(content)) if content.resolved_by.is_some() => Status::Closed,
            (Queue::Active, _) => Status::Active,
        }
    }
}

/// The word for a chat's state that AiSensy's users know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// The bot's.
    Active,
    /// Waiting for a person.
    Requesting,
    /// Held by an agent.
    Intervened,
    /// Resolved since the customer last wrote, or the window is closed.
    Closed,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Active => "Active",
            Self::Requesting => "Requesting",
            Self::Intervened => "Intervened",
            Self::Closed => "Closed",
        })
    }
}

/// How many chats stand where, as one member may know it, as of a feed number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// With the bot.
    pub active: i64,
    /// Waiting for a person (and not for somebody else).
    pub requested: i64,
    /// Of these, meant for everyone or for this member: supervisors see more than they are called for.
    pub waiting: i64,
    /// Held by this member.
    pub mine: i64,
    /// Held by others, or directed to others.
    pub others: i64,
    /// Nobody's, window closed.
    pub history: i64,
}

/// A place in a list: the sort key of a row, for keyset paging.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PageKey {
    /// The time the list is sorted by; `None` sorts last.
    pub at: Option<Timestamp>,
    /// Breaks ties.
    pub id: ChatId,
}

/// A part of the desk's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum List {
    /// With the bot, newest first.
    Active,
    /// Waiting for a person, longest first.
    Requested,
    /// Mine, oldest unanswered first.
    Mine,
    /// Held by others (supervisors see rows without content).
    Others,
    /// Nobody's and closed, newest first.
    History,
}

impl List {
    /// The place of a row in this list.
    pub fn key(self, row: &Row) -> PageKey {
        let at = match self {
            Self::Active | Self::History => row.content.as_ref().map(|content| content.last_at),
            Self::Requested => row.requested_since,
            Self::Mine | Self::Others => row.unanswered_since,
        };
        PageKey { at, id: row.id }
    }
}

/// One page of a list, and the feed number as of which it is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The rows, in the list's order.
    pub rows: Vec<Row>,
    /// Whether more follow.
    pub more: bool,
    /// How many chats stand where.
    pub counts: Counts,
    /// The feed number read in the same snapshot.
    pub cursor: i64,
    /// The longest waiting request this member may take.
    pub longest_wait: Option<Timestamp>,
}

/// A chat that was passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// By whom.
    pub by: String,
    /// What the next agent reads first; may be empty.
    pub note: String,
}

/// What an agent reads first after intervening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Why a person was asked for.
    pub reason: Option<Reason>,
    /// Who passed the chat on last, and with what words.
    pub passed: Option<Passed>,
    /// What the bot had collected: name and value.
    pub collected: Vec<(String, String)>,
    /// How long the customer waited, in seconds.
    pub waited: Option<i64>,
    /// Earlier handlings.
    pub earlier: i64,
    /// Outcome and time of the last of them.
    pub last: Option<(Option<String>, Timestamp)>,
}

impl Handover {
    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        let asked = self.reason.is_some() || self.waited.is_some() || self.passed.is_some();
        !asked && self.collected.is_empty() && self.earlier == 0
    }
}
