//! Resolve: an outcome, what the workspace requires, a note, Enter.

use crate::attribute::{Control, api, read};
use crate::desk::Desk;
use crate::outcome::api::outcomes;
use crate::ui::{Dialog, For, Show};
use domain::attribute::{Definition, Edited, Field};
use domain::chat::Queue;
use domain::{ChatId, Error};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

/// What [`Desk::types`] knows the required values by.
const FORM: &str = "resolve";

/// Opens over the thread.
#[component]
pub fn ResolveDialog() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let dismisses = Memo::new(move |_| desk.row().is_some_and(|row| row.queue == Queue::Requested));
    // Kept while the chat is open: closing the dialog loses nothing.
    let chosen = RwSignal::new(None::<String>);
    // What is asked for goes with the dialog, unless the dialog went with the chat.
    Effect::new(move |was: Option<bool>| {
        let open = desk.resolving.get();
        if was == Some(true) && !open && desk.profile.with_untracked(Option::is_some) {
            desk.types(FORM, String::new());
        }
        open
    });
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
    /// The one that this screen has seen.
    version: RwSignal<i64>,
    typed: RwSignal<String>,
    problem: RwSignal<String>,
    /// What somebody else filled in meanwhile.
    theirs: RwSignal<String>,
}

impl Asked {
    /// The id of what is said about it.
    fn about(&self) -> String {
        format!("needed-{}", self.definition.id)
    }

    fn read(&self) -> Result<String, String> {
        match read(&self.definition.shape, &self.typed.get_untracked(), &self.about()) {
            Ok(value) if value.is_empty() => Err("Needed before you resolve.".into()),
            read => read,
        }
    }
}

/// What is known of the outcomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcomes {
    Loading,
    Known,
    Missing,
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
    // Nothing is resolved without an outcome because the outcomes have not come.
    let known = RwSignal::new(Outcomes::Known);
    let load = move || {
        known.set(Outcomes::Loading);
        spawn_local(async move {
            let answer = outcomes().await;
            let _ = known.try_set(if answer.is_ok() { Outcomes::Known } else { Outcomes::Missing });
            if let Ok(names) = answer {
                desk.outcomes.set(names);
            }
        });
    };
    if !dismisses && desk.outcomes.with_untracked(Vec::is_empty) {
        load();
    }
    // Only the holder is asked: who resolves for somebody else does not see the profile.
    let asked = if untrack(|| !dismisses && desk.holds()) { required(desk) } else { Vec::new() };
    let (first, all, typed) = (asked.is_empty(), asked.clone(), asked.clone());
    let asks = !first;
    // What is being typed outlives the chat.
    Effect::new(move |_| {
        let of = |one: &Asked| (one.definition.shape.name.clone(), one.typed.get());
        let typed = typed.iter().map(of).filter(|(_, typed)| !typed.trim().is_empty());
        let typed: Vec<_> = typed.map(|(name, typed)| format!("{name}: {typed}")).collect();
        if asks {
            desk.types(FORM, typed.join("\n"));
        }
    });
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
            match one.read() {
                Ok(value) => {
                    one.problem.set(String::new());
                    values.push((one.clone(), value, one.version.get_untracked()));
                }
                Err(why) => one.problem.set(why),
            }
        }
        if values.len() < asked.len() || known.get_untracked() != Outcomes::Known {
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
        <form class="form" on:submit=submit novalidate>
            {(!dismisses).then(|| view! {
                <div class="segments" role="radiogroup" aria-label="Outcome" on:keydown=choose>
                    <For each=move || desk.outcomes.get() key=|name| name.clone() let:name>
                        <Choice name outcome chosen />
                    </For>
                </div>
                <Show when=move || known.get() == Outcomes::Loading><p class="dim" role="status">"Loading the outcomes …"</p></Show>
                <Show when=move || known.get() == Outcomes::Missing>
                    <p class="problem" role="alert">
                        "The outcomes could not be loaded. "<button type="button" class="link" on:click=move |_| load()>"Try again"</button>
                    </p>
                </Show>
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
pub(super) fn choose(event: KeyboardEvent) {
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
    let about = one.about();
    let Asked { definition, typed, problem, theirs, .. } = one;
    let shape = definition.shape;
    let (label, help) = (shape.name.clone(), shape.help.clone());
    let take = move |_| {
        typed.set(theirs.get_untracked());
        theirs.set(String::new());
        problem.set(String::new());
        focus_resolve();
    };
    view! {
        <div class="needed">
            <span class="name">{label.clone()}</span>
            <Control shape typed label describes=about.clone() />
            <span id=about>
                <small class="problem" role="alert">{move || problem.get()}</small>
                {(!help.is_empty()).then(|| view! { <small>{help}</small> })}
            </span>
            <Show when=move || !theirs.with(String::is_empty)>
                <span><button type="button" class="button small" on:click=take>"Use theirs"</button></span>
            </Show>
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
            version: RwSignal::new(field.version),
            typed: RwSignal::new(String::new()),
            problem: RwSignal::new(String::new()),
            theirs: RwSignal::new(String::new()),
        };
        fields.map(asked).collect()
    })
}

/// The button that the keyboard was on is gone: Enter resolves next.
fn focus_resolve() {
    let button = document().query_selector("dialog[open] footer .primary").ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        let _ = button.focus();
    }
}

/// Sets what was asked for; says beside the field what is wrong with it, or what somebody else set there meanwhile.
async fn fill(desk: Desk, chat: ChatId, values: Vec<(Asked, String, i64)>) -> bool {
    let mut filled = true;
    for (one, value, version) in values {
        let (why, theirs) = match api::set_attribute(chat, one.definition.id, value, version).await {
            Ok(Edited::Done { version }) => {
                let _ = one.version.try_set(version);
                let _ = one.theirs.try_set(String::new());
                continue;
            }
            Ok(Edited::Conflict { value, by, version, .. }) => {
                let _ = one.version.try_set(version);
                let did = match one.definition.shape.show(&value) {
                    shown if shown.is_empty() => "cleared it".to_owned(),
                    shown => format!("set it to “{shown}”"),
                };
                (format!("{} {did} meanwhile. Resolve again to put yours in its place.", by.name()), value)
            }
            Err(error) if error.0 == Error::SignedOut => {
                desk.failed(&error);
                return false;
            }
            Err(error) => (error.to_string(), String::new()),
        };
        filled = false;
        let _ = one.problem.try_set(why);
        let _ = one.theirs.try_set(theirs);
    }
    filled
}
