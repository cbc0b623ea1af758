//! The messages: days, the line where reading stopped, older ones on the way up, and no jumps.

use super::bubble::{Bubble, OnTheWay};
use super::state::{Pending, ThreadState};
use crate::chat::api;
use crate::desk::{Desk, Open};
use crate::ui::time::{Style, Time, date};
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

/// What stands in the log, in order.
#[derive(Clone, PartialEq)]
enum Item {
    Day(Timestamp),
    New,
    Message(Box<Message>, bool),
    Pending(Pending),
}

impl Item {
    fn key(&self) -> String {
        match self {
            Self::Day(at) => format!("day {}", at.format("%F")),
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
    let older = Memo::new(move |_| desk.open.with(|open| matches!(open, Open::Thread(thread) if thread.older)));
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
            set_timeout(move || desk.read(), std::time::Duration::from_millis(600));
        }
        now
    });
    let load_older = move || {
        let Some((chat, before)) = desk.open.with_untracked(|open| match open {
            Open::Thread(thread) if thread.older => thread.first().map(|first| (thread.chat(), first)),
            _ => None,
        }) else {
            return;
        };
        if loading.get_untracked() {
            return;
        }
        loading.set(true);
        spawn_local(async move {
            let answer = api::older_messages(chat, before).await;
            // Another chat may be open by now.
            let Some(held) = log.try_get_untracked() else { return };
            let held = held.map(|log| (log.scroll_height(), log.scroll_top()));
            match answer {
                Ok((messages, more)) => desk.open.update(|open| {
                    if let Open::Thread(thread) = open
                        && thread.chat() == chat
                    {
                        thread.prepend(messages, more);
                    }
                }),
                Err(error) => desk.failed(&error),
            }
            request_animation_frame(move || {
                if let (Some(Some(log)), Some((height, top))) = (log.try_get_untracked(), held) {
                    log.set_scroll_top(top + log.scroll_height() - height);
                }
                let _ = loading.try_set(false);
            });
        });
    };
    let scrolled = move |_| {
        let Some(log) = log.get_untracked() else { return };
        // What comes in below does not count as leaving the end; only going up does.
        let (top, before) = (log.scroll_top(), last_top.get_value());
        last_top.set_value(top);
        let near = log.scroll_height() - top - log.client_height() < NEAR;
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
            Open::Thread(thread) if desk.holds() => thread.handover.clone(),
            _ => None,
        })
    });
    view! {
        <div class="log-frame">
            {move || handover.get().map(|handover| view! { <HandoverCard handover /> })}
            <section class="log" role="log" aria-live="polite" aria-label="Conversation" tabindex="0" node_ref=log on:scroll=scrolled>
                <Show when=move || older.get()>
                    <p class="older">{move || if loading.get() { "Loading older messages …" } else { "Older messages" }}</p>
                </Show>
                <For each=move || items.get() key=Item::key let:item>
                    {match item {
                        Item::Day(at) => view! { <Day at /> }.into_any(),
                        Item::New => view! { <p class="new" data-new="">"new since you looked"</p> }.into_any(),
                        Item::Message(message, mine) => view! { <Bubble message=*message mine /> }.into_any(),
                        Item::Pending(pending) => view! { <OnTheWay pending /> }.into_any(),
                    }}
                </For>
            </section>
            <Show when=move || !at_end.get() && { fresh.get() > 0 }>
                <button type="button" class="jump" on:click=move |_| to_end()>{fresh}" new ↓"</button>
            </Show>
        </div>
    }
    .into_any()
}

fn items(desk: Desk, thread: &ThreadState, me: domain::MemberId) -> Vec<Item> {
    let mut items = Vec::new();
    let mut day = None;
    let mut told = false;
    for message in thread.messages() {
        let at = desk.clock.local(message.at);
        if day != Some((at.year(), at.ordinal())) {
            day = Some((at.year(), at.ordinal()));
            items.push(Item::Day(message.at));
        }
        if !told && thread.seen > 0 && message.seq > thread.seen && message.author == Author::Customer {
            told = true;
            items.push(Item::New);
        }
        let mine = message.member.as_ref().is_some_and(|member| member.id == me);
        items.push(Item::Message(Box::new(message.clone()), mine));
    }
    items.extend(thread.pending.iter().cloned().map(Item::Pending));
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
    let Handover { reason, collected, waited, earlier, last } = handover;
    let collected: Vec<_> = collected.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let before = (earlier > 0).then(|| {
        let times = if earlier == 1 { "1 earlier conversation".to_owned() } else { format!("{earlier} earlier conversations") };
        let last = last.map(|(outcome, at)| {
            view! { ", last: "{outcome.unwrap_or_else(|| "resolved".into()).to_lowercase()}", "<Time at style=Style::Short /> }
        });
        view! { <dt>"Before"</dt><dd>{times}{last}</dd> }
    });
    view! {
        <dl class="handover" aria-label="Handover">
            {reason.map(|reason| view! { <dt>"Why"</dt><dd>{reason.sentence()}</dd> })}
            {(!collected.is_empty()).then(|| view! { <dt>"Collected"</dt><dd>{collected.join(" · ")}</dd> })}
            {waited.map(|waited| view! { <dt>"Waited"</dt><dd>{duration(waited)}</dd> })}
            {before}
        </dl>
    }
    .into_any()
}
