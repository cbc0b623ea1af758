//! Passing a chat on: to one member, who is asked to accept it, or back to everyone; with a note.

use super::resolve::choose;
use crate::desk::Desk;
use crate::team::api::team;
use crate::ui::{Avatar, Dialog};
use domain::chat::MemberName;
use domain::member::{Colleague, Presence};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Opens over the thread.
#[component]
pub fn PassDialog() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let people = RwSignal::new(None::<Result<Vec<Colleague>, String>>);
    let to = RwSignal::new(None::<MemberName>);
    Effect::new(move |_| {
        if desk.passing.get() {
            to.set(None);
            spawn_local(async move {
                let answer = team().await.map_err(|error| error.to_string());
                let _ = people.try_set(Some(answer));
            });
        }
    });
    let others = move || {
        let me = desk.me.with(|me| me.member.id);
        let holder = desk.row().and_then(|row| row.holder).map(|holder| holder.id);
        people.get().map(|people| {
            people.map(|people| {
                people
                    .into_iter()
                    .filter(|one| {
                        !one.deactivated
                            && Some(one.id) != holder
                            && (one.id != me || holder.is_some() && holder != Some(me))
                    })
                    .collect::<Vec<_>>()
            })
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        desk.pass(to.get_untracked());
    };
    // By keyboard: the arrows choose, Enter passes it on.
    let pressed = move |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            desk.pass(to.get_untracked());
        } else {
            choose(event);
        }
    };
    let label = move || match to.get() {
        Some(to) => format!("Pass to {}", to.name),
        None => "Pass to everyone".to_owned(),
    };
    view! {
        <Dialog title="Pass this chat on" open=desk.passing on_close=Callback::new(move |()| desk.passing.set(false))>
            <form class="form" on:submit=submit>
                <div class="people" role="radiogroup" aria-label="To" on:keydown=pressed>
                    <button type="button" role="radio" autofocus=true aria-checked=move || to.with(Option::is_none).to_string() on:click=move |_| to.set(None)>
                        <span class="avatar" data-hue="8" aria-hidden="true">"∗"</span>
                        <b>"Everyone"</b>
                        <span class="dim">"whoever is free first"</span>
                    </button>
                    {move || match others() {
                        None => view! { <p class="dim" aria-busy="true">"Loading …"</p> }.into_any(),
                        Some(Err(why)) => view! { <p class="problem" role="alert">{why}</p> }.into_any(),
                        Some(Ok(people)) => people.into_iter().map(|one| view! { <Person one to /> }).collect_view().into_any(),
                    }}
                </div>
                <label>"Note (the next agent reads it first)"<textarea rows="2" maxlength="2000" bind:value=desk.parting></textarea></label>
                <p class="dim">"The customer waits until somebody accepts. A member who does not accept in time is not waited for: then the chat is open to everyone."</p>
                <footer>
                    <button type="button" class="button" on:click=move |_| desk.passing.set(false)>"Cancel"</button>
                    <button class="button primary">{label}</button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Person(one: Colleague, to: RwSignal<Option<MemberName>>) -> impl IntoView {
    let chosen = MemberName { id: one.id, name: one.name.clone() };
    let id = one.id;
    let checked = move || to.with(|to| to.as_ref().is_some_and(|to| to.id == id)).to_string();
    view! {
        <button type="button" role="radio" aria-checked=checked on:click=move |_| to.set(Some(chosen.clone()))>
            <Avatar name=one.name.clone() id=one.id.0.as_u128() />
            <b>{one.name}</b>
            <PresenceWord presence=one.presence holds=one.holds />
        </button>
    }
    .into_any()
}

/// "Available · holds 3 chats"
#[component]
pub fn PresenceWord(presence: Presence, holds: i64) -> impl IntoView {
    let word = if presence == Presence::Available { "Available" } else { "Away" };
    let holds = match holds {
        0 => "holds no chat".to_owned(),
        1 => "holds 1 chat".to_owned(),
        n => format!("holds {n} chats"),
    };
    view! { <span class="dim" data-presence=presence.as_str()>{word}" · "{holds}</span> }
}
