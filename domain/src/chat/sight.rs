//! Who sees what of a chat (design §3). The SQL function `sight` is the same rule; a test compares the two.

use super::State;
use crate::MemberId;
use crate::member::Role;
use serde::{Deserialize, Serialize};

/// How much of a chat a member sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Sight {
    /// It does not exist for them.
    None,
    /// Holder, since when, who waits; no text, no name, no number.
    Row,
    /// Everything.
    Full,
}

/// The one definition of sight.
pub fn sight(state: &State, member: MemberId, role: Role, watching: bool) -> Sight {
    match state {
        State::Active => Sight::Full,
        State::Requested(request) => match request.directed_to {
            None => Sight::Full,
            Some(target) if target == member || role.supervises() => Sight::Full,
            Some(_) => Sight::None,
        },
        State::Intervened { by, .. } if *by == member => Sight::Full,
        State::Intervened { .. } if role.supervises() && watching => Sight::Full,
        State::Intervened { .. } if role.supervises() => Sight::Row,
        State::Intervened { .. } => Sight::None,
    }
}
