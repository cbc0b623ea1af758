//! What the customer is called, at the profile's head: edited in place.

use super::api;
use crate::attribute::{may_focus, unsaved};
use crate::desk::Desk;
use crate::ui::Show;
use domain::ChatId;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The name; where it may be changed, a click edits it. Enter and leaving the field save it, Escape leaves it as it was.
#[component]
pub(super) fn Name() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let known = Memo::new(move |_| desk.profile.with(|profile| profile.as_ref().map(|profile| profile.name.clone())));
    let editing = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let problem = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    let button = NodeRef::<html::Button>::new();
    // The keyboard is where the name was.
    let back = RwSignal::new(false);
    Effect::new(move |_| {
        if let Some(input) = input.get().filter(|_| may_focus(".called")) {
            let _ = input.focus();
            input.select();
        }
    });
    Effect::new(move |_| {
        if let Some(button) = button.get()
            && back.get_untracked()
        {
            back.set(false);
            let _ = button.focus();
        }
    });
    // What is being typed outlives the profile, which goes with the chat.
    Effect::new(move |was: Option<bool>| {
        let (open, typed) = (editing.get(), typed.get());
        if (open || was == Some(true))
            && let Some(name) = known.get_untracked()
        {
            let new = open && !typed.trim().is_empty() && Some(typed.trim()) != name.as_deref();
            desk.types("name", if new { format!("Name: {typed}") } else { String::new() });
        }
        open
    });
    // What was typed about one customer is not shown with another; what was refused does not go unseen.
    Effect::new(move |was: Option<(Option<ChatId>, _)>| {
        let now = (desk.chat(), desk.place.get_untracked());
        if let Some((chat, place)) = was
            && chat != now.0
        {
            let why = problem.get_untracked();
            if editing.get_untracked() && !why.is_empty() {
                unsaved(desk, place, "Name", &typed.get_untracked(), &why);
            }
            editing.set(false);
            typed.set(String::new());
            problem.set(String::new());
        }
        now
    });
    let naming = Naming { desk, known, editing, typed, problem };
    let pressed = move |event: KeyboardEvent| {
        let key = event.key();
        if event.is_composing() || (key != "Enter" && key != "Escape") {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        back.set(true);
        if key == "Enter" { naming.save() } else { editing.set(false) }
    };
    let shown = move || {
        if editing.get() {
            return view! {
                <input node_ref=input class="called" aria-label="Name" aria-describedby="name-problem" dir="auto" maxlength="120"
                    bind:value=typed on:keydown=pressed on:blur=move |_| naming.save() />
                <small id="name-problem" class="problem" role="alert">{problem}</small>
            }
            .into_any();
        }
        let name = known.get().flatten().unwrap_or_default();
        let empty = name.is_empty();
        if desk.watches() {
            return view! { <p class="called" dir="auto">{name}</p> }.into_any();
        }
        let label = if empty { "Add a name".to_owned() } else { format!("Name: {name}") };
        let words = if empty { "Add a name …".to_owned() } else { name };
        view! {
            <button node_ref=button type="button" class="called" data-empty=empty.to_string() dir="auto" aria-label=label
                title="Change the name" on:click=move |_| naming.edit()>{words}</button>
        }
        .into_any()
    };
    view! { <Show when=move || known.with(Option::is_some)>{shown}</Show> }.into_any()
}

/// The field for the name on this screen.
#[derive(Clone, Copy)]
struct Naming {
    desk: Desk,
    known: Memo<Option<Option<String>>>,
    editing: RwSignal<bool>,
    typed: RwSignal<String>,
    problem: RwSignal<String>,
}

impl Naming {
    fn edit(self) {
        self.typed.set(self.known.get_untracked().flatten().unwrap_or_default());
        self.problem.set(String::new());
        self.editing.set(true);
    }

    fn save(self) {
        let desk = self.desk;
        // Taken away, the field loses the focus once more.
        if self.editing.try_get_untracked() != Some(true) {
            return;
        }
        self.editing.set(false);
        let before = self.known.get_untracked().flatten().unwrap_or_default();
        let after = self.typed.get_untracked().trim().to_owned();
        let Some(chat) = untrack(|| desk.chat()).filter(|_| !after.is_empty() && after != before) else { return };
        let place = desk.place.get_untracked();
        desk.edit_begins(chat);
        show(desk, chat, &after);
        spawn_local(async move {
            let answer = api::rename_contact(chat, after.clone()).await;
            desk.edit_ended(chat);
            match answer {
                // Nobody is called nothing: a first name is not taken back.
                Ok(()) if before.is_empty() => desk.toasts.say("Name saved."),
                Ok(()) => {
                    let undo = Callback::new(move |()| take_back(desk, chat, before.clone(), after.clone()));
                    desk.toasts.undoable_for(10, "Name saved.", undo);
                }
                Err(error) => {
                    show(desk, chat, &before);
                    // Unless another customer is shown by now, or something else is being typed.
                    if untrack(|| desk.chat()) == Some(chat) && self.editing.try_get_untracked() == Some(false) {
                        self.typed.set(after);
                        self.problem.set(error.to_string());
                        self.editing.set(true);
                    } else {
                        unsaved(desk, place, "Name", &after, &error.to_string());
                    }
                }
            }
        });
    }
}

fn show(desk: Desk, chat: ChatId, name: &str) {
    if untrack(|| desk.chat()) != Some(chat) {
        return;
    }
    desk.profile.update(|profile| {
        if let Some(profile) = profile {
            profile.name = (!name.is_empty()).then(|| name.to_owned());
        }
    });
}

/// Calls the customer what they were called `before`, unless it is seen that somebody has changed the name since.
fn take_back(desk: Desk, chat: ChatId, before: String, after: String) {
    let name = desk.profile.with_untracked(|profile| profile.as_ref().and_then(|profile| profile.name.clone()));
    if untrack(|| desk.chat()) == Some(chat) && name.is_some_and(|name| name != after) {
        return desk.toasts.say("The name has been changed since.");
    }
    desk.edit_begins(chat);
    show(desk, chat, &before);
    spawn_local(async move {
        let answer = api::rename_contact(chat, before).await;
        desk.edit_ended(chat);
        if let Err(error) = answer {
            show(desk, chat, &after);
            desk.failed(&error);
        }
    });
}
