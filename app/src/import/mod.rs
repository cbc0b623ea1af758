//! Bringing in a file of contacts.

pub mod api;
mod columns;
mod file;
mod page;
pub mod poll;
mod upload;

pub use page::ImportPage;
