//! The demo's tags, the rules that give some of them, and who gets which by hand.

use domain::db::Desk;
use domain::member::Member;
use domain::tag::{Change, Colour, Kind, LooksAt, Match, RuleDraft, TagDraft, define, store};
use domain::{ChatId, Error, Result, TagId, Timestamp};

/// A category's name and its tags.
type CategoryOf = (&'static str, &'static [(&'static str, Colour, Kind)]);

/// Categories with their tags.
const CATEGORIES: [CategoryOf; 3] = [
    (
        "Customer",
        &[
            ("VIP", Colour::Yellow, Kind::Manual),
            ("Wholesale", Colour::Purple, Kind::Manual),
            ("Be careful", Colour::Red, Kind::Manual),
        ],
    ),
    (
        "Topic",
        &[
            ("Delivery", Colour::Blue, Kind::Manual),
            ("Damaged goods", Colour::Orange, Kind::Manual),
            ("Invoice", Colour::Grey, Kind::Manual),
            ("Refund", Colour::Teal, Kind::Manual),
        ],
    ),
    (
        "Came with",
        &[
            ("Spring ad", Colour::Green, Kind::FirstMessage),
            ("Order question", Colour::Blue, Kind::FirstMessage),
            ("Writes Spanish", Colour::Orange, Kind::FirstMessage),
        ],
    ),
];

/// First Message rules: the tag, what is looked at, how, and the words.
const RULES: [(&str, LooksAt, Match, &str); 3] = [
    ("Spring ad", LooksAt::Ad, Match::Contains, "spring"),
    ("Order question", LooksAt::Text, Match::Contains, "my order"),
    ("Writes Spanish", LooksAt::Text, Match::StartsWith, "hola"),
];

/// Given by whoever took the chat: the customer's place in the cast, and the tags.
const GIVEN: [(usize, &[&str]); 5] = [
    (0, &["VIP", "Delivery"]),
    (1, &["Damaged goods"]),
    (3, &["Damaged goods", "Refund"]),
    (22, &["Invoice"]),
    (29, &["Refund"]),
];

/// Defines everything.
pub(super) async fn define(desk: &Desk, owner: &Member, now: Timestamp) -> Result<()> {
    for (name, tags) in CATEGORIES {
        define::change(desk, owner, Change::AddCategory { name: name.into() }, now).await?;
        let made = define::read(desk, owner).await?.categories.into_iter().find(|category| category.name == name);
        let category = made.ok_or(Error::Internal)?.id;
        for (name, colour, kind) in tags.iter().copied() {
            let tag = TagDraft { category, name: name.into(), colour, kind };
            define::change(desk, owner, Change::AddTag { tag }, now).await?;
        }
    }
    let defined = define::read(desk, owner).await?;
    for (name, looks_at, matches, words) in RULES {
        let mut tags = defined.categories.iter().flat_map(|category| &category.tags);
        let tag = tags.find(|tag| tag.draft.name == name).ok_or(Error::Internal)?.id;
        let rule = RuleDraft { tag, looks_at, matches, words: words.into(), enabled: true };
        define::change(desk, owner, Change::AddRule { rule }, now).await?;
    }
    Ok(())
}

/// Gives what this customer gets by hand.
pub(super) async fn give(desk: &Desk, member: &Member, who: usize, chat: ChatId, now: Timestamp) -> Result<()> {
    let names = GIVEN.iter().filter(|(given, _)| *given == who).flat_map(|(_, names)| names.iter());
    for name in names {
        let choices = store::choices(desk).await?;
        let tag: TagId = choices.into_iter().find(|label| label.name == *name).ok_or(Error::Internal)?.id;
        store::give(desk, member, chat, tag, now).await?;
    }
    Ok(())
}
