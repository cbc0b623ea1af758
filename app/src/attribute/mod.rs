//! Typed values on contacts: edited on the profile, asked for at Resolve, defined in Manage.

pub mod api;
mod control;
mod field;
mod form;
mod page;

pub use control::Control;
pub use field::Attributes;
pub use page::AttributesPage;
