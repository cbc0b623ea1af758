//! The right column: who the customer is.

mod add;
pub mod api;
mod duplicates;
mod marks;
mod name;
mod panel;
mod table;

pub use add::AddContact;
pub use duplicates::DuplicatesPage;
pub use panel::Panel;
pub use table::ContactsPage;
