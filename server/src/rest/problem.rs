//! Why a call was not done: `application/problem+json` (RFC 9457), for every way in which one can fail.

use axum::extract::rejection::{BytesRejection, JsonRejection, QueryRejection};
use axum::response::{IntoResponse, Response};
use domain::api_key::Scope;
use domain::chat::Refusal;
use domain::{Error, Result};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// What kind of problem. The page tells of each under its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A query, header or JSON that cannot be read.
    Unreadable,
    /// No key, or none that holds.
    Unauthenticated,
    /// The key may not do this.
    MissingScope,
    /// An unknown id or address.
    NotFound,
    /// An address that takes other methods.
    Method,
    /// An agent holds the chat.
    Held,
    /// The service window is closed.
    WindowClosed,
    /// Another rule of the desk says no.
    Refused,
    /// Too many bytes.
    TooLarge,
    /// No JSON.
    NotJson,
    /// What was sent can be read, and makes no sense.
    Invalid,
    /// The Idempotency-Key stood for another request.
    KeyReused,
    /// Too many calls.
    TooMany,
    /// Baton's own failure.
    Internal,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Unreadable,
        Self::Unauthenticated,
        Self::MissingScope,
        Self::NotFound,
        Self::Method,
        Self::Held,
        Self::WindowClosed,
        Self::Refused,
        Self::TooLarge,
        Self::NotJson,
        Self::Invalid,
        Self::KeyReused,
        Self::TooMany,
        Self::Internal,
    ];

    /// Status, word and title.
    pub fn about(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Unreadable => (StatusCode::BAD_REQUEST, "unreadable", "The request cannot be read"),
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated", "No API key that holds"),
            Self::MissingScope => (StatusCode::FORBIDDEN, "missing-scope", "The API key lacks a scope"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "There is nothing here"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method", "This address does not take this method"),
            Self::Held => (StatusCode::CONFLICT, "held", "An agent holds this chat"),
            Self::WindowClosed => (StatusCode::CONFLICT, "window-closed", "The 24-hour window is closed"),
            Self::Refused => (StatusCode::CONFLICT, "refused", "The chat's state does not allow this"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", "The body is not declared as JSON"),
            Self::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request makes no sense"),
            Self::KeyReused => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "This Idempotency-Key stood for another request",
            ),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many calls"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side"),
        }
    }
}

/// A call that was not done.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: String,
    /// Seconds after which another try makes sense.
    wait: Option<u64>,
}

impl Problem {
    /// With words for whoever writes the calling program.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), wait: None }
    }

    /// An unknown id, or one of another workspace: the two must not be told apart.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "No such address, or no such id in this workspace.")
    }

    /// A key that may not do this.
    pub fn missing(scope: Scope) -> Self {
        Self::new(Kind::MissingScope, format!("This key lacks the scope {scope}."))
    }

    /// One call too many.
    pub fn too_many(wait: u64) -> Self {
        let detail = format!("This key has used up its calls. Try again in {wait} seconds.");
        Self { wait: Some(wait), ..Self::new(Kind::TooMany, detail) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, word, title) = self.kind.about();
        let body = json!({
            "type": format!("{}/docs#{word}", super::PREFIX),
            "title": title,
            "status": status.as_u16(),
            "detail": self.detail,
        });
        let json = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, json)], body.to_string()).into_response();
        if self.kind == Kind::Unauthenticated {
            let bearer = HeaderValue::from_static("Bearer realm=\"Baton\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        if let Some(wait) = self.wait {
            response.headers_mut().insert(header::RETRY_AFTER, wait.into());
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::NotFound => return Self::not_found(),
            Error::Throttled { seconds } => return Self::too_many(u64::try_from(*seconds).unwrap_or(1)),
            Error::SignedOut => Kind::Unauthenticated,
            Error::Forbidden => Kind::MissingScope,
            Error::Refused(Refusal::NotHolder | Refusal::AlreadyHeld { .. }) => Kind::Held,
            Error::Refused(Refusal::WindowClosed) => Kind::WindowClosed,
            Error::Refused(_) => Kind::Refused,
            Error::Invalid(_) => Kind::Invalid,
            Error::TooLarge(_) => Kind::TooLarge,
            Error::Internal | Error::Unreachable => Kind::Internal,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(Kind::TooLarge, "A body has at most 256 kB."),
            _ => Self::new(Kind::Unreadable, "The body could not be read."),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match &rejection {
            JsonRejection::JsonDataError(_) => Self::new(Kind::Invalid, rejection.body_text()),
            _ => Self::new(Kind::Unreadable, rejection.body_text()),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(Kind::Unreadable, rejection.body_text())
    }
}

/// An address that there is not.
pub async fn unknown_address() -> Problem {
    Problem::not_found()
}

/// A method that an address does not take; what it takes stands in the header `Allow`.
pub async fn unknown_method() -> Problem {
    Problem::new(Kind::Method, "The header Allow tells which methods this address takes.")
}

/// Input that makes no sense.
///
/// # Errors
/// Always.
pub fn invalid<T>(words: &str) -> Result<T, Problem> {
    Err(Problem::new(Kind::Invalid, words))
}
