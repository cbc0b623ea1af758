//! E-mail and password; in a demo one click as each member.

use super::api;
use crate::ui::{Avatar, browser};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_query_map;

/// `/sign-in?then=<address>`
#[component]
pub fn SignInPage() -> impl IntoView {
    let query = use_query_map();
    let then = move || {
        let then = query.with_untracked(|query| query.get("then")).unwrap_or_default();
        // Only to a page of ours.
        let ours = ["/chats", "/manage", "/contacts"].iter().any(|start| then.starts_with(start));
        if ours { then } else { "/chats/active".into() }
    };
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let members = Resource::new_str_blocking(
        || (),
        |()| async {
            let members = api::demo_members().await.unwrap_or_default();
            serde_json::to_string(&members).unwrap_or_default()
        },
    );
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match api::sign_in(email.get_untracked(), password.get_untracked()).await {
                Ok(()) => browser::go(&then()),
                Err(error) => {
                    problem.set(Some(error.to_string()));
                    busy.set(false);
                }
            }
        });
    };
    let demo = move |member: domain::MemberId| {
        busy.set(true);
        spawn_local(async move {
            match api::sign_in_demo(member).await {
                Ok(()) => browser::go(&then()),
                Err(error) => {
                    problem.set(Some(error.to_string()));
                    busy.set(false);
                }
            }
        });
    };
    view! {
        <main class="sign-in">
            <div class="card">
                <span class="logo" aria-hidden="true">"B"</span>
                <h1>"Sign in to Baton"</h1>
                <form class="form" on:submit=submit>
                    <label>"E-mail"<input type="email" name="email" autocomplete="username" required bind:value=email /></label>
                    <label>"Password"<input type="password" name="password" autocomplete="current-password" required bind:value=password /></label>
                    <p class="problem" role="alert">{move || problem.get()}</p>
                    <button class="button primary big" disabled=move || busy.get()>"Sign in"</button>
                </form>
                <Suspense>
                    {move || Suspend::new(async move {
                        let text = members.await;
                        let members: Vec<api::DemoMember> = crate::json::read(text.as_bytes()).unwrap_or_default();
                        (!members.is_empty()).then(|| view! {
                            <h2>"This is a demo: come in as"</h2>
                            <ul class="demo-members">
                                {members.into_iter().map(|member| {
                                    let id = member.id;
                                    view! {
                                        <li><button type="button" disabled=move || busy.get() on:click=move |_| demo(id)>
                                            <Avatar name=member.name.clone() id=id.0.as_u128() />
                                            <b>{member.name}</b><span>{member.role}</span>
                                        </button></li>
                                    }
                                }).collect_view()}
                            </ul>
                        })
                    })}
                </Suspense>
            </div>
        </main>
    }
}
