//! What counts as asking for a person, in every flow.

use serde::{Deserialize, Serialize};

/// Words and phrases at most.
pub const MOST_WORDS: usize = 200;
/// Longest word or phrase, in characters.
pub const LONGEST_WORDS: usize = 60;

/// What counts as asking for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asking {
    /// Words and phrases; one of them anywhere in a message counts.
    pub words: Vec<String>,
    /// After how many messages in a row that it does not understand the bot asks itself; never where none.
    pub misses: Option<u8>,
}

impl Default for Asking {
    fn default() -> Self {
        let words = [
            "agent",
            "human",
            "person",
            "real person",
            "talk to someone",
            "customer service",
            "operator",
            "agente",
            "asesor",
            "hablar con alguien",
            "hablar con una persona",
            "atendente",
            "falar com alguém",
            "falar com uma pessoa",
            "conseiller",
            "parler à quelqu'un",
            "un humain",
            "parler à une personne",
            "kundendienst",
            "mit einem menschen",
            "mitarbeiter",
            "operatore",
            "parlare con qualcuno",
            "operatör",
            "temsilci",
            "оператор",
            "живой человек",
            "موظف",
            "خدمة العملاء",
            "एजेंट",
            "इंसान से बात",
            "petugas",
            "人工",
            "客服",
            "担当者",
            "상담원",
        ];
        Self { words: words.map(Into::into).to_vec(), misses: Some(2) }
    }
}

impl Asking {
    /// The word or phrase by which a text asks for a person, if it does.
    pub fn heard_in(&self, text: &str) -> Option<&str> {
        let said = format!(" {} ", plain(text));
        self.words.iter().map(String::as_str).find(|phrase| {
            let phrase = plain(phrase);
            // Between these letters stand no spaces: a word is found wherever it is.
            if phrase.chars().any(unspaced) { said.contains(&phrase) } else { said.contains(&format!(" {phrase} ")) }
        })
    }

    /// What does not fit: the field, and why.
    pub fn problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        if self.words.len() > MOST_WORDS {
            problems.push(("words".into(), format!("At most {MOST_WORDS} words and phrases.")));
        }
        if let Some(long) = self.words.iter().find(|word| word.chars().count() > LONGEST_WORDS) {
            let start: String = long.chars().take(20).collect();
            problems.push(("words".into(), format!("“{start}…” is longer than {LONGEST_WORDS} characters.")));
        }
        if let Some(empty) = self.words.iter().find(|word| plain(word).is_empty()) {
            problems.push(("words".into(), format!("“{empty}” has no letters.")));
        }
        if self.misses.is_some_and(|misses| !(1..=9).contains(&misses)) {
            problems.push(("misses".into(), "Between 1 and 9 messages.".into()));
        }
        problems
    }
}

/// Letters of languages that are written without spaces: Thai, Lao, Khmer, Chinese, Japanese.
fn unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0e00..=0x0eff | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x9fff | 0xf900..=0xfaff)
}

/// Lower case, punctuation as spaces, single spaces.
pub(super) fn plain(text: &str) -> String {
    // Marks belong to their letters: without them words of Hindi or Arabic would fall apart.
    let mark = |c: char| matches!(u32::from(c), 0x0300..=0x036f | 0x064b..=0x065f | 0x0900..=0x0dff | 0x0e31..=0x0e4e);
    let kept = |c: char| c.is_alphanumeric() || c == '\'' || mark(c);
    let spaced: String =
        text.chars().map(|c| if c == '’' { '\'' } else { c }).map(|c| if kept(c) { c } else { ' ' }).collect();
    spaced.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_ask_in_many_languages() {
        let asking = Asking::default();
        for (text, word) in [
            ("AGENT!", "agent"),
            ("I want to talk to a human.", "human"),
            ("¿Quiero hablar con una persona?", "hablar con una persona"),
            ("Je veux parler à quelqu’un", "parler à quelqu'un"),
            ("Ich brauche einen Menschen, einen Mitarbeiter", "mitarbeiter"),
            ("нужен оператор", "оператор"),
            ("أريد موظف", "موظف"),
            ("मुझे एजेंट चाहिए", "एजेंट"),
            ("请转人工服务", "人工"),
            ("担当者をお願いします", "担当者"),
            ("상담원 연결해 주세요", "상담원"),
        ] {
            assert_eq!(asking.heard_in(text), Some(word), "{text}");
        }
        for text in ["", "my reagents are personal", "personal data", "!!!", "humane", "hello"] {
            assert_eq!(asking.heard_in(text), None, "{text}");
        }
    }

    #[test]
    fn a_workspace_has_its_own_words() {
        let asking = Asking { words: vec!["Sales Team".into()], misses: None };
        assert_eq!(asking.heard_in("may I have the sales  team?"), Some("Sales Team"));
        assert_eq!(asking.heard_in("a human"), None);
        assert!(asking.problems().is_empty());
        for (words, why) in
            [("?", "“?” has no letters."), (&"x".repeat(61), "“xxxxxxxxxxxxxxxxxxxx…” is longer than 60 characters.")]
        {
            let asking = Asking { words: vec![words.into()], misses: None };
            assert_eq!(asking.problems(), [("words".to_owned(), why.to_owned())]);
        }
        assert_eq!(Asking { misses: Some(0), ..Asking::default() }.problems()[0].0, "misses");
    }
}
