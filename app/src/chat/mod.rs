//! The middle column: one chat.

pub mod api;
mod bubble;
mod composer;
mod folded;
mod header;
mod held;
mod log;
mod pane;
mod pass;
mod resolve;
pub mod state;

pub use pane::ThreadPane;
pub use pass::PresenceWord;
