//! The pages that `app` renders, with their Content-Security-Policy, and the server functions they call.

use crate::assets;
use crate::state::Server;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use leptos::config::LeptosOptions;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list};

/// Every page's route.
pub fn routes() -> Vec<AxumRouteListing> {
    [
        generate_route_list(app::App),
        generate_route_list(app::SignIn),
        generate_route_list(app::Manage),
        generate_route_list(app::Phone),
    ]
    .concat()
}

/// The pages' and server functions' routes.
pub fn pages(server: &Server) -> Router {
    let options = LeptosOptions::builder().output_name("baton").build();
    let routes = routes();
    let context = server.context();
    let provide = move || {
        provide_context(context.clone());
        secure();
    };
    let names = assets::names();
    Router::new()
        .leptos_routes_with_context(&options, routes, provide, move || app::shell(names.clone()))
        .fallback(not_found)
        .with_state(options)
}

/// Only our own scripts, by a nonce that changes with every page; no `eval` but WebAssembly's.
fn secure() {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let Some(nonce) = leptos::nonce::use_nonce() else { return };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "There is nothing here.").into_response()
}

/// `GET /health`: whether the database answers.
pub async fn health(State(server): State<Server>) -> Response {
    match sqlx::query("select 1").execute(server.db.pool()).await {
        Ok(_) => "ok".into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
