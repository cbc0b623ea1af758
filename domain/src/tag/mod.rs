//! Labels on contacts, in categories: given by members, or by automations.

#[cfg(feature = "postgres")]
pub mod by_api;
#[cfg(feature = "postgres")]
pub mod define;
mod fold;
mod matching;
#[cfg(feature = "postgres")]
mod order;
#[cfg(feature = "postgres")]
mod rule;
#[cfg(feature = "postgres")]
pub mod store;

pub use fold::fold;
pub use matching::{First, tags_for};

use crate::words::words;
use crate::{Error, Result, TagCategoryId, TagId, TagRuleId, Timestamp};
use serde::{Deserialize, Serialize};

words! {
    /// Who gives a tag.
    Kind {
        /// Members.
        Manual = "manual",
        /// First Message rules.
        FirstMessage = "first_message",
        /// The business's own systems.
        Api = "api",
        /// Campaigns.
        Broadcast = "broadcast",
    }
}

impl Kind {
    /// The words on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Manual => "Manual",
            Self::FirstMessage => "First Message",
            Self::Api => "API",
            Self::Broadcast => "Broadcast",
        }
    }
}

words! {
    /// A tag's colour.
    Colour {
        /// Grey.
        Grey = "grey",
        /// Red.
        Red = "red",
        /// Orange.
        Orange = "orange",
        /// Yellow.
        Yellow = "yellow",
        /// Green.
        Green = "green",
        /// Teal.
        Teal = "teal",
        /// Blue.
        Blue = "blue",
        /// Purple.
        Purple = "purple",
    }
}

words! {
    /// What a First Message rule looks at.
    LooksAt {
        /// The message's text.
        Text = "text",
        /// The headline of the ad that the customer came by.
        Ad = "ad",
        /// The address of the ad or post that the customer came by.
        Link = "link",
    }
}

words! {
    /// How a rule's words have to stand there.
    Match {
        /// Anywhere.
        Contains = "contains",
        /// They are everything.
        Equals = "equals",
        /// At the beginning.
        StartsWith = "starts_with",
    }
}

/// What is shown of a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Which.
    pub id: TagId,
    /// Its name, unique in its category.
    pub name: String,
    /// Its category's name.
    pub category: String,
    /// Its colour.
    pub colour: Colour,
    /// Who gives it.
    pub kind: Kind,
}

/// A tag on a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The tag.
    pub label: Label,
    /// Who gave it, in words.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Which automation gave it; `None` where a member did.
    pub automation: Option<Kind>,
}

impl Given {
    /// Whether only supervisors take it off: by its kind, or because an automation gave it.
    pub fn automated(&self) -> bool {
        self.label.kind != Kind::Manual || self.automation.is_some()
    }
}

/// Everything that Manage shows of tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definitions {
    /// The categories, in order.
    pub categories: Vec<Category>,
    /// The First Message rules, in order.
    pub rules: Vec<Rule>,
}

/// A category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Which.
    pub id: TagCategoryId,
    /// Its name, unique in the workspace.
    pub name: String,
    /// Its tags, in order.
    pub tags: Vec<Tag>,
}

/// A tag, as Manage shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Which.
    pub id: TagId,
    /// What can be changed about it.
    pub draft: TagDraft,
    /// Whether it is given no more.
    pub archived: bool,
    /// How many contacts carry it, counted up to [`COUNTED`] and one.
    pub uses: i64,
    /// How many segments ask for it.
    pub segments: i64,
}

/// What can be decided about a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagDraft {
    /// Its category.
    pub category: TagCategoryId,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub colour: Colour,
    /// Who gives it.
    pub kind: Kind,
}

/// A First Message rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Which.
    pub id: TagRuleId,
    /// What it says.
    pub draft: RuleDraft,
}

/// What a First Message rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDraft {
    /// The tag it gives.
    pub tag: TagId,
    /// What it looks at.
    pub looks_at: LooksAt,
    /// How the words have to stand there.
    pub matches: Match,
    /// The words; none stand for any ad or any address.
    pub words: String,
    /// Whether it is in force.
    pub enabled: bool,
}

/// A change of what the workspace defines about tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A new category, at the end.
    AddCategory {
        /// Its name.
        name: String,
    },
    /// Another name.
    RenameCategory {
        /// Which.
        category: TagCategoryId,
        /// The new name.
        name: String,
    },
    /// One place up or down.
    MoveCategory {
        /// Which.
        category: TagCategoryId,
        /// Where to.
        towards: Towards,
    },
    /// Removes a category.
    DeleteCategory {
        /// Which.
        category: TagCategoryId,
        /// Where its tags go; needed when it has any.
        into: Option<TagCategoryId>,
    },
    /// A new tag, at its category's end.
    AddTag {
        /// What it is.
        tag: TagDraft,
    },
    /// Another name, colour, category or kind.
    ChangeTag {
        /// Which.
        tag: TagId,
        /// What it becomes.
        to: TagDraft,
    },
    /// One place up or down in its category.
    MoveTag {
        /// Which.
        tag: TagId,
        /// Where to.
        towards: Towards,
    },
    /// It is given no more.
    ArchiveTag {
        /// Which.
        tag: TagId,
    },
    /// It can be given again.
    RestoreTag {
        /// Which.
        tag: TagId,
    },
    /// Whoever carries the one carries the other then; the one is gone.
    MergeTag {
        /// The one.
        tag: TagId,
        /// The other.
        into: TagId,
    },
    /// Removes a tag.
    DeleteTag {
        /// Which.
        tag: TagId,
        /// What becomes of its uses; needed when it has any.
        uses: Option<Uses>,
    },
    /// A new First Message rule, at the end.
    AddRule {
        /// What it says.
        rule: RuleDraft,
    },
    /// Another rule in its place.
    ChangeRule {
        /// Which.
        rule: TagRuleId,
        /// What it says then.
        to: RuleDraft,
    },
    /// One place up or down.
    MoveRule {
        /// Which.
        rule: TagRuleId,
        /// Where to.
        towards: Towards,
    },
    /// Removes a rule.
    DeleteRule {
        /// Which.
        rule: TagRuleId,
    },
}

words! {
    /// Where something is moved in its list.
    Towards {
        /// One place up.
        Up = "up",
        /// One place down.
        Down = "down",
    }
}

/// What becomes of the uses of a tag that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uses {
    /// It is taken off every contact.
    TakeOff,
    /// Its contacts get this one.
    Move(TagId),
}

/// Uses of a tag are counted so far; one more means "more".
pub const COUNTED: i64 = 1000;
/// Longest name of a tag or category, in characters.
pub const LONGEST_NAME: usize = 40;
/// Longest words of a rule, in characters.
pub const LONGEST_WORDS: usize = 200;
/// Categories of a workspace.
pub const MOST_CATEGORIES: i64 = 50;
/// Tags of a workspace.
pub const MOST_TAGS: i64 = 500;
/// First Message rules of a workspace.
pub const MOST_RULES: i64 = 100;
/// Tags on one contact.
pub const MOST_GIVEN: i64 = 50;

/// A name as it is kept: no blanks at its ends, one blank within.
///
/// # Errors
/// `Invalid` when nothing is left, or too much.
pub fn name(text: &str) -> Result<String> {
    let name = text.replace('\0', "").split_whitespace().collect::<Vec<_>>().join(" ");
    match name.chars().count() {
        0 => Err(Error::Invalid("Give it a name.".into())),
        n if n > LONGEST_NAME => Err(Error::Invalid(format!("A name takes at most {LONGEST_NAME} characters."))),
        _ => Ok(name),
    }
}

impl RuleDraft {
    /// As it is kept.
    ///
    /// # Errors
    /// `Invalid` when its words make no sense.
    pub fn checked(mut self) -> Result<Self> {
        self.words = self.words.replace('\0', "").trim().to_owned();
        if self.words.chars().count() > LONGEST_WORDS {
            return Err(Error::Invalid(format!("A rule's words take at most {LONGEST_WORDS} characters.")));
        }
        let says_nothing = fold::fold(&self.words).is_empty();
        if says_nothing && (self.looks_at == LooksAt::Text || !self.words.is_empty()) {
            return Err(Error::Invalid("Write the words to look for: letters or digits.".into()));
        }
        Ok(self)
    }
}
