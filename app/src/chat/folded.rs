//! What a customer wrote under another identity, before it was known that the two are one: within the thread.

use super::bubble::Bubble;
use crate::chat::api;
use crate::desk::Desk;
use domain::ContactId;
use domain::message::Message;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A button, and once it was pressed the messages, page by page.
#[component]
pub fn Folded(contact: ContactId) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let me = desk.me.with_untracked(|me| me.member.id);
    let messages = RwSignal::new(Vec::<Message>::new());
    let (opened, older) = (RwSignal::new(false), RwSignal::new(true));
    let load = move |_| {
        let Some(chat) = untrack(|| desk.chat()) else { return };
        let before = messages.with_untracked(|messages| messages.first().map(|message| message.seq));
        spawn_local(async move {
            match api::folded_messages(chat, contact, before).await {
                Ok((page, more)) => {
                    let _ = messages.try_update(|messages| drop(messages.splice(0..0, page)));
                    let _ = older.try_set(more);
                    let _ = opened.try_set(true);
                }
                Err(error) => desk.failed(&error),
            }
        });
    };
    view! {
        <div class="folded" data-folded="">
            <Show when=move || older.get()>
                <button type="button" class="link" on:click=load>
                    {move || if opened.get() { "Show older" } else { "Show what they wrote there" }}
                </button>
            </Show>
            <Show when=move || opened.get()>
                <section aria-label="Messages under the other identity">
                    <For each=move || messages.get() key=|message| message.id let:message>
                        <Bubble mine={message.member.as_ref().is_some_and(|member| member.id == me)} message />
                    </For>
                </section>
            </Show>
        </div>
    }
    .into_any()
}
