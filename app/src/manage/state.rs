//! What Manage's pages share.

use crate::AppError;
use crate::sign_in::api::Me;
use crate::ui::live::{Follower, Live};
use crate::ui::{Clock, Toasts, browser};
use domain::feed::Frame;
use domain::{ChatId, Error, ScreenId};
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
    chats: StoredValue<Option<Callback<Told>>>,
    live: RwSignal<Live>,
    connection: RwSignal<u32>,
    cursor: StoredValue<i64>,
    screen: ScreenId,
}

impl Manage {
    /// From what the server rendered.
    pub fn new(me: Me, cursor: i64) -> Self {
        Self {
            clock: Clock::new(me.now),
            screen: ScreenId::at(me.now),
            me: StoredValue::new(me),
            toasts: Toasts::default(),
            defined: RwSignal::new(0),
            chats: StoredValue::new(None),
            live: RwSignal::new(Live::Reconnecting),
            connection: RwSignal::new(0),
            cursor: StoredValue::new(cursor),
        }
    }

    /// Loads something now, and again whenever something that the workspace defines changed.
    pub fn load<T, Fut>(self, fetch: impl Fn() -> Fut + 'static) -> RwSignal<Option<Result<T, AppError>>>
    where
        T: Send + Sync + 'static,
        Fut: Future<Output = Result<T, AppError>> + 'static,
    {
        let loaded = RwSignal::new(None);
        Effect::new(move |_| {
            let asked = self.defined.get();
            let answer = fetch();
            spawn_local(async move {
                let answer = answer.await;
                // A later question has been asked meanwhile: its answer counts.
                if self.defined.try_get_untracked() == Some(asked) {
                    let _ = loaded.try_set(Some(answer));
                }
            });
        });
        loaded
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

    fn hear(self, frame: Frame) {
        match frame {
            Frame::Hello { now } => self.clock.correct(now),
            Frame::Changes { upto, defined, now, changes, profiles, .. } => {
                self.clock.correct(now);
                self.cursor.set_value(upto);
                if defined {
                    self.defined.update(|times| *times += 1);
                }
                let seen = |row: Option<domain::chat::Row>| row.is_some_and(|row| row.content.is_some());
                let told = changes.into_iter().map(|change| (change.chat, seen(change.row)));
                let told: Vec<_> = told.chain(profiles.into_iter().map(|chat| (chat, true))).collect();
                if let Some(heard) = self.chats.get_value().filter(|_| !told.is_empty()) {
                    heard.run(told);
                }
            }
            Frame::Live => self.live.set(Live::Live),
            Frame::Resync => browser::go(&browser::here()),
            Frame::SignedOut => browser::go(&crate::sign_in::towards(&browser::here())),
        }
    }
}
