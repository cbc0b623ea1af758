//! What a page begins with: the server sends it along as text, and where the browser comes to the page by itself it asks for
//! it and keeps it as it is. So the browser's part can write nothing of what it only reads.

#[cfg(feature = "ssr")]
mod at {
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    /// As text.
    pub async fn told<T: Serialize>(found: impl Future<Output = T>) -> String {
        serde_json::to_string(&found.await).unwrap_or_default()
    }

    /// From text.
    pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
        crate::json::read(text.as_bytes()).ok()
    }
}

#[cfg(not(feature = "ssr"))]
mod at {
    use serde::de::DeserializeOwned;
    use std::any::Any;
    use std::cell::Cell;

    thread_local! {
        static ASKED: Cell<Option<Box<dyn Any>>> = const { Cell::new(None) };
    }

    /// Kept for [`read`].
    pub async fn told<T: 'static>(found: impl Future<Output = T>) -> String {
        ASKED.set(Some(Box::new(found.await)));
        String::new()
    }

    /// What was asked for; else from text, as bytes like every answer: one JSON reader in the browser's part, not two.
    pub fn read<T: DeserializeOwned + 'static>(text: &str) -> Option<T> {
        let asked = ASKED.take().and_then(|asked| asked.downcast().ok());
        asked.map(|asked| *asked).or_else(|| crate::json::read(text.as_bytes()).ok())
    }
}

pub use at::{read, told};
