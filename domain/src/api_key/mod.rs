//! What the business's own systems call the REST API with.

#[cfg(feature = "postgres")]
pub mod once;
#[cfg(feature = "postgres")]
pub mod pace;
#[cfg(feature = "postgres")]
pub mod store;

use crate::words::words;
use crate::{ApiKeyId, Timestamp};
use serde::{Deserialize, Serialize};

words! {
    /// What a key may do.
    Scope {
        /// Find and read contacts.
        ContactsRead = "contacts:read",
        /// Make contacts and change them.
        ContactsWrite = "contacts:write",
        /// Read which tags there are.
        TagsRead = "tags:read",
        /// Make tags.
        TagsWrite = "tags:write",
        /// Read which attributes there are.
        AttributesRead = "attributes:read",
        /// List and read chats.
        ChatsRead = "chats:read",
        /// Ask for a person.
        ChatsWrite = "chats:write",
        /// Read what was said.
        MessagesRead = "messages:read",
        /// Write to customers.
        MessagesWrite = "messages:write",
        /// Read what happened to a contact.
        JourneyRead = "journey:read",
    }
}

impl Scope {
    /// What it allows, for whoever makes a key.
    pub fn about(self) -> &'static str {
        match self {
            Self::ContactsRead => "Find and read all contacts, with their tags and attributes",
            Self::ContactsWrite => "Make contacts, and change their names, tags and attributes",
            Self::TagsRead => "Read which tags and categories there are",
            Self::TagsWrite => "Make API tags",
            Self::AttributesRead => "Read which attributes there are",
            Self::ChatsRead => "List and read all chats, also those that an agent holds",
            Self::ChatsWrite => "Ask for a person on behalf of a customer",
            Self::MessagesRead => "Read what was said, also in chats that an agent holds",
            Self::MessagesWrite => "Write to customers, unless an agent holds the chat",
            Self::JourneyRead => "Read the whole journey of a contact",
        }
    }
}

/// A key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Which.
    pub id: ApiKeyId,
    /// What its Owner calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Calls a minute, where they are not as many as the server allows every key.
    pub per_minute: Option<i32>,
    /// Who made it: their name now.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// How its text begins: enough to find it in a configuration, nothing of the secret.
    pub fn prefix(&self) -> String {
        let id = self.id.0.simple().to_string();
        format!("baton_{}", id.get(..16).unwrap_or_default())
    }
}
