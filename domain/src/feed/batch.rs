//! A stretch of the feed, loaded once per process and filtered for each member who listens.

use super::{ChatChange, Frame};
use crate::chat::{Counts, Queue, Row, Sight, State, sight};
use crate::member::{Presence, Role};
use crate::message::Message;
use crate::{ChatId, MemberId, MessageId, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Where a chat stands, as far as sight and counts go by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stance {
    /// Its queue.
    pub queue: Queue,
    /// Who holds it.
    pub holder: Option<MemberId>,
    /// Whom its request is meant for.
    pub directed_to: Option<MemberId>,
}

/// One feed row.
#[derive(Clone, Debug)]
pub enum Change {
    /// A chat changed.
    Chat {
        /// Which.
        chat: ChatId,
        /// Where it stood before; `None` when it is new.
        was: Option<Stance>,
        /// Where it stood after.
        now: Stance,
        /// Messages made or altered.
        messages: Vec<MessageId>,
    },
    /// A member read on, in another tab perhaps.
    Seen {
        /// Who.
        member: MemberId,
        /// In which chat.
        chat: ChatId,
    },
    /// A supervisor's watch of a chat began or ended.
    Watch {
        /// Who.
        member: MemberId,
        /// Which chat.
        chat: ChatId,
    },
    /// A member became Available or Away.
    Presence {
        /// Who.
        member: MemberId,
    },
    /// A member's role or rights changed.
    Member {
        /// Who.
        member: MemberId,
    },
    /// A customer's profile changed, beside the chat itself.
    Profile {
        /// One of the customer's chats.
        chat: ChatId,
    },
    /// Something that the workspace defines changed: tags, attributes, outcomes, canned replies, settings.
    Defined,
    /// Contacts without a chat changed, or what is done to many of them: tasks, imports.
    Contacts,
    /// A session ended.
    SignedOut {
        /// Whose.
        member: MemberId,
    },
}

/// A chat as it is now, whole.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its state now: sight is decided by it, so that nothing goes out that has become exclusive since.
    pub state: State,
    /// Its row with all content.
    pub row: Row,
}

/// A stretch of the feed with everything that is needed to tell it to anyone.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The first number in it.
    pub first: i64,
    /// The last number in it.
    pub last: i64,
    /// The feed rows in order.
    pub changes: Vec<Change>,
    /// The chats they name, and [`Self::others`], as they are now.
    pub chats: HashMap<ChatId, Loaded>,
    /// The messages they name, as they are now.
    pub messages: HashMap<MessageId, Message>,
    /// How many chats stand where, as of `last` or later.
    pub counts: Vec<(Stance, i64)>,
    /// The longest waiting requests: since when, and for whom (everyone when `None`).
    pub waiting: Vec<(Timestamp, Option<MemberId>)>,
    /// Which supervisors watch which chats.
    pub watches: HashSet<(MemberId, ChatId)>,
    /// How many of the customer's messages each member has seen in these chats.
    pub seen: HashMap<(MemberId, ChatId), i64>,
    /// The other chats of the customers whose chats in this stretch went to, or left, a member.
    pub others: HashMap<ChatId, Vec<ChatId>>,
    /// Members' presence, where it changed.
    pub presences: HashMap<MemberId, Presence>,
    /// The moment of loading.
    pub at: Timestamp,
}

impl Batch {
    /// What this member gets of it, who has been told everything up to a number in it or just before it.
    pub fn frame(&self, member: MemberId, role: Role, told_upto: i64) -> Frame {
        let known = usize::try_from(told_upto + 1 - self.first).unwrap_or(0);
        let mut told: BTreeMap<ChatId, ChatChange> = BTreeMap::new();
        let mut presence = None;
        let mut profiles = BTreeSet::new();
        let (mut defined, mut contacts) = (false, false);
        for change in self.changes.iter().skip(known) {
            match change {
                Change::Chat { chat, was, messages, .. } => {
                    let mut before = was.map_or(Sight::None, |was| was.sight(member, role));
                    if before == Sight::Row && self.watches.contains(&(member, *chat)) {
                        before = Sight::Full;
                    }
                    self.tell(&mut told, *chat, before, messages, member, role);
                    if (before == Sight::Full) != (self.sees(*chat, member, role) == Sight::Full) {
                        self.reveal(&mut profiles, *chat, member, role);
                    }
                }
                Change::Seen { member: who, chat } if *who == member => {
                    // Reading on gains no sight: nothing becomes stale by it.
                    self.tell(&mut told, *chat, Sight::Full, &[], member, role);
                }
                Change::Watch { member: who, chat } if *who == member => {
                    self.tell(&mut told, *chat, Sight::Row, &[], member, role);
                    self.reveal(&mut profiles, *chat, member, role);
                }
                Change::Presence { member: who } if *who == member => presence = self.presences.get(who).copied(),
                Change::Profile { chat } => {
                    if self.sees(*chat, member, role) == Sight::Full {
                        profiles.insert(*chat);
                    }
                }
                Change::Defined => defined = true,
                Change::Contacts => contacts = role.supervises(),
                Change::Seen { .. }
                | Change::Watch { .. }
                | Change::Presence { .. }
                | Change::Member { .. }
                | Change::SignedOut { .. } => {}
            }
        }
        Frame::Changes {
            upto: self.last,
            changes: told.into_values().collect(),
            counts: Some(counts(&self.counts, member, role)),
            longest_wait: longest_wait(&self.waiting, member),
            presence,
            profiles: profiles.into_iter().collect(),
            defined,
            contacts,
            now: self.at,
        }
    }

    /// Sight of a chat was gained or lost, and with it that of the customer's profile in their other chats.
    fn reveal(&self, profiles: &mut BTreeSet<ChatId>, chat: ChatId, member: MemberId, role: Role) {
        let others = self.others.get(&chat).into_iter().flatten();
        profiles.extend(others.filter(|other| self.sees(**other, member, role) == Sight::Full));
    }

    /// What a member sees now of a chat in this stretch.
    fn sees(&self, chat: ChatId, member: MemberId, role: Role) -> Sight {
        let watching = self.watches.contains(&(member, chat));
        let listed = self.chats.get(&chat).filter(|loaded| loaded.row.queue != Queue::Merged);
        listed.map_or(Sight::None, |loaded| sight(&loaded.state, member, role, watching))
    }

    fn tell(
        &self,
        told: &mut BTreeMap<ChatId, ChatChange>,
        chat: ChatId,
        before: Sight,
        messages: &[MessageId],
        member: MemberId,
        role: Role,
    ) {
        let Some(loaded) = self.chats.get(&chat) else { return };
        let now = self.sees(chat, member, role);
        if now == Sight::None && before == Sight::None && !told.contains_key(&chat) {
            return;
        }
        let entry =
            told.entry(chat).or_insert_with(|| ChatChange { chat, row: None, gained: false, messages: Vec::new() });
        entry.row = match now {
            Sight::None => None,
            Sight::Row => Some(Row { content: None, ..loaded.row.clone() }),
            Sight::Full => Some(self.with_seen(loaded, member)),
        };
        if now == Sight::Full {
            entry.gained |= before != Sight::Full;
            for id in messages {
                if let Some(message) = self.messages.get(id)
                    && !entry.messages.iter().any(|known| known.id == *id)
                {
                    entry.messages.push(message.clone());
                }
            }
        } else {
            entry.gained = false;
            entry.messages.clear();
        }
    }

    fn with_seen(&self, loaded: &Loaded, member: MemberId) -> Row {
        let mut row = loaded.row.clone();
        if let Some(content) = &mut row.content {
            content.seen_count = self.seen.get(&(member, row.id)).copied().unwrap_or(0);
        }
        row
    }
}

impl Stance {
    /// What a member saw of a chat that stood here. Watches are left out: they end with the screen.
    pub fn sight(&self, member: MemberId, role: Role) -> Sight {
        match self.queue {
            Queue::Merged => Sight::None,
            Queue::Active | Queue::History => Sight::Full,
            Queue::Requested => match self.directed_to {
                Some(target) if target != member && !role.supervises() => Sight::None,
                _ => Sight::Full,
            },
            Queue::Intervened if self.holder == Some(member) => Sight::Full,
            Queue::Intervened if role.supervises() => Sight::Row,
            Queue::Intervened => Sight::None,
        }
    }
}

/// Sums the desk's counts for one member: what is out of sight is a number only.
pub fn counts(stands: &[(Stance, i64)], member: MemberId, role: Role) -> Counts {
    let mut counts = Counts::default();
    for (stance, chats) in stands {
        match stance.queue {
            Queue::Active => counts.active += chats,
            Queue::History => counts.history += chats,
            Queue::Merged => {}
            Queue::Intervened if stance.holder == Some(member) => counts.mine += chats,
            Queue::Intervened => counts.others += chats,
            Queue::Requested if stance.sight(member, role) == Sight::Full => {
                counts.requested += chats;
                if stance.directed_to.is_none_or(|target| target == member) {
                    counts.waiting += chats;
                }
            }
            Queue::Requested => counts.others += chats,
        }
    }
    counts
}

/// Since when the longest waiting request waits that is meant for everyone or for this member.
pub fn longest_wait(waiting: &[(Timestamp, Option<MemberId>)], member: MemberId) -> Option<Timestamp> {
    waiting.iter().filter(|(_, target)| target.is_none_or(|target| target == member)).map(|(since, _)| *since).min()
}
