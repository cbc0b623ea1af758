//! The desk: the one page on which agents work all day.

mod account;
mod draft;
mod handling;
mod hearing;
mod help;
mod jump;
mod keys;
mod loading;
pub mod open;
mod page;
mod pick;
mod profile;
mod rail;
mod sending;
mod state;
mod waiting;

pub use crate::ui::Live;
pub use account::AccountDialog;
pub use draft::Draft;
pub use help::Help;
pub use jump::place;
pub use open::Open;
pub use page::{DeskPage, SEARCH};
pub use state::{Desk, address};
pub use waiting::{Offers, Waiting, WaitingBar};
