//! inbox.

pub mod api;
