//! Ids: UUIDv7 (RFC 9562), one type for each thing, so that a chat's id cannot be passed for a contact's.

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::{NoContext, Uuid};

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "postgres", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id that sorts by `at`.
            pub fn at(at: Timestamp) -> Self {
                let seconds = u64::try_from(at.timestamp()).unwrap_or(0);
                Self(Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, at.timestamp_subsec_nanos())))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self).map_err(|_| crate::Error::NotFound)
            }
        }
    )+};
}

ids! {
    /// One business.
    WorkspaceId,
    /// A person who signs in.
    MemberId,
    /// One Meta app.
    AppId,
    /// One WhatsApp business number.
    ChannelId,
    /// One customer.
    ContactId,
    /// The one lifelong thread between a contact and a channel.
    ChatId,
    /// One thing said in a chat.
    MessageId,
    /// One handling of a chat, from request to resolve.
    EpisodeId,
    /// One webhook POST.
    DeliveryId,
    /// A chatbot conversation's definition.
    FlowId,
    /// A step in a contact's journey.
    JourneyId,
    /// A change that live screens follow.
    FeedId,
    /// One try to send a message; travels to WhatsApp and back.
    AttemptId,
    /// The definition of an attribute.
    AttributeId,
    /// A tag.
    TagId,
    /// A category of tags.
    TagCategoryId,
    /// A rule that tags new customers by their first message.
    TagRuleId,
    /// A way in which a handling can end.
    OutcomeId,
    /// An entry of the audit log.
    AuditId,
    /// A canned reply.
    ReplyId,
    /// An invitation to become a member.
    InviteId,
    /// A key of the REST API.
    ApiKeyId,
    /// A saved filter of contacts.
    SegmentId,
    /// Something long that is done to many contacts.
    TaskId,
    /// A file of contacts that is read in.
    ImportId,
    /// Two contacts that were joined.
    MergeId,
    /// A file that goes with messages.
    MediaId,
    /// A browser tab; made by the browser.
    ScreenId,
    /// One connection of a browser tab.
    SocketId,
}
