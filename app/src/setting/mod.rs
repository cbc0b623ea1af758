//! What a workspace decides for itself about its live chat.

pub mod api;
mod asking;
mod draft;
mod field;
mod hours;
mod leave;
mod message;
mod page;

pub use page::SettingsPage;
