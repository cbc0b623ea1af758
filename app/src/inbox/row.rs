//! One chat in a list: name, last line, time, unread; more only where it matters.

use crate::desk::{Desk, address};
use crate::ui::time::{Style, Time};
use crate::ui::{Avatar, browser};
use domain::ChatId;
use domain::chat::{List, Queue, Row, RowContent};
use domain::journey::duration;
use domain::message::Author;
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// A row; a link, so that it can be opened in another tab. The link itself stays while its content changes: a
/// click that meets an update is still a click.
#[component]
pub fn RowLine(id: ChatId, list: List) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let row = Memo::new(move |_| desk.inbox.with(|inbox| inbox.row(id).cloned()));
    let current = move || (desk.marked() == Some(id)).then_some("true");
    let href = move || row.with(|row| address(queue(row.as_ref(), list), Some(id)));
    let open = move |event: MouseEvent| {
        if browser::is_plain(&event) {
            event.prevent_default();
            desk.pick(row.with_untracked(|row| queue(row.as_ref(), list)), id);
        }
    };
    let class =
        move || if row.with(|row| row.as_ref().is_some_and(|row| row.content.is_none())) { "row held" } else { "row" };
    view! {
        <a class=class href=href on:click=open data-chat=id.to_string() aria-current=current>
            {move || row.get().map(|row| match row.content.clone() {
                Some(content) => view! { <Content row content list /> }.into_any(),
                None => view! { <Held row /> }.into_any(),
            })}
        </a>
    }
    .into_any()
}

/// Where its address says that it stands.
fn queue(row: Option<&Row>, list: List) -> Queue {
    match row {
        Some(row) if row.content.is_none() => Queue::Intervened,
        _ if list == List::History => Queue::History,
        row => row.map_or(Queue::Active, |row| row.queue),
    }
}

#[component]
fn Content(row: Row, content: RowContent, list: List) -> impl IntoView {
    let title = content.title();
    let author = match content.last_author {
        Author::Customer | Author::System => "",
        Author::Bot => "Bot: ",
        Author::Member if list == List::Mine => "You: ",
        Author::Member => "Agent: ",
        Author::Campaign => "Campaign: ",
        Author::Api => "API: ",
    };
    view! {
        <Avatar name=title.clone() id=row.id.0.as_u128() />
        <span class="who" dir="auto">{title}</span>
        <span class="when"><Time at=content.last_at style=Style::Short /></span>
        <span class="last">{author}{content.last_line.clone()}</span>
        <span class="marks"><Marks row content /></span>
    }
    .into_any()
}

#[component]
fn Marks(row: Row, content: RowContent) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let since = match row.queue {
        Queue::Requested => row.requested_since,
        Queue::Intervened => row.unanswered_since,
        Queue::Active | Queue::History | Queue::Merged => None,
    };
    let waits = since.map(|since| move || duration_short((desk.clock.now.get() - since).num_seconds()));
    let window = content.window;
    let open = content.window_open;
    // The countdown only in the window's last two hours.
    let closing = move || {
        let left = (window.0? - desk.clock.now.get()).num_seconds();
        (open && (0..=7200).contains(&left)).then(|| format!("{} left", duration_short(left)))
    };
    let resolved = content.resolved_by.clone().filter(|_| row.queue == Queue::Active);
    let unread = content.unread();
    let me = desk.me.with_untracked(|me| me.member.id);
    let offered = row.directed_to.clone().map(|target| {
        let whom = if target.id == me { "for you".to_owned() } else { format!("for {}", first_name(&target.name)) };
        view! { <span class="badge offered">{whom}</span> }
    });
    view! {
        {offered}
        {waits.map(|waits| view! { <span class="wait">{waits}</span> })}
        <span class="closing">{closing}</span>
        {resolved.map(|name| view! { <span class="badge">"resolved by "{first_name(&name)}</span> })}
        {content.missed.then(|| view! { <span class="badge bad">"missed"</span> })}
        {(unread > 0).then(|| view! { <span class="unread" aria-label=format!("{unread} unread")>{unread}</span> })}
    }
}

/// A supervisor's view of a chat that somebody else holds: no text, no name, no number.
#[component]
fn Held(row: Row) -> impl IntoView {
    let holder = row.holder.or(row.directed_to);
    let face = holder.as_ref().map_or(0, |member| member.id.0.as_u128());
    let holder = holder.map_or_else(|| "Somebody".to_owned(), |member| member.name);
    view! {
        <Avatar name=holder.clone() id=face />
        <span class="who">"With "{holder}</span>
        <span class="when">{row.held_since.map(|at| view! { <Time at style=Style::Short /> })}</span>
        <span class="last">{if row.unanswered_since.is_some() { "the customer waits for an answer" } else { "answered" }}</span>
    }
    .into_any()
}

fn first_name(name: &str) -> String {
    name.split_whitespace().next().unwrap_or_default().to_owned()
}

/// `12 s`, `4 min`, `2 h`, `3 days`.
fn duration_short(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..=59 => format!("{s} s"),
        s @ 60..=3599 => format!("{} min", s / 60),
        s @ 3600..=86_399 => format!("{} h", s / 3600),
        s => duration(s),
    }
}
