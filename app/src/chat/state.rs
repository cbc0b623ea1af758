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
            offer_until: None,
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
            buttons: Vec::new(),
            file: None,
            note: String::new(),
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
    fn what_lies_above_a_gap_is_loaded_again_on_the_way_up() {
        let mut state = ThreadState::new(thread(1..=3));
        state.apply(vec![message(5, 1), message(6, 1)]);
        state.reload(thread(7..=9));
        shows(&state, 5..=9);
        assert!(state.older);
        state.take(page(2..=4));
        shows(&state, 2..=9);
        state.reload(thread(7..=9));
        shows(&state, 2..=9);
        assert!(state.older);
    }

    #[test]
    fn a_confirmed_message_replaces_the_pending_one() {
        let mut state = ThreadState::new(thread(1..=3));
        let sent = message(4, 1);
        state.pending.push(Pending {
            id: sent.id,
            text: "x".into(),
            buttons: Vec::new(),
            file: None,
            at: sent.at,
            refused: None,
        });
        state.apply(vec![sent]);
        assert!(state.pending.is_empty());
    }

    fn page(seqs: std::ops::RangeInclusive<i64>) -> Vec<Message> {
        seqs.map(|seq| message(seq, 1)).collect()
    }

    #[track_caller]
    fn shows(state: &ThreadState, seqs: std::ops::RangeInclusive<i64>) {
        assert_eq!(state.shown().keys().copied().collect::<Vec<_>>(), seqs.collect::<Vec<_>>());
    }

    #[test]
    fn a_place_far_above_is_shown_and_joins_the_end_page_by_page() {
        let mut state = ThreadState::new(thread(80..=99));
        assert!(!state.reach(30));
        state.show(page(20..=40));
        assert!(state.is_away() && state.goes_back() && state.reach(30));
        shows(&state, 20..=40);
        // Meanwhile something new is said, and something that is shown changes.
        state.apply(vec![message(100, 1), message(25, 7)]);
        assert_eq!((state.last(), state.first(), state.shown()[&25].version), (100, Some(80), 7));
        assert!(!state.stale);
        state.take(page(41..=60));
        state.take(page(1..=19));
        assert!(!state.goes_back());
        // An answer that was overtaken joins nothing.
        state.take(page(70..=75));
        shows(&state, 1..=60);
        state.reload(thread(85..=104));
        shows(&state, 1..=60);
        state.take(page(61..=79));
        assert!(!state.is_away());
        shows(&state, 1..=104);
        assert_eq!(state.shown()[&25].version, 7);
        assert!(!state.stale && !state.older);
    }

    #[test]
    fn the_end_is_one_step_away_and_a_place_in_it_is_reached_at_once() {
        let mut state = ThreadState::new(thread(80..=99));
        state.show(page(20..=40));
        assert!(state.reach(90));
        shows(&state, 80..=99);
        state.show(page(20..=40));
        state.back();
        shows(&state, 80..=99);
        // Older messages that were asked for before.
        state.show(page(20..=40));
        state.take(page(60..=79));
        shows(&state, 20..=40);
        state.back();
        shows(&state, 60..=99);
        state.show(page(50..=62));
        assert!(!state.is_away());
        shows(&state, 50..=99);
    }

    #[test]
    fn an_altered_message_that_is_not_loaded_is_left_alone() {
        let mut state = ThreadState::new(thread(5..=9));
        state.apply(vec![message(2, 3)]);
        assert_eq!(state.first(), Some(5));
        assert!(!state.stale);
    }
}
