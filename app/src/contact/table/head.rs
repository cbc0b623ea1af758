//! The page's head: where one is, how many there are, and what can be done with all of them.

use super::columns::Columns;
use super::segments::Segments;
use super::state::Table;
use super::tasks::Recent;
use crate::ui::Show;
use domain::contact::table::{Counted, about};
use domain::task::Target;
use leptos::prelude::*;

/// Title, counts, segments, and the actions.
#[component]
pub(super) fn Head() -> impl IntoView {
    let table = expect_context::<Table>();
    let counts = move || {
        table.counted.get().map(|Counted { matching, left_out }| {
            let words = match (table.filter.with(|filter| filter.parts.is_empty()), matching) {
                (true, 1) => "1 contact".to_owned(),
                (true, n) => format!("{} contacts", about(n)),
                (false, 1) => "1 matches".to_owned(),
                (false, n) => format!("{} match", about(n)),
            };
            let hidden = match left_out {
                0 => None,
                1 => Some("1 contact is with an agent just now and left out".to_owned()),
                n => Some(format!("{n} contacts are with agents just now and left out")),
            };
            view! { <b>{words}</b>{hidden.map(|hidden| view! { <span class="left-out">{hidden}</span> })} }
        })
    };
    view! {
        <header class="head">
            <a class="back" href="/chats/active" rel="external">"‹ Live chat"</a>
            <h1>"Contacts"</h1>
            <p class="counts dim" role="status">{counts}<News /></p>
            <Segments />
            <Actions />
        </header>
    }
    .into_any()
}

/// Shows who is new, where the rows stay as the reader left them.
#[component]
fn News() -> impl IntoView {
    let table = expect_context::<Table>();
    let some = move || table.news.get() > 0;
    view! {
        <Show when=some>
            <button type="button" class="link news" on:click=move |_| table.show_news()>
                {move || about(table.news.get())}" new · show"
            </button>
        </Show>
    }
    .into_any()
}

/// What stands at the right of the head. Whatever else brings contacts in or takes them out belongs here.
#[component]
fn Actions() -> impl IntoView {
    let table = expect_context::<Table>();
    let export = move |_| table.export(Target::Matching(table.filter.get_untracked()));
    view! {
        <div class="actions">
            <Recent />
            <Columns />
            <a class="button" href="/manage/import" rel="external">"Import, add"</a>
            <button type="button" class="button" title="All that match, with the columns shown" on:click=export>"Export"</button>
        </div>
    }
    .into_any()
}
