//! The dialog in which a condition is put together.

use super::chips::{At, reach};
use super::draft::{Draft, STATUSES, kind, ways};
use super::state::Table;
use super::words;
use crate::ui::Dialog;
use domain::attribute::Kind;
use domain::contact::filter::{From, Part};
use domain::contact::table::Setting;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

const FIELDS: [(&str, &str); 16] = [
    ("name", "Name"),
    ("phone", "Phone"),
    ("username", "Username"),
    ("bsuid", "WhatsApp id"),
    ("tag", "Tag"),
    ("status", "Status"),
    ("last_active", "Last active"),
    ("first_seen", "First seen"),
    ("source", "Source"),
    ("first_message", "First message"),
    ("source_words", "Source text"),
    ("unresolved", "Unresolved"),
    ("session", "Session messages"),
    ("template", "Template messages"),
    ("opted", "Campaigns"),
    ("blocked", "Blocked"),
];

/// Open while a condition is edited.
#[component]
pub(super) fn ConditionDialog(editing: RwSignal<Option<At>>) -> impl IntoView {
    let table = expect_context::<Table>();
    let draft = RwSignal::new(Draft::default());
    let problem = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let Some((path, n)) = editing.get() else { return };
        problem.set(None);
        let found = n.and_then(|n| {
            let mut root = table.filter.get_untracked();
            match reach(&mut root, &path)?.parts.get(n)? {
                Part::Condition(condition) => Some(Draft::of(condition)),
                Part::Group(_) => None,
            }
        });
        draft.set(found.unwrap_or_else(|| Draft { field: "name".into(), how: "contains".into(), ..Draft::default() }));
    });
    let title = move || match editing.get() {
        Some((_, Some(_))) => "Change the condition".to_owned(),
        _ => "Add a condition".to_owned(),
    };
    let done = move |event: SubmitEvent| {
        event.prevent_default();
        let attributes = untrack(|| words::with(table, |setting| setting.attributes.clone())).unwrap_or_default();
        let condition = match draft.get_untracked().condition(&attributes) {
            Ok(condition) => Part::Condition(condition),
            Err(why) => return problem.set(Some(why)),
        };
        let Some((path, n)) = editing.get_untracked() else { return };
        table.filter.update(|root| {
            if let Some(group) = reach(root, &path) {
                match n.and_then(|n| group.parts.get_mut(n)) {
                    Some(part) => *part = condition.clone(),
                    None => group.parts.push(condition.clone()),
                }
            }
        });
        editing.set(None);
    };
    view! {
        <Dialog title=Signal::derive(title) open=Signal::derive(move || editing.get().is_some())
            on_close=Callback::new(move |()| editing.set(None))>
            <form class="form condition" on:submit=done>
                <Field draft />
                {move || how(table, draft)}
                {move || what(table, draft)}
                <p class="problem" role="alert">{move || problem.get()}</p>
                <footer>
                    <button type="button" class="button" on:click=move |_| editing.set(None)>"Cancel"</button>
                    <button type="submit" class="button primary">"Apply"</button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Field(draft: RwSignal<Draft>) -> impl IntoView {
    let table = expect_context::<Table>();
    let chosen = move |field: String| {
        let attributes = untrack(|| words::with(table, |setting| setting.attributes.clone())).unwrap_or_default();
        let how = ways(&field, &attributes).first().map(|(how, _)| (*how).to_owned()).unwrap_or_default();
        let first = match field.as_str() {
            "source" => "organic",
            "opted" => "in",
            "blocked" => "yes",
            _ => "",
        };
        draft.set(Draft { field, how, first: first.into(), ..Draft::default() });
    };
    let option = move |value: String, words: String| {
        let own = value.clone();
        view! { <option value=value prop:selected=move || draft.with(|draft| draft.field == own)>{words}</option> }
    };
    let attributes = move || {
        let attributes = words::with(table, |setting: &Setting| setting.attributes.clone()).unwrap_or_default();
        attributes.into_iter().map(|one| option(one.id.to_string(), one.shape.name)).collect_view()
    };
    view! {
        <label>"Ask about"
            <select on:change=move |event| chosen(event_target_value(&event))>
                <optgroup label="Parameters">
                    {FIELDS.map(|(value, words)| option(value.into(), words.into())).collect_view()}
                </optgroup>
                <optgroup label="Attributes">{attributes}</optgroup>
            </select>
        </label>
    }
    .into_any()
}

/// How it is asked; nothing where there is one way only.
fn how(table: Table, draft: RwSignal<Draft>) -> Option<AnyView> {
    let field = Memo::new(move |_| draft.with(|draft| draft.field.clone())).get();
    let attributes = words::with(table, |setting| setting.attributes.clone()).unwrap_or_default();
    let ways = ways(&field, &attributes);
    let option = |(value, words): &(&'static str, &'static str)| {
        let value = *value;
        view! { <option value=value prop:selected=move || draft.with(|draft| draft.how == value)>{*words}</option> }
    };
    (ways.len() > 1).then(|| {
        view! {
            <label>"How"
                <select on:change=move |event| draft.update(|draft| draft.how = event_target_value(&event))>
                    {ways.iter().map(option).collect_view()}
                </select>
            </label>
        }
        .into_any()
    })
}

/// What is typed or chosen.
fn what(table: Table, draft: RwSignal<Draft>) -> Option<AnyView> {
    let (field, how) = Memo::new(move |_| draft.with(|draft| (draft.field.clone(), draft.how.clone()))).get();
    let attributes = words::with(table, |setting| setting.attributes.clone()).unwrap_or_default();
    let kind = kind(&field, &attributes);
    Some(match (field.as_str(), how.as_str()) {
        (_, "filled" | "empty" | "never") => return None,
        ("status", _) => ticks(draft, STATUSES.map(|status| status.to_string()).to_vec()),
        ("tag", _) => {
            let of = |setting: &Setting| {
                let given = setting.tags.iter().filter(|(_, given)| *given);
                given.map(|(label, _)| (label.id.to_string(), format!("{} · {}", label.category, label.name))).collect()
            };
            let mut tags: Vec<(String, String)> = words::with(table, of).unwrap_or_default();
            tags.insert(0, (String::new(), "Choose …".into()));
            choice(draft, "Tag", tags)
        }
        ("source", _) => {
            choice(draft, "Source", From::ALL.iter().map(|one| (one.to_string(), words::from(*one).into())).collect())
        }
        ("opted", _) => {
            let words = [("in", "Opted in"), ("out", "Opted out"), ("unasked", "Nobody asked")];
            choice(draft, "Campaigns", words.map(|(word, shown)| (word.into(), shown.into())).to_vec())
        }
        ("blocked", _) => choice(draft, "Blocked", vec![("yes".into(), "Yes".into()), ("no".into(), "No".into())]),
        (_, "between") => {
            let sort = if kind == Some(Kind::Date) { "date" } else { "text" };
            view! {
                <div class="pair">
                    {typed(draft, "From", sort, |draft| &mut draft.first)}
                    {typed(draft, "To", sort, |draft| &mut draft.second)}
                </div>
            }
            .into_any()
        }
        (_, "any" | "none") => {
            let of = attributes.iter().find(|one| one.id.to_string() == field);
            let options = of.map(|one| one.shape.options.clone()).unwrap_or_default();
            ticks(draft, if kind == Some(Kind::YesNo) { vec!["yes".into(), "no".into()] } else { options })
        }
        (_, "from" | "before") => typed(draft, "Day", "date", |draft| &mut draft.first),
        (_, "within" | "longer") => typed(draft, "Days", "number", |draft| &mut draft.first),
        _ => typed(draft, "Words", "text", |draft| &mut draft.first),
    })
}

fn typed(
    draft: RwSignal<Draft>,
    label: &'static str,
    sort: &'static str,
    of: fn(&mut Draft) -> &mut String,
) -> AnyView {
    let value = move || draft.with(|draft| of(&mut draft.clone()).clone());
    view! {
        <label>{label}
            <input type=sort min="1" maxlength="200" autocomplete="off" prop:value=value
                on:input=move |event| draft.update(|draft| *of(draft) = event_target_value(&event)) />
        </label>
    }
    .into_any()
}

fn choice(draft: RwSignal<Draft>, label: &'static str, options: Vec<(String, String)>) -> AnyView {
    let option = |(value, words): (String, String)| {
        let own = value.clone();
        view! { <option value=value prop:selected=move || draft.with(|draft| draft.first == own)>{words}</option> }
    };
    view! {
        <label>{label}
            <select on:change=move |event| draft.update(|draft| draft.first = event_target_value(&event))>
                {options.into_iter().map(option).collect_view()}
            </select>
        </label>
    }
    .into_any()
}

fn ticks(draft: RwSignal<Draft>, options: Vec<String>) -> AnyView {
    let tick = |option: String| {
        let (has, toggled) = (option.clone(), option.clone());
        let toggle = move |_| {
            draft.update(|draft| {
                if draft.many.contains(&toggled) {
                    draft.many.retain(|one| *one != toggled);
                } else {
                    draft.many.push(toggled.clone());
                }
            });
        };
        view! {
            <label class="choice">
                <input type="checkbox" prop:checked=move || draft.with(|draft| draft.many.contains(&has)) on:change=toggle />
                <span dir="auto">{option}</span>
            </label>
        }
    };
    view! { <div class="checks" role="group" aria-label="Any of these">{options.into_iter().map(tick).collect_view()}</div> }
        .into_any()
}
