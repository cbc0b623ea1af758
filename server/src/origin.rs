//! Refuses requests that change state unless they come from our own pages. Server functions would accept
//! another site's form; the cookie's SameSite alone does not cover sibling sites.

use crate::state::Server;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode, header};

/// Machines sign or carry a key; they send no cookie and no Origin.
const MACHINES: [&str; 3] = ["/api/v1/", "/simulator/graph/", "/webhooks/"];

/// Every request that changes state, and every socket handshake, must name our Origin where it carries a
/// cookie; where it carries none it must not name another's (nobody is signed in through a foreign form).
pub async fn guard(State(server): State<Server>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let upgrades = request.headers().contains_key(header::UPGRADE);
    let by_machine = MACHINES.iter().any(|start| request.uri().path().starts_with(start));
    if (safe && !upgrades) || by_machine || allowed(&server.config.public_url, request.headers()) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "This request does not come from Baton's own pages.").into_response()
}

fn allowed(ours: &str, headers: &HeaderMap) -> bool {
    let cookie = headers.contains_key(header::COOKIE);
    match headers.get(header::ORIGIN) {
        Some(origin) => origin.to_str().is_ok_and(|origin| same(ours, origin)),
        None => !cookie,
    }
}

/// On this machine `localhost` and `127.0.0.1` are one; elsewhere an origin is its exact text (RFC 6454).
fn same(ours: &str, origin: &str) -> bool {
    ours == origin || (ours.starts_with("http://127.0.0.1:") && ours.replace("127.0.0.1", "localhost") == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_pages_may_change_anything() {
        let ours = "https://desk.example";
        assert!(allowed(ours, &headers(&[("cookie", "x=y"), ("origin", "https://desk.example")])));
        for foreign in ["https://evil.example", "null", "https://desk.example.evil.com", "http://desk.example", ""] {
            assert!(!allowed(ours, &headers(&[("cookie", "x=y"), ("origin", foreign)])), "{foreign}");
            assert!(!allowed(ours, &headers(&[("origin", foreign)])), "{foreign}");
        }
        assert!(!allowed(ours, &headers(&[("cookie", "x=y")])), "a cookie without Origin");
        assert!(allowed(ours, &headers(&[])), "no cookie, no Origin: a machine");
    }
}
