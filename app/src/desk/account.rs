//! The member's own corner: presence, sound, notifications, theme, password, sign-out.

use crate::desk::Desk;
use crate::sign_in::api;
use crate::ui::{Avatar, Dialog, browser};
use domain::member::Presence;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The button at the rail's end.
#[component]
pub fn Account() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let available = Memo::new(move |_| desk.me.with(|me| me.member.presence == Presence::Available));
    let member = desk.me.get_untracked().member;
    let presence_word = move || if available.get() { "Available" } else { "Away" };
    let switch = move |_| desk.be(if available.get_untracked() { Presence::Away } else { Presence::Available });
    let label = format!("Account of {}", member.name);
    view! {
        <div class="account">
            <button type="button" class="presence" role="switch" aria-checked=move || available.get().to_string()
                title="Available members are alerted when somebody waits" on:click=switch>
                <i data-on=move || available.get().to_string()></i>
                <span>{presence_word}</span>
            </button>
            <button type="button" class="me" aria-haspopup="dialog" aria-label=label on:click=move |_| desk.account.set(true)>
                <Avatar name=member.name.clone() id=member.id.0.as_u128() />
            </button>
        </div>
    }
    .into_any()
}

/// What is behind it.
#[component]
pub fn AccountDialog() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let password = RwSignal::new(false);
    let member = desk.me.get_untracked().member;
    let (name, role) = (member.name.clone(), member.role.title());
    let close = move || desk.account.set(false);
    view! {
        <Dialog title=name open=desk.account on_close=Callback::new(move |()| close())>
            <p class="dim">{role}" · "{desk.me.with_untracked(|me| me.workspace.clone())}</p>
            <Preference name="sound" label="Sound when somebody waits" on_by_default=true />
            <Preference name="notify" label="Browser notifications (without names or text)" on_by_default=false />
            <Theme />
            <footer>
                <button type="button" class="button" on:click=move |_| { close(); desk.help.set(true) }>"Keyboard"</button>
                <button type="button" class="button" on:click=move |_| { close(); password.set(true) }>"Change password"</button>
                <button type="button" class="button" on:click=move |_| sign_out()>"Sign out"</button>
            </footer>
        </Dialog>
        <ChangePassword open=password />
    }
    .into_any()
}

fn sign_out() {
    spawn_local(async {
        let _ = api::sign_out().await;
        browser::go("/sign-in");
    });
}

#[component]
fn Preference(name: &'static str, label: &'static str, on_by_default: bool) -> impl IntoView {
    let on = RwSignal::new(browser::preference(name).map_or(on_by_default, |word| word == "on"));
    let change = move |_| {
        on.update(|on| *on = !*on);
        let now_on = on.get_untracked();
        browser::set_preference(name, if now_on { "on" } else { "off" });
        if name == "notify" && now_on {
            browser::ask_to_notify();
        }
    };
    view! {
        <label class="choice">
            <input type="checkbox" prop:checked=on on:change=change />
            <span>{label}</span>
        </label>
    }
}

#[component]
fn Theme() -> impl IntoView {
    let theme = RwSignal::new(browser::preference("theme").unwrap_or_else(|| "system".into()));
    let pick = move |word: &'static str| {
        theme.set(word.into());
        browser::set_theme(word);
    };
    view! {
        <div class="segments" role="radiogroup" aria-label="Theme">
            {["system", "light", "dark"].map(|word| view! {
                <button type="button" role="radio" aria-checked=move || (theme.get() == word).to_string() on:click=move |_| pick(word)>
                    {word}
                </button>
            })}
        </div>
    }
}

#[component]
fn ChangePassword(open: RwSignal<bool>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let (old, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<String>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            match api::change_password(old.get_untracked(), new.get_untracked()).await {
                Ok(()) => {
                    open.set(false);
                    desk.toasts.say("Your password is changed. Every other session has ended.");
                }
                Err(error) => problem.set(Some(error.to_string())),
            }
        });
    };
    view! {
        <Dialog title="Change password" open on_close=Callback::new(move |()| open.set(false))>
            <form class="form" on:submit=submit>
                <label>"Old password"<input type="password" autocomplete="current-password" required bind:value=old /></label>
                <label>"New password"<input type="password" autocomplete="new-password" minlength="8" required bind:value=new /></label>
                <p class="problem" role="alert">{move || problem.get()}</p>
                <footer><button class="button primary">"Change"</button></footer>
            </form>
        </Dialog>
    }
    .into_any()
}
