//! A list whose items stay themselves while others come and go.

use leptos::prelude::*;
use std::hash::{DefaultHasher, Hash, Hasher};

/// An item by its key's hash; shown when that is new.
struct Item {
    key: u64,
    show: Box<dyn FnOnce() -> AnyView + Send>,
}

/// As leptos' component of that name, whose comparing of lists is compiled anew for each kind of item: here all are one.
#[component(transparent)]
pub fn For<T, K, N>(
    /// The items, in order.
    each: impl Fn() -> Vec<T> + Send + 'static,
    /// What an item is known by.
    key: impl Fn(&T) -> K + Send + 'static,
    /// An item's view.
    children: impl Fn(T) -> N + Send + Clone + 'static,
) -> impl IntoView
where
    T: Send + 'static,
    K: Hash,
    N: IntoView + 'static,
{
    let item = move |one: T| {
        let mut hash = DefaultHasher::new();
        key(&one).hash(&mut hash);
        let children = children.clone();
        Item { key: hash.finish(), show: Box::new(move || children(one).into_any()) }
    };
    list(Box::new(move || each().into_iter().map(&item).collect()))
}

fn list(items: Box<dyn Fn() -> Vec<Item> + Send>) -> AnyView {
    use leptos::prelude::For as Keyed;
    view! { <Keyed each=items key=|item| item.key children=|item| (item.show)() /> }.into_any()
}
