//! One customer, and what they are known by.

#[cfg(feature = "postgres")]
pub mod apart;
#[cfg(feature = "postgres")]
pub mod directory;
#[cfg(feature = "postgres")]
pub mod duplicates;
#[cfg(feature = "postgres")]
pub mod edit;
pub mod filter;
mod merge;
#[cfg(feature = "postgres")]
pub mod merge_store;
#[cfg(feature = "postgres")]
pub mod moved;
#[cfg(feature = "postgres")]
pub mod naming;
mod phone;
#[cfg(feature = "postgres")]
pub mod preference;
#[cfg(feature = "postgres")]
pub mod profile_store;
#[cfg(feature = "postgres")]
pub mod store;
pub mod table;
#[cfg(feature = "postgres")]
pub mod table_export;
#[cfg(feature = "postgres")]
pub mod table_store;
#[cfg(feature = "postgres")]
mod together;

pub use merge::{Duplicates, Joined, MergePlace, Pair, Place, Side};
pub use phone::Phone;

use crate::attribute::Field;
use crate::chat::{MemberName, Status};
use crate::journey::JourneyStep;
use crate::message::Message;
use crate::tag::Given;
use crate::words::words;
use crate::{ContactId, Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

/// How WhatsApp names a customer in one message: some of these may be missing, never all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// `wa_id` or `from`.
    pub phone: Option<Phone>,
    /// The business-scoped user id (BSUID), `CC.` and digits or letters.
    pub bsuid: Option<String>,
    /// Without `@`; shown, never matched on.
    pub username: Option<String>,
    /// As the customer calls themselves.
    pub name: Option<String>,
}

/// Where a contact came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// They wrote by themselves.
    Organic,
    /// They tapped an ad or a post that leads to WhatsApp.
    Ad {
        /// Its headline.
        headline: String,
        /// What it says below; empty in rows from before it was kept.
        #[serde(default)]
        body: String,
        /// Its address.
        url: String,
    },
    /// One of the business's own systems.
    Api,
    /// A file.
    Import,
    /// A member added them by hand.
    Member,
    /// In the business's own words.
    Named {
        /// The words.
        text: String,
    },
}

impl Source {
    /// Where the ad is, if a browser may be led there: what customers' phones say is not trusted.
    pub fn link(&self) -> Option<&str> {
        let Self::Ad { url, .. } = self else { return None };
        let web = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        (web("https://") || web("http://")).then_some(url.as_str())
    }
}

words! {
    /// What the customer said about being written to by campaigns; nothing where nobody asked.
    Opted {
        /// They want it.
        In = "in",
        /// They do not.
        Out = "out",
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Organic => f.write_str("Organic"),
            Self::Ad { headline, .. } if headline.is_empty() => f.write_str("Ad"),
            Self::Ad { headline, .. } => write!(f, "Ad · “{headline}”"),
            Self::Api => f.write_str("API"),
            Self::Import => f.write_str("Import"),
            Self::Member => f.write_str("Added by hand"),
            Self::Named { text } => f.write_str(text),
        }
    }
}

/// A contact that a supervisor adds by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// As it was typed, with its country code.
    pub phone: String,
    /// May be empty.
    pub name: String,
    /// Where they came from, in the business's own words; empty for "Added by hand".
    pub source: String,
    /// What they said about campaigns.
    pub opted: Option<Opted>,
}

/// Kind and value of an identity for people.
#[cfg(feature = "postgres")]
fn identity_words(kind: &str, value: &str) -> (String, String) {
    match kind {
        "phone" => ("Phone".to_owned(), format!("+{value}")),
        "former_phone" => ("Former number".to_owned(), format!("+{value}")),
        "username" => ("Username".to_owned(), format!("@{value}")),
        _ => ("WhatsApp id".to_owned(), value.to_owned()),
    }
}

/// Longest words for where a contact came from, in characters.
pub const LONGEST_SOURCE: usize = 60;

/// The business's own words for where a contact came from, as they are kept; empty for none.
///
/// # Errors
/// `Invalid` for too many.
pub fn source_words(text: &str) -> Result<String> {
    let text = text.replace('\0', "").split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > LONGEST_SOURCE {
        return Err(Error::Invalid(format!("A source takes at most {LONGEST_SOURCE} characters.")));
    }
    Ok(text)
}

/// What the right-hand panel shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Whose.
    pub contact: ContactId,
    /// As the business calls them, or as they call themselves on WhatsApp.
    pub name: Option<String>,
    /// Active, Requesting, Intervened, Closed.
    pub status: Status,
    /// When the customer last wrote.
    pub last_active: Option<Timestamp>,
    /// Where they came from.
    pub source: Source,
    /// How often a person was asked for.
    pub unresolved_queries: i64,
    /// Templates sent to them.
    pub template_messages: i64,
    /// All other messages either way.
    pub session_messages: i64,
    /// Their very first message.
    pub first_message: Option<String>,
    /// When they were first seen.
    pub first_seen: Timestamp,
    /// Whether they want campaigns, and since when they said so.
    pub opted: Option<(Opted, Timestamp)>,
    /// Since when they are blocked: nothing is sent to them, and no request of theirs is opened.
    pub blocked: Option<Timestamp>,
    /// Phone numbers, BSUID, username: kind and value.
    pub identities: Vec<(String, String)>,
    /// Tags, as their categories are ordered.
    pub tags: Vec<Given>,
    /// Every active attribute, with its value or empty.
    pub attributes: Vec<Field>,
    /// The latest internal notes, newest first.
    pub notes: Vec<Message>,
    /// Whether there are older ones.
    pub older_notes: bool,
    /// The newest steps of the journey, newest first.
    pub journey: Vec<JourneyStep>,
    /// Whether the journey goes further back.
    pub older: bool,
    /// Members who did any of it, in the order in which they first did.
    pub actors: Vec<MemberName>,
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn an_ad_leads_to_the_web_and_nowhere_else() {
        let link = |url: &str| {
            let ad = Source::Ad { headline: String::new(), body: String::new(), url: url.into() };
            ad.link().map(str::to_owned)
        };
        assert_eq!(link("https://fb.me/x").as_deref(), Some("https://fb.me/x"));
        assert_eq!(link("HTTP://fb.me").as_deref(), Some("HTTP://fb.me"));
        for url in ["", "javascript:alert(1)", " https://fb.me", "data:text/html,x", "//fb.me", "httpsé://", "http:/x"]
        {
            assert_eq!(link(url), None, "{url}");
        }
        assert_eq!(Source::Organic.link(), None);
    }
}
