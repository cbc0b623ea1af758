//! What the customer is called, at the profile's head: edited in place.

use super::api;
use crate::desk::Desk;
use crate::ui::Show;
use domain::ChatId;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The name; where it may be changed, a click edits it. Enter and leaving the field save it, Escape leaves it as it was.
#[component]
pub(super) fn Name() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let known = Memo::new(move |_| desk.profile.with(|profile| profile.as_ref().map(|profile| profile.name.clone())));
    let name = move || known.get().flatten().unwrap_or_default();
    let editing = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    let button = NodeRef::<html::Button>::new();
    // The keyboard is where the name was.
    let back = RwSignal::new(false);
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
            input.select();
        }
    });
    Effect::new(move |_| {
        if let Some(button) = button.get()
            && back.get_untracked()
        {
            back.set(false);
            let _ = button.focus();
        }
    });
    // What was typed about one customer is not shown with another.
    Effect::new(move |was: Option<Option<ChatId>>| {
        let chat = desk.chat();
        if was.is_some_and(|was| was != chat) {
            editing.set(false);
            typed.set(String::new());
        }
        chat
    });
    let edit = move |_| {
        typed.set(untrack(name));
        editing.set(true);
    };
    let save = move || {
        // Taken away, the field loses the focus once more.
        if editing.try_get_untracked() != Some(true) {
            return;
        }
        editing.set(false);
        let (before, after) = (untrack(name), typed.get_untracked().trim().to_owned());
        let Some(chat) = untrack(|| desk.chat()).filter(|_| !after.is_empty() && after != before) else { return };
        show(desk, &after);
        spawn_local(async move {
            if let Err(error) = api::rename_contact(chat, after).await {
                if untrack(|| desk.chat()) == Some(chat) {
                    show(desk, &before);
                }
                desk.failed(&error);
            }
        });
    };
    let pressed = move |event: KeyboardEvent| {
        let key = event.key();
        if event.is_composing() || (key != "Enter" && key != "Escape") {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        back.set(true);
        if key == "Enter" { save() } else { editing.set(false) }
    };
    let shown = move || {
        if editing.get() {
            return view! {
                <input node_ref=input class="called" aria-label="Name" dir="auto" maxlength="120" bind:value=typed
                    on:keydown=pressed on:blur=move |_| save() />
            }
            .into_any();
        }
        let (name, empty) = (name(), name().is_empty());
        if desk.watches() {
            return view! { <p class="called" dir="auto">{name}</p> }.into_any();
        }
        let label = if empty { "Add a name".to_owned() } else { format!("Name: {name}") };
        let words = if empty { "Add a name …".to_owned() } else { name };
        view! {
            <button node_ref=button type="button" class="called" data-empty=empty.to_string() dir="auto" aria-label=label
                title="Change the name" on:click=edit>{words}</button>
        }
        .into_any()
    };
    view! { <Show when=move || known.with(Option::is_some)>{shown}</Show> }.into_any()
}

fn show(desk: Desk, name: &str) {
    desk.profile.update(|profile| {
        if let Some(profile) = profile {
            profile.name = (!name.is_empty()).then(|| name.to_owned());
        }
    });
}
