//! Loads the desk with its address's queue and chat, and lays out its three columns.

use super::account::Account;
use super::keys;
use super::open::Open;
use super::rail::Rail;
use super::state::Desk;
use super::waiting::WaitingBar;
use crate::AppError;
use crate::chat::state::ThreadState;
use crate::inbox::state::InboxState;
use crate::inbox::{ListPane, lists_of};
use crate::sign_in::api::Me;
use crate::sign_in::{asked_for, towards};
use crate::ui::later::{self, Later, OverPart, Part};
use crate::ui::{ToastList, live};
use domain::ChatId;
use domain::chat::{List, Page, Queue, Thread};
use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};

/// Everything the first picture needs.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
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
    let mut profile = String::new();
    if let Some(chat) = chat {
        let opened = crate::chat::api::open_chat(chat).await;
        if cfg!(feature = "ssr") && opened.is_ok() {
            let panel = crate::contact::api::open_profile(chat).await.ok().flatten();
            profile = serde_json::to_string(&panel).unwrap_or_default();
        }
        thread = Some(opened);
    }
    Ok(Some(First { me, pages, thread, profile }))
}

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
    // As text, and read from bytes like every answer: one JSON reader in the browser's part, not two.
    let loaded = Resource::new_str_blocking(
        || (),
        move |()| async move { serde_json::to_string(&first(queue, chat).await).unwrap_or_default() },
    );
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
                    let loaded: Result<Option<First>, AppError> =
                        serde_json::from_slice(text.as_bytes()).unwrap_or(Err(AppError(domain::Error::Internal)));
                    match loaded {
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
        if before.is_some_and(|before| before != now) {
            untrack(|| desk.show(now));
        }
        now
    });
    desk.follow_address();
    let queue = Memo::new(move |_| place.get().0);
    Effect::new(move |_| {
        let role = desk.me.with_untracked(|me| me.member.role);
        for list in lists_of(queue.get(), role) {
            if !desk.inbox.with_untracked(|inbox| inbox.is_loaded(list)) {
                desk.load_list(list, true);
            }
        }
    });
    live::follow(desk);
    keys::listen(desk);
    let shows = move || if chat.get().is_some() { "thread" } else { "list" };
    let profile = move || if desk.profile_shown.get() { "shown" } else { "tucked" };
    let state = move || match desk.live.get() {
        super::Live::Live => "live",
        super::Live::CatchingUp => "catching-up",
        super::Live::Reconnecting => "reconnecting",
    };
    view! {
        <div class="frame" data-live=state>
            <WaitingBar waiting=desk.waiting() />
            <div class="desk" data-shows=shows data-profile=profile>
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
