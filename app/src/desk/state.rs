//! What the desk's parts share, and what they do: open, intervene, talk, resolve. Everything shows at once and
//! is put right when the server says otherwise.

use crate::AppError;
use crate::chat::api;
use crate::chat::state::{Pending, ThreadState};
use crate::inbox::state::InboxState;
use crate::sign_in::api::Me;
use crate::ui::{Clock, Toasts, browser};
use domain::chat::{List, Queue, Row};
use domain::contact::Profile;
use domain::member::Presence;
use domain::{ChatId, Error, MessageId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Whether the screen follows the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// What is shown is true.
    Live,
    /// Connected; what was missed is being told.
    CatchingUp,
    /// No connection; tried again by itself.
    Reconnecting,
}

/// The middle of the screen.
#[derive(Clone, Debug)]
pub enum Open {
    /// No chat is open.
    Nothing,
    /// It is being loaded.
    Loading(ChatId),
    /// Here it is.
    Thread(Box<ThreadState>),
    /// It went out of sight; what was typed is kept.
    Lost,
    /// It could not be opened.
    Failed(ChatId, String),
}

/// The desk's shared state.
#[derive(Clone, Copy)]
pub struct Desk {
    /// Who is signed in.
    pub me: RwSignal<Me>,
    /// The lists.
    pub inbox: RwSignal<InboxState>,
    /// The open chat.
    pub open: RwSignal<Open>,
    /// What is typed.
    pub draft: RwSignal<String>,
    /// The right-hand panel's content.
    pub profile: RwSignal<Option<Profile>>,
    /// Whether the screen follows.
    pub live: RwSignal<Live>,
    /// Grows when the connection is to be made anew.
    pub connection: RwSignal<u32>,
    /// Whether the resolve dialog is open.
    pub resolving: RwSignal<bool>,
    /// Whether the keyboard's help is open.
    pub help: RwSignal<bool>,
    /// Whether the profile is shown where it does not fit beside the thread.
    pub profile_shown: RwSignal<bool>,
    /// The queue and chat in the address.
    pub place: Signal<(Queue, Option<ChatId>)>,
    /// Time.
    pub clock: Clock,
    /// Short notes.
    pub toasts: Toasts,
    pub(super) go: StoredValue<Callback<(String, bool)>>,
}

impl Desk {
    /// From what the server rendered.
    pub fn new(me: Me, inbox: InboxState, place: Signal<(Queue, Option<ChatId>)>) -> Self {
        let navigate = use_navigate();
        let go = Callback::new(move |(address, replace): (String, bool)| {
            navigate(&address, NavigateOptions { replace, scroll: false, ..Default::default() });
        });
        Self {
            clock: Clock::new(me.now),
            me: RwSignal::new(me),
            inbox: RwSignal::new(inbox),
            open: RwSignal::new(Open::Nothing),
            draft: RwSignal::new(String::new()),
            profile: RwSignal::new(None),
            live: RwSignal::new(Live::Reconnecting),
            connection: RwSignal::new(0),
            resolving: RwSignal::new(false),
            help: RwSignal::new(false),
            profile_shown: RwSignal::new(false),
            place,
            toasts: Toasts::default(),
            go: StoredValue::new(go),
        }
    }

    /// Goes to a queue, and a chat in it.
    pub fn goto(self, queue: Queue, chat: Option<ChatId>) {
        self.go.get_value().run((address(queue, chat), false));
    }

    /// The open chat's id, while it is shown or loading.
    pub fn chat(self) -> Option<ChatId> {
        self.open.with(|open| match open {
            Open::Thread(thread) => Some(thread.chat()),
            Open::Loading(chat) | Open::Failed(chat, _) => Some(*chat),
            Open::Nothing | Open::Lost => None,
        })
    }

    /// The open chat's id, for what does not follow it.
    pub(super) fn open_chat_untracked(self) -> Option<ChatId> {
        untrack(|| self.chat())
    }

    /// The open chat's row.
    pub fn row(self) -> Option<Row> {
        self.open.with(|open| if let Open::Thread(thread) = open { Some(thread.row.clone()) } else { None })
    }

    /// Whether this member holds the open chat.
    pub fn holds(self) -> bool {
        let me = self.me.with(|me| me.member.id);
        self.open.with(|open| {
            matches!(open, Open::Thread(thread) if thread.row.holder.as_ref().is_some_and(|holder| holder.id == me))
        })
    }

    /// Says what went wrong; a session that has ended leads to the sign-in page.
    pub fn failed(self, error: &AppError) {
        if error.0 == Error::SignedOut {
            browser::go(&format!("/sign-in?then={}", browser::here()));
        } else {
            self.toasts.say(error.to_string());
        }
    }

    /// Opens what the address names.
    pub fn show(self, chat: Option<ChatId>) {
        self.profile_shown.set(false);
        self.resolving.set(false);
        let Some(chat) = chat else {
            self.open.set(Open::Nothing);
            self.profile.set(None);
            return;
        };
        if self.chat() == Some(chat) {
            return;
        }
        self.open.set(Open::Loading(chat));
        self.profile.set(None);
        self.draft.set(String::new());
        self.load(chat);
    }

    /// Loads the open chat (again).
    pub fn load(self, chat: ChatId) {
        spawn_local(async move {
            let answer = api::open_chat(chat).await;
            if self.place.get_untracked().1 != Some(chat) {
                return;
            }
            match answer {
                Ok(thread) if self.inbox.with_untracked(|inbox| inbox.is_gone(chat, thread.cursor)) => self.lose(chat),
                Ok(thread) => {
                    let row = thread.row.clone();
                    let draft = thread.draft.clone();
                    self.open.update(|open| match open {
                        Open::Thread(known) if known.chat() == chat => known.reload(thread),
                        _ => {
                            self.draft.set(draft);
                            *open = Open::Thread(Box::new(ThreadState::new(thread)));
                        }
                    });
                    self.inbox.update(|inbox| inbox.put(row));
                    self.load_profile(chat);
                }
                Err(AppError(Error::NotFound)) => self.lose(chat),
                Err(error) => {
                    let shown = self.open.with_untracked(|open| matches!(open, Open::Thread(_)));
                    if shown || error.0 == Error::SignedOut {
                        self.failed(&error);
                    } else {
                        self.open.set(Open::Failed(chat, error.to_string()));
                    }
                }
            }
        });
    }

    /// Loads the right-hand panel (again).
    pub fn load_profile(self, chat: ChatId) {
        spawn_local(async move {
            let answer = crate::contact::api::open_profile(chat).await;
            if self.chat() == Some(chat)
                && let Ok(Some(profile)) = answer
            {
                self.profile.set(Some(profile));
            }
        });
    }

    /// The chat is out of sight now: nothing of it stays but what was typed.
    pub(super) fn lose(self, chat: ChatId) {
        self.inbox.update(|inbox| inbox.remove(chat));
        if self.chat() == Some(chat) {
            self.open.set(Open::Lost);
            self.profile.set(None);
            self.resolving.set(false);
        }
    }

    /// The lists and the open chat, all again.
    pub fn resync(self) {
        self.live.set(Live::CatchingUp);
        spawn_local(async move {
            let lists = untrack(|| crate::inbox::lists_of(self.place.get().0, self.me.with(|me| me.member.role)));
            let mut pages = Vec::new();
            for list in lists {
                match crate::inbox::api::inbox_page(list, None).await {
                    Ok(page) => pages.push((list, page)),
                    Err(error) => return self.failed(&error),
                }
            }
            self.inbox.update(|inbox| {
                inbox.forget();
                for (list, page) in pages {
                    inbox.load(list, page, true);
                }
            });
            if let Some(chat) = self.open_chat_untracked() {
                self.load(chat);
            }
            self.connection.update(|connection| *connection += 1);
        });
    }

    /// Loads a list's first or next page.
    pub fn load_list(self, list: List, first: bool) {
        let after = if first { None } else { self.inbox.with_untracked(|inbox| inbox.next(list)) };
        spawn_local(async move {
            match crate::inbox::api::inbox_page(list, after).await {
                Ok(page) => self.inbox.update(|inbox| inbox.load(list, page, first)),
                Err(error) => self.failed(&error),
            }
        });
    }

    /// Sends what is typed.
    pub fn send(self) {
        let text = self.draft.get_untracked().trim().to_owned();
        let Some(chat) = self.open_chat_untracked() else { return };
        if text.is_empty() {
            return;
        }
        let at = self.clock.now.get_untracked();
        let pending = Pending { id: MessageId::at(at), text, at, refused: None };
        self.draft.set(String::new());
        self.open.update(|open| {
            if let Open::Thread(thread) = open {
                thread.pending.push(pending.clone());
            }
        });
        self.post(chat, pending);
    }

    /// Hands a message to the server; the same id as often as it takes.
    pub fn post(self, chat: ChatId, pending: Pending) {
        let id = pending.id;
        self.mark(id, None);
        spawn_local(async move {
            if let Err(error) = api::send_message(chat, id, pending.text).await {
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

    /// Everything in the open chat has been read.
    pub fn read(self) {
        let Some(chat) = self.open_chat_untracked() else { return };
        let unread = untrack(|| self.row()).and_then(|row| row.content).is_some_and(|content| content.unread() > 0);
        if !unread || !browser::visible() {
            return;
        }
        self.inbox.update(|inbox| inbox.read(chat));
        self.open.update(|open| {
            if let Open::Thread(thread) = open
                && let Some(content) = &mut thread.row.content
            {
                content.seen_count = content.customer_count;
            }
        });
        spawn_local(async move {
            let _ = api::mark_seen(chat).await;
        });
    }

    /// Available or Away.
    pub fn be(self, presence: Presence) {
        let before = self.me.with_untracked(|me| me.member.presence);
        self.me.update(|me| me.member.presence = presence);
        spawn_local(async move {
            if let Err(error) = crate::sign_in::api::set_presence(presence).await {
                self.me.update(|me| me.member.presence = before);
                self.failed(&error);
            }
        });
    }
}

/// The address of a queue and a chat.
pub fn address(queue: Queue, chat: Option<ChatId>) -> String {
    match chat {
        Some(chat) => format!("/chats/{queue}/{chat}"),
        None => format!("/chats/{queue}"),
    }
}
