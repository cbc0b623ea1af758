//! What only a browser can do. On the server each of these does nothing.

use domain::Timestamp;
use leptos::prelude::*;

/// The browser's own clock in milliseconds; the server's on the server.
pub fn now_ms() -> i64 {
    #[cfg(feature = "hydrate")]
    {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit")]
        let now = js_sys::Date::now() as i64;
        now
    }
    #[cfg(not(feature = "hydrate"))]
    0
}

/// Minutes by which the reader's time zone is ahead of UTC at that moment.
pub fn zone_minutes(at: Timestamp) -> i64 {
    #[cfg(feature = "hydrate")]
    {
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "minutes of a time zone")]
        let minutes = -js_sys::Date::new(&(at.timestamp_millis() as f64).into()).get_timezone_offset() as i64;
        minutes
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = at;
        0
    }
}

/// A preference kept in this browser. Nothing of a chat is ever kept here.
pub fn preference(name: &str) -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        web_sys::window()?.local_storage().ok()??.get_item(&format!("baton-{name}")).ok()?
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = name;
        None
    }
}

/// Keeps a preference in this browser.
pub fn set_preference(name: &str, value: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(Ok(Some(storage))) = web_sys::window().map(|window| window.local_storage()) {
        let _ = storage.set_item(&format!("baton-{name}"), value);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, value);
}

/// `light`, `dark`, or `system`.
pub fn set_theme(theme: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(root) = web_sys::window().and_then(|w| w.document()).and_then(|d| d.document_element()) {
        let _ = root.set_attribute("data-theme", theme);
    }
    set_preference("theme", theme);
}

/// Asks for the right to show notifications.
pub fn ask_to_notify() {
    #[cfg(feature = "hydrate")]
    {
        let _ = web_sys::Notification::request_permission();
    }
}

/// Shows a notification while the page is in the background. It carries no name and no text of a customer.
pub fn notify(words: &str) {
    #[cfg(feature = "hydrate")]
    {
        let hidden = web_sys::window().and_then(|w| w.document()).is_some_and(|d| d.hidden());
        if hidden && web_sys::Notification::permission() == web_sys::NotificationPermission::Granted {
            let options = web_sys::NotificationOptions::new();
            options.set_tag("baton-waiting");
            NOTIFIED.set(web_sys::Notification::new_with_options(words, &options).ok());
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = words;
}

/// Takes the notification back: what it told of is over.
pub fn hush() {
    #[cfg(feature = "hydrate")]
    if let Some(notification) = NOTIFIED.take() {
        notification.close();
    }
}

#[cfg(feature = "hydrate")]
thread_local! {
    /// The notification that was shown last.
    static NOTIFIED: std::cell::Cell<Option<web_sys::Notification>> = const { std::cell::Cell::new(None) };
}

/// Whether the page is in front.
pub fn visible() -> bool {
    #[cfg(feature = "hydrate")]
    {
        web_sys::window().and_then(|w| w.document()).is_some_and(|d| !d.hidden())
    }
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Scrolls as little as it takes to show an element.
pub fn reveal(id: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(element) = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id)) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = id;
}

/// Clicks the first element that fits.
pub fn press(selector: &str) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let found =
            web_sys::window().and_then(|w| w.document()).and_then(|d| d.query_selector(selector).ok().flatten());
        if let Some(Ok(element)) = found.map(JsCast::dyn_into::<web_sys::HtmlElement>) {
            element.click();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = selector;
}

/// Takes a file from the server; the page stays.
pub fn download(address: &str) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let link = web_sys::window().and_then(|w| w.document()).and_then(|d| d.create_element("a").ok());
        if let Some(Ok(link)) = link.map(JsCast::dyn_into::<web_sys::HtmlElement>) {
            let _ = link.set_attribute("href", address);
            let _ = link.set_attribute("download", "");
            link.click();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = address;
}

/// Loads the page anew: after signing in or out nothing of the page before remains in memory. The first call
/// counts; others that come while the page goes are too late.
pub fn go(address: &str) {
    #[cfg(feature = "hydrate")]
    {
        thread_local!(static LEAVING: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });
        if let Some(window) = web_sys::window().filter(|_| !LEAVING.replace(true)) {
            let _ = window.location().set_href(address);
            // Whoever is asked whether to leave may stay.
            set_timeout(|| LEAVING.set(false), std::time::Duration::from_secs(10));
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = address;
}

/// While `unsaved` says so, leaving the page is asked about: by the browser where it is closed or loaded anew, and by
/// `asked`, which gets the address, where a link leads away. Ends with the component that calls it.
pub fn guard(unsaved: impl Fn() -> bool + Copy + 'static, asked: impl Fn(String) + 'static) {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{Owner, on_cleanup, window_event_listener};
        use wasm_bindgen::JsCast;
        use wasm_bindgen::closure::Closure;
        let closing = window_event_listener(leptos::ev::beforeunload, move |event| {
            if unsaved() {
                event.prevent_default();
            }
        });
        on_cleanup(move || closing.remove());
        let owner = Owner::current();
        let clicked = Closure::<dyn Fn(web_sys::MouseEvent)>::new(move |event: web_sys::MouseEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let link = target.and_then(|target| target.closest("a[href]").ok().flatten());
            let Some(href) = link.and_then(|link| link.get_attribute("href")) else { return };
            if unsaved() && is_plain(&event) {
                // Before the router hears of it.
                event.prevent_default();
                event.stop_propagation();
                match &owner {
                    Some(owner) => owner.with(|| asked(href)),
                    None => asked(href),
                }
            }
        });
        let Some(window) = web_sys::window() else { return };
        let _ = window.add_event_listener_with_callback_and_bool("click", clicked.as_ref().unchecked_ref(), true);
        let clicked = send_wrapper::SendWrapper::new(clicked);
        on_cleanup(move || {
            let listener = clicked.as_ref().unchecked_ref();
            let _ = web_sys::window().map(|w| w.remove_event_listener_with_callback_and_bool("click", listener, true));
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (unsaved, asked);
}

/// Where the browser was before.
pub fn back() {
    #[cfg(feature = "hydrate")]
    if let Some(Ok(history)) = web_sys::window().map(|window| window.history()) {
        let _ = history.back();
    }
}

/// The place within the page that its address names, behind a `#`.
pub fn hash() -> String {
    #[cfg(feature = "hydrate")]
    {
        web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default()
    }
    #[cfg(not(feature = "hydrate"))]
    String::new()
}

/// Makes an address the page's own; the one before is where back leads.
pub fn push(address: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(Ok(history)) = web_sys::window().map(|window| window.history()) {
        let _ = history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(address));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = address;
}

/// Path and query of the page.
pub fn here() -> String {
    #[cfg(feature = "hydrate")]
    {
        let location = web_sys::window().map(|window| window.location());
        location
            .map(|l| format!("{}{}", l.pathname().unwrap_or_default(), l.search().unwrap_or_default()))
            .unwrap_or_default()
    }
    #[cfg(not(feature = "hydrate"))]
    String::new()
}

/// Does something once the page shows what was just changed.
pub fn soon(what: impl FnOnce() + 'static) {
    leptos::prelude::request_animation_frame(what);
}

/// Whether a click on a link goes there in this tab, as far as it depends on the mouse and the keyboard.
pub fn is_plain(event: &leptos::ev::MouseEvent) -> bool {
    event.button() == 0 && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key())
}

/// Does something whenever an element gets another size, and once it is there.
pub fn on_resize(element: NodeRef<leptos::html::Div>, what: impl Fn() + Copy + 'static) {
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        use send_wrapper::SendWrapper;
        use wasm_bindgen::JsCast;
        let Some(element) = element.get() else { return };
        let heard = wasm_bindgen::closure::Closure::<dyn Fn()>::new(what);
        let Ok(observer) = web_sys::ResizeObserver::new(heard.as_ref().unchecked_ref()) else { return };
        observer.observe(&element);
        let kept = SendWrapper::new((observer, heard));
        on_cleanup(move || kept.0.disconnect());
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (element, what);
}

/// Until what is there now has been drawn: whatever takes long comes after the answer to a click or a key is seen. A
/// hidden tab draws nothing and does not wait.
pub async fn drawn() {
    #[cfg(feature = "hydrate")]
    if visible() {
        let (done, drawn) = futures::channel::oneshot::channel::<()>();
        request_animation_frame(move || {
            let tell = move || {
                let _ = done.send(());
            };
            set_timeout(tell, std::time::Duration::ZERO);
        });
        // It may be hidden meanwhile.
        futures::future::select(drawn, gloo_timers::future::TimeoutFuture::new(100)).await;
    }
}

/// Lets the browser do what waits, clicks and keys above all: what takes long is done in parts. A hidden tab, whose
/// timers are slow, does it in one go.
pub async fn breathe() {
    #[cfg(feature = "hydrate")]
    if visible() {
        gloo_timers::future::TimeoutFuture::new(0).await;
    }
}

/// Waits, in a browser.
pub async fn wait(ms: u32) {
    #[cfg(feature = "hydrate")]
    gloo_timers::future::TimeoutFuture::new(ms).await;
    #[cfg(not(feature = "hydrate"))]
    std::future::ready(ms).await;
}

/// Scheme, host and port of the page.
pub fn origin() -> String {
    #[cfg(feature = "hydrate")]
    {
        web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
    }
    #[cfg(not(feature = "hydrate"))]
    String::new()
}

/// Puts words on the clipboard. Whether the browser lets us: without TLS most do not.
pub fn copy(words: &str) -> bool {
    #[cfg(feature = "hydrate")]
    {
        put(words).is_some()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = words;
        false
    }
}

#[cfg(feature = "hydrate")]
fn put(words: &str) -> Option<()> {
    use wasm_bindgen::JsCast;
    let navigator = web_sys::window()?.navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).ok()?;
    let write = js_sys::Reflect::get(&clipboard, &"writeText".into()).ok()?;
    write.dyn_into::<js_sys::Function>().ok()?.call1(&clipboard, &words.into()).ok().map(|_| ())
}
