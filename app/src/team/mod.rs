//! Who works here: presence, chats held, and for Owners the accounts.

pub mod api;

use crate::chat::PresenceWord;
use crate::desk::Desk;
use crate::ui::{Avatar, Dialog};
use domain::MemberId;
use domain::member::{Colleague, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Opens from the rail.
#[component]
pub fn TeamDialog() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let people = RwSignal::new(None::<Result<Vec<Colleague>, String>>);
    // Beside the list, which is drawn anew with every answer.
    let asked = RwSignal::new(None::<MemberId>);
    let load = Callback::new(move |()| {
        spawn_local(async move {
            let answer = api::team().await.map_err(|error| error.to_string());
            let _ = people.try_set(Some(answer));
        });
    });
    Effect::new(move |_| {
        if desk.team.get() {
            asked.set(None);
            load.run(());
        }
    });
    view! {
        <Dialog title="Team" open=desk.team on_close=Callback::new(move |()| desk.team.set(false))>
            <div class="people">
                {move || match people.get() {
                    None => view! { <p class="dim" aria-busy="true">"Loading …"</p> }.into_any(),
                    Some(Err(why)) => view! { <p class="problem" role="alert">{why}</p> }.into_any(),
                    Some(Ok(people)) => people.into_iter().map(|one| view! { <Person one load asked /> }).collect_view().into_any(),
                }}
            </div>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Person(one: Colleague, load: Callback<()>, asked: RwSignal<Option<MemberId>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let me = desk.me.with_untracked(|me| me.member.clone());
    let owns = me.role == Role::Owner && me.id != one.id;
    let (id, gone) = (one.id, one.deactivated);
    let sure = Signal::derive(move || asked.get() == Some(id));
    let change = move |_| {
        if !gone && !sure.get_untracked() {
            return asked.set(Some(id));
        }
        asked.set(None);
        spawn_local(async move {
            let done = if gone { api::reactivate_member(id).await } else { api::deactivate_member(id).await };
            match done {
                Ok(()) => load.run(()),
                Err(error) => desk.failed(&error),
            }
        });
    };
    let word = move || match (gone, sure.get()) {
        (true, _) => "Reactivate",
        (false, false) => "Deactivate",
        (false, true) => "Sign out and give chats back?",
    };
    let role = one.role.title();
    view! {
        <div class="person" data-deactivated=gone.to_string()>
            <Avatar name=one.name.clone() id=one.id.0.as_u128() />
            <b>{one.name.clone()}" "<small class="dim">{role}</small></b>
            {if gone {
                view! { <span class="dim">"deactivated"</span> }.into_any()
            } else {
                view! { <PresenceWord presence=one.presence holds=one.holds /> }.into_any()
            }}
            {owns.then(|| view! {
                <button type="button" class="button small" data-sure=move || sure.get().to_string() on:click=change>{word}</button>
            })}
        </div>
    }
    .into_any()
}
