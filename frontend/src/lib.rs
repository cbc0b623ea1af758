//! Hydrates the page that the server rendered.

// The types of nested views are long.
#![recursion_limit = "256"]

use app::ui::later::Missing;
use leptos::mount::hydrate_body;
use leptos::wasm_split::wasm_split;
use wasm_bindgen_futures::spawn_local;

/// Called by the page once its WebAssembly has loaded, with the name of what else it needs: another `app::Root` than the
/// desk, or `later`, the parts of a desk that shows a chat.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate(needs: &str) {
    console_error_panic_hook::set_once();
    match needs {
        "sign_in" => spawn_local(fetched(sign_in)),
        "manage" => spawn_local(fetched(manage)),
        "phone" => spawn_local(fetched(phone)),
        "later" => spawn_local(async {
            fetched(app::ui::later::fetch).await;
            hydrate_body(app::App);
        }),
        _ => hydrate_body(app::App),
    }
}

#[wasm_split(sign_in, wasm_split_path = leptos::wasm_split, fallible)]
fn sign_in() -> Result<(), Missing> {
    hydrate_body(app::SignIn);
    Ok(())
}

#[wasm_split(manage, wasm_split_path = leptos::wasm_split, fallible)]
fn manage() -> Result<(), Missing> {
    hydrate_body(app::Manage);
    Ok(())
}

#[wasm_split(phone, wasm_split_path = leptos::wasm_split, fallible)]
fn phone() -> Result<(), Missing> {
    hydrate_body(app::Phone);
    Ok(())
}

/// Fetches what the page cannot be taken over without, until it is there: it comes from where the page came from.
async fn fetched<T, F: Future<Output = Result<T, Missing>>>(fetch: fn() -> F) {
    while fetch().await.is_err() {
        app::ui::browser::wait(2000).await;
    }
}
