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
#[cfg(feature = "manage")]
pub mod manage;
pub mod media;
pub mod member;
pub mod note;
pub mod outcome;
pub mod reply;
pub mod search;
pub mod setting;
pub mod sign_in;
#[cfg(feature = "phone")]
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

#[cfg(feature = "manage")]
use contact::ContactsPage;
#[cfg(feature = "manage")]
use manage::ManagePage;
#[cfg(feature = "manage")]
use member::JoinPage;
#[cfg(feature = "phone")]
use simulator::SimulatorPage;

/// In the desk's part of the browser: it never opens this page itself, its link loads the page anew.
#[cfg(not(feature = "manage"))]
#[component]
fn ContactsPage() -> impl IntoView {}

/// In the desk's part of the browser: it never opens this page itself, its link loads the page anew.
#[cfg(not(feature = "manage"))]
#[component]
fn ManagePage() -> impl IntoView {}

/// In the desk's part of the browser: it never opens this page itself, its link loads the page anew.
#[cfg(not(feature = "manage"))]
#[component]
fn JoinPage() -> impl IntoView {}

/// In the desk's part of the browser: it never opens this page itself, its link loads the page anew.
#[cfg(not(feature = "phone"))]
#[component]
fn SimulatorPage() -> impl IntoView {}

/// Addresses of the browser's files, with their content hashes in the names.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The desk.
    pub desk: Part,
    /// The pages that manage the workspace.
    pub manage: Part,
    /// The simulator's phone.
    pub phone: Part,
    /// The style sheet.
    pub style: String,
}

/// A part of the application that a browser loads.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The script that loads the WebAssembly.
    pub script: String,
    /// The WebAssembly itself.
    pub wasm: String,
}

/// The HTML document around the application.
#[cfg(feature = "ssr")]
pub fn shell(assets: Assets) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    // The theme first, so that a dark page does not flash; then the application.
    let theme = "try{let t=localStorage.getItem('baton-theme');if(t)document.documentElement.dataset.theme=t}catch{}";
    let path = use_context::<http::request::Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default();
    let phone = path.starts_with("/simulator");
    let manage = ["/manage", "/join", "/contacts"].iter().any(|start| path.starts_with(start));
    let part = match (phone, manage) {
        (true, _) => assets.phone,
        (_, true) => assets.manage,
        _ => assets.desk,
    };
    let start = format!(
        "import init, {{ hydrate }} from '{}'; init({{ module_or_path: '{}' }}).then(() => hydrate());",
        part.script, part.wasm
    );
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme="system">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=assets.style.clone() />
                <script nonce=nonce.clone() inner_html=theme></script>
                <link rel="modulepreload" href=part.script.clone() nonce=nonce.clone() />
                <link rel="preload" href=part.wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="" />
                <script type="module" nonce=nonce inner_html=start></script>
                <MetaTags />
            </head>
            <body>
                {match (phone, manage) {
                    (true, _) => view! { <Phone /> }.into_any(),
                    (_, true) => view! { <Manage /> }.into_any(),
                    _ => view! { <App /> }.into_any(),
                }}
            </body>
        </html>
    }
}

/// Every page's route.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    hydrated();
    view! {
        <Title text="Baton" />
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/") view=|| view! { <Redirect path="/chats/active" /> } ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=sign_in::SignInPage ssr=SsrMode::Async />
                <Route path=path!("/chats/*place") view=desk::DeskPage ssr=SsrMode::Async />
                <Route path=path!("/contacts") view=ContactsPage ssr=SsrMode::Async />
                <Route path=path!("/manage/*place") view=ManagePage ssr=SsrMode::Async />
                <Route path=path!("/join/:token") view=JoinPage ssr=SsrMode::Async />
                <Route path=path!("/simulator") view=SimulatorPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// The pages that manage the workspace, alone.
#[cfg(feature = "manage")]
#[component]
pub fn Manage() -> impl IntoView {
    provide_meta_context();
    hydrated();
    view! {
        <Title text="Manage · Baton" />
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/contacts") view=ContactsPage ssr=SsrMode::Async />
                <Route path=path!("/manage/*place") view=ManagePage ssr=SsrMode::Async />
                <Route path=path!("/join/:token") view=JoinPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// The simulator's page, alone.
#[cfg(feature = "phone")]
#[component]
pub fn Phone() -> impl IntoView {
    provide_meta_context();
    hydrated();
    view! {
        <Title text="Simulator · Baton" />
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/simulator") view=SimulatorPage ssr=SsrMode::Async />
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
