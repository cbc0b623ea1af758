//! The middle column: one chat.

pub mod api;
mod bubble;
mod composer;
mod header;
mod log;
mod pane;
mod resolve;
pub mod state;

pub use pane::ThreadPane;
