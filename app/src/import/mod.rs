//! Bringing in a file of contacts.

pub mod api;
#[cfg(feature = "manage")]
mod columns;
#[cfg(feature = "manage")]
mod file;
#[cfg(feature = "manage")]
mod page;
#[cfg(feature = "manage")]
mod upload;

#[cfg(feature = "manage")]
pub use page::ImportPage;
