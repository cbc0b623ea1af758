//! The thread's foot: the composer for the holder, Intervene for everybody else, and why neither is possible.

use crate::chat::api;
use crate::desk::{Desk, Draft};
use crate::media::{Attach, AttachButton, dropped, pasted};
use crate::note::{NoteBox, NoteSwitch};
use crate::reply::{Offered, Picker, ReplyList};
use crate::ui::browser;
use domain::MediaId;
use domain::chat::{Queue, Reason, Window};
use domain::journey::duration;
use domain::message::longest;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// What is typed, its buttons, its file: all that a draft keeps.
type Typed = (String, Vec<String>, Option<MediaId>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Foothold {
    Composer,
    Closed,
    History,
    Intervene,
    Watching,
}

/// The foot.
#[component]
pub fn Foot() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let window = Memo::new(move |_| desk.row().and_then(|row| row.content).map(|content| content.window));
    let open = Memo::new(move |_| window.get().is_some_and(|window| window.is_open(desk.clock.now.get())));
    let foothold = Memo::new(move |_| {
        if desk.holds() {
            return if open.get() { Foothold::Composer } else { Foothold::Closed };
        }
        match desk.row().map(|row| row.queue) {
            Some(Queue::Intervened) => Foothold::Watching,
            Some(Queue::History) => Foothold::History,
            _ => Foothold::Intervene,
        }
    });
    let noting = Memo::new(move |_| desk.noting.get() && foothold.get() != Foothold::Watching);
    view! {
        <footer class="foot" data-noting=move || noting.get().to_string()>
            <NoteSwitch watching=Signal::derive(move || foothold.get() == Foothold::Watching) />
            {move || if noting.get() { view! { <NoteBox /> }.into_any() } else { match foothold.get() {
                Foothold::Composer => view! { <Composer window /> }.into_any(),
                Foothold::Closed | Foothold::History => view! {
                    <p class="closed" role="note">
                        <b>"The 24-hour window is closed."</b>
                        " WhatsApp allows free text for 24 hours after the customer last wrote. As soon as they write again, you can answer."
                    </p>
                }.into_any(),
                Foothold::Intervene => view! { <Intervene /> }.into_any(),
                Foothold::Watching => view! { <Watching /> }.into_any(),
            } }}
        </footer>
    }
    .into_any()
}

#[component]
fn Intervene() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let me = desk.me.with_untracked(|me| me.member.id);
    let row = Memo::new(move |_| desk.row());
    let mine = Memo::new(move |_| {
        row.with(|row| row.as_ref().and_then(|row| row.directed_to.as_ref()).is_some_and(|target| target.id == me))
    });
    let why = move || {
        let Some(row) = row.get() else { return String::new() };
        let passed = match row.content.and_then(|content| content.reason) {
            Some(Reason::Transferred { note }) if !note.is_empty() => format!(" “{note}”"),
            _ => String::new(),
        };
        let open_in = row.offer_until.map(|until| duration((until - desk.clock.now.get()).num_seconds()));
        match (row.queue, row.directed_to, open_in) {
            (Queue::Requested, Some(_), Some(left)) if mine.get() => {
                format!("This chat was passed to you.{passed} It is open to everyone in {left}.")
            }
            (Queue::Requested, Some(target), Some(left)) => {
                format!("Offered to {}, open to everyone in {left}.{passed}", target.name)
            }
            (Queue::Requested, ..) => format!("The customer waits for a person.{passed}"),
            _ => "The bot answers here. Intervene to talk yourself; it keeps silent then.".into(),
        }
    };
    view! {
        <div class="intervene">
            <p>{why}</p>
            <button type="button" class="button primary big" data-intervene="" on:click=move |_| desk.intervene()>
                {move || if mine.get() { "Accept" } else { "Intervene" }}<kbd>"I"</kbd>
            </button>
        </div>
    }
    .into_any()
}

/// A supervisor looks on: nothing can be written here.
#[component]
fn Watching() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let stop = move |_| {
        desk.end_watch(None);
        desk.goto(desk.place.get_untracked().0, None);
    };
    view! {
        <div class="intervene">
            <p>"You are watching. Only the agent who holds the chat writes."</p>
            <div class="choices">
                <button type="button" class="button" on:click=stop>"Stop watching"</button>
                <button type="button" class="button primary" on:click=move |_| desk.take_over()>"Take over"</button>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Composer(window: Memo<Option<Window>>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let area = NodeRef::<html::Textarea>::new();
    let chat = desk.chat();
    let attach = Attach::new(desk.file);
    let typed = move || -> Option<Typed> {
        let file = desk.file.try_with_untracked(|file| file.as_ref().map(|file| file.id))?;
        Some((desk.draft.try_get_untracked()?, desk.buttons.try_get_untracked()?, file))
    };
    let saved = StoredValue::new(typed().unwrap_or_default());
    let changes = StoredValue::new(0_u32);
    let save = move || {
        let typed = typed().unwrap_or_default();
        if saved.try_get_value().is_none_or(|saved| saved == typed) {
            return;
        }
        saved.set_value(typed.clone());
        let (text, buttons, _) = typed;
        if let Some(chat) = chat {
            desk.keep_draft(Draft { chat, note: false, text, buttons, file: desk.file.get_untracked() });
        }
    };
    Effect::new(move |_| {
        if let (Some(area), Some(chat)) = (area.get(), chat)
            && desk.writes_next.get_value() == Some(chat)
        {
            desk.writes(chat);
            // Once the button that was pressed is gone.
            browser::soon(move || drop(area.focus()));
        }
    });
    Effect::new(move |_| {
        desk.draft.track();
        desk.buttons.track();
        desk.file.track();
        if let Some(area) = area.get() {
            // Grows with its text; through the object model, since inline styles are not allowed.
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
    // WhatsApp shows it for 25 seconds.
    let told = StoredValue::new(None::<domain::Timestamp>);
    let types = move || {
        let now = desk.clock.now.get_untracked();
        if told.get_value().is_none_or(|at| (now - at).num_seconds() >= 20) {
            told.set_value(Some(now));
            if let Some(chat) = chat {
                spawn_local(async move {
                    let _ = api::typing(chat).await;
                });
            }
        }
    };
    let picker = Picker::new(desk, chat);
    let pressed = move |event: KeyboardEvent| {
        if picker.pressed(&event) {
            return;
        }
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            if picker.asks() {
                return;
            }
            submit(desk, attach, saved);
            told.set_value(None);
        }
    };
    let length = Memo::new(move |_| desk.draft.with(|draft| draft.chars().count()));
    let longest = move || desk.file.with(|file| longest(!desk.buttons.with(Vec::is_empty), file.as_ref()));
    let left = move || {
        let longest = longest();
        (length.get() > longest - 200)
            .then(|| format!("{} left", i64::try_from(longest).unwrap_or(0) - i64::try_from(length.get()).unwrap_or(0)))
    };
    let closes = move || {
        let left = (window.get()?.0? - Window::MARGIN - desk.clock.now.get()).num_seconds();
        (left < 7200).then(|| format!("Window closes in {}", duration(left)))
    };
    let cannot = move || {
        (length.get() == 0 && desk.file.with(Option::is_none)) || length.get() > longest() || attach.uploading()
    };
    let over = RwSignal::new(false);
    let drop = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        attach.bring(dropped(&event));
    };
    let paste = move |event: leptos::ev::ClipboardEvent| {
        let file = pasted(&event);
        if file.is_some() {
            event.prevent_default();
            attach.bring(file);
        }
    };
    view! {
        <form class="composer" data-over=move || over.get().to_string() on:drop=drop
            on:dragover=move |event| { event.prevent_default(); over.set(true) } on:dragleave=move |_| over.set(false)
            on:submit=move |event| {
                event.prevent_default();
                if !picker.asks() {
                    submit(desk, attach, saved);
                }
            }>
            <ReplyList picker />
            {attach.view()}
            <textarea node_ref=area data-composer="" dir="auto" aria-label="Message" placeholder="Write a message …" rows="1"
                aria-activedescendant=move || picker.active()
                prop:value=move || desk.draft.get()
                on:input=move |event| { desk.draft.set(event_target_value(&event)); types() }
                on:keydown=pressed on:paste=paste on:blur=move |_| { picker.rest(); save() }></textarea>
            <Offered />
            <div class="tools">
                <AttachButton attach />
                <span class="closing" role="status">{closes}</span>
                <span class="left">{left}</span>
                <span class="hint">"Enter to send"</span>
                // The text keeps the focus: leaving it would save a draft of what is just being sent.
                <button class="button primary" disabled=cannot on:mousedown=|event| event.prevent_default()>"Send"</button>
            </div>
        </form>
    }
    .into_any()
}

fn submit(desk: Desk, attach: Attach, saved: StoredValue<Typed>) {
    let buttons = !desk.buttons.with_untracked(Vec::is_empty);
    let longest = desk.file.with_untracked(|file| longest(buttons, file.as_ref()));
    if untrack(|| attach.uploading()) {
        return desk.toasts.say("The file is still on its way. Send it in a moment.");
    }
    if desk.draft.with_untracked(|draft| draft.chars().count()) > longest {
        return;
    }
    // The server drops the draft with the message.
    saved.set_value(Default::default());
    desk.send();
}
