//! The one place where a rule's error becomes a server function's answer.

#[cfg(feature = "ssr")]
use leptos::prelude::use_context;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// What a server function answers when it cannot do what was asked. `Display` is what a person reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{0}")]
pub struct AppError(pub domain::Error);

impl From<domain::Error> for AppError {
    fn from(error: domain::Error) -> Self {
        #[cfg(feature = "ssr")]
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(status(&error));
        }
        Self(error)
    }
}

impl From<domain::chat::Refusal> for AppError {
    fn from(refusal: domain::chat::Refusal) -> Self {
        domain::Error::from(refusal).into()
    }
}

/// The HTTP status of an error.
#[cfg(feature = "ssr")]
pub fn status(error: &domain::Error) -> http::StatusCode {
    use domain::Error;
    match error {
        Error::NotFound => http::StatusCode::NOT_FOUND,
        Error::SignedOut => http::StatusCode::UNAUTHORIZED,
        Error::Forbidden | Error::Refused(domain::chat::Refusal::NotAllowed) => http::StatusCode::FORBIDDEN,
        Error::Refused(_) => http::StatusCode::CONFLICT,
        Error::Invalid(_) => http::StatusCode::UNPROCESSABLE_ENTITY,
        Error::TooLarge(_) => http::StatusCode::PAYLOAD_TOO_LARGE,
        Error::Throttled { .. } => http::StatusCode::TOO_MANY_REQUESTS,
        Error::Internal | Error::Unreachable => http::StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl FromServerFnError for AppError {
    type Encoder = crate::json::Encoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::from(match error {
            ServerFnErrorErr::Request(_) => domain::Error::Unreachable,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                domain::Error::Invalid("The request could not be understood.".into())
            }
            _ => domain::Error::Internal,
        })
    }
}
