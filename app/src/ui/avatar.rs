//! A person's initials on a colour of their own.

use leptos::prelude::*;

/// Initials in a circle; the hue follows from the id, so that it stays the same everywhere.
#[component]
pub fn Avatar(#[prop(into)] name: String, id: u128) -> impl IntoView {
    let hue = (id ^ (id >> 64)) % 10;
    view! { <span class="avatar" data-hue=hue.to_string() aria-hidden="true">{initials(&name)}</span> }
}

fn initials(name: &str) -> String {
    if name.starts_with('+') {
        return name.chars().take(3).collect();
    }
    let words: Vec<_> = name.split_whitespace().filter_map(|w| w.trim_start_matches('@').chars().next()).collect();
    match words.as_slice() {
        [first, .., last] => [*first, *last].iter().flat_map(|c| c.to_uppercase()).collect(),
        [only] => only.to_uppercase().collect(),
        [] => "?".into(),
    }
}
