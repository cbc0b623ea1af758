//! Bringing in a file of contacts.

pub mod api;
mod columns;
mod file;
mod page;
mod upload;

pub use page::ImportPage;
