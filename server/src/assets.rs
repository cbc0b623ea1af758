//! The browser's files, carried inside the binary (read from `target/site` in debug builds).

use app::Assets;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site/pkg"]
#[allow_missing = true]
struct Files;

/// Finds the hashed names of the files that pages load; empty where the web part was not built.
pub fn names() -> Assets {
    let find = |start: &str, end: &str| {
        Files::iter()
            .find(|name| name.starts_with(start) && name.ends_with(end))
            .map_or_else(String::new, |name| format!("/pkg/{name}"))
    };
    let parts = ["later", "sign_in", "manage", "phone"].map(|part| (part, find(&format!("{part}."), ".wasm")));
    Assets {
        script: find("baton.", ".js"),
        wasm: find("baton.", ".wasm"),
        parts: parts.into_iter().filter(|(_, address)| !address.is_empty()).collect(),
        style: find("baton.", ".css"),
        thread: find("thread.", ".css"),
        pages: find("pages.", ".css"),
    }
}

/// Serves one file, compressed as the browser likes it best. Names carry hashes, so they never change.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    let choices = [("br", ".br"), ("gzip", ".gz"), ("", "")];
    for (encoding, ending) in choices {
        if !accepts.contains(encoding) {
            continue;
        }
        let Some(file) = Files::get(&format!("{name}{ending}")) else { continue };
        let kind = mime_guess::from_path(&name).first_or_octet_stream();
        let mut response = file.data.into_owned().into_response();
        let set = response.headers_mut();
        set.insert(header::CONTENT_TYPE, kind.as_ref().parse().expect("a MIME type is a header value"));
        set.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("public, max-age=31536000, immutable"));
        set.insert(header::VARY, header::HeaderValue::from_static("accept-encoding"));
        if !encoding.is_empty() {
            set.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static(encoding));
        }
        return response;
    }
    StatusCode::NOT_FOUND.into_response()
}

/// The tab's icon.
pub async fn icon() -> Response {
    let icon = include_str!("icon.svg");
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")], icon).into_response()
}
