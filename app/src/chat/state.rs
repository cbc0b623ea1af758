//! An open thread as a screen keeps it: a plain structure that the server fills and frames change.

use domain::chat::{Handover, Row, Thread};
use domain::message::Message;
use domain::{ChatId, MessageId, Timestamp};
use std::collections::BTreeMap;

/// A message that this screen has sent and the server has not confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Made here; the server's message bears the same.
    pub id: MessageId,
    /// What was typed.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// Why it was refused; it stays, with what was typed.
    pub refused: Option<String>,
}

/// The open chat.
#[derive(Clone, Debug)]
pub struct ThreadState {
    /// Its row.
    pub row: Row,
    /// Messages by their place.
    messages: BTreeMap<i64, Message>,
    /// What is on its way.
    pub pending: Vec<Pending>,
    /// Whether there are older messages.
    pub older: bool,
    /// The place up to which was read when it was opened.
    pub seen: i64,
    /// Why the chat came to the desk.
    pub handover: Option<Handover>,
    /// Something is missing: it has to be loaded again.
    pub stale: bool,
}

impl ThreadState {
    /// From what the server opened.
    pub fn new(thread: Thread) -> Self {
        Self {
            row: thread.row,
            messages: thread.messages.into_iter().map(|message| (message.seq, message)).collect(),
            pending: Vec::new(),
            older: thread.older,
            seen: thread.seen,
            handover: thread.handover,
            stale: false,
        }
    }

    /// Which chat.
    pub fn chat(&self) -> ChatId {
        self.row.id
    }

    /// Everything again from the server; what is on its way stays, what was scrolled to, and what frames have
    /// told since the server answered.
    pub fn reload(&mut self, thread: Thread) {
        let known = std::mem::take(&mut self.messages);
        let pending = std::mem::take(&mut self.pending);
        let (seen, had_older, row) = (self.seen, self.older, self.row.clone());
        *self = Self::new(thread);
        self.seen = seen;
        self.apply_row(row);
        let first = self.first().unwrap_or(i64::MAX);
        // Older pages are kept where they join the new one without a gap.
        let joins = known.contains_key(&(first - 1));
        let (before, after): (Vec<_>, Vec<_>) = known.into_values().partition(|message| message.seq < first);
        self.apply(after);
        if joins {
            self.older = had_older;
            self.messages.extend(before.into_iter().map(|message| (message.seq, message)));
        }
        self.pending = pending.into_iter().filter(|pending| !self.has(pending.id)).collect();
    }

    /// Takes older messages.
    pub fn prepend(&mut self, messages: Vec<Message>, older: bool) {
        self.messages.extend(messages.into_iter().map(|message| (message.seq, message)));
        self.older = older;
    }

    /// Takes new or altered messages; notices gaps.
    pub fn apply(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.pending.retain(|pending| pending.id != message.id);
            if self.messages.get(&message.seq).is_some_and(|known| known.version > message.version) {
                continue;
            }
            if self.first().is_some_and(|first| message.seq < first) {
                continue;
            }
            self.messages.insert(message.seq, message);
        }
        if let (Some(first), Some(last)) = (self.first(), self.messages.keys().next_back()) {
            let held = i64::try_from(self.messages.len()).unwrap_or(0);
            self.stale |= last - first + 1 != held;
        }
    }

    /// Takes a newer row.
    pub fn apply_row(&mut self, row: Row) {
        if row.id == self.row.id && row.version >= self.row.version {
            self.row = row;
        }
    }

    /// The oldest place that is loaded.
    pub fn first(&self) -> Option<i64> {
        self.messages.keys().next().copied()
    }

    /// The newest place.
    pub fn last(&self) -> i64 {
        self.messages.keys().next_back().copied().unwrap_or(0)
    }

    /// The messages in order.
    pub fn messages(&self) -> impl Iterator<Item = &Message> {
        self.messages.values()
    }

    fn has(&self, id: MessageId) -> bool {
        self.messages.values().any(|message| message.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::chat::{Queue, Row};
    use domain::message::{Author, Body};

    fn chat() -> ChatId {
        "00000000-0000-7000-8000-000000000001".parse().unwrap()
    }

    fn message(seq: i64, version: i64) -> Message {
        Message {
            id: format!("00000000-0000-7000-8000-{seq:012}").parse().unwrap(),
            chat: chat(),
            seq,
            version,
            author: Author::Customer,
            member: None,
            body: Body::text(format!("{seq} v{version}")),
            at: Timestamp::from_timestamp(seq, 0).unwrap(),
            delivery: None,
            failure: None,
        }
    }

    fn thread(seqs: std::ops::RangeInclusive<i64>) -> Thread {
        let row = Row {
            id: chat(),
            version: 1,
            queue: Queue::Active,
            holder: None,
            held_since: None,
            requested_since: None,
            directed_to: None,
            unanswered_since: None,
            content: None,
        };
        let older = *seqs.start() > 1;
        Thread {
            row,
            messages: seqs.map(|seq| message(seq, 1)).collect(),
            older,
            seen: 0,
            draft: String::new(),
            handover: None,
            cursor: 1,
        }
    }

    #[test]
    fn events_twice_and_out_of_order_change_nothing_more() {
        let mut state = ThreadState::new(thread(1..=3));
        state.apply(vec![message(4, 2), message(4, 1), message(4, 2), message(2, 1)]);
        assert_eq!(state.last(), 4);
        assert_eq!(state.messages().filter(|m| m.version == 2).count(), 1);
        assert!(!state.stale);
    }

    #[test]
    fn a_gap_is_noticed_and_closed_by_loading_again() {
        let mut state = ThreadState::new(thread(1..=3));
        state.apply(vec![message(6, 1)]);
        assert!(state.stale);
        state.reload(thread(2..=6));
        assert!(!state.stale);
        assert_eq!(state.messages().map(|m| m.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_confirmed_message_replaces_the_pending_one() {
        let mut state = ThreadState::new(thread(1..=3));
        let sent = message(4, 1);
        state.pending.push(Pending { id: sent.id, text: "x".into(), at: sent.at, refused: None });
        state.apply(vec![sent]);
        assert!(state.pending.is_empty());
    }

    #[test]
    fn an_altered_message_that_is_not_loaded_is_left_alone() {
        let mut state = ThreadState::new(thread(5..=9));
        state.apply(vec![message(2, 3)]);
        assert_eq!(state.first(), Some(5));
        assert!(!state.stale);
    }
}
