//! Which steps of the timeline are asked for, and from where on.

use crate::words::words;
use crate::{JourneyId, MemberId, Timestamp};

words! {
    /// What a step is about.
    Part {
        /// Messages, notes and the service window.
        Messages = "messages",
        /// What the bot did.
        Bot = "bot",
        /// Requests, and what agents did about them.
        Requests = "requests",
        /// What is known of the customer.
        Profile = "profile",
        /// What Baton did by itself.
        System = "system",
    }
}

words! {
    /// What kind of doer: who did it, without the name.
    DoerKind {
        /// The customer.
        Customer = "customer",
        /// The chatbot.
        Bot = "bot",
        /// Agents.
        Member = "member",
        /// One of the business's own systems.
        Api = "api",
        /// Time.
        Clock = "clock",
    }
}

/// Words that choose among what is known of the customer, and the steps that each stands for.
const NARROWER: [(&str, &[&str]); 4] = [
    ("tags", &["tag_given", "tag_taken", "tag_merged"]),
    ("attributes", &["attribute_set"]),
    ("merges", &["merged", "unmerged", "identity_added"]),
    ("consent", &["opted_changed", "blocked_changed"]),
];

/// Which steps are shown; everything where it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// About this only.
    pub part: Option<Part>,
    /// Of these kinds only.
    pub kinds: Option<&'static [&'static str]>,
    /// By these only.
    pub doer: Option<DoerKind>,
    /// By this member only.
    pub member: Option<MemberId>,
}

impl Filter {
    /// From words; an empty one says nothing, and a member's id means what that member did. Besides the parts, `tags`,
    /// `attributes`, `merges` and `consent` stand for what they say.
    ///
    /// # Errors
    /// `Invalid` for a word that stands for nothing.
    pub fn of(part: &str, doer: &str) -> crate::Result<Self> {
        let narrower = NARROWER.iter().find(|(word, _)| *word == part).map(|(_, kinds)| *kinds);
        let part = match narrower {
            Some(_) => Some(Part::Profile),
            None if part.is_empty() => None,
            None => Some(part.parse()?),
        };
        let about = Self { part, kinds: narrower, ..Self::default() };
        if let Ok(member) = doer.parse() {
            return Ok(Self { doer: Some(DoerKind::Member), member: Some(member), ..about });
        }
        let doer = if doer.is_empty() { None } else { Some(doer.parse()?) };
        Ok(Self { doer, ..about })
    }
}

/// Where a page of steps begins: the last step before it.
pub type StepKey = (Timestamp, JourneyId);
