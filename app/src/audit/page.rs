//! The page of the audit log: newest first, filtered by kind, member and day.

use super::api;
use crate::AppError;
use crate::manage::{Heading, Loading, Manage, latest};
use crate::ui::time::{Style, midnight};
use crate::ui::{For, Show, Time};
use domain::audit::{Entry, Filter, Filters};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often the log is asked for what is new: not everything that is noted comes over the feed.
const LOOK_AGAIN: Duration = Duration::from_secs(4);

/// `/manage/audit`
#[component]
pub fn AuditPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let filters = manage.load(api::audit_filters);
    let filter = RwSignal::new(Filter::default());
    view! {
        <Heading title="Audit log" about="Sign-ins, watches, and what was changed here." />
        <Loading of=filters children=|_| () />
        <Choices filters=latest(filters) filter />
        <Log filter />
    }
    .into_any()
}

/// Drawn once, so that what is chosen and what is being typed stay: only the lists follow what is loaded.
#[component]
fn Choices(filters: Memo<Option<Filters>>, filter: RwSignal<Filter>) -> impl IntoView {
    // As a property: what somebody has chosen by hand does not heed the attribute any more.
    let option = |value: String, words: String, selected: bool| {
        view! { <option value=value prop:selected=selected>{words}</option> }
    };
    let kinds = move || {
        let kinds = filters.get().map(|filters| filters.kinds).unwrap_or_default();
        let chosen = |kind: &String| filter.with_untracked(|filter| filter.kind.as_ref() == Some(kind));
        let kinds = kinds.into_iter().map(|(title, kind)| {
            let chosen = chosen(&kind);
            option(kind, title, chosen)
        });
        kinds.collect_view()
    };
    let members = move || {
        let members = filters.get().map(|filters| filters.members).unwrap_or_default();
        let chosen = |id| filter.with_untracked(|filter| filter.member == Some(id));
        members.into_iter().map(|one| option(one.id.to_string(), one.name, chosen(one.id))).collect_view()
    };
    let by_kind = move |event| {
        let kind = Some(event_target_value(&event)).filter(|kind| !kind.is_empty());
        filter.update(|filter| filter.kind = kind);
    };
    let by_member = move |event| {
        let member = event_target_value(&event).parse().ok();
        filter.update(|filter| filter.member = member);
    };
    let from = move |event| {
        let day = midnight(&event_target_value(&event), 0);
        filter.update(|filter| filter.from = day);
    };
    let until = move |event| {
        let day = midnight(&event_target_value(&event), 1);
        filter.update(|filter| filter.until = day);
    };
    view! {
        <div class="filters form">
            <label>"What"<select on:change=by_kind><option value="">"Everything"</option>{kinds}</select></label>
            <label>"Who"<select on:change=by_member><option value="">"Everybody"</option>{members}</select></label>
            <label>"From"<input type="date" on:change=from /></label>
            <label>"To"<input type="date" on:change=until /></label>
        </div>
    }
    .into_any()
}

#[component]
fn Log(filter: RwSignal<Filter>) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let entries = RwSignal::new(Vec::<Entry>::new());
    let more = RwSignal::new(false);
    let busy = RwSignal::new(true);
    let asked = StoredValue::new(0_u32);
    let load = move |older: bool| {
        asked.update_value(|n| *n += 1);
        let number = asked.get_value();
        busy.set(true);
        let last = entries.with_untracked(|entries| entries.last().map(|entry| (entry.at, entry.id)));
        let question = api::audit_page(filter.get_untracked(), if older { last } else { None });
        spawn_local(async move {
            let answer: Result<_, AppError> = question.await;
            // A later question has been asked meanwhile: its answer counts.
            if asked.try_get_value() != Some(number) {
                return;
            }
            busy.set(false);
            match answer {
                Ok((page, rest)) => {
                    more.set(rest);
                    entries.update(|entries| {
                        if !older {
                            entries.clear();
                        }
                        entries.extend(page);
                    });
                }
                Err(error) => manage.failed(&error),
            }
        });
    };
    Effect::new(move |_| {
        filter.track();
        load(false);
    });
    // What is noted meanwhile comes on top; whoever reads further down keeps their place.
    let look = move || {
        if !crate::ui::browser::visible() || busy.get_untracked() {
            return;
        }
        let number = asked.get_value();
        let question = api::audit_page(filter.get_untracked(), None);
        spawn_local(async move {
            let Ok((page, _)) = question.await else { return };
            if asked.try_get_value() != Some(number) {
                return;
            }
            let known = |id| entries.with_untracked(|entries| entries.iter().any(|entry| entry.id == id));
            let new: Vec<_> = page.iter().filter(|one| !known(one.id)).cloned().collect();
            if new.len() == page.len() {
                // More than a page of it: what is between would be left out.
                return load(false);
            }
            if !new.is_empty() {
                entries.update(|entries| drop(entries.splice(0..0, new)));
            }
        });
    };
    Effect::new(move |_| {
        if let Ok(looking) = set_interval_with_handle(look, LOOK_AGAIN) {
            on_cleanup(move || looking.clear());
        }
    });
    let none = move || !busy.get() && entries.with(Vec::is_empty);
    view! {
        <ol class="entries log-entries" aria-label="Entries" aria-busy=move || busy.get().to_string()>
            <For each=move || entries.get() key=|entry| entry.id let:entry>
                <li class="entry">
                    <Time at=entry.at style=Style::Full />
                    <p class="words"><b>{entry.name}</b>" "{entry.what}</p>
                </li>
            </For>
        </ol>
        <Show when=none><p class="dim">"Nothing like that is in the log."</p></Show>
        <Show when=move || more.get()>
            <button type="button" class="button older" disabled=move || busy.get() on:click=move |_| load(true)>"Show older"</button>
        </Show>
    }
    .into_any()
}
