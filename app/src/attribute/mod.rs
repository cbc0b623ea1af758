//! Typed values on contacts: edited on the profile, asked for at Resolve, defined in Manage.

pub mod api;
mod control;
mod editor;
mod field;
mod form;
mod page;

pub use control::{Control, read};
pub(crate) use editor::{may_focus, unsaved};
pub use field::Attributes;
pub use page::AttributesPage;
