//! Files that go with messages: brought by members, and served to those who may see them. What a file is was found when
//! it was kept; nothing that could run in a browser is among them, and they are served as if it were.

use crate::state::Server;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Response};
use domain::media::{File, LARGEST, sniff, store, too_large};
use domain::{Error, MessageId};
use http::header::{self, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

/// Shown where they are; everything else is only taken away.
const SHOWN: [&str; 7] = ["image/jpeg", "image/png", "video/mp4", "audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg"];

/// What stands in the address.
#[derive(Deserialize)]
pub struct Named {
    #[serde(default)]
    name: String,
}

/// `POST /media?name=photo.png` with the file as the body; answers with what was kept, as JSON. Any member may: until it
/// goes with a message or a reply, the file is theirs alone.
pub async fn keep(State(server): State<Server>, Query(named): Query<Named>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match take(&server, &named.name, &parts, body).await {
        Ok(file) => ([(header::CACHE_CONTROL, "no-store")], Json(file)).into_response(),
        Err(error) => refuse(&error),
    }
}

async fn take(server: &Server, name: &str, parts: &Parts, body: Body) -> Result<File, Error> {
    let member = server.signed_in(parts).await?;
    // What says that it is too large is not read at all.
    let told = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|length| length > LARGEST) {
        return Err(too_large());
    }
    let content = to_bytes(body, LARGEST).await.map_err(|_| too_large())?.to_vec();
    let name = name.to_owned();
    let taken =
        tokio::task::spawn_blocking(move || sniff::take(&name, content)).await.map_err(|_| Error::Internal)??;
    let desk = server.db.workspace(member.workspace);
    store::add(&desk, &member, &taken, server.clock.now()).await
}

/// `GET /media/{file}`: a file that the member may put into a message: their own that is in none, or a reply's.
pub async fn usable(State(server): State<Server>, Path(file): Path<String>, parts: Parts) -> Response {
    let found = async {
        let member = server.signed_in(&parts).await?;
        store::read(&server.db.workspace(member.workspace), &member, file.parse()?).await
    };
    found.await.map_or_else(|error| refuse(&error), |(file, content)| serve(&file, content, &parts.headers))
}

/// `GET /media/of/{message}`: a message's file, by the sight of its chat.
pub async fn said(State(server): State<Server>, Path(message): Path<String>, parts: Parts) -> Response {
    let found = async {
        let member = server.signed_in(&parts).await?;
        let message: MessageId = message.parse()?;
        store::read_said(&server.db.workspace(member.workspace), &member, message).await
    };
    found.await.map_or_else(|error| refuse(&error), |(file, content)| serve(&file, content, &parts.headers))
}

fn refuse(error: &Error) -> Response {
    (app::status(error), [(header::CACHE_CONTROL, "no-store")], error.to_string()).into_response()
}

/// Neither kept by the browser nor run by it, whatever is in it.
fn serve(file: &File, content: Vec<u8>, asked: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    let mut put = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put(
        header::CONTENT_TYPE,
        if file.content_type == "text/plain" { "text/plain; charset=utf-8" } else { &file.content_type },
    );
    put(header::CONTENT_DISPOSITION, &disposition(file));
    put(header::CACHE_CONTROL, "no-store");
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'");
    put(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    put(header::ACCEPT_RANGES, "bytes");
    // Safari plays only what it can ask for piece by piece.
    let range =
        asked.get(header::RANGE).and_then(|range| range.to_str().ok()).and_then(|range| stretch(range, content.len()));
    let Some((from, to)) = range else { return (headers, content).into_response() };
    if let Ok(value) = HeaderValue::from_str(&format!("bytes {from}-{to}/{}", content.len())) {
        headers.insert(header::CONTENT_RANGE, value);
    }
    (StatusCode::PARTIAL_CONTENT, headers, content[from..=to].to_vec()).into_response()
}

/// The name in letters that every header takes, and whole beside it (RFC 6266, RFC 8187).
fn disposition(file: &File) -> String {
    let way = if SHOWN.contains(&file.content_type.as_str()) { "inline" } else { "attachment" };
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' };
    let plain: String = file.name.chars().map(plain).collect();
    let mut whole = String::new();
    for byte in file.name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

/// The one stretch that is asked for, first and last byte; `None` for what is not understood, which gets the whole file
/// (RFC 9110 §14.2).
fn stretch(range: &str, length: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let last = length.checked_sub(1)?;
    let (from, to) = match (from.parse::<usize>(), to) {
        (Ok(from), "") => (from, last),
        (Ok(from), to) => (from, to.parse::<usize>().ok()?.min(last)),
        (Err(_), to) if from.is_empty() => (length.saturating_sub(to.parse().ok().filter(|n| *n > 0)?), last),
        _ => return None,
    };
    (from <= to).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_stay_within_the_file() {
        for (range, found) in [
            ("bytes=0-", Some((0, 9))),
            ("bytes=0-1", Some((0, 1))),
            ("bytes=4-99", Some((4, 9))),
            ("bytes=-3", Some((7, 9))),
            ("bytes=-99", Some((0, 9))),
            ("bytes=-0", None),
            ("bytes=10-", None),
            ("bytes=5-4", None),
            ("bytes=0-1,3-4", None),
            ("bytes=", None),
            ("lines=0-1", None),
        ] {
            assert_eq!(stretch(range, 10), found, "{range}");
        }
        assert_eq!(stretch("bytes=0-", 0), None);
    }
}
