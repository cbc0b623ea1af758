//! History narrowed: whom somebody looks for, missed requests, a tag, who resolved, when something was last said.

use super::api;
use super::row::RowLine;
use crate::AppError;
use crate::desk::Desk;
use crate::ui::For;
use chrono::TimeDelta;
use domain::chat::{HistoryFilter, List, PageKey};
use domain::member::Colleague;
use domain::tag::Label;
use domain::{ChatId, Error, Timestamp};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// So near to the end, in pixels, the next page is asked for.
const NEAR: i32 = 600;

/// What is loaded of them.
#[derive(Clone, Default)]
struct Shown {
    ids: Vec<ChatId>,
    next: Option<PageKey>,
}

/// Page by page; asked for again when chats come to History or leave it.
#[component]
pub fn Narrowed() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let filter = RwSignal::new(HistoryFilter::default());
    let scroller = NodeRef::<html::Div>::new();
    let found = RwSignal::new(None::<Result<Shown, String>>);
    let closed = Memo::new(move |_| desk.inbox.with(|inbox| inbox.counts.history));
    // Counts what was asked: an answer that was overtaken is dropped.
    let asked = StoredValue::new(0_u32);
    let busy = StoredValue::new(false);
    // After `shown`, until there are at least so many.
    let load = move |shown: Shown, many: usize| {
        asked.update_value(|n| *n += 1);
        busy.set_value(true);
        let (number, asks) = (asked.get_value(), filter.get_untracked());
        spawn_local(async move {
            let answer = pages(desk, asks, shown, many).await;
            if asked.try_get_value() == Some(number) {
                busy.set_value(false);
                if let Err(error) = &answer
                    && error.0 == Error::SignedOut
                {
                    desk.failed(error);
                }
                found.set(Some(answer.map_err(|error| error.to_string())));
            }
        });
    };
    let loaded = move || found.with_untracked(|found| found.clone().and_then(Result::ok)).unwrap_or_default();
    Effect::new(move |_| {
        closed.get();
        load(Shown::default(), loaded().ids.len());
    });
    Effect::new(move |before: Option<HistoryFilter>| {
        let now = filter.get();
        if before.is_some_and(|before| before != now) {
            found.set(None);
            load(Shown::default(), 0);
        }
        now
    });
    let look = move || {
        let Some(Some(rows)) = scroller.try_get_untracked() else { return };
        let near = rows.scroll_height() - rows.scroll_top() - rows.client_height() < NEAR;
        let shown = loaded();
        if near && shown.next.is_some() && !busy.get_value() {
            let many = shown.ids.len() + 1;
            load(shown, many);
        }
    };
    Effect::new(move |_| {
        found.track();
        request_animation_frame(look);
    });
    let ids = move || found.get().and_then(Result::ok).unwrap_or_default().ids;
    let note = move || match found.get() {
        None => Some("Looking …".to_owned()),
        Some(Err(why)) => Some(why),
        Some(Ok(shown)) if shown.ids.is_empty() => Some("No chat of History fits.".into()),
        Some(Ok(_)) => None,
    };
    view! {
        <Choices filter />
        <div class="rows found" node_ref=scroller on:scroll=move |_| look()>
            <p class="empty" role="status">{note}</p>
            <For each=ids key=|id| *id let:id>
                <RowLine id list=List::History />
            </For>
        </div>
    }
    .into_any()
}

/// What to narrow it by.
#[component]
fn Choices(filter: RwSignal<HistoryFilter>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let tags = RwSignal::new(Vec::<Label>::new());
    let people = RwSignal::new(Vec::<Colleague>::new());
    Effect::new(move |_| {
        // Asked for again when one is made or renamed.
        desk.defined.track();
        spawn_local(async move {
            let (labels, team) = futures::join!(crate::tag::api::tag_choices(), crate::team::api::team());
            let _ = tags.try_update(|tags| *tags = labels.unwrap_or_default());
            let _ = people.try_update(|people| *people = team.unwrap_or_default());
        });
    });
    // Asked for once the typing rests.
    let last = StoredValue::new(String::new());
    let typed = move |event: leptos::ev::Event| {
        let who = event_target_value(&event).trim().to_owned();
        last.set_value(who.clone());
        let ask = move || {
            if last.try_with_value(|last| *last == who) == Some(true)
                && filter.with_untracked(|filter| filter.who != who)
            {
                filter.update(|filter| filter.who = who);
            }
        };
        set_timeout(ask, Duration::from_millis(200));
    };
    let by = move |change: fn(&mut HistoryFilter, &str, Timestamp)| {
        move |event: leptos::ev::Event| {
            let now = desk.clock.now.get_untracked();
            filter.update(|filter| change(filter, &event_target_value(&event), now));
        }
    };
    view! {
        <div class="narrow" role="group" aria-label="Which chats">
            <input type="search" aria-label="Customer" placeholder="Name, number, tag or attribute" autocomplete="off" maxlength="200" dir="auto"
                on:input=typed />
            <select aria-label="Requests" on:change=by(|filter, word, _| filter.missed = word == "missed")>
                <option value="">"All chats"</option>
                <option value="missed">"Missed requests"</option>
            </select>
            <select aria-label="Last message" on:change=by(|filter, days, now| {
                filter.since = days.parse().ok().map(|days| now - TimeDelta::days(days));
            })>
                <option value="">"Any time"</option>
                <option value="7">"Last 7 days"</option>
                <option value="30">"Last 30 days"</option>
                <option value="90">"Last 90 days"</option>
            </select>
            <select aria-label="Tag" on:change=by(|filter, id, _| filter.tag = id.parse().ok())>
                <option value="">"Any tag"</option>
                {move || tags.get().into_iter().map(|tag| view! {
                    <option value=tag.id.to_string() selected=filter.with_untracked(|filter| filter.tag == Some(tag.id))>{tag.name}</option>
                }).collect_view()}
            </select>
            <select aria-label="Resolved by" on:change=by(|filter, id, _| filter.resolved_by = id.parse().ok())>
                <option value="">"Resolved by anybody"</option>
                {move || people.get().into_iter().map(|one| view! {
                    <option value=one.id.to_string() selected=filter.with_untracked(|filter| filter.resolved_by == Some(one.id))>{one.name}</option>
                }).collect_view()}
            </select>
        </div>
    }
    .into_any()
}

/// The pages after what is shown, until there are at least so many rows or no more.
async fn pages(desk: Desk, filter: HistoryFilter, mut shown: Shown, many: usize) -> Result<Shown, AppError> {
    loop {
        let page = api::inbox_history(filter.clone(), shown.next.take()).await?;
        let more = page.more;
        shown.next = page.rows.last().filter(|_| more).map(|row| List::History.key(row));
        shown.ids.extend(page.rows.iter().map(|row| row.id));
        desk.inbox.update(|inbox| page.rows.into_iter().for_each(|row| inbox.answered(row, page.cursor)));
        if shown.next.is_none() || shown.ids.len() >= many {
            return Ok(shown);
        }
    }
}
