//! A chat that is about to be opened: its row says so at once, and what is on screen of the one before can no longer be
//! acted on. The thread changes once that is drawn, so that a click or a key is seen to be taken however long that takes.

use super::open::Open;
use super::state::Desk;
use crate::ui::browser;
use domain::ChatId;
use domain::chat::Queue;
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Desk {
    /// Opens a chat of the list.
    pub fn pick(self, queue: Queue, chat: ChatId) {
        if self.place.get_untracked().1 == Some(chat) {
            self.goto(queue, Some(chat));
            return self.show_again();
        }
        self.picked.set(Some(chat));
        // Another one may be picked meanwhile, or somewhere else gone to.
        let still = move || self.picked.try_get_untracked() == Some(Some(chat));
        spawn_local(async move {
            browser::drawn().await;
            if !still() {
                return self.show_again();
            }
            self.let_go();
            browser::breathe().await;
            if still() { self.goto(queue, Some(chat)) } else { self.show_again() }
        });
    }

    /// Shows what the address names, where that was let go of for a chat to which nobody goes any more.
    fn show_again(self) {
        let Some((_, Some(chat))) = self.place.try_get_untracked() else { return };
        let gone = self.open.with_untracked(|open| matches!(open, Open::Nothing));
        if gone && self.stays_at(chat) {
            self.open.set(Open::Loading(chat));
            self.target.set(self.at.get_untracked().map(|seq| (chat, seq)));
            self.load(chat);
        }
    }

    /// Whether the address names this chat, and nobody is about to go elsewhere.
    pub(super) fn stays_at(self, chat: ChatId) -> bool {
        self.place.get_untracked().1 == Some(chat) && self.picked.with_untracked(Option::is_none)
    }

    /// The chat whose row is marked: the one that is open, or about to be.
    pub fn marked(self) -> Option<ChatId> {
        self.picked.get().or_else(|| self.place.get().1)
    }
}
