//! The parts of the desk whose code the browser fetches right after the inbox is up, or before, where the address names
//! a chat; and after those what opens over them.
//!
//! `parts` and `over` are the split points: what only one of them reaches is left out of the WebAssembly that every desk
//! waits for and goes into a file of its own (see `script/web.sh`).

use crate::desk::Desk;
use crate::ui::Show;
use domain::ChatId;
use domain::chat::Queue;
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
    /// Loads what it shows of a chat's customer (again).
    pub load_profile: fn(Desk, ChatId),
    /// Shows what the page brought of it.
    pub read_profile: fn(Desk, &str),
    /// Goes from a chat to the one in which it is read.
    pub goto_within: fn(Desk, ChatId, Queue, ChatId),
}

/// What is fetched after them: nothing of it is on screen until somebody asks for it.
#[derive(Clone, Copy)]
pub struct Over {
    /// History, narrowed.
    pub narrowed: Build,
    /// Searching people and messages, the team, the keyboard's help, the member's own corner, unread mentions.
    pub dialogs: Build,
    /// The sound of an alert.
    pub chime: fn(),
}

fn all() -> Parts {
    Parts {
        thread: || view! { <crate::chat::ThreadPane /> }.into_any(),
        profile: || view! { <crate::contact::Panel /> }.into_any(),
        load_profile: Desk::fetch_profile,
        read_profile: Desk::read_profile,
        goto_within: Desk::goto_within,
    }
}

#[wasm_split(over, wasm_split_path = leptos::wasm_split, fallible)]
fn over() -> Result<Over, Missing> {
    Ok(Over {
        narrowed: || view! { <crate::inbox::Narrowed /> }.into_any(),
        dialogs: || {
            view! {
                <crate::search::Palette />
                <crate::desk::Help />
                <crate::team::TeamDialog />
                <crate::desk::AccountDialog />
                <crate::note::Reminder />
            }
            .into_any()
        },
        chime: crate::ui::chime::chime,
    })
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

thread_local! {
    static FETCHED: Cell<Option<Parts>> = const { Cell::new(None) };
    static FETCHED_OVER: Cell<Option<Over>> = const { Cell::new(None) };
}

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

fn there() -> Option<Parts> {
    if cfg!(feature = "ssr") { Some(all()) } else { FETCHED.get() }
}

/// The parts, fetched unless they are there.
///
/// # Errors
/// When their file does not come.
pub async fn parts_there() -> Result<Parts, Missing> {
    match there() {
        Some(parts) => Ok(parts),
        None => fetch().await,
    }
}

/// Does something with the parts: now, where they are there, or when they have come.
pub fn with_parts(run: impl FnOnce(Parts) + 'static) {
    match there() {
        Some(parts) => run(parts),
        None => spawn_local(async move {
            if let Ok(parts) = fetch().await {
                run(parts);
            }
        }),
    }
}

/// Sounds an alert; the code for it is fetched where it is not there yet.
pub fn chime() {
    match FETCHED_OVER.get() {
        Some(over) => (over.chime)(),
        None => spawn_local(async {
            if let Ok(over) = over().await {
                FETCHED_OVER.set(Some(over));
                (over.chime)();
            }
        }),
    }
}

/// The parts as far as they are there, for every [`Part`] of a desk.
#[derive(Clone, Copy)]
pub struct Later {
    parts: RwSignal<Option<Parts>>,
    over: RwSignal<Option<Over>>,
    missing: RwSignal<bool>,
}

impl Later {
    /// Fetches them unless they are there. `path` is the page's address.
    pub fn new(path: &str) -> Self {
        let there = if cfg!(feature = "ssr") { rendered(path).then(all) } else { FETCHED.get() };
        // The server renders nothing of what opens over them.
        let over = if cfg!(feature = "ssr") { None } else { FETCHED_OVER.get() };
        let later = Self { parts: RwSignal::new(there), over: RwSignal::new(over), missing: RwSignal::new(false) };
        Effect::new(move |_| later.fetch());
        later
    }

    fn fetch(self) {
        let _ = self.missing.try_set(false);
        spawn_local(async move {
            let missing = self.fill().await.is_err();
            let _ = self.missing.try_set(missing);
        });
    }

    async fn fill(self) -> Result<(), Missing> {
        if self.parts.try_with_untracked(Option::is_none) == Some(true) {
            let _ = self.parts.try_set(Some(fetch().await?));
        }
        if self.over.try_with_untracked(Option::is_none) == Some(true) {
            let over = over().await?;
            FETCHED_OVER.set(Some(over));
            let _ = self.over.try_set(Some(over));
        }
        Ok(())
    }
}

/// Shows a part, and until its code is there the `fallback`.
#[component]
pub fn Part(of: fn(&Parts) -> Build, #[prop(optional)] fallback: Option<fn() -> AnyView>) -> impl IntoView {
    let later = expect_context::<Later>();
    move || match later.parts.get() {
        Some(parts) => of(&parts)(),
        None => fallback.map(|fallback| fallback()).into_any(),
    }
}

/// Shows a part of what opens over the others, as soon as its code is there.
#[component]
pub fn OverPart(of: fn(&Over) -> Build) -> impl IntoView {
    let later = expect_context::<Later>();
    move || later.over.get().map(|over| of(&over)())
}

/// Says when the parts could not be fetched.
#[component]
pub fn Unfetched() -> impl IntoView {
    let later = expect_context::<Later>();
    view! {
        <Show when=move || later.missing.get()>
            <p class="connection" role="alert">
                "A part of this page could not be loaded. "
                <button type="button" class="link" on:click=move |_| later.fetch()>"Try again"</button>
            </p>
        </Show>
    }
    .into_any()
}
