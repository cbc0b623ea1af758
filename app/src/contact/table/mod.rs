//! The page of contacts: for supervisors, in Manage's part of the browser.

mod again;
pub mod api;
mod bulk;
mod cells;
mod chips;
mod columns;
mod condition;
mod draft;
mod head;
mod page;
mod peek;
mod rows;
mod segments;
mod state;
mod tasks;
mod under_way;
mod words;

pub use page::ContactsPage;
