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
