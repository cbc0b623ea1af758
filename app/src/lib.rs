//! What agents see: the page's shell and every page's route.

// The types of nested views are long.
#![recursion_limit = "256"]

pub mod chat;
pub mod contact;
#[cfg(feature = "ssr")]
pub mod context;
pub mod desk;
mod error;
pub mod inbox;
pub mod sign_in;
pub mod simulator;
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
    /// The WebAssembly itself.
    pub wasm: String,
    /// The style sheet.
    pub style: String,
}

/// The HTML document around the application.
#[cfg(feature = "ssr")]
pub fn shell(assets: Assets) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    // The theme first, so that a dark page does not flash; then the application.
    let theme = "try{let t=localStorage.getItem('baton-theme');if(t)document.documentElement.dataset.theme=t}catch{}";
    let start = format!(
        "import init, {{ hydrate }} from '{}'; init({{ module_or_path: '{}' }}).then(() => hydrate());",
        assets.script, assets.wasm
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
                <link rel="modulepreload" href=assets.script.clone() nonce=nonce.clone() />
                <link rel="preload" href=assets.wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="" />
                <script type="module" nonce=nonce inner_html=start></script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// Every page's route.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    Effect::new(|_| {
        if let Some(body) = document().body() {
            let _ = body.set_attribute("data-hydrated", "true");
        }
    });
    view! {
        <Title text="Baton" />
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/") view=|| view! { <Redirect path="/chats/active" /> } ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=sign_in::SignInPage ssr=SsrMode::Async />
                <Route path=path!("/chats/*place") view=desk::DeskPage ssr=SsrMode::Async />
                <Route path=path!("/simulator") view=simulator::SimulatorPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
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
