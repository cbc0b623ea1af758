//! The bar that tells on every page that people wait, and the sound and notification that come with it.

use super::state::{Desk, address};
use crate::ui::{Clock, Show, browser, later};
use domain::chat::Queue;
use domain::feed::ChatChange;
use domain::journey::duration;
use domain::member::Presence;
use domain::{ChatId, MemberId, Timestamp};
use leptos::prelude::*;

/// Seconds after which an alert is repeated, once, if nobody came.
const ONCE_MORE: u64 = 60;

/// What a page knows of those who wait.
#[derive(Clone, Copy)]
pub struct Waiting {
    /// How many requests are meant for everyone or for this member.
    pub requested: Signal<i64>,
    /// Since when the longest of them waits.
    pub longest: Signal<Option<Timestamp>>,
    /// Whether this member is Available: nobody else is alerted.
    pub available: Signal<bool>,
    /// Chats that were passed to this member.
    pub offers: Offers,
    /// Time.
    pub clock: Clock,
    /// Takes the chat that has waited longest.
    pub take_next: Callback<()>,
    /// Whether the page is not the desk: its links leave it.
    pub outside: bool,
}

/// The chats that were passed to this member, so that each is told once.
#[derive(Clone, Copy)]
pub struct Offers {
    known: StoredValue<Vec<(ChatId, Option<Timestamp>)>>,
    /// How many were told.
    count: RwSignal<u32>,
}

impl Default for Offers {
    fn default() -> Self {
        Self { known: StoredValue::new(Vec::new()), count: RwSignal::new(0) }
    }
}

impl Offers {
    /// The chats that these changes pass to a member and that were not told yet, with the customer's name.
    pub fn hear(self, me: MemberId, changes: &[ChatChange]) -> Vec<(ChatId, String)> {
        let mut new = Vec::new();
        for row in changes.iter().filter_map(|change| change.row.as_ref()) {
            let offer = (row.id, row.offer_until);
            let to_me = row.directed_to.as_ref().is_some_and(|target| target.id == me);
            if to_me && !self.known.with_value(|known| known.contains(&offer)) {
                self.known.update_value(|known| known.push(offer));
                let whom = row.content.as_ref().map(domain::chat::RowContent::title).unwrap_or_default();
                new.push((row.id, format!("{whom} was passed to you")));
            }
        }
        if !new.is_empty() {
            self.count.update(|count| *count += 1);
        }
        new
    }
}

impl Desk {
    /// Who waits, for the bar.
    pub fn waiting(self) -> Waiting {
        let presence = move || self.me.with(|me| me.member.presence);
        Waiting {
            requested: Memo::new(move |_| self.inbox.with(|inbox| inbox.counts.waiting)).into(),
            longest: Memo::new(move |_| self.inbox.with(|inbox| inbox.longest_wait)).into(),
            available: Signal::derive(move || presence() == Presence::Available),
            offers: self.offers,
            clock: self.clock,
            take_next: Callback::new(move |()| self.take_next()),
            outside: false,
        }
    }
}

/// "3 people are waiting · longest 4 min 12 s".
#[component]
pub fn WaitingBar(waiting: Waiting) -> impl IntoView {
    let Waiting { requested, longest, offers, .. } = waiting;
    Effect::new(move |before: Option<(i64, u32)>| {
        let now = (requested.get(), offers.count.get());
        // One more may wait though they are as many: a chat that waits may be passed to this member, too.
        if before.is_some_and(|before| now.0 > before.0 || now.1 > before.1 && now.0 > 0) {
            alert(waiting);
            let alerted = waiting.clock.exact();
            // Somebody who waited then waits still.
            let repeat = move || {
                if longest.try_get_untracked().flatten().is_some_and(|since| since <= alerted) {
                    alert(waiting);
                }
            };
            set_timeout(repeat, std::time::Duration::from_secs(ONCE_MORE));
        }
        if now.0 == 0 {
            browser::hush();
        }
        now
    });
    let words = move || match requested.get() {
        1 => "1 person is waiting".to_owned(),
        n => format!("{n} people are waiting"),
    };
    let wait = move || {
        let since = longest.get()?;
        Some(format!("longest {}", duration((waiting.clock.now.get() - since).num_seconds())))
    };
    let rel = waiting.outside.then_some("external");
    let key = move |key: &'static str| (!waiting.outside).then(|| view! { <kbd>{key}</kbd> });
    view! {
        <Show when=move || { requested.get() > 0 }>
            <div class="waiting">
                <b role="status">{words}</b>
                <span class="longest" aria-hidden="true">{wait}</span>
                <a class="button small" href=address(Queue::Requested, None) rel=rel>"Show"{key("2")}</a>
                <button type="button" class="button small" on:click=move |_| waiting.take_next.run(())>"Take next"{key("N")}</button>
            </div>
        </Show>
    }
    .into_any()
}

/// Only Available members are alerted; sound and notification can be switched off.
fn alert(waiting: Waiting) {
    if !waiting.available.get_untracked() {
        return;
    }
    if browser::preference("sound").as_deref() != Some("off") {
        later::chime();
    }
    if browser::preference("notify").as_deref() == Some("on") {
        browser::notify("Somebody is waiting for a person");
    }
}
