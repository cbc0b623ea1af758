//! Members, as Owners manage them, and the page on which an invited person joins.

pub mod api;
#[cfg(feature = "manage")]
mod invite;
#[cfg(feature = "manage")]
mod join;
#[cfg(feature = "manage")]
mod page;

#[cfg(feature = "manage")]
pub use join::JoinPage;
#[cfg(feature = "manage")]
pub use page::MembersPage;
