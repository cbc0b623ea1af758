//! Where an invitation's link leads: a name, a password, and in.

use super::api;
use crate::AppError;
use crate::ui::browser;
use domain::member::Invited;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

/// `/join/<token>`
#[component]
pub fn JoinPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token").unwrap_or_default());
    let asked = token.clone();
    let loaded = Resource::new_str_blocking(
        || (),
        move |()| {
            let token = asked.clone();
            async move { serde_json::to_string(&api::look_at_invite(token).await).unwrap_or_default() }
        },
    );
    view! {
        <Title text="Join · Baton" />
        <main class="sign-in">
            <div class="card">
                <span class="logo" aria-hidden="true">"B"</span>
                <Suspense>
                    {move || {
                        let token = token.clone();
                        Suspend::new(async move {
                            let text = loaded.await;
                            let loaded: Result<Invited, AppError> =
                                crate::json::read(text.as_bytes()).unwrap_or(Err(AppError(domain::Error::Internal)));
                            match loaded {
                                Ok(invited) => view! { <Join invited token /> }.into_any(),
                                Err(error) => view! {
                                    <h1>"This link leads nowhere"</h1>
                                    <p role="alert">{error.to_string()}</p>
                                    <a class="button" href="/sign-in" rel="external">"Sign in"</a>
                                }.into_any(),
                            }
                        })
                    }}
                </Suspense>
            </div>
        </main>
    }
    .into_any()
}

#[component]
fn Join(invited: Invited, token: String) -> impl IntoView {
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        let token = token.clone();
        spawn_local(async move {
            match api::join(token, name.get_untracked(), password.get_untracked()).await {
                Ok(()) => browser::go("/chats/active"),
                Err(error) => {
                    problem.set(Some(error.to_string()));
                    busy.set(false);
                }
            }
        });
    };
    view! {
        <h1>"Join "{invited.workspace}</h1>
        <p class="dim">{format!("You are invited as {}, with the address {}.", invited.role.title(), invited.email)}</p>
        <form class="form" on:submit=submit>
            <input type="hidden" name="email" autocomplete="username" value=invited.email.clone() />
            <label>"Your name, as colleagues and customers see it"
                <input name="name" autocomplete="name" required maxlength="120" bind:value=name />
            </label>
            <label>"Password, at least 8 characters"
                <input type="password" name="password" autocomplete="new-password" required minlength="8" bind:value=password />
            </label>
            <p class="problem" role="alert">{move || problem.get()}</p>
            <button class="button primary big" disabled=move || busy.get()>"Join"</button>
        </form>
    }
    .into_any()
}
