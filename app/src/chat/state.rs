//! An open thread as a screen keeps it: a plain structure that the server fills and frames change.

use domain::chat::{Handover, Row, Thread};
use domain::media::File;
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
    /// The buttons below it.
    pub buttons: Vec<String>,
    /// The file that goes with it.
    pub file: Option<File>,
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
    /// Messages around a place further up, shown in place of the end as long as nothing joins the two.
    away: Option<BTreeMap<i64, Message>>,
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
            away: None,
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
        let away = self.away.take();
        let (seen, row) = (self.seen, self.row.clone());
        *self = Self::new(thread);
        self.seen = seen;
        self.apply_row(row);
        let mut first = self.first().unwrap_or(i64::MAX);
        let (before, after): (Vec<_>, Vec<_>) = known.into_values().partition(|message| message.seq < first);
        self.apply(after);
        // Of older pages what joins the new one without a gap is kept.
        for message in before.into_iter().rev() {
            if message.seq + 1 < first {
                break;
            }
            first = message.seq;
            self.older = first > 1;
            self.messages.insert(first, message);
        }
        self.pending = pending.into_iter().filter(|pending| !self.has(pending.id)).collect();
        self.away = away;
        self.join();
    }

    /// Shows what this screen has sent, unless it does already or the server has confirmed it.
    pub fn wait(&mut self, pending: Pending) {
        if !self.has(pending.id) && self.pending.iter().all(|known| known.id != pending.id) {
            self.pending.push(pending);
        }
    }

    /// Takes a page that was asked for: older messages, or newer ones below those that are shown. What joins nothing
    /// that is here any more is left out.
    pub fn take(&mut self, messages: Vec<Message>) {
        let Some((from, to)) = ends(&messages) else { return };
        let touches = |known: &BTreeMap<i64, Message>| {
            let (Some(first), Some(last)) = (known.keys().next(), known.keys().next_back()) else { return false };
            from <= last + 1 && to + 1 >= *first
        };
        if let Some(away) = self.away.as_mut().filter(|away| touches(away)) {
            put(away, messages);
        } else if touches(&self.messages) {
            put(&mut self.messages, messages);
            self.older = self.first().is_some_and(|first| first > 1);
        }
        self.join();
    }

    /// Shows the page around a place, whatever was shown before.
    pub fn show(&mut self, messages: Vec<Message>) {
        if !messages.is_empty() {
            let mut away = BTreeMap::new();
            put(&mut away, messages);
            self.away = Some(away);
            self.join();
        }
    }

    /// Shows a place, if it is loaded; tells whether it is.
    pub fn reach(&mut self, seq: i64) -> bool {
        if self.away.as_ref().is_some_and(|away| away.contains_key(&seq)) {
            return true;
        }
        let loaded = self.messages.contains_key(&seq);
        if loaded {
            self.away = None;
        }
        loaded
    }

    /// Shows the end again.
    pub fn back(&mut self) {
        self.away = None;
    }

    /// Whether the end is not shown.
    pub fn is_away(&self) -> bool {
        self.away.is_some()
    }

    /// The messages on screen, in order.
    pub fn shown(&self) -> &BTreeMap<i64, Message> {
        self.away.as_ref().unwrap_or(&self.messages)
    }

    /// Whether there are older messages than those on screen.
    pub fn goes_back(&self) -> bool {
        match &self.away {
            Some(away) => away.keys().next().is_some_and(|first| *first > 1),
            None => self.older,
        }
    }

    /// Makes one of what is shown and the end, once nothing is missing between them.
    fn join(&mut self) {
        let reaches = |away: &BTreeMap<i64, Message>| {
            away.keys().next_back().is_none_or(|last| last + 1 >= self.first().unwrap_or(0))
        };
        if self.away.as_ref().is_some_and(reaches) {
            let away = self.away.take().unwrap_or_default();
            put(&mut self.messages, away.into_values().collect());
            self.older = self.first().is_some_and(|first| first > 1);
        }
    }

    /// Takes new or altered messages; notices gaps.
    pub fn apply(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.pending.retain(|pending| pending.id != message.id);
            if let Some(away) = self.away.as_mut().filter(|away| away.contains_key(&message.seq)) {
                put(away, vec![message.clone()]);
            }
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

/// The first and the last place of a page.
fn ends(messages: &[Message]) -> Option<(i64, i64)> {
    Some((messages.first()?.seq, messages.last()?.seq))
}

/// Puts messages where they belong, but for those that are known newer.
fn put(known: &mut BTreeMap<i64, Message>, messages: Vec<Message>) {
    for message in messages {
        if known.get(&message.seq).is_none_or(|known| known.version <= message.version) {
            known.insert(message.seq, message);
        }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
