//! What somebody typed, as search understands it; and where it stands in a text.

use super::fold::{Token, tokens};
use super::{Filter, Piece};
use std::collections::BTreeSet;

/// Words that count of what is typed.
const MOST: usize = 12;
/// Digits that make a piece of a phone number, letters that make a piece of a name.
const WITHIN: usize = 3;
/// Words of one text that are kept.
const KEPT: usize = 2000;
/// Letters of an excerpt, and how many of them may stand before what was found.
const EXCERPT: usize = 150;
const BEFORE: usize = 40;

/// What is looked for: every term, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    terms: Vec<Term>,
    /// The digits, where what was typed could be a phone number or a piece of one.
    digits: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    word: String,
    /// Whether it may go on.
    open: bool,
}

impl Query {
    /// `None` where there is too little to look for: less than two letters, or one of a script without spaces.
    pub(super) fn read(typed: &str) -> Option<Self> {
        let found = tokens(typed);
        let mut terms = Vec::new();
        for (n, token) in found.iter().enumerate() {
            let alone = token.head == token.to;
            let after_pair = n > 0 && found[n - 1].pair && found[n - 1].to == token.to;
            if token.pair && alone && after_pair {
                continue;
            }
            // One letter more is a word for now: too many go on from it.
            let goes_on = n == 0 || token.word.chars().nth(1).is_some();
            let open = if token.pair { alone } else { n + 1 == found.len() && goes_on };
            terms.push(Term { word: token.word.clone(), open });
        }
        terms.truncate(MOST);
        let enough = found.iter().any(|token| token.pair) || terms.iter().any(|term| term.word.chars().count() > 1);
        let phone = typed.chars().all(|c| c.is_ascii_digit() || " +-()./\u{a0}\u{202f}".contains(c));
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        // The zeros that one dials first, within a country or out of it, are no part of the number.
        let digits = digits.trim_start_matches('0');
        let digits = (phone && digits.len() >= WITHIN).then(|| digits.to_owned());
        (enough && !terms.is_empty()).then_some(Self { terms, digits })
    }

    /// As a tsquery over messages, with `~` where a word's slice goes.
    pub(super) fn over_messages(&self, filter: &Filter) -> String {
        let sender = filter.sender.map(|sender| format!("'~={sender}'"));
        let kind = filter.kind.map(|kind| format!("'~={kind}'"));
        self.terms.iter().map(Term::sql).chain(sender).chain(kind).collect::<Vec<_>>().join(" & ")
    }

    /// As a tsquery over contacts, whose every word may go on and may have begun before.
    pub(super) fn over_people(&self) -> String {
        let term = |term: &Term| match term.within() {
            Some(within) => format!("('~{}':* | '~{within}':*)", term.word),
            None => format!("'~{}':*", term.word),
        };
        let words = self.terms.iter().map(term).collect::<Vec<_>>().join(" & ");
        match &self.digits {
            Some(digits) => format!("({words}) | '~#{digits}':*"),
            None => words,
        }
    }

    /// What few contacts may have of it, as a tsquery of which [`Self::over_people`] finds nothing more: its longest word.
    /// Empty where there is one only.
    pub(super) fn first_over_people(&self) -> String {
        let longest = self.terms.iter().max_by_key(|term| term.word.chars().count());
        let Some(longest) = longest.filter(|_| self.terms.len() > 1) else { return String::new() };
        let one = Self { terms: vec![longest.clone()], digits: self.digits.clone() };
        one.over_people()
    }

    /// Whether all of it is among a message's words.
    pub(super) fn fits(&self, words: &BTreeSet<String>) -> bool {
        self.terms.iter().all(|term| if term.open { begins(words, &term.word) } else { words.contains(&term.word) })
    }

    /// Whether all of it is among a contact's words.
    pub(super) fn fits_person(&self, words: &BTreeSet<String>) -> bool {
        let term =
            |term: &Term| begins(words, &term.word) || term.within().is_some_and(|within| begins(words, &within));
        let digits = self.digits.as_ref().map(|digits| format!("#{digits}"));
        self.terms.iter().all(term) || digits.is_some_and(|digits| begins(words, &digits))
    }

    /// A text in pieces, with what was looked for marked; whether there is any of it.
    pub(super) fn mark(&self, text: &str) -> (Vec<Piece>, bool) {
        let marks = self.marks(text);
        (cut(text, &marks, 0, text.len()), !marks.is_empty())
    }

    /// A phone number with its digits marked.
    pub(super) fn mark_number(&self, text: &str) -> (Vec<Piece>, bool) {
        let places: Vec<_> = text.char_indices().filter(|(_, c)| c.is_ascii_digit()).collect();
        let all: String = places.iter().map(|(_, c)| *c).collect();
        let found = self.digits.as_ref().and_then(|digits| all.find(digits.as_str()).map(|at| (at, digits.len())));
        let Some((at, len)) = found else { return self.mark(text) };
        (cut(text, &[(places[at].0, places[at + len - 1].0 + 1)], 0, text.len()), true)
    }

    /// Some words of a message around the first that was looked for.
    pub(super) fn excerpt(&self, text: &str) -> Vec<Piece> {
        let marks = self.marks(text);
        let first = marks.first().map_or(0, |(from, _)| *from);
        let mut start = text[..first].char_indices().rev().nth(BEFORE).map_or(0, |(at, _)| at);
        if start > 0 {
            // At the beginning of a word, where there is one.
            start += text[start..first].find(char::is_whitespace).map_or(0, |space| space + 1);
        }
        while !text.is_char_boundary(start) {
            start += 1;
        }
        let end = text[start..].char_indices().nth(EXCERPT).map_or(text.len(), |(at, _)| start + at);
        let mut pieces = cut(text, &marks, start, end);
        if let Some((piece, _)) = pieces.first_mut().filter(|_| start > 0) {
            piece.insert(0, '…');
        }
        if let Some((piece, _)) = pieces.last_mut().filter(|_| end < text.len()) {
            piece.push('…');
        }
        pieces
    }

    /// Where in a text it stands: ranges in order that do not touch.
    fn marks(&self, text: &str) -> Vec<(usize, usize)> {
        let mut marks: Vec<(usize, usize)> = Vec::new();
        for token in tokens(text) {
            let Some(term) = self.terms.iter().find(|term| term.fits(&token)) else { continue };
            let to = if token.pair && term.open { token.head } else { token.to };
            match marks.last_mut() {
                Some(last) if last.1 >= token.from => last.1 = last.1.max(to),
                _ => marks.push((token.from, to)),
            }
        }
        marks
    }
}

impl Term {
    /// As it stands within a word.
    fn within(&self) -> Option<String> {
        (self.word.chars().count() >= WITHIN).then(|| format!("#{}", self.word))
    }

    fn sql(&self) -> String {
        // Words hold letters and digits only: nothing in them needs quoting.
        format!("'~{}'{}", self.word, if self.open { ":*" } else { "" })
    }

    fn fits(&self, token: &Token) -> bool {
        if self.open { token.word.starts_with(&self.word) } else { token.word == self.word }
    }
}

/// A text's words, for keeping.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    tokens(text).into_iter().map(|token| token.word).take(KEPT).collect()
}

/// A phone number's words: each of its ends, so that any piece of it is the beginning of one.
pub(super) fn number(text: &str) -> impl Iterator<Item = String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).take(20).collect();
    (0..(digits.len() + 1).saturating_sub(WITHIN)).map(move |from| format!("#{}", &digits[from..]))
}

/// What a name's words end with, so that any piece of one is the beginning of something.
pub(super) fn ends(text: &str) -> Vec<String> {
    let ends = |word: String| {
        let letters: Vec<char> = word.chars().collect();
        let many = letters.len();
        (1..(many + 1).saturating_sub(WITHIN))
            .map(|from| format!("#{}", letters[from..].iter().collect::<String>()))
            .collect()
    };
    tokens(text).into_iter().filter(|token| !token.pair).flat_map(|token| -> Vec<String> { ends(token.word) }).collect()
}

fn begins(words: &BTreeSet<String>, start: &str) -> bool {
    words.range(start.to_owned()..).next().is_some_and(|word| word.starts_with(start))
}

fn cut(text: &str, marks: &[(usize, usize)], start: usize, end: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = start;
    for (from, to) in marks.iter().filter(|(from, to)| *from >= start && *to <= end) {
        if *from > at {
            pieces.push((text[at..*from].to_owned(), false));
        }
        pieces.push((text[*from..*to].to_owned(), true));
        at = *to;
    }
    if at < end {
        pieces.push((text[at..end].to_owned(), false));
    }
    for (piece, _) in &mut pieces {
        *piece = piece.replace(char::is_whitespace, " ");
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Kind, Sender};

    fn query(typed: &str) -> Query {
        Query::read(typed).unwrap()
    }

    #[test]
    fn every_word_counts_and_the_last_may_go_on() {
        assert_eq!(query("Paid INV").over_messages(&Filter::default()), "'~paid' & '~inv':*");
        assert_eq!(query("订单号").over_messages(&Filter::default()), "'~订单' & '~单号'");
        assert_eq!(query("paid i").over_messages(&Filter::default()), "'~paid' & '~i'");
        assert_eq!(query("王").over_messages(&Filter::default()), "'~王':*");
        assert_eq!(query("订单 inv").over_messages(&Filter::default()), "'~订单' & '~inv':*");
        let filter = Filter { sender: Some(Sender::Note), kind: Some(Kind::Text), ..Filter::default() };
        assert_eq!(query("ab").over_messages(&filter), "'~ab':* & '~=note' & '~=text'");
    }

    #[test]
    fn too_little_is_not_looked_for() {
        for typed in ["", " ", "a", "👍", "'&|!:*~"] {
            assert_eq!(Query::read(typed), None, "{typed}");
        }
        // Whatever is typed, no sign of a tsquery gets through.
        assert_eq!(query("a'b':* | c\\d ~=xx").over_people(), "'~a':* & '~b':* & '~c':* & '~d':* & '~xx':*");
    }

    #[test]
    fn a_piece_of_a_number_is_found_in_any_form() {
        let kept: BTreeSet<String> = number("+55 (11) 98765-4321").collect();
        for typed in
            ["+55 (11) 98765-4321", "5511987654321", "4321", "98765", "(11) 9876", "011 98765", "0055 11", "765 43"]
        {
            assert!(query(typed).fits_person(&kept), "{typed}");
        }
        for typed in ["4322", "5511x", "98 75"] {
            assert!(!query(typed).fits_person(&kept), "{typed}");
        }
        assert_eq!(
            query("765-43").mark_number("+55 11 98765-4321").0,
            [("+55 11 98".to_owned(), false), ("765-43".to_owned(), true), ("21".to_owned(), false)]
        );
    }

    #[test]
    fn a_piece_of_a_name_is_found() {
        assert_eq!(ends("Jo Richard"), ["#ichard", "#chard", "#hard", "#ard"]);
        let kept: BTreeSet<String> = words("José Richard").into_iter().chain(ends("José Richard")).collect();
        for (typed, found) in
            [("chard", true), ("jo rich", true), ("ar jo", false), ("hard jose", true), ("chart", false)]
        {
            assert_eq!(query(typed).fits_person(&kept), found, "{typed}");
        }
        assert_eq!(query("jo ric").over_people(), "'~jo':* & ('~ric':* | '~#ric':*)");
        assert_eq!(query("jo ric").first_over_people(), "('~ric':* | '~#ric':*)");
        assert_eq!(query("49 3012").first_over_people(), "(('~3012':* | '~#3012':*)) | '~#493012':*");
        assert_eq!(query("ric").first_over_people(), "");
    }

    #[test]
    fn words_are_marked_where_they_stand() {
        let marked = |typed: &str, text: &str| {
            query(typed).excerpt(text).into_iter().filter(|(_, hit)| *hit).map(|(piece, _)| piece).collect::<Vec<_>>()
        };
        assert_eq!(marked("brulee cre", "Crème\nbrûlée, crêpe"), ["Crème", "brûlée", "crêpe"]);
        assert_eq!(marked("订单号", "我的订单号码"), ["订单号"]);
        assert_eq!(marked("单", "我的订单号码"), ["单"]);
        assert_eq!(marked("שלום", "אמר: שָׁלוֹם!"), ["שָׁלוֹם"]);
        let long = format!("{}needle{}", "lorem ipsum ".repeat(30), " dolor sit".repeat(30));
        let pieces = query("needle").excerpt(&long);
        assert!(pieces[0].0.starts_with('…') && pieces[2].0.ends_with('…') && pieces[1].1, "{pieces:?}");
        assert!(pieces.iter().map(|(piece, _)| piece.chars().count()).sum::<usize>() <= EXCERPT + 2);
        assert_eq!(query("xy").excerpt("no\nsuch"), [("no such".to_owned(), false)]);
    }
}
