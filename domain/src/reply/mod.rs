//! Canned replies: saved answers with blanks that a chat's values fill.

#[cfg(feature = "postgres")]
pub mod store;

use crate::media::File;
use crate::{MediaId, ReplyId};
use serde::{Deserialize, Serialize};

/// Longest code, in characters.
pub const LONGEST_CODE: usize = 32;
/// Longest text, in characters: WhatsApp's limit for one message.
pub const LONGEST_TEXT: usize = 4096;

/// A saved answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Which.
    pub id: ReplyId,
    /// What it is found by, behind a slash; lower case.
    pub code: String,
    /// The words, with blanks such as `{first_name}`.
    pub text: String,
    /// The titles of the buttons below them.
    #[serde(default)]
    pub buttons: Vec<String>,
    /// The file that goes with them.
    #[serde(default)]
    pub file: Option<File>,
    /// Whether it is the reader's own; otherwise it is everybody's.
    pub own: bool,
}

/// A saved answer as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft<'a> {
    /// What it is found by.
    pub code: &'a str,
    /// The words.
    pub text: &'a str,
    /// The buttons' titles.
    pub buttons: &'a [String],
    /// The file.
    pub file: Option<MediaId>,
    /// Whether it is one's own; otherwise it is everybody's.
    pub own: bool,
}

/// A stretch of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Plain words.
    Words(&'a str),
    /// A blank, by its key.
    Blank(&'a str),
}

/// Longest key of a blank, in bytes: longer than any attribute's.
const LONGEST_KEY: usize = 400;

/// A text as words and blanks. A blank is a key in braces, as attributes have them: letters of any script, digits and
/// underscores, at least one letter among them.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(open) = text[at..].find('{').map(|n| at + n) {
        at = open + 1;
        let Some(end) = text[at..].find('}').map(|n| at + n) else { break };
        let key = &text[at..end];
        let fits = key.len() <= LONGEST_KEY && key.chars().all(|c| c.is_alphanumeric() || c == '_');
        if fits && key.chars().any(char::is_alphabetic) {
            if from < open {
                pieces.push(Piece::Words(&text[from..open]));
            }
            pieces.push(Piece::Blank(key));
            at = end + 1;
            from = at;
        }
    }
    if from < text.len() {
        pieces.push(Piece::Words(&text[from..]));
    }
    pieces
}

/// The text with its blanks filled; those without a value stay as they are. What is filled in is not read again.
pub fn expand(text: &str, values: &[(String, String)]) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => filled.push_str(words),
            Piece::Blank(key) => match values.iter().find(|(name, value)| name == key && !value.is_empty()) {
                Some((_, value)) => filled.push_str(value),
                None => {
                    filled.push('{');
                    filled.push_str(key);
                    filled.push('}');
                }
            },
        }
    }
    filled
}

/// The first blank that is left.
pub fn blank(text: &str) -> Option<&str> {
    pieces(text).into_iter().find_map(|piece| match piece {
        Piece::Blank(key) => Some(key),
        Piece::Words(_) => None,
    })
}

/// The replies that fit what is typed behind the slash: codes that begin with it, then codes and texts that have it.
pub fn fitting(replies: &[Reply], typed: &str, most: usize) -> Vec<Reply> {
    let typed = typed.trim().to_lowercase();
    let rank = |reply: &Reply| match reply.code.find(&typed) {
        Some(0) => 0,
        Some(_) => 1,
        None if reply.text.to_lowercase().contains(&typed) => 2,
        None if reply.file.as_ref().is_some_and(|file| file.name.to_lowercase().contains(&typed)) => 2,
        None => 3,
    };
    let mut found = Vec::new();
    for wanted in 0..3 {
        found.extend(replies.iter().filter(|reply| rank(reply) == wanted).cloned());
    }
    found.truncate(most);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn blanks_are_filled_and_what_is_missing_stays() {
        let known = values(&[
            ("first_name", "Zoë"),
            ("agent", "Ana"),
            ("email", ""),
            ("größe", "XL"),
            ("电话", "123"),
            ("2nd_phone", "456"),
        ]);
        let cases = [
            ("Hello {first_name}, this is {agent}.", "Hello Zoë, this is Ana."),
            ("{first_name}{agent}", "ZoëAna"),
            ("We write to {email} then.", "We write to {email} then."),
            ("{nobody}", "{nobody}"),
            ("no blanks", "no blanks"),
            ("", ""),
            ("{", "{"),
            ("}{", "}{"),
            ("{}", "{}"),
            ("{1}", "{1}"),
            ("{_} {1_2}", "{_} {1_2}"),
            ("{größe}, {电话}, {2nd_phone}", "XL, 123, 456"),
            ("{телефон}", "{телефон}"),
            ("{not a blank} {agent}", "{not a blank} Ana"),
            ("{{agent}}", "{Ana}"),
            ("ü{agent}ß{", "üAnaß{"),
            ("a {b {agent}", "a {b Ana"),
        ];
        for (text, filled) in cases {
            assert_eq!(expand(text, &known), filled, "{text}");
        }
    }

    #[test]
    fn what_is_filled_in_is_not_read_again() {
        let known = values(&[("name", "{agent}"), ("agent", "Ana")]);
        assert_eq!(expand("Hello {name}", &known), "Hello {agent}");
    }

    #[test]
    fn blanks_left_are_found() {
        assert_eq!(blank("Hello {email} and {phone}"), Some("email"));
        assert_eq!(blank("Hello {1}, {{2}} {a b}"), None);
        assert_eq!(blank("{größe} fits"), Some("größe"));
        assert_eq!(pieces("a{b}c"), [Piece::Words("a"), Piece::Blank("b"), Piece::Words("c")]);
    }

    #[test]
    fn codes_come_before_texts() {
        let reply = |code: &str, text: &str| Reply {
            id: ReplyId(uuid::Uuid::nil()),
            code: code.into(),
            text: text.into(),
            buttons: Vec::new(),
            file: None,
            own: true,
        };
        let all = [reply("bye", "see you, hi"), reply("hi", "Hello"), reply("ohio", "A state"), reply("x", "y")];
        let found = |typed: &str| fitting(&all, typed, 50).into_iter().map(|reply| reply.code).collect::<Vec<_>>();
        assert_eq!(found("hi"), ["hi", "ohio", "bye"]);
        assert_eq!(found("HELLO"), ["hi"]);
        assert_eq!(found(""), ["bye", "hi", "ohio", "x"]);
        assert_eq!(found("zzz"), [""; 0]);
        assert_eq!(fitting(&all, "", 2).len(), 2);
    }
}
