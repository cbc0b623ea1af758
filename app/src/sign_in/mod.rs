//! Signing in.

pub mod api;
mod page;

pub use page::SignInPage;
