//! One contact, looked at more closely beside the table.

use super::cells::cell;
use super::state::Table;
use super::words;
use crate::chat::api::begin_chat;
use crate::desk::address;
use crate::ui::{Avatar, Icon, browser};
use domain::contact::table::{Column, Line};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Open while a contact is looked at. Escape closes it.
#[component]
pub(super) fn Peek() -> impl IntoView {
    let table = expect_context::<Table>();
    let close = move || table.peek.set(None);
    move || {
        table.peek.get().map(|line| view! {
        <aside class="peek" id="peek" aria-label="Contact" tabindex="-1"
            on:keydown=move |event| if event.key() == "Escape" { close() }>
            <header>
                <Avatar name=line.title() id=line.id.0.as_u128() />
                <h2 dir="auto">{line.title()}</h2>
                <button type="button" class="quiet" aria-label="Close" on:click=move |_| close()><Icon name="close" /></button>
            </header>
            {chat(table, &line)}
            {particulars(table, &line)}
        </aside>
    }
    .into_any())
    }
}

fn chat(table: Table, line: &Line) -> AnyView {
    let contact = line.id;
    let begin = move |_| {
        spawn_local(async move {
            match begin_chat(contact).await {
                Ok((queue, chat)) => browser::go(&address(queue, Some(chat))),
                Err(error) => table.manage.failed(&error),
            }
        });
    };
    match line.chat {
        Some((chat, queue, _)) => view! {
            <a class="button primary" href=address(queue, Some(chat)) rel="external">"Open the chat"</a>
        }
        .into_any(),
        None => view! {
            <p class="dim">"No chat yet: they have never written."</p>
            <button type="button" class="button primary" on:click=begin>"Open profile and journey"</button>
        }
        .into_any(),
    }
}

/// Nothing empty is shown.
fn particulars(table: Table, line: &Line) -> AnyView {
    let has = |column: &Column| match column {
        Column::Phone => line.phone.is_some(),
        Column::Username => line.username.is_some(),
        Column::Status => line.chat.is_some(),
        Column::Tags => !line.tags.is_empty(),
        Column::LastActive => line.last_active.is_some(),
        Column::Opted => line.opted.is_some(),
        Column::Blocked => line.blocked,
        _ => true,
    };
    let of = |setting: &domain::contact::table::Setting| {
        let valued = |id: domain::AttributeId| line.values.iter().any(|(attribute, _)| *attribute == id);
        setting.attributes.iter().map(|one| one.id).filter(|id| valued(*id)).map(Column::Attribute).collect::<Vec<_>>()
    };
    let attributes = words::with(table, of).unwrap_or_default();
    let columns = Column::PLAIN.into_iter().filter(has).chain(attributes);
    let part = |column: Column| {
        view! { <dt dir="auto">{words::column(table, column)}</dt><dd>{cell(table, line, column)}</dd> }
    };
    view! { <dl>{columns.map(part).collect_view()}</dl> }.into_any()
}
