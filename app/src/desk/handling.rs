//! Intervene and Resolve on this screen: shown at once, put right when the server says otherwise.

use super::open::Open;
use super::state::{Desk, address};
use crate::AppError;
use crate::chat::api;
use crate::ui::browser;
use domain::chat::{MemberName, Queue, Refusal, Row};
use domain::{ChatId, ContactId, Error, ScreenId};
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Desk {
    /// Takes the open chat.
    pub fn intervene(self) {
        let Some(before) = untrack(|| self.row()) else { return };
        let me = self.me.with_untracked(|me| MemberName::from(&me.member));
        let since = Some(self.clock.now.get_untracked());
        let held = move |row: Row| Row {
            queue: Queue::Intervened,
            holder: Some(me.clone()),
            held_since: since,
            requested_since: None,
            ..row
        };
        let chat = before.id;
        self.taking.set_value(Some((chat, Vec::new())));
        self.writes_next.set_value(Some(chat));
        self.pretend(held(before.clone()));
        let queue = untrack(|| self.place.get().0);
        self.goto(Queue::Intervened, Some(chat));
        spawn_local(async move {
            let answer = api::intervene(chat).await;
            // What came meanwhile may have told of the time before.
            if let Some(row) =
                untrack(|| self.row()).filter(|row| answer.is_ok() && row.id == chat && row.holder.is_none())
            {
                self.pretend(held(row));
            }
            let mut waiting = None;
            self.taking.update_value(|taking| waiting = taking.take());
            for pending in waiting.into_iter().flat_map(|(_, waiting)| waiting) {
                self.post(chat, pending);
            }
            let Err(error) = answer else { return self.load(chat) };
            let stays = self.picked.with_untracked(Option::is_none);
            if stays && self.place.get_untracked() == (Queue::Intervened, Some(chat)) {
                self.go.get_value().run((address(queue, Some(chat)), true));
            }
            match &error.0 {
                Error::SignedOut => browser::go(&crate::sign_in::towards(&address(queue, Some(chat)))),
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

    /// Settles a chat, while it is the open one; can be undone for five seconds.
    pub fn resolve(self, chat: ChatId, outcome: Option<String>, note: Option<String>) {
        let Some(before) = untrack(|| self.row()).filter(|row| row.id == chat) else { return };
        if before.content.is_none() {
            return self.resolve_unseen(before, outcome, note);
        }
        let me = self.me.with_untracked(|me| me.member.name.clone());
        let mut row =
            Row { queue: Queue::Active, holder: None, held_since: None, requested_since: None, ..before.clone() };
        row.unanswered_since = None;
        if let Some(content) = &mut row.content {
            content.resolved_by = Some(me);
        }
        self.pretend(row);
        self.resolving.set(false);
        let sent = note.clone();
        spawn_local(async move {
            match api::resolve(chat, outcome, note).await {
                Ok(()) => {
                    self.parted(chat);
                    let undo = Callback::new(move |()| self.take_back(chat, before.queue));
                    self.toasts.undoable("Resolved. The bot has the chat again.", undo);
                }
                Err(error) => {
                    self.unresolved(&before, sent, &error);
                    self.undo(before);
                    self.load(chat);
                }
            }
        });
    }

    /// A supervisor settles a chat that somebody else holds.
    fn resolve_unseen(self, before: Row, outcome: Option<String>, note: Option<String>) {
        self.resolving.set(false);
        let (chat, sent) = (before.id, note.clone());
        spawn_local(async move {
            match api::resolve(chat, outcome, note).await {
                Ok(()) => {
                    self.parted(chat);
                    self.toasts.undoable("Resolved.", Callback::new(move |()| self.take_back(chat, Queue::Intervened)));
                }
                Err(error) => self.unresolved(&before, sent, &error),
            }
            self.load(chat);
        });
    }

    /// The note went with its chat. What is typed by now is another chat's.
    fn parted(self, chat: ChatId) {
        if self.open_chat_untracked() == Some(chat) {
            self.parting.set(String::new());
        }
    }

    /// Whoever has gone on can go back, with the note.
    fn unresolved(self, before: &Row, note: Option<String>, error: &AppError) {
        let (chat, queue) = (before.id, before.queue);
        if self.open_chat_untracked() == Some(chat) || error.0 == Error::SignedOut {
            return self.failed(error);
        }
        // By its name only while it is in sight.
        let row = self.inbox.with_untracked(|inbox| inbox.row(chat).cloned());
        let content = row.and_then(|row| row.content).filter(|_| error.0 != Error::NotFound);
        let whose = content.map_or("A chat".to_owned(), |content| content.title());
        let note = note.unwrap_or_default();
        let told = if note.is_empty() { String::new() } else { format!(" Your note: “{note}”") };
        let back = Callback::new(move |()| {
            self.goto(queue, Some(chat));
            let note = note.clone();
            spawn_local(async move {
                browser::drawn().await;
                if self.open_chat_untracked() == Some(chat) {
                    self.parting.set(note);
                }
            });
        });
        self.toasts.with_action_for(20, format!("{whose} was not resolved. {error}{told}"), "Go back", back);
    }

    /// Opens the chat of a contact who has none yet.
    pub fn begin(self, contact: ContactId) {
        spawn_local(async move {
            match api::begin_chat(contact).await {
                Ok((queue, chat)) => self.goto(queue, Some(chat)),
                Err(error) => self.failed(&error),
            }
        });
    }

    /// Takes the chat that has waited longest.
    pub fn take_next(self) {
        // Pressed twice, or held down, it is one chat.
        if self.takes_next.get_value() {
            return;
        }
        self.takes_next.set_value(true);
        spawn_local(async move {
            let answer = api::take_next().await;
            let _ = self.takes_next.try_set_value(false);
            match answer {
                Ok(Some(chat)) => {
                    self.writes_next.set_value(Some(chat));
                    self.goto(Queue::Intervened, Some(chat));
                    if self.open_chat_untracked() == Some(chat) {
                        self.load(chat);
                    }
                }
                Ok(None) => self.toasts.say("Nobody is waiting just now."),
                Err(error) => self.failed(&error),
            }
        });
    }

    /// A supervisor takes the open chat from whoever has it.
    pub fn take_over(self) {
        let Some(chat) = self.open_chat_untracked() else { return };
        spawn_local(async move {
            match api::take_over(chat).await {
                Ok(()) => {
                    self.writes_next.set_value(Some(chat));
                    self.goto(Queue::Intervened, Some(chat));
                    self.load(chat);
                }
                Err(error) => {
                    self.failed(&error);
                    self.load(chat);
                }
            }
        });
    }

    /// Passes the open chat to a member, or to everyone. The note stays typed until it has arrived.
    pub fn pass(self, to: Option<MemberName>) {
        let Some(before) = untrack(|| self.row()) else { return };
        let chat = before.id;
        self.passing.set(false);
        spawn_local(async move {
            let next = to.as_ref().map_or("everyone".to_owned(), |to| to.name.clone());
            let sent = self.parting.get_untracked();
            match api::transfer(chat, to.map(|to| to.id), sent.clone()).await {
                Ok(()) => {
                    if self.parting.get_untracked() == sent {
                        self.parting.set(String::new());
                    }
                    self.toasts.say(format!("Passed to {next}."));
                    // Out of an agent's sight by now, unless it went to everyone.
                    let stays = self.picked.with_untracked(Option::is_none);
                    if stays && self.place.get_untracked().1 == Some(chat) {
                        self.goto(Queue::Intervened, None);
                    }
                }
                Err(error) => {
                    self.failed(&error);
                    self.load(chat);
                }
            }
        });
    }

    /// A supervisor looks on.
    pub fn watch(self) {
        let Some(chat) = self.open_chat_untracked() else { return };
        spawn_local(async move {
            match api::watch(chat, self.screen).await {
                Ok(()) if self.stays_at(chat) => self.load(chat),
                // Whoever has gone elsewhere meanwhile does not look on.
                Ok(()) => drop(api::end_watch(chat, Some(self.screen)).await),
                Err(error) => self.failed(&error),
            }
        });
    }

    /// Whether the open thread is only looked at: somebody else holds it.
    pub fn watches(self) -> bool {
        let me = self.me.with(|me| me.member.id);
        self.open.with(|open| {
            matches!(open, Open::Thread(thread) if thread.row.holder.as_ref().is_some_and(|holder| holder.id != me))
        })
    }

    /// Ends looking on at the open chat, if that is what is done: on one screen, as it goes elsewhere, or on all of them.
    pub fn end_watch(self, screen: Option<ScreenId>) {
        let Some(chat) = self.open_chat_untracked().filter(|_| untrack(|| self.watches())) else { return };
        spawn_local(async move {
            if let Err(error) = api::end_watch(chat, screen).await {
                self.failed(&error);
            }
        });
    }

    /// Undoes Resolve or Dismiss: the chat is again where it was, in `queue`.
    fn take_back(self, chat: ChatId, queue: Queue) {
        spawn_local(async move {
            if let Err(error) = api::undo_resolve(chat).await {
                self.failed(&error);
            } else {
                self.goto(queue, Some(chat));
            }
        });
    }

    /// Shows what is about to be true; the server's row has a higher version and replaces it.
    fn pretend(self, row: Row) {
        self.inbox.update(|inbox| inbox.restore(row.clone()));
        self.open.update(|open| {
            if let Open::Thread(thread) = open
                && thread.chat() == row.id
            {
                thread.row = row;
            }
        });
    }

    fn undo(self, row: Row) {
        if self.inbox.with_untracked(|inbox| inbox.version(row.id).is_some_and(|known| known <= row.version)) {
            self.pretend(row);
        }
    }
}
