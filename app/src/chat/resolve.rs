//! Resolve: an outcome, what the workspace requires, a note, Enter.

use crate::attribute::{Control, api};
use crate::desk::Desk;
use crate::ui::{Dialog, For};
use domain::attribute::{Definition, Edited, Field};
use domain::chat::Queue;
use domain::{ChatId, Error};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

/// Opens over the thread.
#[component]
pub fn ResolveDialog() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let dismisses = Memo::new(move |_| desk.row().is_some_and(|row| row.queue == Queue::Requested));
    // Kept while the chat is open: closing the dialog loses nothing.
    let chosen = RwSignal::new(None::<String>);
    let title =
        Signal::derive(move || if dismisses.get() { "Dismiss this request" } else { "Resolve this chat" }.to_owned());
    view! {
        <Dialog title open=desk.resolving on_close=Callback::new(move |()| desk.resolving.set(false))>
            <Contents dismisses=dismisses.get_untracked() chosen />
        </Dialog>
    }
    .into_any()
}

/// Something that has to be filled in first.
#[derive(Clone)]
struct Asked {
    definition: Definition,
    version: i64,
    typed: RwSignal<String>,
    problem: RwSignal<String>,
}

#[component]
fn Contents(dismisses: bool, chosen: RwSignal<Option<String>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    // The first one, until another is chosen or it is gone from the list.
    let outcome = Memo::new(move |_| {
        desk.outcomes.with(|names| {
            let chosen = chosen.get().filter(|chosen| names.contains(chosen));
            chosen.or_else(|| names.first().cloned())
        })
    });
    // Only the holder is asked: who resolves for somebody else does not see the profile.
    let asked = if untrack(|| !dismisses && desk.holds()) { required(desk) } else { Vec::new() };
    let (first, all) = (asked.is_empty(), asked.clone());
    Effect::new(move |_| {
        let needed = "dialog[open] .needed :is(input, select, textarea)";
        let found = if first { None } else { document().query_selector(needed).ok().flatten() };
        if let Some(needed) = found.and_then(|needed| needed.dyn_into::<HtmlElement>().ok()) {
            let _ = needed.focus();
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let note = Some(desk.parting.get_untracked().trim().to_owned()).filter(|note| !note.is_empty());
        let outcome = outcome.get_untracked().filter(|_| !dismisses);
        let Some(chat) = untrack(|| desk.chat()) else { return };
        let mut values = Vec::new();
        for one in &asked {
            match one.definition.shape.parse(&one.typed.get_untracked()) {
                Ok(value) if value.is_empty() => one.problem.set("Needed before you resolve.".into()),
                Ok(value) => values.push((one.clone(), value)),
                Err(why) => one.problem.set(why),
            }
        }
        if values.len() < asked.len() {
            return;
        }
        if values.is_empty() {
            return desk.resolve(chat, outcome, note);
        }
        spawn_local(async move {
            // Whoever has closed the dialog meanwhile, or gone on, does not resolve.
            if fill(desk, chat, values).await && desk.resolving.get_untracked() {
                desk.resolve(chat, outcome, note);
            }
        });
    };
    view! {
        <form class="form" on:submit=submit>
            {(!dismisses).then(|| view! {
                <div class="segments" role="radiogroup" aria-label="Outcome" on:keydown=choose>
                    <For each=move || desk.outcomes.get() key=|name| name.clone() let:name>
                        <Choice name outcome chosen />
                    </For>
                </div>
            })}
            {all.into_iter().map(|one| view! { <Required one /> }).collect_view()}
            <label>"Note (optional, only your team sees it)"<textarea rows="2" maxlength="2000" bind:value=desk.parting></textarea></label>
            <p class="dim">"The bot has the chat again, and everybody sees it."</p>
            <footer>
                <button type="button" class="button" on:click=move |_| desk.resolving.set(false)>"Cancel"</button>
                <button class="button primary" autofocus=first>{if dismisses { "Dismiss" } else { "Resolve" }}</button>
            </footer>
        </form>
    }
    .into_any()
}

#[component]
fn Choice(name: String, outcome: Memo<Option<String>>, chosen: RwSignal<Option<String>>) -> impl IntoView {
    let (this, word) = (name.clone(), name.clone());
    let checked = Memo::new(move |_| outcome.with(|outcome| outcome.as_ref() == Some(&this)));
    view! {
        <button type="button" role="radio" aria-checked=move || checked.get().to_string()
            tabindex=move || if checked.get() { "0" } else { "-1" }
            on:click=move |_| chosen.set(Some(name.clone()))>{word}</button>
    }
    .into_any()
}

/// Arrows go through the outcomes, as in every group of radio buttons.
fn choose(event: KeyboardEvent) {
    let key = event.key();
    let forward = matches!(key.as_str(), "ArrowRight" | "ArrowDown");
    if !forward && !matches!(key.as_str(), "ArrowLeft" | "ArrowUp") {
        return;
    }
    event.prevent_default();
    let at = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let next = at.and_then(|at| if forward { at.next_element_sibling() } else { at.previous_element_sibling() });
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        next.click();
        let _ = next.focus();
    }
}

#[component]
fn Required(one: Asked) -> impl IntoView {
    let about = format!("needed-{}", one.definition.id);
    let shape = one.definition.shape;
    let (label, help) = (shape.name.clone(), shape.help.clone());
    view! {
        <div class="needed">
            <span class="name">{label.clone()}</span>
            <Control shape typed=one.typed label describes=about.clone() />
            <span id=about>
                <small class="problem" role="alert">{move || one.problem.get()}</small>
                {(!help.is_empty()).then(|| view! { <small>{help}</small> })}
            </span>
        </div>
    }
    .into_any()
}

/// What is required and empty.
fn required(desk: Desk) -> Vec<Asked> {
    desk.profile.with_untracked(|profile| {
        let empty = |field: &&Field| field.definition.shape.required_on_resolve && field.value.is_empty();
        let fields = profile.iter().flat_map(|profile| profile.attributes.iter().filter(empty));
        let asked = |field: &Field| Asked {
            definition: field.definition.clone(),
            version: field.version,
            typed: RwSignal::new(String::new()),
            problem: RwSignal::new(String::new()),
        };
        fields.map(asked).collect()
    })
}

/// Sets what was asked for; says beside the field what is wrong with it.
async fn fill(desk: Desk, chat: ChatId, values: Vec<(Asked, String)>) -> bool {
    let mut filled = true;
    for (one, value) in values {
        let why = match api::set_attribute(chat, one.definition.id, value, one.version).await {
            // Somebody has filled it in meanwhile: that will do.
            Ok(Edited::Done { .. } | Edited::Conflict { .. }) => continue,
            Err(error) if error.0 == Error::SignedOut => {
                desk.failed(&error);
                return false;
            }
            Err(error) => error.to_string(),
        };
        filled = false;
        let _ = one.problem.try_set(why);
    }
    filled
}
