//! Manage's page of imports: bring a file, and what became of earlier ones.

use super::file::FilePage;
use super::{api, upload};
use crate::contact::AddContact;
use crate::manage::{Heading, Loading, Manage};
use crate::ui::browser;
use crate::ui::time::{Style, Time};
use domain::ImportId;
use domain::import::{Import, Stage, Tally};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;

/// `/manage/import`, and `/manage/import/<id>` for one of them.
#[component]
pub fn ImportPage() -> impl IntoView {
    let params = use_params_map();
    let named = Memo::new(move |_| {
        let place = params.with(|params| params.get("place").unwrap_or_default());
        place.split_once('/').and_then(|(_, id)| id.parse::<ImportId>().ok())
    });
    move || match named.get() {
        Some(id) => view! { <FilePage id /> }.into_any(),
        None => view! { <List /> }.into_any(),
    }
}

#[component]
fn List() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let imports = manage.load_of_contacts(api::list_imports);
    let adding = RwSignal::new(false);
    let (busy, problem) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let chosen = move |event| {
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let sent = upload::chosen(event).await;
            let _ = busy.try_set(false);
            match sent {
                Ok(Some(id)) => browser::go(&format!("/manage/import/{id}")),
                Ok(None) => {}
                Err(error) => drop(problem.try_set(Some(error.to_string()))),
            }
        });
    };
    view! {
        <Heading title="Import contacts" about="From a spreadsheet saved as CSV. Nothing is written before you have seen what would happen.">
            <button type="button" class="button" on:click=move |_| adding.set(true)>"Add contact"</button>
        </Heading>
        <label class="sheet drop" data-busy=move || busy.get().to_string()>
            <b>{move || if busy.get() { "Reading the file …" } else { "Choose a CSV file" }}</b>
            <span class="dim">"Up to 200,000 rows and 64 MB. The first row names the columns; one of them holds phone numbers."</span>
            <input type="file" accept=".csv,.tsv,.txt,text/csv" disabled=move || busy.get() on:change=chosen />
        </label>
        <p class="problem" role="alert">{move || problem.get()}</p>
        <Loading of=imports let:imports>
            {if imports.is_empty() {
                view! { <p class="dim">"No file has been imported yet."</p> }.into_any()
            } else {
                view! {
                    <h2 class="earlier">"Earlier files"</h2>
                    <ul class="sheet imports" aria-label="Imports">{imports.into_iter().map(line).collect_view()}</ul>
                }.into_any()
            }}
        </Loading>
        <AddContact open=adding />
    }
    .into_any()
}

fn line(import: Import) -> AnyView {
    let Import { id, name, stage, rows, tally, by, at, .. } = import;
    let what =
        if stage == Stage::Done { summary(&tally) } else { format!("{} rows · {}", grouped(rows), stage.title()) };
    view! {
        <li>
            <a href=format!("/manage/import/{id}")>
                <b dir="auto">{name}</b>
                <span class="dim">{what}</span>
                <span class="dim when">{by}", "<Time at style=Style::Full /></span>
            </a>
        </li>
    }
    .into_any()
}

/// What became of the rows, without what did not happen.
pub(super) fn summary(tally: &Tally) -> String {
    let parts = [
        (tally.new, "new"),
        (tally.changed, "changed"),
        (tally.unchanged, "unchanged"),
        (tally.failed, "failed"),
        (tally.held, "left out"),
    ];
    let told: Vec<_> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", grouped(*n))).collect();
    if told.is_empty() { "nothing to do".into() } else { told.join(" · ") }
}

/// `200,000`.
pub(super) fn grouped(n: i64) -> String {
    let digits = n.to_string();
    let mut told = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
}
