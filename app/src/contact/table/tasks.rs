//! What is being done to many contacts, as it goes on: progress, Cancel, Undo.

use super::api;
use super::state::Table;
use crate::ui::time::{Style, Time};
use crate::ui::{Dialog, Icon};
use domain::task::{State, Task};
use leptos::prelude::*;

/// Cards in the corner: what this screen has seen under way and nobody has put aside.
#[component]
pub(super) fn Tasks() -> impl IntoView {
    let table = expect_context::<Table>();
    let followed = move || {
        let mut tasks = table.tasks.get();
        table.followed.with(|followed| tasks.retain(|task| followed.contains(&task.id)));
        tasks
    };
    view! {
        <div class="tasks" role="status" aria-live="polite">
            {move || followed().into_iter().map(|task| card(table, task, true)).collect_view()}
        </div>
    }
    .into_any()
}

/// The button that shows what was done in the last days.
#[component]
pub(super) fn Recent() -> impl IntoView {
    let table = expect_context::<Table>();
    let open = RwSignal::new(false);
    let list = move || {
        let tasks = table.tasks.get();
        if tasks.is_empty() {
            view! { <p class="dim">"Nothing was done to many contacts in the last seven days."</p> }.into_any()
        } else {
            tasks.into_iter().map(|task| card(table, task, false)).collect_view().into_any()
        }
    };
    view! {
        <button type="button" class="button" aria-haspopup="dialog" on:click=move |_| { table.watch_tasks(); open.set(true) }>"Changes"</button>
        <Dialog title="Changes to many contacts".to_owned() open on_close=Callback::new(move |()| open.set(false))>
            <div class="recent">{list}</div>
        </Dialog>
    }
    .into_any()
}

fn card(table: Table, task: Task, corner: bool) -> AnyView {
    let id = task.id;
    let act = move |work: std::pin::Pin<Box<dyn Future<Output = Result<(), crate::AppError>>>>| {
        table.manage.act(async move {
            let done = work.await;
            table.follow_task(id);
            table.watch_tasks();
            done
        });
    };
    let (said, undoable) = (said(&task), task.can_be_undone());
    let Task { state, total, visited, words, by, made_at, .. } = task;
    let progress = match state {
        State::Running => total.map(|total| (visited, total)),
        State::Undoing => Some((task.put_back + task.left_alone, task.changed)),
        _ => None,
    };
    view! {
        <article class="task" data-state=state.as_str()>
            <b dir="auto">{words}</b>
            {corner.then(|| state.is_under_way()).filter(|busy| !busy).map(|_| view! {
                <button type="button" class="quiet" aria-label="Put aside"
                    on:click=move |_| table.put_aside(id)><Icon name="close" /></button>
            })}
            {progress.map(|(n, of)| view! {
                <progress aria-label="Progress" max=of.max(1).to_string() value=n.to_string()></progress>
            })}
            <span class="dim">{said}</span>
            {(!corner).then(|| view! { <span class="dim">{by}", "<Time at=made_at style=Style::Full /></span> })}
            {(state == State::Running).then(|| view! {
                <button type="button" class="button small" on:click=move |_| act(Box::pin(api::cancel_task(id)))>"Cancel"</button>
            })}
            {undoable.then(|| view! {
                <button type="button" class="button small" on:click=move |_| act(Box::pin(api::undo_task(id)))>"Undo"</button>
            })}
        </article>
    }
    .into_any()
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
