//! Tags: on the customer in the profile, and defined in Manage.

pub mod api;
mod edit;
mod page;
mod picker;
mod remove;
mod rules;

pub use page::TagsPage;
pub use picker::Tags;
