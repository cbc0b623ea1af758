//! What Meta calls: verification by GET, deliveries by POST. Axum routes and not server functions, because
//! the raw bytes are signed.

use crate::state::Server;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use domain::AppId;
use domain::delivery::store::Raw;
use hmac::{Hmac, Mac};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Largest delivery taken. WhatsApp sends up to 3 MB.
pub const LARGEST: usize = 4 * 1024 * 1024;
/// Longest challenge echoed.
const LONGEST_CHALLENGE: usize = 200;

/// The query of Meta's verification request.
#[derive(Debug, Deserialize)]
pub struct Verification {
    #[serde(rename = "hub.mode")]
    mode: Option<String>,
    #[serde(rename = "hub.challenge")]
    challenge: Option<String>,
    #[serde(rename = "hub.verify_token")]
    token: Option<String>,
}

/// `GET`: answers the challenge where the verify token is the app's.
pub async fn verify(
    State(server): State<Server>,
    Path(app): Path<String>,
    Query(asked): Query<Verification>,
) -> Response {
    let Some(app) = find(&app) else { return StatusCode::NOT_FOUND.into_response() };
    let Some(app) = server.apps.fresh(&server.db, app).await else { return StatusCode::NOT_FOUND.into_response() };
    let token = asked.token.unwrap_or_default();
    let fits: bool = token.as_bytes().ct_eq(app.verify_token.as_bytes()).into();
    match asked.challenge {
        Some(challenge)
            if fits && asked.mode.as_deref() == Some("subscribe") && challenge.len() <= LONGEST_CHALLENGE =>
        {
            let headers =
                [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
            (headers, challenge).into_response()
        }
        _ => StatusCode::FORBIDDEN.into_response(),
    }
}

/// `POST`: checks the signature over the raw bytes, keeps them, and answers 200 after the commit.
pub async fn receive(
    State(server): State<Server>,
    Path(app): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(id) = find(&app) else { return StatusCode::NOT_FOUND.into_response() };
    let Some(mut app) = server.apps.recent(&server.db, id).await else { return StatusCode::NOT_FOUND.into_response() };
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    let Some(signature) = signature else { return StatusCode::UNAUTHORIZED.into_response() };
    if !signed(&app.secrets, &body, signature) {
        // A secret may have been added a moment ago.
        let Some(now) = server.apps.fresh(&server.db, id).await else { return StatusCode::NOT_FOUND.into_response() };
        app = now;
        if !signed(&app.secrets, &body, signature) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
    }
    let raw = Raw { app: app.id, workspace: app.workspace, body: body.into(), arrived_at: server.clock.now() };
    match server.ingest.keep(raw).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn find(app: &str) -> Option<AppId> {
    app.parse().ok()
}

/// Whether `sha256=<hex>` is the HMAC-SHA256 of the raw bytes under one of the secrets; compared in constant
/// time (<https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads>).
pub fn signed(secrets: &[String], body: &[u8], header: &str) -> bool {
    let Some(hex) = header.strip_prefix("sha256=") else { return false };
    let Ok(given) = hex::decode(hex) else { return false };
    secrets.iter().any(|secret| {
        Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&given).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::signed;

    /// From the project's notes on the wire format, computed by two programs.
    const VECTORS: [(&str, &str); 2] = [
        (
            r#"{"object":"whatsapp_business_account","entry":[]}"#,
            "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756",
        ),
        (
            r#"{"object": "whatsapp_business_account", "entry": []}"#,
            "sha256=56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a",
        ),
    ];

    #[test]
    fn a_signature_fits_its_bytes_and_any_of_the_secrets() {
        let secrets = ["old".to_owned(), "test_app_secret".to_owned()];
        for (body, signature) in VECTORS {
            assert!(signed(&secrets, body.as_bytes(), signature));
            assert!(!signed(&secrets[..1], body.as_bytes(), signature));
            assert!(!signed(&secrets, format!("{body} ").as_bytes(), signature));
            assert!(!signed(&secrets, body.as_bytes(), &signature[..signature.len() - 2]));
            assert!(!signed(&secrets, body.as_bytes(), &signature.replace("sha256=", "sha1=")));
        }
    }
}
