//! contact.

pub mod api;
