//! Files that supervisors take away. Each is written page by page, so that a long one takes no memory, and each is
//! in the audit log before its first byte leaves.

pub mod contacts;

use crate::state::Server;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use domain::db::Desk;
use domain::journey::export::{self, Line, Page};
use domain::member::Member;
use domain::{ChatId, Error, ImportId, import};
use futures::stream::try_unfold;
use http::header;
use http::request::Parts;

#[derive(Clone, Copy)]
enum Format {
    Csv,
    Json,
}

/// `GET /export/journey/{chat}.csv` or `.json`: a customer's whole timeline, oldest step first.
pub async fn journey(State(server): State<Server>, Path(file): Path<String>, parts: Parts) -> Response {
    match begin(server, &file, &parts).await {
        Ok(response) => response,
        Err(error) => (app::status(&error), [(header::CACHE_CONTROL, "no-store")], error.to_string()).into_response(),
    }
}

async fn begin(server: Server, file: &str, parts: &Parts) -> Result<Response, Error> {
    let lead = server.signed_in(parts).await?;
    let (chat, format, kind) = match file.rsplit_once('.') {
        Some((chat, "csv")) => (chat, Format::Csv, "text/csv; charset=utf-8"),
        Some((chat, "json")) => (chat, Format::Json, "application/json"),
        _ => return Err(Error::NotFound),
    };
    let chat: ChatId = chat.parse()?;
    let desk = server.db.workspace(lead.workspace);
    let first = export::begin(&desk, &lead, chat, server.clock.now()).await?;
    let name =
        format!("attachment; filename=\"journey-{chat}.{}\"", if kind.starts_with("text") { "csv" } else { "json" });
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(pages(desk, lead, chat, format, first))).into_response())
}

/// `GET /export/import/{import}.csv`: the rows of a file that failed, as they stood in it, with the reason before them.
pub async fn failed_rows(State(server): State<Server>, Path(file): Path<String>, parts: Parts) -> Response {
    match begin_failed(server, &file, &parts).await {
        Ok(response) => response,
        Err(error) => (app::status(&error), [(header::CACHE_CONTROL, "no-store")], error.to_string()).into_response(),
    }
}

async fn begin_failed(server: Server, file: &str, parts: &Parts) -> Result<Response, Error> {
    let lead = server.signed_in(parts).await?;
    let id: ImportId = file.strip_suffix(".csv").ok_or(Error::NotFound)?.parse()?;
    let desk = server.db.workspace(lead.workspace);
    let (_, headers) = import::download::take_away(&desk, &lead, id, server.clock.now()).await?;
    let heading = ["row", "reason"].into_iter().map(str::to_owned).chain(headers).collect::<Vec<_>>();
    let heading = format!("\u{feff}{}", row(&heading));
    let rows = try_unfold((Some(0), heading), move |(after, begun)| {
        let (desk, lead) = (desk.clone(), lead.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            let mut text = begun;
            let page = import::download::failed_rows(&desk, &lead, id, after).await?;
            for (failure, cells) in &page {
                let reason: Vec<_> = failure.problems.iter().map(|problem| problem.sentence()).collect();
                let mut line = vec![failure.row.to_string(), reason.join(" ")];
                line.extend(cells.iter().cloned());
                text.push_str(&row(&line));
            }
            let next = page.last().map(|(failure, _)| failure.row);
            Ok::<_, Error>(Some((Bytes::from(text), (next, String::new()))))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"failed-rows-{id}.csv\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(rows)).into_response())
}

fn row(cells: &[String]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// The file in pieces. Should rights or sight end meanwhile, the download breaks off instead of looking whole.
fn pages(
    desk: Desk,
    lead: Member,
    chat: ChatId,
    format: Format,
    first: Page,
) -> impl futures::Stream<Item = Result<Bytes, Error>> {
    try_unfold((Some(first), true), move |(page, begins)| {
        let (desk, lead) = (desk.clone(), lead.clone());
        async move {
            let Some((lines, after)) = page else { return Ok(None) };
            let mut text = String::new();
            match format {
                Format::Csv => csv(&mut text, &lines, begins),
                Format::Json => json(&mut text, &lines, begins, after.is_none())?,
            }
            let next = match after {
                Some(after) => Some(export::next(&desk, &lead, chat, after).await?),
                None => None,
            };
            Ok(Some((Bytes::from(text), (next, false))))
        }
    })
}

fn json(text: &mut String, lines: &[Line], begins: bool, ends: bool) -> Result<(), Error> {
    text.push_str(if begins { "[" } else { "" });
    for (place, line) in lines.iter().enumerate() {
        text.push_str(if begins && place == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(line)?);
    }
    text.push_str(if ends { "\n]\n" } else { "" });
    Ok(())
}

fn csv(text: &mut String, lines: &[Line], begins: bool) {
    if begins {
        // A byte order mark, or spreadsheets take it for another encoding.
        text.push_str("\u{feff}at,kind,by,member,words,note,episode,waited_seconds,handled_seconds,chat,seq\r\n");
    }
    for line in lines {
        let cells = [
            line.at.to_rfc3339(),
            line.kind.clone(),
            line.by.clone(),
            line.member.map(|id| id.to_string()).unwrap_or_default(),
            line.words.clone(),
            line.note.clone().unwrap_or_default(),
            line.episode.map(|id| id.to_string()).unwrap_or_default(),
            line.waited.map(|n| n.to_string()).unwrap_or_default(),
            line.handled.map(|n| n.to_string()).unwrap_or_default(),
            line.chat.map(|id| id.to_string()).unwrap_or_default(),
            line.seq.map(|n| n.to_string()).unwrap_or_default(),
        ];
        text.push_str(&cells.map(|cell| quoted(&cell)).join(","));
        text.push_str("\r\n");
    }
}

/// A cell (RFC 4180). One that a spreadsheet would take for a formula gets an apostrophe in front
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn quoted(cell: &str) -> String {
    let formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || cell.starts_with(['\t', '\r', '\n']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_cell_is_a_formula_and_quotes_are_doubled() {
        assert_eq!(quoted("plain, \"said\""), "\"plain, \"\"said\"\"\"");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\r=1", "＝1"] {
            assert!(quoted(formula).starts_with("\"'"), "{formula:?}");
        }
        assert_eq!(quoted("a=b"), "\"a=b\"");
    }
}
