//! Design §2 as a table: every command, from every state, by every actor; and random walks over it.

use super::*;
use proptest::prelude::*;
use uuid::Uuid;

const A: MemberId = MemberId(Uuid::from_u128(0xa));
const B: MemberId = MemberId(Uuid::from_u128(0xb));
const C: MemberId = MemberId(Uuid::from_u128(0xc));
const M: MemberId = MemberId(Uuid::from_u128(0xd));
const O: MemberId = MemberId(Uuid::from_u128(0xe));

const ACTORS: [Actor; 9] = [
    Actor::Customer,
    Actor::Bot,
    Actor::Api,
    Actor::Clock,
    Actor::Member(A, Role::Agent),
    Actor::Member(B, Role::Agent),
    Actor::Member(C, Role::Agent),
    Actor::Member(M, Role::Manager),
    Actor::Member(O, Role::Owner),
];

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
}

fn before() -> Timestamp {
    now() - TimeDelta::minutes(4)
}

fn requested(directed_to: Option<MemberId>, bot: BotVoice) -> State {
    State::Requested(Request { since: before(), reason: Reason::Chose { title: "Talk".into() }, directed_to, bot })
}

fn states() -> [State; 4] {
    [
        State::Active,
        requested(None, BotVoice::Speaks),
        requested(Some(B), BotVoice::Speaks),
        State::Intervened { by: A, since: before() },
    ]
}

/// What came out, as one letter of the table's legend.
fn letter(state: &State, command: &Command, actor: Actor) -> char {
    let step = match apply(state, command, actor, now()) {
        Ok(step) => step,
        Err(Refusal::NotAllowed) => return 'n',
        Err(Refusal::NotHolder) => return 'h',
        Err(Refusal::NotHeld) => return 'u',
        Err(Refusal::DirectedElsewhere) => return 'd',
        Err(Refusal::AlreadyHeld { by, .. }) if by == A => return 'x',
        Err(Refusal::TooLate) => return 't',
        Err(other) => panic!("{other:?}"),
    };
    let asked = i64::from(matches!((state, command), (State::Active, Command::AskForPerson(_))));
    assert_eq!(step.unresolved_queries, asked, "{command:?} from {state:?}");
    let me = match actor {
        Actor::Member(member, _) => Some(member),
        _ => None,
    };
    match (&step.state, step.happenings.as_slice()) {
        (same, []) if same == state => '=',
        (back, [Happening::ResolveUndone]) => match command {
            Command::UndoResolve { was: Some(was), .. } if was == back => 'b',
            other => panic!("{other:?}"),
        },
        (State::Requested(r), [Happening::Requested { .. }])
            if r.directed_to.is_none() && r.bot == BotVoice::Speaks && r.since == now() =>
        {
            'r'
        }
        (State::Intervened { by, since }, [happening]) if Some(*by) == me && *since == now() => match happening {
            Happening::Intervened { waited } => {
                assert_eq!(*waited, matches!(state, State::Requested(_)).then_some(240));
                'i'
            }
            Happening::TookOver { from, .. } if *from == A => 'o',
            other => panic!("{other:?}"),
        },
        (State::Requested(r), [Happening::Transferred { to: Some(to), .. }])
            if *to == C && r.directed_to == Some(C) =>
        {
            match r.bot {
                BotVoice::Speaks => 'c',
                BotVoice::Silent => 's',
            }
        }
        (State::Requested(r), [Happening::GivenBack { from, .. }])
            if *from == A && r.directed_to.is_none() && r.bot == BotVoice::Silent =>
        {
            'g'
        }
        (State::Requested(r), [Happening::OpenedToAll]) if r.directed_to.is_none() && r.since == before() => 'e',
        (State::Active, [Happening::Resolved { .. }]) => 'a',
        (State::Active, [Happening::Dismissed { .. }]) => 'p',
        (State::Active, [Happening::WindowClosed]) => 'w',
        (State::Active, [Happening::Missed]) => 'm',
        (State::Active, [Happening::Expired]) => 'z',
        other => panic!("{command:?} from {state:?} by {actor:?}: {other:?}"),
    }
}

#[test]
fn every_command_from_every_state_by_every_actor() {
    let ask = Command::AskForPerson(Reason::Member);
    let transfer = Command::Transfer { to: Some(C), note: "n".into() };
    let resolve = Command::Resolve { outcome: Some("Solved".into()), note: None };
    let held = || State::Intervened { by: A, since: before() };
    let undo = |by: MemberId, ago: i64, was: State| {
        let resolved_at = Some(now() - TimeDelta::seconds(ago));
        Command::UndoResolve { resolved_by: Some(by), resolved_at, was: Some(was) }
    };
    let unknown = Command::UndoResolve { resolved_by: Some(A), resolved_at: Some(now()), was: None };
    let away = |customer_waits| Command::GiveBack { member: A, absence: Absence::Away { customer_waits } };
    let removed = |member| Command::GiveBack { member, absence: Absence::Removed };
    // Columns: customer, bot, API, clock, agents A (holds), B (request directed to), C, manager, owner.
    // Rows: Active, Requested, Requested directed to B, Intervened by A.
    // = stays, r requested, i intervenes, o takes over, b back as it was, c redirected, s given on silently, g given back,
    // e opened to everyone, a resolved, p dismissed, w window closed, m missed, z expired;
    // refused: n not allowed, h not the holder, u nobody holds it, d directed elsewhere, x already held, t too late.
    let table: [(Command, [&str; 4]); 17] = [
        (Command::CustomerWrote, ["=nnnnnnnn", "=nnnnnnnn", "=nnnnnnnn", "=nnnnnnnn"]),
        (ask, ["rrrnrrrrr", "===n=====", "===n=====", "===n====="]),
        (Command::Intervene, ["nnnniiiii", "nnnniiiii", "nnnndidii", "nnnn=xxxx"]),
        (Command::TakeOver, ["nnnnnnnii", "nnnnnnnii", "nnnnnnnii", "nnnnnnnoo"]),
        (transfer, ["uuuuuuuuu", "nnnnnnncc", "nnnnnnncc", "nnnnshhss"]),
        (resolve, ["uuuuuuuuu", "nnnnnnnpp", "nnnnnnnpp", "nnnnahhaa"]),
        (undo(A, 9, held()), ["nnnnbtttt", "nnnnttttt", "nnnnttttt", "nnnnttttt"]),
        (undo(A, 11, held()), ["nnnnttttt", "nnnnttttt", "nnnnttttt", "nnnnttttt"]),
        (undo(M, 9, held()), ["nnnntttbt", "nnnnttttt", "nnnnttttt", "nnnnttttt"]),
        (undo(O, 9, requested(Some(B), BotVoice::Speaks)), ["nnnnttttb", "nnnnttttt", "nnnnttttt", "nnnnttttt"]),
        (unknown, ["nnnnttttt", "nnnnttttt", "nnnnttttt", "nnnnttttt"]),
        (away(true), ["nnn=nnnn=", "nnn=nnnn=", "nnn=nnnn=", "nnngnnnng"]),
        (away(false), ["nnn=nnnn=", "nnn=nnnn=", "nnn=nnnn=", "nnn=nnnn="]),
        (removed(A), ["nnn=nnnn=", "nnn=nnnn=", "nnn=nnnn=", "nnngnnnng"]),
        (removed(B), ["nnn=nnnn=", "nnn=nnnn=", "nnnennnne", "nnn=nnnn="]),
        (Command::OpenToAll, ["nnn=nnnnn", "nnn=nnnnn", "nnnennnnn", "nnn=nnnnn"]),
        (Command::CloseWindow, ["nnnwnnnnn", "nnnmnnnnn", "nnnmnnnnn", "nnnznnnnn"]),
    ];
    for (command, rows) in &table {
        for (state, expected) in states().iter().zip(rows) {
            let found: String = ACTORS.iter().map(|actor| letter(state, command, *actor)).collect();
            assert_eq!(&found, expected, "{command:?} from {state:?}");
        }
    }
}

#[test]
fn only_the_holder_sends_and_the_bot_is_silent_while_somebody_holds() {
    for state in states() {
        for member in [A, B, C, M, O] {
            assert_eq!(state.may_send(member).is_ok(), state.holder() == Some(member), "{state:?}");
        }
        assert_eq!(state.bot_answers(), state.holder().is_none(), "{state:?}");
    }
    assert!(!requested(None, BotVoice::Silent).bot_answers());
}

fn any_member() -> impl Strategy<Value = MemberId> {
    prop::sample::select(vec![A, B, C, M, O])
}

fn any_command() -> impl Strategy<Value = Command> {
    let absence =
        prop_oneof![Just(Absence::Removed), any::<bool>().prop_map(|customer_waits| Absence::Away { customer_waits })];
    prop_oneof![
        Just(Command::CustomerWrote),
        Just(Command::AskForPerson(Reason::Member)),
        Just(Command::Intervene),
        Just(Command::TakeOver),
        prop::option::of(any_member()).prop_map(|to| Command::Transfer { to, note: String::new() }),
        Just(Command::Resolve { outcome: None, note: None }),
        (any_member(), 0..20_i64, prop::option::of(any_member())).prop_map(|(member, ago, holder)| {
            Command::UndoResolve {
                resolved_by: Some(member),
                resolved_at: Some(now() - TimeDelta::seconds(ago)),
                was: Some(match holder {
                    Some(by) => State::Intervened { by, since: before() },
                    None => requested(None, BotVoice::Silent),
                }),
            }
        }),
        (any_member(), absence).prop_map(|(member, absence)| Command::GiveBack { member, absence }),
        Just(Command::OpenToAll),
        Just(Command::CloseWindow),
    ]
}

proptest! {
    /// Whatever is tried by whomever: a held chat has one holder who took it by an act of their own, or had it before a
    /// resolve that is taken back; only the holder sends, the bot is silent then, and what is refused changes nothing.
    #[test]
    fn random_walks_keep_a_chat_exclusive(
        walk in prop::collection::vec((any_command(), prop::sample::select(ACTORS.to_vec())), 1..60)
    ) {
        let mut state = State::Active;
        let mut took: Option<MemberId> = None;
        for (command, actor) in walk {
            let old = state.clone();
            match apply(&state, &command, actor, now()) {
                Err(_) => prop_assert_eq!(&state, &old),
                Ok(step) => {
                    if step.state.holder() != state.holder() {
                        took = match (&command, step.state.holder(), actor) {
                            (Command::UndoResolve { was: Some(was), .. }, Some(holder), Actor::Member(..)) => {
                                prop_assert_eq!(Some(holder), was.holder());
                                Some(holder)
                            }
                            (_, Some(holder), Actor::Member(member, _)) => {
                                prop_assert_eq!(holder, member, "nobody is made to hold a chat by another");
                                let takes = matches!(command, Command::Intervene | Command::TakeOver);
                                prop_assert!(takes, "{:?} makes nobody a holder", command);
                                if let Some(before) = state.holder() {
                                    prop_assert!(matches!(command, Command::TakeOver), "{:?} takes from {:?}", command, before);
                                }
                                Some(member)
                            }
                            (_, Some(_), _) => return Err(TestCaseError::fail("only members hold chats")),
                            (_, None, _) => None,
                        };
                    }
                    if step.state != state {
                        prop_assert!(!step.happenings.is_empty(), "a change that the journey does not tell");
                    }
                    state = step.state;
                }
            }
            prop_assert_eq!(state.holder(), took);
            let senders = [A, B, C, M, O].into_iter().filter(|member| state.may_send(*member).is_ok()).count();
            prop_assert_eq!(senders, usize::from(state.holder().is_some()));
            prop_assert!(!(state.holder().is_some() && state.bot_answers()));
        }
    }
}
