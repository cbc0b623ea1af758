//! A contact's values, column by column.

use super::state::Table;
use crate::ui::time::{Style, Time};
use domain::contact::table::{Column, Line};
use leptos::prelude::*;

/// A contact's value in a column.
pub(super) fn cell(table: Table, line: &Line, column: Column) -> AnyView {
    match column {
        Column::Phone => line.phone.as_ref().map(ToString::to_string).into_any(),
        Column::Username => line.username.as_ref().map(|name| format!("@{name}")).into_any(),
        Column::Status => {
            let status = line.chat.map(|(_, _, status)| status.to_string());
            status
                .map(|status| view! { <span class="status" data-status=status.to_lowercase()>{status.clone()}</span> })
                .into_any()
        }
        Column::Tags => {
            let labels = super::words::labels(table, &line.tags);
            let tag = |label: domain::tag::Label| {
                view! { <span class="tag" data-colour=label.colour.as_str() dir="auto"><span>{label.name}</span></span> }
            };
            view! { <span class="carried">{labels.into_iter().map(tag).collect_view()}</span> }.into_any()
        }
        Column::LastActive => line.last_active.map(|at| view! { <Time at style=Style::Short /> }).into_any(),
        Column::FirstSeen => view! { <Time at=line.first_seen style=Style::Short /> }.into_any(),
        Column::Source => view! { <span dir="auto">{line.source.to_string()}</span> }.into_any(),
        Column::SessionMessages => line.session_messages.into_any(),
        Column::TemplateMessages => line.template_messages.into_any(),
        Column::Unresolved => line.unresolved.into_any(),
        Column::Opted => line
            .opted
            .map(|opted| match opted {
                domain::contact::Opted::In => "Opted in",
                domain::contact::Opted::Out => "Opted out",
            })
            .into_any(),
        Column::Blocked => line.blocked.then_some("Blocked").into_any(),
        Column::Attribute(id) => {
            let value = line.values.iter().find(|(attribute, _)| *attribute == id).map(|(_, value)| value.clone());
            let shown =
                value.map(|value| super::words::shape(table, id).map_or(value.clone(), |shape| shape.show(&value)));
            view! { <span dir="auto">{shown}</span> }.into_any()
        }
    }
}

/// How wide a column is.
pub(super) fn width(column: Column) -> &'static str {
    match column {
        Column::Tags => "minmax(180px, 1.4fr)",
        Column::Phone | Column::Username | Column::Source | Column::Attribute(_) => "minmax(140px, 1fr)",
        Column::Status => "minmax(126px, 0.6fr)",
        _ => "minmax(108px, 0.6fr)",
    }
}
