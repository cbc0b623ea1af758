//! Manage's frame: the sections at the left, the chosen one beside them.

use super::{Manage, api};
use crate::AppError;
use crate::api_key::ApiKeysPage;
use crate::attribute::AttributesPage;
use crate::audit::AuditPage;
use crate::contact::DuplicatesPage;
use crate::desk::{SEARCH, WaitingBar, address};
use crate::import::ImportPage;
use crate::member::MembersPage;
use crate::outcome::OutcomesPage;
use crate::reply::RepliesPage;
use crate::setting::SettingsPage;
use crate::sign_in::api::Me;
use crate::sign_in::{asked_for, towards};
use crate::tag::TagsPage;
use crate::ui::told::{read, told};
use crate::ui::{ToastList, browser, live};
use domain::chat::{Page, Queue};
use domain::member::Role;
use leptos::ev::keydown;
use leptos::prelude::*;
use leptos_router::components::{A, Redirect};
use leptos_router::hooks::{use_location, use_params_map};

/// A page of Manage: its word in the address, its name, who may open it, and its view.
struct Section {
    word: &'static str,
    name: &'static str,
    may: fn(Role) -> bool,
    show: fn() -> AnyView,
}

/// The table of contents.
const SECTIONS: &[Section] = &[
    Section { word: "replies", name: "Canned replies", may: |_| true, show: || view! { <RepliesPage /> }.into_any() },
    Section {
        word: "live-chat",
        name: "Live chat",
        may: Role::supervises,
        show: || view! { <SettingsPage /> }.into_any(),
    },
    Section { word: "tags", name: "Tags", may: Role::supervises, show: || view! { <TagsPage /> }.into_any() },
    Section {
        word: "attributes",
        name: "Attributes",
        may: Role::supervises,
        show: || view! { <AttributesPage /> }.into_any(),
    },
    Section {
        word: "outcomes",
        name: "Outcomes",
        may: Role::supervises,
        show: || view! { <OutcomesPage /> }.into_any(),
    },
    Section { word: "import", name: "Import", may: Role::supervises, show: || view! { <ImportPage /> }.into_any() },
    Section {
        word: "duplicates",
        name: "Duplicates",
        may: Role::supervises,
        show: || view! { <DuplicatesPage /> }.into_any(),
    },
    Section {
        word: "members",
        name: "Members",
        may: |role| role == Role::Owner,
        show: || view! { <MembersPage /> }.into_any(),
    },
    Section {
        word: "api-keys",
        name: "API keys",
        may: |role| role == Role::Owner,
        show: || view! { <ApiKeysPage /> }.into_any(),
    },
    Section { word: "audit", name: "Audit log", may: Role::supervises, show: || view! { <AuditPage /> }.into_any() },
];

/// Every page's word in the address.
pub fn words() -> impl Iterator<Item = &'static str> {
    SECTIONS.iter().map(|section| section.word)
}

/// `/manage/<section>`
#[component]
pub fn ManagePage() -> impl IntoView {
    view! { <Opening show=|| view! { <Frame /> }.into_any() /> }
}

/// What every page of this part begins with: who is signed in, the clock, the live socket.
#[component]
pub fn Opening(show: fn() -> AnyView) -> impl IntoView {
    let path = asked_for(&use_location());
    let loaded = Resource::new_str_blocking(|| (), |()| told(api::begin_managing()));
    view! {
        <Suspense fallback=|| view! { <div class="page-note">"Opening …"</div> }>
            {move || {
                let path = path.clone();
                Suspend::new(async move {
                    let text = loaded.await;
                    let loaded: Result<Option<(Me, Page)>, AppError> =
                        read(&text).unwrap_or(Err(AppError(domain::Error::Internal)));
                    match loaded {
                        Ok(Some((me, standing))) => {
                            let manage = begin(me, &standing);
                            view! { <div class="outside">{show()}<WaitingBar waiting=manage.waiting() /></div> }.into_any()
                        }
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

fn begin(me: Me, standing: &Page) -> Manage {
    let manage = Manage::new(me, standing);
    provide_context(manage);
    provide_context(manage.clock);
    provide_context(manage.toasts);
    live::follow(manage);
    // The search is at the desk.
    Effect::new(move |_| {
        let handle = window_event_listener(keydown, move |event| {
            if (event.ctrl_key() || event.meta_key()) && event.key() == "k" {
                event.prevent_default();
                // What is being typed here is not left for it.
                let busy = document().query_selector("dialog[open], input:focus, textarea:focus, select:focus");
                if busy.ok().flatten().is_some() {
                    return;
                }
                browser::go(&format!("{}{SEARCH}", address(Queue::Active, None)));
            }
        });
        on_cleanup(move || handle.remove());
    });
    manage
}

#[component]
fn Frame() -> impl IntoView {
    let role = expect_context::<Manage>().me.with_value(|me| me.member.role);
    let params = use_params_map();
    let word = Memo::new(move |_| params.with(|params| params.get("place").unwrap_or_default()));
    let open: Vec<&'static Section> = SECTIONS.iter().filter(|section| (section.may)(role)).collect();
    let link = |section: &'static Section| {
        view! { <A href=format!("/manage/{0}", section.word) attr:id=format!("section-{0}", section.word)>{section.name}</A> }
    };
    // On a phone they stand in one line that is longer than the screen.
    Effect::new(move |_| {
        let id = word.with(|word| format!("section-{}", word.split('/').next().unwrap_or_default()));
        browser::soon(move || browser::reveal(&id));
    });
    let links = open.iter().copied().map(link).collect_view();
    let shown = move || {
        let word = word.get();
        let named = word.split('/').next().unwrap_or_default();
        let found = open.iter().copied().find(|section| named.is_empty() || section.word == named);
        found.map_or_else(
            || {
                view! { <p class="dim" role="alert">"There is no such page, or it is not for you to open."</p> }
                    .into_any()
            },
            |section| (section.show)(),
        )
    };
    view! {
        <div class="manage">
            <nav class="sections" aria-label="Manage">
                <a class="back" href="/chats/active" rel="external">"‹ Live chat"</a>
                <h2>"Manage"</h2>
                {links}
            </nav>
            <main>{shown}</main>
            <ToastList />
        </div>
    }
    .into_any()
}
