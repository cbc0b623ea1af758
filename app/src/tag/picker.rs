//! The customer's tags in the profile, and the list that gives and takes them. Both show at once what was done.

use super::api;
use crate::desk::Desk;
use crate::ui::time::date;
use crate::ui::{Icon, Show, browser};
use domain::TagId;
use domain::tag::{Given, Kind, Label};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

/// The tags, each with what takes it off; `G` opens the list of all, which gives one or takes it off again.
#[component]
pub fn Tags() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let given = Memo::new(move |_| desk.profile.with(|profile| profile.as_ref().map(|profile| profile.tags.clone())));
    // Who only watches changes nothing.
    let may = Memo::new(move |_| given.with(Option::is_some) && !desk.watches());
    let any = Memo::new(move |_| given.with(|given| given.as_ref().is_some_and(|given| !given.is_empty())));
    let adding = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    // Asked for before there was a profile.
    Effect::new(move |_| {
        if may.get() && desk.tags_next.get_value() {
            desk.tags_next.set_value(false);
            adding.set(true);
        }
    });
    let close = Callback::new(move |()| {
        adding.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    });
    let toggle = move |_| {
        if button.get_untracked().is_some_and(|button| button.offset_width() == 0) {
            desk.uncover_profile();
        }
        adding.update(|adding| *adding = !*adding);
    };
    view! {
        <Show when=move || may.get() || any.get()>
            <h2>"Tags"</h2>
            <ul class="tags">
                {move || {
                    // In this order: asked for `may` first, which follows `given`, the effect takes `given` for unchanged.
                    let given = given.get().unwrap_or_default();
                    let may = may.get();
                    given.into_iter().enumerate().map(|(n, given)| chip(desk, n, given, may)).collect_view()
                }}
            </ul>
            <Show when=move || may.get()>
                <button type="button" class="link" data-tag="" node_ref=button aria-expanded=move || adding.get().to_string()
                    on:mousedown=|event| event.prevent_default() on:click=toggle>"Add tag"<kbd>"G"</kbd></button>
                <Show when=move || adding.get()>
                    <Picker adding close />
                </Show>
            </Show>
        </Show>
    }
    .into_any()
}

fn chip(desk: Desk, place: usize, given: Given, may: bool) -> AnyView {
    let automated = given.automated();
    let Given { label, by, at, .. } = given;
    let may = may && (!automated || desk.me.with_untracked(|me| me.member.role.supervises()));
    let (tag, off) = (label.id, format!("Take off {}", label.name));
    let take = move |_| {
        change(desk, tag, None);
        browser::soon(move || focus_from(place));
    };
    let about = Signal::derive(move || {
        let (at, now) = (desk.clock.local(at), desk.clock.local(desk.clock.now.get()));
        format!("{} · given by {by}, {}, {}", label.category, date(at, now), at.format("%H:%M"))
    });
    view! {
        <li class="tag" data-colour=label.colour.as_str() tabindex="0" data-about=about aria-description=about>
            {automated.then(|| view! { <small>"auto"</small> })}
            <span dir="auto">{label.name}</span>
            {may.then(|| view! {
                <button type="button" aria-label=off on:click=take><Icon name="close" /></button>
            })}
        </li>
    }
    .into_any()
}

/// Where a tag was taken off, the keyboard goes to what takes off the next one, or else to what adds one.
fn focus_from(place: usize) {
    let next = format!(".tags > :nth-child(n + {}) button", place + 1);
    let find = |selector: &str| document().query_selector(selector).ok().flatten();
    let found = find(&next).or_else(|| find("[data-tag]"));
    if let Some(found) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
        let _ = found.focus();
    }
}

/// Gives a tag, or takes it off; the profile is loaded again when the server says no.
fn change(desk: Desk, tag: TagId, give: Option<Label>) {
    let Some(chat) = untrack(|| desk.chat()) else { return };
    let gives = give.is_some();
    let at = desk.clock.now.get_untracked();
    let by = desk.me.with_untracked(|me| me.member.name.clone());
    desk.edit_begins(chat);
    desk.profile.update(|profile| {
        if let Some(profile) = profile {
            profile.tags.retain(|given| given.label.id != tag);
            profile.tags.extend(give.map(|label| Given { label, by, at, automation: None }));
        }
    });
    spawn_local(async move {
        let answer = if gives { api::give_tag(chat, tag).await } else { api::take_tag(chat, tag).await };
        desk.edit_ended(chat);
        if let Err(error) = answer {
            desk.failed(&error);
        }
    });
}

#[component]
fn Picker(adding: RwSignal<bool>, close: Callback<()>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let all = RwSignal::new(None::<Vec<Label>>);
    let words = RwSignal::new(String::new());
    // Until the arrows move it, the mark is on what Enter gives: nothing is taken off unlooked at.
    let at = RwSignal::new(None::<usize>);
    // Enter was pressed before the list had come: it counts as soon as it has.
    let entered = StoredValue::new(false);
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        desk.defined.track();
        spawn_local(async move {
            match api::tag_choices().await {
                Ok(mut choices) => {
                    // What automation gives, nobody gives by hand.
                    choices.retain(|label| label.kind == Kind::Manual);
                    let _ = all.try_set(Some(choices));
                }
                Err(error) => {
                    desk.failed(&error);
                    // Opened again, it is asked for again.
                    if all.try_with_untracked(Option::is_none) == Some(true) {
                        let _ = adding.try_set(false);
                    }
                }
            }
        });
    });
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let given = move |tag: TagId| {
        desk.profile.with(|profile| {
            profile.as_ref().is_some_and(|profile| profile.tags.iter().any(|given| given.label.id == tag))
        })
    };
    let automated = move |tag: TagId| {
        desk.profile.with(|profile| {
            let mut given = profile.iter().flat_map(|profile| &profile.tags);
            given.any(|given| given.label.id == tag && given.automated())
        })
    };
    let found = Memo::new(move |_| {
        let words = domain::tag::fold(&words.get());
        let mut found = all.get().unwrap_or_default();
        found.retain(|label| {
            let name = domain::tag::fold(&format!("{} {}", label.category, label.name));
            words.split_whitespace().all(|word| name.contains(word))
        });
        found
    });
    let marked = Memo::new(move |_| {
        found.with(|found| match at.get() {
            _ if found.is_empty() => None,
            Some(at) => Some(at.min(found.len() - 1)),
            None if words.with(|words| words.trim().is_empty()) => found.iter().position(|label| !given(label.id)),
            None => Some(0),
        })
    });
    Effect::new(move |_| {
        found.track();
        if let Some(marked) = marked.get() {
            browser::reveal(&format!("tag-{marked}"));
        }
    });
    let pick = move |n: usize| {
        if let Some(label) = found.with_untracked(|found| found.get(n).cloned()) {
            let taken = untrack(|| given(label.id));
            let fixed = untrack(|| automated(label.id)) && !desk.me.with_untracked(|me| me.member.role.supervises());
            close.run(());
            // What automation has given stays with agents.
            if !fixed {
                change(desk, label.id, (!taken).then_some(label));
            }
        }
    };
    Effect::new(move |_| {
        if all.with(Option::is_some) && entered.get_value() {
            entered.set_value(false);
            // What nobody saw is given only by its name, and never taken off.
            let meant = words.with_untracked(|words| !words.trim().is_empty());
            let first = found.with_untracked(|found| found.first().map(|label| label.id));
            if meant && first.is_some_and(|first| !untrack(|| given(first))) {
                pick(0);
            }
        }
    });
    let pressed = move |event: leptos::ev::KeyboardEvent| {
        let (marked, many) = (marked.get_untracked(), found.with_untracked(Vec::len).max(1));
        match event.key().as_str() {
            "ArrowDown" => at.set(Some(marked.map_or(0, |n| (n + 1) % many))),
            "ArrowUp" => at.set(Some(marked.map_or(many - 1, |n| (n + many - 1) % many))),
            "Enter" => match marked {
                Some(marked) => pick(marked),
                None => entered.set_value(all.with_untracked(Option::is_none)),
            },
            "Escape" => close.run(()),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let typed = move |event| {
        words.set(event_target_value(&event));
        at.set(None);
        entered.set_value(false);
    };
    let options = move || {
        let mut category = String::new();
        let option = |(n, label): (usize, Label)| {
            let tag = label.id;
            let heading = (label.category != category).then(|| {
                category.clone_from(&label.category);
                view! { <li class="group" role="presentation">{label.category}</li> }
            });
            view! {
                {heading}
                <li role="option" id=format!("tag-{n}") aria-selected=move || (marked.get() == Some(n)).to_string()
                    aria-checked=move || given(tag).to_string() on:click=move |_| pick(n)>
                    <span class="tag" data-colour=label.colour.as_str() dir="auto">{label.name}</span>
                    <Show when=move || given(tag)><Icon name="check" /></Show>
                </li>
            }
            .into_any()
        };
        found.get().into_iter().enumerate().map(option).collect_view()
    };
    let note = move || match (all.with(|all| all.as_ref().map(Vec::len)), found.with(Vec::is_empty)) {
        (None, _) => "Loading …",
        (Some(0), _) => "There are no tags to give yet; supervisors define them in Manage.",
        (_, true) => "No tag of this name.",
        _ => "",
    };
    view! {
        <div class="picker">
            <input node_ref=input type="text" role="combobox" aria-label="Search tags" placeholder="Search tags" maxlength="40"
                autocomplete="off" aria-expanded="true" aria-autocomplete="list" aria-controls="tag-options"
                aria-activedescendant=move || marked.get().map(|n| format!("tag-{n}"))
                prop:value=words on:input=typed on:keydown=pressed on:blur=move |_| { let _ = adding.try_set(false); } />
            // The input keeps the focus while a tag is clicked.
            <ul id="tag-options" role="listbox" aria-label="Tags" on:mousedown=|event| event.prevent_default()>{options}</ul>
            <p class="dim" role="status">{note}</p>
        </div>
    }
    .into_any()
}
