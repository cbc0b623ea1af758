//! The desk: the one page on which agents work all day.

mod account;
mod handling;
mod hearing;
mod help;
mod keys;
mod live;
mod page;
mod rail;
mod state;
mod waiting;

pub use page::DeskPage;
pub use state::{Desk, Live, Open, address};
