//! The pages that manage the workspace: a part of the browser's application of its own, so that no desk loads it.

pub mod api;
mod order;
mod page;
mod parts;
mod state;

pub use order::{Moved, Movers};
pub use page::{ManagePage, Opening, words};
pub use parts::{Heading, Loading, latest};
pub use state::Manage;
