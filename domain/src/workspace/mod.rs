//! One business.

#[cfg(feature = "postgres")]
pub(crate) mod define;
#[cfg(feature = "postgres")]
pub mod found;
#[cfg(feature = "postgres")]
pub mod store;
