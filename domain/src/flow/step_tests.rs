//! What the sample flow says, and what it does not.

use super::*;
use crate::flow::sample;

fn context() -> Context {
    Context {
        attributes: BTreeMap::new(),
        name: Some("Mireille Laurent".into()),
        anyone_available: true,
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
    let alone = Context { anyone_available: false, ..context() };
    let (_, effects) = step(&sample(), &Session::default(), &says("agent"), &alone);
    assert_eq!(lines(&effects), [sample().nobody]);
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
