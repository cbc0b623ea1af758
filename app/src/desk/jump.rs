//! The way to a place in a thread: its address names it, whoever leads there.

use super::state::{Desk, address};
use domain::ChatId;
use domain::chat::Queue;
use leptos::prelude::*;

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
        self.profile_shown.set(false);
        let open = self.place.get_untracked().1 == Some(chat);
        if open && self.at.get_untracked() == Some(seq) {
            self.target.set(Some((chat, seq)));
        } else {
            self.go.get_value().run((place(queue, chat, seq), open));
        }
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
