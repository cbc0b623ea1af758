//! Files that go with messages: what they are and how large they may be.

#[cfg(feature = "postgres")]
pub mod handed;
#[cfg(feature = "postgres")]
pub mod sniff;
#[cfg(feature = "postgres")]
pub mod store;

use crate::words::words;
use crate::{Error, MediaId};
use serde::{Deserialize, Serialize};

/// Largest file, in bytes. WhatsApp takes documents up to 100 MB; Baton keeps files in its database and does not.
pub const LARGEST: usize = 16 << 20;
/// Largest photo, in bytes: WhatsApp's limit.
pub const LARGEST_IMAGE: usize = 5 << 20;
/// Longest text below a photo, a video or a document, in characters: WhatsApp's limit.
pub const LONGEST_CAPTION: usize = 1024;
/// What a file dialog offers; what a file really is, is found by looking into it.
pub const OFFERED: &str = "image/jpeg,image/png,video/mp4,video/3gpp,audio/mpeg,audio/mp4,audio/aac,audio/amr,audio/ogg,\
    .m4a,.opus,.pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.txt,.csv";

words! {
    /// What WhatsApp shows a file as; its own words.
    Kind {
        /// A picture.
        Image = "image",
        /// A film.
        Video = "video",
        /// Sound. Nothing can be written below it.
        Audio = "audio",
        /// Anything else, by its name.
        Document = "document",
    }
}

/// A file, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Which.
    pub id: MediaId,
    /// Its name, made safe: one word of a path, with the ending that fits what it is.
    pub name: String,
    /// What it is, as found by looking into it: "image/png".
    pub content_type: String,
    /// In bytes.
    pub size: i64,
}

impl File {
    /// What WhatsApp shows it as.
    pub fn kind(&self) -> Kind {
        match self.content_type.split('/').next() {
            Some("image") => Kind::Image,
            Some("video") => Kind::Video,
            Some("audio") => Kind::Audio,
            _ => Kind::Document,
        }
    }

    /// What it is in a word.
    pub fn word(&self) -> &'static str {
        match self.kind() {
            Kind::Image => "Photo",
            Kind::Video => "Video",
            Kind::Audio => "Audio",
            Kind::Document => match self.content_type.as_str() {
                "application/pdf" => "PDF",
                "text/plain" => "Text",
                "application/msword" | office::DOCX => "Word",
                "application/vnd.ms-excel" | office::XLSX => "Excel",
                "application/vnd.ms-powerpoint" | office::PPTX => "PowerPoint",
                _ => "Document",
            },
        }
    }

    /// One line in a list: a document's name, another's kind; then the words that go with it.
    pub fn line(&self, text: &str) -> String {
        let what = if self.kind() == Kind::Document { self.name.as_str() } else { self.word() };
        if text.is_empty() { what.to_owned() } else { format!("{what}: {text}") }
    }

    /// Its size for people: "340 kB", "1.2 MB".
    pub fn size_words(&self) -> String {
        match self.size {
            size @ ..1_000 => format!("{size} bytes"),
            size @ 1_000..1_000_000 => format!("{} kB", size / 1_000),
            size => format!("{}.{} MB", size / 1_000_000, size % 1_000_000 / 100_000),
        }
    }
}

/// What is said of a file that is too large whatever it is.
pub fn too_large() -> Error {
    Error::TooLarge("A file takes at most 16 MB here; photos take at most 5 MB.".into())
}

/// The long names of Office's newer formats.
pub(crate) mod office {
    pub(crate) const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    pub(crate) const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content_type: &str, size: i64) -> File {
        File { id: MediaId(uuid::Uuid::nil()), name: "prices.pdf".into(), content_type: content_type.into(), size }
    }

    #[test]
    fn files_are_told_in_plain_words() {
        for (content_type, kind, line) in [
            ("image/png", Kind::Image, "Photo: hello"),
            ("video/3gpp", Kind::Video, "Video: hello"),
            ("audio/ogg", Kind::Audio, "Audio: hello"),
            ("application/pdf", Kind::Document, "prices.pdf: hello"),
        ] {
            let file = file(content_type, 1);
            assert_eq!((file.kind(), file.line("hello").as_str()), (kind, line));
        }
        assert_eq!(file("image/png", 1).line(""), "Photo");
        for (size, words) in [(999, "999 bytes"), (1_000, "1 kB"), (999_999, "999 kB"), (1_250_000, "1.2 MB")] {
            assert_eq!(file("image/png", size).size_words(), words);
        }
    }
}
