//! What the desk's parts share. What they do shows at once and is put right when the server says otherwise.

use super::draft::Draft;
use super::jump::Within;
use super::open::Open;
use super::waiting::Offers;
use crate::AppError;
use crate::chat::api;
use crate::chat::state::Pending;
use crate::inbox::aim::Aim;
use crate::inbox::state::InboxState;
use crate::sign_in::api::Me;
use crate::ui::{Clock, Live, Toasts, browser};
use domain::chat::{Queue, Row};
use domain::contact::Profile;
use domain::media::File;
use domain::member::Presence;
use domain::{ChatId, Error, ScreenId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

/// The profile's place in an address.
const PROFILE: &str = "#profile";

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
    /// The buttons that go with it.
    pub buttons: RwSignal<Vec<String>>,
    /// The file that goes with it.
    pub file: RwSignal<Option<File>>,
    /// The note that is typed, beside it.
    pub note: RwSignal<String>,
    /// What of the profile is being typed, with its name, by the form that it is typed in (see [`Desk::types`]).
    pub values: RwSignal<Vec<(String, String)>>,
    /// The note that goes with Resolve or with passing the chat on.
    pub parting: RwSignal<String>,
    /// What this screen has sent and the server has not confirmed, of whichever chat: it outlives the open thread.
    pub(super) unsent: RwSignal<Vec<(ChatId, Pending)>>,
    /// Whether the foot shows the note instead of the reply.
    pub noting: RwSignal<bool>,
    /// The place in a thread that is jumped to as soon as it is there.
    pub target: RwSignal<Option<(ChatId, i64)>>,
    /// The place that is jumped to among what was folded into a thread: the chat it was, whose messages these are.
    pub within: RwSignal<Option<Within>>,
    /// The right-hand panel's content.
    pub profile: RwSignal<Option<Profile>>,
    /// Whether it is withheld: another chat of the customer's is with another member.
    pub withheld: RwSignal<bool>,
    /// Whether the screen follows.
    pub live: RwSignal<Live>,
    /// Grows when the connection is to be made anew.
    pub connection: RwSignal<u32>,
    /// Grows when something that the workspace defines changed: what was loaded of it is loaded again.
    pub defined: RwSignal<u32>,
    /// What can be chosen at Resolve.
    pub outcomes: RwSignal<Vec<String>>,
    /// Whether the resolve dialog is open.
    pub resolving: RwSignal<bool>,
    /// Whether the dialog that passes a chat on is open.
    pub passing: RwSignal<bool>,
    /// Whether the search is open.
    pub searching: RwSignal<bool>,
    /// Whether the team's dialog is open.
    pub team: RwSignal<bool>,
    /// Whether the member's own corner is open.
    pub account: RwSignal<bool>,
    /// Whether the keyboard's help is open.
    pub help: RwSignal<bool>,
    /// Whether the profile is shown where it does not fit beside the thread: a place in the address of its own, so that
    /// the browser's back leads out of it.
    pub profile_shown: Memo<bool>,
    /// Whether that place was gone to from here, and not loaded.
    uncovered: StoredValue<bool>,
    /// The chat that is about to be opened.
    pub(super) picked: RwSignal<Option<ChatId>>,
    /// The queue and chat in the address.
    pub place: Signal<(Queue, Option<ChatId>)>,
    /// The place in the thread that the address names.
    pub at: Signal<Option<i64>>,
    /// This tab, for the server: watches and presence go by it.
    pub screen: ScreenId,
    /// The rows that `j` and `k` walk, as they are shown.
    pub order: StoredValue<Vec<ChatId>>,
    /// Whether somebody aims at a row.
    pub aim: Aim,
    /// What `j` and `k` do instead while History is narrowed: they walk what is shown of it.
    pub walk: StoredValue<Option<Callback<bool>>>,
    /// Time.
    pub clock: Clock,
    /// Short notes.
    pub toasts: Toasts,
    /// Counts what the panel asked for: an answer that was overtaken is dropped.
    pub(super) asked: StoredValue<u32>,
    /// Chats of which something is being changed in the panel: see [`Desk::edit_begins`].
    pub(super) edited: StoredValue<Vec<ChatId>>,
    /// The chat that this screen is just taking, and what was sent meanwhile: it goes out once the chat is held.
    pub(super) taking: StoredValue<Option<(ChatId, Vec<Pending>)>>,
    /// The chat that this member has just taken here: its composer takes the focus, and once more where it is made anew
    /// by what the server says of the chat meanwhile.
    pub writes_next: StoredValue<Option<ChatId>>,
    /// Whether the chat that has waited longest is being taken: one at a time.
    pub(super) takes_next: StoredValue<bool>,
    /// Whether the list of tags opens as soon as the profile is there.
    pub tags_next: StoredValue<bool>,
    /// Drafts that the server does not have yet.
    pub(super) unkept: StoredValue<Vec<Draft>>,
    /// Chats that were passed to this member.
    pub(super) offers: Offers,
    pub(super) go: StoredValue<Callback<(String, bool)>>,
}

impl Desk {
    /// From what the server rendered.
    pub fn new(me: Me, inbox: InboxState, place: Signal<(Queue, Option<ChatId>)>, at: Signal<Option<i64>>) -> Self {
        let navigate = use_navigate();
        let hash = use_location().hash;
        let clock = Clock::new(me.now);
        let go = Callback::new(move |(address, replace): (String, bool)| {
            navigate(&address, NavigateOptions { replace, scroll: false, ..Default::default() });
        });
        Self {
            screen: ScreenId::at(me.now),
            clock,
            me: RwSignal::new(me),
            inbox: RwSignal::new(inbox),
            open: RwSignal::new(Open::Nothing),
            draft: RwSignal::new(String::new()),
            buttons: RwSignal::new(Vec::new()),
            file: RwSignal::new(None),
            note: RwSignal::new(String::new()),
            values: RwSignal::new(Vec::new()),
            parting: RwSignal::new(String::new()),
            unsent: RwSignal::new(Vec::new()),
            noting: RwSignal::new(false),
            target: RwSignal::new(None),
            within: RwSignal::new(None),
            profile: RwSignal::new(None),
            withheld: RwSignal::new(false),
            live: RwSignal::new(Live::Reconnecting),
            connection: RwSignal::new(0),
            defined: RwSignal::new(0),
            outcomes: RwSignal::new(Vec::new()),
            resolving: RwSignal::new(false),
            passing: RwSignal::new(false),
            searching: RwSignal::new(false),
            team: RwSignal::new(false),
            account: RwSignal::new(false),
            help: RwSignal::new(false),
            // The server is not told of it.
            profile_shown: Memo::new(move |_| clock.awake.get() && hash.with(|hash| hash == PROFILE)),
            uncovered: StoredValue::new(false),
            picked: RwSignal::new(None),
            place,
            at,
            order: StoredValue::new(Vec::new()),
            aim: Aim::default(),
            walk: StoredValue::new(None),
            toasts: Toasts::default(),
            asked: StoredValue::new(0),
            edited: StoredValue::new(Vec::new()),
            taking: StoredValue::new(None),
            writes_next: StoredValue::new(None),
            takes_next: StoredValue::new(false),
            tags_next: StoredValue::new(false),
            unkept: StoredValue::new(Vec::new()),
            offers: Offers::default(),
            go: StoredValue::new(go),
        }
    }

    /// Goes to a queue, and a chat in it. The profile that lies over the chat stays there.
    pub fn goto(self, queue: Queue, chat: Option<ChatId>) {
        self.picked.set(None);
        let stays = self.profile_shown.get_untracked() && chat == self.place.get_untracked().1;
        let profile = if stays { PROFILE } else { "" };
        self.go.get_value().run((address(queue, chat) + profile, stays));
    }

    /// Shows the profile over the thread.
    pub fn uncover_profile(self) {
        self.uncovered.set_value(true);
        let address = self.thread_address() + PROFILE;
        self.go.get_value().run((address.clone(), false));
        // The router may take itself to be there already, after ways back and forth.
        if browser::hash() != PROFILE {
            browser::push(&address);
        }
    }

    /// As the router knows it: the browser's may be behind.
    fn thread_address(self) -> String {
        let (queue, chat) = self.place.get_untracked();
        match chat.zip(self.at.get_untracked()) {
            Some((chat, seq)) => super::jump::place(queue, chat, seq),
            None => address(queue, chat),
        }
    }

    /// Shows the profile over the thread, or the thread again.
    pub fn toggle_profile(self) {
        if self.profile_shown.get_untracked() { self.cover_profile() } else { self.uncover_profile() }
    }

    /// Back to the thread.
    pub fn cover_profile(self) {
        if !self.profile_shown.get_untracked() {
            return;
        }
        // Once: what is gone to comes a moment later.
        let uncovered = self.uncovered.get_value();
        self.uncovered.set_value(false);
        if uncovered && browser::hash() == PROFILE {
            browser::back();
        } else {
            self.go.get_value().run((self.thread_address(), true));
        }
    }

    /// The open chat's id, while it is shown or loading.
    pub fn chat(self) -> Option<ChatId> {
        self.open.with(Open::chat)
    }

    /// The open chat's id, for what does not follow it.
    pub(super) fn open_chat_untracked(self) -> Option<ChatId> {
        untrack(|| self.chat())
    }

    /// The open chat's row.
    pub fn row(self) -> Option<Row> {
        self.open.with(|open| open.row().cloned())
    }

    /// Whether this member holds the open chat.
    pub fn holds(self) -> bool {
        let me = self.me.with(|me| me.member.id);
        let takes = |chat| self.taking.with_value(|taking| taking.as_ref().is_some_and(|(taken, _)| *taken == chat));
        self.open.with(|open| match open {
            Open::Thread(thread) => {
                takes(thread.chat()) || thread.row.holder.as_ref().is_some_and(|holder| holder.id == me)
            }
            _ => false,
        })
    }

    /// The composer of a chat just taken has the focus: soon it is no longer taken back to it.
    pub fn writes(self, chat: ChatId) {
        let settled = move || {
            let _ = self.writes_next.try_update_value(|next| *next = next.take().filter(|other| *other != chat));
        };
        set_timeout(settled, std::time::Duration::from_secs(2));
    }

    /// Says what went wrong; a session that has ended leads to the sign-in page.
    pub fn failed(self, error: &AppError) {
        if error.0 == Error::SignedOut {
            browser::go(&crate::sign_in::towards(&browser::here()));
        } else {
            self.toasts.say(error.to_string());
        }
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
