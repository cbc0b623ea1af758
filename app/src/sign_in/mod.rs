//! sign_in.

pub mod api;
