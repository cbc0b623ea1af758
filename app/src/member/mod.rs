//! Members, as Owners manage them, and the page on which an invited person joins.

pub mod api;
mod invite;
mod join;
mod page;

pub use join::JoinPage;
pub use page::MembersPage;
