//! What is being done to many contacts, as it goes on: progress, Cancel, Undo.

use super::api;
use super::state::Table;
use crate::AppError;
use crate::ui::time::{Style, Time};
use crate::ui::{Dialog, For, Icon, Show};
use domain::TaskId;
use domain::task::{State, Task};
use leptos::html;
use leptos::prelude::*;
use std::collections::HashSet;
use std::pin::Pin;

/// Cards in the corner: what this screen has seen under way and nobody has put aside.
#[component]
pub(super) fn Tasks() -> impl IntoView {
    let table = expect_context::<Table>();
    let ids = Memo::new(move |_| {
        let ids = ids(table);
        table.followed.with(|followed| ids.into_iter().filter(|id| followed.contains(id)).collect::<Vec<_>>())
    });
    let stalled = move || if table.followed.with(HashSet::is_empty) { None } else { table.stalled.get() };
    // Beginning and end are said; what lies between is seen on the cards, and would never let a reader come to a word.
    view! {
        <div class="tasks">
            <For each=move || ids.get() key=|id| *id let:id><Card id corner=true /></For>
            {move || stalled().map(|words| view! { <p class="stalled" role="alert">{words}</p> })}
            <div class="told" role="status" aria-atomic="false">
                <For each=move || ids.get() key=|id| *id let:id><Told id /></For>
            </div>
        </div>
    }
    .into_any()
}

/// The button that shows what was done in the last days.
#[component]
pub(super) fn Recent() -> impl IntoView {
    let table = expect_context::<Table>();
    let open = RwSignal::new(false);
    let none = move || table.tasks.with(Vec::is_empty) && table.stalled.with(Option::is_none);
    view! {
        <button type="button" class="button" aria-haspopup="dialog" on:click=move |_| { table.watch_tasks(); open.set(true) }>"Changes"</button>
        <Dialog title="Changes to many contacts".to_owned() open on_close=Callback::new(move |()| open.set(false))>
            <div class="recent">
                <Show when=none><p class="dim">"Nothing was done to many contacts in the last seven days."</p></Show>
                {move || table.stalled.get().map(|words| view! { <p class="stalled" role="alert">{words}</p> })}
                <For each=move || ids(table) key=|id| *id let:id><Card id corner=false /></For>
            </div>
        </Dialog>
    }
    .into_any()
}

/// Newest first.
fn ids(table: Table) -> Vec<TaskId> {
    table.tasks.with(|tasks| tasks.iter().map(|task| task.id).collect())
}

/// A task as it stands at every moment.
fn task(table: Table, id: TaskId) -> Memo<Option<Task>> {
    Memo::new(move |_| table.tasks.with(|tasks| tasks.iter().find(|task| task.id == id).cloned()))
}

/// One task. It stays the same card however far the task comes: what has the keyboard keeps it.
#[component]
fn Card(id: TaskId, corner: bool) -> impl IntoView {
    let table = expect_context::<Table>();
    let task = task(table, id);
    let card = NodeRef::<html::Article>::new();
    let of = move |read: fn(&Task) -> String| task.with(|task| task.as_ref().map(read).unwrap_or_default());
    let is = move |what: fn(&Task) -> bool| move || task.with(|task| task.as_ref().is_some_and(what));
    let act = move |work: Pin<Box<dyn Future<Output = Result<(), AppError>>>>| {
        // The button goes once that is done.
        if let Some(card) = card.get_untracked() {
            let _ = card.focus();
        }
        table.manage.act(async move {
            let done = work.await;
            table.follow_task(id);
            table.watch_tasks();
            done
        });
    };
    let ended = is(|task| !task.state.is_under_way());
    let begun = task.with_untracked(|task| task.as_ref().map(|task| (task.by.clone(), task.made_at)));
    view! {
        <article class="task" node_ref=card tabindex="-1" data-state=move || of(|task| task.state.to_string())>
            <b dir="auto">{move || of(|task| task.words.clone())}</b>
            <Show when=move || corner && ended()>
                <button type="button" class="quiet" aria-label="Put aside"
                    on:click=move |_| table.put_aside(id)><Icon name="close" /></button>
            </Show>
            <Show when=is(|task| progress(task).is_some())>
                <progress aria-label="Progress"
                    max=move || of(|task| progress(task).map_or(1, |(_, of)| of.max(1)).to_string())
                    value=move || of(|task| progress(task).map_or(0, |(n, _)| n).to_string())></progress>
            </Show>
            <span class="dim">{move || of(said)}</span>
            {begun.filter(|_| !corner).map(|(by, at)| view! { <span class="dim">{by}", "<Time at style=Style::Full /></span> })}
            <Show when=is(|task| task.state == State::Running)>
                <button type="button" class="button small" on:click=move |_| act(Box::pin(api::cancel_task(id)))>"Cancel"</button>
            </Show>
            <Show when=is(Task::can_be_undone)>
                <button type="button" class="button small" on:click=move |_| act(Box::pin(api::undo_task(id)))>"Undo"</button>
            </Show>
        </article>
    }
    .into_any()
}

/// That it has begun, and what became of it: for those who hear the page.
#[component]
fn Told(id: TaskId) -> impl IntoView {
    let task = task(expect_context::<Table>(), id);
    let words = Memo::new(move |_| {
        let words = |task: &Task| match task.state {
            State::Running => format!("{}: begun.", task.words),
            State::Undoing => format!("{}: being put back.", task.words),
            _ => format!("{}: {}", task.words, said(task)),
        };
        task.with(|task| task.as_ref().map(words))
    });
    view! { <p>{words}</p> }
}

/// So many of so many.
fn progress(task: &Task) -> Option<(i64, i64)> {
    match task.state {
        State::Running => task.total.map(|total| (task.visited, total)),
        State::Undoing => Some((task.put_back + task.left_alone, task.changed)),
        _ => None,
    }
}

/// How far it is, in words.
fn said(task: &Task) -> String {
    let total = task.total.unwrap_or(task.visited);
    let rest = task.visited - task.changed;
    let were = if rest > 0 { format!(", {rest} were so already or could not be") } else { String::new() };
    let alone = match task.left_alone {
        0 => String::new(),
        n => format!(", {n} left alone: changed since, or with an agent"),
    };
    let why = task.why.as_ref().map(|why| format!(" {why}")).unwrap_or_default();
    if task.export {
        return in_file(task);
    }
    match task.state {
        State::Running if task.total.is_none() => "Counting …".into(),
        State::Running => format!("{} of {total}", task.visited),
        State::Done if task.left_out > 0 => {
            format!("Done: {} changed{were}; left out: {} with an agent", task.changed, task.left_out)
        }
        State::Done => format!("Done: {} changed{were}", task.changed),
        State::Cancelled => format!("Stopped after {} of {total}: {} changed.{why}", task.visited, task.changed),
        State::Undoing => format!("Putting back: {} of {}", task.put_back + task.left_alone, task.changed),
        State::Undone => format!("Undone: {} put back{alone}.{why}", task.put_back),
    }
}

/// How far a file is, in words.
fn in_file(task: &Task) -> String {
    let total = task.total.unwrap_or(task.visited);
    let written = |n: i64| if n == 1 { "1 contact".to_owned() } else { format!("{n} contacts") };
    let out = match task.left_out + (total - task.changed).max(0) {
        0 => String::new(),
        n => format!(", {n} left out: with an agent, or gone"),
    };
    let why = task.why.as_ref().map(|why| format!(" {why}")).unwrap_or_default();
    match task.state {
        State::Running if task.total.is_none() => "Beginning …".into(),
        State::Running => format!("{} of {total} written", task.visited),
        State::Done => format!("Done: {} in the file{out}", written(task.changed)),
        _ => format!("Stopped after {} of {total}. The file is not whole.{why}", task.changed),
    }
}
