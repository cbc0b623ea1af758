//! A chat that somebody else holds, as a supervisor finds it: who and since when, and what can be done.

use crate::desk::Desk;
use crate::ui::{Avatar, Icon, Show};
use domain::chat::Row;
use domain::journey::duration;
use leptos::prelude::*;

/// Fills the middle column in place of the thread.
#[component]
pub fn Held() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let row = Memo::new(move |_| desk.row());
    let typed = Memo::new(move |_| desk.typed());
    let back = move || format!("/chats/{}", desk.place.get().0);
    view! {
        <div class="blank held-chat">
            <a class="back" href=back aria-label="Back to the list"><Icon name="back" /></a>
            {move || row.get().map(|row| view! { <Standing row /> })}
            <div class="choices">
                <Show when=move || desk.me.with(|me| me.may_watch)>
                    <button type="button" class="button" on:click=move |_| desk.watch()>"Watch"</button>
                </Show>
                <button type="button" class="button" on:click=move |_| desk.take_over()>"Take over"</button>
                <button type="button" class="button" data-pass="" on:click=move |_| desk.passing.set(true)>"Pass on"<kbd>"T"</kbd></button>
                <button type="button" class="button" data-resolve="" on:click=move |_| desk.resolving.set(true)>"Resolve"<kbd>"E"</kbd></button>
            </div>
            <p class="dim">
                <Show when=move || desk.me.with(|me| me.may_watch)>
                    "Watching is noted in the audit log; the customer and the agent do not notice it. "
                </Show>
                "Whoever is taken over from stops seeing the chat at once."
            </p>
            <Show when=move || typed.with(|typed| !typed.is_empty())>
                <label class="kept">"What you typed"<textarea readonly prop:value=typed></textarea></label>
            </Show>
        </div>
    }
    .into_any()
}

#[component]
fn Standing(row: Row) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (face, name) = row.holder.map_or((0, "somebody".to_owned()), |holder| (holder.id.0.as_u128(), holder.name));
    let since = move || row.held_since.map(|at| format!("for {}", duration((desk.clock.now.get() - at).num_seconds())));
    let waits = move || match row.unanswered_since {
        Some(at) => {
            format!("The customer waits for an answer for {}.", duration((desk.clock.now.get() - at).num_seconds()))
        }
        None => "The customer's last message is answered.".to_owned(),
    };
    view! {
        <Avatar name=name.clone() id=face />
        <h1>"With "{name}</h1>
        <p class="dim">{since}</p>
        <p>{waits}</p>
    }
}
