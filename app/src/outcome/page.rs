//! The page on which outcomes are kept.

use super::api;
use crate::manage::{Heading, Loading, Manage, Moved, Movers};
use crate::ui::Show;
use domain::OutcomeId;
use domain::outcome::{COUNTED, Outcome};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// `/manage/outcomes`
#[component]
pub fn OutcomesPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let outcomes = manage.load(api::list_outcomes);
    let last = Moved::new(None);
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
    view! {
        <Heading title="Outcomes" about="How a handling can end: agents choose one when they resolve." />
        <Loading of=outcomes let:outcomes>
            <List outcomes last />
        </Loading>
        <form class="form add" on:submit=submit>
            <label>"New outcome"<input maxlength="40" required bind:value=name /></label>
            <button class="button primary">"Add"</button>
            <p class="problem" role="alert">{move || problem.get()}</p>
        </form>
    }
    .into_any()
}

#[component]
fn List(outcomes: Vec<Outcome>, last: Moved) -> impl IntoView {
    let (gone, active): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|one| one.archived);
    let order: Vec<_> = active.iter().map(|one| one.id).collect();
    let row = move |one: Outcome| view! { <Row one order=order.clone() last /> };
    let old = move |one: Outcome| view! { <Row one order=Vec::new() last /> };
    view! {
        <ul class="sheet defined" aria-label="Outcomes">{active.into_iter().map(row).collect_view()}</ul>
        {(!gone.is_empty()).then(|| view! {
            <h2 class="archived">"Archived"</h2>
            <ul class="sheet defined" aria-label="Archived outcomes">{gone.into_iter().map(old).collect_view()}</ul>
        })}
    }
    .into_any()
}

#[component]
fn Row(one: Outcome, order: Vec<OutcomeId>, last: Moved) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let Outcome { id, name, archived, used } = one;
    let place = (order.iter().position(|known| *known == id).unwrap_or(0), order.len());
    let moved = Callback::new(move |to: usize| {
        let mut order = order.clone();
        let id = order.remove(place.0);
        order.insert(to, id);
        manage.act(api::arrange_outcomes(order));
    });
    let renaming = RwSignal::new(false);
    let input = NodeRef::<leptos::html::Input>::new();
    let rename = move |_| {
        renaming.set(true);
        // Once it is shown.
        request_animation_frame(move || {
            if let Some(input) = input.try_get_untracked().flatten() {
                let _ = input.focus();
            }
        });
    };
    let typed = RwSignal::new(name.clone());
    let (known, back) = (name.clone(), name.clone());
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        renaming.set(false);
        let name = typed.get_untracked();
        if name.trim() != known {
            manage.act(api::rename_outcome(id, name));
        }
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
            typed.set(back.clone());
            renaming.set(false);
        }
    };
    view! {
        <li data-outcome=name.clone()>
            <div>
                <Show when=move || !renaming.get()><b>{shown.clone()}</b><p class="dim">{used.clone()}</p></Show>
                <form class="form add" hidden=move || !renaming.get() on:submit=save on:keydown=escape>
                    <input node_ref=input maxlength="40" required aria-label=label bind:value=typed />
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
