//! Signing in.

pub mod api;
mod page;

pub use page::SignInPage;

use leptos::prelude::GetUntracked;
use leptos_router::location::Location;

/// The sign-in page's address, which leads on to `address`: path and query, all of it.
pub fn towards(address: &str) -> String {
    let mut then = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            then.push(char::from(byte));
        } else {
            then.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("/sign-in?then={then}")
}

/// Path and query of the page that is asked for.
pub fn asked_for(location: &Location) -> String {
    let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
    if search.is_empty() { path } else { format!("{path}?{}", search.trim_start_matches('?')) }
}

#[cfg(test)]
mod tests {
    use super::towards;

    #[test]
    fn the_address_that_is_led_to_is_one_parameter() {
        let long = "/contacts?filter={\"join\":\"all\"}&sort=-name#é";
        assert_eq!(
            towards(long),
            "/sign-in?then=/contacts%3Ffilter%3D%7B%22join%22%3A%22all%22%7D%26sort%3D-name%23%C3%A9"
        );
        assert_eq!(towards("/chats/active"), "/sign-in?then=/chats/active");
    }
}
