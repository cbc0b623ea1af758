//! chat.

pub mod api;
