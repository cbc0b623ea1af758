//! What agents see: the page's shell and every page's route.

// The types of nested views are long.
#![recursion_limit = "256"]

pub mod api_key;
pub mod attribute;
pub mod audit;
pub mod chat;
pub mod contact;
#[cfg(feature = "ssr")]
pub mod context;
pub mod desk;
mod error;
pub mod import;
pub mod inbox;
pub mod journey;
pub mod json;
pub mod manage;
pub mod media;
pub mod member;
pub mod note;
pub mod outcome;
pub mod reply;
pub mod search;
pub mod setting;
pub mod sign_in;
pub mod simulator;
pub mod tag;
pub mod team;
pub mod ui;

pub use error::AppError;
#[cfg(feature = "ssr")]
pub use error::status;

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_meta::MetaTags;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{Redirect, Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// Addresses of the browser's files, with their content hashes in the names.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The script that loads the WebAssembly.
    pub script: String,
    /// The WebAssembly that every page needs.
    pub wasm: String,
    /// The WebAssembly that some pages need besides, by the split point's name.
    pub parts: Vec<(&'static str, String)>,
    /// The style sheet that every page needs.
    pub style: String,
    /// The style sheet that all but a bare inbox need besides: there it comes after what is on screen.
    pub thread: String,
    /// The style sheet that all but the desk need besides.
    pub pages: String,
}

/// The roots: groups of pages that are loaded for themselves. A link from one to another loads the page anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// The desk, whose code every page loads.
    Desk,
    /// Signing in.
    SignIn,
    /// The pages that manage the workspace.
    Manage,
    /// The simulator's phone.
    Phone,
}

impl Root {
    /// The root that an address belongs to.
    pub fn of(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("simulator") => Self::Phone,
            Some("sign-in") => Self::SignIn,
            Some("manage" | "join" | "contacts") => Self::Manage,
            _ => Self::Desk,
        }
    }

    /// As `hydrate` is told.
    pub fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::SignIn => "sign_in",
            Self::Manage => "manage",
            Self::Phone => "phone",
        }
    }

    /// Its pages.
    #[cfg(feature = "ssr")]
    pub fn view(self) -> AnyView {
        match self {
            Self::Desk => view! { <App /> }.into_any(),
            Self::SignIn => view! { <SignIn /> }.into_any(),
            Self::Manage => view! { <Manage /> }.into_any(),
            Self::Phone => view! { <Phone /> }.into_any(),
        }
    }
}

/// The HTML document around the application.
#[cfg(feature = "ssr")]
pub fn shell(assets: Assets) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    // The theme first, so that a dark page does not flash; then the application.
    let theme = "try{let t=localStorage.getItem('baton-theme');if(t)document.documentElement.dataset.theme=t}catch{}";
    let path = use_context::<http::request::Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default();
    let root = Root::of(&path);
    let own = if root == Root::Desk && ui::later::rendered(&path) { "later" } else { root.name() };
    let bare = root == Root::Desk && own != "later";
    // Once it is taken over, what the server sent along stays neither in the page's source nor in the array that it was
    // read from: it may go out of sight.
    let start = format!(
        "import init, {{ hydrate }} from '{}'; \
         new MutationObserver((_, seen) => {{ seen.disconnect(); window.__RESOLVED_RESOURCES.length = 0; \
         for (const script of document.scripts) if (script.text.includes('__RESOLVED_RESOURCES')) script.text = ''; }})\
         .observe(document.body, {{ attributeFilter: ['data-hydrated'] }}); \
         init({{ module_or_path: '{}' }}).then(() => hydrate('{}'));",
        assets.script, assets.wasm, own
    );
    let loads_own = assets.parts.into_iter().filter(move |(name, _)| *name == own).map(|(_, address)| address);
    let loads = std::iter::once(assets.wasm).chain(loads_own);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme="system">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=assets.style.clone() />
                {(!bare).then(|| view! { <link rel="stylesheet" href=assets.thread.clone() /> })}
                {(root != Root::Desk).then(|| view! { <link rel="stylesheet" href=assets.pages.clone() /> })}
                <script nonce=nonce.clone() inner_html=theme></script>
                <link rel="modulepreload" href=assets.script.clone() nonce=nonce.clone() />
                {loads.map(|address| view! { <link rel="preload" href=address r#as="fetch" r#type="application/wasm" crossorigin="" /> }).collect_view()}
                <script type="module" nonce=nonce inner_html=start></script>
                <MetaTags />
            </head>
            <body>
                {root.view()}
                {bare.then(|| view! { <link rel="stylesheet" href=assets.thread.clone() /> })}
            </body>
        </html>
    }
}

/// The desk.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    hydrated();
    view! {
        <Title text="Baton" />
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/") view=|| view! { <Redirect path="/chats/active" /> } ssr=SsrMode::Async />
                <Route path=path!("/chats/*place") view=desk::DeskPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// Signing in, alone.
#[component]
pub fn SignIn() -> impl IntoView {
    provide_meta_context();
    hydrated();
    view! {
        <Title text="Sign in · Baton" />
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/sign-in") view=sign_in::SignInPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// The pages that manage the workspace, alone.
#[component]
pub fn Manage() -> impl IntoView {
    provide_meta_context();
    hydrated();
    view! {
        <Title text="Manage · Baton" />
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/contacts") view=contact::ContactsPage ssr=SsrMode::Async />
                <Route path=path!("/manage/*place") view=manage::ManagePage ssr=SsrMode::Async />
                <Route path=path!("/join/:token") view=member::JoinPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// The simulator's page, alone.
#[component]
pub fn Phone() -> impl IntoView {
    provide_meta_context();
    hydrated();
    view! {
        <Title text="Simulator · Baton" />
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/simulator") view=simulator::SimulatorPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// Says in the page that it can be used.
fn hydrated() {
    Effect::new(|_| {
        if let Some(body) = document().body() {
            let _ = body.set_attribute("data-hydrated", "true");
        }
    });
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <main class="page-note">
            <h1>"There is nothing here"</h1>
            <a class="button" href="/chats/active">"To the desk"</a>
        </main>
    }
}
