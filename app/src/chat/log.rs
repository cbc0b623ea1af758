//! The messages: days, the line where reading stopped, older ones on the way up, and no jumps.

use super::bubble::{Bubble, OnTheWay};
use super::state::{Pending, ThreadState};
use crate::chat::api;
use crate::desk::{Desk, Open};
use crate::media::Enlarge;
use crate::ui::time::{Style, Time, date};
use crate::ui::{For, Show};
use chrono::Datelike;
use domain::chat::Handover;
use domain::journey::duration;
use domain::message::{Author, Message};
use domain::{ChatId, Timestamp};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How near to the end counts as being there, in pixels.
const NEAR: i32 = 80;

/// How many messages the server sends at once.
const PAGE: i64 = 40;
/// How many of them stand above a place that is jumped to.
const ABOVE: i64 = 15;

/// Where more is loaded.
#[derive(Clone, Copy)]
enum Way {
    /// Above the first message on screen.
    Up(i64),
    /// Below the last one, while the end is not shown.
    Down(i64),
    /// Around a place.
    To(i64),
}

/// What stands in the log, in order.
#[derive(Clone, PartialEq)]
enum Item {
    /// A moment of it, and which day that is in the reader's time zone.
    Day(Timestamp, i32),
    New,
    Message(Box<Message>, bool),
    Pending(Pending),
}

impl Item {
    fn key(&self) -> String {
        match self {
            Self::Day(_, day) => format!("day {day}"),
            Self::New => "new".into(),
            Self::Message(message, mine) => format!("{} {} {mine}", message.id, message.version),
            Self::Pending(pending) => format!("pending {} {}", pending.id, pending.refused.is_some()),
        }
    }
}

/// The thread's messages.
#[component]
pub fn Log() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let log = NodeRef::<html::Section>::new();
    let at_end = RwSignal::new(true);
    let last_top = StoredValue::new(0);
    let loading = RwSignal::new(false);
    let me = desk.me.with_untracked(|me| me.member.id);
    let items = Memo::new(move |_| {
        // The days change when the page wakes up and knows its time zone.
        desk.clock.awake.get();
        desk.open.with(|open| match open {
            Open::Thread(thread) => items(desk, thread, me),
            _ => Vec::new(),
        })
    });
    let last = Memo::new(move |_| {
        desk.open.with(|open| match open {
            Open::Thread(thread) => (Some(thread.chat()), thread.last(), thread.pending.len()),
            _ => (None, 0, 0),
        })
    });
    let older = Memo::new(move |_| desk.open.with(|open| matches!(open, Open::Thread(thread) if thread.goes_back())));
    let away = Memo::new(move |_| desk.open.with(|open| matches!(open, Open::Thread(thread) if thread.is_away())));
    let fresh = Memo::new(move |_| desk.row().and_then(|row| row.content).map_or(0, |content| content.unread()));

    let to_end = move || {
        request_animation_frame(move || {
            if let Some(Some(log)) = log.try_get_untracked() {
                log.set_scroll_top(log.scroll_height());
            }
        });
    };
    Effect::new(move |before: Option<(Option<ChatId>, i64, usize)>| {
        let now = last.get();
        let opened = before.is_none_or(|before| before.0 != now.0);
        let sent = before.is_some_and(|before| now.2 > before.2);
        if opened {
            request_animation_frame(move || {
                if let Some(Some(log)) = log.try_get_untracked() {
                    match log.query_selector("[data-new]") {
                        Ok(Some(line)) => line.scroll_into_view(),
                        _ => log.set_scroll_top(log.scroll_height()),
                    }
                }
            });
        } else if sent || at_end.get_untracked() {
            to_end();
        }
        if at_end.get_untracked() || opened {
            // Whoever has gone far above meanwhile has not read what came then.
            let read = move || {
                if last.try_get_untracked() == Some(now) {
                    desk.read();
                }
            };
            set_timeout(read, std::time::Duration::from_millis(600));
        }
        now
    });
    // Whoever reads the end stays there, also when a message is refused or the composer grows.
    Effect::new(move |before: Option<Option<ChatId>>| {
        items.track();
        desk.draft.track();
        desk.buttons.track();
        desk.file.track();
        desk.noting.track();
        let chat = last.with_untracked(|(chat, ..)| *chat);
        if before == Some(chat) && at_end.get_untracked() {
            to_end();
        }
        chat
    });
    // Scrolls to a place and lights it up for a moment.
    let reveal = move |seq: i64| {
        let _ = at_end.try_set(false);
        request_animation_frame(move || {
            let Some(Some(log)) = log.try_get_untracked() else { return };
            if let Ok(Some(place)) = log.query_selector(&format!("[data-seq='{seq}']:not([data-folded] *)")) {
                light_up(&place);
            }
        });
    };
    // A page more: above what is shown, below it, or around a place.
    let load = move |chat: ChatId, way: Way| {
        if loading.get_untracked() && !matches!(way, Way::To(_)) {
            return;
        }
        loading.set(true);
        let before = match way {
            Way::Up(first) => first,
            Way::Down(last) => last + PAGE + 1,
            Way::To(seq) => seq + PAGE - ABOVE,
        };
        spawn_local(async move {
            let answer = api::older_messages(chat, before).await;
            // Another chat may be open by now.
            let Some(held) = log.try_get_untracked() else { return };
            let held = held.map(|log| (log.scroll_height(), log.scroll_top()));
            match answer {
                Ok((messages, _)) => with_thread(desk, chat, |thread| match way {
                    Way::To(_) => thread.show(messages),
                    Way::Up(_) | Way::Down(_) => thread.take(messages),
                }),
                Err(error) => desk.failed(&error),
            }
            if let Way::To(seq) = way {
                reveal(seq);
            }
            request_animation_frame(move || {
                if let (Some(Some(log)), Some((height, top)), Way::Up(_)) = (log.try_get_untracked(), held, way) {
                    log.set_scroll_top(top + log.scroll_height() - height);
                }
                let _ = loading.try_set(false);
            });
        });
    };
    let load_older = move || {
        if let Some((chat, first, _)) = shown_ends(desk).filter(|_| older.get_untracked()) {
            load(chat, Way::Up(first));
        }
    };
    Effect::new(move |_| {
        let Some((chat, seq)) = desk.target.get() else { return };
        // Until it is loaded, this waits.
        if !desk.open.with(|open| matches!(open, Open::Thread(thread) if thread.chat() == chat)) {
            return;
        }
        desk.target.set(None);
        let mut here = false;
        with_thread(desk, chat, |thread| here = thread.reach(seq));
        if here {
            return reveal(seq);
        }
        load(chat, Way::To(seq));
    });
    let scrolled = move |_| {
        let Some(log) = log.get_untracked() else { return };
        // What comes in below does not count as leaving the end; only going up does.
        let (top, before) = (log.scroll_top(), last_top.get_value());
        last_top.set_value(top);
        let near = log.scroll_height() - top - log.client_height() < NEAR;
        if away.get_untracked() {
            at_end.set(false);
            if let Some((chat, _, last)) = shown_ends(desk).filter(|_| near) {
                load(chat, Way::Down(last));
            }
            if top < 200 {
                load_older();
            }
            return;
        }
        let end = near || (at_end.get_untracked() && top >= before);
        if end && !at_end.get_untracked() {
            desk.read();
        }
        at_end.set(end);
        if log.scroll_top() < 200 {
            load_older();
        }
    };
    let handover = Memo::new(move |_| {
        desk.open.with(|open| match open {
            // Who came by themselves bring nothing to be told.
            Open::Thread(thread) if desk.holds() => thread.handover.clone().filter(|handover| !handover.is_empty()),
            _ => None,
        })
    });
    let enlarge = Enlarge::provide();
    view! {
        <div class="log-frame">
            {enlarge.dialog()}
            {move || handover.get().map(|handover| view! { <HandoverCard handover /> })}
            <section class="log" role="log" aria-live="polite" aria-label="Conversation" tabindex="0" node_ref=log on:scroll=scrolled>
                <Show when=move || older.get()>
                    <p class="older">{move || if loading.get() { "Loading older messages …" } else { "Older messages" }}</p>
                </Show>
                <For each=move || items.get() key=Item::key let:item>
                    {match item {
                        Item::Day(at, _) => view! { <Day at /> }.into_any(),
                        Item::New => view! { <p class="new" data-new="">"new since you looked"</p> }.into_any(),
                        Item::Message(message, mine) => view! { <Bubble message=*message mine /> }.into_any(),
                        Item::Pending(pending) => view! { <OnTheWay pending /> }.into_any(),
                    }}
                </For>
            </section>
            <Show when=move || away.get() || (!at_end.get() && { fresh.get() > 0 })>
                <button type="button" class="jump" on:click=move |_| {
                    if let Some(chat) = untrack(|| desk.chat()) {
                        with_thread(desk, chat, ThreadState::back);
                    }
                    to_end();
                }>
                    {move || if fresh.get() > 0 { format!("{} new ↓", fresh.get()) } else { "Newest ↓".into() }}
                </button>
            </Show>
        </div>
    }
    .into_any()
}

/// Does something to the open thread, if it is still this chat's.
fn with_thread(desk: Desk, chat: ChatId, change: impl FnOnce(&mut ThreadState)) {
    desk.open.update(|open| {
        if let Open::Thread(thread) = open
            && thread.chat() == chat
        {
            change(thread);
        }
    });
}

/// The open chat, and the first and last place on screen.
fn shown_ends(desk: Desk) -> Option<(ChatId, i64, i64)> {
    desk.open.with_untracked(|open| match open {
        Open::Thread(thread) => {
            let places = thread.shown();
            Some((thread.chat(), *places.keys().next()?, *places.keys().next_back()?))
        }
        _ => None,
    })
}

fn items(desk: Desk, thread: &ThreadState, me: domain::MemberId) -> Vec<Item> {
    let mut items = Vec::new();
    let mut day = None;
    let mut told = false;
    for message in thread.shown().values() {
        let at = desk.clock.local(message.at);
        let local = at.num_days_from_ce();
        if day.replace(local) != Some(local) {
            items.push(Item::Day(message.at, local));
        }
        if !told && thread.seen > 0 && message.seq > thread.seen && message.author == Author::Customer {
            told = true;
            items.push(Item::New);
        }
        let mine = message.member.as_ref().is_some_and(|member| member.id == me);
        items.push(Item::Message(Box::new(message.clone()), mine));
    }
    if !thread.is_away() {
        items.extend(thread.pending.iter().cloned().map(Item::Pending));
    }
    items
}

#[component]
fn Day(at: Timestamp) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let words = Memo::new(move |_| date(desk.clock.local(at), desk.clock.local(desk.clock.now.get())));
    view! { <p class="day">{words}</p> }
}

/// Why the chat came to the desk, on top while this member holds it.
#[component]
fn HandoverCard(handover: Handover) -> impl IntoView {
    let Handover { reason, passed, collected, waited, earlier, last } = handover;
    let collected: Vec<_> = collected.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let before = (earlier > 0).then(|| {
        let times = if earlier == 1 { "1 earlier conversation".to_owned() } else { format!("{earlier} earlier conversations") };
        let last = last.map(|(outcome, at)| {
            view! { ", last: "{outcome.unwrap_or_else(|| "resolved".into()).to_lowercase()}", "<Time at style=Style::Short /> }
        });
        view! { <dt>"Before"</dt><dd>{times}{last}</dd> }
    });
    view! {
        <dl class="handover" aria-label="Handover" tabindex="0">
            {passed.map(|passed| {
                let words = if passed.note.is_empty() { "without a note".to_owned() } else { format!("“{}”", passed.note) };
                view! { <dt>"Passed on by "{passed.by}</dt><dd>{words}</dd> }
            })}
            {reason.map(|reason| view! { <dt>"Why"</dt><dd>{reason.sentence()}</dd> })}
            {(!collected.is_empty()).then(|| view! { <dt>"Collected"</dt><dd>{collected.join(" · ")}</dd> })}
            {waited.map(|waited| view! { <dt>"Waited"</dt><dd>{duration(waited)}</dd> })}
            {before}
        </dl>
    }
    .into_any()
}

/// Scrolls to a message and lights it up for a moment.
pub(super) fn light_up(place: &leptos::web_sys::Element) {
    place.scroll_into_view();
    let _ = place.set_attribute("data-lit", "");
    let place = place.clone();
    set_timeout(move || drop(place.remove_attribute("data-lit")), std::time::Duration::from_secs(3));
}
