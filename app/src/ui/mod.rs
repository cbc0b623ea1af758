//! The vocabulary of the screens: what every feature builds with.

pub mod avatar;
pub mod browser;
mod chime;
pub mod dialog;
pub mod icon;
mod keyed;
pub mod later;
pub mod live;
pub mod pages;
pub mod poll;
mod show;
pub mod time;
pub mod toast;
pub mod told;

pub use avatar::Avatar;
pub use dialog::Dialog;
pub use icon::Icon;
pub use keyed::For;
pub use live::Live;
pub use show::Show;
pub use time::{Clock, Time};
pub use toast::{ToastList, Toasts};
