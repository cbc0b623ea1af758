//! What is typed, and sending it: shown at once, handed over as often as it takes, under one id.

use super::open::Open;
use super::state::Desk;
use crate::chat::api;
use crate::chat::state::Pending;
use domain::chat::Queue;
use domain::media::File;
use domain::{ChatId, Error, MessageId};
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Desk {
    /// What was typed, for the customer, as a note and as a value, and what was not sent of it: all that is kept of a chat
    /// that went out of sight.
    pub fn typed(self) -> String {
        let chat = self.open.with(Open::meant);
        let one = |text: &str, buttons: &[String], file: Option<&File>| {
            let file = file.map(|file| format!("[{}]", file.name));
            let buttons = buttons.iter().map(|words| format!("[{words}]"));
            let parts = std::iter::once(text.trim().to_owned()).chain(buttons).chain(file);
            parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
        };
        let unsent = self.unsent.get().into_iter().filter(|(whose, _)| Some(*whose) == chat);
        let mut typed: Vec<_> =
            unsent.map(|(_, pending)| one(&pending.text, &pending.buttons, pending.file.as_ref())).collect();
        let file = self.file.get();
        typed.push(self.buttons.with(|buttons| one(&self.draft.get(), buttons, file.as_ref())));
        typed.extend([self.note, self.parting].map(|text| text.get().trim().to_owned()));
        let values = self.values.get().into_iter().map(|(_, text)| text.trim().to_owned());
        typed.push(values.collect::<Vec<_>>().join("\n"));
        typed.retain(|text| !text.is_empty());
        typed.join("\n\n")
    }

    /// Keeps what is being typed in a form, an attribute's, the name's or Resolve's: nothing, once it is as it is kept.
    pub fn types(self, form: &str, text: String) {
        self.values.update(|values| {
            values.retain(|(other, _)| other != form);
            if !text.is_empty() {
                values.push((form.to_owned(), text));
            }
        });
    }

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
        self.forget_draft(chat, false);
        self.buttons.set(Vec::new());
        self.file.set(None);
        self.draft.set(String::new());
        self.unsent.update(|unsent| unsent.push((chat, pending.clone())));
        self.open.update(|open| {
            if let Open::Thread(thread) = open {
                thread.back();
                thread.pending.push(pending.clone());
            }
        });
        self.post(chat, pending);
    }

    /// What was sent in a chat and is not confirmed is shown in its thread again.
    pub(super) fn show_unsent(self, chat: ChatId) {
        let unsent = self.unsent.get_untracked().into_iter().filter(|(whose, _)| *whose == chat);
        self.open.update(|open| {
            if let Open::Thread(thread) = open {
                unsent.for_each(|(_, pending)| thread.wait(pending));
            }
        });
    }

    /// Whether these words, with this file, were sent in a chat and are not confirmed.
    pub(super) fn is_unsent(self, chat: ChatId, words: &str, file: Option<&File>) -> bool {
        let (words, file) = (words.trim(), file.map(|file| file.id));
        let same = |pending: &Pending| pending.text == words && pending.file.as_ref().map(|file| file.id) == file;
        self.unsent.with_untracked(|unsent| unsent.iter().any(|(whose, pending)| *whose == chat && same(pending)))
    }

    /// A message that was refused goes back into the composer.
    pub fn edit_unsent(self, pending: Pending) {
        self.forget_unsent(pending.id);
        self.open.update(|open| {
            if let Open::Thread(thread) = open {
                thread.pending.retain(|known| known.id != pending.id);
            }
        });
        let both = [self.draft.get_untracked(), pending.text].join("\n");
        self.draft.set(both.trim().to_owned());
        if self.buttons.with_untracked(Vec::is_empty) {
            self.buttons.set(pending.buttons);
        }
        if self.file.with_untracked(Option::is_none) {
            self.file.set(pending.file);
        }
    }

    fn forget_unsent(self, id: MessageId) {
        self.unsent.update(|unsent| unsent.retain(|(_, pending)| pending.id != id));
    }

    /// Hands a message to the server; the same id as often as it takes.
    pub fn post(self, chat: ChatId, pending: Pending) {
        let id = pending.id;
        self.mark(chat, id, None);
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
            let answer = api::send_message(chat, id, pending.text, false, pending.buttons, file).await;
            let Err(error) = answer else { return self.forget_unsent(id) };
            self.mark(chat, id, Some(error.to_string()));
            if error.0 == Error::SignedOut {
                self.failed(&error);
            } else if self.open.with_untracked(Open::meant) != Some(chat) {
                let show = Callback::new(move |()| self.goto(Queue::Intervened, Some(chat)));
                self.toasts.with_action(format!("A message was not sent. {error}"), "Show", show);
            }
        });
    }

    fn mark(self, chat: ChatId, id: MessageId, refused: Option<String>) {
        self.unsent.update(|unsent| {
            if let Some((_, pending)) = unsent.iter_mut().find(|(whose, pending)| *whose == chat && pending.id == id) {
                pending.refused.clone_from(&refused);
            }
        });
        self.open.update(|open| {
            if let Open::Thread(thread) = open
                && let Some(pending) = thread.pending.iter_mut().find(|pending| pending.id == id)
            {
                pending.refused = refused;
            }
        });
    }
}
