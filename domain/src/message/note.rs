//! Internal notes: what members tell each other in a chat, and whom they mention. A note is a message that never
//! reaches the outbox.

use crate::chat::MemberName;
use crate::{ChatId, MessageId, Timestamp};
use serde::{Deserialize, Serialize};

#[cfg(feature = "postgres")]
mod store;
#[cfg(feature = "postgres")]
pub use store::{mentionable, page, unread, write};

/// Longest note, in characters.
pub const LONGEST: usize = 4000;

/// A note that mentions somebody who has not read it yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// In which chat.
    pub chat: ChatId,
    /// The place in its thread.
    pub seq: i64,
    /// Who wrote it.
    pub by: String,
}

/// Where a page of notes begins: the last note before it.
pub type NoteKey = (Timestamp, MessageId);

/// A text in pieces: words, and mentions with who is meant. Of several names that fit the longest counts; a name
/// that goes on with further letters is another's.
pub fn pieces<'a>(text: &'a str, known: &'a [MemberName]) -> Vec<(&'a str, Option<&'a MemberName>)> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find('@') {
        let start = at + found;
        let rest = &text[start + 1..];
        let fits = |member: &&MemberName| {
            let goes_on = |rest: &str| rest.chars().next().is_some_and(char::is_alphanumeric);
            !member.name.is_empty() && rest.strip_prefix(member.name.as_str()).is_some_and(|rest| !goes_on(rest))
        };
        at = start + 1;
        if let Some(member) = known.iter().filter(fits).max_by_key(|member| member.name.len()) {
            at += member.name.len();
            if from < start {
                pieces.push((&text[from..start], None));
            }
            pieces.push((&text[start..at], Some(member)));
            from = at;
        }
    }
    if from < text.len() {
        pieces.push((&text[from..], None));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemberId, Timestamp};

    fn member(name: &str) -> MemberName {
        MemberName { id: MemberId::at(Timestamp::default()), name: name.into() }
    }

    #[test]
    fn the_longest_name_is_meant_and_no_letter_is_lost() {
        let known = [member("Ana"), member("Ana Maria"), member("Zoë")];
        let text = "@Ana Maria and @Ana, not @Anabel or a@Zoë: @Zoë @";
        let found = pieces(text, &known);
        assert_eq!(found.iter().map(|(piece, _)| *piece).collect::<String>(), text);
        let named: Vec<_> = found.iter().filter_map(|(_, member)| member.map(|m| m.name.as_str())).collect();
        assert_eq!(named, ["Ana Maria", "Ana", "Zoë", "Zoë"]);
        assert!(pieces("", &known).is_empty());
    }
}
