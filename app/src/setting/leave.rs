//! Leaving the page with something unsaved: asked about, whichever way one leaves.

use super::draft::Draft;
use crate::ui::{Dialog, browser};
use leptos::prelude::*;

/// Asks before the page is left.
#[component]
pub(super) fn LeaveGuard() -> impl IntoView {
    let draft = expect_context::<Draft>();
    let towards = RwSignal::new(None::<String>);
    let dirty = Memo::new(move |_| draft.dirty());
    browser::guard(move || dirty.try_get_untracked().unwrap_or(false), move |href| towards.set(Some(href)));
    let open = Signal::derive(move || towards.get().is_some());
    let stay = move || towards.set(None);
    let leave = move |_| {
        if let Some(href) = towards.get_untracked() {
            draft.discard();
            browser::go(&href);
        }
    };
    let save = move |_| {
        let href = towards.get_untracked();
        towards.set(None);
        draft.save(move || {
            if let Some(href) = href {
                browser::go(&href);
            }
        });
    };
    view! {
        <Dialog title="Leave without saving?" open on_close=Callback::new(move |()| stay())>
            <p>"What you changed on this page is not saved yet."</p>
            <footer>
                <button type="button" class="button" on:click=move |_| stay()>"Stay"</button>
                <button type="button" class="button" on:click=leave>"Leave without saving"</button>
                <button type="button" class="button primary" on:click=save>"Save and leave"</button>
            </footer>
        </Dialog>
    }
    .into_any()
}
