//! One list: only the rows in sight are in the page, further ones are loaded on the way.

use super::row::RowLine;
use crate::desk::Desk;
use crate::ui::browser;
use crate::ui::{For, Show};
use domain::chat::List;
use leptos::html;
use leptos::prelude::*;

/// A row's height in pixels; the style sheet says the same.
const HEIGHT: usize = 58;
/// Rows kept ready above and below what is in sight.
const SPARE: usize = 8;

/// A list's rows.
#[component]
pub fn Rows(list: List, nothing: &'static str) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let scroller = NodeRef::<html::Div>::new();
    let (above, below) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let position = RwSignal::new((0_usize, 20_usize));
    let length = Memo::new(move |_| desk.inbox.with(|inbox| inbox.len(list)));
    let loaded = Memo::new(move |_| desk.inbox.with(|inbox| inbox.is_loaded(list)));
    let range = Memo::new(move |_| {
        let (first, count) = position.get();
        let from = first.saturating_sub(SPARE).min(length.get());
        (from, (count + 2 * SPARE).min(length.get() - from))
    });
    let rows = move || {
        let (from, count) = range.get();
        desk.inbox.with(|inbox| inbox.ids(list, from, count))
    };
    let more = move || {
        let (top, count) = position.get_untracked();
        let ends = top + count + 2 * SPARE >= length.get_untracked();
        let more = desk.inbox.with_untracked(|inbox| inbox.is_loaded(list) && !inbox.is_complete(list));
        if ends && more {
            desk.load_list(list, false);
        }
    };
    // Asking where the list stands makes the browser lay the page out: only when that can have changed.
    let look = move || {
        // The list may be gone by the time the browser draws.
        let Some(Some(element)) = scroller.try_get_untracked() else { return };
        let top = usize::try_from(element.scroll_top()).unwrap_or(0) / HEIGHT;
        let count = usize::try_from(element.client_height()).unwrap_or(0) / HEIGHT + 1;
        if position.get_untracked() != (top, count) {
            position.set((top, count));
        }
        more();
    };
    browser::on_resize(scroller, look);
    Effect::new(move |_| {
        length.get();
        untrack(more);
    });
    // Through the object model, not as attributes: the Content-Security-Policy allows no inline styles.
    Effect::new(move |_| {
        // The length first: asked for `range`, which follows it, the effect takes the length for unchanged.
        let length = length.get();
        let (from, count) = range.get();
        let after = length.saturating_sub(from + count);
        for (spacer, rows) in [(above, from), (below, after)] {
            if let Some(spacer) = spacer.get() {
                let style = leptos::web_sys::HtmlElement::style(&spacer);
                let _ = style.set_property("height", &format!("{}px", rows * HEIGHT));
            }
        }
    });
    view! {
        <div class="rows" node_ref=scroller on:scroll=move |_| look() data-list=word(list)>
            <div class="spacer" node_ref=above></div>
            <For each=rows key=|id| *id let:id>
                <RowLine id list />
            </For>
            <div class="spacer" node_ref=below></div>
            <Show when=move || loaded.get() && length.get() == 0 && !nothing.is_empty()>
                <p class="empty">{nothing}</p>
            </Show>
            <Show when=move || !loaded.get()>
                <div class="skeleton" aria-label="Loading"><i></i><i></i><i></i><i></i></div>
            </Show>
        </div>
    }
    .into_any()
}

fn word(list: List) -> &'static str {
    match list {
        List::Active => "active",
        List::Requested => "requested",
        List::Mine => "mine",
        List::Others => "others",
        List::History => "history",
    }
}
