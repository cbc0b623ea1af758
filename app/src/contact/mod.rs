//! The right column: who the customer is.

pub mod api;
mod panel;
#[cfg(feature = "manage")]
mod table;

pub use panel::Panel;
#[cfg(feature = "manage")]
pub use table::ContactsPage;
