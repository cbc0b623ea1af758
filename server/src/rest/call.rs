//! What handlers receive: a transaction in the caller's workspace, once the key is seen to have the scope.

use super::problem::{Kind, Problem};
use crate::state::Server;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::response::{IntoResponse, Response};
use domain::api_key::once::{self, Answer};
use domain::api_key::{Scope, store::Caller};
use domain::db::{Desk, Tx};
use domain::journey::Doer;
use domain::{ApiKeyId, Error, Timestamp};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::marker::PhantomData;

/// Longest Idempotency-Key.
const LONGEST_NAME: usize = 200;
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A scope as a type, so that a handler's signature says what its callers need.
pub trait Needs: Send + Sync + 'static {
    /// The scope.
    const SCOPE: Scope;
}

macro_rules! needs {
    ($($name:ident),+) => {$(
        #[doc = concat!("Needs [`Scope::", stringify!($name), "`].")]
        #[derive(Debug)]
        pub struct $name;
        impl Needs for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )+};
}

needs!(
    ContactsRead,
    ContactsWrite,
    TagsRead,
    TagsWrite,
    AttributesRead,
    ChatsRead,
    ChatsWrite,
    MessagesRead,
    MessagesWrite,
    JourneyRead
);

/// A call that reads, as of one moment.
#[derive(Debug)]
pub struct Read<S> {
    /// The workspace, as of that moment.
    pub tx: Tx<'static>,
    /// The time.
    pub now: Timestamp,
    scope: PhantomData<S>,
}

impl<S: Needs> FromRequestParts<Server> for Read<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let (_, desk) = admitted::<S>(parts, server)?;
        Ok(Self { tx: desk.snapshot().await?, now: server.clock.now(), scope: PhantomData })
    }
}

/// A call that changes something: all of it or nothing, and under an Idempotency-Key once.
#[derive(Debug)]
pub struct Act<S, B = Nothing> {
    /// What it changes, until [`Act::done`].
    pub tx: Tx<'static>,
    /// The time.
    pub now: Timestamp,
    /// What was sent.
    pub body: B,
    /// Who calls, for the journey.
    pub by: Doer,
    key: ApiKeyId,
    name: Option<String>,
    scope: PhantomData<S>,
}

/// The body of calls that take none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl<S: Needs, B: DeserializeOwned + Send> FromRequest<Server> for Act<S, B> {
    // Not done: with a problem, or because it was done before.
    type Rejection = Response;

    async fn from_request(request: Request, server: &Server) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let (caller, desk) = admitted::<S>(&parts, server).map_err(Problem::into_response)?;
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), server);
        let bytes = bytes.await.map_err(|rejection| Problem::from(rejection).into_response())?;
        let body = parse(&parts.headers, &bytes).map_err(Problem::into_response)?;
        let name = name(&parts.headers).map_err(Problem::into_response)?;
        let now = server.clock.now();
        let mut tx = desk.begin().await.map_err(refused)?;
        if let Some(name) = &name {
            let hash = hash(&parts, &bytes);
            match once::begin(&mut tx, caller.key, name, &hash, now).await {
                Ok(None) => {}
                Ok(Some(before)) => return Err(replayed(before)),
                Err(Error::Invalid(why)) => return Err(Problem::new(Kind::KeyReused, why).into_response()),
                Err(other) => return Err(refused(other)),
            }
        }
        let by = Doer::Key { name: caller.name };
        Ok(Self { tx, now, body, by, key: caller.key, name, scope: PhantomData })
    }
}

impl<S, B> Act<S, B> {
    /// Commits, and answers. The answer is remembered in the same commit.
    ///
    /// # Errors
    /// When the database fails; then nothing was done.
    pub async fn done(mut self, status: StatusCode, said: &impl Serialize) -> Result<Response, Problem> {
        let body = if status == StatusCode::NO_CONTENT {
            String::new()
        } else {
            serde_json::to_string(said).map_err(|error| Problem::from(Error::from(error)))?
        };
        let answer = Answer { status: status.as_u16(), body };
        if let Some(name) = &self.name {
            once::remember(&mut self.tx, self.key, name, &answer).await?;
        }
        self.tx.commit().await?;
        Ok(respond(answer))
    }
}

/// Parts of the address. What is no id is an unknown one.
#[derive(Debug)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        Ok(Self(path.0))
    }
}

/// What stands behind the address's question mark.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self(Query::<T>::from_request_parts(parts, state).await?.0))
    }
}

fn admitted<S: Needs>(parts: &Parts, server: &Server) -> Result<(Caller, Desk), Problem> {
    let caller = parts.extensions.get::<Caller>().cloned();
    let caller = caller.ok_or_else(|| Problem::new(Kind::Unauthenticated, "No API key."))?;
    if !caller.scopes.contains(&S::SCOPE) {
        return Err(Problem::missing(S::SCOPE));
    }
    let desk = server.db.workspace(caller.workspace);
    Ok((caller, desk))
}

/// No body is an empty object.
fn parse<B: DeserializeOwned>(headers: &HeaderMap, bytes: &Bytes) -> Result<B, Problem> {
    if bytes.is_empty() {
        return Ok(Json::<B>::from_bytes(b"{}")?.0);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(Kind::NotJson, "Send the header Content-Type: application/json."));
    }
    Ok(Json::<B>::from_bytes(bytes)?.0)
}

fn name(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let name = value.to_str().unwrap_or_default();
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(|b| b.is_ascii_graphic()) {
        let words = format!("An Idempotency-Key has 1 to {LONGEST_NAME} visible ASCII characters, and no spaces.");
        return Err(Problem::new(Kind::Unreadable, words));
    }
    Ok(Some(name.to_owned()))
}

fn hash(parts: &Parts, bytes: &Bytes) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [parts.method.as_str(), parts.uri.path(), parts.uri.query().unwrap_or_default()] {
        hash.update(part);
        hash.update(b"\n");
    }
    hash.chain_update(bytes).finalize().to_vec()
}

fn refused(error: Error) -> Response {
    Problem::from(error).into_response()
}

fn replayed(answer: Answer) -> Response {
    let mut response = respond(answer);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status == StatusCode::NO_CONTENT {
        return status.into_response();
    }
    (status, [(header::CONTENT_TYPE, "application/json")], answer.body).into_response()
}
