//! Who is calling: every call brings a key as `Authorization: Bearer`, and is counted. Cookies open nothing here.

use super::pace;
use super::problem::{Kind, Problem};
use crate::state::Server;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::api_key::pace::{Standing, count};
use domain::api_key::store::{Caller, authenticate};
use http::{HeaderMap, HeaderValue, header};

/// Lets callers in whose key holds, up to their number of calls.
pub async fn guard(State(server): State<Server>, mut request: Request, next: Next) -> Response {
    let mut response = match counted(&server, request.headers()).await {
        Err(problem) => problem.into_response(),
        Ok((caller, standing)) => {
            let mut response = match standing.wait {
                Some(wait) => Problem::too_many(wait).into_response(),
                None => {
                    request.extensions_mut().insert(caller);
                    next.run(request).await
                }
            };
            pace::tell(standing, response.headers_mut());
            response
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn counted(server: &Server, headers: &HeaderMap) -> Result<(Caller, Standing), Problem> {
    let caller = caller(server, headers).await?;
    let standing = count(&server.db, &caller, server.api_rate, server.clock.now()).await?;
    Ok((caller, standing))
}

async fn caller(server: &Server, headers: &HeaderMap) -> Result<Caller, Problem> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    // The scheme's name is in any case (RFC 9110).
    let key = value
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    let Some(key) = key else {
        return Err(Problem::new(Kind::Unauthenticated, "Send the header Authorization: Bearer, with an API key."));
    };
    let caller = authenticate(&server.db, key, server.clock.now()).await?;
    caller.ok_or_else(|| Problem::new(Kind::Unauthenticated, "There is no such API key, or it was revoked."))
}
