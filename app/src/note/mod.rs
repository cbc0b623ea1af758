//! Internal notes: written at the thread's foot, shown in the thread, listed in the profile.

pub mod api;
mod composer;
mod list;
mod reminder;

pub use composer::{NoteBox, NoteSwitch};
pub use list::{Notes, Words};
pub use reminder::Reminder;
