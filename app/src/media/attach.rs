//! Where one file is attached: by choice, drop or paste, with what is under way and what went wrong.

use super::upload::{Chosen, bring, chosen};
use crate::ui::Icon;
use domain::media::{File, OFFERED};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A place for one file.
#[derive(Clone, Copy)]
pub struct Attach {
    /// The file that is attached.
    pub file: RwSignal<Option<File>>,
    /// What is on its way, or why it did not arrive.
    state: RwSignal<State>,
    /// Counts what was brought: an answer that was overtaken is dropped.
    asked: StoredValue<u32>,
}

#[derive(Clone, PartialEq, Eq)]
enum State {
    Still,
    Uploading,
    Refused(String),
}

impl Attach {
    /// For a signal that holds the file. What is under way when its owner goes is dropped.
    pub fn new(file: RwSignal<Option<File>>) -> Self {
        Self { file, state: RwSignal::new(State::Still), asked: StoredValue::new(0) }
    }

    /// Brings a file in place of what is there.
    pub fn bring(self, chosen: Option<Chosen>) {
        let Some(chosen) = chosen else { return };
        self.asked.update_value(|asked| *asked += 1);
        let asked = self.asked.get_value();
        self.state.set(State::Uploading);
        spawn_local(async move {
            let answer = bring(chosen).await;
            if self.asked.try_get_value() != Some(asked) {
                return;
            }
            let state = match answer {
                Ok(file) => {
                    self.file.set(Some(file));
                    State::Still
                }
                Err(error) => State::Refused(error.to_string()),
            };
            self.state.set(state);
        });
    }

    /// Takes the file off, and what is under way.
    pub fn clear(self) {
        self.asked.update_value(|asked| *asked += 1);
        self.file.set(None);
        self.state.set(State::Still);
    }

    /// Whether a file is under way.
    pub fn uploading(self) -> bool {
        self.state.with(|state| *state == State::Uploading)
    }

    /// What is attached, under way or refused.
    pub fn view(self) -> impl IntoView {
        let under = move || match self.state.get() {
            State::Still => ().into_any(),
            State::Uploading => view! { <p class="uploading" role="status">"Uploading …"</p> }.into_any(),
            State::Refused(why) => view! { <p class="problem" role="alert">{why}</p> }.into_any(),
        };
        let remove = Callback::new(move |()| self.clear());
        view! {
            {move || self.file.get().map(|file| view! { <super::Chip file on_remove=remove /> })}
            {under}
        }
    }
}

/// The paper clip.
#[component]
pub fn AttachButton(attach: Attach) -> impl IntoView {
    view! {
        <label class="clip quiet" title="Attach a file">
            <input type="file" accept=OFFERED aria-label="Attach a file" on:change=move |event| attach.bring(chosen(&event)) />
            <Icon name="clip" />
        </label>
    }
    .into_any()
}

/// A form's field for a file.
#[component]
pub fn FileField(attach: Attach) -> impl IntoView {
    let over = RwSignal::new(false);
    let drop = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        attach.bring(super::dropped(&event));
    };
    view! {
        <fieldset class="attach" data-over=move || over.get().to_string() on:drop=drop
            on:dragover=move |event| { event.prevent_default(); over.set(true) } on:dragleave=move |_| over.set(false)>
            <legend>"File"</legend>
            {attach.view()}
            <label class="button small">
                <input type="file" accept=OFFERED on:change=move |event| attach.bring(chosen(&event)) />
                {move || if attach.file.with(Option::is_some) { "Choose another" } else { "Choose a file, or drop it here" }}
            </label>
            <small class="dim">"Photos up to 5 MB; videos, audio, PDF, Office and text files up to 16 MB. Audio goes out before the text, in a message of its own."</small>
        </fieldset>
    }
    .into_any()
}
