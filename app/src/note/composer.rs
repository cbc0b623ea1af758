//! Where a note is written: in place of the reply, in another colour, with `@` for those who see the chat.

use super::api;
use crate::desk::{Desk, Draft};
use crate::ui::browser;
use domain::MessageId;
use domain::chat::MemberName;
use domain::message::note::LONGEST;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Members offered at once.
const OFFERED: usize = 6;

/// Reply or note.
#[component]
pub fn NoteSwitch(#[prop(into)] watching: Signal<bool>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let waits = move || desk.note.with(|note| !note.trim().is_empty());
    let note = move |_| {
        desk.noting.update(|noting| *noting = !*noting);
        browser::soon(|| {
            if let Ok(Some(area)) = document().query_selector(".foot textarea") {
                use leptos::wasm_bindgen::JsCast;
                let _ = area.unchecked_into::<leptos::web_sys::HtmlElement>().focus();
            }
        });
    };
    view! {
        <div class="foot-tabs" role="group" aria-label="What you write" hidden=watching>
            <button type="button" aria-pressed=move || (!desk.noting.get()).to_string() on:click=move |_| desk.noting.set(false)>"Reply"</button>
            <button type="button" data-note="" data-waits=move || waits().to_string() aria-pressed=move || desk.noting.get().to_string()
                title="Only your team sees it" on:click=note>"Note"<kbd>"⇧N"</kbd></button>
        </div>
    }
    .into_any()
}

/// The note that is being written.
#[component]
pub fn NoteBox() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let Some(chat) = untrack(|| desk.chat()) else { return ().into_any() };
    let area = NodeRef::<html::Textarea>::new();
    let saved = StoredValue::new(desk.note.get_untracked());
    let id = StoredValue::new(None::<MessageId>);
    let busy = RwSignal::new(false);
    let people = RwSignal::new(Vec::<MemberName>::new());
    // Text before the `@` that is being typed, and the letters after it.
    let typing = RwSignal::new(None::<(String, String)>);
    let marked = RwSignal::new(0_usize);

    // Who sees the chat depends on how it stands: asked for again once that has changed, or where no answer came.
    let standing = Memo::new(move |_| desk.row().map(|row| (row.version, row.holder.map(|holder| holder.id))));
    let known = StoredValue::new(None);
    // Whether their names are on their way, and whether Enter waits for them.
    let (asking, entered) = (StoredValue::new(false), StoredValue::new(false));
    let ask = move || {
        let now = standing.get_untracked();
        if known.get_value() == now {
            return;
        }
        known.set_value(now);
        asking.set_value(true);
        spawn_local(async move {
            let answer = api::mentionable(chat).await;
            // A later question has been asked meanwhile: its answer counts.
            if known.try_get_value() != Some(now) {
                return;
            }
            if let Err(error) = &answer {
                known.set_value(None);
                // Who meant somebody decides whether to save it without them: Enter does that next.
                if entered.get_value() {
                    entered.set_value(false);
                    typing.set(None);
                    desk.failed(error);
                }
            }
            asking.set_value(false);
            people.set(answer.unwrap_or_default());
        });
    };
    Effect::new(move |_| {
        standing.track();
        if typing.with_untracked(Option::is_some) {
            ask();
        }
    });

    let save = move || {
        let text = desk.note.get_untracked();
        if saved.try_get_value().is_some_and(|saved| saved != text) {
            saved.set_value(text.clone());
            desk.keep_draft(Draft { chat, note: true, text, buttons: Vec::new(), file: None });
        }
    };
    let changes = StoredValue::new(0_u32);
    Effect::new(move |_| {
        desk.note.track();
        if let Some(area) = area.get() {
            let style = leptos::web_sys::HtmlElement::style(&area);
            let _ = style.set_property("height", "auto");
            let _ = style.set_property("height", &format!("{}px", area.scroll_height().min(220)));
        }
        changes.update_value(|n| *n += 1);
        let number = changes.get_value();
        set_timeout(
            move || {
                if changes.try_get_value() == Some(number) {
                    save();
                }
            },
            Duration::from_millis(600),
        );
    });

    let offered = move || {
        let Some((_, word)) = typing.get() else { return Vec::new() };
        let word = word.to_lowercase();
        people.with(|people| {
            let fits = |member: &&MemberName| member.name.to_lowercase().starts_with(&word);
            people.iter().filter(fits).take(OFFERED).map(|member| member.name.clone()).collect::<Vec<_>>()
        })
    };
    let input = move |event| {
        let text = event_target_value(&event);
        let caret = area.get_untracked().and_then(|area| area.selection_start().ok().flatten());
        // The caret counts UTF-16.
        let units: Vec<u16> = text.encode_utf16().take(caret.map_or(usize::MAX, |at| at as usize)).collect();
        let before = String::from_utf16_lossy(&units);
        let at = before
            .rsplit_once('@')
            .filter(|(head, word)| head.chars().next_back().is_none_or(char::is_whitespace) && !word.contains('\n'));
        typing.set(at.map(|(head, word)| (head.to_owned(), word.to_owned())));
        marked.set(0);
        entered.set_value(false);
        if at.is_some() {
            ask();
        }
        desk.note.set(text);
    };
    let choose = move |name: String| {
        let Some((head, word)) = typing.get_untracked() else { return };
        typing.set(None);
        let text = desk.note.get_untracked();
        let rest = text.get(head.len() + 1 + word.len()..).unwrap_or_default();
        let start = format!("{head}@{name} ");
        let caret = u32::try_from(start.encode_utf16().count()).unwrap_or(0);
        desk.note.set(start + rest.trim_start());
        browser::soon(move || {
            if let Some(Some(area)) = area.try_get_untracked() {
                let _ = area.focus();
                let _ = area.set_selection_range(caret, caret);
            }
        });
    };
    let submit = move || {
        entered.set_value(false);
        let text = desk.note.get_untracked().trim().to_owned();
        if text.is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        let once = id.get_value().unwrap_or_else(|| MessageId::at(desk.clock.now.get_untracked()));
        id.set_value(Some(once));
        spawn_local(async move {
            match crate::chat::api::send_message(chat, once, text.clone(), true, Vec::new(), None).await {
                Ok(()) => {
                    // The server has dropped the draft with it.
                    desk.forget_draft(chat, true);
                    let _ = saved.try_set_value(String::new());
                    let _ = id.try_set_value(None);
                    if desk.note.with_untracked(|note| note.trim() == text) {
                        desk.note.set(String::new());
                    }
                }
                Err(error) => desk.failed(&error),
            }
            let _ = busy.try_set(false);
        });
    };
    Effect::new(move |_| {
        people.track();
        if entered.get_value() {
            entered.set_value(false);
            match untrack(offered).into_iter().next() {
                Some(name) => choose(name),
                None => submit(),
            }
        }
    });
    let pressed = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let names = untrack(offered);
        let offers = names.len();
        let unknown = asking.get_value() || known.get_value() != standing.get_untracked();
        let waits = unknown && typing.with_untracked(Option::is_some);
        match event.key().as_str() {
            "ArrowDown" if offers > 0 => marked.update(|at| *at = (*at + 1) % offers),
            "ArrowUp" if offers > 0 => marked.update(|at| *at = (*at + offers - 1) % offers),
            "Enter" | "Tab" if offers > 0 => {
                choose(names.into_iter().nth(marked.get_untracked()).unwrap_or_default());
            }
            "Escape" if offers > 0 => {
                typing.set(None);
                event.stop_propagation();
            }
            "Enter" if waits && !event.shift_key() => {
                entered.set_value(true);
                ask();
            }
            "Enter" if !event.shift_key() => submit(),
            _ => return,
        }
        event.prevent_default();
    };
    let left_it = move |_| {
        entered.set_value(false);
        typing.set(None);
        save();
    };
    let length = move || desk.note.with(|note| note.chars().count());
    let left = move || if length() + 200 > LONGEST { format!("{} of {LONGEST}", length()) } else { String::new() };
    let cannot = move || length() == 0 || length() > LONGEST || busy.get();
    view! {
        <form class="composer note-box" on:submit=move |event| { event.prevent_default(); submit() }>
            <ul class="mentions" role="listbox" aria-label="Members who see this chat" hidden=move || offered().is_empty()>
                {move || offered().into_iter().enumerate().map(|(place, name)| {
                    let words = name.clone();
                    view! {
                        <li role="option" aria-selected=move || (marked.get() == place).to_string()
                            on:mousedown=move |event| { event.prevent_default(); choose(name.clone()) }>{words}</li>
                    }.into_any()
                }).collect::<Vec<AnyView>>()}
            </ul>
            <textarea node_ref=area dir="auto" aria-label="Note" placeholder="A note for your team. @ mentions somebody." rows="1"
                prop:value=move || desk.note.get() on:input=input on:keydown=pressed on:blur=left_it></textarea>
            <div class="tools">
                <span>"The customer never sees it."</span>
                <span class="left">{left}</span>
                <span class="hint">"Enter to save"</span>
                <button class="button primary" disabled=cannot>"Save note"</button>
            </div>
        </form>
    }
    .into_any()
}
