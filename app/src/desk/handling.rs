//! Intervene and Resolve on this screen: shown at once, put right when the server says otherwise.

use super::state::{Desk, Open, address};
use crate::chat::api;
use crate::ui::browser;
use domain::chat::{MemberName, Queue, Refusal, Row};
use domain::{ChatId, Error};
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Desk {
    /// Takes the open chat.
    pub fn intervene(self) {
        let Some(before) = untrack(|| self.row()) else { return };
        let me = self.me.with_untracked(|me| MemberName::from(&me.member));
        let row = Row {
            queue: Queue::Intervened,
            holder: Some(me),
            held_since: Some(self.clock.now.get_untracked()),
            requested_since: None,
            ..before.clone()
        };
        self.pretend(row);
        let chat = before.id;
        let queue = untrack(|| self.place.get().0);
        self.goto(Queue::Intervened, Some(chat));
        spawn_local(async move {
            let Err(error) = api::intervene(chat).await else { return self.load(chat) };
            if self.place.get_untracked() == (Queue::Intervened, Some(chat)) {
                self.go.get_value().run((address(queue, Some(chat)), true));
            }
            match &error.0 {
                Error::SignedOut => browser::go(&format!("/sign-in?then={}", address(queue, Some(chat)))),
                Error::Refused(Refusal::AlreadyHeld { .. } | Refusal::DirectedElsewhere) => {
                    self.toasts.say(error.to_string());
                    self.lose(chat);
                }
                _ => {
                    self.toasts.say(error.to_string());
                    self.undo(before);
                    self.load(chat);
                }
            }
        });
    }

    /// Settles the open chat; can be undone for five seconds.
    pub fn resolve(self, outcome: Option<String>, note: Option<String>) {
        let Some(before) = untrack(|| self.row()) else { return };
        let me = self.me.with_untracked(|me| me.member.name.clone());
        let mut row =
            Row { queue: Queue::Active, holder: None, held_since: None, requested_since: None, ..before.clone() };
        row.unanswered_since = None;
        if let Some(content) = &mut row.content {
            content.resolved_by = Some(me);
        }
        self.pretend(row);
        self.resolving.set(false);
        let chat = before.id;
        spawn_local(async move {
            match api::resolve(chat, outcome, note).await {
                Ok(()) => {
                    let undo = Callback::new(move |()| self.take_back(chat));
                    self.toasts.undoable("Resolved. The bot has the chat again.", undo);
                }
                Err(error) => {
                    self.failed(&error);
                    self.undo(before);
                    self.load(chat);
                }
            }
        });
    }

    fn take_back(self, chat: ChatId) {
        spawn_local(async move {
            if let Err(error) = api::undo_resolve(chat).await {
                self.failed(&error);
            } else {
                self.goto(Queue::Intervened, Some(chat));
            }
        });
    }

    /// Shows what is about to be true; the server's row has a higher version and replaces it.
    fn pretend(self, row: Row) {
        self.inbox.update(|inbox| inbox.restore(row.clone()));
        self.open.update(|open| {
            if let Open::Thread(thread) = open {
                thread.row = row;
            }
        });
    }

    fn undo(self, row: Row) {
        if untrack(|| self.row()).is_some_and(|known| known.id == row.id && known.version <= row.version) {
            self.pretend(row);
        }
    }
}
