//! A chat that is about to be opened: its row says so at once, and what is on screen of the one before can no longer be
//! acted on. The thread changes once that is drawn, so that a click or a key is seen to be taken however long that takes.

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
            return self.goto(queue, Some(chat));
        }
        self.picked.set(Some(chat));
        spawn_local(async move {
            browser::drawn().await;
            // Another one may have been picked, or somewhere else been gone to.
            if self.picked.try_get_untracked() == Some(Some(chat)) {
                self.goto(queue, Some(chat));
            }
        });
    }

    /// The chat whose row is marked: the one that is open, or about to be.
    pub fn marked(self) -> Option<ChatId> {
        self.picked.get().or_else(|| self.place.get().1)
    }
}
