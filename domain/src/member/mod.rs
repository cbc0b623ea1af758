//! People who sign in.

#[cfg(feature = "postgres")]
pub mod account;
#[cfg(feature = "postgres")]
pub mod invite;
#[cfg(feature = "postgres")]
pub mod password;
#[cfg(feature = "postgres")]
pub mod presence;
#[cfg(feature = "postgres")]
pub mod session;
#[cfg(feature = "postgres")]
pub mod store;

use crate::words::words;
use crate::{InviteId, MemberId, Timestamp, WorkspaceId};
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

/// Lets supervisors pass and nobody else.
///
/// # Errors
/// `Forbidden` but to supervisors.
#[cfg(feature = "postgres")]
pub(crate) fn supervises(member: &Member) -> crate::Result<()> {
    if member.role.supervises() { Ok(()) } else { Err(crate::Error::Forbidden) }
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

/// A member, as the others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// Who.
    pub id: MemberId,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they take requests just now.
    pub presence: Presence,
    /// How many chats they hold.
    pub holds: i64,
    /// Whether an Owner has closed their account.
    pub deactivated: bool,
}

/// A member, as Owners manage them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// As the others see them.
    pub who: Colleague,
    /// The address they sign in with.
    pub email: String,
    /// When they were last here; `None` for never.
    pub seen: Option<Timestamp>,
}

/// An invitation that nobody has used yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Which.
    pub id: InviteId,
    /// Whom it is for.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// Its link leads nowhere from then on.
    pub expires: Timestamp,
}

/// What an invitation's link shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The workspace's name.
    pub workspace: String,
    /// Whom it is for.
    pub email: String,
    /// What they will be.
    pub role: Role,
}
