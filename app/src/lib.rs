//! What agents see: the page's shell and every page's route.

mod error;
#[cfg(feature = "ssr")]
pub mod context;
pub mod chat;
pub mod contact;
pub mod inbox;
pub mod sign_in;

pub use error::AppError;
#[cfg(feature = "ssr")]
pub use error::status;

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
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
pub fn shell(assets: Assets) -> impl IntoView {
    let nonce = leptos::nonce::use_nonce();
    let start = format!(
        "import init, {{ hydrate }} from '{}'; init({{ module_or_path: '{}' }}).then(() => hydrate());",
        assets.script, assets.wasm
    );
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <link rel="stylesheet" href=assets.style.clone() />
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
            <Routes fallback=|| "Not found">
                <Route path=path!("/") view=Hello ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

#[component]
fn Hello() -> impl IntoView {
    let (count, set_count) = signal(0);
    view! { <main><button on:click=move |_| set_count.update(|n| *n += 1)>{count}</button></main> }
}
