//! What server functions find in their context: the database, the clock, the cookie, the signed-in member.

use axum::extract::FromRequestParts;
use chrono::TimeDelta;
use domain::db::{Db, Desk};
use domain::member::{Member, session};
use domain::outbox::receipt::Receipt;
use domain::{Error, Result, Timestamp};
use http::request::Parts;
use leptos::prelude::{expect_context, use_context};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The one clock. In demo mode and tests it can be shifted; rules and SQL get its time as a parameter.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// The time.
    pub fn now(&self) -> Timestamp {
        chrono::Utc::now() + TimeDelta::milliseconds(self.0.load(Ordering::Relaxed))
    }

    /// Moves it forward (or back).
    pub fn shift(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }
}

/// The session cookie: `__Host-` and `Secure` where TLS is on.
#[derive(Clone, Copy, Debug)]
pub struct Cookie {
    /// Whether the public address is `https`.
    pub secure: bool,
}

impl Cookie {
    /// Its name.
    pub fn name(self) -> &'static str {
        if self.secure { "__Host-baton" } else { "baton" }
    }

    /// The header that sets it.
    pub fn set(self, token: &session::Token) -> String {
        self.header(token.reveal(), session::LONGEST.num_seconds())
    }

    /// The header that removes it.
    pub fn clear(self) -> String {
        self.header("", 0)
    }

    fn header(self, value: &str, seconds: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", self.name())
    }

    /// The session's token from a request.
    pub fn read(self, parts: &Parts) -> Option<session::Token> {
        parts
            .headers
            .get_all(http::header::COOKIE)
            .iter()
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| *name == self.name() && !value.is_empty())
            .map(|(_, value)| session::Token::from_cookie(value))
    }
}

/// Everything a server function may need, provided by the server for each request.
#[derive(Clone, Debug)]
pub struct Context {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The session cookie.
    pub cookie: Cookie,
    /// Whether this is a demo: one-click sign-ins are offered then.
    pub demo: bool,
    /// What tells WhatsApp that somebody reads or types.
    pub receipts: tokio::sync::mpsc::Sender<Receipt>,
}

/// The context of the running request.
pub fn context() -> Context {
    expect_context::<Context>()
}

/// Who is calling, and their workspace's database. The first line of every server function.
///
/// # Errors
/// `SignedOut` without a session that holds.
pub async fn signed_in() -> Result<(Desk, Member)> {
    let context = context();
    let parts = use_context::<Parts>().ok_or(Error::SignedOut)?;
    let token = context.cookie.read(&parts).ok_or(Error::SignedOut)?;
    let member = session::member(&context.db, &token, context.clock.now()).await?.ok_or(Error::SignedOut)?;
    no_store();
    Ok((context.db.workspace(member.workspace), member))
}

/// Answers with chat content are not kept by browsers or proxies.
pub fn no_store() {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.insert_header(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    }
}

/// The running request's token, and the address it came from.
pub async fn caller() -> (Option<session::Token>, String) {
    let Some(mut parts) = use_context::<Parts>() else { return (None, String::new()) };
    let token = context().cookie.read(&parts);
    let from = axum::extract::ConnectInfo::<std::net::SocketAddr>::from_request_parts(&mut parts, &())
        .await
        .map_or_else(|_| String::new(), |info| info.0.ip().to_string());
    (token, from)
}
