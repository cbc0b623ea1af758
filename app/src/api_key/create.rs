//! The dialog that makes a key: name and scopes, then the key, shown once.

use super::api;
use crate::ui::{Dialog, browser};
use domain::api_key::Scope;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Opens from the keys' page.
#[component]
pub(super) fn CreateDialog(open: RwSignal<bool>) -> impl IntoView {
    let key = RwSignal::new(None::<String>);
    let name = RwSignal::new(String::new());
    let scopes = RwSignal::new(Vec::<Scope>::new());
    let per_minute = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let calls = per_minute.with_untracked(|calls| match calls.trim() {
            "" => Ok(None),
            calls => calls.parse().map(Some),
        });
        let Ok(calls) = calls else {
            return problem.set(Some("Calls a minute are a whole number.".into()));
        };
        busy.set(true);
        spawn_local(async move {
            match api::create_api_key(name.get_untracked(), scopes.get_untracked(), calls).await {
                Ok(made) => {
                    key.set(Some(made));
                    problem.set(None);
                }
                Err(error) => problem.set(Some(error.to_string())),
            }
            busy.set(false);
        });
    };
    // The key is shown once: nothing of it stays.
    let close = Callback::new(move |()| {
        open.set(false);
        key.set(None);
        name.set(String::new());
        scopes.set(Vec::new());
        per_minute.set(String::new());
        problem.set(None);
    });
    let title =
        Signal::derive(move || if key.with(Option::is_some) { "Your new key" } else { "New API key" }.to_owned());
    view! {
        <Dialog title open on_close=close>
            {move || match key.get() {
                Some(key) => view! { <Key key close /> }.into_any(),
                None => view! {
                    <form class="form" on:submit=submit>
                        <label>"Name"<input maxlength="60" required autocomplete="off" placeholder="What will call with it: Webshop, CRM …" bind:value=name /></label>
                        <fieldset class="scope-list">
                            <legend>"It may"</legend>
                            {Scope::ALL.iter().map(|scope| view! { <Choice scope=*scope scopes /> }).collect_view()}
                        </fieldset>
                        <label>"Calls a minute"<input inputmode="numeric" maxlength="7" autocomplete="off" placeholder="As many as this server allows" bind:value=per_minute /></label>
                        <p class="problem" role="alert">{move || problem.get()}</p>
                        <footer><button class="button primary" disabled=busy>"Make the key"</button></footer>
                    </form>
                }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Choice(scope: Scope, scopes: RwSignal<Vec<Scope>>) -> impl IntoView {
    let chosen = move || scopes.with(|scopes| scopes.contains(&scope));
    let change = move |event: leptos::ev::Event| {
        let checked = event_target_checked(&event);
        scopes.update(|scopes| {
            scopes.retain(|one| *one != scope);
            if checked {
                scopes.push(scope);
            }
        });
    };
    view! {
        <label class="choice">
            <input type="checkbox" prop:checked=chosen on:change=change />
            <span>{scope.about()}" "<code>{scope.as_str()}</code></span>
        </label>
    }
    .into_any()
}

#[component]
fn Key(key: String, close: Callback<()>) -> impl IntoView {
    let copied = RwSignal::new(false);
    let field = NodeRef::<html::Input>::new();
    let value = key.clone();
    let copy = move |_| {
        if let Some(field) = field.get_untracked() {
            field.select();
        }
        copied.set(browser::copy(&key));
    };
    view! {
        <div class="form">
            <p>"Copy it now and keep it where your system finds it. It is not shown again; Baton keeps only its fingerprint."</p>
            <input class="secret" node_ref=field readonly aria-label="API key" value=value />
            <footer>
                <button type="button" class="button" on:click=move |_| close.run(())>"Done"</button>
                <button type="button" class="button primary" on:click=copy>
                    {move || if copied.get() { "Copied" } else { "Copy the key" }}
                </button>
            </footer>
        </div>
    }
    .into_any()
}
