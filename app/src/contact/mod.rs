//! The right column: who the customer is.

pub mod api;
mod panel;

pub use panel::Panel;
