//! The table of contents: every route of the program.

use crate::state::Server;
use crate::whatsapp::webhook;
use crate::{assets, export, import, live, media, origin, page, rest};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use http::{HeaderValue, header};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

/// Largest body of anything but a webhook.
const LARGEST_BODY: usize = 256 * 1024;

/// What machines call; pages and server functions come from `app`, the REST API from `rest`. A test walks through this table with another
/// workspace's ids, and through every page and server function.
pub fn routes() -> Vec<(&'static str, MethodRouter<Server>)> {
    let webhooks = get(webhook::verify).post(webhook::receive).layer(DefaultBodyLimit::max(webhook::LARGEST));
    vec![
        ("/webhooks/whatsapp/{app}", webhooks),
        ("/live", get(live::connect)),
        ("/export/contacts/{file}", get(export::contacts::contacts)),
        ("/export/import/{file}", get(export::failed_rows)),
        ("/export/journey/{file}", get(export::journey)),
        ("/import/contacts", post(import::contacts)),
        ("/media", post(media::keep)),
        ("/media/{file}", get(media::usable)),
        ("/media/of/{message}", get(media::said)),
        ("/pkg/{*name}", get(assets::serve)),
        ("/favicon.svg", get(assets::icon)),
        ("/health", get(page::health)),
    ]
}

/// Builds it. `simulator` comes along in demo mode.
pub fn router(server: Server, simulator: Option<Router>) -> Router {
    let mut router = Router::new();
    for (path, method) in routes() {
        router = router.route(path, method);
    }
    let mut router = router
        .merge(rest::router(&server))
        .with_state(server.clone())
        .merge(page::pages(&server))
        .layer(DefaultBodyLimit::max(LARGEST_BODY));
    if let Some(simulator) = simulator {
        router = router.merge(simulator);
    }
    let header = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    let router = router
        .layer(from_fn_with_state(server.clone(), origin::guard))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::X_FRAME_OPTIONS, "DENY"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(header(
            header::HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
        ))
        .layer(header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"))
        .layer(CatchPanicLayer::new());
    if server.config.secure() {
        router.layer(header(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"))
    } else {
        router
    }
}
