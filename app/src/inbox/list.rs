//! One list: only the rows in sight are in the page, further ones are loaded on the way.

use super::row::RowLine;
use crate::desk::Desk;
use crate::ui::browser;
use crate::ui::{For, Show};
use domain::ChatId;
use domain::chat::List;
use leptos::html;
use leptos::prelude::*;

/// A row's height in pixels; the style sheet says the same.
const HEIGHT: usize = 58;
/// Rows kept ready above and below what is in sight.
const SPARE: usize = 8;

/// What of a list is in the page.
#[derive(Clone, PartialEq)]
struct Part {
    /// All of it.
    order: Vec<ChatId>,
    /// The scroller's first row and how many are in sight, when it was last asked.
    seen: (usize, usize),
    /// The first row in sight by now.
    first: usize,
    /// Rows above those in the page, and below them.
    around: [usize; 2],
    ids: Vec<ChatId>,
}

impl Part {
    /// Whoever has scrolled keeps looking at the same rows, whatever comes and goes above them: the first two neighbours
    /// that were moved by as much stay where they are.
    fn new(order: Vec<ChatId>, seen: (usize, usize), before: Option<&Self>) -> Self {
        let mut first = seen.0;
        if let Some(before) = before.filter(|before| before.seen == seen && first > 0) {
            let sight = before.ids.iter().skip(before.first - before.around[0]).take(seen.1).enumerate();
            let place = |(n, id)| order.iter().position(|one| one == id).and_then(|place| place.checked_sub(n));
            let places: Vec<_> = sight.filter_map(place).collect();
            let stays = places.windows(2).find(|pair| pair[0] == pair[1]).unwrap_or(&places);
            first = stays.first().copied().unwrap_or(before.first);
        }
        let from = first.saturating_sub(SPARE).min(order.len());
        let ids: Vec<_> = order[from..].iter().take(seen.1 + 2 * SPARE).copied().collect();
        Self { seen, first, around: [from, order.len() - from - ids.len()], ids, order }
    }
}

/// A list's rows.
#[component]
pub fn Rows(list: List, nothing: &'static str) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let scroller = NodeRef::<html::Div>::new();
    let (above, below) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let position = RwSignal::new((0_usize, 20_usize));
    let length = Memo::new(move |_| desk.inbox.with(|inbox| inbox.len(list)));
    let loaded = Memo::new(move |_| desk.inbox.with(|inbox| inbox.is_loaded(list)));
    let part = Memo::new(move |before: Option<&Part>| {
        let held = desk.aim.held.get();
        let order = desk.inbox.with(|inbox| match before.filter(|_| held) {
            Some(before) => inbox.still(list, &before.order),
            None => inbox.ids(list, 0, usize::MAX),
        });
        Part::new(order, position.get(), before)
    });
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
        let Part { order, seen, first, around, .. } = part.get();
        if list != List::Others {
            desk.order.set_value(order);
        }
        for (spacer, rows) in [above, below].into_iter().zip(around) {
            if let Some(spacer) = spacer.get() {
                let style = leptos::web_sys::HtmlElement::style(&spacer);
                let _ = style.set_property("height", &format!("{}px", rows * HEIGHT));
            }
        }
        if let Some(element) = scroller.get().filter(|_| first != seen.0) {
            let place = |row: usize| i32::try_from(row * HEIGHT).unwrap_or(0);
            element.set_scroll_top(element.scroll_top() + place(first) - place(seen.0));
            position.set((first, seen.1));
        }
    });
    view! {
        <div class="rows" node_ref=scroller on:scroll=move |_| look() data-list=word(list)
            on:pointermove=move |_| desk.aim.moves() on:pointerdown=move |_| desk.aim.moves()>
            <div class="spacer" node_ref=above></div>
            <For each=move || part.get().ids key=|id| *id let:id>
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<ChatId> {
        numbers.into_iter().map(|n| ChatId(uuid::Uuid::from_u128(n))).collect()
    }

    #[test]
    fn the_rows_in_sight_stay_whatever_comes_and_goes_above() {
        let before = Part::new(ids(0..100), (30, 10), None);
        assert_eq!((before.first, before.around, before.ids.len()), (30, [22, 52], 26));
        let now = |order: Vec<ChatId>| Part::new(order, (30, 10), Some(&before)).first;
        assert_eq!(now(ids((200..205).chain(0..100))), 35, "five are new");
        assert_eq!(now(ids((0..30).skip(3).chain(30..100))), 27, "three are gone");
        let risen = ids([30].into_iter().chain(0..30).chain(31..100));
        assert_eq!(now(risen), 30, "the first in sight has gone to the top, and the next one takes its place");
        // What rose above its place in sight has not stayed, however many did.
        let risen = ids([32, 31].into_iter().chain(0..31).chain(33..100));
        assert_eq!(now(risen), 30, "those below the two that have gone to the top");
        assert_eq!(now(Vec::new()), 30);
        let short = Part::new(ids(0..3), (30, 10), Some(&before));
        assert_eq!((short.around, short.ids.len()), ([3, 0], 0), "the browser scrolls back by itself");
        // At the top, and once it was asked anew, it is as the scroller says.
        let top = Part::new(ids(0..100), (0, 10), None);
        assert_eq!(Part::new(ids((200..205).chain(0..100)), (0, 10), Some(&top)).first, 0);
        assert_eq!(Part::new(ids(0..100), (40, 10), Some(&before)).first, 40);
    }
}
