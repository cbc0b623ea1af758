//! Buttons that go with a message: in a bubble, and before it is sent.

use crate::desk::Desk;
use leptos::prelude::*;

/// A message's buttons.
pub fn buttons(titles: Vec<String>) -> AnyView {
    if titles.is_empty() {
        return ().into_any();
    }
    let titles = titles.into_iter().map(|title| view! { <li dir="auto">{title}</li> }).collect_view();
    view! { <ul class="choices" aria-label="Buttons">{titles}</ul> }.into_any()
}

/// The buttons that will go with what is typed; each can be taken off.
#[component]
pub fn Offered() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let row = move |title: String| {
        let label = format!("Take off the button {title}");
        let gone = title.clone();
        let take = move |_| desk.buttons.update(|titles| titles.retain(|title| *title != gone));
        view! {
           <li>
               {title}
               // The text keeps the focus, and with it its way to be saved.
               <button type="button" class="quiet" aria-label=label on:mousedown=|event| event.prevent_default()
                   on:click=take>"×"</button>
           </li>
        }
    };
    view! {
        <ul class="offered" aria-label="Buttons" hidden=move || desk.buttons.with(Vec::is_empty)>
            {move || desk.buttons.get().into_iter().map(row).collect_view()}
        </ul>
    }
    .into_any()
}
