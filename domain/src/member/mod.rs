//! People who sign in.

#[cfg(feature = "postgres")]
pub mod password;
#[cfg(feature = "postgres")]
pub mod session;
#[cfg(feature = "postgres")]
pub mod store;

use crate::words::words;
use crate::{MemberId, WorkspaceId};
use serde::{Deserialize, Serialize};

words! {
    /// What a member may do.
    Role {
        /// Everything.
        Owner = "owner",
        /// All but members and secrets.
        Manager = "manager",
        /// Live chat, History, profiles, own canned replies.
        Agent = "agent",
    }
}

impl Role {
    /// Owner and Manager are supervisors.
    pub fn supervises(self) -> bool {
        matches!(self, Self::Owner | Self::Manager)
    }

    /// The word on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Manager => "Manager",
            Self::Agent => "Agent",
        }
    }
}

words! {
    /// Whether a member takes requests just now.
    Presence {
        /// Takes requests and is alerted.
        Available = "available",
        /// Does not.
        Away = "away",
    }
}

/// A member, as they see themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub id: MemberId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Their name.
    pub name: String,
    /// The address they sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Whether they take requests just now.
    pub presence: Presence,
}
