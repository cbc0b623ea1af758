//! Which columns are shown: remembered for the member.

use super::api;
use super::state::Table;
use super::words;
use crate::ui::Dialog;
use domain::contact::table::Column;
use leptos::prelude::*;

/// The button and its dialog.
#[component]
pub(super) fn Columns() -> impl IntoView {
    let table = expect_context::<Table>();
    let open = RwSignal::new(false);
    let close = Callback::new(move |()| {
        if open.get_untracked() {
            open.set(false);
            table.manage.act(api::choose_columns(table.columns.get_untracked()));
        }
    });
    let all = move || {
        let attributes = words::with(table, |setting| setting.attributes.iter().map(|one| one.id).collect::<Vec<_>>());
        let attributes = attributes.unwrap_or_default().into_iter().map(Column::Attribute);
        Column::PLAIN.into_iter().chain(attributes).collect::<Vec<_>>()
    };
    let toggle = move |column: Column| {
        table.columns.update(|columns| {
            if columns.contains(&column) {
                columns.retain(|one| *one != column);
            } else {
                columns.push(column);
            }
        });
    };
    let tick = move |column: Column| {
        view! {
            <label class="choice">
                <input type="checkbox" prop:checked=move || table.columns.with(|columns| columns.contains(&column))
                    on:change=move |_| toggle(column) />
                <span dir="auto">{words::column(table, column)}</span>
            </label>
        }
    };
    view! {
        <button type="button" class="button" aria-haspopup="dialog" on:click=move |_| open.set(true)>"Columns"</button>
        <Dialog title="Columns".to_owned() open on_close=close>
            <p class="dim">"In the order in which they are chosen. Only you see them so."</p>
            <div class="checks" role="group" aria-label="Columns">{move || all().into_iter().map(tick).collect_view()}</div>
            <footer>
                <button type="button" class="button" on:click=move |_| table.columns.set(Column::USUAL.to_vec())>"As usual"</button>
                <button type="button" class="button primary" on:click=move |_| close.run(())>"Done"</button>
            </footer>
        </Dialog>
    }
    .into_any()
}
