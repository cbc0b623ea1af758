use super::*;
use crate::desk::open::{Next, Open};
use chrono::TimeDelta;
use domain::chat::{MemberName, RowContent, Thread, Window};
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
    page_at(7, rows, more)
}

fn page_at(cursor: i64, rows: Vec<Row>, more: bool) -> Page {
    Page { rows, more, counts: Counts::default(), cursor, longest_wait: None }
}

fn thread(row: Row, cursor: i64) -> Thread {
    let (draft, note) = (String::new(), String::new());
    let (messages, buttons) = (Vec::new(), Vec::new());
    Thread { row, messages, older: false, seen: 0, draft, buttons, file: None, note, handover: None, cursor }
}

/// A frame with one chat in it.
fn told(state: &mut InboxState, upto: i64, chat: ChatId, row: Option<Row>) {
    let change = ChatChange { chat, row, gained: false, messages: Vec::new() };
    assert!(state.hear(upto, &[change], None, None));
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

#[test]
fn an_answer_from_before_everything_was_loaded_again_brings_nothing_back() {
    let mut state = InboxState::new(me(), Role::Agent);
    state.load(List::Active, page(vec![row(1, 10, 1)], false), true);
    told(&mut state, 8, chat(1), None);
    // What was told up to 20 this screen never heard.
    state.forget();
    assert!(state.load(List::Active, page_at(20, vec![], false), true));
    assert!(!state.load(List::Active, page(vec![row(1, 10, 1)], false), true), "a page is asked for again");
    state.answered(row(1, 10, 1), 19);
    shows(&state, List::Active, &[]);
    let mut open = Open::Loading(chat(1));
    assert_eq!(open.opened(thread(row(1, 10, 1), 19), &state), Next::Load);
    assert!(matches!(open, Open::Loading(_)));
    // Nor does it take anything away.
    assert_eq!(open.hidden(chat(1), 19, &mut state), Next::Load);
    assert!(state.load(List::Active, page_at(20, vec![row(1, 12, 3)], false), true));
    assert_eq!(open.opened(thread(row(1, 12, 3), 20), &state), Next::Profile);
    shows(&state, List::Active, &[1]);
}

#[test]
fn a_chat_that_is_known_to_be_gone_is_not_opened_by_an_older_answer() {
    let mut state = InboxState::new(me(), Role::Agent);
    state.load(List::Active, page(vec![row(1, 10, 1)], false), true);
    told(&mut state, 9, chat(2), Some(row(2, 20, 1)));
    state.remove(chat(1));
    let mut open = Open::Lost(chat(1));
    assert_eq!(open.opened(thread(row(1, 10, 1), 8), &state), Next::Wiped);
    assert!(matches!(open, Open::Lost(_)));
}

fn id(number: i64) -> ChatId {
    chat(number.try_into().unwrap())
}

/// A chat of that number, last written in at that time.
fn written(number: i64) -> Row {
    row(number.try_into().unwrap(), number, 1)
}

#[test]
fn what_is_kept_is_bounded_and_stays_true() {
    let spare = i64::try_from(SPARE).unwrap();
    let bound = usize::try_from(2 * ROWS).unwrap() + SPARE + 50;
    let mut state = InboxState::new(me(), Role::Agent);
    state.load(List::Active, page((1..=50).rev().map(written).collect(), true), true);
    // Every second chat asks for a person, and nobody looks there; one is looked at, by its id, and one goes.
    let (first, last, asked, gone) = (1_000, 1_000 + 2 * WORDS, 1_001, 2_000);
    for n in first..=last {
        let queue = if n % 2 == 0 { Queue::Active } else { Queue::Requested };
        let row = Row { queue, requested_since: Some(at(n)), ..written(n) };
        told(&mut state, n, id(n), (n != gone).then_some(row.clone()));
        if n == asked {
            state.answered(row, n);
        }
        assert!(state.rows.len() <= bound, "{} rows after {n}", state.rows.len());
        assert!(state.told.len() <= bound + usize::try_from(WORDS).unwrap());
    }
    assert_eq!(state.len(List::Active), SPARE);
    assert_eq!(state.ids(List::Active, 0, 2), [id(last), id(last - 2)]);
    assert!(!state.is_complete(List::Active));
    assert!(state.row(id(asked)).is_some() && state.row(id(asked + 2)).is_none());

    // The list goes on below what was let go of.
    let after = state.next(List::Active).unwrap();
    assert_eq!(after.id, id(last - 2 * (spare - 1)));
    let below = last - 2 * spare;
    let next = |cursor| page_at(cursor, vec![written(below)], true);
    let far = PageKey { at: Some(at(1)), id: id(1) };
    assert!(!state.follow(List::Active, next(last), &far), "it joins nothing");
    assert!(!state.follow(List::Active, next(last - 2 * ROWS), &after), "it is too old");
    assert!(state.follow(List::Active, next(last), &after));
    assert_eq!(state.ids(List::Active, SPARE, 9), [id(below)]);

    // A page that is late, but not too late, has a chat as it was before.
    let (late, newest) = (last - ROWS + 1, last - 1);
    let waited = Row { queue: Queue::Requested, requested_since: Some(at(1)), version: 0, ..written(newest) };
    assert!(state.load(List::Requested, page_at(late, vec![waited], false), true));
    assert_eq!(state.row(id(newest)).unwrap().version, 1);
    // What was told counts though the row is not there any more, and what is forgotten counts as told.
    let (unlisted, before) = (id((last - 3 * ROWS) | 1), last - 4 * ROWS);
    assert!(state.row(unlisted).is_none() && state.is_told(unlisted, before));
    assert!(!state.is_gone(unlisted, before) && !state.is_withheld(unlisted, before));
    assert!(state.is_withheld(id(gone), first));
}

#[test]
fn how_far_somebody_has_scrolled_stays_loaded() {
    let mut state = InboxState::new(me(), Role::Agent);
    let rows = |from: i64| (from - 49..=from).rev().map(written).collect();
    state.load(List::Active, page(rows(3_000), true), true);
    for from in (1_050..=2_950).rev().step_by(50) {
        let after = state.next(List::Active).unwrap();
        assert!(state.follow(List::Active, page(rows(from), true), &after));
    }
    assert_eq!(state.len(List::Active), 2_000);
    for n in 4_000..8_000 {
        told(&mut state, n, id(n), Some(written(n)));
    }
    assert_eq!(state.len(List::Active), 1_950 + SPARE);
}

#[test]
fn rows_stay_where_they_were_while_somebody_aims() {
    let mut inbox = InboxState::new(me(), Role::Agent);
    inbox.load(List::Active, page(vec![row(4, 40, 1), row(3, 30, 1), row(2, 20, 1)], true), true);
    let before = inbox.ids(List::Active, 0, usize::MAX);
    let changed = |number, seconds| {
        let row = row(number, seconds, 2);
        ChatChange { chat: row.id, row: Some(row), gained: false, messages: Vec::new() }
    };
    // One that is new, one that rises, one that is gone.
    inbox.hear(8, &[changed(9, 90), changed(2, 95)], None, None);
    inbox.remove(chat(3));
    assert_eq!(inbox.still(List::Active, &before), [chat(4), chat(2)]);
    // What somebody scrolls to comes after them, in its order.
    let after = inbox.next(List::Active).unwrap();
    assert!(inbox.follow(List::Active, page_at(8, vec![row(1, 10, 1), row(0, 5, 1)], false), &after));
    assert_eq!(inbox.still(List::Active, &before), [chat(4), chat(2), chat(1), chat(0)]);
    assert_eq!(inbox.ids(List::Active, 0, usize::MAX), [chat(2), chat(9), chat(4), chat(1), chat(0)]);
    assert_eq!(inbox.still(List::Active, &[]), inbox.ids(List::Active, 0, usize::MAX));
}
