//! The composer's list of canned replies: opened by a slash, led by the keyboard.

use super::{api, buttons, marked};
use crate::desk::Desk;
use crate::error::AppError;
use crate::media::Chip;
use domain::ChatId;
use domain::media::File;
use domain::reply::{Reply, blank, expand, fitting};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Replies offered at once.
const MOST: usize = 30;

/// The desk's replies, once they have come.
#[derive(Clone, Copy)]
struct Replies {
    known: RwSignal<Option<Vec<Reply>>>,
    /// Whether they could not be loaded.
    missing: RwSignal<bool>,
}

impl Replies {
    /// Loads them (again).
    async fn load(self, desk: Desk) -> Result<(), AppError> {
        let asked = desk.defined.try_get_untracked();
        let _ = self.missing.try_set(false);
        let answer = api::list_replies().await;
        // Changed meanwhile, they have been asked for anew.
        if desk.defined.try_get_untracked() != asked {
            return Ok(());
        }
        let _ = self.missing.try_set(answer.is_err());
        let _ = self.known.try_set(Some(answer?));
        Ok(())
    }
}

/// Loads the replies for the desk, and again when they change.
pub fn follow(desk: Desk) {
    let replies = Replies { known: RwSignal::new(None), missing: RwSignal::new(false) };
    provide_context(replies);
    Effect::new(move |_| {
        desk.defined.track();
        spawn_local(async move { drop(replies.load(desk).await) });
    });
}

/// What the composer and its list share.
#[derive(Clone, Copy)]
pub struct Picker {
    desk: Desk,
    replies: Replies,
    chat: Option<ChatId>,
    found: Memo<Vec<Reply>>,
    at: RwSignal<usize>,
    /// Closed by Escape or a choice, until the draft begins anew.
    closed: RwSignal<bool>,
    /// Enter was pressed before the replies had come: it counts as soon as they have.
    entered: StoredValue<bool>,
    values: RwSignal<Option<Vec<(String, String)>>>,
    asked: RwSignal<bool>,
    sure: RwSignal<bool>,
}

impl Picker {
    /// For the composer of a chat.
    pub fn new(desk: Desk, chat: Option<ChatId>) -> Self {
        let replies = expect_context::<Replies>();
        let closed = RwSignal::new(false);
        let at = RwSignal::new(0);
        let found = Memo::new(move |_| {
            desk.draft.with(|draft| match draft.strip_prefix('/') {
                Some(typed) if !closed.get() && !typed.contains('\n') => {
                    replies.known.with(|replies| fitting(replies.as_deref().unwrap_or_default(), typed, MOST))
                }
                _ => Vec::new(),
            })
        });
        let picker = Self {
            desk,
            replies,
            chat,
            found,
            at,
            closed,
            entered: StoredValue::new(false),
            values: RwSignal::new(None),
            asked: RwSignal::new(false),
            sure: RwSignal::new(false),
        };
        Effect::new(move |_| {
            if desk.draft.with(|draft| !draft.starts_with('/')) {
                closed.set(false);
            }
            picker.entered.set_value(false);
        });
        Effect::new(move |_| {
            if replies.known.with(Option::is_some) && picker.entered.get_value() {
                picker.entered.set_value(false);
                picker.choose();
            }
        });
        Effect::new(move |was: Option<bool>| {
            let open = found.with(|found| !found.is_empty());
            at.set(0);
            if open && was != Some(true) {
                spawn_local(async move {
                    picker.load().await;
                });
            }
            open
        });
        picker
    }

    /// What fills the blanks just now.
    async fn load(self) -> Option<Vec<(String, String)>> {
        match api::reply_values(self.chat?).await {
            Ok(values) => {
                let _ = self.values.try_set(Some(values.clone()));
                Some(values)
            }
            Err(error) => {
                self.desk.failed(&error);
                None
            }
        }
    }

    /// A key in the composer; whether the list took it.
    pub fn pressed(self, event: &KeyboardEvent) -> bool {
        let many = self.found.with_untracked(Vec::len);
        if event.is_composing() || event.shift_key() || event.ctrl_key() || event.meta_key() {
            return false;
        }
        if event.key() == "Enter" && untrack(|| self.opens()) && self.replies.known.with_untracked(Option::is_none) {
            self.enter();
            event.prevent_default();
            return true;
        }
        self.rest();
        if many == 0 {
            return false;
        }
        match event.key().as_str() {
            "ArrowDown" => self.at.update(|at| *at = (*at + 1) % many),
            "ArrowUp" => self.at.update(|at| *at = (*at + many - 1) % many),
            "Enter" | "Tab" => self.choose(),
            "Escape" => self.closed.set(true),
            _ => return false,
        }
        event.prevent_default();
        event.stop_propagation();
        true
    }

    /// Whether what is typed opens the list, where something fits.
    fn opens(self) -> bool {
        !self.closed.get() && self.desk.draft.with(|draft| draft.starts_with('/') && !draft.contains('\n'))
    }

    /// Takes what is marked once the replies have come.
    fn enter(self) {
        if self.entered.get_value() {
            return;
        }
        self.entered.set_value(true);
        spawn_local(async move {
            if let Err(error) = self.replies.load(self.desk).await
                && self.entered.try_set_value(false).is_none()
            {
                self.desk.failed(&error);
            }
        });
    }

    /// Who does something else does not wait for the replies any more.
    pub fn rest(self) {
        self.entered.set_value(false);
    }

    /// Whether what is typed looks like a reply's code.
    fn looks(self) -> bool {
        !self.closed.get()
            && self.desk.draft.with(|draft| draft.starts_with('/') && !draft.contains(char::is_whitespace))
    }

    fn marked(self) -> Option<Reply> {
        let at = self.at.get();
        self.found.with(|found| found.get(at).cloned())
    }

    /// Puts the reply into the draft, filled as far as it goes.
    fn choose(self) {
        let Some(reply) = untrack(|| self.marked()) else { return };
        spawn_local(async move {
            let known = self.values.try_get_untracked().flatten();
            let values = if known.is_some() { known } else { self.load().await };
            if let Some(values) = values
                && self.closed.try_set(true).is_none()
            {
                self.desk.buttons.set(reply.buttons);
                // A file of the member's own stays with the new words; another reply's goes with its words.
                let replaced = reply.file.is_some()
                    || self.desk.file.with_untracked(|file| file.as_ref().is_some_and(|file| self.of_a_reply(file)));
                if replaced {
                    self.desk.file.set(reply.file);
                }
                self.desk.draft.set(expand(&reply.text, &values));
            }
        });
    }

    fn of_a_reply(self, file: &File) -> bool {
        self.replies
            .known
            .with_untracked(|replies| replies.iter().flatten().any(|reply| reply.file.as_ref() == Some(file)))
    }

    /// Whether sending has to wait for an answer, since a blank is left.
    pub fn asks(self) -> bool {
        let asks = self.desk.draft.with_untracked(|draft| blank(draft).is_some()) && !self.sure.get_untracked();
        self.asked.set(asks);
        self.sure.set(false);
        asks
    }

    /// The id of the marked reply's row.
    pub fn active(self) -> Option<String> {
        self.found.with(|found| !found.is_empty()).then(|| format!("reply-{}", self.at.get()))
    }
}

/// Stands above the composer's text: the list while it is open, and the question about a blank that is left.
#[component]
pub fn ReplyList(picker: Picker) -> impl IntoView {
    let Picker { desk, found, at, values, asked, sure, .. } = picker;
    Effect::new(move |_| {
        if let Some(row) = picker.active().and_then(|id| document().get_element_by_id(&id)) {
            row.scroll_into_view_with_bool(false);
        }
    });
    let row = move |(n, reply): (usize, Reply)| {
        let said = reply.file.as_ref().map_or_else(|| reply.text.clone(), |file| file.line(&reply.text));
        let choose = move |event: leptos::ev::MouseEvent| {
            // The text keeps the focus.
            event.prevent_default();
            at.set(n);
            picker.choose();
        };
        view! {
            <li role="option" id=format!("reply-{n}") aria-selected=move || (at.get() == n).to_string() on:mousedown=choose>
                <b>{format!("/{}", reply.code)}</b><span>{said}</span>
            </li>
        }
    };
    let preview = move || {
        let values = values.get().unwrap_or_default();
        picker.marked().map(|reply| {
            view! {
                {reply.file.map(|file| view! { <Chip file /> })}
                <p>{marked(&expand(&reply.text, &values))}</p>
                {buttons(reply.buttons)}
            }
        })
    };
    let left = move || {
        asked
            .get()
            .then(|| desk.draft.with(|draft| blank(draft).map(|key| format!("{{{key}}} is not filled in."))))
            .flatten()
    };
    let none = move || {
        (picker.looks() && found.with(Vec::is_empty)).then(|| {
            match picker.replies.known.with(|all| all.as_ref().map(Vec::len)) {
                None if picker.replies.missing.get() => "The canned replies could not be loaded. Enter tries again.",
                None => "Loading the canned replies …",
                Some(0) => "There are no canned replies yet. They are made under Manage.",
                Some(_) => "No canned reply is called so. Enter sends it as it is.",
            }
        })
    };
    view! {
        {move || none().map(|words| view! { <p class="replies none" role="note">{words}</p> })}
        {move || (!found.with(Vec::is_empty)).then(|| view! {
            <div class="replies">
                <ul role="listbox" aria-label="Canned replies">
                    {found.get().into_iter().enumerate().map(row).collect::<Vec<_>>()}
                </ul>
                <div class="preview" role="note" aria-label="Preview">{preview}</div>
            </div>
        })}
        {move || left().map(|left| view! {
            <p class="left-blank" role="alert">
                <span>{left}</span>
                <button class="button small" on:click=move |_| sure.set(true)>"Send as it is"</button>
            </p>
        })}
    }
    .into_any()
}
