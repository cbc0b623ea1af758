//! Resolve: an outcome, a note, Enter.

use crate::desk::Desk;
use crate::ui::Dialog;
use domain::chat::Queue;
use leptos::prelude::*;

/// The outcomes, until they are kept in Manage.
const OUTCOMES: [&str; 4] = ["Solved", "Not solved", "Spam", "Other"];

/// Opens over the thread.
#[component]
pub fn ResolveDialog() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let outcome = RwSignal::new(OUTCOMES[0].to_owned());
    let note = RwSignal::new(String::new());
    let dismisses = Memo::new(move |_| desk.row().is_some_and(|row| row.queue == Queue::Requested));
    let title =
        Signal::derive(move || if dismisses.get() { "Dismiss this request" } else { "Resolve this chat" }.to_owned());
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let note = Some(note.get_untracked().trim().to_owned()).filter(|note| !note.is_empty());
        desk.resolve(Some(outcome.get_untracked()), note);
    };
    view! {
        <Dialog title open=desk.resolving on_close=Callback::new(move |()| desk.resolving.set(false))>
            <form class="form" on:submit=submit>
                <div class="segments" role="radiogroup" aria-label="Outcome">
                    {OUTCOMES.map(|word| view! {
                        <button type="button" role="radio" aria-checked=move || (outcome.get() == word).to_string()
                            on:click=move |_| outcome.set(word.into())>{word}</button>
                    })}
                </div>
                <label>"Note (optional, only your team sees it)"<textarea rows="2" maxlength="2000" bind:value=note></textarea></label>
                <p class="dim">"The bot has the chat again, and everybody sees it."</p>
                <footer>
                    <button type="button" class="button" on:click=move |_| desk.resolving.set(false)>"Cancel"</button>
                    <button class="button primary" autofocus>{move || if dismisses.get() { "Dismiss" } else { "Resolve" }}</button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}
