//! The bar that tells everywhere that people wait, and the sound and notification that come with it.

use super::state::address;
use crate::desk::Desk;
use crate::ui::browser;
use domain::chat::Queue;
use domain::journey::duration;
use domain::member::Presence;
use leptos::prelude::*;

/// Seconds after which an alert is repeated, once, if nobody came.
const ONCE_MORE: u64 = 60;

/// "3 people are waiting · longest 4 min 12 s".
#[component]
pub fn WaitingBar() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let waiting = Memo::new(move |_| desk.inbox.with(|inbox| inbox.counts.requested));
    let longest = Memo::new(move |_| desk.inbox.with(|inbox| inbox.longest_wait));
    Effect::new(move |before: Option<i64>| {
        let now = waiting.get();
        if before.is_some_and(|before| now > before) {
            alert(desk);
            let repeat = move || {
                if waiting.try_get_untracked().is_some_and(|still| still >= now) {
                    alert(desk);
                }
            };
            set_timeout(repeat, std::time::Duration::from_secs(ONCE_MORE));
        }
        now
    });
    let words = move || match waiting.get() {
        1 => "1 person is waiting".to_owned(),
        n => format!("{n} people are waiting"),
    };
    let wait = move || {
        let since = longest.get()?;
        Some(format!("longest {}", duration((desk.clock.now.get() - since).num_seconds())))
    };
    view! {
        <Show when=move || { waiting.get() > 0 }>
            <div class="waiting">
                <b role="status">{words}</b>
                <span class="longest" aria-hidden="true">{wait}</span>
                <a class="button small" href=address(Queue::Requested, None)>"Show"<kbd>"2"</kbd></a>
                <button type="button" class="button small" on:click=move |_| desk.take_next()>"Take next"<kbd>"N"</kbd></button>
            </div>
        </Show>
    }
    .into_any()
}

/// Only Available members are alerted; sound and notification can be switched off.
fn alert(desk: Desk) {
    if desk.me.with_untracked(|me| me.member.presence) != Presence::Available {
        return;
    }
    if browser::preference("sound").as_deref() != Some("off") {
        browser::chime();
    }
    if browser::preference("notify").as_deref() == Some("on") {
        browser::notify("Somebody is waiting for a person");
    }
}
