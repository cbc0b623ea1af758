//! The customer's timeline beside the thread.

pub mod api;
mod panel;

pub use panel::Journey;
