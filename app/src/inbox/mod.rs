//! The left column: queues, search, rows.

pub mod aim;
pub mod api;
mod list;
mod narrowed;
mod pane;
mod row;
pub mod state;

pub use narrowed::Narrowed;
pub use pane::ListPane;

use domain::chat::{List, Queue};
use domain::member::Role;

/// The lists that a queue's page shows.
pub fn lists_of(queue: Queue, role: Role) -> Vec<List> {
    match queue {
        Queue::Intervened if role.supervises() => vec![List::Mine, List::Others],
        _ => vec![main_list(queue)],
    }
}

/// The list that the keyboard walks through.
pub fn main_list(queue: Queue) -> List {
    match queue {
        Queue::Active => List::Active,
        Queue::Requested => List::Requested,
        Queue::Intervened => List::Mine,
        Queue::History | Queue::Merged => List::History,
    }
}
