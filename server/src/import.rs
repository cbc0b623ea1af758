//! Files of contacts that supervisors bring. Read here and kept in the database, where a job goes on with them.

use crate::state::Server;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use domain::{Error, ImportId, import};
use http::header;
use http::request::Parts;
use serde::Deserialize;

/// What stands in the address.
#[derive(Deserialize)]
pub struct Named {
    #[serde(default)]
    name: String,
}

/// `POST /import/contacts?name=people.csv` with the file as the body; answers with the import's id.
pub async fn contacts(State(server): State<Server>, Query(named): Query<Named>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match keep(&server, &named.name, &parts, body).await {
        Ok(id) => id.to_string().into_response(),
        Err(error) => (app::status(&error), [(header::CACHE_CONTROL, "no-store")], error.to_string()).into_response(),
    }
}

/// Who may not bring a file does not get it read, either.
async fn keep(server: &Server, name: &str, parts: &Parts, body: Body) -> Result<ImportId, Error> {
    let lead = server.signed_in(parts).await?;
    if !lead.role.supervises() {
        return Err(Error::Forbidden);
    }
    let large = |_| Error::Invalid("A file takes at most 64 MB. Divide it into several.".into());
    let bytes = to_bytes(body, import::LARGEST).await.map_err(large)?;
    let sheet = tokio::task::spawn_blocking(move || import::parse(&bytes)).await.map_err(|_| Error::Internal)??;
    let desk = server.db.workspace(lead.workspace);
    import::store::add(&desk, &lead, name, &sheet, server.clock.now()).await
}
