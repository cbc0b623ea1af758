//! The profile's attributes, edited in place.

use super::Control;
use super::editor::{Editor, Theirs};
use crate::desk::Desk;
use crate::ui::time::{Style, Time};
use crate::ui::{For, Show};
use domain::AttributeId;
use domain::attribute::{Field, Kind};
use leptos::ev::FocusEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlElement, Node};

/// Every attribute in its order. Stands beside what a reload of the profile renders anew, and stays: nothing that is
/// being typed is lost.
#[component]
pub fn Attributes() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let keys = Memo::new(move |_| {
        desk.profile.with(|profile| {
            let of = |field: &Field| (field.definition.id, field.definition.shape.kind);
            let fields = profile.iter().flat_map(|profile| profile.attributes.iter().map(of));
            fields.collect::<Vec<_>>()
        })
    });
    view! {
        <Show when=move || keys.with(|keys| !keys.is_empty())><h2>"Attributes"</h2></Show>
        <div class="fields">
            <For each=move || keys.get() key=|key| *key let:key><Row id=key.0 /></For>
        </div>
    }
    .into_any()
}

#[component]
fn Row(id: AttributeId) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let field = Memo::new(move |_| {
        desk.profile.with(|profile| {
            profile
                .as_ref()
                .and_then(|profile| profile.attributes.iter().find(|field| field.definition.id == id).cloned())
        })
    });
    let editor = Editor::new(desk, id, field);
    // What is being typed outlives the profile, which goes with the chat.
    Effect::new(move |was: Option<bool>| {
        let open = editor.editing.get() || editor.theirs.with(Option::is_some);
        let typed = editor.typed.get();
        if (open || was == Some(true))
            && let Some(field) = field.get_untracked()
        {
            let new = open && typed != field.value && !typed.trim().is_empty();
            let text = if new { format!("{}: {typed}", field.definition.shape.name) } else { String::new() };
            desk.types(&editor.about(), text);
        }
        open
    });
    let name = move || field.with(|field| field.as_ref().map(|field| field.definition.shape.name.clone()));
    let (place, label) = (desk.place.get_untracked(), untrack(name).unwrap_or_default());
    on_cleanup(move || editor.leave(place, &label));
    let help = move || field.with(|field| field.as_ref().map(|field| field.definition.shape.help.clone()));
    view! {
        <div class="field" id=format!("field-{id}") data-editing=move || editor.editing.get().to_string() data-attribute=name
            on:keydown=move |event| editor.escaped(&event)>
            <span class="name" title=help>{name}</span>
            {move || if editor.editing.get() { view! { <Edit editor /> }.into_any() } else { view! { <Value editor /> }.into_any() }}
            {move || editor.theirs.get().map(|theirs| view! { <Conflict editor theirs /> })}
        </div>
    }
    .into_any()
}

#[component]
fn Value(editor: Editor) -> impl IntoView {
    let Editor { desk, field, back, .. } = editor;
    let button = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if back.get()
            && let Some(button) = button.get()
        {
            back.set(false);
            let _ = button.focus();
        }
    });
    let content = move || {
        let Field { definition, value, .. } = field.get()?;
        let (shape, empty) = (definition.shape, value.is_empty());
        let shown = shape.show(&value);
        if desk.watches() {
            return Some(view! { <span class="value" dir="auto">{shown}</span> }.into_any());
        }
        let label = if empty { format!("Add {}", shape.name) } else { format!("{}: {shown}", shape.name) };
        let shown = if empty { "Add …".to_owned() } else { shown };
        let open = (shape.kind == Kind::Link && value.starts_with("http")).then(|| view! {
            <a class="open" href=value target="_blank" rel="noopener noreferrer" aria-label=format!("Open {}", shape.name)>"↗"</a>
        });
        Some(view! {
            <span class="line">
                <button node_ref=button type="button" class="value" data-empty=empty.to_string() dir="auto" aria-label=label title=shape.help
                    on:click=move |_| editor.edit()>{shown}</button>
                {open}
            </span>
        }.into_any())
    };
    view! { {content} }.into_any()
}

#[component]
fn Edit(editor: Editor) -> impl IntoView {
    let Some(Field { definition, .. }) = editor.field.get_untracked() else { return ().into_any() };
    let frame = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let first = frame.get().and_then(|frame| frame.query_selector("input, select, textarea").ok().flatten());
        let first = first.and_then(|first| first.dyn_into::<HtmlElement>().ok());
        if let Some(first) = first.filter(|_| editor.may_focus()) {
            let _ = first.focus();
        }
    });
    // Only when the focus leaves the field as a whole.
    let left = move |event: FocusEvent| {
        if editor.editing.try_get_untracked() != Some(true) {
            return;
        }
        let to = event.related_target().and_then(|to| to.dyn_into::<Node>().ok());
        if !frame.try_get_untracked().flatten().is_some_and(|frame| frame.contains(to.as_ref())) {
            editor.save();
        }
    };
    let shape = definition.shape;
    let (label, help, about) = (shape.name.clone(), shape.help.clone(), editor.about());
    view! {
        <div class="edit" tabindex="-1" node_ref=frame on:focusout=left on:keydown=move |event| editor.pressed(&event)>
            <Control shape typed=editor.typed label describes=about.clone() />
            <span id=about>
                <small class="problem" role="alert">{move || editor.problem.get()}</small>
                {(!help.is_empty()).then(|| view! { <small>{help}</small> })}
            </span>
        </div>
    }
    .into_any()
}

#[component]
fn Conflict(editor: Editor, theirs: Theirs) -> impl IntoView {
    let keep = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(keep) = keep.get().filter(|_| editor.may_focus()) {
            let _ = keep.focus();
        }
    });
    let fresh = (editor.desk.clock.now.get_untracked() - theirs.at).num_seconds() < 120;
    let when = if fresh { "just now".into_any() } else { view! { <Time at=theirs.at style=Style::Full /> }.into_any() };
    view! {
        <div class="conflict" role="alert">
            <p>{theirs.words}" "{when}"."</p>
            <button node_ref=keep type="button" class="button small" on:click=move |_| editor.keep_theirs()>"Keep theirs"</button>
            <button type="button" class="button small" on:click=move |_| editor.use_mine()>"Use mine"</button>
        </div>
    }
    .into_any()
}
