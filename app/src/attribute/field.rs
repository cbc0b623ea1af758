//! The profile's attributes, edited in place: shown at once, put right when the server says otherwise.

use super::{Control, api};
use crate::AppError;
use crate::desk::Desk;
use crate::ui::time::{Style, Time};
use crate::ui::{For, Show};
use domain::attribute::{Definition, Edited, Field, Kind};
use domain::chat::Queue;
use domain::{AttributeId, ChatId, Error, Timestamp};
use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
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

/// What somebody else set meanwhile.
#[derive(Clone, PartialEq)]
struct Theirs {
    words: String,
    at: Timestamp,
    version: i64,
}

/// One attribute on this screen.
#[derive(Clone, Copy)]
struct Editor {
    desk: Desk,
    id: AttributeId,
    field: Memo<Option<Field>>,
    editing: RwSignal<bool>,
    typed: RwSignal<String>,
    problem: RwSignal<String>,
    theirs: RwSignal<Option<Theirs>>,
    /// The value and its version at which editing began.
    began: StoredValue<(String, i64)>,
    /// Whether the keyboard goes back to the value.
    back: RwSignal<bool>,
}

impl Editor {
    fn edit(self) {
        let Some(field) = self.field.get_untracked() else { return };
        self.began.set_value((field.value.clone(), field.version));
        self.typed.set(field.value);
        self.problem.set(String::new());
        self.theirs.set(None);
        self.editing.set(true);
    }

    fn restore(self) {
        self.editing.set(false);
        self.problem.set(String::new());
    }

    fn save(self) {
        let Some(Field { definition, .. }) = self.field.get_untracked() else { return };
        if !self.editing.get_untracked() {
            return;
        }
        match definition.shape.parse(&self.typed.get_untracked()) {
            Err(why) => self.problem.set(why),
            Ok(value) => {
                self.restore();
                // Whoever changed nothing has nothing to say to what others did meanwhile.
                let (before, version) = self.began.get_value();
                if value != before {
                    self.send(definition, before, version, value);
                }
            }
        }
    }

    fn send(self, definition: Definition, before: String, version: i64, value: String) {
        let Some(chat) = untrack(|| self.desk.chat()) else { return };
        let (desk, id) = (self.desk, self.id);
        let place = desk.place.get_untracked();
        let shown = self.field.get_untracked().map(|field| field.value).unwrap_or_default();
        show(desk, chat, id, &value, None);
        spawn_local(async move {
            match api::set_attribute(chat, id, value.clone(), version).await {
                Ok(Edited::Done { version }) => {
                    show(desk, chat, id, &value, Some(version));
                    let undo = Callback::new(move |()| take_back(desk, chat, id, before.clone(), version));
                    let name = &definition.shape.name;
                    let words = if value.is_empty() { format!("{name} cleared.") } else { format!("{name} saved.") };
                    desk.toasts.undoable_for(10, words, undo);
                }
                Ok(Edited::Conflict { value: other, by, at, version }) => {
                    show(desk, chat, id, &other, Some(version));
                    let did = match definition.shape.show(&other) {
                        other if other.is_empty() => "cleared it".to_owned(),
                        other => format!("set it to “{other}”"),
                    };
                    let words = format!("{} {did}", by.name());
                    if self.again(&value) {
                        self.theirs.set(Some(Theirs { words, at, version }));
                    } else {
                        unsaved(desk, place, &definition.shape.name, &value, &words);
                    }
                }
                Err(error) => {
                    show(desk, chat, id, &shown, None);
                    let why = match &error {
                        AppError(Error::Invalid(why)) => why.clone(),
                        other => other.to_string(),
                    };
                    if self.again(&value) {
                        self.problem.set(why);
                        self.editing.set(true);
                        if error.0 == Error::SignedOut {
                            desk.failed(&error);
                        }
                    } else {
                        unsaved(desk, place, &definition.shape.name, &value, &why);
                    }
                }
            }
        });
    }

    /// Puts back what was typed, unless the field went with its profile.
    fn again(self, typed: &str) -> bool {
        self.typed.try_set(typed.to_owned()).is_none()
    }

    fn use_mine(self) {
        let (Some(theirs), Some(field)) = (self.theirs.get_untracked(), self.field.get_untracked()) else { return };
        self.theirs.set(None);
        self.send(field.definition, field.value, theirs.version, self.typed.get_untracked());
    }

    fn pressed(self, event: &KeyboardEvent) {
        let key = event.key();
        let several = self
            .field
            .with_untracked(|field| field.as_ref().is_some_and(|field| field.definition.shape.kind == Kind::LongText));
        if event.is_composing() || (key == "Enter" && several && event.shift_key()) {
            return;
        }
        if key == "Enter" || key == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            self.back.set(true);
            if key == "Enter" { self.save() } else { self.restore() }
        }
    }
}

/// The value on this screen; where a version is given, it is the server's.
fn show(desk: Desk, chat: ChatId, id: AttributeId, value: &str, version: Option<i64>) {
    if untrack(|| desk.chat()) != Some(chat) {
        return;
    }
    desk.profile.update(|profile| {
        let fields = profile.iter_mut().flat_map(|profile| &mut profile.attributes);
        for field in fields.filter(|field| field.definition.id == id) {
            // What the feed has brought meanwhile is newer.
            if version.is_none_or(|version| version >= field.version) {
                value.clone_into(&mut field.value);
                field.version = version.unwrap_or(field.version);
            }
        }
    });
}

/// What was typed and not kept, of a profile that is shown no more: it can be read, copied and gone back to.
fn unsaved(desk: Desk, (queue, chat): (Queue, Option<ChatId>), name: &str, value: &str, why: &str) {
    let words = format!("{name} “{value}” was not saved. {why}");
    desk.toasts.with_action_for(20, words, "Go back", Callback::new(move |()| desk.goto(queue, chat)));
}

fn take_back(desk: Desk, chat: ChatId, id: AttributeId, before: String, version: i64) {
    spawn_local(async move {
        match api::set_attribute(chat, id, before.clone(), version).await {
            Ok(Edited::Done { version }) => show(desk, chat, id, &before, Some(version)),
            Ok(Edited::Conflict { by, .. }) => desk.toasts.say(format!("{} has changed it since.", by.name())),
            Err(error) => desk.failed(&error),
        }
    });
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
    let editor = Editor {
        desk,
        id,
        field,
        editing: RwSignal::new(false),
        typed: RwSignal::new(String::new()),
        problem: RwSignal::new(String::new()),
        theirs: RwSignal::new(None),
        began: StoredValue::new((String::new(), 0)),
        back: RwSignal::new(false),
    };
    // What is being typed outlives the profile, which goes with the chat.
    Effect::new(move |was: Option<bool>| {
        let open = editor.editing.get() || editor.theirs.with(Option::is_some);
        let typed = editor.typed.get();
        if (open || was == Some(true))
            && let Some(field) = field.get_untracked()
        {
            let new = open && typed != field.value && !typed.trim().is_empty();
            desk.value.set(if new { format!("{}: {typed}", field.definition.shape.name) } else { String::new() });
        }
        open
    });
    let name = move || field.with(|field| field.as_ref().map(|field| field.definition.shape.name.clone()));
    // What was refused beside the field, or waits for a choice, does not go with the chat unseen.
    let (place, label) = (desk.place.get_untracked(), untrack(name).unwrap_or_default());
    on_cleanup(move || {
        let theirs = editor.theirs.get_untracked().map(|theirs| theirs.words);
        let (why, typed) = (theirs.unwrap_or_else(|| editor.problem.get_untracked()), editor.typed.get_untracked());
        if !why.is_empty() && desk.place.get_untracked() != place {
            unsaved(desk, place, &label, &typed, &why);
        }
    });
    let help = move || field.with(|field| field.as_ref().map(|field| field.definition.shape.help.clone()));
    view! {
        <div class="field" data-editing=move || editor.editing.get().to_string() data-attribute=name>
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
        if let Some(button) = button.get()
            && back.get_untracked()
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
        if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
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
    let (label, help, about) = (shape.name.clone(), shape.help.clone(), format!("about-{}", editor.id));
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
        if let Some(keep) = keep.get() {
            let _ = keep.focus();
        }
    });
    let fresh = (editor.desk.clock.now.get_untracked() - theirs.at).num_seconds() < 120;
    let when = if fresh { "just now".into_any() } else { view! { <Time at=theirs.at style=Style::Full /> }.into_any() };
    view! {
        <div class="conflict" role="alert">
            <p>{theirs.words}" "{when}"."</p>
            <button node_ref=keep type="button" class="button small" on:click=move |_| { editor.back.set(true); editor.theirs.set(None) }>"Keep theirs"</button>
            <button type="button" class="button small" on:click=move |_| editor.use_mine()>"Use mine"</button>
        </div>
    }
    .into_any()
}
