//! Canned replies: chosen in the composer, kept in Manage.

pub mod api;
mod offered;
mod page;
mod picker;

pub use offered::{Offered, buttons};
pub use page::RepliesPage;
pub use picker::{Picker, ReplyList, follow};

use domain::reply::{Piece, pieces};
use leptos::prelude::*;

/// A text with the blanks marked that nothing has filled.
fn marked(text: &str) -> AnyView {
    let piece = |piece: Piece<'_>| match piece {
        Piece::Words(words) => words.to_owned().into_any(),
        Piece::Blank(key) => view! { <mark>{format!("{{{key}}}")}</mark> }.into_any(),
    };
    pieces(text).into_iter().map(piece).collect::<Vec<_>>().into_any()
}
