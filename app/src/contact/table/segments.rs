//! Saved filters: chosen, saved, renamed, brought up to date, deleted.

use super::api;
use super::state::Table;
use super::words;
use crate::ui::{Dialog, Show};
use domain::SegmentId;
use domain::contact::filter::Group;
use domain::segment::{LONGEST_NAME, Segment};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the dialog is open for.
#[derive(Clone, PartialEq)]
enum Doing {
    Save,
    Rename(Segment),
    Delete(Segment),
}

/// The choice of a segment, and what can be done with it.
#[component]
pub(super) fn Segments() -> impl IntoView {
    let table = expect_context::<Table>();
    let doing = RwSignal::new(None::<Doing>);
    let all = move || words::with(table, |setting| setting.segments.clone()).unwrap_or_default();
    let current = Memo::new(move |_| {
        let id = table.segment.get()?;
        all().into_iter().find(|segment| segment.id == id)
    });
    let choose = move |id: String| {
        let id: Option<SegmentId> = id.parse().ok();
        let found = untrack(all).into_iter().find(|segment| Some(segment.id) == id);
        table.segment.set(found.as_ref().map(|segment| segment.id));
        table.filter.set(found.map_or_else(Group::default, |segment| segment.filter));
    };
    let option = move |segment: Segment| {
        let id = segment.id;
        let mark = if segment.gone > 0 { " (!)" } else { "" };
        view! {
            <option value=id.to_string() prop:selected=move || table.segment.get() == Some(id)>{format!("{}{mark}", segment.name)}</option>
        }
    };
    let changed = Memo::new(move |_| {
        let filter = table.filter.get();
        current.with(|current| current.as_ref().is_some_and(|segment| segment.filter != filter))
    });
    let some = move || table.filter.with(|filter| !filter.parts.is_empty());
    let update = move |_| {
        if let Some(segment) = current.get_untracked() {
            let filter = table.filter.get_untracked();
            table
                .manage
                .act(async move { api::save_segment(Some(segment.id), segment.name, filter).await.map(|_| ()) });
        }
    };
    let gone = move || {
        current.get().filter(|segment| segment.gone > 0).map(|segment| {
            let words = if segment.gone == 1 { "A condition is" } else { "Some conditions are" };
            format!("{words} about a tag or attribute that is gone or archived, and holds for nobody.")
        })
    };
    let rename = move |_| doing.set(current.get_untracked().map(Doing::Rename));
    let delete = move |_| doing.set(current.get_untracked().map(Doing::Delete));
    view! {
        <div class="segment">
            <select aria-label="Segment" on:change=move |event| choose(event_target_value(&event))>
                <option value="" prop:selected=move || current.with(Option::is_none)>"Everybody"</option>
                {move || all().into_iter().map(option).collect_view()}
            </select>
            <Show when=move || changed.get()>
                <button type="button" class="button small" on:click=update>"Update segment"</button>
            </Show>
            <Show when=move || some() && (current.with(Option::is_none) || changed.get())>
                <button type="button" class="button small" on:click=move |_| doing.set(Some(Doing::Save))>"Save as segment"</button>
            </Show>
            <Show when=move || current.with(Option::is_some)>
                <button type="button" class="link" on:click=rename>"Rename"</button>
                <button type="button" class="link" on:click=delete>"Delete"</button>
            </Show>
            <p class="gone" role="status">{gone}</p>
        </div>
        <SegmentDialog doing />
    }
    .into_any()
}

#[component]
fn SegmentDialog(doing: RwSignal<Option<Doing>>) -> impl IntoView {
    let table = expect_context::<Table>();
    let name = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        problem.set(None);
        name.set(match doing.get() {
            Some(Doing::Rename(segment)) => segment.name,
            _ => String::new(),
        });
    });
    let title = move || match doing.get() {
        Some(Doing::Rename(_)) => "Rename the segment".to_owned(),
        Some(Doing::Delete(segment)) => format!("Delete “{}”?", segment.name),
        _ => "Save as segment".to_owned(),
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(now) = doing.get_untracked() else { return };
        let name = name.get_untracked();
        spawn_local(async move {
            let answer = match now {
                Doing::Save => {
                    let saved = api::save_segment(None, name, table.filter.get_untracked()).await;
                    saved.map(|id| table.segment.set(Some(id)))
                }
                Doing::Rename(segment) => api::save_segment(Some(segment.id), name, segment.filter).await.map(|_| ()),
                Doing::Delete(segment) => {
                    let deleted = api::delete_segment(segment.id).await;
                    deleted.map(|()| table.segment.set(None))
                }
            };
            match answer {
                Ok(()) => drop(doing.try_set(None)),
                Err(error) => drop(problem.try_set(Some(error.to_string()))),
            }
        });
    };
    let deletes = move || matches!(doing.get(), Some(Doing::Delete(_)));
    view! {
        <Dialog title=Signal::derive(title) open=Signal::derive(move || doing.get().is_some())
            on_close=Callback::new(move |()| doing.set(None))>
            <form class="form" on:submit=submit>
                <Show when=deletes fallback=move || view! {
                    <label>"Name"
                        <input type="text" required maxlength=LONGEST_NAME.to_string() autocomplete="off" bind:value=name />
                    </label>
                }>
                    <p class="dim">"Its contacts stay as they are; only the saved filter goes."</p>
                </Show>
                <p class="problem" role="alert">{move || problem.get()}</p>
                <footer>
                    <button type="button" class="button" on:click=move |_| doing.set(None)>"Cancel"</button>
                    <button type="submit" class="button primary">{move || if deletes() { "Delete" } else { "Save" }}</button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}
