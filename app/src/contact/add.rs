//! Adding a contact by hand: a dialog for any page of Manage.

use super::api;
use crate::manage::Manage;
use crate::ui::Dialog;
use domain::contact::{Draft, LONGEST_SOURCE, Opted};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Shown while `open`.
#[component]
pub fn AddContact(open: RwSignal<bool>) -> impl IntoView {
    let close = Callback::new(move |()| open.set(false));
    view! {
        <Dialog title="Add contact" open on_close=close><Form open /></Dialog>
    }
    .into_any()
}

#[component]
fn Form(open: RwSignal<bool>) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let text = || RwSignal::new(String::new());
    let (phone, name, source, opted, problem) = (text(), text(), text(), text(), RwSignal::new(None::<String>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let draft = Draft {
            phone: phone.get_untracked(),
            name: name.get_untracked(),
            source: source.get_untracked(),
            opted: opted.get_untracked().parse::<Opted>().ok(),
        };
        let told = if draft.name.trim().is_empty() { draft.phone.clone() } else { draft.name.clone() };
        spawn_local(async move {
            match api::add_contact(draft).await {
                Ok(_) => {
                    let _ = open.try_set(false);
                    manage.toasts.say(format!("{told} is a contact now."));
                }
                Err(error) => drop(problem.try_set(Some(error.to_string()))),
            }
        });
    };
    view! {
        <form class="form" on:submit=submit>
            <label>"Phone number, with its country code"
                <input type="tel" required autofocus placeholder="+55 11 98765-4321" autocomplete="off" bind:value=phone />
            </label>
            <label>"Name"<input maxlength="120" autocomplete="off" bind:value=name /></label>
            <label>"Where they came from"<input maxlength=LONGEST_SOURCE.to_string() placeholder="Added by hand" bind:value=source /></label>
            <label>"Campaigns"
                <select on:change=move |event| opted.set(event_target_value(&event))>
                    <option value="">"Not asked"</option>
                    <option value="in">"They want them"</option>
                    <option value="out">"They do not want them"</option>
                </select>
            </label>
            <p class="problem" role="alert">{move || problem.get()}</p>
            <footer>
                <button type="button" class="button" on:click=move |_| open.set(false)>"Cancel"</button>
                <button class="button primary">"Add"</button>
            </footer>
        </form>
    }
    .into_any()
}
