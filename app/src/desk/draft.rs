//! What is typed is kept on the server, as a draft; and here for as long as it cannot be.

use super::state::Desk;
use crate::chat::api;
use domain::media::File;
use domain::{ChatId, Error};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// What is typed in one chat.
#[derive(Clone, PartialEq)]
pub struct Draft {
    /// Where.
    pub chat: ChatId,
    /// Whether it is a note.
    pub note: bool,
    /// The words.
    pub text: String,
    /// The buttons below them.
    pub buttons: Vec<String>,
    /// The file that goes along.
    pub file: Option<File>,
}

impl Draft {
    fn of(&self, chat: ChatId, note: bool) -> bool {
        self.chat == chat && self.note == note
    }
}

impl Desk {
    /// Keeps a draft, in place of the one before.
    pub fn keep_draft(self, draft: Draft) {
        self.forget_draft(draft.chat, draft.note);
        self.unkept.update_value(|all| all.push(draft.clone()));
        self.try_to_keep(draft, Duration::from_secs(1));
    }

    /// It was sent.
    pub fn forget_draft(self, chat: ChatId, note: bool) {
        let _ = self.unkept.try_update_value(|all| all.retain(|other| !other.of(chat, note)));
    }

    /// What the server does not have yet.
    pub(super) fn unkept(self, chat: ChatId, note: bool) -> Option<Draft> {
        self.unkept.with_value(|all| all.iter().find(|draft| draft.of(chat, note)).cloned())
    }

    fn try_to_keep(self, draft: Draft, wait: Duration) {
        spawn_local(async move {
            if self.unkept.try_with_value(|all| all.contains(&draft)) != Some(true) {
                return;
            }
            let Draft { chat, note, text, buttons, file } = draft.clone();
            match api::save_draft(chat, text, note, buttons, file.map(|file| file.id)).await {
                Err(error) if matches!(error.0, Error::Unreachable | Error::Internal) => {
                    set_timeout(move || self.try_to_keep(draft, (wait * 2).min(Duration::from_secs(15))), wait);
                }
                // Too long to be kept there: it is here, until the page is loaded anew.
                Err(error) if matches!(error.0, Error::Invalid(_) | Error::TooLarge(_)) => {}
                // Kept, or not this member's chat any more. What is typed meanwhile is another one.
                Ok(()) | Err(_) => {
                    let _ = self.unkept.try_update_value(|all| all.retain(|other| *other != draft));
                }
            }
        });
    }
}
