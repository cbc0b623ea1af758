//! Loads the desk with its address's queue and chat, and lays out its three columns.

use super::account::Account;
use super::keys;
use super::open::Open;
use super::rail::Rail;
use super::state::{Desk, address};
use super::waiting::WaitingBar;
use crate::AppError;
use crate::chat::state::ThreadState;
use crate::inbox::state::InboxState;
use crate::inbox::{ListPane, lists_of};
use crate::sign_in::api::Me;
use crate::sign_in::{asked_for, towards};
use crate::ui::later::{self, Later, OverPart, Part};
use crate::ui::told::{read, told};
use crate::ui::{ToastList, browser, live};
use domain::ChatId;
use domain::chat::{List, Page, Queue, Thread};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Redirect;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};

/// In an address, it opens the search: other pages have none of their own.
pub const SEARCH: &str = "#search";

/// Everything the first picture needs.
#[derive(serde::Serialize, serde::Deserialize)]
struct First {
    me: Me,
    pages: Vec<(List, Page)>,
    thread: Option<Result<Thread, AppError>>,
    /// As text: the code that reads it comes with the panel.
    profile: String,
}

async fn first(queue: Queue, chat: Option<ChatId>) -> Result<Option<First>, AppError> {
    let Some(me) = crate::sign_in::api::who_am_i().await? else { return Ok(None) };
    let mut pages = Vec::new();
    for list in lists_of(queue, me.member.role) {
        pages.push((list, crate::inbox::api::inbox_page(list, None).await?));
    }
    let mut thread = None;
    if let Some(chat) = chat {
        thread = Some(crate::chat::api::open_chat(chat).await);
    }
    #[cfg(feature = "ssr")]
    if let (Some(chat), Some(Ok(_))) = (chat, &thread) {
        let panel = crate::contact::api::open_profile(chat).await.ok().flatten();
        let profile = serde_json::to_string(&panel).unwrap_or_default();
        return Ok(Some(First { me, pages, thread, profile }));
    }
    Ok(Some(First { me, pages, thread, profile: String::new() }))
}

/// What the server sends along with the page, and the browser asks for where it comes to the desk by itself.
type Found = Result<Option<First>, AppError>;

/// `/chats/<queue>/<chat>`
#[component]
pub fn DeskPage() -> impl IntoView {
    let params = use_params_map();
    let place = Memo::new(move |_| {
        params.with(|params| {
            let mut parts = params.get_str("place").unwrap_or_default().split('/');
            let queue = parts.next().and_then(|word| word.parse().ok());
            let queue = queue.filter(|queue| *queue != Queue::Merged).unwrap_or(Queue::Active);
            let chat = parts.next().and_then(|id| id.parse().ok());
            (queue, chat)
        })
    });
    let (queue, chat) = place.get_untracked();
    let loaded = Resource::new_str_blocking(|| (), move |()| told(first(queue, chat)));
    let path = asked_for(&use_location());
    view! {
        <Suspense fallback=|| view! { <div class="page-note">"Opening the desk …"</div> }>
            {move || {
                let path = path.clone();
                Suspend::new(async move {
                    let text = loaded.await;
                    // From here on it is in the desk's state, which forgets what goes out of sight.
                    #[cfg(feature = "hydrate")]
                    if let Some(mut loaded) = loaded.try_write_untracked() {
                        *loaded = None;
                    }
                    match read(&text).unwrap_or(Err(AppError(domain::Error::Internal))) as Found {
                        Ok(Some(first)) => view! { <Loaded first place=place.into() /> }.into_any(),
                        Ok(None) => view! { <Redirect path=towards(&path) /> }.into_any(),
                        Err(error) => view! {
                            <div class="page-note" role="alert">
                                <p>{error.to_string()}</p>
                                <a class="button" href="" rel="external">"Try again"</a>
                            </div>
                        }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

#[component]
fn Loaded(first: First, place: Signal<(Queue, Option<ChatId>)>) -> impl IntoView {
    let mut inbox = InboxState::new(first.me.member.id, first.me.member.role);
    for (list, page) in first.pages {
        inbox.load(list, page, true);
    }
    let query = use_query_map();
    let at = Memo::new(move |_| query.with(|query| query.get_str("at").and_then(|seq| seq.parse().ok())));
    let desk = Desk::new(first.me, inbox, place, at.into());
    match (first.thread, place.get_untracked().1) {
        (Some(Ok(thread)), _) if thread.row.content.is_none() => desk.open.set(Open::Held(Box::new(thread.row))),
        (Some(Ok(thread)), _) => {
            desk.draft.set(thread.draft.clone());
            desk.buttons.set(thread.buttons.clone());
            desk.file.set(thread.file.clone());
            desk.note.set(thread.note.clone());
            desk.open.set(Open::Thread(Box::new(ThreadState::new(thread))));
        }
        (Some(Err(AppError(domain::Error::NotFound))), Some(chat)) => desk.open.set(Open::Lost(chat)),
        (Some(Err(error)), Some(chat)) => desk.open.set(Open::Failed(chat, error.to_string())),
        _ => {}
    }
    if !first.profile.is_empty() {
        later::with_parts(move |parts| (parts.read_profile)(desk, &first.profile));
    }
    provide_context(desk);
    provide_context(desk.clock);
    provide_context(desk.toasts);
    provide_context(Later::new(&use_location().pathname.get_untracked()));

    let chat = Memo::new(move |_| place.get().1);
    Effect::new(move |before: Option<Option<ChatId>>| {
        let now = chat.get();
        match before {
            None if browser::hash() == SEARCH => {
                desk.searching.set(true);
                let (queue, chat) = place.get_untracked();
                desk.go.get_value().run((address(queue, chat), true));
            }
            Some(before) if before != now => {
                desk.picked.set(None);
                untrack(|| desk.show(now));
            }
            _ => {}
        }
        now
    });
    desk.follow_address();
    let queue = Memo::new(move |_| place.get().0);
    Effect::new(move |_| {
        let role = desk.me.with_untracked(|me| me.member.role);
        // Whoever goes to another queue meanwhile does not come to what was picked in this one.
        desk.picked.set(None);
        for list in lists_of(queue.get(), role) {
            if !desk.inbox.with_untracked(|inbox| inbox.is_loaded(list)) {
                desk.load_list(list, true);
            }
        }
    });
    live::follow(desk);
    keys::listen(desk);
    let shows = move || if chat.get().is_some() { "thread" } else { "list" };
    let picking = move || desk.picked.get().map(|_| "");
    let profile = move || if desk.profile_shown.get() { "shown" } else { "tucked" };
    let state = move || match desk.live.get() {
        super::Live::Live => "live",
        super::Live::CatchingUp => "catching-up",
        super::Live::Reconnecting => "reconnecting",
    };
    // Among many tabs it says how many wait.
    let title = move || match desk.inbox.with(|inbox| inbox.counts.waiting) {
        0 => "Baton".to_owned(),
        waiting => format!("({waiting}) Baton"),
    };
    view! {
        <Title text=title />
        <div class="frame" data-live=state>
            <WaitingBar waiting=desk.waiting() />
            <div class="desk" data-shows=shows data-profile=profile data-picking=picking>
                <Rail>
                    <Account />
                </Rail>
                <ListPane />
                <Part of=|parts| parts.thread fallback=opening />
                <Part of=|parts| parts.profile />
            </div>
            <ToastList />
            <OverPart of=|over| over.dialogs />
        </div>
    }
    .into_any()
}

/// The middle column until its code is there.
fn opening() -> AnyView {
    let desk = expect_context::<Desk>();
    let words = move || if desk.place.get().1.is_some() { "Opening …" } else { "" };
    view! { <main class="thread"><div class="blank" aria-busy="true"><p class="dim">{words}</p></div></main> }
        .into_any()
}
