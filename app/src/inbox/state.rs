//! The lists as a screen keeps them: a plain structure that pages fill and frames change.

use domain::chat::{Counts, List, Page, PageKey, Queue, Row};
use domain::feed::ChatChange;
use domain::member::Role;
use domain::{ChatId, MemberId, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// A row's place: ascending order is the order on screen.
type Place = (i64, u128);

/// One list: what of it has been loaded.
#[derive(Clone, Debug, Default)]
struct Loaded {
    order: BTreeMap<Place, ChatId>,
    any: bool,
    complete: bool,
    edge: Option<Place>,
}

/// Every list of the desk, for one member.
#[derive(Clone, Debug)]
pub struct InboxState {
    me: MemberId,
    role: Role,
    rows: HashMap<ChatId, Row>,
    lists: HashMap<List, Loaded>,
    /// The feed number as of which a frame last told of a chat, in sight or out of it: an answer that is older must not
    /// undo that. A row's version does not say so, for a watch that begins or ends leaves it as it is.
    told: HashMap<ChatId, i64>,
    /// How many chats stand where.
    pub counts: Counts,
    /// The longest waiting request this member may take.
    pub longest_wait: Option<Timestamp>,
    /// The feed number up to which this is true.
    pub cursor: i64,
    /// Whether any page has said where the feed stood.
    begun: bool,
}

impl InboxState {
    /// Nothing loaded yet.
    pub fn new(me: MemberId, role: Role) -> Self {
        Self {
            me,
            role,
            rows: HashMap::new(),
            lists: HashMap::new(),
            told: HashMap::new(),
            counts: Counts::default(),
            longest_wait: None,
            cursor: 0,
            begun: false,
        }
    }

    /// Takes a loaded page; `first` when it is the list's first.
    pub fn load(&mut self, list: List, page: Page, first: bool) {
        if first {
            self.lists.insert(list, Loaded::default());
        }
        for row in page.rows {
            if self.is_gone(row.id, page.cursor) {
                continue;
            }
            let place = place(list, &row);
            let known = self.lists.entry(list).or_default();
            known.edge = Some(known.edge.map_or(place, |edge| edge.max(place)));
            self.answered(row, page.cursor);
        }
        let known = self.lists.entry(list).or_default();
        known.any = true;
        known.complete = !page.more;
        // Rows that frames brought before this page, or newer than it has them.
        let told: Vec<_> = self.rows.values().filter(|row| self.list_of(row) == list).cloned().collect();
        for row in told {
            self.arrange(list, &row);
        }
        if !self.begun || page.cursor >= self.cursor {
            self.counts = page.counts;
            self.longest_wait = page.longest_wait;
        }
        // Later pages do not move it: frames in between are still to come.
        if !self.begun {
            self.cursor = page.cursor;
            self.begun = true;
        }
    }

    /// Forgets every list but keeps the counts: the lists are loaded again.
    pub fn forget(&mut self) {
        self.rows.clear();
        self.lists.clear();
        self.told.clear();
        self.cursor = 0;
        self.begun = false;
    }

    /// Puts a row where it belongs, unless a newer one is known.
    pub fn put(&mut self, mut row: Row) {
        if let Some(known) = self.rows.get(&row.id) {
            if known.version > row.version {
                return;
            }
            if let (Some(new), Some(old)) = (&mut row.content, &known.content) {
                new.seen_count = new.seen_count.max(old.seen_count);
            }
        }
        self.remove(row.id);
        self.arrange(self.list_of(&row), &row);
        self.rows.insert(row.id, row);
    }

    /// Puts a row from an answer that is true as of `cursor`, unless a frame has told of the chat since.
    pub fn answered(&mut self, row: Row, cursor: i64) {
        if !self.is_told(row.id, cursor) {
            self.put(row);
        }
    }

    /// Shows a row in its list, where that part of the list is loaded.
    fn arrange(&mut self, list: List, row: &Row) {
        let place = place(list, row);
        let known = self.lists.entry(list).or_default();
        if known.complete || known.edge.is_some_and(|edge| place <= edge) {
            known.order.insert(place, row.id);
        }
    }

    /// Takes a frame. One that comes again, or late, is known already and changes nothing; tells whether it was news.
    pub fn hear(
        &mut self,
        upto: i64,
        changes: &[ChatChange],
        counts: Option<Counts>,
        longest_wait: Option<Timestamp>,
    ) -> bool {
        if upto <= self.cursor {
            return false;
        }
        for change in changes {
            self.heard(change.chat, change.row.as_ref(), upto);
        }
        if let Some(counts) = counts {
            self.counts = counts;
        }
        self.longest_wait = longest_wait;
        self.cursor = upto;
        true
    }

    /// Takes what a frame says of a chat, true as of a feed number.
    fn heard(&mut self, chat: ChatId, row: Option<&Row>, upto: i64) {
        self.told.insert(chat, upto);
        match row {
            Some(row) => self.put(row.clone()),
            None => self.remove(chat),
        }
    }

    /// Whether a frame has told of a chat since `cursor`.
    pub fn is_told(&self, chat: ChatId, cursor: i64) -> bool {
        self.told.get(&chat).is_some_and(|since| *since > cursor)
    }

    /// Whether a chat is out of sight by later knowledge than an answer that is true as of `cursor`.
    pub fn is_gone(&self, chat: ChatId, cursor: i64) -> bool {
        self.is_told(chat, cursor) && !self.rows.contains_key(&chat)
    }

    /// Puts a row by force: what a refused optimistic change is undone with.
    pub fn restore(&mut self, row: Row) {
        self.remove(row.id);
        self.put(row);
    }

    /// Takes a chat out of every list.
    pub fn remove(&mut self, chat: ChatId) {
        if let Some(row) = self.rows.remove(&chat) {
            let list = self.list_of(&row);
            if let Some(known) = self.lists.get_mut(&list) {
                known.order.remove(&place(list, &row));
            }
        }
    }

    /// Notes that everything in a chat has been read here.
    pub fn read(&mut self, chat: ChatId) {
        if let Some(content) = self.rows.get_mut(&chat).and_then(|row| row.content.as_mut()) {
            content.seen_count = content.customer_count;
        }
    }

    /// A chat's row, where it is known.
    pub fn row(&self, chat: ChatId) -> Option<&Row> {
        self.rows.get(&chat)
    }

    /// The version of a chat's row, where it is known.
    pub fn version(&self, chat: ChatId) -> Option<i64> {
        self.row(chat).map(|row| row.version)
    }

    /// How many rows of a list are loaded.
    pub fn len(&self, list: List) -> usize {
        self.lists.get(&list).map_or(0, |known| known.order.len())
    }

    /// Whether a list has been loaded at all.
    pub fn is_loaded(&self, list: List) -> bool {
        self.lists.get(&list).is_some_and(|known| known.any)
    }

    /// Whether a list's end has been loaded.
    pub fn is_complete(&self, list: List) -> bool {
        self.lists.get(&list).is_some_and(|known| known.complete)
    }

    /// Some of a list's chats, in its order.
    pub fn ids(&self, list: List, from: usize, count: usize) -> Vec<ChatId> {
        self.lists
            .get(&list)
            .map_or_else(Vec::new, |known| known.order.values().skip(from).take(count).copied().collect())
    }

    /// From where the next page of a list is to be loaded.
    pub fn next(&self, list: List) -> Option<PageKey> {
        let known = self.lists.get(&list)?;
        known.order.values().next_back().and_then(|id| self.rows.get(id)).map(|row| list.key(row))
    }

    /// The rows after and before a chat, for the keyboard.
    pub fn neighbour(&self, list: List, chat: Option<ChatId>, forward: bool) -> Option<ChatId> {
        let known = self.lists.get(&list)?;
        let order: Vec<_> = known.order.values().copied().collect();
        let here = chat.and_then(|chat| order.iter().position(|id| *id == chat));
        let next = match (here, forward) {
            (None, _) => 0,
            (Some(here), true) => here + 1,
            (Some(here), false) => here.checked_sub(1)?,
        };
        order.get(next).copied()
    }

    fn list_of(&self, row: &Row) -> List {
        match row.queue {
            Queue::Active => List::Active,
            Queue::History | Queue::Merged => List::History,
            Queue::Requested => List::Requested,
            Queue::Intervened if row.holder.as_ref().is_some_and(|holder| holder.id == self.me) => List::Mine,
            Queue::Intervened => List::Others,
        }
    }

    /// Whether this member supervises.
    pub fn supervises(&self) -> bool {
        self.role.supervises()
    }
}

fn place(list: List, row: &Row) -> Place {
    let key = list.key(row);
    let id = key.id.0.as_u128();
    match list {
        List::Active | List::History => (-key.at.map_or(0, |at| at.timestamp_micros()), !id),
        List::Requested | List::Mine | List::Others => (key.at.map_or(i64::MAX, |at| at.timestamp_micros()), id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use domain::chat::{MemberName, RowContent, Window};
    use domain::message::Author;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_700_000_000 + seconds, 0).unwrap()
    }

    fn chat(number: u128) -> ChatId {
        ChatId(format!("00000000-0000-7000-8000-{number:012}").parse().unwrap())
    }

    fn me() -> MemberId {
        MemberId(chat(900).0)
    }

    fn row(number: u128, seconds: i64, version: i64) -> Row {
        Row {
            id: chat(number),
            version,
            queue: Queue::Active,
            holder: None,
            held_since: None,
            requested_since: None,
            directed_to: None,
            offer_until: None,
            unanswered_since: None,
            content: Some(RowContent {
                contact: domain::ContactId(chat(number).0),
                name: None,
                phone: None,
                username: None,
                last_line: String::new(),
                last_author: Author::Customer,
                last_at: at(seconds),
                last_seq: 1,
                customer_count: 1,
                seen_count: 0,
                window: Window(Some(at(seconds) + TimeDelta::hours(24))),
                window_open: true,
                reason: None,
                resolved_by: None,
                missed: false,
            }),
        }
    }

    fn page(rows: Vec<Row>, more: bool) -> Page {
        Page { rows, more, counts: Counts::default(), cursor: 7, longest_wait: None }
    }

    #[track_caller]
    fn shows(state: &InboxState, list: List, expected: &[u128]) {
        assert_eq!(state.ids(list, 0, 100), expected.iter().map(|n| chat(*n)).collect::<Vec<_>>());
    }

    #[test]
    fn newest_first_and_an_old_row_never_replaces_a_newer_one() {
        let mut state = InboxState::new(me(), Role::Agent);
        state.load(List::Active, page(vec![row(2, 20, 1), row(1, 10, 1)], false), true);
        shows(&state, List::Active, &[2, 1]);
        state.put(row(1, 30, 5));
        shows(&state, List::Active, &[1, 2]);
        state.put(row(1, 5, 4));
        shows(&state, List::Active, &[1, 2]);
        let before = state.clone();
        state.put(row(1, 30, 5));
        assert_eq!(state.ids(List::Active, 0, 9), before.ids(List::Active, 0, 9));
        assert_eq!(state.row(chat(1)), before.row(chat(1)));
    }

    #[test]
    fn a_row_moves_between_lists_and_leaves_when_sight_is_lost() {
        let mut state = InboxState::new(me(), Role::Agent);
        for list in [List::Active, List::Mine, List::Requested] {
            state.load(list, page(vec![], false), true);
        }
        state.put(row(1, 10, 1));
        let mine = Row {
            queue: Queue::Intervened,
            holder: Some(MemberName { id: me(), name: "Me".into() }),
            version: 2,
            ..row(1, 10, 2)
        };
        state.put(mine);
        shows(&state, List::Active, &[]);
        shows(&state, List::Mine, &[1]);
        state.remove(chat(1));
        shows(&state, List::Mine, &[]);
        assert!(state.row(chat(1)).is_none());
    }

    #[test]
    fn rows_beyond_the_loaded_part_wait_for_their_page() {
        let mut state = InboxState::new(me(), Role::Agent);
        state.load(List::Active, page(vec![row(3, 30, 1), row(2, 20, 1)], true), true);
        state.put(row(1, 10, 1));
        shows(&state, List::Active, &[3, 2]);
        assert_eq!(state.next(List::Active).unwrap().id, chat(2));
        state.load(List::Active, page(vec![row(1, 10, 1)], false), false);
        shows(&state, List::Active, &[3, 2, 1]);
        assert!(state.is_complete(List::Active));
    }

    #[test]
    fn mine_shows_the_oldest_unanswered_first_and_answered_ones_last() {
        let mut state = InboxState::new(me(), Role::Agent);
        state.load(List::Mine, page(vec![], false), true);
        let held = |number, unanswered: Option<i64>| Row {
            queue: Queue::Intervened,
            holder: Some(MemberName { id: me(), name: "Me".into() }),
            unanswered_since: unanswered.map(at),
            ..row(number, 10, 1)
        };
        state.put(held(1, None));
        state.put(held(2, Some(50)));
        state.put(held(3, Some(40)));
        shows(&state, List::Mine, &[3, 2, 1]);
    }

    #[test]
    fn a_row_that_a_frame_brought_before_its_list_was_loaded_is_shown() {
        let mut state = InboxState::new(me(), Role::Agent);
        state.heard(chat(1), Some(&row(1, 10, 5)), 9);
        state.heard(chat(2), Some(&row(2, 20, 5)), 9);
        // The page was read before both frames: it has one of them older, the other not at all.
        state.load(List::Active, page(vec![row(1, 10, 3)], false), true);
        shows(&state, List::Active, &[2, 1]);
        assert_eq!(state.row(chat(1)).unwrap().version, 5);
    }

    #[test]
    fn an_answer_from_before_sight_was_lost_brings_nothing_back() {
        let mut state = InboxState::new(me(), Role::Agent);
        state.load(List::Active, page(vec![row(1, 10, 1)], false), true);
        state.heard(chat(1), None, 8);
        state.load(List::Active, page(vec![row(1, 10, 1)], false), true);
        shows(&state, List::Active, &[]);
        assert!(state.is_gone(chat(1), 7) && !state.is_gone(chat(1), 8));
        state.heard(chat(1), Some(&row(1, 12, 4)), 9);
        shows(&state, List::Active, &[1]);
    }

    #[test]
    fn an_answer_from_before_a_watch_does_not_hide_what_it_shows() {
        let mut state = InboxState::new(me(), Role::Owner);
        let unwatched = Row { content: None, ..row(1, 10, 4) };
        state.answered(unwatched.clone(), 7);
        assert!(state.row(chat(1)).unwrap().content.is_none());
        state.heard(chat(1), Some(&row(1, 10, 4)), 8);
        state.answered(unwatched.clone(), 7);
        assert!(state.row(chat(1)).unwrap().content.is_some());
        state.answered(unwatched, 8);
        assert!(state.row(chat(1)).unwrap().content.is_none());
    }

    #[test]
    fn what_was_read_here_stays_read() {
        let mut state = InboxState::new(me(), Role::Agent);
        state.load(List::Active, page(vec![row(1, 10, 1)], false), true);
        state.read(chat(1));
        state.put(row(1, 11, 2));
        assert_eq!(state.row(chat(1)).unwrap().content.as_ref().unwrap().unread(), 0);
    }
}
