//! Tells of the notes that mention a member until they have read them.

use super::api;
use crate::desk::{Desk, Live};
use crate::ui::browser;
use domain::message::note::Mention;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Seconds for which each is told.
const TOLD: u64 = 15;
/// Whoever comes back to the window is told again, but no sooner.
const AGAIN_MS: i64 = 60_000;

/// When the desk is opened, after the connection was lost, and when somebody comes back to the window: a note that came
/// while nobody looked is not lost.
#[component]
pub fn Reminder() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let last = StoredValue::new(0);
    let remind = move || {
        last.set_value(browser::now_ms());
        spawn_local(async move {
            for Mention { chat, seq, by } in api::unread_mentions().await.unwrap_or_default() {
                if desk.place.with_untracked(|place| place.1) != Some(chat) {
                    let show = Callback::new(move |()| desk.jump(chat, seq));
                    desk.toasts.with_action_for(TOLD, format!("{by} mentioned you"), "Show", show);
                }
            }
        });
    };
    Effect::new(move |_| {
        if desk.live.get() == Live::Live {
            remind();
        }
    });
    Effect::new(move |_| {
        let back = move || {
            if browser::now_ms() - last.get_value() > AGAIN_MS {
                remind();
            }
        };
        let handle = window_event_listener_untyped("focus", move |_| back());
        on_cleanup(move || handle.remove());
    });
}
