//! A file before it is sent: what it is, and a way to take it off.

use crate::ui::Icon;
use domain::media::{File, Kind};
use leptos::prelude::*;

/// A file by its picture, name, kind and size. `plain` is without the picture, for a file that is about to be a message's.
#[component]
pub fn Chip(
    file: File,
    #[prop(optional)] on_remove: Option<Callback<()>>,
    #[prop(optional)] plain: bool,
) -> impl IntoView {
    let broken = RwSignal::new(plain || file.kind() != Kind::Image);
    let address = format!("/media/{}", file.id);
    let picture = move || {
        if broken.get() {
            return view! { <Icon name="file" /> }.into_any();
        }
        view! { <img src=address.clone() alt="" on:error=move |_| broken.set(true) /> }.into_any()
    };
    let about = format!("{} · {}", file.word(), file.size_words());
    let label = format!("Take off the file {}", file.name);
    let remove = on_remove.map(|remove| {
        view! {
            // The text keeps the focus, and with it its way to be saved.
            <button type="button" class="quiet" aria-label=label on:mousedown=|event| event.prevent_default()
                on:click=move |_| remove.run(())><Icon name="close" /></button>
        }
    });
    view! {
        <div class="file" role="group" aria-label="File">
            {picture}
            <span class="what"><b dir="auto">{file.name.clone()}</b><small>{about}</small></span>
            {remove}
        </div>
    }
    .into_any()
}
