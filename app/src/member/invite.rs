//! The dialog that invites somebody: address and role, then the link, shown once.

use super::api;
use crate::ui::{Dialog, browser};
use domain::member::Role;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Opens from the members' page.
#[component]
pub fn InviteDialog(open: RwSignal<bool>) -> impl IntoView {
    let link = RwSignal::new(None::<String>);
    let email = RwSignal::new(String::new());
    let role = RwSignal::new(Role::Agent);
    let problem = RwSignal::new(None::<String>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            match api::invite_member(email.get_untracked(), role.get_untracked()).await {
                Ok(token) => {
                    link.set(Some(format!("{}/join/{token}", browser::origin())));
                    problem.set(None);
                }
                Err(error) => problem.set(Some(error.to_string())),
            }
        });
    };
    // The link is shown once: nothing of it stays.
    let close = Callback::new(move |()| {
        open.set(false);
        link.set(None);
        email.set(String::new());
        problem.set(None);
    });
    view! {
        <Dialog title="Invite somebody" open on_close=close>
            {move || match link.get() {
                Some(link) => view! { <Link link whom=email.get_untracked() /> }.into_any(),
                None => view! {
                    <form class="form" on:submit=submit>
                        <label>"E-mail"<input type="email" autocomplete="off" required bind:value=email /></label>
                        <div class="segments" role="radiogroup" aria-label="Role">
                            {Role::ALL.iter().rev().map(|one| view! {
                                <button type="button" role="radio" aria-checked=move || (role.get() == *one).to_string()
                                    on:click=move |_| role.set(*one)>{one.title()}</button>
                            }).collect_view()}
                        </div>
                        <p class="problem" role="alert">{move || problem.get()}</p>
                        <footer><button class="button primary">"Make a link"</button></footer>
                    </form>
                }.into_any(),
            }}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Link(link: String, whom: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let field = NodeRef::<html::Input>::new();
    let value = link.clone();
    let copy = move |_| {
        if let Some(field) = field.get_untracked() {
            field.select();
        }
        copied.set(browser::copy(&link));
    };
    view! {
        <div class="form">
            <p>"Send this link to "<b>{whom}</b>". It leads in once, for seven days, and is not shown again."</p>
            <input node_ref=field readonly aria-label="Link" value=value />
            <footer>
                <button type="button" class="button primary" on:click=copy>
                    {move || if copied.get() { "Copied" } else { "Copy the link" }}
                </button>
            </footer>
        </div>
    }
    .into_any()
}
