//! The narrow bar at the left: where one can go.

use crate::desk::Desk;
use crate::ui::{Icon, Show};
use domain::chat::Queue;
use leptos::prelude::*;

/// Live chat, History, the simulator's phone in a demo, and the account.
#[component]
pub fn Rail(children: Children) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let in_history = move || desk.place.get().0 == Queue::History;
    let here = move |yes: bool| yes.then_some("page");
    view! {
        <nav class="rail" aria-label="Main">
            <a class="logo" href="/chats/active" aria-label="Baton">"B"</a>
            <a href="/chats/active" aria-label="Live chat" title="Live chat" aria-current=move || here(!in_history())>
                <Icon name="chats" />
            </a>
            <a href="/chats/history" aria-label="History" title="History" aria-current=move || here(in_history())>
                <Icon name="history" />
            </a>
            <Show when=move || desk.me.with(|me| me.member.role.supervises())>
                <a href="/contacts" rel="external" aria-label="Contacts" title="Contacts"><Icon name="person" /></a>
            </Show>
            <button type="button" aria-label="Team" title="Team" aria-haspopup="dialog" on:click=move |_| desk.team.set(true)>
                <Icon name="team" />
            </button>
            <a href="/manage/replies" rel="external" aria-label="Manage" title="Manage">
                <Icon name="manage" />
            </a>
            <Show when=move || desk.me.with(|me| me.demo)>
                <a href="/simulator" target="_blank" rel="external noopener" aria-label="Simulator" title="Be a customer: the simulator's phone">
                    <Icon name="phone" />
                </a>
            </Show>
            {children()}
        </nav>
    }
    .into_any()
}
