//! Short notes at the bottom of the screen, some with an undo.

use crate::ui::For;
use domain::ChatId;
use leptos::prelude::*;
use std::time::Duration;

/// One note.
#[derive(Clone)]
struct Toast {
    number: u64,
    words: String,
    action: Option<(&'static str, Callback<()>)>,
    /// The chat whose customer it names.
    about: Option<ChatId>,
    /// Stays until it is closed.
    stays: bool,
}

/// The notes on screen.
#[derive(Clone, Copy)]
pub struct Toasts(RwSignal<Vec<Toast>>, StoredValue<u64>);

impl Default for Toasts {
    fn default() -> Self {
        Self(RwSignal::new(Vec::new()), StoredValue::new(0))
    }
}

impl Toasts {
    /// Says something for five seconds.
    pub fn say(self, words: impl Into<String>) {
        self.add(words.into(), None, None, Some(5));
    }

    /// Says something that can be undone for five seconds.
    pub fn undoable(self, words: impl Into<String>, undo: Callback<()>) {
        self.with_action(words, "Undo", undo);
    }

    /// Says something that can be undone for so many seconds.
    pub fn undoable_for(self, seconds: u64, words: impl Into<String>, undo: Callback<()>) {
        self.add(words.into(), Some(("Undo", undo)), None, Some(seconds));
    }

    /// Says something that one may want to act on within five seconds.
    pub fn with_action(self, words: impl Into<String>, label: &'static str, action: Callback<()>) {
        self.add(words.into(), Some((label, action)), None, Some(5));
    }

    /// The same within so many seconds.
    pub fn with_action_for(self, seconds: u64, words: String, label: &'static str, action: Callback<()>) {
        self.add(words, Some((label, action)), None, Some(seconds));
    }

    /// Says something that one may want to act on, of a chat: for five seconds, or until it goes out of sight.
    pub fn with_action_about(self, chat: ChatId, words: String, label: &'static str, action: Callback<()>) {
        self.add(words, Some((label, action)), Some(chat), Some(5));
    }

    /// Says something that one may want to act on, until it is closed.
    pub fn lasting(self, words: &str, label: &'static str, action: Callback<()>) {
        self.add(words.into(), Some((label, action)), None, None);
    }

    /// Takes away what names a chat that has gone out of sight.
    pub fn take_away(self, chat: ChatId) {
        self.0.update(|toasts| toasts.retain(|toast| toast.about != Some(chat)));
    }

    fn add(
        self,
        words: String,
        action: Option<(&'static str, Callback<()>)>,
        about: Option<ChatId>,
        seconds: Option<u64>,
    ) {
        // The page may be gone.
        let Some(number) = self.1.try_update_value(|number| {
            *number += 1;
            *number
        }) else {
            return;
        };
        self.0.update(|toasts| {
            // They stand over the page: the oldest makes room, but for those that can still be acted on.
            if toasts.len() > 3
                && let Some(oldest) = toasts.iter().position(|toast| toast.action.is_none())
            {
                toasts.remove(oldest);
            }
            toasts.push(Toast { number, words, action, about, stays: seconds.is_none() });
        });
        if let Some(seconds) = seconds {
            set_timeout(move || self.remove(number), Duration::from_secs(seconds));
        }
    }

    fn remove(self, number: u64) {
        let _ = self.0.try_update(|toasts| toasts.retain(|toast| toast.number != number));
    }
}

/// Where the notes appear.
#[component]
pub fn ToastList() -> impl IntoView {
    let toasts = expect_context::<Toasts>();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.0.get() key=|toast| toast.number let:toast>
                <div class="toast">
                    <span>{toast.words.clone()}</span>
                    {toast.action.map(|(label, action)| view! {
                        <button type="button" on:click=move |_| { toasts.remove(toast.number); action.run(()) }>{label}</button>
                    })}
                    {toast.stays.then(|| view! {
                        <button type="button" aria-label="Close" on:click=move |_| toasts.remove(toast.number)>"×"</button>
                    })}
                </div>
            </For>
        </div>
    }
    .into_any()
}
