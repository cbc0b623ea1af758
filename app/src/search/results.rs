//! What was found: people, then messages, as one list that the arrow keys walk through.

use super::palette::Search;
use crate::desk::{address, place};
use crate::ui::Avatar;
use crate::ui::time::{Style, Time};
use domain::chat::Queue;
use domain::search::{Found, Hit, Person, Piece, Sender};
use domain::{ChatId, ContactId};
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// The rows, and what leads on to older ones.
#[component]
pub fn Results(search: Search) -> impl IntoView {
    let found = move || {
        search.rows.set_value(0);
        let Some(Ok(mut found)) = search.found.get() else { return None };
        // What went out of sight since goes at once; the next answer will not have it either.
        let gone = |chat| search.desk.inbox.with(|inbox| inbox.is_withheld(chat, found.cursor));
        let people = found.people.iter().filter(|person| person.chat.is_none_or(|(chat, _)| !gone(chat)));
        let people = people.cloned().collect();
        let messages = found.messages.iter().filter(|hit| !gone(hit.chat)).cloned().collect();
        (found.people, found.messages) = (people, messages);
        search.rows.set_value(found.people.len() + found.messages.len());
        Some(found)
    };
    Effect::new(move |_| crate::ui::browser::reveal(&format!("found-{}", search.at.get())));
    view! {
        <div class="found" id="found" role="listbox" aria-label="Found" tabindex="-1">
            {move || found().map(|found| rows(search, found))}
        </div>
    }
    .into_any()
}

fn rows(search: Search, found: Found) -> AnyView {
    let Found { people, messages, more, indexing, .. } = found;
    let many = people.len();
    let heading =
        |words: &'static str, any: bool| any.then(|| view! { <p class="group" role="presentation">{words}</p> });
    view! {
        {heading("People", !people.is_empty())}
        {people.into_iter().enumerate().map(|(n, one)| person(search, n, one)).collect_view()}
        {heading("Messages", !messages.is_empty())}
        {messages.into_iter().enumerate().map(|(n, one)| message(search, many + n, one)).collect_view()}
        {more.then(|| view! { <button type="button" class="button small" on:click=move |_| search.older()>"Older messages"</button> })}
        {indexing.then(|| view! { <p class="dim" role="presentation">"Some contacts or older messages are still being read in; soon they are found, too."</p> })}
    }
    .into_any()
}

fn person(search: Search, n: usize, person: Person) -> AnyView {
    let Person { contact, chat, title, about, last_at } = person;
    let name: String = title.iter().map(|(piece, _)| piece.as_str()).collect();
    let inner = view! {
        <Avatar name=name id=contact.0.as_u128() />
        <span class="who" dir="auto">{marked(title)}</span>
        <span class="when">{last_at.map(|at| view! { <Time at style=Style::Short /> })}</span>
        <span class="last" dir="auto">{marked(about)}</span>
    };
    let to = chat.map_or(To::Contact(contact), |(chat, queue)| To::Chat(queue, chat, None));
    option(search, n, to, inner.into_any())
}

fn message(search: Search, n: usize, hit: Hit) -> AnyView {
    let Hit { chat, queue, seq, key, title, sender, member, excerpt } = hit;
    let member = member.unwrap_or_else(|| "Agent".into());
    let who = match sender {
        Sender::Customer => String::new(),
        Sender::Bot => "Bot: ".into(),
        Sender::Member => format!("{member}: "),
        Sender::Note => format!("Note by {member}: "),
        Sender::Campaign => "Campaign: ".into(),
        Sender::Api => "API: ".into(),
    };
    let inner = view! {
        <span class="who" dir="auto">{title}</span>
        <span class="when"><Time at=key.at style=Style::Short /></span>
        <span class="last" dir="auto" data-sender=sender.as_str()><b>{who}</b>{marked(excerpt)}</span>
    };
    option(search, n, To::Chat(queue, chat, Some(seq)), inner.into_any())
}

/// Where a row leads.
#[derive(Clone, Copy)]
enum To {
    /// To a chat, and a place in it.
    Chat(Queue, ChatId, Option<i64>),
    /// To a chat that is yet to be made.
    Contact(ContactId),
}

/// A row: a link, so that it can be opened in another tab.
fn option(search: Search, n: usize, to: To, inner: AnyView) -> AnyView {
    let href = match to {
        To::Chat(queue, chat, Some(seq)) => Some(place(queue, chat, seq)),
        To::Chat(queue, chat, None) => Some(address(queue, Some(chat))),
        To::Contact(_) => None,
    };
    let go = move |event: MouseEvent| {
        if event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        event.prevent_default();
        search.desk.searching.set(false);
        match to {
            To::Chat(queue, chat, Some(seq)) => search.desk.jump_in(queue, chat, seq),
            To::Chat(queue, chat, None) => search.desk.goto(queue, Some(chat)),
            To::Contact(contact) => search.desk.begin(contact),
        }
    };
    let here = move || (search.at.get() == n).to_string();
    view! {
        <a class="find" href=href role="option" id=format!("found-{n}") data-found="" tabindex="-1" aria-selected=here
            data-person=(!matches!(to, To::Chat(.., Some(_)))).to_string() on:click=go on:mousemove=move |_| search.at.set(n)>{inner}</a>
    }
    .into_any()
}

/// Words with those that were looked for marked: text nodes and nothing else.
fn marked(pieces: Vec<Piece>) -> Vec<AnyView> {
    let piece = |(text, hit): Piece| if hit { view! { <mark>{text}</mark> }.into_any() } else { text.into_any() };
    pieces.into_iter().map(piece).collect()
}
