//! API keys, as Owners manage them.

pub mod api;
mod create;
mod page;

pub use page::ApiKeysPage;
