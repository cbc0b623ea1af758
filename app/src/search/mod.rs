//! Search over customers and everything that was said.

pub mod api;
mod palette;
mod results;

pub use palette::Palette;
