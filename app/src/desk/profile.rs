//! What fills the right-hand panel. The browser has it with the panel's own code: what reads a profile is much of it.

use super::open::Open;
use super::state::Desk;
use crate::contact::api::{Opened, open_profile};
use crate::ui::browser;
use domain::ChatId;
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Desk {
    /// Loads the panel (again).
    pub(crate) fn fetch_profile(self, chat: ChatId) {
        self.asked.update_value(|asked| *asked += 1);
        let asked = self.asked.get_value();
        spawn_local(async move {
            let answer = open_profile(chat).await;
            browser::breathe().await;
            // A later question's answer counts; and it may have been put before the chat went out of sight.
            let shown = self.open.with_untracked(|open| matches!(open, Open::Thread(thread) if thread.chat() == chat));
            if shown
                && self.asked.get_value() == asked
                && !self.edited.with_value(|edited| edited.contains(&chat))
                && let Ok(Some(opened)) = answer
            {
                self.show_profile(opened);
            }
        });
    }

    /// Something of the panel is about to be changed, and shown as done at once. What the server said before does not take
    /// that back: answers that come until [`Desk::edit_ended`] are dropped.
    pub(crate) fn edit_begins(self, chat: ChatId) {
        self.edited.update_value(|edited| edited.push(chat));
    }

    /// The server has answered: the panel is asked for anew.
    pub(crate) fn edit_ended(self, chat: ChatId) {
        self.edited.update_value(|edited| {
            if let Some(place) = edited.iter().position(|other| *other == chat) {
                edited.swap_remove(place);
            }
        });
        if self.open_chat_untracked() == Some(chat) {
            self.fetch_profile(chat);
        }
    }

    /// Shows the panel as the page brought it.
    pub(crate) fn read_profile(self, text: &str) {
        if let Ok(Some(opened)) = crate::json::read::<Option<Opened>>(text.as_bytes()) {
            self.show_profile(opened);
        }
    }

    fn show_profile(self, opened: Opened) {
        match opened {
            Opened::Profile(profile) => {
                self.profile.set(Some(*profile));
                self.withheld.set(false);
            }
            Opened::Withheld => {
                self.profile.set(None);
                self.withheld.set(true);
            }
        }
    }
}
