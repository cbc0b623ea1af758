//! Typed values on contacts: edited on the profile, asked for at Resolve, defined in Manage.

pub mod api;
mod control;
mod field;
#[cfg(feature = "manage")]
mod page;

pub use control::Control;
pub use field::Attributes;
#[cfg(feature = "manage")]
pub use page::AttributesPage;
