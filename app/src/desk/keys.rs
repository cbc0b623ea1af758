//! The keyboard on the main path. Never while somebody types, but for Escape.

use super::state::Desk;
use crate::ui::browser::press;
use domain::ChatId;
use domain::chat::Queue;
use leptos::ev::{KeyboardEvent, keydown};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};

/// Listens for as long as the page lives.
pub fn listen(desk: Desk) {
    Effect::new(move |_| {
        let handle = window_event_listener(keydown, move |event| pressed(desk, &event));
        on_cleanup(move || handle.remove());
    });
}

fn pressed(desk: Desk, event: &KeyboardEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let typing = target.as_ref().is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
    let in_dialog = target.as_ref().and_then(|e| e.closest("dialog").ok()).flatten().is_some();
    let key = event.key();
    if (event.ctrl_key() || event.meta_key()) && key == "k" {
        event.prevent_default();
        if !in_dialog {
            desk.searching.set(true);
        }
        return;
    }
    if in_dialog || event.is_composing() {
        return;
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    if key == "Escape" {
        if typing {
            if let Some(element) = target.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
                let _ = element.blur();
            }
        } else {
            desk.goto(untrack(|| desk.place.get().0), None);
        }
        return;
    }
    if typing {
        return;
    }
    // Letters are meant for what is still to come, the composer of a chat that is being taken, the list of tags: no commands.
    if key.chars().count() == 1 && (desk.takes_next.get_value() || desk.comes()) {
        return;
    }
    if event.repeat() && !matches!(key.as_str(), "j" | "k") {
        return;
    }
    // What acts on the open chat is not meant for the one that is about to go.
    let act = |button: &'static str| {
        if desk.picked.with_untracked(Option::is_none) {
            press(button);
        }
    };
    match key.as_str() {
        "1" => desk.goto(Queue::Active, None),
        "2" => desk.goto(Queue::Requested, None),
        "3" => desk.goto(Queue::Intervened, None),
        "4" => desk.goto(Queue::History, None),
        "j" => step(desk, true),
        "k" => step(desk, false),
        "i" => act("[data-intervene]"),
        "n" => desk.take_next(),
        "t" => act("[data-pass]"),
        "e" => act("[data-resolve]"),
        "g" if desk.profile_comes() => {
            desk.tags_next.set_value(true);
            let late = move || {
                let _ = desk.tags_next.try_set_value(false);
            };
            set_timeout(late, std::time::Duration::from_secs(5));
        }
        "g" => act("[data-tag]"),
        "r" => {
            desk.noting.set(false);
            crate::ui::browser::soon(|| focus("[data-composer]"));
        }
        "N" => act("[data-note]"),
        "/" => desk.searching.set(true),
        "?" => desk.help.set(true),
        _ => return,
    }
    event.prevent_default();
}

fn step(desk: Desk, forward: bool) {
    if let Some(walk) = desk.walk.get_value() {
        return walk.run(forward);
    }
    desk.aim.moves();
    let (queue, chat) = (desk.place.get_untracked().0, untrack(|| desk.marked()));
    if let Some(next) = desk.order.with_value(|order| neighbour(order, chat, forward)) {
        desk.pick(queue, next);
    }
}

/// The row after a chat, or before it; the first where none is open.
fn neighbour(order: &[ChatId], chat: Option<ChatId>, forward: bool) -> Option<ChatId> {
    let here = chat.and_then(|chat| order.iter().position(|id| *id == chat));
    let next = match (here, forward) {
        (None, _) => 0,
        (Some(here), true) => here + 1,
        (Some(here), false) => here.checked_sub(1)?,
    };
    order.get(next).copied()
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

fn focus(selector: &str) {
    if let Some(element) = find(selector) {
        let _ = element.focus();
    }
}
