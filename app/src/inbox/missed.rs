//! Of History, the chats whose last request nobody took.

use super::api;
use super::row::RowLine;
use crate::desk::Desk;
use domain::ChatId;
use domain::chat::List;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The newest of them; asked for again when chats come to History or leave it.
#[component]
pub fn Missed() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let found = RwSignal::new(None::<Result<Vec<ChatId>, String>>);
    let closed = Memo::new(move |_| desk.inbox.with(|inbox| inbox.counts.history));
    Effect::new(move |_| {
        let asked = closed.get();
        spawn_local(async move {
            let answer = api::inbox_missed().await;
            // A later question has been asked meanwhile: its answer counts.
            if closed.try_get_untracked() != Some(asked) {
                return;
            }
            let shown = answer.map_err(|error| error.to_string()).map(|page| {
                let ids = page.rows.iter().map(|row| row.id).collect();
                desk.inbox.update(|inbox| page.rows.into_iter().for_each(|row| inbox.answered(row, page.cursor)));
                ids
            });
            found.set(Some(shown));
        });
    });
    let ids = move || found.get().and_then(Result::ok).unwrap_or_default();
    let note = move || match found.get() {
        None => Some("Looking …".to_owned()),
        Some(Err(why)) => Some(why),
        Some(Ok(ids)) if ids.is_empty() => Some("Every request was taken.".into()),
        Some(Ok(_)) => None,
    };
    view! {
        <div class="rows found">
            <p class="empty" role="status">{note}</p>
            <For each=ids key=|id| *id let:id>
                <RowLine id list=List::History />
            </For>
        </div>
    }
    .into_any()
}
