//! What the sample flow says, and what it does not.

use super::*;
use crate::flow::sample;

/// With the words that count where a workspace has chosen none.
fn step(flow: &Flow, session: &Session, heard: &Heard, context: &Context) -> (Session, Vec<Effect>) {
    super::step(flow, &Asking::default(), session, heard, context)
}

fn context() -> Context {
    Context {
        attributes: BTreeMap::new(),
        name: Some("Mireille Laurent".into()),
        staffed: true,
        outlook: vec![("opens".into(), "tomorrow at 09:00".into())],
        welcome: None,
        away: None,
        greeted: true,
        requested: false,
        now: Timestamp::from_timestamp(1_000_000, 0).unwrap(),
    }
}

fn says(text: &str) -> Heard {
    Heard::Text(text.into())
}

#[track_caller]
fn lines(effects: &[Effect]) -> Vec<String> {
    effects.iter().filter_map(|e| if let Effect::Say(body) = e { Some(body.line()) } else { None }).collect()
}

#[test]
fn greets_by_name_once_and_shows_the_menu() {
    let fresh = Context { greeted: false, ..context() };
    let (session, effects) = step(&sample(), &Session::default(), &says("hi"), &fresh);
    assert!(lines(&effects)[0].contains("Mireille"), "{effects:?}");
    assert!(matches!(effects[1], Effect::Say(Body::Buttons { .. })));
    assert_eq!(session.waiting.as_deref(), Some("menu"));
    let nameless = Context { greeted: false, name: None, ..context() };
    let (_, effects) = step(&sample(), &Session::default(), &says("hi"), &nameless);
    assert!(!lines(&effects)[0].contains(" !"), "{effects:?}");
}

#[test]
fn a_question_stores_its_answer_and_refuses_what_is_none() {
    let (session, _) =
        step(&sample(), &Session::default(), &Heard::Choice { id: "track".into(), title: "Track".into() }, &context());
    assert_eq!(session.waiting.as_deref(), Some("ask_order"));
    let (again, effects) = step(&sample(), &session, &says("dunno"), &context());
    assert_eq!((again.misses, effects.len()), (1, 1));
    let (_, effects) = step(&sample(), &again, &says("it is #20418"), &context());
    assert_eq!(effects[0], Effect::SetAttribute { key: "order_number".into(), value: "20418".into() });
    assert!(lines(&effects).iter().any(|line| line.contains("20418")));
}

#[test]
fn asks_for_a_person_by_button_by_words_and_after_two_misses() {
    let flow = sample();
    let tap = Heard::Choice { id: "person".into(), title: "Talk to a person".into() };
    let (_, effects) = step(&flow, &Session::default(), &tap, &context());
    assert_eq!(effects[0], Effect::AskForPerson(Reason::Chose { title: "Talk to a person".into() }));

    let (_, effects) = step(&flow, &Session::default(), &says("I want to talk to a HUMAN!"), &context());
    assert!(matches!(effects[0], Effect::AskForPerson(Reason::Wrote { .. })));

    let (once, effects) = step(&flow, &Session::default(), &says("qwertz"), &context());
    assert!(!effects.iter().any(|e| matches!(e, Effect::AskForPerson(_))));
    let (_, effects) = step(&flow, &once, &says("asdf"), &context());
    assert_eq!(effects[0], Effect::AskForPerson(Reason::NotUnderstood { text: "asdf".into() }));
}

#[test]
fn words_inside_other_words_do_not_ask_for_a_person() {
    let (_, effects) = step(&sample(), &Session::default(), &says("my reagents are personal"), &context());
    assert!(!effects.iter().any(|e| matches!(e, Effect::AskForPerson(_))));
}

#[test]
fn thanks_after_a_resolve_stays_unanswered_but_a_wish_for_a_person_counts() {
    let now = context().now;
    let quiet = Session { quiet_until: Some(now + chrono::TimeDelta::minutes(10)), ..Session::default() };
    let (session, effects) = step(&sample(), &quiet, &says("thanks!"), &context());
    assert!(effects.is_empty() && session.misses == 0);
    let (_, effects) = step(&sample(), &quiet, &says("agent please"), &context());
    assert!(matches!(effects[0], Effect::AskForPerson(_)));
    let later = Context { now: now + chrono::TimeDelta::minutes(11), ..context() };
    assert!(!step(&sample(), &quiet, &says("thanks!"), &later).1.is_empty());
}

#[test]
fn says_so_when_nobody_is_available() {
    let alone = Context { staffed: false, ..context() };
    let (_, effects) = step(&sample(), &Session::default(), &says("agent"), &alone);
    assert_eq!(
        lines(&effects),
        ["Nobody is at the desk right now. Your question is kept, and people answer tomorrow at 09:00."]
    );
    let own = Context { away: Some("We are out, {first_name}. Back {opens}.".into()), ..alone };
    let (_, effects) = step(&sample(), &Session::default(), &says("agent"), &own);
    assert_eq!(lines(&effects), ["We are out, Mireille. Back tomorrow at 09:00."]);
    let there = Context { staffed: true, ..own };
    let (_, effects) = step(&sample(), &Session::default(), &says("agent"), &there);
    assert_eq!(lines(&effects), [sample().handover]);
}

#[test]
fn a_welcome_comes_first_and_takes_the_greeting_s_place() {
    let fresh = Context { greeted: false, welcome: Some("Welcome, {first_name}!".into()), ..context() };
    let (session, effects) = step(&sample(), &Session::default(), &says("hi"), &fresh);
    assert_eq!(lines(&effects), ["Welcome, Mireille!", "What can I do for you?"]);
    assert_eq!(session.waiting.as_deref(), Some("menu"));
    let (_, effects) = step(&sample(), &Session::default(), &says("a human please"), &fresh);
    assert_eq!(lines(&effects), ["Welcome, Mireille!", sample().handover.as_str()]);
}

#[test]
fn the_workspace_decides_what_asks_for_a_person() {
    let asks = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::AskForPerson(_)));
    let never = Asking { words: vec!["help desk".into()], misses: None };
    let mut session = Session::default();
    for _ in 0..300 {
        let (after, effects) = super::step(&sample(), &never, &session, &says("an agent, qwertz"), &context());
        assert!(!asks(&effects) && !effects.is_empty());
        session = after;
    }
    let question = Session { waiting: Some("ask_order".into()), misses: u8::MAX, ..Session::default() };
    assert!(!asks(&super::step(&sample(), &never, &question, &says("dunno"), &context()).1));
    assert!(asks(&super::step(&sample(), &never, &session, &says("the help desk!"), &context()).1));
    let once = Asking { misses: Some(1), ..never };
    assert!(asks(&super::step(&sample(), &once, &Session::default(), &says("qwertz"), &context()).1));
}

#[test]
fn a_button_that_is_not_the_flow_s_says_what_is_on_it() {
    let tap = |title: &str| Heard::Choice { id: "019.1".into(), title: title.into() };
    let (_, effects) = step(&sample(), &Session::default(), &tap("Call an agent"), &context());
    assert_eq!(effects[0], Effect::AskForPerson(Reason::Wrote { text: "Call an agent".into() }));
    let question = Session { waiting: Some("ask_order".into()), ..Session::default() };
    let (_, effects) = step(&sample(), &question, &tap("20418"), &context());
    assert_eq!(effects[0], Effect::SetAttribute { key: "order_number".into(), value: "20418".into() });
}

#[test]
fn branches_on_an_attribute() {
    let tap = Heard::Choice { id: "offers".into(), title: "Offers".into() };
    let (_, unknown) = step(&sample(), &Session::default(), &tap, &context());
    let mut known = context();
    known.attributes.insert("country".into(), "France".into());
    let (_, french) = step(&sample(), &Session::default(), &tap, &known);
    assert_ne!(lines(&unknown), lines(&french));
}

#[test]
fn a_flow_that_goes_round_in_circles_ends() {
    let mut flow = sample();
    flow.steps.insert("menu".into(), Step::Say { text: "again".into(), next: Some("menu".into()) });
    let fresh = Context { greeted: false, ..context() };
    let (session, effects) = step(&flow, &Session::default(), &says("hi"), &fresh);
    assert!(effects.len() <= LONGEST_RUN + 1 && session.waiting.is_none());
}
