//! The page of the members: roles, presence, accounts, invitations.

use super::api;
use super::invite::InviteDialog;
use crate::manage::{Heading, Loading, Manage};
use crate::team::api::{deactivate_member, reactivate_member};
use crate::ui::time::Style;
use crate::ui::{Avatar, Time};
use domain::MemberId;
use domain::member::{Account, Invite, Presence, Role};
use leptos::prelude::*;

/// Whose deactivation is being asked about.
#[derive(Clone, Copy)]
struct Sure(RwSignal<Option<MemberId>>);

/// `/manage/members`
#[component]
pub fn MembersPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let loaded = manage.load(api::list_members);
    // Beside the list, which is drawn anew whenever something changes.
    provide_context(Sure(RwSignal::new(None)));
    let inviting = RwSignal::new(false);
    view! {
        <Heading title="Members" about="Who works here, and what each may do.">
            <button type="button" class="button primary" on:click=move |_| inviting.set(true)>"Invite somebody"</button>
        </Heading>
        <Loading of=loaded let:loaded>
            <Lists loaded />
        </Loading>
        <InviteDialog open=inviting />
    }
    .into_any()
}

#[component]
fn Lists(loaded: (Vec<Account>, Vec<Invite>)) -> impl IntoView {
    let (members, invites) = loaded;
    let invites = (!invites.is_empty()).then(|| {
        let rows = invites.into_iter().map(|invite| view! { <InviteRow invite /> }).collect_view();
        view! { <section class="part" aria-label="Invited"><h2>"Invited"</h2><ul class="entries">{rows}</ul></section> }
    });
    view! {
        <ul class="entries" aria-label="Members">
            {members.into_iter().map(|account| view! { <MemberRow account /> }).collect_view()}
        </ul>
        {invites}
        <dl class="rights">
            <dt>"Agent"</dt><dd>"live chat, History, profiles, own canned replies"</dd>
            <dt>"Manager"</dt><dd>"also takes over, watches, and manages all but members and secrets"</dd>
            <dt>"Owner"</dt><dd>"everything"</dd>
        </dl>
    }
    .into_any()
}

#[component]
fn MemberRow(account: Account) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let Account { who, email, seen } = account;
    let me = manage.me.with_value(|me| me.member.id == who.id);
    let (id, gone, role) = (who.id, who.deactivated, who.role);
    let Sure(asked) = expect_context();
    let sure = Signal::derive(move || asked.get() == Some(id));
    let change = move |_| {
        if gone {
            return manage.act(reactivate_member(id));
        }
        if !sure.get_untracked() {
            return asked.set(Some(id));
        }
        asked.set(None);
        manage.act(deactivate_member(id));
    };
    let word = move || match (gone, sure.get()) {
        (true, _) => "Reactivate",
        (false, false) => "Deactivate",
        (false, true) => "Sign out and give chats back?",
    };
    let presence = match (gone, who.presence) {
        (true, _) => "deactivated".to_owned(),
        (false, Presence::Available) => format!("Available · holds {}", who.holds),
        (false, Presence::Away) if who.holds > 0 => format!("Away · holds {}", who.holds),
        (false, Presence::Away) => "Away".to_owned(),
    };
    let dot = (!gone).then(|| who.presence.as_str());
    let seen = match seen {
        Some(at) => view! { "last here "<Time at style=Style::Short /> }.into_any(),
        None => "never here".into_any(),
    };
    let label = format!("Role of {}", who.name);
    view! {
        <li class="entry member" data-deactivated=gone.to_string()>
            <Avatar name=who.name.clone() id=id.0.as_u128() />
            <p class="words"><b>{who.name}</b>{me.then_some(" (you)")}<br /><span class="dim">{email}</span></p>
            <p class="words dim" data-presence=dot>{presence}<br />{seen}</p>
            {if me || gone {
                view! { <span class="role">{role.title()}</span> }.into_any()
            } else {
                view! { <RoleSelect id role label /> }.into_any()
            }}
            <div class="actions">
                {(!me).then(|| view! {
                    <button type="button" class="button small" data-sure=move || sure.get().to_string() on:click=change>{word}</button>
                })}
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn RoleSelect(id: MemberId, role: Role, label: String) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let shown = RwSignal::new(role.as_str().to_owned());
    let change = move |event: leptos::ev::Event| {
        let word = event_target_value(&event);
        shown.set(word.clone());
        let Ok(to) = word.parse::<Role>() else { return };
        manage.act(async move {
            let done = api::change_role(id, to).await;
            if done.is_err() {
                let _ = shown.try_set(role.as_str().to_owned());
            }
            done
        });
    };
    view! {
        <select class="role" aria-label=label prop:value=shown on:change=change>
            {Role::ALL.iter().rev().map(|one| view! {
                <option value=one.as_str() selected=*one == role>{one.title()}</option>
            }).collect_view()}
        </select>
    }
    .into_any()
}

#[component]
fn InviteRow(invite: Invite) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let id = invite.id;
    view! {
        <li class="entry">
            <p class="words"><b>{invite.email}</b>" as "{invite.role.title()}<br />
                <span class="dim">"the link ends "<Time at=invite.expires style=Style::Full /></span></p>
            <div class="actions">
                <button type="button" class="button small" on:click=move |_| manage.act(api::withdraw_invite(id))>"Withdraw"</button>
            </div>
        </li>
    }
    .into_any()
}
