//! The live socket's end in the browser: connects, follows, and comes back by itself.

use super::Toasts;
use domain::ScreenId;
use domain::feed::Frame;
use leptos::prelude::*;

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

/// A page that follows the feed.
pub trait Follower: Copy + 'static {
    /// Grows when the connection is to be made anew.
    fn connection(self) -> RwSignal<u32>;
    /// Whether the screen follows.
    fn live(self) -> RwSignal<Live>;
    /// Up to which feed number the page is true.
    fn cursor(self) -> i64;
    /// This tab.
    fn screen(self) -> ScreenId;
    /// Where the page says things.
    fn toasts(self) -> Toasts;
    /// Does what the server says. Told to load everything again, it asks for another connection once it has, or is
    /// [`Live::Reconnecting`] once that failed.
    fn hear(self, frame: Frame);
}

#[cfg(feature = "hydrate")]
thread_local! {
    /// When somebody last typed, clicked or moved here, by the browser's clock.
    static TOUCHED: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
    /// When the server was last told so. It outlives the connection: connecting again is nobody's doing.
    static TOLD: std::cell::Cell<i64> = const { std::cell::Cell::new(0) };
    /// The server's build, by its first hello; empty once somebody was told of another.
    static BUILD: std::cell::RefCell<Option<String>> = const { std::cell::RefCell::new(None) };
}

/// Keeps the page connected for as long as it lives.
pub fn follow(page: impl Follower) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        let connection = page.connection().get();
        leptos::task::spawn_local(connection::run(page, connection));
    });
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        // Whoever opens the page sits here.
        if TOUCHED.get() == 0 {
            TOUCHED.set(crate::ui::browser::now_ms());
        }
        for kind in ["pointerdown", "pointermove", "keydown", "wheel", "focus"] {
            let handle = window_event_listener_untyped(kind, |_| TOUCHED.set(crate::ui::browser::now_ms()));
            on_cleanup(move || handle.remove());
        }
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = page;
}

#[cfg(feature = "hydrate")]
mod connection {
    use super::{Follower, Live};
    use crate::ui::browser;
    use domain::feed::{Frame, Word};
    use futures::future::Fuse;
    use futures::{FutureExt, SinkExt, StreamExt, select};
    use gloo_net::websocket::Message;
    use gloo_net::websocket::futures::WebSocket;
    use gloo_timers::future::TimeoutFuture;
    use leptos::prelude::*;

    const PING_MS: u32 = 25_000;
    /// How often is looked whether somebody types or clicks here.
    const LOOK_MS: u32 = 5_000;
    /// Changes are shown at most so often: where fifty messages a second come, a slow machine would do nothing but
    /// draw them one by one, and no click would get through.
    const SHOW_MS: u32 = 100;
    /// And where drawing takes long, so many times as long passes before it is drawn again,
    const REST: i64 = 2;
    /// but never more than this: what is drawn together takes longer by each row.
    const LONGEST_SHOW_MS: u32 = 200;
    /// Nor is more of it read at a stretch: a click waits no longer.
    const STRETCH_MS: i64 = 6;
    /// So long after a click or a key its answer may not have been drawn yet.
    const JUST_MS: i64 = 50;
    const LONGEST_WAIT_MS: u32 = 15_000;

    /// Connects again and again, until the page asks for another connection.
    pub async fn run(page: impl Follower, connection: u32) {
        let mut tries = 0_u32;
        loop {
            if page.connection().try_get_untracked() != Some(connection) {
                return;
            }
            match talk(page, connection).await {
                Talk::SignedOut => return,
                Talk::Stood => tries = 0,
                Talk::NeverStood => {}
                // Asked again meanwhile, the server would say the same.
                Talk::Behind => {
                    while page.connection().try_get_untracked() == Some(connection)
                        && page.live().try_get_untracked() == Some(Live::CatchingUp)
                    {
                        TimeoutFuture::new(SHOW_MS).await;
                    }
                }
            }
            if page.connection().try_get_untracked() != Some(connection) {
                return;
            }
            page.live().set(Live::Reconnecting);
            if tries > 0 {
                signed_in_still(page).await;
            }
            // Growing waits with some chance in them, so that a thousand tabs do not come back at once.
            let wait = (250_u32 << tries.min(6)).min(LONGEST_WAIT_MS);
            let chance = js_sys::Math::random();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a short wait")]
            let wait = wait / 2 + (f64::from(wait) / 2.0 * chance) as u32;
            tries += 1;
            TimeoutFuture::new(wait).await;
        }
    }

    /// What became of a connection.
    #[derive(Clone, Copy)]
    enum Talk {
        /// The server said hello.
        Stood,
        /// It did not.
        NeverStood,
        /// Everything is to be loaded again: the page asks for another connection then, or says that it failed.
        Behind,
        /// There is nothing to come back to.
        SignedOut,
    }

    /// One connection.
    async fn talk(page: impl Follower, connection: u32) -> Talk {
        let after = page.cursor();
        let Some(location) = web_sys::window().map(|window| window.location()) else { return Talk::NeverStood };
        let scheme = if location.protocol().is_ok_and(|p| p == "https:") { "wss" } else { "ws" };
        let url =
            format!("{scheme}://{}/live?after={after}&screen={}", location.host().unwrap_or_default(), page.screen());
        let Ok(socket) = WebSocket::open(&url) else { return Talk::NeverStood };
        let (mut say, mut hear) = socket.split();
        let mut stood = Talk::NeverStood;
        let mut said = browser::now_ms();
        let mut look = TimeoutFuture::new(LOOK_MS).fuse();
        let (mut shown, mut every) = (0, SHOW_MS);
        let mut held = Vec::new();
        let mut show = Fuse::terminated();
        loop {
            let word = select! {
                word = hear.next().fuse() => word,
                () = show => {
                    // The answer to a click or a key is drawn first.
                    if browser::now_ms() - super::TOUCHED.get() < JUST_MS {
                        browser::drawn().await;
                    }
                    let begun = browser::now_ms();
                    let mut since = begun;
                    for frame in held.drain(..) {
                        if browser::now_ms() - since >= STRETCH_MS {
                            browser::breathe().await;
                            since = browser::now_ms();
                        }
                        if page.connection().try_get_untracked() != Some(connection) {
                            return stood;
                        }
                        page.hear(frame);
                    }
                    browser::drawn().await;
                    shown = browser::now_ms();
                    let rest = u32::try_from((shown - begun) * REST).unwrap_or(0);
                    every = rest.clamp(SHOW_MS, LONGEST_SHOW_MS);
                    continue;
                }
                () = look => {
                    look = TimeoutFuture::new(LOOK_MS).fuse();
                    let now = browser::now_ms();
                    let told = super::TOLD.get();
                    let word = if matches!(stood, Talk::NeverStood) {
                        // Nothing can be said yet.
                        continue;
                    } else if super::TOUCHED.get() > told && now - told >= i64::from(PING_MS) {
                        super::TOLD.set(now);
                        Word::Active
                    } else if now - said >= i64::from(PING_MS) {
                        Word::Ping
                    } else {
                        continue;
                    };
                    said = now;
                    let Ok(text) = serde_json::to_string(&word) else { return stood };
                    if say.send(Message::Text(text)).await.is_err() {
                        return stood;
                    }
                    continue;
                }
            };
            let Some(Ok(Message::Text(text))) = word else { return stood };
            // What a newer server says and this page cannot read, it says again after each new connection: the waits are to
            // grow, until the page is loaded again.
            let Ok(frame) = crate::json::read::<Frame>(text.as_bytes()) else { return Talk::NeverStood };
            if page.connection().try_get_untracked() != Some(connection) {
                return stood;
            }
            if let Frame::Hello { build, .. } = &frame {
                compare(page, build);
                stood = Talk::Stood;
                look = TimeoutFuture::new(0).fuse();
                page.live().set(Live::CatchingUp);
            }
            if matches!(frame, Frame::Changes { .. }) {
                if held.is_empty() {
                    let since = browser::now_ms() - shown;
                    let wait = u32::try_from(i64::from(every) - since).unwrap_or(0);
                    show = TimeoutFuture::new(wait.min(every)).fuse();
                }
                held.push(frame);
                continue;
            }
            for frame in held.drain(..) {
                page.hear(frame);
            }
            let end = match frame {
                Frame::Resync => {
                    page.live().set(Live::CatchingUp);
                    Some(Talk::Behind)
                }
                Frame::SignedOut => Some(Talk::SignedOut),
                _ => None,
            };
            page.hear(frame);
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// A page that is older than its server says so, and is loaded again when it suits whoever sits here: what is typed is
    /// kept as a draft only where it is a message or a note.
    fn compare(page: impl Follower, build: &str) {
        super::BUILD.with_borrow_mut(|known| match known {
            None => *known = Some(build.to_owned()),
            Some(known) if known.is_empty() || known == build => {}
            Some(known) => {
                known.clear();
                let load = Callback::new(|()| browser::go(&browser::here()));
                page.toasts().lasting("Baton has been updated.", "Load the page anew", load);
            }
        });
    }

    /// After a refused handshake: without a session there is nothing to come back to.
    async fn signed_in_still(page: impl Follower) {
        if let Ok(None) = crate::sign_in::api::who_am_i().await {
            page.hear(Frame::SignedOut);
        }
    }
}
