//! Files on the pretend WhatsApp: uploaded by Baton with Graph's checks, named by id in messages, shown on phones.

use super::error::GraphError;
use super::phone::Problem;
use super::{Simulator, graph};
use app::simulator::wire::Answering;
use axum::Json;
use axum::extract::multipart::Multipart;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use http::{HeaderMap, header};
use rand::Rng;
use serde_json::{Value, json};
use sqlx::Row;

/// Largest body of an upload: Graph's limit for documents, and the form around it.
pub const LARGEST: usize = 101 << 20;
/// How long an id is good.
const GOOD_FOR: TimeDelta = TimeDelta::days(30);
/// What Graph takes, and up to how many bytes
/// (<https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types>).
const TAKEN: [(&str, &[&str], usize); 4] = [
    ("image", &["image/jpeg", "image/png"], 5 << 20),
    ("video", &["video/mp4", "video/3gpp"], 16 << 20),
    ("audio", &["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"], 16 << 20),
    (
        "document",
        &[
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ],
        100 << 20,
    ),
];

/// `POST /{version}/{number}/media`: keeps a file, answers with its id.
pub async fn upload(
    State(simulator): State<Simulator>,
    Path((_version, number)): Path<(String, String)>,
    headers: HeaderMap,
    form: Multipart,
) -> Response {
    if let Err(problem) = graph::allowed(&simulator, &number, &headers) {
        return problem.into_response();
    }
    let answering = simulator.memory().switches.answering;
    if answering == Answering::Down {
        return graph::lost();
    }
    match keep(&simulator, &number, form).await {
        Ok(id) => Json(json!({"id": id})).into_response(),
        Err(problem) => problem,
    }
}

async fn keep(simulator: &Simulator, number: &str, mut form: Multipart) -> Result<String, Response> {
    let unreadable = |_| GraphError::parameter("The form could not be read.").into_response();
    let (mut product, mut said, mut file) = (String::new(), String::new(), None);
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name().unwrap_or_default() {
            "messaging_product" => product = field.text().await.map_err(unreadable)?,
            "type" => said = field.text().await.map_err(unreadable)?,
            "file" => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let content_type = field.content_type().unwrap_or_default().to_owned();
                file = Some((name, content_type, field.bytes().await.map_err(unreadable)?));
            }
            _ => {}
        }
    }
    if product != "whatsapp" {
        return Err(GraphError::parameter("The parameter messaging_product is required.").into_response());
    }
    let Some((name, content_type, content)) = file else {
        return Err(GraphError::parameter("The parameter file is required.").into_response());
    };
    let content_type = if said.is_empty() { content_type } else { said };
    let taken = TAKEN.iter().find(|(_, types, _)| types.contains(&content_type.as_str()));
    if !taken.is_some_and(|(_, _, largest)| (1..=*largest).contains(&content.len())) {
        return Err(GraphError::known(131_053).into_response());
    }
    let id = rand::rng().random_range(1_000_000_000_000_000_u64..10_000_000_000_000_000).to_string();
    sqlx::query(
        "insert into simulator.media (id, phone_number_id, content_type, name, content, at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&id)
    .bind(number)
    .bind(content_type)
    .bind(name)
    .bind(content.as_ref())
    .bind(simulator.0.clock.now())
    .execute(&simulator.0.pool)
    .await
    .map_err(graph::broken)?;
    Ok(id)
}

/// Graph's checks of what a message names a file by: its own type's object, or a header above buttons.
pub async fn check(simulator: &Simulator, number: &str, kind: &str, object: &Value) -> Result<(), Response> {
    let header = &object["header"];
    let (kind, object) = match header["type"].as_str() {
        Some("text") => return Ok(()),
        Some("audio") => return Err(GraphError::value("A header is text, image, video or document").into_response()),
        Some(kind) => (kind, &header[kind]),
        None => (kind, object),
    };
    let Some((_, types, _)) = TAKEN.iter().find(|(taken, ..)| *taken == kind) else { return Ok(()) };
    let caption = object["caption"].as_str().map_or(0, |caption| caption.chars().count());
    if caption > if kind == "audio" { 0 } else { 1024 } {
        return Err(GraphError::value("caption has at most 1024 characters, and none with audio").into_response());
    }
    let id = object["id"].as_str().unwrap_or_default();
    let row =
        sqlx::query("select content_type from simulator.media where id = $1 and phone_number_id = $2 and at > $3")
            .bind(id)
            .bind(number)
            .bind(simulator.0.clock.now() - GOOD_FOR)
            .fetch_optional(&simulator.0.pool)
            .await
            .map_err(graph::broken)?;
    let content_type = row.and_then(|row| row.try_get::<String, _>("content_type").ok());
    match content_type {
        Some(content_type) if kind == "document" || types.contains(&content_type.as_str()) => Ok(()),
        Some(_) => Err(GraphError::known(131_053).into_response()),
        None => Err(GraphError::value(format!("There is no media with the id {id}")).into_response()),
    }
}

/// `GET /simulator/api/media/{id}`: what a phone shows.
pub async fn show(State(simulator): State<Simulator>, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = sqlx::query("select content_type, content from simulator.media where id = $1")
        .bind(id)
        .fetch_optional(&simulator.0.pool)
        .await?
        .ok_or(Problem::Missing)?;
    let content_type: String = row.try_get("content_type")?;
    let content: Vec<u8> = row.try_get("content")?;
    Ok(([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store".into())], content).into_response())
}
