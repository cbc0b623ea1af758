//! A modal dialog: the browser's own, with its focus trap and Escape.

use crate::ui::Show;
use leptos::html;
use leptos::prelude::*;

/// Shown while `open`; `on_close` is called however it is left.
#[component]
pub fn Dialog(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] open: Signal<bool>,
    on_close: Callback<()>,
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let shown = open.get();
        if let Some(dialog) = dialog.get() {
            if shown && !dialog.open() {
                let _ = dialog.show_modal();
            } else if !shown && dialog.open() {
                dialog.close();
            }
        }
    });
    view! {
        <dialog class="dialog" node_ref=dialog aria-label=title on:close=move |_| on_close.run(())>
            <header>
                <h2>{title}</h2>
                <button type="button" class="quiet" aria-label="Close" on:click=move |_| on_close.run(())>
                    <super::Icon name="close" />
                </button>
            </header>
            <Show when=move || open.get()>{children()}</Show>
        </dialog>
    }
    .into_any()
}
