//! How a handling can end: chosen at Resolve, kept in Manage.

pub mod api;
mod page;

pub use page::OutcomesPage;

use crate::desk::Desk;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Loads what can be chosen, and again whenever something that the workspace defines changed: the dialog is never
/// waited for.
pub fn follow(desk: Desk) {
    Effect::new(move |_| {
        desk.defined.track();
        spawn_local(async move {
            if let Ok(names) = api::outcomes().await {
                let _ = desk.outcomes.try_set(names);
            }
        });
    });
}
