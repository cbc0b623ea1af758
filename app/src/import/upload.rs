//! Sending a file from a browser: a server function would make JSON of it.

use domain::{Error, ImportId};
use leptos::ev::Event;

/// The file that was chosen in an input: sent, and kept by the server. `None` where none was chosen.
///
/// # Errors
/// What the server says against it.
#[cfg(feature = "hydrate")]
pub async fn chosen(event: Event) -> Result<Option<ImportId>, Error> {
    use gloo_net::http::Request;
    use wasm_bindgen::JsCast;
    let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
    let Some(file) = input.as_ref().and_then(|input| input.files()?.get(0)) else { return Ok(None) };
    if let Some(input) = input {
        // Choosing the same file again, after it was mended, is a change, too.
        send_wrapper::SendWrapper::new(input).set_value("");
    }
    if file.size() > domain::import::LARGEST as f64 {
        return Err(Error::Invalid("A file takes at most 64 MB. Divide it into several.".into()));
    }
    let name = String::from(js_sys::encode_uri_component(&file.name()));
    let lost = |_| Error::Unreachable;
    let request = Request::post(&format!("/import/contacts?name={name}")).header("Content-Type", "text/csv");
    let answer = request.body(wasm_bindgen::JsValue::from(file)).map_err(lost)?.send().await.map_err(lost)?;
    let text = answer.text().await.map_err(lost)?;
    if answer.ok() { text.parse().map(Some) } else { Err(Error::Invalid(text)) }
}

/// Only in a browser.
///
/// # Errors
/// Always.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's version waits")]
pub async fn chosen(_: Event) -> Result<Option<ImportId>, Error> {
    Err(Error::Unreachable)
}
