//! What a workspace decides for itself about its live chat.

pub mod api;
#[cfg(feature = "manage")]
mod page;

#[cfg(feature = "manage")]
pub use page::SettingsPage;
