//! One business.

#[cfg(feature = "postgres")]
pub mod store;
