//! Hydrates the page that the server rendered.

// The types of nested views are long.
#![recursion_limit = "256"]

/// Called by the page once its WebAssembly has loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    #[cfg(not(any(feature = "phone", feature = "manage")))]
    leptos::mount::hydrate_body(app::App);
    #[cfg(feature = "phone")]
    leptos::mount::hydrate_body(app::Phone);
    #[cfg(feature = "manage")]
    leptos::mount::hydrate_body(app::Manage);
}
