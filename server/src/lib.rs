//! What machines use.
pub mod assets;
