//! The API's OpenAPI document: what the handlers say of themselves, and what holds for all of them.

use super::problem::Kind;
use super::{PREFIX, Whole, calls};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// The document.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let (_, described) = OpenApiRouter::with_openapi(Whole::openapi()).nest(PREFIX, calls()).split_for_parts();
    let mut document = serde_json::to_value(described).unwrap_or_default();
    document["components"]["securitySchemes"] = json!({"key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key that an Owner makes under Manage, API keys.",
    }});
    document["components"]["schemas"]["Problem"] = problem();
    document["components"]["headers"] = headers();
    document["components"]["responses"] = responses();
    document["components"]["parameters"] = json!({"IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": false,
        "description": "Names the request: repeated within a day it is not done again, but answered as before.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    }});
    for (path, methods) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            complete(path, method, operation);
        }
    }
    document
});

/// Adds to a call what holds for every one of its kind.
fn complete(path: &str, method: &str, operation: &mut Value) {
    for response in operation["responses"].as_object_mut().into_iter().flatten().map(|(_, response)| response) {
        response["headers"] = told();
        if method != "get" {
            response["headers"]["Idempotency-Replayed"] = json!({"$ref": "#/components/headers/IdempotencyReplayed"});
        }
    }
    let mut refusals = vec!["400", "401", "403", "422", "429", "500"];
    if path.contains('{') {
        refusals.push("404");
    }
    if method != "get" {
        refusals.extend(["409", "413", "415"]);
        let named = json!({"$ref": "#/components/parameters/IdempotencyKey"});
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(named),
            None => operation["parameters"] = json!([named]),
        }
    }
    for status in refusals {
        operation["responses"][status] = json!({"$ref": format!("#/components/responses/Problem{status}")});
    }
}

/// The headers of every answer to a key that holds.
fn told() -> Value {
    json!({
        "RateLimit": {"$ref": "#/components/headers/RateLimit"},
        "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
    })
}

fn headers() -> Value {
    let text = |about: &str| json!({"description": about, "schema": {"type": "string"}});
    json!({
        "RateLimit": text("What is left: `r` calls at once, and `t` seconds until all are."),
        "RateLimitPolicy": text("How many calls (`q`) a key may make in how many seconds (`w`)."),
        "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
        "WwwAuthenticate": text("Bearer."),
        "IdempotencyReplayed": text("`true` where the request was done before."),
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Why a call was not done (RFC 9457).",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference", "description": "Names the kind of problem, and leads to its description."},
            "title": {"type": "string", "description": "The kind in words."},
            "status": {"type": "integer", "description": "The HTTP status."},
            "detail": {"type": "string", "description": "What is wrong with this call."},
        },
    })
}

/// One response for each status, with what can be behind it.
fn responses() -> Value {
    let mut all = Map::new();
    for (status, _, title) in Kind::ALL.map(Kind::about) {
        let entry = all.entry(format!("Problem{}", status.as_u16())).or_insert_with(|| {
            let mut headers = if status.as_u16() == 401 { json!({}) } else { told() };
            if status.as_u16() == 401 {
                headers["WWW-Authenticate"] = json!({"$ref": "#/components/headers/WwwAuthenticate"});
            }
            if status.as_u16() == 429 {
                headers["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
            }
            let schema = json!({"schema": {"$ref": "#/components/schemas/Problem"}});
            json!({"description": "", "headers": headers, "content": {"application/problem+json": schema}})
        });
        let before = entry["description"].as_str().unwrap_or_default();
        let about = if before.is_empty() { title.to_owned() } else { format!("{before}, or: {title}") };
        entry["description"] = about.into();
    }
    Value::Object(all)
}
