//! The right column: who the customer is.

#[cfg(feature = "manage")]
mod add;
pub mod api;
#[cfg(feature = "manage")]
mod duplicates;
mod marks;
mod panel;
#[cfg(feature = "manage")]
mod table;

#[cfg(feature = "manage")]
pub use add::AddContact;
#[cfg(feature = "manage")]
pub use duplicates::DuplicatesPage;
pub use panel::Panel;
#[cfg(feature = "manage")]
pub use table::ContactsPage;
