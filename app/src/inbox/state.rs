//! The lists as a screen keeps them: a plain structure that pages fill and frames change.

use domain::chat::{Counts, List, Page, PageKey, Queue, Row};
use domain::feed::ChatChange;
use domain::member::Role;
use domain::{ChatId, MemberId, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// So many rows may frames add to a list beyond what somebody scrolled to; then its end is let go of and loaded again
/// where it is wanted.
const SPARE: usize = 1_000;
/// For so many feed numbers at least a row is kept that no list shows: so old may an answer be that is still taken.
const ROWS: i64 = 5_000;
/// And for so many more what was told of a chat: so long may a search's answer stand.
const WORDS: i64 = 100_000;

/// A row's place: ascending order is the order on screen.
type Place = (i64, u128);

/// One list: what of it has been loaded.
#[derive(Clone, Debug, Default)]
struct Loaded {
    order: BTreeMap<Place, ChatId>,
    any: bool,
    complete: bool,
    edge: Option<Place>,
    /// How many rows were there when its next page was last asked for.
    wanted: usize,
}

/// What a frame last told of a chat.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// The feed number as of which it is true.
    upto: i64,
    /// Where the chat stood; none out of sight.
    list: Option<List>,
    /// Whether it was asked for by its id: its row is kept whatever the lists show.
    asked: bool,
}

/// Every list of the desk, for one member.
#[derive(Clone, Debug)]
pub struct InboxState {
    me: MemberId,
    role: Role,
    rows: HashMap<ChatId, Row>,
    lists: HashMap<List, Loaded>,
    /// What frames last told of chats, in sight or out of it: an answer that is older must not undo that. A row's version
    /// does not say so, for a watch that begins or ends leaves it as it is.
    told: HashMap<ChatId, Told>,
    /// Rows that no list shows are forgotten where they were told of up to here: an answer that is older, as one from
    /// before everything was loaded again, is asked for again.
    floor: i64,
    /// Up to where what was told is forgotten, too: whatever is older counts as told of since.
    forgot: i64,
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
            floor: 0,
            forgot: 0,
            counts: Counts::default(),
            longest_wait: None,
            cursor: 0,
            begun: false,
        }
    }

    /// Takes a loaded page; `first` when it is the list's first. Tells whether it could be taken: one that is too old is
    /// to be asked for again.
    pub fn load(&mut self, list: List, page: Page, first: bool) -> bool {
        if self.is_old(page.cursor) {
            return false;
        }
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
            if !self.is_told(row.id, page.cursor) {
                self.put(row);
            }
        }
        let known = self.lists.entry(list).or_default();
        known.any = true;
        known.complete = !page.more;
        // Rows that frames brought before this page, or newer than it has them.
        let rows = self.rows.values().filter(|row| self.list_of(row) == list);
        let places: Vec<_> = rows.map(|row| (place(list, row), row.id)).collect();
        for (place, chat) in places {
            self.arrange(list, place, chat);
        }
        if !self.begun || page.cursor >= self.cursor {
            self.counts = page.counts;
            self.longest_wait = page.longest_wait;
        }
        // Later pages do not move it: frames in between are still to come.
        if !self.begun {
            (self.cursor, self.floor, self.forgot) = (page.cursor, page.cursor, page.cursor);
            self.begun = true;
        }
        true
    }

    /// Takes the page that follows a place, as [`Self::load`]; one that joins nothing that is loaded is not taken.
    pub fn follow(&mut self, list: List, page: Page, after: &PageKey) -> bool {
        let joins = |edge| place_of(list, after) <= edge;
        self.lists.get(&list).is_some_and(|known| known.complete || known.edge.is_some_and(joins))
            && self.load(list, page, false)
    }

    /// Forgets every list but keeps the counts: the lists are loaded again, and no answer that is older brings anything
    /// back.
    pub fn forget(&mut self) {
        self.rows.clear();
        self.lists.clear();
        self.told.clear();
        (self.cursor, self.floor) = (0, 0);
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
        self.take_out(row.id);
        let list = self.list_of(&row);
        self.arrange(list, place(list, &row), row.id);
        self.rows.insert(row.id, row);
    }

    /// Puts a row that was asked for by itself from an answer that is true as of `cursor`, unless a frame has told of the
    /// chat since.
    pub fn answered(&mut self, row: Row, cursor: i64) {
        let told = self.told.get(&row.id).copied().unwrap_or_default();
        self.told.insert(row.id, Told { asked: true, ..told });
        if !self.is_told(row.id, cursor) {
            self.put(row);
        }
    }

    /// Shows a row in its list, where that part of the list is loaded.
    fn arrange(&mut self, list: List, place: Place, chat: ChatId) {
        let known = self.lists.entry(list).or_default();
        if known.complete || known.edge.is_some_and(|edge| place <= edge) {
            known.order.insert(place, chat);
            if known.order.len() > known.wanted + SPARE {
                known.order.pop_last();
                known.edge = known.order.keys().next_back().copied();
                known.complete = false;
            }
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
        if upto - self.floor >= 2 * ROWS {
            self.let_go(upto - ROWS);
        }
        true
    }

    /// Lets go of what was told up to a feed number and no list shows.
    fn let_go(&mut self, floor: i64) {
        self.floor = floor;
        self.forgot = self.forgot.max(floor - WORDS);
        let mut rows = std::mem::take(&mut self.rows);
        rows.retain(|chat, row| {
            let list = self.list_of(row);
            self.told.get(chat).is_some_and(|told| told.asked || told.upto > floor)
                || self.lists.get(&list).is_some_and(|known| known.order.contains_key(&place(list, row)))
        });
        self.rows = rows;
        let forgot = self.forgot;
        self.told.retain(|_, told| told.asked || told.upto > forgot);
    }

    /// Takes what a frame says of a chat, true as of a feed number.
    fn heard(&mut self, chat: ChatId, row: Option<&Row>, upto: i64) {
        let asked = self.told.get(&chat).is_some_and(|told| told.asked);
        self.told.insert(chat, Told { upto, list: row.map(|row| self.list_of(row)), asked });
        match row {
            Some(row) => self.put(row.clone()),
            None => self.take_out(chat),
        }
    }

    /// Whether an answer that is true as of `cursor` is too old to be taken: it is asked for again.
    pub fn is_old(&self, cursor: i64) -> bool {
        cursor < self.floor
    }

    /// Whether a frame has told of a chat since `cursor`.
    pub fn is_told(&self, chat: ChatId, cursor: i64) -> bool {
        cursor < self.forgot || self.told.get(&chat).is_some_and(|told| told.upto > cursor)
    }

    /// Whether a chat is out of sight by later knowledge than an answer that is true as of `cursor`.
    pub fn is_gone(&self, chat: ChatId, cursor: i64) -> bool {
        let gone = |told: &Told| told.upto > cursor && told.list.is_none();
        self.told.get(&chat).is_some_and(gone) && !self.rows.contains_key(&chat)
    }

    /// Whether a chat is somebody else's by later knowledge than an answer that is true as of `cursor`: what was found in
    /// it may not be shown any more, though a supervisor still sees its row, or watches it.
    pub fn is_withheld(&self, chat: ChatId, cursor: i64) -> bool {
        let told = || self.told.get(&chat).and_then(|told| told.list);
        let list = self.rows.get(&chat).map(|row| self.list_of(row)).or_else(told);
        self.is_told(chat, cursor) && list.is_none_or(|list| list == List::Others)
    }

    /// Puts a row by force: what a refused optimistic change is undone with.
    pub fn restore(&mut self, row: Row) {
        self.take_out(row.id);
        self.put(row);
    }

    /// Takes a chat out of every list: it is out of sight by what is known now.
    pub fn remove(&mut self, chat: ChatId) {
        self.heard(chat, None, self.cursor);
    }

    fn take_out(&mut self, chat: ChatId) {
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

    /// A list's chats in the order in which they were shown before: without those that have left it, and with what was
    /// loaded after them.
    pub fn still(&self, list: List, before: &[ChatId]) -> Vec<ChatId> {
        let now = self.ids(list, 0, usize::MAX);
        let end = now.iter().rposition(|id| before.contains(id)).map_or(0, |last| last + 1);
        let mut order = before.to_vec();
        order.retain(|id| self.row(*id).is_some_and(|row| self.list_of(row) == list));
        order.extend_from_slice(&now[end..]);
        order
    }

    /// From where the next page of a list is to be loaded; what is there until then stays.
    pub fn next(&mut self, list: List) -> Option<PageKey> {
        let known = self.lists.get_mut(&list)?;
        known.wanted = known.order.len();
        known.order.values().next_back().and_then(|id| self.rows.get(id)).map(|row| list.key(row))
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
    place_of(list, &list.key(row))
}

fn place_of(list: List, key: &PageKey) -> Place {
    let id = key.id.0.as_u128();
    match list {
        List::Active | List::History => (-key.at.map_or(0, |at| at.timestamp_micros()), !id),
        List::Requested | List::Mine | List::Others => (key.at.map_or(i64::MAX, |at| at.timestamp_micros()), id),
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
