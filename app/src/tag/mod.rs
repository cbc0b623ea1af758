//! Tags: on the customer in the profile, and defined in Manage.

pub mod api;
#[cfg(feature = "manage")]
mod edit;
#[cfg(feature = "manage")]
mod page;
mod picker;
#[cfg(feature = "manage")]
mod remove;
#[cfg(feature = "manage")]
mod rules;

#[cfg(feature = "manage")]
pub use page::TagsPage;
pub use picker::Tags;
