//! The audit log.

pub mod api;
#[cfg(feature = "manage")]
mod page;

#[cfg(feature = "manage")]
pub use page::AuditPage;
