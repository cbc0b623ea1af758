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
