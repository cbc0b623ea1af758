//! Shows something while a condition holds.

use leptos::children::ViewFn;
use leptos::prelude::*;

/// What is asked: any closure.
pub struct When(Box<dyn Fn() -> bool + Send + Sync>);

impl<F: Fn() -> bool + Send + Sync + 'static> From<F> for When {
    fn from(when: F) -> Self {
        Self(Box::new(when))
    }
}

/// As leptos' component of that name, which is compiled anew for each closure and each view that it is given: this one is
/// compiled once, and the desk has dozens of them.
#[component(transparent)]
pub fn Show(
    /// The children are shown while this is so.
    #[prop(into)]
    when: When,
    /// What is shown while it is not.
    #[prop(optional, into)]
    fallback: ViewFn,
    /// What is shown.
    children: ChildrenFn,
) -> impl IntoView {
    let when = ArcMemo::new(move |_| (when.0)());
    let shown = move || if when.get() { children() } else { fallback.run() };
    shown.into_any()
}
