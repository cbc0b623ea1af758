//! One file: choose its columns, see what is wrong, import, and take away what failed.

use super::api;
use super::columns::Columns;
use super::page::{grouped, summary};
use crate::AppError;
use crate::manage::Manage;
use crate::ui::{Dialog, For, Show, browser, poll};
use domain::ImportId;
use domain::import::{Failure, Import, Opened, Stage, Tally};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How often a file that is under way is looked at, in milliseconds.
const EVERY: u32 = 700;

/// `/manage/import/<id>`
#[component]
pub(super) fn FilePage(id: ImportId) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let loaded = RwSignal::new(None::<Opened>);
    let problem = RwSignal::new(None::<String>);
    let again = RwSignal::new(false);
    let looks = poll::Looks::new(0);
    let look = move || {
        let took = move |opened: Opened| {
            let moves = opened.import.stage.moves();
            problem.set(None);
            loaded.set(Some(opened));
            moves
        };
        let failed = move |error: AppError, words: Option<&'static str>| {
            problem.set(Some(words.map_or_else(|| error.to_string(), ToOwned::to_owned)));
            if words.is_none() {
                loaded.set(None);
                if error.0 == domain::Error::SignedOut {
                    manage.failed(&error);
                }
            }
        };
        poll::look(looks, EVERY, move || api::open_import(id), took, failed);
    };
    Effect::new(move |_| look());
    // What was done with it on another screen; while it is under way it is looked at anyway.
    let elsewhere = move || {
        let shown = loaded.with_untracked(|loaded| loaded.as_ref().map(|opened| opened.import.stage));
        let Some(shown) = shown.filter(|stage| !stage.moves()) else { return };
        spawn_local(async move {
            let Ok(imports) = api::list_imports().await else { return };
            match imports.iter().find(|import| import.id == id) {
                Some(import) if import.stage == shown => {}
                Some(_) => look(),
                None => {
                    let _ = problem.try_set(Some("This file was deleted.".to_owned()));
                    let _ = loaded.try_set(None);
                }
            }
        });
    };
    Effect::new(move |before: Option<()>| {
        manage.contacts.track();
        if before.is_some() {
            elsewhere();
        }
    });
    let changed = Callback::new(move |()| {
        again.set(false);
        look();
    });
    // Drawn anew only where something else has changed than how far it is: its buttons stay under the reader's hand.
    let drawn = Memo::new(move |_| loaded.get().map(without_progress));
    let moving = Signal::derive(move || loaded.with(|loaded| loaded.as_ref().map(|opened| opened.import.clone())));
    let waits = move || drawn.with(Option::is_none) && problem.with(Option::is_none);
    view! {
        <p><a class="back" href="/manage/import">"‹ Import contacts"</a></p>
        <p class="problem looking" role="alert">{move || problem.get()}</p>
        <Show when=waits><p class="dim" aria-busy="true">"Loading …"</p></Show>
        {move || drawn.get().map(|opened| view! { <File id opened moving again changed /> })}
    }
    .into_any()
}

/// As its page is drawn: how far it is while it is under way is told apart from that.
fn without_progress(mut opened: Opened) -> Opened {
    if opened.import.stage.moves() {
        opened.import.done = 0;
        opened.import.tally = Tally::default();
        opened.failures.clear();
        opened.more = false;
    }
    opened
}

#[component]
fn File(
    id: ImportId,
    opened: Opened,
    moving: Signal<Option<Import>>,
    again: RwSignal<bool>,
    changed: Callback<()>,
) -> impl IntoView {
    let import = opened.import.clone();
    let rows = format!("{} rows, brought by {}", grouped(import.rows), import.by);
    let (failures, more) = (opened.failures.clone(), opened.more);
    let stage = import.stage;
    let form = opened.clone();
    view! {
        <header class="heading"><div><h1 dir="auto">{import.name.clone()}</h1><p class="dim">{rows}</p></div></header>
        <Steps stage />
        {match stage {
            Stage::Uploaded => view! { <Columns id opened=form checked=changed /> }.into_any(),
            Stage::Checking | Stage::Running => view! { <UnderWay id stage import=moving changed /> }.into_any(),
            Stage::Checked => view! {
                <Show when=move || again.get() fallback={
                    let import = import.clone();
                    move || view! { <Checked import=import.clone() again changed /> }
                }>
                    <Columns id opened=form.clone() checked=changed />
                </Show>
            }.into_any(),
            Stage::Stopped | Stage::Done => view! { <Ended import=import.clone() changed /> }.into_any(),
        }}
        {(!failures.is_empty() && !stage.moves()).then(|| view! { <Failures id failures more /> })}
    }
    .into_any()
}

/// Where one is: columns, check, import.
#[component]
fn Steps(stage: Stage) -> impl IntoView {
    let at = match stage {
        Stage::Uploaded => 0,
        Stage::Checking | Stage::Checked => 1,
        Stage::Running | Stage::Stopped => 2,
        Stage::Done => 3,
    };
    let step = move |(place, name): (i32, &'static str)| {
        let state = if place < at { "done" } else { "ahead" };
        view! { <li data-state=state aria-current=(place == at).then_some("step")>{name}</li> }
    };
    let steps = [(0, "Columns"), (1, "Check"), (2, "Import")].map(step).collect_view();
    view! { <ol class="steps" aria-label="Steps">{steps}</ol> }
}

#[component]
fn UnderWay(id: ImportId, stage: Stage, import: Signal<Option<Import>>, changed: Callback<()>) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let words = if stage == Stage::Checking { "Looking at every row" } else { "Importing" };
    let stop = move |_| {
        spawn_local(async move {
            if let Err(error) = api::stop_import(id).await {
                manage.failed(&error);
            }
            changed.run(());
        });
    };
    let many = move |read: fn(&Import) -> i64| import.with(|import| import.as_ref().map_or(0, read));
    let (done, rows) = (move || many(|import| import.done), move || many(|import| import.rows));
    let tally = move || import.with(|import| import.as_ref().map(|import| summary(&import.tally)));
    // Said once; how far it is would be said anew with every look.
    view! {
        <section class="sheet under-way" aria-label=words>
            <p><b role="status">{words}</b>" · "{move || grouped(done())}" of "{move || grouped(rows())}</p>
            <progress max=move || rows().to_string() value=move || done().to_string() aria-label=words></progress>
            <p class="dim">{tally}</p>
            <p class="dim">"This goes on when you leave the page, or when Baton is started again."</p>
            <footer><button type="button" class="button" on:click=stop>"Stop"</button></footer>
        </section>
    }
    .into_any()
}

#[component]
fn Checked(import: Import, again: RwSignal<bool>, changed: Callback<()>) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let Import { id, tally, .. } = import;
    let good = tally.new + tally.changed;
    let start = move |_| {
        spawn_local(async move {
            if let Err(error) = api::start_import(id).await {
                manage.failed(&error);
            }
            changed.run(());
        });
    };
    let label = if good == 1 { "Import 1 row".to_owned() } else { format!("Import {} rows", grouped(good)) };
    view! {
        <section class="sheet result" aria-label="Result of the check">
            <dl>
                <dt>"New contacts"</dt><dd>{grouped(tally.new)}</dd>
                <dt>"Known already"</dt><dd>{grouped(tally.changed)}</dd>
                <dt>"With a problem"</dt><dd data-bad=(tally.failed > 0).to_string()>{grouped(tally.failed)}</dd>
                {(tally.held > 0).then(|| view! { <dt>"With an agent just now"</dt><dd>{grouped(tally.held)}</dd> })}
            </dl>
            <p class="dim">
                "Nothing has been written yet. Rows with a problem are left out; you can mend them and bring them again."
                {(tally.held > 0).then_some(" So are contacts whose chat somebody else holds.")}
            </p>
            <footer>
                <button type="button" class="button" on:click=move |_| again.set(true)>"Change columns"</button>
                <button type="button" class="button primary" disabled=good == 0 on:click=start>{label}</button>
            </footer>
        </section>
    }
    .into_any()
}

#[component]
fn Ended(import: Import, changed: Callback<()>) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let Import { id, stage, rows, done, tally, .. } = import;
    let asking = RwSignal::new(false);
    let resume = move |_| {
        spawn_local(async move {
            if let Err(error) = api::start_import(id).await {
                manage.failed(&error);
            }
            changed.run(());
        });
    };
    let delete = move |_| {
        spawn_local(async move {
            match api::delete_import(id).await {
                Ok(()) => browser::go("/manage/import"),
                Err(error) => manage.failed(&error),
            }
        });
    };
    view! {
        <section class="sheet result" aria-label="Result">
            <p role="status"><b>{if stage == Stage::Done { "Done".to_owned() } else { format!("Stopped after {} of {} rows", grouped(done), grouped(rows)) }}</b></p>
            <dl>
                <dt>"New"</dt><dd>{grouped(tally.new)}</dd>
                <dt>"Changed"</dt><dd>{grouped(tally.changed)}</dd>
                <dt>"Unchanged"</dt><dd>{grouped(tally.unchanged)}</dd>
                <dt>"Failed"</dt><dd data-bad=(tally.failed > 0).to_string()>{grouped(tally.failed)}</dd>
                {(tally.held > 0).then(|| view! { <dt>"Left out, with an agent"</dt><dd>{grouped(tally.held)}</dd> })}
            </dl>
            <footer>
                <button type="button" class="button" on:click=move |_| asking.set(true)>"Delete this file"</button>
                {(stage == Stage::Stopped).then(|| view! { <button type="button" class="button primary" on:click=resume>"Go on"</button> })}
            </footer>
        </section>
        <Dialog title="Delete this file" open=asking on_close=Callback::new(move |()| asking.set(false))>
            <div class="form">
                <p>"The file and its failed rows are forgotten. Contacts that came by it stay."</p>
                <footer>
                    <button type="button" class="button" on:click=move |_| asking.set(false)>"Keep it"</button>
                    <button type="button" class="button danger" on:click=delete>"Delete"</button>
                </footer>
            </div>
        </Dialog>
    }
    .into_any()
}

/// Every problem by row; the rest is one click away.
#[component]
fn Failures(id: ImportId, failures: Vec<Failure>, more: bool) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let (shown, more) = (RwSignal::new(failures), RwSignal::new(more));
    let load = move |_| {
        let after = shown.with_untracked(|shown| shown.last().map_or(0, |failure| failure.row));
        spawn_local(async move {
            match api::import_failures(id, after).await {
                Ok((page, rest)) => {
                    let _ = shown.try_update(|shown| shown.extend(page));
                    let _ = more.try_set(rest);
                }
                Err(error) => manage.failed(&error),
            }
        });
    };
    view! {
        <section class="sheet failures" aria-labelledby="failures">
            <header>
                <h2 id="failures">"Rows with problems"</h2>
                <a class="button small" href=format!("/export/import/{id}.csv") rel="external" download="">"Download them"</a>
            </header>
            <ul>
                <For each=move || shown.get() key=|failure| failure.row let:failure>
                    <li>
                        <span class="number">"Row "{failure.row}</span>
                        <span dir="auto">{failure.problems.iter().map(|problem| view! { <p>{problem.sentence()}</p> }).collect_view()}</span>
                    </li>
                </For>
            </ul>
            <Show when=move || more.get()><button type="button" class="button" on:click=load>"Show more"</button></Show>
        </section>
    }
    .into_any()
}
