//! The Graph API's errors, in its words
//! (<https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>).

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

/// An error with its code.
#[derive(Clone, Debug)]
pub struct GraphError {
    code: i64,
    message: String,
    details: Option<String>,
    subcode: Option<i64>,
}

impl GraphError {
    /// By code alone, with the words that Meta has for it.
    pub fn known(code: i64) -> Self {
        Self { code, message: format!("(#{code}) {}", title(code)), details: None, subcode: None }
    }

    /// A parameter that is missing or wrong.
    pub fn parameter(message: impl Into<String>) -> Self {
        Self { code: 100, message: format!("(#100) {}", message.into()), details: None, subcode: None }
    }

    /// A value over one of WhatsApp's limits.
    pub fn value(details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..Self::known(131_009) }
    }

    /// No or a wrong bearer.
    pub fn token() -> Self {
        let message = "Error validating access token: The session is invalid.".into();
        Self { code: 190, message, details: None, subcode: Some(463) }
    }

    /// A number that this token knows nothing of.
    pub fn unknown_object(id: &str) -> Self {
        let message = format!(
            "Unsupported post request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation"
        );
        Self { code: 100, message, details: None, subcode: Some(33) }
    }

    /// As it stands in a status's `errors`.
    pub fn in_status(code: i64) -> Value {
        let title = title(code);
        json!({"code": code, "title": title, "message": title, "error_data": {"details": title}})
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let status = match self.code {
            0 | 190 => StatusCode::UNAUTHORIZED,
            2 | 131_016 => StatusCode::SERVICE_UNAVAILABLE,
            131_000 | 131_057 => StatusCode::INTERNAL_SERVER_ERROR,
            4 | 613 | 80_007 | 130_429 => StatusCode::TOO_MANY_REQUESTS,
            10 | 200..=299 | 368 | 131_005 | 131_031 => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        let mut error = json!({
            "message": self.message, "type": "OAuthException", "code": self.code, "fbtrace_id": "ABatonSimulatorTrace",
        });
        if let Some(details) = self.details {
            error["error_data"] = json!({"messaging_product": "whatsapp", "details": details});
        }
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        (status, Json(json!({"error": error}))).into_response()
    }
}

fn title(code: i64) -> &'static str {
    match code {
        0 => "AuthException",
        1 => "API Unknown",
        2 => "API Service",
        4 => "API Too Many Calls",
        190 => "Access token has expired",
        368 => "Temporarily blocked for policies violations",
        80_007 => "Rate limit issues",
        130_429 => "Rate limit hit",
        131_000 => "Something went wrong",
        131_005 => "Access denied",
        131_008 => "Required parameter is missing",
        131_009 => "Parameter value is not valid",
        131_016 => "Service unavailable",
        131_026 => "Message undeliverable",
        131_030 => "Recipient phone number not in allowed list",
        131_031 => "Account has been locked",
        131_042 => "Business eligibility payment issue",
        131_047 => "Re-engagement message",
        131_048 => "Spam rate limit hit",
        131_049 => "This message was not delivered to maintain healthy ecosystem engagement.",
        131_051 => "Message type unknown",
        131_053 => "Media upload error",
        131_056 => "(Business Account, Consumer Account) pair rate limit hit",
        131_057 => "Account in maintenance mode",
        _ => "Something went wrong",
    }
}
