//! What Manage's pages are built with.

use super::Manage;
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

/// What was loaded last, whatever failed since.
pub fn latest<T>(of: RwSignal<Option<Result<T, AppError>>>) -> Memo<Option<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    Memo::new(move |before: Option<&Option<T>>| match of.get() {
        Some(Ok(loaded)) => Some(loaded),
        Some(Err(_)) | None => before.cloned().flatten(),
    })
}

/// Shows what was loaded, that it is loading, or why it could not be. Nothing is drawn anew where that is as it was; what
/// could not be loaded again stays, and is said to.
#[component]
pub fn Loading<T, F, V>(of: RwSignal<Option<Result<T, AppError>>>, children: F) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(T) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let known = latest(of);
    let there = Memo::new(move |_| known.with(Option::is_some));
    let failed =
        Memo::new(move |_| of.with(|of| of.as_ref().and_then(|of| of.as_ref().err()).map(ToString::to_string)));
    view! {
        {move || failed.get().map(|why| failure(why, there.get()))}
        {move || match known.get() {
            Some(loaded) => children(loaded).into_any(),
            None if failed.with(Option::is_some) => ().into_any(),
            None => view! { <p class="dim" aria-busy="true">"Loading …"</p> }.into_any(),
        }}
    }
    .into_any()
}

/// Why something could not be loaded: quietly, where what is shown was loaded before.
fn failure(why: String, shown: bool) -> AnyView {
    let manage = expect_context::<Manage>();
    let again = view! { <button type="button" class="link" on:click=move |_| manage.again()>"Try again"</button> };
    if shown {
        view! { <p class="stale" role="status">"This may have changed since it was loaded. "{why}" "{again}</p> }
            .into_any()
    } else {
        view! { <p class="problem" role="alert">{why}" "{again}</p> }.into_any()
    }
}
