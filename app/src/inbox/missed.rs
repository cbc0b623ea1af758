//! Of History, the chats whose last request nobody took.

use super::api;
use super::row::RowLine;
use crate::AppError;
use crate::desk::Desk;
use domain::chat::{List, PageKey};
use domain::{ChatId, Error};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// So near to the end, in pixels, the next page is asked for.
const NEAR: i32 = 600;

/// What is loaded of them.
#[derive(Clone, Default)]
struct Shown {
    ids: Vec<ChatId>,
    next: Option<PageKey>,
}

/// Page by page; asked for again when chats come to History or leave it.
#[component]
pub fn Missed() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let scroller = NodeRef::<html::Div>::new();
    let found = RwSignal::new(None::<Result<Shown, String>>);
    let closed = Memo::new(move |_| desk.inbox.with(|inbox| inbox.counts.history));
    // Counts what was asked: an answer that was overtaken is dropped.
    let asked = StoredValue::new(0_u32);
    let busy = StoredValue::new(false);
    // After `shown`, until there are at least so many.
    let load = move |shown: Shown, many: usize| {
        asked.update_value(|n| *n += 1);
        busy.set_value(true);
        let number = asked.get_value();
        spawn_local(async move {
            let answer = pages(desk, shown, many).await;
            if asked.try_get_value() == Some(number) {
                busy.set_value(false);
                if let Err(error) = &answer
                    && error.0 == Error::SignedOut
                {
                    desk.failed(error);
                }
                found.set(Some(answer.map_err(|error| error.to_string())));
            }
        });
    };
    let loaded = move || found.with_untracked(|found| found.clone().and_then(Result::ok)).unwrap_or_default();
    Effect::new(move |_| {
        closed.track();
        load(Shown::default(), loaded().ids.len());
    });
    let look = move || {
        let Some(Some(rows)) = scroller.try_get_untracked() else { return };
        let near = rows.scroll_height() - rows.scroll_top() - rows.client_height() < NEAR;
        let shown = loaded();
        if near && shown.next.is_some() && !busy.get_value() {
            let many = shown.ids.len() + 1;
            load(shown, many);
        }
    };
    Effect::new(move |_| {
        found.track();
        request_animation_frame(look);
    });
    let ids = move || found.get().and_then(Result::ok).unwrap_or_default().ids;
    let note = move || match found.get() {
        None => Some("Looking …".to_owned()),
        Some(Err(why)) => Some(why),
        Some(Ok(shown)) if shown.ids.is_empty() => Some("Every request was taken.".into()),
        Some(Ok(_)) => None,
    };
    view! {
        <div class="rows found" node_ref=scroller on:scroll=move |_| look()>
            <p class="empty" role="status">{note}</p>
            <For each=ids key=|id| *id let:id>
                <RowLine id list=List::History />
            </For>
        </div>
    }
    .into_any()
}

/// The pages after what is shown, until there are at least so many rows or no more.
async fn pages(desk: Desk, mut shown: Shown, many: usize) -> Result<Shown, AppError> {
    loop {
        let page = api::inbox_missed(shown.next.take()).await?;
        let more = page.more;
        shown.next = page.rows.last().filter(|_| more).map(|row| List::History.key(row));
        shown.ids.extend(page.rows.iter().map(|row| row.id));
        desk.inbox.update(|inbox| page.rows.into_iter().for_each(|row| inbox.answered(row, page.cursor)));
        if shown.next.is_none() || shown.ids.len() >= many {
            return Ok(shown);
        }
    }
}
