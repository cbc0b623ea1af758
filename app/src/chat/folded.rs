//! What a customer wrote under another identity, before it was known that the two are one: within the thread.

use super::bubble::Bubble;
use crate::chat::api;
use crate::desk::Desk;
use crate::ui::{For, Show};
use domain::ContactId;
use domain::message::Message;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A button, and once it was pressed the messages, page by page.
#[component]
pub fn Folded(contact: ContactId) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let me = desk.me.with_untracked(|me| me.member.id);
    let messages = RwSignal::new(Vec::<Message>::new());
    let (opened, older) = (RwSignal::new(false), RwSignal::new(true));
    let section = NodeRef::<html::Section>::new();
    // Further back: one page, or as many as it takes to a place that is jumped to.
    let load = move |to: Option<i64>| {
        let Some(chat) = untrack(|| desk.chat()) else { return };
        spawn_local(async move {
            loop {
                let first = messages.try_with_untracked(|messages| messages.first().map(|message| message.seq));
                let Some(first) = first else { return };
                if let Some(place) = to.filter(|place| first.is_some_and(|first| first <= *place)) {
                    return light(section, place);
                }
                match api::folded_messages(chat, contact, first).await {
                    Ok((page, more)) => {
                        let end = to.is_none() || page.is_empty();
                        let _ = messages.try_update(|messages| drop(messages.splice(0..0, page)));
                        let _ = older.try_set(more);
                        let _ = opened.try_set(true);
                        if end {
                            return;
                        }
                    }
                    Err(error) => return desk.failed(&error),
                }
            }
        });
    };
    Effect::new(move |_| {
        if let Some(within) = desk.within.get().filter(|within| within.contact == contact) {
            desk.within.set(None);
            load(Some(within.seq));
        }
    });
    view! {
        <div class="folded" data-folded="">
            <Show when=move || older.get()>
                <button type="button" class="link" on:click=move |_| load(None)>
                    {move || if opened.get() { "Show older" } else { "Show what they wrote there" }}
                </button>
            </Show>
            <Show when=move || opened.get()>
                <section aria-label="Messages under the other identity" node_ref=section>
                    <For each=move || messages.get() key=|message| message.id let:message>
                        <Bubble mine={message.member.as_ref().is_some_and(|member| member.id == me)} message />
                    </For>
                </section>
            </Show>
        </div>
    }
    .into_any()
}

/// Scrolls to a place among them and lights it up for a moment.
fn light(section: NodeRef<html::Section>, seq: i64) {
    request_animation_frame(move || {
        let Some(Some(section)) = section.try_get_untracked() else { return };
        if let Ok(Some(place)) = section.query_selector(&format!("[data-seq='{seq}']")) {
            super::log::light_up(&place);
        }
    });
}
