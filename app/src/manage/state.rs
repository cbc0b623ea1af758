//! What Manage's pages share.

use super::api;
use crate::AppError;
use crate::desk::{Offers, Waiting, address};
use crate::sign_in::api::Me;
use crate::ui::live::{Follower, Live};
use crate::ui::{Clock, Toasts, browser};
use domain::chat::{Page, Queue};
use domain::feed::Frame;
use domain::member::Presence;
use domain::{ChatId, Error, ScreenId, Timestamp};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Chats that a frame told of, and whether each is in full sight.
type Told = Vec<(ChatId, bool)>;

/// Manage's shared state.
#[derive(Clone, Copy)]
pub struct Manage {
    /// Who is signed in.
    pub me: StoredValue<Me>,
    /// Time.
    pub clock: Clock,
    /// Short notes.
    pub toasts: Toasts,
    /// Grows when something that the workspace defines changed, here or on another screen.
    pub defined: RwSignal<u32>,
    /// Grows when contacts without a chat changed, or what is done to many of them: tasks, imports.
    pub contacts: RwSignal<u32>,
    chats: StoredValue<Option<Callback<Told>>>,
    requested: RwSignal<i64>,
    longest: RwSignal<Option<Timestamp>>,
    presence: RwSignal<Presence>,
    offers: Offers,
    live: RwSignal<Live>,
    connection: RwSignal<u32>,
    cursor: StoredValue<i64>,
    screen: ScreenId,
}

impl Manage {
    /// From what the server rendered.
    pub fn new(me: Me, standing: &Page) -> Self {
        Self {
            clock: Clock::new(me.now),
            screen: ScreenId::at(me.now),
            requested: RwSignal::new(standing.counts.waiting),
            longest: RwSignal::new(standing.longest_wait),
            presence: RwSignal::new(me.member.presence),
            offers: Offers::default(),
            me: StoredValue::new(me),
            toasts: Toasts::default(),
            defined: RwSignal::new(0),
            contacts: RwSignal::new(0),
            chats: StoredValue::new(None),
            live: RwSignal::new(Live::Reconnecting),
            connection: RwSignal::new(0),
            cursor: StoredValue::new(standing.cursor),
        }
    }

    /// Who waits, for the bar.
    pub fn waiting(self) -> Waiting {
        let takes = StoredValue::new(false);
        let take_next = move || {
            if takes.get_value() {
                return;
            }
            takes.set_value(true);
            spawn_local(async move {
                let answer = crate::chat::api::take_next().await;
                // Who has one goes to it.
                let _ = takes.try_set_value(matches!(answer, Ok(Some(_))));
                match answer {
                    Ok(Some(chat)) => browser::go(&address(Queue::Intervened, Some(chat))),
                    Ok(None) => self.toasts.say("Nobody is waiting just now."),
                    Err(error) => self.failed(&error),
                }
            });
        };
        Waiting {
            requested: self.requested.into(),
            longest: self.longest.into(),
            available: Signal::derive(move || self.presence.get() == Presence::Available),
            offers: self.offers,
            clock: self.clock,
            take_next: Callback::new(move |()| take_next()),
            outside: true,
        }
    }

    /// Everything again, but for what is being typed: where the feed stands now, and what is defined.
    fn resync(self) {
        spawn_local(async move {
            match api::begin_managing().await {
                Ok(Some((me, standing))) if me.member.role == self.me.with_value(|me| me.member.role) => {
                    self.cursor.set_value(standing.cursor);
                    self.requested.set(standing.counts.waiting);
                    self.longest.set(standing.longest_wait);
                    self.presence.set(me.member.presence);
                    self.again();
                    self.connection.update(|connection| *connection += 1);
                }
                // Another role has other pages.
                _ => browser::go(&browser::here()),
            }
        });
    }

    /// Loads again whatever the page shows.
    pub fn again(self) {
        self.defined.update(|times| *times += 1);
        self.contacts.update(|times| *times += 1);
        if let Some(heard) = self.chats.get_value() {
            heard.run(Vec::new());
        }
    }

    /// Loads something now, and again whenever something that the workspace defines changed.
    pub fn load<T, Fut>(self, fetch: impl Fn() -> Fut + 'static) -> RwSignal<Option<Result<T, AppError>>>
    where
        T: Send + Sync + 'static,
        Fut: Future<Output = Result<T, AppError>> + 'static,
    {
        load_by(self.defined, fetch)
    }

    /// The same of what is done to contacts.
    pub fn load_of_contacts<T, Fut>(self, fetch: impl Fn() -> Fut + 'static) -> RwSignal<Option<Result<T, AppError>>>
    where
        T: Send + Sync + 'static,
        Fut: Future<Output = Result<T, AppError>> + 'static,
    {
        load_by(self.contacts, fetch)
    }

    /// Loads it again when customers' profiles changed: how many have each. Nothing is drawn anew where that is as it was.
    pub fn recount<T, Fut>(
        self,
        loaded: RwSignal<Option<Result<T, AppError>>>,
        fetch: impl Fn() -> Fut + Copy + Send + Sync + 'static,
    ) where
        T: PartialEq + Send + Sync + 'static,
        Fut: Future<Output = Result<T, AppError>> + 'static,
    {
        self.on_profiles(move || {
            let Some(asked) = self.defined.try_get_untracked() else { return };
            spawn_local(async move {
                let Ok(found) = fetch().await else { return };
                let known = loaded.try_with_untracked(|loaded| matches!(loaded, Some(Ok(known)) if *known == found));
                if known == Some(false) && self.defined.try_get_untracked() == Some(asked) {
                    let _ = loaded.try_set(Some(Ok(found)));
                }
            });
        });
    }

    /// Calls, a second after the first of them at most, when customers' profiles changed or the window is come back to:
    /// for what is counted over all of them. Ends with the component that calls it.
    pub fn on_profiles(self, changed: impl Fn() + Copy + Send + Sync + 'static) {
        let soon = StoredValue::new(false);
        let call = move || {
            if soon.try_get_value() == Some(false) {
                soon.set_value(true);
                let late = move || {
                    if soon.try_set_value(false).is_none() {
                        changed();
                    }
                };
                set_timeout(late, std::time::Duration::from_secs(1));
            }
        };
        self.on_chats(Callback::new(move |_: Told| call()));
        Effect::new(move |_| {
            let back = window_event_listener_untyped("focus", move |_| call());
            on_cleanup(move || back.remove());
        });
        on_cleanup(move || {
            let _ = self.chats.try_set_value(None);
        });
    }

    /// Calls for every frame with the chats it told of, and whether each is in full sight.
    pub fn on_chats(self, heard: Callback<Told>) {
        self.chats.set_value(Some(heard));
    }

    /// Says what went wrong; a session that has ended leads to the sign-in page.
    pub fn failed(self, error: &AppError) {
        if error.0 == Error::SignedOut {
            browser::go(&crate::sign_in::towards(&browser::here()));
        } else {
            self.toasts.say(error.to_string());
        }
    }

    /// Does something on the server, and says what went wrong. What changed shows by the feed.
    pub fn act(self, work: impl Future<Output = Result<(), AppError>> + 'static) {
        spawn_local(async move {
            if let Err(error) = work.await {
                self.failed(&error);
            }
        });
    }
}

/// Loads something now, and again whenever `times` grows.
fn load_by<T, Fut>(times: RwSignal<u32>, fetch: impl Fn() -> Fut + 'static) -> RwSignal<Option<Result<T, AppError>>>
where
    T: Send + Sync + 'static,
    Fut: Future<Output = Result<T, AppError>> + 'static,
{
    let loaded = RwSignal::new(None);
    let newest = StoredValue::new(0);
    Effect::new(move |_| {
        let asked = times.get();
        let answer = fetch();
        spawn_local(async move {
            let answer = answer.await;
            // The answer to a later question counts, once it is there.
            if newest.try_get_value().is_some_and(|newest| newest <= asked) {
                newest.set_value(asked);
                let _ = loaded.try_set(Some(answer));
            }
        });
    });
    loaded
}

impl Follower for Manage {
    fn connection(self) -> RwSignal<u32> {
        self.connection
    }

    fn live(self) -> RwSignal<Live> {
        self.live
    }

    fn cursor(self) -> i64 {
        self.cursor.get_value()
    }

    fn screen(self) -> ScreenId {
        self.screen
    }

    fn toasts(self) -> Toasts {
        self.toasts
    }

    fn hear(self, frame: Frame) {
        match frame {
            Frame::Hello { now, .. } => self.clock.correct(now),
            Frame::Changes { upto, defined, now, changes, profiles, counts, longest_wait, presence, contacts } => {
                self.clock.correct(now);
                if let Some(counts) = counts {
                    self.requested.set(counts.waiting);
                }
                self.longest.set(longest_wait);
                if let Some(presence) = presence {
                    self.presence.set(presence);
                }
                for (chat, words) in self.offers.hear(self.me.with_value(|me| me.member.id), &changes) {
                    let show = Callback::new(move |()| browser::go(&address(Queue::Requested, Some(chat))));
                    self.toasts.with_action_about(chat, words, "Show", show);
                }
                let hidden = |row: &Option<domain::chat::Row>| row.as_ref().is_none_or(|row| row.content.is_none());
                for gone in changes.iter().filter(|change| hidden(&change.row)) {
                    self.toasts.take_away(gone.chat);
                }
                self.cursor.set_value(upto);
                if defined {
                    self.defined.update(|times| *times += 1);
                }
                if contacts {
                    self.contacts.update(|times| *times += 1);
                }
                let told = changes.into_iter().map(|change| (change.chat, !hidden(&change.row)));
                let told: Vec<_> = told.chain(profiles.into_iter().map(|chat| (chat, true))).collect();
                if let Some(heard) = self.chats.get_value().filter(|_| !told.is_empty()) {
                    heard.run(told);
                }
            }
            Frame::Live => self.live.set(Live::Live),
            Frame::Resync => self.resync(),
            Frame::SignedOut => browser::go(&crate::sign_in::towards(&browser::here())),
        }
    }
}
