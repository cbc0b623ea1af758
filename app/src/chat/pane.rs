//! The middle column: the open chat, or why there is none.

use super::composer::Foot;
use super::header::Header;
use super::held::Held;
use super::log::Log;
use super::pass::PassDialog;
use super::resolve::ResolveDialog;
use crate::desk::{Desk, Open};
use crate::ui::Show;
use leptos::prelude::*;

#[derive(Clone, PartialEq, Eq)]
enum Face {
    Nothing,
    Loading,
    Thread(domain::ChatId),
    Held,
    Lost,
    Failed(domain::ChatId, String),
}

/// The middle column.
#[component]
pub fn ThreadPane() -> impl IntoView {
    let desk = expect_context::<Desk>();
    crate::reply::follow(desk);
    crate::outcome::follow(desk);
    let face = Memo::new(move |_| {
        desk.open.with(|open| match open {
            Open::Nothing => Face::Nothing,
            Open::Loading(_) => Face::Loading,
            Open::Thread(thread) => Face::Thread(thread.chat()),
            Open::Held(_) => Face::Held,
            Open::Lost(_) => Face::Lost,
            Open::Failed(chat, why) => Face::Failed(*chat, why.clone()),
        })
    });
    view! {
        <main class="thread">
            {move || match face.get() {
                Face::Nothing => view! {
                    <div class="blank">
                        <p>"Open a chat on the left."</p>
                        <p class="dim">"Press "<kbd>"?"</kbd>" for the keyboard."</p>
                    </div>
                }.into_any(),
                Face::Loading => view! { <div class="blank" aria-busy="true"><p class="dim">"Opening …"</p></div> }.into_any(),
                Face::Thread(_) => view! { <Header /><Log /><Foot /><ResolveDialog /><PassDialog /> }.into_any(),
                Face::Held => view! { <Held /><ResolveDialog /><PassDialog /> }.into_any(),
                Face::Lost => view! { <Lost /> }.into_any(),
                Face::Failed(chat, why) => view! {
                    <div class="blank" role="alert">
                        <p>{why}</p>
                        <button type="button" class="button" on:click=move |_| desk.load(chat)>"Try again"</button>
                    </div>
                }.into_any(),
            }}
        </main>
    }
    .into_any()
}

/// The chat went out of sight: nothing of it is left but what was typed.
#[component]
fn Lost() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let typed = Memo::new(move |_| desk.typed());
    view! {
        <div class="blank" role="alert">
            <p><b>"This chat is now with another member."</b></p>
            <p class="dim">"It comes back into view when they resolve it."</p>
            <Show when=move || typed.with(|typed| !typed.is_empty())>
                <label class="kept">"What you typed"<textarea readonly prop:value=typed></textarea></label>
            </Show>
            <a class="button" href="/chats/active">"Back to the list"</a>
        </div>
    }
    .into_any()
}
