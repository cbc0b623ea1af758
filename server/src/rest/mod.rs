//! The REST API, for the business's own systems: one file per resource, described by the code itself.

mod attributes;
mod call;
mod chats;
mod contacts;
mod docs;
pub mod document;
mod gate;
mod journey;
mod messages;
pub mod pace;
mod page;
mod problem;
mod tags;
mod words;

use crate::state::Server;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Where it begins.
pub const PREFIX: &str = "/api/v1";

/// What the document says about the whole.
#[derive(OpenApi)]
#[openapi(info(
    title = "Baton",
    version = "1",
    description = "The REST API of a Baton workspace, for the business's own systems. A key belongs to one workspace and sees \
        all of its contacts and chats, as far as its scopes go.",
    license(name = "MIT OR Apache-2.0")
))]
struct Whole;

/// Every call: what is not here is neither served nor described.
fn calls() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(contacts::list, contacts::put))
        .routes(routes!(contacts::get, contacts::change))
        .routes(routes!(contacts::give_tags))
        .routes(routes!(contacts::take_tag))
        .routes(routes!(journey::list))
        .routes(routes!(tags::list, tags::make))
        .routes(routes!(tags::categories))
        .routes(routes!(attributes::list))
        .routes(routes!(chats::list))
        .routes(routes!(chats::get))
        .routes(routes!(chats::request))
        .routes(routes!(messages::list, messages::send))
        .routes(routes!(messages::get))
}

/// The API, its document and its page.
pub fn router(server: &Server) -> Router<Server> {
    let (calls, _) = calls().split_for_parts();
    let open = Router::new()
        .route("/openapi.json", get(docs::document))
        .route("/docs", get(docs::page))
        .route("/docs.css", get(docs::style));
    let all = calls
        .route_layer(from_fn_with_state(server.clone(), gate::guard))
        .merge(open)
        .fallback(problem::unknown_address)
        .method_not_allowed_fallback(problem::unknown_method);
    Router::new().nest(PREFIX, all)
}
