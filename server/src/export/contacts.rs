//! The file of contacts that match.

use super::quoted;
use crate::state::Server;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use domain::Error;
use domain::contact::table_export::{self, Export, Page};
use domain::db::Desk;
use futures::stream::try_unfold;
use http::header;
use http::request::Parts;
use serde::Deserialize;

/// What a file is asked for.
#[derive(Deserialize)]
pub struct Asked {
    /// The filter as JSON; everybody where there is none.
    #[serde(default)]
    filter: String,
    /// Columns beside the name, by their words, between commas.
    #[serde(default)]
    columns: String,
}

/// `GET /export/contacts?filter=…&columns=…`: those who match, in sight of who asks.
pub async fn contacts(State(server): State<Server>, Query(asked): Query<Asked>, parts: Parts) -> Response {
    match begin(server, &asked, &parts).await {
        Ok(response) => response,
        Err(error) => (app::status(&error), [(header::CACHE_CONTROL, "no-store")], error.to_string()).into_response(),
    }
}

async fn begin(server: Server, asked: &Asked, parts: &Parts) -> Result<Response, Error> {
    let lead = server.signed_in(parts).await?;
    let unclear = |_| Error::Invalid("The filter could not be read.".into());
    let filter = match asked.filter.as_str() {
        "" => domain::contact::filter::Group::default(),
        text => serde_json::from_str(text).map_err(unclear)?,
    };
    let words = asked.columns.split(',').filter(|word| !word.is_empty()).take(60);
    let columns = words.map(str::parse).collect::<Result<_, _>>()?;
    let desk = server.db.workspace(lead.workspace);
    let (export, headings, first) = table_export::begin(&desk, &lead, filter, columns, server.clock.now()).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"contacts.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(pages(desk, export, headings, first))).into_response())
}

/// The file in pieces. Should the right end meanwhile, the download breaks off instead of looking whole.
fn pages(
    desk: Desk,
    export: Export,
    headings: Vec<String>,
    first: Page,
) -> impl futures::Stream<Item = Result<Bytes, Error>> {
    let mut begin = String::from("\u{feff}");
    line(&mut begin, &headings);
    try_unfold((Some(first), begin), move |(page, mut text)| {
        let (desk, export) = (desk.clone(), export.clone());
        async move {
            let Some((rows, after)) = page else { return Ok(None) };
            for row in &rows {
                line(&mut text, row);
            }
            let next = match after {
                Some(after) => Some(table_export::next(&desk, &export, after).await?),
                None => None,
            };
            Ok(Some((Bytes::from(text), (next, String::new()))))
        }
    })
}

fn line(text: &mut String, cells: &[String]) {
    text.push_str(&cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
}
