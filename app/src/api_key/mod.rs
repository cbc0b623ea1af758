//! API keys, as Owners manage them.

pub mod api;
#[cfg(feature = "manage")]
mod create;
#[cfg(feature = "manage")]
mod page;

#[cfg(feature = "manage")]
pub use page::ApiKeysPage;
