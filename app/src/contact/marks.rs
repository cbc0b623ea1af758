//! Opt-in and blocking, in the part of the profile that is one click away.

use super::api;
use crate::desk::Desk;
use crate::ui::time::{Style, Time};
use crate::ui::{Dialog, Show};
use domain::contact::{Opted, Profile};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The two lines, with what can be done about them.
#[component]
pub(super) fn Marks(profile: Profile, asking: RwSignal<bool>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let Profile { opted, blocked, .. } = profile;
    let may = move || {
        let free = desk.row().is_some_and(|row| row.holder.is_none());
        desk.holds() || free
    };
    let may_block = move || desk.holds() || (may() && desk.me.with(|me| me.member.role.supervises()));
    let opt = move |to: Opted| {
        if let Some(chat) = untrack(|| desk.chat()) {
            done(desk, api::set_opted(chat, to));
        }
    };
    let words = match opted {
        None => view! { "Not asked" }.into_any(),
        Some((Opted::In, at)) => view! { "In since "<Time at style=Style::Full /> }.into_any(),
        Some((Opted::Out, at)) => view! { "Out since "<Time at style=Style::Full /> }.into_any(),
    };
    let opted = opted.map(|(opted, _)| opted);
    let button = move |to: Opted, words: &'static str| {
        (opted != Some(to))
            .then(|| view! { <button type="button" class="link" on:click=move |_| opt(to)>{words}</button> })
    };
    view! {
        <dt>"Campaigns"</dt>
        <dd>{words}<Show when=may><span class="marks">{button(Opted::In, "Opt in")}{button(Opted::Out, "Opt out")}</span></Show></dd>
        <dt>"Blocked"</dt>
        <dd>
            {match blocked { Some(at) => view! { "Since "<Time at style=Style::Full /> }.into_any(), None => view! { "No" }.into_any() }}
            <Show when=may_block>
                <span class="marks">
                    {if blocked.is_some() {
                        view! { <button type="button" class="link" on:click=move |_| block(desk, false)>"Unblock"</button> }.into_any()
                    } else {
                        view! { <button type="button" class="link" on:click=move |_| asking.set(true)>"Block …"</button> }.into_any()
                    }}
                </span>
            </Show>
        </dd>
    }
    .into_any()
}

/// Asks before a customer is blocked. Not within what is drawn anew whenever the profile is loaded: it would be gone while
/// somebody reads it.
#[component]
pub(super) fn BlockDialog(asking: RwSignal<bool>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    view! {
        <Dialog title="Block this customer" open=asking on_close=Callback::new(move |()| asking.set(false))>
            <div class="form">
                <p>"Nothing is sent to them any more, the bot does not answer, and they get no person. What they write is kept. WhatsApp is not told: they can still write."</p>
                <footer>
                    <button type="button" class="button" on:click=move |_| asking.set(false)>"Cancel"</button>
                    <button type="button" class="button danger" on:click=move |_| { asking.set(false); block(desk, true) }>"Block"</button>
                </footer>
            </div>
        </Dialog>
    }
    .into_any()
}

fn block(desk: Desk, blocked: bool) {
    if let Some(chat) = untrack(|| desk.chat()) {
        done(desk, api::set_blocked(chat, blocked));
    }
}

fn done(desk: Desk, work: impl Future<Output = Result<(), crate::AppError>> + 'static) {
    spawn_local(async move {
        if let Err(error) = work.await {
            desk.failed(&error);
        }
    });
}
