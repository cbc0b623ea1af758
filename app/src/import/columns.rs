//! What each column of a file holds, with its first rows beside.

use super::api;
use crate::manage::Manage;
use domain::contact::LONGEST_SOURCE;
use domain::import::{COUNTRIES, Column, Opened, Plan};
use domain::{AttributeId, ImportId};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The form; `checked` is called once the check has begun.
#[component]
pub(super) fn Columns(id: ImportId, opened: Opened, checked: Callback<()>) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let Opened { headers, sample, plan, attributes, .. } = opened;
    let Plan { columns, country, source } = plan;
    let chosen: Vec<RwSignal<Column>> =
        (0..headers.len()).map(|place| RwSignal::new(columns.get(place).copied().unwrap_or(Column::Skip))).collect();
    let (country, source) = (RwSignal::new(country), RwSignal::new(source));
    let problem = RwSignal::new(None::<String>);
    let all = chosen.clone();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let columns = all.iter().map(|one| one.get_untracked()).collect();
        let plan = Plan { columns, country: country.get_untracked(), source: source.get_untracked() };
        spawn_local(async move {
            match api::check_import(id, plan).await {
                Ok(()) => checked.run(()),
                Err(error) if error.0 == domain::Error::SignedOut => manage.failed(&error),
                Err(error) => drop(problem.try_set(Some(error.to_string()))),
            }
        });
    };
    let rows = headers.into_iter().zip(chosen).enumerate().map(|(place, (header, column))| {
        let values: Vec<_> =
            sample.iter().filter_map(|row| row.get(place)).filter(|cell| !cell.is_empty()).take(3).cloned().collect();
        view! {
            <tr>
                <th scope="row" dir="auto">{header.clone()}</th>
                <td class="dim" dir="auto">{values.join(" · ")}</td>
                <td><Choice header column attributes=attributes.clone() /></td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let countries = COUNTRIES.iter().map(|(code, name)| {
        view! { <option value=*code selected=move || country.get() == *code>{*name}</option> }
    });
    let countries = countries.collect_view();
    view! {
        <form class="form mapping" on:submit=submit>
            <div class="sheet wide">
                <table>
                    <thead><tr><th scope="col">"Column"</th><th scope="col">"First rows"</th><th scope="col">"Becomes"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <div class="sheet pair">
                <label>"Numbers without a country code are from"
                    <select on:change=move |event| country.set(event_target_value(&event))>
                        <option value="" selected=move || country.get().is_empty()>"All numbers have one"</option>{countries}
                    </select>
                </label>
                <label>"Source of new contacts"
                    <input maxlength=LONGEST_SOURCE.to_string() placeholder="Import" bind:value=source />
                </label>
                <p class="dim">"Contacts are recognised by their phone number, however it is written. Of those who are here already only these columns change; an empty cell changes nothing, and who opted out stays so."</p>
            </div>
            <p class="problem" role="alert">{move || problem.get()}</p>
            <footer><button class="button primary">"Check every row"</button></footer>
        </form>
    }
    .into_any()
}

#[component]
fn Choice(header: String, column: RwSignal<Column>, attributes: Vec<(AttributeId, String)>) -> impl IntoView {
    let fixed = [
        (Column::Skip, "Nothing"),
        (Column::Phone, "Phone number"),
        (Column::Name, "Name"),
        (Column::Tags, "Tags"),
        (Column::Opted, "Opted in"),
        (Column::Source, "Source"),
    ];
    let choices: Vec<(Column, String)> = fixed
        .into_iter()
        .map(|(column, name)| (column, name.to_owned()))
        .chain(attributes.into_iter().map(|(id, name)| (Column::Attribute(id), name)))
        .collect();
    let options = choices.iter().enumerate().map(|(place, (choice, name))| {
        let choice = *choice;
        view! { <option value=place.to_string() selected=move || column.get() == choice>{name.clone()}</option> }
    });
    let options = options.collect_view();
    let change = move |event| {
        let place: Option<usize> = event_target_value(&event).parse().ok();
        if let Some((choice, _)) = place.and_then(|place| choices.get(place)) {
            column.set(*choice);
        }
    };
    view! {
        <select aria-label=format!("{header} becomes") data-skipped=move || (column.get() == Column::Skip).to_string() on:change=change>{options}</select>
    }
    .into_any()
}
