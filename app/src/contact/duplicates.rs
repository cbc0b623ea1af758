//! Manage's page of duplicates: pairs that may be one person, and what was joined.

use super::api;
use crate::AppError;
use crate::manage::{Heading, Loading, Manage};
use crate::ui::time::{Style, Time};
use domain::ContactId;
use domain::contact::{Duplicates, Joined, MergePlace, Pair, Place, Side};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the page's parts share.
#[derive(Clone, Copy)]
struct Looking {
    manage: Manage,
    loaded: RwSignal<Option<Result<Duplicates, AppError>>>,
    before: RwSignal<Option<Place>>,
    merged_before: RwSignal<Option<MergePlace>>,
}

impl Looking {
    fn load(self) {
        let (before, merged_before) = (self.before.get_untracked(), self.merged_before.get_untracked());
        spawn_local(async move {
            let answer = Some(api::find_duplicates(before, merged_before).await);
            // What is being chosen in a pair stays, unless there is news.
            if self.loaded.try_with_untracked(|known| *known != answer) == Some(true) {
                self.loaded.set(answer);
            }
        });
    }

    /// Does something, says what became of it, and looks again.
    fn act(self, work: impl Future<Output = Result<(), AppError>> + 'static, done: &'static str) {
        spawn_local(async move {
            match work.await {
                Ok(()) => self.manage.toasts.say(done),
                Err(error) => self.manage.failed(&error),
            }
            self.load();
        });
    }
}

/// `/manage/duplicates`
#[component]
pub fn DuplicatesPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let looking = Looking {
        manage,
        loaded: RwSignal::new(None),
        before: RwSignal::new(None),
        merged_before: RwSignal::new(None),
    };
    provide_context(looking);
    Effect::new(move |_| looking.load());
    manage.on_profiles(move || looking.load());
    view! {
        <Heading title="Duplicates" about="Contacts who may be one person. Merging loses nothing, and can be undone." />
        <Loading of=looking.loaded let:found><Found found /></Loading>
    }
    .into_any()
}

#[component]
fn Found(found: Duplicates) -> impl IntoView {
    let looking = expect_context::<Looking>();
    let Duplicates { pairs, joined, joined_further, further } = found;
    let none = pairs.is_empty();
    let first = looking.before.get_untracked().is_none();
    let look = move |place: Option<Place>| {
        looking.before.set(place);
        looking.load();
    };
    let latest = looking.merged_before.get_untracked().is_none();
    let look_at_merges = move |place: Option<MergePlace>| {
        looking.merged_before.set(place);
        looking.load();
    };
    view! {
        {none.then(|| view! {
            <p class="sheet dim">{if first { "No two contacts look alike: nobody shares an e-mail address or a phone number with somebody else." } else { "Nobody here looks like somebody else." }}</p>
        })}
        {pairs.into_iter().map(|pair| view! { <Compared pair /> }).collect_view()}
        <p class="further">
            {(!first).then(|| view! { <button type="button" class="button" on:click=move |_| look(None)>"Newest first"</button> })}
            {further.map(|place| view! { <button type="button" class="button" on:click=move |_| look(Some(place))>"Look further back"</button> })}
        </p>
        {(!joined.is_empty() || !latest).then(|| view! {
            <h2 class="earlier">"Merged"</h2>
            <ul class="sheet joined" aria-label="Merged">{joined.into_iter().map(|one| view! { <Past one /> }).collect_view()}</ul>
            <p class="further">
                {(!latest).then(|| view! { <button type="button" class="button" on:click=move |_| look_at_merges(None)>"Latest merges"</button> })}
                {joined_further.map(|place| view! { <button type="button" class="button" on:click=move |_| look_at_merges(Some(place))>"Earlier merges"</button> })}
            </p>
        })}
    }
    .into_any()
}

#[component]
fn Compared(pair: Pair) -> impl IntoView {
    let looking = expect_context::<Looking>();
    let Pair { one, other, why } = pair;
    let (a, b) = (one.contact, other.contact);
    let keep = RwSignal::new(a);
    let title = format!("{} and {}", one.title(), other.title());
    let merge = move |_| {
        let into = keep.get_untracked();
        let from = if into == a { b } else { a };
        looking.act(async move { api::merge_contacts(into, from).await.map(|_| ()) }, "They are one contact now.");
    };
    let apart = move |_| looking.act(api::dismiss_duplicate(a, b), "They are not suggested any more.");
    let group = format!("keep-{a}-{b}");
    view! {
        <section class="sheet pair-of" aria-label=title>
            <p class="why">{why}</p>
            <div class="sides">
                <OneSide side=one group=group.clone() keep />
                <OneSide side=other group keep />
            </div>
            <footer>
                <button type="button" class="button" on:click=apart>"Not the same"</button>
                <button type="button" class="button primary" on:click=merge>"Merge"</button>
            </footer>
        </section>
    }
    .into_any()
}

#[component]
fn OneSide(side: Side, group: String, keep: RwSignal<ContactId>) -> impl IntoView {
    let id = side.contact;
    let title = side.title();
    let label = format!("Keep {title}");
    let line = |(name, value): (String, String)| view! { <dt>{name}</dt><dd dir="auto">{value}</dd> };
    view! {
        <label class="side" data-kept=move || (keep.get() == id).to_string()>
            <span class="title">
                <input type="radio" name=group aria-label=label checked=keep.get_untracked() == id on:change=move |_| keep.set(id) />
                <b dir="auto">{title}</b>
                <small>{move || if keep.get() == id { "stays" } else { "becomes a part of the other" }}</small>
            </span>
            <dl>
                {side.identities.into_iter().map(line).collect_view()}
                {side.attributes.into_iter().map(line).collect_view()}
                {(!side.tags.is_empty()).then(|| view! { <dt>"Tags"</dt><dd>{side.tags.join(", ")}</dd> })}
                <dt>"Source"</dt><dd dir="auto">{side.source.to_string()}</dd>
                <dt>"Messages"</dt><dd>{side.messages}</dd>
                <dt>"First seen"</dt><dd><Time at=side.first_seen style=Style::Full /></dd>
                {side.last_active.map(|at| view! { <dt>"Last active"</dt><dd><Time at style=Style::Full /></dd> })}
            </dl>
        </label>
    }
    .into_any()
}

#[component]
fn Past(one: Joined) -> impl IntoView {
    let looking = expect_context::<Looking>();
    let Joined { id, into, from, why, by, at } = one;
    let label = format!("Undo: tell {from} and {into} apart");
    let why = (!why.is_empty()).then(|| format!(": {why}"));
    view! {
        <li>
            <div><b dir="auto">{from}</b>" became a part of "<b dir="auto">{into}</b>
                <p class="dim">{by}", "<Time at style=Style::Full />{why}</p></div>
            <button type="button" class="button small" aria-label=label
                on:click=move |_| looking.act(api::undo_merge(id), "Each has its own again.")>"Undo"</button>
        </li>
    }
    .into_any()
}
