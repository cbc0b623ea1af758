//! The dialog that Ctrl-K opens: what is looked for, and in what.

use super::api;
use super::results::Results;
use crate::desk::Desk;
use crate::ui::time::midnight;
use crate::ui::{Dialog, Icon, Show, browser};
use chrono::TimeDelta;
use domain::search::{Filter, Found};
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

const SENDERS: [(&str, &str); 7] = [
    ("", "Anyone"),
    ("customer", "Customers"),
    ("bot", "Bot"),
    ("member", "Agents"),
    ("note", "Notes"),
    ("campaign", "Campaigns"),
    ("api", "API"),
];
const KINDS: [(&str, &str); 5] = [
    ("", "Any type"),
    ("text", "Text"),
    ("media", "Photos, voice, files"),
    ("choice", "Menus, choices"),
    ("other", "Other"),
];
const TIMES: [(&str, &str); 6] = [
    ("", "Any time"),
    ("7", "Last 7 days"),
    ("30", "Last 30 days"),
    ("90", "Last 90 days"),
    ("365", "Last year"),
    (BY_DAY, "From … to …"),
];
const BY_DAY: &str = "days";
/// The row that Enter opens.
const MARKED: &str = "[data-found][aria-selected=true]";
/// Messages that the server finds at once.
const PAGE: usize = 20;

/// What is looked for and what was found.
#[derive(Clone, Copy)]
pub(super) struct Search {
    pub desk: Desk,
    pub words: RwSignal<String>,
    pub filter: RwSignal<Filter>,
    pub found: RwSignal<Option<Result<Found, String>>>,
    /// Which of the rows is marked, and how many there are.
    pub at: RwSignal<usize>,
    pub rows: StoredValue<usize>,
    /// Counts what was asked: an answer that was overtaken is dropped.
    asked: StoredValue<u32>,
    /// Whether what is found is to be asked for again soon.
    soon: StoredValue<bool>,
    /// Whether what is shown was found for other words: Enter waits for what is found for these.
    stale: StoredValue<bool>,
    entered: StoredValue<bool>,
}

impl Search {
    /// Asks for what is typed by then.
    fn ask(self, after: u64) {
        self.asked.update_value(|n| *n += 1);
        let number = self.asked.get_value();
        let ask = move || {
            if self.asked.try_get_value() != Some(number) {
                return;
            }
            let (words, filter) = (self.words.get_untracked(), self.filter.get_untracked());
            spawn_local(async move {
                let answer = api::search(words, filter, None).await;
                if self.asked.try_get_value() == Some(number) {
                    self.stale.set_value(false);
                    self.found.set(Some(answer.map_err(|error| error.to_string())));
                    if self.entered.get_value() {
                        self.entered.set_value(false);
                        browser::soon(|| browser::press(MARKED));
                    }
                }
            });
        };
        set_timeout(ask, Duration::from_millis(after));
    }

    /// Older messages, after those that are shown.
    pub fn older(self) {
        if self.stale.get_value() {
            return;
        }
        let last = self.found.with_untracked(|found| match found {
            Some(Ok(found)) => found.messages.last().map(|hit| hit.key),
            _ => None,
        });
        self.asked.update_value(|n| *n += 1);
        let number = self.asked.get_value();
        let (words, filter) = (self.words.get_untracked(), self.filter.get_untracked());
        spawn_local(async move {
            let answer = api::search(words, filter, last).await;
            if self.asked.try_get_value() != Some(number) {
                return;
            }
            match answer {
                Ok(page) => self.found.update(|found| {
                    if let Some(Ok(found)) = found {
                        found.messages.extend(page.messages);
                        found.more = page.more;
                    }
                }),
                Err(error) => self.desk.failed(&error),
            }
        });
    }

    /// Asks again once things have changed, at most every two seconds; not while somebody reads further pages.
    fn refresh(self) {
        let short = self.found.with_untracked(|found| !matches!(found, Some(Ok(found)) if found.messages.len() > PAGE));
        if short && !self.soon.get_value() {
            self.soon.set_value(true);
            let again = move || {
                if self.soon.try_set_value(false).is_none() && self.desk.searching.get_untracked() {
                    self.ask(0);
                }
            };
            set_timeout(again, Duration::from_secs(2));
        }
    }

    /// Whether there is too little to look for; a letter of some scripts is a word.
    fn idle(self) -> bool {
        self.words.with(|words| words.trim().is_ascii() && words.trim().len() < 2)
    }

    fn pressed(self, event: &KeyboardEvent) {
        if event.is_composing() {
            return;
        }
        let last = self.rows.get_value().saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => self.at.update(|at| *at = (*at + 1).min(last)),
            "ArrowUp" => self.at.update(|at| *at = at.saturating_sub(1).min(last)),
            "Enter" if self.stale.get_value() => {
                self.at.set(0);
                self.entered.set_value(true);
            }
            "Enter" => browser::press(MARKED),
            // The browser would only empty the field.
            "Escape" => self.desk.searching.set(false),
            _ => return,
        }
        event.prevent_default();
    }
}

/// Opened by Ctrl-K and `/`. The words stay for the next time; what was found is asked for anew.
#[component]
pub fn Palette() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let search = Search {
        desk,
        words: RwSignal::new(String::new()),
        filter: RwSignal::new(Filter::default()),
        found: RwSignal::new(None),
        at: RwSignal::new(0),
        rows: StoredValue::new(0),
        asked: StoredValue::new(0),
        soon: StoredValue::new(false),
        stale: StoredValue::new(false),
        entered: StoredValue::new(false),
    };
    Effect::new(move |_| {
        search.filter.track();
        search.at.set(0);
        search.entered.set_value(false);
        let asks = desk.searching.get() && !search.idle();
        search.stale.set_value(asks);
        if asks {
            search.ask(180);
        } else {
            search.asked.update_value(|n| *n += 1);
            search.found.set(None);
        }
    });
    Effect::new(move |before: Option<i64>| {
        let cursor = desk.inbox.with(|inbox| inbox.cursor);
        if before.is_some_and(|before| before != cursor) && search.found.with_untracked(Option::is_some) {
            search.refresh();
        }
        cursor
    });
    // Everything is loaded again: what was told of chats is forgotten, and what was found is as old as that.
    Effect::new(move |before: Option<u32>| {
        let now = desk.connection.get();
        if before.is_some_and(|before| before != now) && search.found.with_untracked(Option::is_some) {
            search.found.set(None);
            search.stale.set_value(true);
            search.ask(0);
        }
        now
    });
    let close = Callback::new(move |()| {
        desk.searching.set(false);
        search.filter.set(Filter::default());
    });
    view! {
        <Dialog title="Search" open=desk.searching on_close=close>
            <Inside search />
        </Dialog>
    }
    .into_any()
}

#[component]
fn Inside(search: Search) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
            // What was looked for before is there to be typed over.
            input.set_value(&search.words.get_untracked());
            input.select();
        }
    });
    let narrow = move |change: fn(&mut Filter, &str, domain::Timestamp)| {
        move |event: leptos::ev::Event| {
            let now = search.desk.clock.now.get_untracked();
            search.filter.update(|filter| change(filter, &event_target_value(&event), now));
        }
    };
    let by_day = RwSignal::new(false);
    let by_time = move |event: leptos::ev::Event| {
        by_day.set(event_target_value(&event) == BY_DAY);
        narrow(|filter, days, now| {
            filter.since = days.parse().ok().map(|days| now - TimeDelta::days(days));
            filter.until = None;
        })(event);
    };
    let marked = move || format!("found-{}", search.at.get());
    let note = move || match search.found.get() {
        _ if search.idle() => Some("Names, numbers, usernames, tags, and every word that was said.".to_owned()),
        None => Some("Searching …".into()),
        Some(Err(why)) => Some(why),
        Some(Ok(found)) if found.people.is_empty() && found.messages.is_empty() => {
            let narrowed = search.filter.with(|filter| *filter != Filter::default());
            Some(if narrowed { "Nothing found. Try it without the filters." } else { "Nothing found." }.into())
        }
        Some(Ok(_)) => None,
    };
    view! {
        <div class="palette">
            <label class="search">
                <Icon name="search" />
                <input type="search" role="combobox" node_ref=input placeholder="Search people and messages"
                    aria-label="Search people and messages" aria-expanded="true" aria-controls="found" aria-activedescendant=marked
                    maxlength="200" autocomplete="off" dir="auto" bind:value=search.words
                    on:keydown=move |event| search.pressed(&event) />
            </label>
            <div class="narrow" role="group" aria-label="Which messages">
                <Choice name="By whom" options=&SENDERS on:change=narrow(|filter, word, _| filter.sender = word.parse().ok()) />
                <Choice name="Of what type" options=&KINDS on:change=narrow(|filter, word, _| filter.kind = word.parse().ok()) />
                <Choice name="From when" options=&TIMES on:change=by_time />
                <Show when=move || by_day.get()>
                    <label>"From"<input type="date" on:change=narrow(|filter, day, _| filter.since = midnight(day, 0)) /></label>
                    <label>"To"<input type="date" on:change=narrow(|filter, day, _| filter.until = midnight(day, 1)) /></label>
                </Show>
            </div>
            <p class="empty" role="status">{note}</p>
            <Results search />
        </div>
    }
    .into_any()
}

#[component]
fn Choice(name: &'static str, options: &'static [(&'static str, &'static str)]) -> impl IntoView {
    view! {
        <select aria-label=name>
            {options.iter().map(|(word, words)| view! { <option value=*word>{*words}</option> }).collect_view()}
        </select>
    }
}
