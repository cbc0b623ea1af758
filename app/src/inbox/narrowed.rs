//! History narrowed: whom somebody looks for, missed requests, a tag, who resolved, when something was last said.

use super::api;
use super::row::RowLine;
use crate::AppError;
use crate::desk::Desk;
use crate::ui::time::midnight;
use crate::ui::{For, Show};
use chrono::TimeDelta;
use domain::chat::{HistoryFilter, List, PageKey, Queue};
use domain::member::Colleague;
use domain::tag::Label;
use domain::{ChatId, Error, Timestamp};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::RefCell;
use std::time::Duration;

/// So near to the end, in pixels, the next page is asked for.
const NEAR: i32 = 600;
const TIMES: [(&str, &str); 5] =
    [("", "Any time"), ("7", "Last 7 days"), ("30", "Last 30 days"), ("90", "Last 90 days"), (BY_DAY, "From … to …")];
const BY_DAY: &str = "days";

/// What it is narrowed by: for the server, and the time as it was chosen.
#[derive(Clone, Default)]
struct Narrowing {
    filter: HistoryFilter,
    time: String,
    from: String,
    to: String,
}

impl Narrowing {
    /// The time as the server takes it.
    fn tell_time(&mut self, now: Timestamp) {
        (self.filter.since, self.filter.until) = if self.time == BY_DAY {
            (midnight(&self.from, 0), midnight(&self.to, 1))
        } else {
            (self.time.parse().ok().map(|days| now - TimeDelta::days(days)), None)
        };
    }
}

thread_local! {
    /// As it was when History was left; for as long as the page lives, and nowhere else.
    static KEPT: RefCell<Narrowing> = RefCell::default();
}

/// What is loaded of them.
#[derive(Clone, Default)]
struct Shown {
    ids: Vec<ChatId>,
    next: Option<PageKey>,
}

/// Page by page; asked for again when chats come to History or leave it, and after the connection was lost. What is
/// shown stays where that fails.
#[component]
pub fn Narrowed() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let narrowing = RwSignal::new(KEPT.with_borrow(Narrowing::clone));
    Effect::new(move |_| KEPT.set(narrowing.get()));
    let filter = Memo::new(move |_| narrowing.with(|narrowing| narrowing.filter.clone()));
    let scroller = NodeRef::<html::Div>::new();
    let found = RwSignal::new(None::<Shown>);
    let failed = RwSignal::new(None::<String>);
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
            if asked.try_get_value() != Some(number) {
                return;
            }
            busy.set_value(false);
            match answer {
                Ok(shown) => {
                    failed.set(None);
                    found.set(Some(shown));
                }
                Err(error) if error.0 == Error::SignedOut => desk.failed(&error),
                Err(error) => failed.set(Some(error.to_string())),
            }
        });
    };
    let loaded = move || found.get_untracked().unwrap_or_default();
    Effect::new(move |_| {
        closed.get();
        // The lists were forgotten then, and with them the rows.
        desk.connection.track();
        load(Shown::default(), loaded().ids.len());
    });
    Effect::new(move |before: Option<HistoryFilter>| {
        let now = filter.get();
        if before.is_some_and(|before| before != now) {
            found.set(None);
            failed.set(None);
            load(Shown::default(), 0);
        }
        now
    });
    let again = move |_| {
        failed.set(None);
        load(Shown::default(), loaded().ids.len() + 1);
    };
    let more = move || {
        let shown = loaded();
        if shown.next.is_some() && !busy.get_value() && failed.with_untracked(Option::is_none) {
            let many = shown.ids.len() + 1;
            load(shown, many);
        }
    };
    let walk = move |forward: bool| {
        let ids = loaded().ids;
        let here = untrack(|| desk.marked()).and_then(|chat| ids.iter().position(|id| *id == chat));
        let next = match (here, forward) {
            (None, _) => Some(0),
            (Some(here), true) => Some(here + 1),
            (Some(here), false) => here.checked_sub(1),
        };
        if let Some(chat) = next.and_then(|next| ids.get(next)) {
            desk.pick(Queue::History, *chat);
        }
        if next.is_some_and(|next| next + 1 >= ids.len()) {
            more();
        }
    };
    desk.walk.set_value(Some(Callback::new(walk)));
    on_cleanup(move || {
        let _ = desk.walk.try_set_value(None);
    });
    let look = move || {
        let Some(Some(rows)) = scroller.try_get_untracked() else { return };
        if rows.scroll_height() - rows.scroll_top() - rows.client_height() < NEAR {
            more();
        }
    };
    Effect::new(move |_| {
        found.track();
        request_animation_frame(look);
    });
    let ids = move || found.get().unwrap_or_default().ids;
    let note = move || {
        found.with(|found| match found {
            None if failed.with(Option::is_some) => None,
            None => Some("Looking …"),
            Some(shown) if shown.ids.is_empty() => Some("No chat of History fits."),
            Some(_) => None,
        })
    };
    view! {
        <Choices narrowing />
        <Show when=move || failed.with(Option::is_some)>
            <p class="connection" role="alert">
                {move || failed.get()}" "<button type="button" class="link" on:click=again>"Try again"</button>
            </p>
        </Show>
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
fn Choices(narrowing: RwSignal<Narrowing>) -> impl IntoView {
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
            if last.try_with_value(|last| *last == who) == Some(true) {
                narrowing.update(|narrowing| narrowing.filter.who = who);
            }
        };
        set_timeout(ask, Duration::from_millis(200));
    };
    let by = move |change: fn(&mut Narrowing, &str)| {
        move |event: leptos::ev::Event| {
            let now = desk.clock.now.get_untracked();
            narrowing.update(|narrowing| {
                change(narrowing, &event_target_value(&event));
                narrowing.tell_time(now);
            });
        }
    };
    let was = narrowing.get_untracked();
    let times = TIMES.map(|(word, words)| {
        let chosen = was.time == word;
        view! { <option value=word prop:selected=chosen>{words}</option> }
    });
    let by_day = move || narrowing.with(|narrowing| narrowing.time == BY_DAY);
    let chosen = move |is: &dyn Fn(&HistoryFilter) -> bool| narrowing.with_untracked(|narrowing| is(&narrowing.filter));
    view! {
        <div class="narrow" role="group" aria-label="Which chats">
            <input type="search" aria-label="Customer" placeholder="Name, number, tag or attribute" autocomplete="off" maxlength="200" dir="auto"
                prop:value=was.filter.who on:input=typed />
            <select aria-label="Requests" on:change=by(|narrowing, word| narrowing.filter.missed = word == "missed")>
                <option value="">"All chats"</option>
                <option value="missed" prop:selected=was.filter.missed>"Missed requests"</option>
            </select>
            <select aria-label="Last message" on:change=by(|narrowing, word| word.clone_into(&mut narrowing.time))>{times}</select>
            <Show when=by_day>
                <label>"From"<input type="date" prop:value=narrowing.with_untracked(|narrowing| narrowing.from.clone())
                    on:change=by(|narrowing, day| day.clone_into(&mut narrowing.from)) /></label>
                <label>"To"<input type="date" prop:value=narrowing.with_untracked(|narrowing| narrowing.to.clone())
                    on:change=by(|narrowing, day| day.clone_into(&mut narrowing.to)) /></label>
            </Show>
            <select aria-label="Tag" on:change=by(|narrowing, id| narrowing.filter.tag = id.parse().ok())>
                <option value="">"Any tag"</option>
                {move || tags.get().into_iter().map(|tag| view! {
                    <option value=tag.id.to_string() prop:selected=chosen(&|filter| filter.tag == Some(tag.id))>{tag.name}</option>
                }).collect_view()}
            </select>
            <select aria-label="Resolved by" on:change=by(|narrowing, id| narrowing.filter.resolved_by = id.parse().ok())>
                <option value="">"Resolved by anybody"</option>
                {move || people.get().into_iter().map(|one| view! {
                    <option value=one.id.to_string() prop:selected=chosen(&|filter| filter.resolved_by == Some(one.id))>{one.name}</option>
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
