//! Hydrates the page that the server rendered.

// The types of nested views are long.
#![recursion_limit = "256"]

use leptos::mount::hydrate_body;
use leptos::wasm_split::wasm_split;
use wasm_bindgen_futures::spawn_local;

/// Called by the page once its WebAssembly has loaded, with the name of what else it needs: another `app::Root` than the
/// desk, or `later`, the parts of a desk that shows a chat.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate(needs: &str) {
    console_error_panic_hook::set_once();
    match needs {
        "sign_in" => spawn_local(sign_in()),
        "manage" => spawn_local(manage()),
        "phone" => spawn_local(phone()),
        "later" => spawn_local(async {
            app::ui::later::first().await;
            hydrate_body(app::App);
        }),
        _ => hydrate_body(app::App),
    }
}

#[wasm_split(sign_in, wasm_split_path = leptos::wasm_split)]
fn sign_in() {
    hydrate_body(app::SignIn);
}

#[wasm_split(manage, wasm_split_path = leptos::wasm_split)]
fn manage() {
    hydrate_body(app::Manage);
}

#[wasm_split(phone, wasm_split_path = leptos::wasm_split)]
fn phone() {
    hydrate_body(app::Phone);
}
