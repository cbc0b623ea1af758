//! The page on which outcomes are kept.

use super::api;
use crate::manage::{Heading, Loading, Manage, Moved, Movers, latest};
use crate::ui::{For, Show};
use domain::OutcomeId;
use domain::outcome::{COUNTED, Outcome};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The outcome that is being renamed, and what is typed: beside the list, whose lines are drawn anew when they change.
#[derive(Clone, Copy)]
struct Renaming(RwSignal<Option<(OutcomeId, String)>>);

/// `/manage/outcomes`
#[component]
pub fn OutcomesPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let outcomes = manage.load(api::list_outcomes);
    manage.recount(outcomes, api::list_outcomes);
    let last = Moved::new(None);
    provide_context(Renaming(RwSignal::new(None)));
    let (name, problem) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            let done = api::create_outcome(name.get_untracked()).await;
            if done.is_ok() {
                let _ = name.try_set(String::new());
            }
            let _ = problem.try_set(done.err().map(|error| error.to_string()));
        });
    };
    let known = latest(outcomes);
    let all = Memo::new(move |_| known.get().unwrap_or_default());
    view! {
        <Heading title="Outcomes" about="How a handling can end: agents choose one when they resolve." />
        <Loading of=outcomes children=|_| () />
        <List all last />
        <form class="form add" on:submit=submit>
            <label>"New outcome"<input maxlength="40" required bind:value=name /></label>
            <button class="button primary">"Add"</button>
            <p class="problem" role="alert">{move || problem.get()}</p>
        </form>
    }
    .into_any()
}

/// Only lines that have changed are drawn anew.
#[component]
fn List(all: Memo<Vec<Outcome>>, last: Moved) -> impl IntoView {
    let part = move |archived: bool| {
        all.with(|all| all.iter().filter(|one| one.archived == archived).cloned().collect::<Vec<_>>())
    };
    let lines = move |archived: bool| {
        let part = part(archived);
        let length = part.len();
        part.into_iter().enumerate().map(|(place, one)| (one, (place, length))).collect::<Vec<_>>()
    };
    let order = Signal::derive(move || part(false).into_iter().map(|one| one.id).collect::<Vec<_>>());
    let key = |(one, (place, length)): &(Outcome, (usize, usize))| {
        (one.id, one.name.clone(), one.used, *place, place + 1 == *length)
    };
    view! {
        <ul class="sheet defined" aria-label="Outcomes" hidden=move || part(false).is_empty()>
            <For each=move || lines(false) key=key let:line><Row one=line.0 place=line.1 order last /></For>
        </ul>
        <Show when=move || !part(true).is_empty()>
            <h2 class="archived">"Archived"</h2>
            <ul class="sheet defined" aria-label="Archived outcomes">
                <For each=move || lines(true) key=key let:line><Row one=line.0 place=line.1 order last /></For>
            </ul>
        </Show>
    }
    .into_any()
}

#[component]
fn Row(one: Outcome, place: (usize, usize), order: Signal<Vec<OutcomeId>>, last: Moved) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let Renaming(renaming) = expect_context();
    let Outcome { id, name, archived, used } = one;
    let moved = Callback::new(move |to: usize| {
        let mut order = order.get_untracked();
        order.retain(|other| *other != id);
        order.insert(to.min(order.len()), id);
        manage.act(api::arrange_outcomes(order));
    });
    let typed = Memo::new(move |_| {
        renaming.with(|renaming| renaming.as_ref().filter(|(of, _)| *of == id).map(|(_, typed)| typed.clone()))
    });
    let open = Memo::new(move |_| !archived && typed.with(Option::is_some));
    let input = NodeRef::<leptos::html::Input>::new();
    let focus = move || {
        if let Some(input) = input.try_get_untracked().flatten() {
            let _ = input.focus();
        }
    };
    let was = name.clone();
    let rename = move |_| {
        renaming.set(Some((id, was.clone())));
        // Once it is shown.
        request_animation_frame(focus);
    };
    // Drawn anew while somebody typed in it, it takes the keyboard again, unless that is elsewhere.
    Effect::new(move |_| {
        let lost = || document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if input.get().is_some() && open.get_untracked() && lost() {
            focus();
        }
    });
    let known = name.clone();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(name) = typed.get_untracked() else { return };
        if name.trim() == known {
            return renaming.set(None);
        }
        manage.act(async move {
            api::rename_outcome(id, name.clone()).await?;
            // What was typed meanwhile stays.
            let _ = renaming.try_update(|renaming| renaming.take_if(|renaming| *renaming == (id, name)));
            Ok(())
        });
    };
    let used = match used {
        0 => "never chosen".to_owned(),
        1 => "chosen once".to_owned(),
        n if n >= COUNTED => format!("chosen {COUNTED} times or more"),
        n => format!("chosen {n} times"),
    };
    let (shown, label) = (name.clone(), format!("New name of {name}"));
    let escape = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            renaming.set(None);
        }
    };
    view! {
        <li data-outcome=name.clone()>
            <div>
                <Show when=move || !open.get()><b>{shown.clone()}</b><p class="dim">{used.clone()}</p></Show>
                <form class="form add" hidden=move || !open.get() on:submit=save on:keydown=escape>
                    <input node_ref=input maxlength="40" required aria-label=label prop:value=move || typed.get().unwrap_or_default()
                        on:input=move |event| renaming.set(Some((id, event_target_value(&event)))) />
                    <button class="button primary small">"Save"</button>
                </form>
            </div>
            {if archived {
                view! {
                    <button type="button" class="button small" aria-label=format!("Restore {name}") on:click=move |_| manage.act(api::restore_outcome(id))>"Restore"</button>
                }.into_any()
            } else {
                view! {
                    <Movers name=name.clone() id=id.0.as_u128() place last moved />
                    <button type="button" class="button small" aria-label=format!("Rename {name}") on:click=rename>"Rename"</button>
                    <button type="button" class="button small" aria-label=format!("Archive {name}") disabled=place.1 == 1 on:click=move |_| manage.act(api::archive_outcome(id))>"Archive"</button>
                }.into_any()
            }}
        </li>
    }
    .into_any()
}
