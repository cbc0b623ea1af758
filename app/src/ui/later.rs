//! The parts of the desk whose code the browser fetches right after the inbox is up, or before, where the address names
//! a chat.
//!
//! `parts` is the split point: what only it reaches is left out of the WebAssembly that every desk waits for and
//! goes into a file of its own (see `script/web.sh`).

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use std::cell::Cell;

/// Builds a part's view.
pub type Build = fn() -> AnyView;

/// What is fetched together.
#[derive(Clone, Copy)]
pub struct Parts {
    /// The middle column, with resolving and passing on.
    pub thread: Build,
    /// The right column.
    pub profile: Build,
    /// History, narrowed.
    pub narrowed: Build,
    /// Searching people and messages, the team, the keyboard's help, the member's own corner.
    pub dialogs: Build,
}

fn all() -> Parts {
    Parts {
        thread: || view! { <crate::chat::ThreadPane /> }.into_any(),
        profile: || view! { <crate::contact::Panel /> }.into_any(),
        narrowed: || view! { <crate::inbox::Narrowed /> }.into_any(),
        dialogs: || {
            view! {
                <crate::search::Palette />
                <crate::desk::Help />
                <crate::team::TeamDialog />
                <crate::desk::AccountDialog />
            }
            .into_any()
        },
    }
}

/// The code has not come: no connection, or a newer Baton that has other files.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

impl From<SplitLoaderError> for Missing {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

#[wasm_split(later, wasm_split_path = leptos::wasm_split, fallible)]
fn parts() -> Result<Parts, Missing> {
    Ok(all())
}

thread_local!(static FETCHED: Cell<Option<Parts>> = const { Cell::new(None) });

/// Whether the server renders the parts of a desk at this address: where a chat is open. The browser fetches them first
/// then, since it must find what it takes over.
pub fn rendered(path: &str) -> bool {
    path.strip_prefix("/chats/").and_then(|place| place.split('/').nth(1)).is_some_and(|chat| !chat.is_empty())
}

/// Fetches the parts, for every [`Later`] that follows.
///
/// # Errors
/// When their file does not come.
pub async fn fetch() -> Result<Parts, Missing> {
    let parts = parts().await?;
    FETCHED.set(Some(parts));
    Ok(parts)
}

/// The parts as far as they are there, for every [`Part`] of a desk.
#[derive(Clone, Copy)]
pub struct Later(RwSignal<Option<Parts>>, RwSignal<bool>);

impl Later {
    /// Fetches them unless they are there. `path` is the page's address.
    pub fn new(path: &str) -> Self {
        let there = if cfg!(feature = "ssr") { rendered(path).then(all) } else { FETCHED.get() };
        let later = Self(RwSignal::new(there), RwSignal::new(false));
        Effect::new(move |_| later.fetch());
        later
    }

    fn fetch(self) {
        if self.0.with_untracked(Option::is_some) {
            return;
        }
        let _ = self.1.try_set(false);
        spawn_local(async move {
            let parts = fetch().await;
            let _ = self.1.try_set(parts.is_err());
            if let Ok(parts) = parts {
                let _ = self.0.try_set(Some(parts));
            }
        });
    }
}

/// Shows a part, and until its code is there the `fallback`.
#[component]
pub fn Part(of: fn(&Parts) -> Build, #[prop(optional)] fallback: Option<fn() -> AnyView>) -> impl IntoView {
    let later = expect_context::<Later>();
    move || match later.0.get() {
        Some(parts) => of(&parts)(),
        None => fallback.map(|fallback| fallback()).into_any(),
    }
}

/// Says when the parts could not be fetched.
#[component]
pub fn Unfetched() -> impl IntoView {
    let later = expect_context::<Later>();
    view! {
        <Show when=move || later.1.get()>
            <p class="connection" role="alert">
                "A part of this page could not be loaded. "
                <button type="button" class="link" on:click=move |_| later.fetch()>"Try again"</button>
            </p>
        </Show>
    }
    .into_any()
}
