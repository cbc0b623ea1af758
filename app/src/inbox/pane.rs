//! Search, tabs with counts, and the list that belongs to the address.

use super::list::Rows;
use crate::desk::{Desk, Live};
use crate::ui::Show;
use crate::ui::later::{OverPart, Unfetched};
use domain::chat::{List, Queue};
use leptos::prelude::*;

/// The left column.
#[component]
pub fn ListPane() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let queue = Memo::new(move |_| desk.place.get().0);
    view! {
        <section class="list" aria-label="Chats">
            <header>
                <button type="button" class="search" aria-haspopup="dialog" aria-keyshortcuts="Control+K Meta+K /"
                    on:click=move |_| desk.searching.set(true)>
                    <crate::ui::Icon name="search" />
                    <span>"Search people and messages"</span>
                    <kbd>"/"</kbd>
                </button>
                <nav class="tabs" aria-label="Queues">
                    <Tab queue=Queue::Active name="Active" />
                    <Tab queue=Queue::Requested name="Requested" />
                    <Tab queue=Queue::Intervened name="Intervened" />
                    <a class="to-history" href="/chats/history" aria-label="History" aria-current=move || (queue.get() == Queue::History).then_some("page")>
                        <crate::ui::Icon name="history" />
                    </a>
                </nav>
            </header>
            <Connection />
            <Unfetched />
            <Lists queue />
        </section>
    }
    .into_any()
}

/// Says when the screen does not follow; nothing while it does.
#[component]
fn Connection() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let words = move || match desk.live.get() {
        Live::Live => None,
        Live::CatchingUp => Some("Catching up …"),
        Live::Reconnecting => Some("No connection. Trying again …"),
    };
    // Not at the very start: every page begins unconnected for a moment.
    let shown = move || desk.clock.awake.get() && words().is_some();
    view! { <Show when=shown><p class="connection" role="status">{words}</p></Show> }
}

#[component]
fn Tab(queue: Queue, name: &'static str) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let count = Memo::new(move |_| {
        desk.inbox.with(|inbox| match queue {
            Queue::Active => inbox.counts.active,
            Queue::Requested => inbox.counts.requested,
            Queue::Intervened => inbox.counts.mine,
            Queue::History => inbox.counts.history,
            Queue::Merged => 0,
        })
    });
    let current = move || (desk.place.get().0 == queue).then_some("page");
    let hot = move || (queue == Queue::Requested && count.get() > 0).to_string();
    view! {
        <a href=format!("/chats/{queue}") aria-current=current>
            {name}<span class="count" data-hot=hot>{count}</span>
        </a>
    }
}

#[component]
fn Lists(queue: Memo<Queue>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let narrowing = RwSignal::new(false);
    let others = Memo::new(move |_| desk.inbox.with(|inbox| inbox.counts.others));
    move || match queue.get() {
        Queue::Active => view! { <Rows list=List::Active nothing="No chats with the bot right now." /> }.into_any(),
        Queue::Requested => view! {
            <Rows list=List::Requested nothing="Nobody is waiting. Well done." />
        }
        .into_any(),
        Queue::History | Queue::Merged => view! {
            <h2 class="group">
                "History · window closed"
                <button type="button" class="link" aria-pressed=move || narrowing.get().to_string()
                    on:click=move |_| narrowing.update(|narrowing| *narrowing = !*narrowing)>"Filter"</button>
            </h2>
            <Show when=move || narrowing.get() fallback=|| view! {
                <Rows list=List::History nothing="Chats come here 24 hours after the customer last wrote." />
            }>
                <OverPart of=|over| over.narrowed />
            </Show>
        }
        .into_any(),
        Queue::Intervened => view! {
            <h2 class="group">"Mine · longest unanswered first"</h2>
            <Rows list=List::Mine nothing="You hold no chat. Open one and press Intervene." />
            <Show when=move || { others.get() > 0 }>
                <h2 class="group">"Held by others · "{others}</h2>
                <Show when=move || desk.inbox.with(|inbox| inbox.supervises())>
                    <Rows list=List::Others nothing="" />
                </Show>
            </Show>
        }
        .into_any(),
    }
}
