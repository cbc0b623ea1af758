//! What a message says. Unknown types are kept whole beside it and shown as a placeholder.

use crate::chat::MemberName;
use crate::journey::Doer;
use crate::journey::Happening;
use crate::media::File;
use serde::{Deserialize, Serialize};

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Plain text, at most 4,096 characters when sent.
    Text {
        /// The words.
        text: String,
    },
    /// Text with one to three buttons.
    Buttons {
        /// The words above, at most 1,024 characters.
        text: String,
        /// The buttons.
        buttons: Vec<Choice>,
    },
    /// A file, and what goes with it.
    File {
        /// The file.
        file: File,
        /// The words below it, at most 1,024 characters; empty for none, and with sound always.
        text: String,
        /// Up to three buttons below the words; none with sound.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        buttons: Vec<Choice>,
    },
    /// Text with a button that opens a list of at most ten rows.
    List {
        /// The words above, at most 4,096 characters.
        text: String,
        /// The opening button's title, at most 20 characters.
        button: String,
        /// The rows, in sections.
        sections: Vec<Section>,
    },
    /// A tapped button or a chosen row.
    Reply {
        /// The choice's id.
        id: String,
        /// Its words.
        title: String,
        /// A list row's second line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    /// A type that is kept whole and shown by its name.
    Placeholder(Placeholder),
    /// A member's internal note: never sent, never counted.
    Note {
        /// The words; mentions stand in them as `@` and the name.
        text: String,
        /// Who is mentioned.
        mentions: Vec<MemberName>,
    },
    /// A change of the chat's state.
    Happening {
        /// What happened.
        what: Happening,
        /// Who did it.
        by: Doer,
    },
}

/// A button or list row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Comes back when it is chosen; unique in its message.
    pub id: String,
    /// The words: at most 20 characters on a button, 24 in a list.
    pub title: String,
    /// A list row's second line, at most 72 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// At most 24 characters; needed when there are several.
    #[serde(default)]
    pub title: String,
    /// Its rows.
    pub rows: Vec<Choice>,
}

/// A message of a type that Baton does not show yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placeholder {
    /// WhatsApp's word for the type.
    pub kind: String,
    /// What an agent reads: "Photo", "Voice message", "Unsupported message".
    pub label: String,
    /// A caption, file name or other plain text that came along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Body {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// The file that it carries.
    pub fn file(&self) -> Option<&File> {
        if let Self::File { file, .. } = self { Some(file) } else { None }
    }

    /// One line for lists and the bot.
    pub fn line(&self) -> String {
        let line = match self {
            Self::Text { text } | Self::Buttons { text, .. } | Self::List { text, .. } | Self::Note { text, .. } => {
                text.clone()
            }
            Self::File { file, text, .. } => file.line(text),
            Self::Reply { title, .. } => title.clone(),
            Self::Placeholder(Placeholder { label, text, .. }) => match text {
                Some(text) => format!("{label}: {text}"),
                None => label.clone(),
            },
            Self::Happening { what, by } => what.sentence(by),
        };
        line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect()
    }
}
