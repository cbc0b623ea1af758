//! The keyboard's help.

use crate::desk::Desk;
use crate::ui::Dialog;
use leptos::prelude::*;

const KEYS: [(&str, &str); 14] = [
    ("1 2 3 4", "Active, Requested, Intervened, History"),
    ("j k", "Next and previous chat"),
    ("n", "Take next: who has waited longest"),
    ("i", "Intervene, or accept"),
    ("t", "Pass on"),
    ("r", "Write"),
    ("Shift N", "Write a note for the team"),
    ("Enter", "Send"),
    ("Shift Enter", "New line"),
    ("e", "Resolve"),
    ("g", "Add a tag"),
    ("/ Ctrl+K", "Search people and messages"),
    ("Esc", "Back to the list"),
    ("?", "This help"),
];

/// `?` opens it.
#[component]
pub fn Help() -> impl IntoView {
    let desk = expect_context::<Desk>();
    view! {
        <Dialog title="Keyboard" open=desk.help on_close=Callback::new(move |()| desk.help.set(false))>
            <dl class="keys">
                {KEYS.map(|(keys, what)| view! {
                    <dt>{keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view()}</dt>
                    <dd>{what}</dd>
                })}
            </dl>
        </Dialog>
    }
    .into_any()
}
