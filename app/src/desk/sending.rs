//! Sending what is typed: shown at once, handed over as often as it takes, under one id.

use super::open::Open;
use super::state::Desk;
use crate::chat::api;
use crate::chat::state::Pending;
use domain::{ChatId, Error, MessageId};
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Desk {
    /// Sends what is typed.
    pub fn send(self) {
        let text = self.draft.get_untracked().trim().to_owned();
        let Some(chat) = self.open_chat_untracked() else { return };
        let file = self.file.get_untracked();
        if text.is_empty() && file.is_none() {
            return;
        }
        let at = self.clock.now.get_untracked();
        let (id, buttons) = (MessageId::at(at), self.buttons.get_untracked());
        let pending = Pending { id, text, buttons, file, at, refused: None };
        self.buttons.set(Vec::new());
        self.file.set(None);
        self.draft.set(String::new());
        self.open.update(|open| {
            if let Open::Thread(thread) = open {
                thread.back();
                thread.pending.push(pending.clone());
            }
        });
        self.post(chat, pending);
    }

    /// Hands a message to the server; the same id as often as it takes.
    pub fn post(self, chat: ChatId, pending: Pending) {
        let id = pending.id;
        self.mark(id, None);
        let mut pending = Some(pending);
        self.taking.update_value(|taking| {
            if let Some((taken, waiting)) = taking
                && *taken == chat
            {
                waiting.extend(pending.take());
            }
        });
        let Some(pending) = pending else { return };
        spawn_local(async move {
            let file = pending.file.map(|file| file.id);
            if let Err(error) = api::send_message(chat, id, pending.text, false, pending.buttons, file).await {
                self.mark(id, Some(error.to_string()));
                if error.0 == Error::SignedOut {
                    self.failed(&error);
                }
            }
        });
    }

    fn mark(self, id: MessageId, refused: Option<String>) {
        self.open.update(|open| {
            if let Open::Thread(thread) = open
                && let Some(pending) = thread.pending.iter_mut().find(|pending| pending.id == id)
            {
                pending.refused = refused;
            }
        });
    }
}
