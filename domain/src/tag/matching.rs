//! First Message rules: which of them speak of a new customer's first message.

use super::fold::{fold, joined};
use super::{LooksAt, Match, Rule, RuleDraft};
use crate::TagId;
use crate::contact::Source;

/// What a new customer comes with.
#[derive(Clone, Copy, Debug)]
pub struct First<'a> {
    /// The message's words.
    pub text: &'a str,
    /// Where they came from.
    pub source: &'a Source,
}

impl RuleDraft {
    /// Whether it speaks of this customer. Case, accents and punctuation do not count; words are whole words.
    pub fn matches(&self, first: First<'_>) -> bool {
        let seen = match (self.looks_at, first.source) {
            (LooksAt::Text, _) => first.text,
            (LooksAt::Ad, Source::Ad { headline, .. }) => headline,
            (LooksAt::Link, Source::Ad { url, .. }) if !url.is_empty() => url,
            (LooksAt::Ad | LooksAt::Link, _) => return false,
        };
        let words = fold(&self.words);
        if words.is_empty() {
            // Whatever the ad or address.
            return self.looks_at != LooksAt::Text;
        }
        let seen = fold(seen);
        match self.matches {
            Match::Equals => seen == words,
            Match::StartsWith => seen.starts_with(&words) && ends(&seen, words.len()),
            Match::Contains => {
                seen.match_indices(&words).any(|(at, _)| begins(&seen, at) && ends(&seen, at + words.len()))
            }
        }
    }
}

fn begins(text: &str, at: usize) -> bool {
    match (text[..at].chars().next_back(), text[at..].chars().next()) {
        (Some(before), Some(after)) => !joined(before, after),
        _ => true,
    }
}

fn ends(text: &str, at: usize) -> bool {
    begins(text, at)
}

/// The tags that the rules give, in the rules' order, each once.
pub fn tags_for(rules: &[Rule], first: First<'_>) -> Vec<TagId> {
    let mut tags = Vec::new();
    for rule in rules {
        if rule.draft.enabled && !tags.contains(&rule.draft.tag) && rule.draft.matches(first) {
            tags.push(rule.draft.tag);
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TagRuleId, Timestamp};

    fn draft(looks_at: LooksAt, matches: Match, words: &str) -> RuleDraft {
        RuleDraft { tag: TagId::at(Timestamp::UNIX_EPOCH), looks_at, matches, words: words.into(), enabled: true }
    }

    fn says(matches: Match, words: &str, text: &str) -> bool {
        draft(LooksAt::Text, matches, words).matches(First { text, source: &Source::Organic })
    }

    #[test]
    fn words_are_whole_and_compared_without_case_accents_and_punctuation() {
        use Match::{Contains, Equals, StartsWith};
        let table = [
            (Contains, "price", "What is the PRICE?", true),
            (Contains, "price", "a priceless gift", false),
            (Contains, "price list", "Your price-list, please", true),
            (Contains, "price list", "the list of prices", false),
            (Contains, "cafe", "Un CAFÉ, s'il vous plaît", true),
            (Contains, "café", "cafe\u{301} or tea", true),
            (Contains, "strasse", "Lange Straße 5", true),
            (Contains, "istanbul", "İstanbul'a kargo var mı", true),
            (Contains, "χρονος", "Πόσος χρόνος;", true),
            (Contains, "ёлка", "елка в наличии?", true),
            (Contains, "返品", "商品を返品したいです", true),
            (Contains, "art", "start the art class", true),
            (Contains, "art", "start", false),
            (Equals, "hello", "  Hello!! ", true),
            (Equals, "hello", "hello there", false),
            (StartsWith, "hi", "Hi, I am Ana", true),
            (StartsWith, "hi", "History", false),
            (StartsWith, "hi", "oh hi", false),
            (Contains, "", "anything", false),
            (Contains, "?!", "anything?!", false),
            (Equals, "", "", false),
        ];
        for (matches, words, text, expected) in table {
            assert_eq!(says(matches, words, text), expected, "{matches} “{words}” in “{text}”");
        }
    }

    #[test]
    fn ads_and_links_count_only_for_who_came_by_them() {
        let ad = Source::Ad {
            headline: "Spring Collection".into(),
            body: String::new(),
            url: "https://example.com/spring?x=1".into(),
        };
        let by_ad = First { text: "hi", source: &ad };
        let alone = First { text: "spring collection example.com/spring", source: &Source::Organic };
        for (rule, expected) in [
            (draft(LooksAt::Ad, Match::Contains, "spring"), true),
            (draft(LooksAt::Ad, Match::Contains, "autumn"), false),
            (draft(LooksAt::Ad, Match::Contains, ""), true),
            (draft(LooksAt::Link, Match::Contains, "example.com/spring"), true),
            (draft(LooksAt::Link, Match::StartsWith, "https://example.com"), true),
            (draft(LooksAt::Link, Match::Contains, "ample.com"), false),
            (draft(LooksAt::Link, Match::Contains, ""), true),
        ] {
            assert_eq!(rule.matches(by_ad), expected, "{rule:?}");
            assert!(!rule.matches(alone), "{rule:?}");
        }
        let no_address = Source::Ad { headline: String::new(), body: String::new(), url: String::new() };
        assert!(!draft(LooksAt::Link, Match::Contains, "").matches(First { text: "hi", source: &no_address }));
    }

    #[test]
    fn tags_come_in_the_rules_order_each_once_and_only_from_enabled_rules() {
        let [a, b, c] = [1, 2, 3].map(|n| TagId(uuid::Uuid::from_u128(n)));
        let rule = |tag: TagId, words: &str, enabled: bool| Rule {
            id: TagRuleId::at(Timestamp::UNIX_EPOCH),
            draft: RuleDraft { tag, enabled, ..draft(LooksAt::Text, Match::Contains, words) },
        };
        let rules = [rule(b, "two", true), rule(a, "one", true), rule(b, "one", true), rule(c, "one", false)];
        assert_eq!(tags_for(&rules, First { text: "one, two", source: &Source::Organic }), vec![b, a]);
        assert!(tags_for(&rules, First { text: "three", source: &Source::Organic }).is_empty());
    }
}
