//! Who it is, where the chat stands, and Resolve.

use crate::desk::{Desk, Live};
use crate::ui::time::hours;
use crate::ui::{Avatar, Icon, Show};
use domain::chat::{Queue, Row};
use leptos::prelude::*;

/// The thread's head.
#[component]
pub fn Header() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let row = Memo::new(move |_| desk.row());
    let content = Memo::new(move |_| row.get().and_then(|row| row.content));
    let title = Memo::new(move |_| content.get().map(|c| c.title()).unwrap_or_default());
    // What others follow first: asked for these, the closures would take it for unchanged.
    let below = move || {
        let stands = row.get().map(|row| stands(desk, &row)).unwrap_or_default();
        let content = content.get()?;
        let number = content.phone.filter(|phone| *phone != title.get()).unwrap_or_default();
        Some([number, stands].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "))
    };
    let live = move || match desk.live.get() {
        Live::Live => "live",
        Live::CatchingUp => "catching up",
        Live::Reconnecting => "reconnecting",
    };
    let back = move || format!("/chats/{}", desk.place.get().0);
    let holds = Memo::new(move |_| desk.holds());
    let dismissable = Memo::new(move |_| {
        desk.me.with(|me| me.member.role.supervises()) && row.get().is_some_and(|row| row.queue == Queue::Requested)
    });
    let watches = Memo::new(move |_| desk.watches());
    let passable = Memo::new(move |_| holds.get() || watches.get() || dismissable.get());
    view! {
        <header class="head">
            <a class="back" href=back aria-label="Back to the list"><Icon name="back" /></a>
            {move || row.get().map(|row| view! { <Avatar name=title.get() id=row.id.0.as_u128() /> })}
            <div class="whom">
                <h1 dir="auto">{title}</h1>
                <p>{below}</p>
            </div>
            <span class="live" data-state=live role="status">{live}</span>
            <button type="button" class="button profile-button" aria-label="Profile" on:click=move |_| desk.toggle_profile()>
                <Icon name="person" />
            </button>
            <Show when=move || passable.get()>
                <button type="button" class="button pass-button" data-pass="" aria-label="Pass on" on:click=move |_| desk.passing.set(true)>
                    <Icon name="pass" /><span>"Pass on"</span><kbd>"T"</kbd>
                </button>
            </Show>
            <Show when=move || dismissable.get()>
                <button type="button" class="button" on:click=move |_| desk.resolving.set(true)>"Dismiss"</button>
            </Show>
            <Show when=move || holds.get() || watches.get()>
                <button type="button" class="button primary" data-resolve="" on:click=move |_| desk.resolving.set(true)>
                    "Resolve"<kbd>"E"</kbd>
                </button>
            </Show>
        </header>
    }
    .into_any()
}

fn stands(desk: Desk, row: &Row) -> String {
    let me = desk.me.with(|me| me.member.id);
    match (row.queue, &row.holder) {
        (Queue::Intervened, Some(holder)) if holder.id == me => {
            let since = row.held_since.map(|at| hours(desk.clock.local(at))).unwrap_or_default();
            format!("with you since {since}")
        }
        (Queue::Intervened, Some(holder)) => format!("with {} · you are watching", holder.name),
        (Queue::Intervened, None) => "with another member".into(),
        (Queue::Requested, _) => match &row.directed_to {
            Some(target) if target.id == me => "passed to you".into(),
            Some(target) => format!("offered to {}", target.name),
            None => "waits for a person".into(),
        },
        (Queue::Active, _) => match row.content.as_ref().and_then(|content| content.resolved_by.as_ref()) {
            Some(name) => format!("resolved by {name}"),
            None => "with the bot".into(),
        },
        (Queue::History | Queue::Merged, _) => "window closed".into(),
    }
}
