//! The profile: four parameters first, the rest one click away, attributes, notes, and the journey.

use super::marks::{BlockDialog, Marks};
use super::name::Name;
use crate::attribute::Attributes;
use crate::desk::Desk;
use crate::journey::Journey;
use crate::note::Notes;
use crate::tag::Tags;
use crate::ui::time::{Style, Time};
use crate::ui::{Icon, Show};
use domain::contact::{Profile, Source};
use leptos::prelude::*;

/// The right column.
#[component]
pub fn Panel() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let all = RwSignal::new(false);
    let explain = RwSignal::new(false);
    let blocking = RwSignal::new(false);
    view! {
        <aside class="panel" aria-label="Profile">
            <button type="button" class="quiet close-panel" aria-label="Close the profile" on:click=move |_| desk.cover_profile()>
                <Icon name="close" />
            </button>
            // What somebody may just be typing in is not within what is drawn anew whenever the profile is loaded.
            <Name />
            <Show when=move || desk.withheld.get()>
                <h2>"Profile"</h2>
                <p class="dim" role="status">"With another member, who has another chat of this customer. It is shown again afterwards."</p>
            </Show>
            {move || desk.profile.get().map(|profile| view! { <Contents profile all explain blocking /> })}
            <BlockDialog asking=blocking />
            <Attributes />
            <Tags />
            <div hidden=move || desk.withheld.get()><Notes /></div>
            <Journey />
        </aside>
    }
    .into_any()
}

#[component]
fn Contents(profile: Profile, all: RwSignal<bool>, explain: RwSignal<bool>, blocking: RwSignal<bool>) -> impl IntoView {
    let Profile { status, last_active, source, unresolved_queries, .. } = profile.clone();
    let more = profile.clone();
    view! {
        <h2>"Profile"
            <button type="button" class="quiet" aria-label="What these mean" aria-expanded=move || explain.get().to_string()
                on:click=move |_| explain.update(|e| *e = !*e)><Icon name="help" /></button>
        </h2>
        <Show when=move || explain.get()>
            <p class="explain">
                "Status tells who has the chat. Last active is when the customer last wrote. Unresolved queries counts how often "
                "a person was asked for. Template messages are approved forms sent to the customer; session messages are all others "
                "either way, the bot's included. Source tells what brought the customer here. First message is the very first that "
                "they wrote, First seen tells since when they are known here. The last lines are what WhatsApp knows them by: phone "
                "numbers, the id that it has for them with this business, and their username. Nothing is sent to who is blocked; what they write is kept."
            </p>
        </Show>
        <dl>
            <dt>"Status"</dt><dd>{status.to_string()}</dd>
            {last_active.map(|at| view! { <dt>"Last active"</dt><dd><Time at style=Style::Full /></dd> })}
            <dt>"Source"</dt><dd dir="auto">{origin(&source)}</dd>
            <dt>"Unresolved"</dt><dd>{unresolved_queries}</dd>
        </dl>
        <Show when=move || all.get()>
            <More profile=more.clone() blocking />
        </Show>
        <button type="button" class="link" aria-expanded=move || all.get().to_string() on:click=move |_| all.update(|all| *all = !*all)>
            {move || if all.get() { "Show less" } else { "Show all" }}
        </button>
    }
    .into_any()
}

/// Where the customer came from; an ad with its words, and the way to it.
fn origin(source: &Source) -> impl IntoView + use<> {
    let body = match source {
        Source::Ad { body, .. } if !body.is_empty() => Some(view! { <small class="ad">{body.clone()}</small> }),
        _ => None,
    };
    let link = source.link().map(|url| {
        view! { " "<a href=url.to_owned() target="_blank" rel="noopener noreferrer" aria-label="Open the ad">"↗"</a> }
    });
    view! { {source.to_string()}{link}{body} }
}

#[component]
fn More(profile: Profile, blocking: RwSignal<bool>) -> impl IntoView {
    let marks = profile.clone();
    view! {
        <dl>
            <dt>"Templates"</dt><dd>{profile.template_messages}</dd>
            <dt>"Session"</dt><dd>{profile.session_messages}</dd>
            {profile.first_message.map(|text| view! { <dt>"First message"</dt><dd dir="auto">{text}</dd> })}
            <Marks profile=marks asking=blocking />
            <dt>"First seen"</dt><dd><Time at=profile.first_seen style=Style::Full /></dd>
            {profile.identities.into_iter().map(|(kind, value)| view! { <dt>{kind}</dt><dd>{value}</dd> }).collect_view()}
        </dl>
    }
    .into_any()
}
