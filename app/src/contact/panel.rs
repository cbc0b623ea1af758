//! The profile: four parameters first, the rest one click away, attributes, and the journey.

use crate::contact::api;
use crate::desk::Desk;
use crate::ui::Icon;
use crate::ui::time::{Style, Time};
use domain::contact::Profile;
use domain::journey::{Happening, JourneyStep};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The right column.
#[component]
pub fn Panel() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let all = RwSignal::new(false);
    let explain = RwSignal::new(false);
    view! {
        <aside class="panel" aria-label="Profile">
            <button type="button" class="quiet close-panel" aria-label="Close the profile" on:click=move |_| desk.profile_shown.set(false)>
                <Icon name="close" />
            </button>
            {move || desk.profile.get().map(|profile| view! { <Contents profile all explain /> })}
        </aside>
    }
    .into_any()
}

#[component]
fn Contents(profile: Profile, all: RwSignal<bool>, explain: RwSignal<bool>) -> impl IntoView {
    let Profile { status, last_active, source, unresolved_queries, attributes, journey, older, .. } = profile.clone();
    let more = profile.clone();
    view! {
        <h2>"Profile"
            <button type="button" class="quiet" aria-label="What these mean" aria-expanded=move || explain.get().to_string()
                on:click=move |_| explain.update(|e| *e = !*e)><Icon name="help" /></button>
        </h2>
        <Show when=move || explain.get()>
            <p class="explain">
                "Unresolved queries counts how often a person was asked for. Template messages are approved forms sent to the "
                "customer; session messages are all others either way, the bot's included. Source tells what brought the customer here."
            </p>
        </Show>
        <dl>
            <dt>"Status"</dt><dd>{status.to_string()}</dd>
            <dt>"Last active"</dt><dd>{last_active.map(|at| view! { <Time at style=Style::Full /> })}</dd>
            <dt>"Source"</dt><dd>{source.to_string()}</dd>
            <dt>"Unresolved"</dt><dd>{unresolved_queries}</dd>
        </dl>
        <Show when=move || all.get()>
            <More profile=more.clone() />
        </Show>
        <button type="button" class="link" aria-expanded=move || all.get().to_string() on:click=move |_| all.update(|all| *all = !*all)>
            {move || if all.get() { "Show less" } else { "Show all" }}
        </button>
        {(!attributes.is_empty()).then(|| view! {
            <h2>"Attributes"</h2>
            <dl>{attributes.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view()}</dl>
        })}
        <Journey journey older />
    }
    .into_any()
}

#[component]
fn More(profile: Profile) -> impl IntoView {
    view! {
        <dl>
            <dt>"Templates"</dt><dd>{profile.template_messages}</dd>
            <dt>"Session"</dt><dd>{profile.session_messages}</dd>
            <dt>"First message"</dt><dd dir="auto">{profile.first_message}</dd>
            <dt>"First seen"</dt><dd><Time at=profile.first_seen style=Style::Full /></dd>
            {profile.identities.into_iter().map(|(kind, value)| view! { <dt>{kind}</dt><dd>{value}</dd> }).collect_view()}
        </dl>
    }
    .into_any()
}

#[component]
fn Journey(journey: Vec<JourneyStep>, older: bool) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let steps = RwSignal::new(journey);
    let more = RwSignal::new(older);
    let load = move |_| {
        let Some((chat, before)) = desk.chat().zip(steps.with_untracked(|steps| steps.last().cloned())) else { return };
        spawn_local(async move {
            match api::older_journey(chat, before).await {
                Ok((older, further)) => {
                    steps.update(|steps| steps.extend(older));
                    more.set(further);
                }
                Err(error) => desk.failed(&error),
            }
        });
    };
    view! {
        <h2>"Journey"</h2>
        <ol class="journey">
            <For each=move || steps.get() key=|step| step.id let:step>
                <li data-kind=mark(&step.what)>
                    <span dir="auto">{step.what.sentence(&step.by)}</span>
                    <Time at=step.at style=Style::Full />
                </li>
            </For>
        </ol>
        <Show when=move || more.get()>
            <button type="button" class="link" on:click=load>"Older"</button>
        </Show>
    }
    .into_any()
}

/// The colour of a step.
fn mark(what: &Happening) -> &'static str {
    match what {
        Happening::Requested { .. } | Happening::Missed | Happening::GivenBack { .. } => "wait",
        Happening::Intervened { .. }
        | Happening::Resolved { .. }
        | Happening::ResolveUndone
        | Happening::TookOver { .. }
        | Happening::Transferred { .. }
        | Happening::FirstReply { .. }
        | Happening::Dismissed { .. } => "agent",
        Happening::BotAsked { .. } => "bot",
        _ => "plain",
    }
}
