//! The vocabulary of the screens: what every feature builds with.

pub mod avatar;
pub mod browser;
pub mod dialog;
pub mod icon;
pub mod later;
pub mod live;
pub mod pages;
pub mod time;
pub mod toast;

pub use avatar::Avatar;
pub use dialog::Dialog;
pub use icon::Icon;
pub use live::Live;
pub use time::{Clock, Time};
pub use toast::{ToastList, Toasts};
