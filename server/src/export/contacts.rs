//! The file of contacts that match.

use super::quoted;
use crate::state::Server;
use app::context::Clock;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::contact::table_export::{self, Export, Page};
use domain::db::Desk;
use domain::{Error, TaskId};
use futures::stream::try_unfold;
use http::header;
use http::request::Parts;

/// `GET /export/contacts/{task}.csv`: those whom the task is for, in sight of who began it.
pub async fn contacts(State(server): State<Server>, Path(file): Path<String>, parts: Parts) -> Response {
    match begin(server, &file, &parts).await {
        Ok(response) => response,
        Err(error) => (app::status(&error), [(header::CACHE_CONTROL, "no-store")], error.to_string()).into_response(),
    }
}

async fn begin(server: Server, file: &str, parts: &Parts) -> Result<Response, Error> {
    let lead = server.signed_in(parts).await?;
    let task: TaskId = file.strip_suffix(".csv").ok_or(Error::NotFound)?.parse()?;
    let desk = server.db.workspace(lead.workspace);
    let (export, headings, first) = table_export::begin(&desk, &lead, task, server.clock.now()).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"contacts.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let reading = Reading { desk, export, clock: server.clock.clone(), ended: first.1.is_none() };
    Ok((headers, Body::from_stream(pages(reading, headings, first))).into_response())
}

/// A file that is being read: dropped before its end, nobody reads it on.
struct Reading {
    desk: Desk,
    export: Export,
    clock: Clock,
    ended: bool,
}

impl Drop for Reading {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let (desk, export, now) = (self.desk.clone(), self.export.clone(), self.clock.now());
        tokio::spawn(async move {
            if let Err(error) = table_export::broken_off(&desk, &export, now).await {
                tracing::warn!(%error, "an export that was broken off could not be ended");
            }
        });
    }
}

/// The file in pieces. Should the right end meanwhile, the download breaks off instead of looking whole.
fn pages(reading: Reading, headings: Vec<String>, first: Page) -> impl futures::Stream<Item = Result<Bytes, Error>> {
    let mut begin = String::from("\u{feff}");
    line(&mut begin, &headings);
    try_unfold((reading, Some(first), begin), |(mut reading, page, mut text)| async move {
        let Some((rows, after)) = page else { return Ok(None) };
        for row in &rows {
            line(&mut text, row);
        }
        let next = match after {
            Some(after) => {
                let next = table_export::next(&reading.desk, &reading.export, after, reading.clock.now()).await?;
                reading.ended = next.1.is_none();
                Some(next)
            }
            None => None,
        };
        Ok(Some((Bytes::from(text), (reading, next, String::new()))))
    })
}

fn line(text: &mut String, cells: &[String]) {
    text.push_str(&cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
}
