//! What the desk loads and lets go of: the chat that the address names, with its profile, and the lists.

use super::open::{Next, Open};
use super::state::Desk;
use crate::AppError;
use crate::chat::api;
use crate::ui::{Live, browser, later};
use domain::chat::List;
use domain::{ChatId, Error};
use futures::future::join;
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Desk {
    /// Opens what the address names.
    pub fn show(self, chat: Option<ChatId>) {
        self.close_dialogs();
        if chat != self.open_chat_untracked() {
            self.end_watch(Some(self.screen));
            self.noting.set(false);
            self.tags_next.set_value(false);
        }
        if self.target.get_untracked().is_some_and(|(target, _)| Some(target) != chat) {
            self.target.set(None);
        }
        if self.within.get_untracked().is_some_and(|within| Some(within.into) != chat) {
            self.within.set(None);
        }
        let Some(chat) = chat else {
            self.open.set(Open::Nothing);
            self.forget_profile();
            return;
        };
        if self.open_chat_untracked() == Some(chat) {
            return;
        }
        self.open.set(Open::Loading(chat));
        self.forget_profile();
        self.draft.set(String::new());
        self.buttons.set(Vec::new());
        self.file.set(None);
        self.note.set(String::new());
        self.parting.set(String::new());
        self.values.set(Vec::new());
        self.load(chat);
    }

    /// Lets go of the chat that is open, for one that is about to be.
    pub(super) fn let_go(self) {
        self.close_dialogs();
        self.end_watch(Some(self.screen));
        self.open.set(Open::Nothing);
        self.forget_profile();
    }

    /// Loads the open chat (again).
    pub fn load(self, chat: ChatId) {
        let asked = self.inbox.with_untracked(|inbox| inbox.cursor);
        spawn_local(async move {
            let (mut answer, ()) = join(api::open_chat(chat), browser::drawn()).await;
            browser::breathe().await;
            // It was joined with another chat of the customer's: it is read there.
            if let Some(row) = answer.as_ref().ok().map(|thread| &thread.row).filter(|row| row.id != chat) {
                match later::parts_there().await {
                    Ok(parts) if self.stays_at(chat) => return (parts.goto_within)(self, chat, row.queue, row.id),
                    Ok(_) => return,
                    Err(_) => answer = Err(AppError(Error::Unreachable)),
                }
            }
            if self.place.get_untracked().1 != Some(chat) {
                return;
            }
            match answer {
                Ok(thread) => {
                    let (mut draft, mut note) = (thread.draft.clone(), thread.note.clone());
                    let (mut buttons, mut file) = (thread.buttons.clone(), thread.file.clone());
                    if let Some(unkept) = self.unkept(chat, false) {
                        (draft, buttons, file) = (unkept.text, unkept.buttons, unkept.file);
                    }
                    if let Some(unkept) = self.unkept(chat, true) {
                        note = unkept.text;
                    }
                    let fresh = self.open.with_untracked(|open| matches!(open, Open::Loading(_) | Open::Failed(..)));
                    let (row, cursor) = (thread.row.clone(), thread.cursor);
                    let mut next = Next::Nothing;
                    self.open.update(|open| next = self.inbox.with_untracked(|inbox| open.opened(thread, inbox)));
                    if next == Next::Profile && fresh {
                        // The server keeps a draft until the message has come: what was sent is none.
                        if !self.is_unsent(chat, &draft, file.as_ref()) {
                            self.buttons.set(buttons);
                            self.file.set(file);
                            self.draft.set(draft);
                        }
                        self.note.set(note);
                    }
                    self.show_unsent(chat);
                    if self.open_chat_untracked() == Some(chat) {
                        self.inbox.update(|inbox| inbox.answered(row, cursor));
                    }
                    self.then(chat, next);
                }
                Err(AppError(Error::NotFound)) => {
                    let mut next = Next::Nothing;
                    self.inbox.update(|inbox| self.open.update(|open| next = open.hidden(chat, asked, inbox)));
                    self.then(chat, next);
                }
                Err(error) => {
                    let shown = self.open.with_untracked(|open| matches!(open, Open::Thread(_)));
                    if shown || error.0 == Error::SignedOut {
                        self.failed(&error);
                    } else {
                        self.open.set(Open::Failed(chat, error.to_string()));
                        if error.0 == Error::Unreachable {
                            self.load_soon(chat);
                        }
                    }
                }
            }
        });
    }

    /// Tries again to open what could not be opened without a connection, while it is to be seen.
    fn load_soon(self, chat: ChatId) {
        let again = move || {
            let failed = |open: &Open| matches!(open, Open::Failed(failed, _) if *failed == chat);
            if self.open.try_with_untracked(failed) == Some(true) {
                self.load(chat);
            }
        };
        set_timeout(again, std::time::Duration::from_secs(2));
    }

    /// Whether a chat that was just taken here, or the list of tags that was asked for, is about to come.
    pub(super) fn comes(self) -> bool {
        let here = self.place.get_untracked().1;
        let taken = here.is_some()
            && self.writes_next.get_value() == here
            && self.open.with_untracked(|open| matches!(open, Open::Loading(_) | Open::Nothing));
        taken || self.tags_next.get_value() && self.profile_comes()
    }

    /// Whether the open chat's profile is still to come.
    pub(super) fn profile_comes(self) -> bool {
        let open = self.open.with_untracked(|open| matches!(open, Open::Loading(_) | Open::Thread(_)));
        open && self.profile.with_untracked(Option::is_none) && !self.withheld.get_untracked()
    }

    /// Loads the right-hand panel (again), by code that comes with it.
    pub fn load_profile(self, chat: ChatId) {
        later::with_parts(move |parts| (parts.load_profile)(self, chat));
    }

    fn forget_profile(self) {
        self.asked.update_value(|asked| *asked += 1);
        self.profile.set(None);
        self.withheld.set(false);
    }

    /// The chat is out of sight now: nothing of it stays but what was typed.
    pub(super) fn lose(self, chat: ChatId) {
        self.inbox.update(|inbox| inbox.remove(chat));
        if self.open_chat_untracked() == Some(chat) {
            self.open.update(|open| {
                open.lose();
            });
            self.then(chat, Next::Wiped);
        }
    }

    /// What follows from an answer or a frame about the open chat.
    pub(super) fn then(self, chat: ChatId, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Profile => self.load_profile(chat),
            Next::Load => self.load(chat),
            Next::Wiped => {
                self.forget_profile();
                self.close_dialogs();
            }
        }
    }

    fn close_dialogs(self) {
        self.resolving.set(false);
        self.passing.set(false);
    }

    /// The lists and the open chat, all again.
    pub fn resync(self) {
        spawn_local(async move {
            // With another role this is another desk.
            let role = self.me.with_untracked(|me| me.member.role);
            if let Ok(Some(me)) = crate::sign_in::api::who_am_i().await {
                if me.member.role != role {
                    return browser::go(&browser::here());
                }
                self.me.set(me);
            }
            let shown = || untrack(|| crate::inbox::lists_of(self.place.get().0, self.me.with(|me| me.member.role)));
            let mut pages = Vec::new();
            for list in shown() {
                match crate::inbox::api::inbox_page(list, None).await {
                    Ok(page) => pages.push((list, page)),
                    Err(error) => {
                        self.live.set(Live::Reconnecting);
                        return self.failed(&error);
                    }
                }
            }
            self.inbox.update(|inbox| {
                inbox.forget();
                for (list, page) in pages {
                    inbox.load(list, page, true);
                }
            });
            // Somebody may have gone to another queue meanwhile.
            for list in shown() {
                if !self.inbox.with_untracked(|inbox| inbox.is_loaded(list)) {
                    self.load_list(list, true);
                }
            }
            if let Some(chat) = self.open.with_untracked(Open::meant) {
                self.load(chat);
            }
            self.defined.update(|times| *times += 1);
            self.connection.update(|connection| *connection += 1);
        });
    }

    /// Loads a list's first or next page.
    pub fn load_list(self, list: List, first: bool) {
        let after = if first { None } else { self.inbox.update_untracked(|inbox| inbox.next(list)) };
        spawn_local(async move {
            match crate::inbox::api::inbox_page(list, after.clone()).await {
                Ok(page) => {
                    let mut taken = true;
                    self.inbox.update(|inbox| {
                        taken = match &after {
                            Some(after) => inbox.follow(list, page, after),
                            None => inbox.load(list, page, true),
                        };
                    });
                    if !taken {
                        self.load_list(list, first);
                    }
                }
                Err(error) => self.failed(&error),
            }
        });
    }
}
