//! Calls of the simulator's interface; nothing on the server, where the page is only a frame.

use super::wire::State;
use serde::Serialize;
use uuid::Uuid;

/// The state, at once or when something is newer than `after`.
pub async fn state(customer: Option<Uuid>, after: Option<u64>) -> Result<State, String> {
    let mut address = "/simulator/api/state?".to_owned();
    if let Some(customer) = customer {
        address.push_str(&format!("customer={customer}&"));
    }
    if let Some(after) = after {
        address.push_str(&format!("after={after}"));
    }
    let text = call("GET", &address, None).await?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// Sends something and gives the answer's text.
pub async fn send(method: &'static str, address: &str, what: &(impl Serialize + Sync)) -> Result<String, String> {
    let body = serde_json::to_string(what).map_err(|error| error.to_string())?;
    call(method, address, Some(body)).await
}

#[cfg(feature = "hydrate")]
async fn call(method: &'static str, address: &str, body: Option<String>) -> Result<String, String> {
    use gloo_net::http::RequestBuilder;
    let lost = |_| "The simulator cannot be reached.".to_owned();
    let request = RequestBuilder::new(address).method(method.parse().unwrap_or_default());
    let answer = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body).map_err(lost)?.send().await,
        None => request.send().await,
    };
    let answer = answer.map_err(lost)?;
    let text = answer.text().await.map_err(lost)?;
    if answer.ok() { Ok(text) } else { Err(text) }
}

#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's version waits")]
async fn call(_: &'static str, _: &str, _: Option<String>) -> Result<String, String> {
    Err("Only in a browser.".into())
}
