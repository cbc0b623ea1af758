//! The phone of a pretend customer.

use leptos::prelude::*;

/// `/simulator`
#[component]
pub fn SimulatorPage() -> impl IntoView {
    view! { <main>"Simulator"</main> }
}
