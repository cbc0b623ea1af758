//! What editing an attribute does: shown at once, put right when the server says otherwise, never lost.

use super::api;
use super::control::{half_a_date, read};
use crate::AppError;
use crate::desk::Desk;
use crate::ui::browser;
use domain::attribute::{Definition, Edited, Field, Kind};
use domain::chat::Queue;
use domain::{AttributeId, ChatId, Error, Timestamp};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A queue and a chat in it.
pub(super) type Place = (Queue, Option<ChatId>);

/// What somebody else set meanwhile.
#[derive(Clone, PartialEq)]
pub(super) struct Theirs {
    pub(super) words: String,
    pub(super) at: Timestamp,
    version: i64,
}

/// One attribute on this screen.
#[derive(Clone, Copy)]
pub(super) struct Editor {
    pub(super) desk: Desk,
    pub(super) id: AttributeId,
    pub(super) field: Memo<Option<Field>>,
    pub(super) editing: RwSignal<bool>,
    pub(super) typed: RwSignal<String>,
    pub(super) problem: RwSignal<String>,
    pub(super) theirs: RwSignal<Option<Theirs>>,
    /// The value and its version at which editing began.
    began: StoredValue<(String, i64)>,
    /// Whether the keyboard goes back to the value.
    pub(super) back: RwSignal<bool>,
}

impl Editor {
    pub(super) fn new(desk: Desk, id: AttributeId, field: Memo<Option<Field>>) -> Self {
        Self {
            desk,
            id,
            field,
            editing: RwSignal::new(false),
            typed: RwSignal::new(String::new()),
            problem: RwSignal::new(String::new()),
            theirs: RwSignal::new(None),
            began: StoredValue::new((String::new(), 0)),
            back: RwSignal::new(false),
        }
    }

    /// The id of what is said about the control.
    pub(super) fn about(self) -> String {
        format!("about-{}", self.id)
    }

    /// Whether the keyboard may be moved within the field.
    pub(super) fn may_focus(self) -> bool {
        may_focus(&format!("#field-{}", self.id))
    }

    pub(super) fn edit(self) {
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

    pub(super) fn save(self) {
        let Some(Field { definition, .. }) = self.field.get_untracked() else { return };
        if !self.editing.get_untracked() {
            return;
        }
        let (typed, about) = (self.typed.get_untracked(), self.about());
        let (before, version) = self.began.get_value();
        // Whoever changed nothing has nothing to say to what others did meanwhile, nor to a list that changed since.
        let unchanged = typed == before && !half_a_date(&about);
        let value = if unchanged { Ok(typed) } else { read(&definition.shape, &typed, &about) };
        match value {
            Err(why) => {
                // It is corrected, and may be left by another way.
                self.back.set(false);
                self.problem.set(why);
            }
            Ok(value) => {
                self.restore();
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
        desk.edit_begins(chat);
        show(desk, chat, id, &value, None);
        spawn_local(async move {
            let known = version;
            let answer = api::set_attribute(chat, id, value.clone(), known).await;
            desk.edit_ended(chat);
            match answer {
                Ok(Edited::Done { version }) => {
                    show(desk, chat, id, &value, Some(version));
                    // Whoever has begun to edit it again builds on their own.
                    let _ = self.began.try_update_value(|began| {
                        if *began == (value.clone(), known) {
                            began.1 = version;
                        }
                    });
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
                        unsaved(desk, place, &definition.shape.name, &value, &format!("{words}."));
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

    /// Puts back what was typed, unless the field went with its profile, or something else is being typed there.
    fn again(self, typed: &str) -> bool {
        self.editing.try_get_untracked() == Some(false) && self.typed.try_set(typed.to_owned()).is_none()
    }

    pub(super) fn keep_theirs(self) {
        self.back.set(true);
        self.theirs.set(None);
    }

    pub(super) fn use_mine(self) {
        let (Some(theirs), Some(field)) = (self.theirs.get_untracked(), self.field.get_untracked()) else { return };
        self.keep_theirs();
        self.send(field.definition, field.value, theirs.version, self.typed.get_untracked());
    }

    /// Theirs stays, and what was typed is in the field once more: sent again it replaces theirs.
    fn edit_mine(self) {
        let (Some(theirs), Some(field)) = (self.theirs.get_untracked(), self.field.get_untracked()) else { return };
        self.began.set_value((field.value, theirs.version));
        self.theirs.set(None);
        self.editing.set(true);
    }

    /// In the control.
    pub(super) fn pressed(self, event: &KeyboardEvent) {
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

    /// In the field, while a choice waits: Escape does not leave the chat.
    pub(super) fn escaped(self, event: &KeyboardEvent) {
        if event.key() == "Escape" && self.theirs.with_untracked(Option::is_some) {
            event.prevent_default();
            event.stop_propagation();
            self.edit_mine();
        }
    }

    /// The field is taken from the screen. What was refused beside it, or waits for a choice, does not go with the chat
    /// unseen; nor does what is typed go with an attribute that is another one by now.
    pub(super) fn leave(self, place: Place, name: &str) {
        let (desk, typed) = (self.desk, self.typed.get_untracked());
        let theirs = self.theirs.get_untracked().map(|theirs| format!("{}.", theirs.words));
        let why = theirs.unwrap_or_else(|| self.problem.get_untracked());
        // Taken or passed on, it is the same chat in another queue.
        if untrack(|| desk.marked()) != place.1 {
            if !why.is_empty() {
                unsaved(desk, place, name, &typed, &why);
            }
            return;
        }
        let began = self.began.with_value(|(before, _)| *before == typed);
        let new = !began && !typed.trim().is_empty() && (self.editing.get_untracked() || !why.is_empty());
        // Without a profile it is the chat that went: what was typed stands in its place then.
        if new && desk.profile.with_untracked(Option::is_some) {
            desk.types(&self.about(), String::new());
            unsaved(desk, place, name, &typed, "A supervisor has changed this attribute or taken it off the profiles.");
        }
    }
}

/// Whether the keyboard may be moved to a place: it is there, or nowhere. Whoever types elsewhere goes on typing.
pub(crate) fn may_focus(place: &str) -> bool {
    document()
        .active_element()
        .is_none_or(|at| at.tag_name() == "BODY" || at.closest(place).is_ok_and(|at| at.is_some()))
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

/// What was typed and not kept, of a field that is shown no more: it can be read, and copied or gone back to.
pub(crate) fn unsaved(desk: Desk, place: Place, name: &str, value: &str, why: &str) {
    let shown = if value.is_empty() { String::new() } else { format!(" “{value}”") };
    let words = format!("{name}{shown} was not saved. {why}");
    let (queue, chat) = place;
    if untrack(|| desk.marked()) == chat {
        let (told, value) = (words.clone(), value.to_owned());
        let copy = move |()| {
            if !browser::copy(&value) {
                desk.toasts.say(told.clone());
            }
        };
        return desk.toasts.with_action_for(20, words, "Copy", Callback::new(copy));
    }
    desk.toasts.with_action_for(20, words, "Go back", Callback::new(move |()| desk.goto(queue, chat)));
}

fn take_back(desk: Desk, chat: ChatId, id: AttributeId, before: String, version: i64) {
    desk.edit_begins(chat);
    spawn_local(async move {
        let answer = api::set_attribute(chat, id, before.clone(), version).await;
        desk.edit_ended(chat);
        match answer {
            Ok(Edited::Done { version }) => show(desk, chat, id, &before, Some(version)),
            Ok(Edited::Conflict { by, .. }) => desk.toasts.say(format!("{} has changed it since.", by.name())),
            Err(AppError(Error::Invalid(why))) => {
                desk.toasts.say(format!("“{before}” fits no more and was not put back. {why}"));
            }
            Err(error) => desk.failed(&error),
        }
    });
}
