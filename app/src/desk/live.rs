//! The live socket's end in the browser: connects, follows, and comes back by itself.

use super::state::Desk;
#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// Keeps the desk connected for as long as the page lives.
pub fn follow(desk: Desk) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        let connection = desk.connection.get();
        leptos::task::spawn_local(browser::run(desk, connection));
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = desk;
}

#[cfg(feature = "hydrate")]
mod browser {
    use crate::desk::state::{Desk, Live};
    use domain::feed::{Frame, Word};
    use futures::{FutureExt, SinkExt, StreamExt, select};
    use gloo_net::websocket::Message;
    use gloo_net::websocket::futures::WebSocket;
    use gloo_timers::future::TimeoutFuture;
    use leptos::prelude::*;

    const PING_MS: u32 = 25_000;
    const LONGEST_WAIT_MS: u32 = 15_000;

    /// Connects again and again, until the page asks for another connection.
    pub async fn run(desk: Desk, connection: u32) {
        let mut tries = 0_u32;
        loop {
            if desk.connection.try_get_untracked() != Some(connection) {
                return;
            }
            match talk(desk, connection).await {
                Talk::SignedOut => return,
                Talk::Stood => tries = 0,
                Talk::NeverStood => {}
            }
            if desk.connection.try_get_untracked() != Some(connection) {
                return;
            }
            desk.live.set(Live::Reconnecting);
            if tries > 0 {
                signed_in_still(desk).await;
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
        /// There is nothing to come back to.
        SignedOut,
    }

    /// One connection.
    async fn talk(desk: Desk, connection: u32) -> Talk {
        let after = desk.inbox.with_untracked(|inbox| inbox.cursor);
        let Some(location) = web_sys::window().map(|window| window.location()) else { return Talk::NeverStood };
        let scheme = if location.protocol().is_ok_and(|p| p == "https:") { "wss" } else { "ws" };
        let url = format!("{scheme}://{}/live?after={after}", location.host().unwrap_or_default());
        let Ok(socket) = WebSocket::open(&url) else { return Talk::NeverStood };
        let (mut say, mut hear) = socket.split();
        let mut stood = Talk::NeverStood;
        loop {
            let mut ping = TimeoutFuture::new(PING_MS).fuse();
            let word = select! {
                word = hear.next().fuse() => word,
                () = ping => {
                    let Ok(text) = serde_json::to_string(&Word::Ping) else { return stood };
                    if say.send(Message::Text(text)).await.is_err() {
                        return stood;
                    }
                    continue;
                }
            };
            let Some(Ok(Message::Text(text))) = word else { return stood };
            let Ok(frame) = serde_json::from_slice::<Frame>(text.as_bytes()) else { return stood };
            if desk.connection.try_get_untracked() != Some(connection) {
                return stood;
            }
            if matches!(frame, Frame::Hello { .. }) {
                stood = Talk::Stood;
                desk.live.set(Live::CatchingUp);
            }
            let (resync, signed_out) = (matches!(frame, Frame::Resync), matches!(frame, Frame::SignedOut));
            desk.hear(frame);
            if signed_out {
                return Talk::SignedOut;
            }
            if resync {
                return stood;
            }
        }
    }

    /// After a refused handshake: without a session there is nothing to come back to.
    async fn signed_in_still(desk: Desk) {
        if let Ok(None) = crate::sign_in::api::who_am_i().await {
            desk.hear(Frame::SignedOut);
        }
    }
}
