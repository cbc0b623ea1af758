//! Files of contacts: how their columns are read, what is wrong with their rows, and how far they have come.

mod countries;
#[cfg(feature = "postgres")]
pub mod download;
#[cfg(feature = "postgres")]
mod file;
mod guess;
#[cfg(feature = "postgres")]
mod people;
#[cfg(feature = "postgres")]
mod read;
#[cfg(feature = "postgres")]
pub mod run;
#[cfg(feature = "postgres")]
pub mod store;
#[cfg(feature = "postgres")]
mod write;

pub use countries::COUNTRIES;
#[cfg(feature = "postgres")]
pub use file::{Sheet, parse};
pub use guess::guess;

use crate::words::words;
use crate::{AttributeId, Error, ImportId, Result, Timestamp};
use serde::{Deserialize, Serialize};

/// Rows of one file.
pub const MOST_ROWS: usize = 200_000;
/// Largest file, in bytes.
pub const LARGEST: usize = 64 * 1024 * 1024;
/// Columns of one file.
pub const MOST_COLUMNS: usize = 100;
/// Failed rows shown on one page.
pub const PAGE: i64 = 50;

words! {
    /// How far an import has come.
    Stage {
        /// The file is here; nobody has decided how to read it.
        Uploaded = "uploaded",
        /// Its rows are being looked at; nothing is changed.
        Checking = "checking",
        /// Every problem is known.
        Checked = "checked",
        /// Contacts are being written.
        Running = "running",
        /// Somebody stopped it half way.
        Stopped = "stopped",
        /// Everything is written.
        Done = "done",
    }
}

impl Stage {
    /// Whether it goes on by itself.
    pub fn moves(self) -> bool {
        matches!(self, Self::Checking | Self::Running)
    }

    /// The words on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Uploaded => "Choose columns",
            Self::Checking => "Checking",
            Self::Checked => "Ready to import",
            Self::Running => "Importing",
            Self::Stopped => "Stopped",
            Self::Done => "Done",
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Nothing that is wanted.
    Skip,
    /// The phone number, by which contacts are recognised.
    Phone,
    /// The name.
    Name,
    /// Tags, between commas or semicolons.
    Tags,
    /// Whether campaigns are wanted.
    Opted,
    /// Where the contact came from.
    Source,
    /// A value of this attribute.
    Attribute(AttributeId),
}

/// How a file is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What each column holds.
    pub columns: Vec<Column>,
    /// The country of numbers without a country code, by two letters; empty where there are none.
    pub country: String,
    /// Where new contacts came from; empty for "Import".
    pub source: String,
}

/// How many rows became what. Of a check: what they would become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Contacts that were not there before.
    pub new: i64,
    /// Contacts that were changed; of a check, those that are known.
    pub changed: i64,
    /// Contacts of whom the file says nothing new.
    pub unchanged: i64,
    /// Rows with a problem.
    pub failed: i64,
    /// Contacts left out because somebody else holds a chat of theirs. A number only.
    pub held: i64,
}

/// An import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Which.
    pub id: ImportId,
    /// The file's name.
    pub name: String,
    /// How far it has come.
    pub stage: Stage,
    /// Rows without the heading.
    pub rows: i64,
    /// Rows done of what is under way.
    pub done: i64,
    /// What became of them.
    pub tally: Tally,
    /// Who brought it, by the name they had then.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// When it was done.
    pub finished: Option<Timestamp>,
}

/// An import with everything that its page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The import.
    pub import: Import,
    /// The names of the columns.
    pub headers: Vec<String>,
    /// The first rows; none once everything is written.
    pub sample: Vec<Vec<String>>,
    /// How it is read, or might be.
    pub plan: Plan,
    /// Which attributes a column can hold: id and name.
    pub attributes: Vec<(AttributeId, String)>,
    /// The first rows with problems.
    pub failures: Vec<Failure>,
    /// Whether there are more of them.
    pub more: bool,
}

/// A row that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its number, as a spreadsheet shows it: the heading is 1.
    pub row: i32,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The column's name; none where it is the row as a whole.
    pub column: Option<String>,
    /// What stands there.
    pub value: String,
    /// Why it cannot be used.
    pub why: String,
}

impl Problem {
    /// One sentence.
    pub fn sentence(&self) -> String {
        match &self.column {
            None => self.why.clone(),
            Some(column) if self.value.is_empty() => format!("{column}: {}", self.why),
            Some(column) => format!("{column}, “{}”: {}", self.value, self.why),
        }
    }
}

impl Plan {
    /// As it is kept.
    ///
    /// # Errors
    /// `Invalid` where no contact could be recognised by it, or two columns hold the same.
    pub fn checked(mut self, headers: usize) -> Result<Self> {
        self.columns.resize(headers, Column::Skip);
        self.source = crate::contact::source_words(&self.source)?;
        self.country = self.country.trim().to_ascii_uppercase();
        if !self.country.is_empty() && !COUNTRIES.iter().any(|(code, _)| *code == self.country) {
            return Err(Error::Invalid("Choose a country from the list.".into()));
        }
        if !self.columns.contains(&Column::Phone) {
            return Err(Error::Invalid("Say which column holds the phone number.".into()));
        }
        for (place, column) in self.columns.iter().enumerate() {
            if *column != Column::Skip && self.columns[..place].contains(column) {
                return Err(Error::Invalid("Two columns cannot hold the same.".into()));
            }
        }
        Ok(self)
    }
}
