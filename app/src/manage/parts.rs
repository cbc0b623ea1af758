//! What Manage's pages are built with.

use crate::AppError;
use leptos::prelude::*;

/// A page's title and what it is for; actions stand beside it.
#[component]
pub fn Heading(
    title: &'static str,
    about: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="heading">
            <div><h1>{title}</h1><p class="dim">{about}</p></div>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </header>
    }
    .into_any()
}

/// Shows what was loaded, that it is loading, or why it could not be.
#[component]
pub fn Loading<T, F, V>(of: RwSignal<Option<Result<T, AppError>>>, children: F) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    F: Fn(T) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    move || match of.get() {
        None => view! { <p class="dim" aria-busy="true">"Loading …"</p> }.into_any(),
        Some(Err(error)) => view! { <p class="problem" role="alert">{error.to_string()}</p> }.into_any(),
        Some(Ok(loaded)) => children(loaded).into_any(),
    }
}
