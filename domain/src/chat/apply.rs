//! What may be done to a chat, from every state, by whom: the one place that decides.

use super::{Absence, Actor, BotVoice, Command, Reason, Refusal, Request, State, Step, UNDO};
use crate::journey::Happening;
use crate::member::Role;
use crate::{MemberId, Timestamp};

/// Decides. Pure: the caller holds the chat's row lock and writes what comes back, or nothing.
///
/// # Errors
/// A [`Refusal`]; the state is then unchanged.
pub fn apply(state: &State, command: &Command, actor: Actor, now: Timestamp) -> Result<Step, Refusal> {
    use Command as C;
    match (state, command) {
        (_, C::CustomerWrote) => match actor {
            Actor::Customer => Ok(stay(state)),
            _ => Err(Refusal::NotAllowed),
        },

        (State::Active, C::AskForPerson(reason)) => {
            ask_allowed(actor)?;
            let request = Request { since: now, reason: reason.clone(), directed_to: None, bot: BotVoice::Speaks };
            let mut step = go(State::Requested(request), Happening::Requested { reason: reason.clone() });
            step.unresolved_queries = 1;
            Ok(step)
        }
        (State::Requested(_) | State::Intervened { .. }, C::AskForPerson(_)) => {
            ask_allowed(actor)?;
            Ok(stay(state))
        }

        (State::Active, C::Intervene) => {
            let (member, _) = by_member(actor)?;
            Ok(go(State::Intervened { by: member, since: now }, Happening::Intervened { waited: None }))
        }
        (State::Requested(request), C::Intervene) => {
            let (member, role) = by_member(actor)?;
            if request.directed_to.is_some_and(|target| target != member) && !role.supervises() {
                return Err(Refusal::DirectedElsewhere);
            }
            let waited = Some((now - request.since).num_seconds().max(0));
            Ok(go(State::Intervened { by: member, since: now }, Happening::Intervened { waited }))
        }
        (State::Intervened { by, .. }, C::Intervene) => {
            let (member, _) = by_member(actor)?;
            if *by == member { Ok(stay(state)) } else { Err(Refusal::AlreadyHeld { by: *by, name: None }) }
        }

        (State::Active, C::TakeOver) => {
            let member = by_supervisor(actor)?;
            Ok(go(State::Intervened { by: member, since: now }, Happening::Intervened { waited: None }))
        }
        (State::Requested(request), C::TakeOver) => {
            let member = by_supervisor(actor)?;
            let waited = Some((now - request.since).num_seconds().max(0));
            Ok(go(State::Intervened { by: member, since: now }, Happening::Intervened { waited }))
        }
        (State::Intervened { by, .. }, C::TakeOver) => {
            let member = by_supervisor(actor)?;
            if *by == member {
                return Ok(stay(state));
            }
            Ok(go(State::Intervened { by: member, since: now }, Happening::TookOver { from: *by, name: None }))
        }

        (State::Active, C::Transfer { .. }) => Err(Refusal::NotHeld),
        (State::Requested(request), C::Transfer { to, note }) => {
            by_supervisor(actor)?;
            // The next one reads what was written for them, not for the one before.
            let told = matches!(request.reason, Reason::Transferred { .. }) || !note.is_empty();
            let reason = if told { Reason::Transferred { note: note.clone() } } else { request.reason.clone() };
            let request = Request { directed_to: *to, reason, ..request.clone() };
            Ok(go(State::Requested(request), Happening::Transferred { to: *to, name: None, note: note.clone() }))
        }
        (State::Intervened { by, .. }, C::Transfer { to, note }) => {
            holder_or_supervisor(*by, actor)?;
            let reason = Reason::Transferred { note: note.clone() };
            let request = Request { since: now, reason, directed_to: *to, bot: BotVoice::Silent };
            Ok(go(State::Requested(request), Happening::Transferred { to: *to, name: None, note: note.clone() }))
        }

        (State::Active, C::Resolve { .. }) => Err(Refusal::NotHeld),
        (State::Requested(_), C::Resolve { note, .. }) => {
            by_supervisor(actor)?;
            Ok(go(State::Active, Happening::Dismissed { note: note.clone() }))
        }
        (State::Intervened { by, .. }, C::Resolve { outcome, note }) => {
            holder_or_supervisor(*by, actor)?;
            Ok(go(State::Active, Happening::Resolved { outcome: outcome.clone(), note: note.clone() }))
        }

        (State::Active, C::UndoResolve { resolved_by, resolved_at, was }) => {
            let (member, _) = by_member(actor)?;
            let in_time = resolved_at.is_some_and(|at| now - at <= UNDO);
            match was {
                // Whoever held it or was waited for: not the supervisor who had resolved it for them.
                Some(was) if *resolved_by == Some(member) && in_time => Ok(go(was.clone(), Happening::ResolveUndone)),
                _ => Err(Refusal::TooLate),
            }
        }
        (State::Requested(_) | State::Intervened { .. }, C::UndoResolve { .. }) => {
            by_member(actor)?;
            Err(Refusal::TooLate)
        }

        (State::Active, C::GiveBack { .. }) => {
            giver_back(actor)?;
            Ok(stay(state))
        }
        (State::Requested(request), C::GiveBack { member, .. }) => {
            giver_back(actor)?;
            if request.directed_to != Some(*member) {
                return Ok(stay(state));
            }
            let request = Request { directed_to: None, ..request.clone() };
            Ok(go(State::Requested(request), Happening::OpenedToAll))
        }
        (State::Intervened { by, .. }, C::GiveBack { member, absence }) => {
            giver_back(actor)?;
            let leaves = match absence {
                Absence::Away { customer_waits } => *customer_waits,
                Absence::Removed => true,
            };
            if by != member || !leaves {
                return Ok(stay(state));
            }
            let request = Request { since: now, reason: Reason::GivenBack, directed_to: None, bot: BotVoice::Silent };
            let what = Happening::GivenBack { from: *member, name: None, absence: Some(*absence) };
            Ok(go(State::Requested(request), what))
        }

        (State::Requested(request), C::OpenToAll) if request.directed_to.is_some() => {
            by_clock(actor)?;
            let request = Request { directed_to: None, ..request.clone() };
            Ok(go(State::Requested(request), Happening::OpenedToAll))
        }
        (State::Active | State::Requested(_) | State::Intervened { .. }, C::OpenToAll) => {
            by_clock(actor)?;
            Ok(stay(state))
        }

        (State::Active, C::CloseWindow) => {
            by_clock(actor)?;
            Ok(go(State::Active, Happening::WindowClosed))
        }
        (State::Requested(_), C::CloseWindow) => {
            by_clock(actor)?;
            Ok(go(State::Active, Happening::Missed))
        }
        (State::Intervened { .. }, C::CloseWindow) => {
            by_clock(actor)?;
            Ok(go(State::Active, Happening::Expired))
        }
    }
}

fn stay(state: &State) -> Step {
    Step { state: state.clone(), happenings: Vec::new(), unresolved_queries: 0 }
}

fn go(state: State, happening: Happening) -> Step {
    Step { state, happenings: vec![happening], unresolved_queries: 0 }
}

fn ask_allowed(actor: Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Customer | Actor::Bot | Actor::Member(..) | Actor::Api => Ok(()),
        Actor::Clock => Err(Refusal::NotAllowed),
    }
}

fn by_member(actor: Actor) -> Result<(MemberId, Role), Refusal> {
    match actor {
        Actor::Member(member, role) => Ok((member, role)),
        _ => Err(Refusal::NotAllowed),
    }
}

fn by_supervisor(actor: Actor) -> Result<MemberId, Refusal> {
    match actor {
        Actor::Member(member, role) if role.supervises() => Ok(member),
        _ => Err(Refusal::NotAllowed),
    }
}

fn holder_or_supervisor(holder: MemberId, actor: Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Member(member, role) if member == holder || role.supervises() => Ok(()),
        Actor::Member(..) => Err(Refusal::NotHolder),
        _ => Err(Refusal::NotAllowed),
    }
}

fn giver_back(actor: Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Clock | Actor::Member(_, Role::Owner) => Ok(()),
        _ => Err(Refusal::NotAllowed),
    }
}

fn by_clock(actor: Actor) -> Result<(), Refusal> {
    if actor == Actor::Clock { Ok(()) } else { Err(Refusal::NotAllowed) }
}
