//! Search by name or number, in every queue.

use super::api;
use super::row::FoundLine;
use crate::desk::Desk;
use domain::chat::Row;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// The box; `/` goes there.
#[component]
pub fn SearchBox(words: RwSignal<String>) -> impl IntoView {
    let clear = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            words.set(String::new());
        }
    };
    view! {
        <label class="search">
            <crate::ui::Icon name="search" />
            <input type="search" data-search="" placeholder="Search a name or number" aria-label="Search a name or number"
                maxlength="80" autocomplete="off" bind:value=words on:keydown=clear />
            <kbd>"/"</kbd>
        </label>
    }
    .into_any()
}

/// What was found; without words, of History, whose request nobody took.
#[component]
pub fn Found(words: RwSignal<String>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let found = RwSignal::new(None::<Result<Vec<Row>, String>>);
    let asked = StoredValue::new(0_u32);
    let missed = words.with_untracked(String::is_empty);
    Effect::new(move |_| {
        let text = words.get();
        asked.update_value(|n| *n += 1);
        let number = asked.get_value();
        let ask = move || {
            if asked.try_get_value() != Some(number) {
                return;
            }
            spawn_local(async move {
                let answer = if missed { api::inbox_missed().await } else { api::inbox_search(text).await };
                if asked.try_get_value() == Some(number) {
                    found.set(Some(answer.map(|page| page.rows).map_err(|error| error.to_string())));
                }
            });
        };
        set_timeout(ask, Duration::from_millis(180));
    });
    // What goes out of sight leaves the results too.
    let rows = move || {
        let Some(Ok(rows)) = found.get() else { return Vec::new() };
        rows
    };
    Effect::new(move |before: Option<i64>| {
        let cursor = desk.inbox.with(|inbox| inbox.cursor);
        if before.is_some_and(|before| before != cursor) {
            words.notify();
        }
        cursor
    });
    let note = move || match found.get() {
        None => Some("Searching …".to_owned()),
        Some(Err(why)) => Some(why),
        Some(Ok(rows)) if rows.is_empty() && missed => Some("Every request was taken.".into()),
        Some(Ok(rows)) if rows.is_empty() => Some("Nobody by this name or number.".into()),
        Some(Ok(_)) => None,
    };
    view! {
        <div class="rows found">
            <p class="empty" role="status">{note}</p>
            <For each=rows key=|row| (row.id, row.version) let:row>
                <FoundLine row />
            </For>
        </div>
    }
    .into_any()
}
