//! What a workspace decides for itself about its live chat.

pub mod api;
#[cfg(feature = "manage")]
mod asking;
#[cfg(feature = "manage")]
mod draft;
#[cfg(feature = "manage")]
mod field;
#[cfg(feature = "manage")]
mod hours;
#[cfg(feature = "manage")]
mod leave;
#[cfg(feature = "manage")]
mod message;
#[cfg(feature = "manage")]
mod page;

#[cfg(feature = "manage")]
pub use page::SettingsPage;
