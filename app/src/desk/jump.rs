//! The way to a place in a thread: its address names it, whoever leads there.

use super::state::{Desk, address};
use crate::chat::api;
use domain::chat::Queue;
use domain::{ChatId, ContactId};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A place in a chat that is read within another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    /// The chat in whose thread it is read.
    pub into: ChatId,
    /// Whose messages these are.
    pub contact: ContactId,
    /// The place among them.
    pub seq: i64,
}

impl Desk {
    /// Goes to a place in a chat's thread.
    pub fn jump(self, chat: ChatId, seq: i64) {
        let (here, open) = self.place.get_untracked();
        let known = self.inbox.with_untracked(|inbox| inbox.row(chat).map(|row| row.queue));
        self.jump_in(known.filter(|_| open != Some(chat)).unwrap_or(here), chat, seq);
    }

    /// Goes to a place in the thread of a chat that stands in a queue. The address names the place, and leads there
    /// (`follow_address`); one that does already leads there again.
    pub fn jump_in(self, queue: Queue, chat: ChatId, seq: i64) {
        let open = self.place.get_untracked().1 == Some(chat);
        if open && self.at.get_untracked() == Some(seq) {
            self.cover_profile();
            self.target.set(Some((chat, seq)));
        } else {
            self.go.get_value().run((place(queue, chat, seq), open));
        }
    }

    /// Goes to the chat in which this one is read, and to the place in it that was asked for.
    pub(crate) fn goto_within(self, chat: ChatId, queue: Queue, into: ChatId) {
        let asked = self.target.get_untracked().filter(|(target, _)| *target == chat);
        let Some((_, seq)) = asked else { return self.goto(queue, Some(into)) };
        spawn_local(async move {
            let found = api::place_within(chat).await;
            if !self.stays_at(chat) {
                return;
            }
            match found {
                Ok((queue, into, line, contact)) => {
                    self.within.set(Some(Within { into, contact, seq }));
                    self.jump_in(queue, into, line);
                }
                Err(_) => self.goto(queue, Some(into)),
            }
        });
    }

    /// Goes where the address leads, for as long as the page lives.
    pub(super) fn follow_address(self) {
        let named = Memo::new(move |_| self.place.get().1.zip(self.at.get()));
        Effect::new(move |_| {
            if let Some(named) = named.get() {
                self.target.set(Some(named));
            }
        });
    }
}

/// The address of a place in a chat's thread.
pub fn place(queue: Queue, chat: ChatId, seq: i64) -> String {
    format!("{}?at={seq}", address(queue, Some(chat)))
}
