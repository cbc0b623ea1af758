//! Bringing a file from a browser: a server function would make JSON of it.

#[cfg(not(feature = "hydrate"))]
pub use elsewhere::{Chosen, bring, chosen, dropped, pasted};
#[cfg(feature = "hydrate")]
pub use here::{Chosen, bring, chosen, dropped, pasted};

#[cfg(feature = "hydrate")]
mod here {
    use domain::Error;
    use domain::media::{File, LARGEST, too_large};
    use leptos::ev::{ClipboardEvent, DragEvent, Event};
    use wasm_bindgen::JsCast;

    /// A file on the member's own machine.
    pub type Chosen = web_sys::File;

    /// The file that was chosen in an input.
    pub fn chosen(event: &Event) -> Option<Chosen> {
        let input = event.target()?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
        let file = input.files()?.get(0);
        // Choosing the same file again, after it was taken off, is a change, too.
        input.set_value("");
        file
    }

    /// The first file that was dropped.
    pub fn dropped(event: &DragEvent) -> Option<Chosen> {
        event.data_transfer()?.files()?.get(0)
    }

    /// The file that was pasted; words are left alone, also where an office program puts their picture beside them.
    pub fn pasted(event: &ClipboardEvent) -> Option<Chosen> {
        let data = event.clipboard_data()?;
        if data.get_data("text/plain").is_ok_and(|text| !text.is_empty()) {
            return None;
        }
        data.files()?.get(0)
    }

    /// Sends a file to the server, which keeps it.
    ///
    /// # Errors
    /// What the server says against it.
    pub async fn bring(file: Chosen) -> Result<File, Error> {
        if file.size() > LARGEST as f64 {
            return Err(too_large());
        }
        let name = String::from(js_sys::encode_uri_component(&file.name()));
        let lost = |_| Error::Unreachable;
        let request = gloo_net::http::Request::post(&format!("/media?name={name}"));
        let request = request.header("Content-Type", "application/octet-stream");
        let answer = request.body(wasm_bindgen::JsValue::from(file)).map_err(lost)?.send().await.map_err(lost)?;
        let said = answer.binary().await.map_err(lost)?;
        if answer.ok() {
            return crate::json::read(&said).map_err(|_| Error::Internal);
        }
        Err(if answer.status() == 401 {
            Error::SignedOut
        } else {
            Error::Invalid(String::from_utf8_lossy(&said).into())
        })
    }
}

/// There are no files but in a browser.
#[cfg(not(feature = "hydrate"))]
mod elsewhere {
    use domain::Error;
    use domain::media::File;
    use leptos::ev::{ClipboardEvent, DragEvent, Event};

    /// None.
    pub enum Chosen {}

    /// None.
    pub fn chosen(_: &Event) -> Option<Chosen> {
        None
    }

    /// None.
    pub fn dropped(_: &DragEvent) -> Option<Chosen> {
        None
    }

    /// None.
    pub fn pasted(_: &ClipboardEvent) -> Option<Chosen> {
        None
    }

    /// Never called.
    ///
    /// # Errors
    /// Never.
    pub async fn bring(file: Chosen) -> Result<File, Error> {
        match file {}
    }
}
