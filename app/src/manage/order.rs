//! Moving the lines of a list.

use leptos::html;
use leptos::prelude::*;

/// The line that was moved last and whether up: the list is loaded anew, and the keyboard stays with the line.
pub type Moved = RwSignal<Option<(u128, bool)>>;

/// Buttons that move a line up or down; `place` is its place and the list's length.
#[component]
pub fn Movers(name: String, id: u128, place: (usize, usize), last: Moved, moved: Callback<usize>) -> impl IntoView {
    let (place, length) = place;
    let (first, end) = (place == 0, place + 1 == length);
    let (up, down) = (NodeRef::<html::Button>::new(), NodeRef::<html::Button>::new());
    Effect::new(move |_| {
        let Some((_, upward)) = last.get_untracked().filter(|(moved, _)| *moved == id) else { return };
        // At the end of the way its button is disabled: the other one is next to it.
        let button = if (upward && !first) || end { up.get() } else { down.get() };
        if let Some(button) = button {
            last.set(None);
            let _ = button.focus();
        }
    });
    let go = move |upward: bool, to: usize| {
        last.set(Some((id, upward)));
        moved.run(to);
    };
    view! {
        <button node_ref=up type="button" class="button small" aria-label=format!("Move {name} up") disabled=first
            on:click=move |_| go(true, place - 1)>"↑"</button>
        <button node_ref=down type="button" class="button small" aria-label=format!("Move {name} down") disabled=end
            on:click=move |_| go(false, place + 1)>"↓"</button>
    }
    .into_any()
}
