//! What is done to those who are chosen, or to all that match.

use super::api;
use super::state::Table;
use super::words;
use crate::attribute::Control;
use crate::ui::{Dialog, Show};
use domain::contact::table::{Setting, about};
use domain::tag::Kind;
use domain::task::Action;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    Give,
    Take,
    Set,
}

/// The bar over the table's foot, while somebody is chosen.
#[component]
pub(super) fn Bulk() -> impl IntoView {
    let table = expect_context::<Table>();
    let doing = RwSignal::new(None::<Doing>);
    let many = Memo::new(move |_| table.chosen.with(std::collections::HashSet::len));
    let shown = move || table.everybody.get() || many.get() > 0;
    // Once all that are loaded are chosen, all that match are one step away.
    let all = move || {
        let matching = table.counted.get().map_or(0, |counted| counted.matching);
        let rest = i64::try_from(many.get()).unwrap_or(i64::MAX) < matching;
        (!table.everybody.get() && rest).then(|| format!("Choose all {} that match", about(matching)))
    };
    let nobody = move |_| {
        table.chosen.update(std::collections::HashSet::clear);
        table.everybody.set(false);
    };
    view! {
        <Show when=shown>
            <div class="bulk" role="region" aria-label="What is chosen">
                <b role="status">{move || whom(table)}" chosen"</b>
                {move || all().map(|words| view! {
                    <button type="button" class="link" on:click=move |_| table.everybody.set(true)>{words}</button>
                })}
                <span class="doings">
                    <button type="button" class="button small" on:click=move |_| doing.set(Some(Doing::Give))>"Add tag"</button>
                    <button type="button" class="button small" on:click=move |_| doing.set(Some(Doing::Take))>"Take off tag"</button>
                    <button type="button" class="button small" on:click=move |_| doing.set(Some(Doing::Set))>"Set attribute"</button>
                    <button type="button" class="button small" on:click=move |_| table.export(table.target())>"Export"</button>
                </span>
                <button type="button" class="link" on:click=nobody>"Choose nobody"</button>
            </div>
        </Show>
        <BulkDialog doing />
    }
    .into_any()
}

/// `12 contacts`, `all 10,000+ that match`.
fn whom(table: Table) -> String {
    if table.everybody.get() {
        return format!("All {} that match", about(table.counted.get().map_or(0, |counted| counted.matching)));
    }
    match table.chosen.with(std::collections::HashSet::len) {
        1 => "1 contact".into(),
        n => format!("{} contacts", about(i64::try_from(n).unwrap_or(0))),
    }
}

#[component]
fn BulkDialog(doing: RwSignal<Option<Doing>>) -> impl IntoView {
    let table = expect_context::<Table>();
    let of = RwSignal::new(String::new());
    let value = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        doing.track();
        of.set(String::new());
        value.set(String::new());
        problem.set(None);
    });
    let title = move || match doing.get() {
        Some(Doing::Take) => "Take off a tag".to_owned(),
        Some(Doing::Set) => "Set an attribute".to_owned(),
        _ => "Add a tag".to_owned(),
    };
    let options = move || {
        let doing = doing.get();
        let options = |setting: &Setting| match doing {
            Some(Doing::Set) => {
                setting.attributes.iter().map(|one| (one.id.to_string(), one.shape.name.clone())).collect::<Vec<_>>()
            }
            doing => setting
                .tags
                .iter()
                .filter(|(label, given)| doing == Some(Doing::Take) || (*given && label.kind == Kind::Manual))
                .map(|(label, _)| (label.id.to_string(), format!("{} · {}", label.category, label.name)))
                .collect(),
        };
        words::with(table, options).unwrap_or_default()
    };
    let option = move |(id, words): (String, String)| {
        let own = id.clone();
        view! { <option value=id prop:selected=move || of.with(|of| *of == own)>{words}</option> }
    };
    let control = move || {
        let attribute = of.get().parse().ok().filter(|_| doing.get() == Some(Doing::Set))?;
        let shape = words::shape(table, attribute)?;
        let describes = String::new();
        Some(view! {
            <div class="labelled"><span aria-hidden="true">"Value"</span>
                <Control shape typed=value label="Value".to_owned() describes /></div>
            <p class="dim">"Left empty, it is cleared."</p>
        })
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (Some(now), of) = (doing.get_untracked(), of.get_untracked()) else { return };
        let action = match now {
            Doing::Give => of.parse().map(Action::GiveTag),
            Doing::Take => of.parse().map(Action::TakeTag),
            Doing::Set => of.parse().map(|attribute| Action::SetAttribute { attribute, value: value.get_untracked() }),
        };
        let Ok(action) = action else { return problem.set(Some("Choose one first.".into())) };
        spawn_local(async move {
            match api::begin_task(action, table.target()).await {
                Ok(id) => {
                    doing.set(None);
                    table.follow_task(id);
                    table.chosen.update(std::collections::HashSet::clear);
                    table.everybody.set(false);
                    table.watch_tasks();
                }
                Err(error) => drop(problem.try_set(Some(error.to_string()))),
            }
        });
    };
    view! {
        <Dialog title=Signal::derive(title) open=Signal::derive(move || doing.get().is_some())
            on_close=Callback::new(move |()| doing.set(None))>
            <form class="form" on:submit=submit>
                <label>{move || if doing.get() == Some(Doing::Set) { "Attribute" } else { "Tag" }}
                    <select on:change=move |event| { value.set(String::new()); of.set(event_target_value(&event)) }>
                        <option value="">"Choose …"</option>
                        {move || options().into_iter().map(option).collect_view()}
                    </select>
                </label>
                {control}
                <p class="dim">{move || whom(table)}". It can be undone for seven days; whoever is with an agent then is left out."</p>
                <p class="problem" role="alert">{move || problem.get()}</p>
                <footer>
                    <button type="button" class="button" on:click=move |_| doing.set(None)>"Cancel"</button>
                    <button type="submit" class="button primary">"Begin"</button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}
