//! What a member sends or keeps as a draft: words, buttons below them, a file above.

use super::Body;
use super::buttons::{self, LONGEST_ABOVE};
use crate::media::{File, Kind, LONGEST_CAPTION};
use crate::{Error, MediaId, MessageId, Result};

/// WhatsApp's limit for text, in characters.
const LONGEST_TEXT: usize = 4096;

/// Words and what goes with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer<'a> {
    /// The words; may be empty where there is a file.
    pub text: &'a str,
    /// The buttons' titles.
    pub buttons: &'a [String],
    /// The file.
    pub file: Option<MediaId>,
}

/// An offer that may be sent, as far as can be told without the file.
pub struct Checked {
    /// The words.
    pub text: String,
    /// The buttons' titles.
    pub titles: Vec<String>,
    /// Which file goes with it.
    pub file: Option<MediaId>,
}

impl Offer<'_> {
    /// Without what is not sent: empty buttons, blanks around the words.
    ///
    /// # Errors
    /// `Invalid` for no or too much text, and for buttons that WhatsApp does not take.
    pub fn checked(&self) -> Result<Checked> {
        let text = self.text.replace('\0', "").trim().to_owned();
        if text.is_empty() && self.file.is_none() {
            return Err(Error::Invalid("Write something first.".into()));
        }
        if text.chars().count() > LONGEST_TEXT {
            return Err(Error::Invalid(format!("WhatsApp takes at most {LONGEST_TEXT} characters in one message.")));
        }
        let titles = buttons::checked(&text, self.buttons)?;
        if text.is_empty() && !titles.is_empty() {
            return Err(Error::Invalid("WhatsApp takes buttons only below words. Write some.".into()));
        }
        Ok(Checked { text, titles, file: self.file })
    }
}

impl Checked {
    /// The messages that it becomes: one, or two where nothing can be written below the file. `id` is the first one's.
    ///
    /// # Errors
    /// `Invalid` for too much text below the file.
    pub fn bodies(&self, id: MessageId, file: Option<File>) -> Result<Vec<Body>> {
        let words = || Body::offering(id, &self.text, &self.titles);
        let Some(file) = file else { return Ok(vec![words()]) };
        if file.kind() == Kind::Audio {
            let sound = Body::File { file, text: String::new(), buttons: Vec::new() };
            return Ok(if self.text.is_empty() { vec![sound] } else { vec![sound, words()] });
        }
        if self.text.chars().count() > fits_below(&file) {
            return Err(Error::Invalid(format!("Below a file WhatsApp takes at most {LONGEST_CAPTION} characters.")));
        }
        let buttons = if let Body::Buttons { buttons, .. } = words() { buttons } else { Vec::new() };
        Ok(vec![Body::File { file, text: self.text.clone(), buttons }])
    }
}

/// How many characters go with a file.
fn fits_below(file: &File) -> usize {
    if file.kind() == Kind::Audio { LONGEST_TEXT } else { LONGEST_CAPTION }
}

/// The longest text that goes with these buttons and this file, in characters.
pub fn longest(buttons: bool, file: Option<&File>) -> usize {
    file.map_or(LONGEST_TEXT, fits_below).min(if buttons { LONGEST_ABOVE } else { LONGEST_TEXT })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content_type: &str) -> File {
        File { id: MediaId(uuid::Uuid::nil()), name: "x".into(), content_type: content_type.into(), size: 1 }
    }

    fn said(text: &str, titles: &[&str], content_type: Option<&str>) -> Result<Vec<Body>> {
        let titles: Vec<_> = titles.iter().map(|title| (*title).to_owned()).collect();
        let file = content_type.map(file);
        let offer = Offer { text, buttons: &titles, file: file.as_ref().map(|file| file.id) };
        offer.checked()?.bodies(MessageId(uuid::Uuid::nil()), file)
    }

    #[test]
    fn words_go_below_a_file_and_behind_a_sound() {
        for content_type in ["image/png", "video/mp4", "application/pdf"] {
            let bodies = said(" see ", &["Yes"], Some(content_type)).unwrap();
            let [Body::File { text, buttons, .. }] = bodies.as_slice() else { panic!("{bodies:?}") };
            assert_eq!((text.as_str(), buttons.len()), ("see", 1));
            assert_eq!(said("", &[], Some(content_type)).unwrap().len(), 1);
        }
        let bodies = said("hear", &["Yes"], Some("audio/ogg")).unwrap();
        let [Body::File { text, buttons, .. }, Body::Buttons { text: below, .. }] = bodies.as_slice() else {
            panic!("{bodies:?}")
        };
        assert_eq!((text.as_str(), buttons.len(), below.as_str()), ("", 0, "hear"));
        assert_eq!(said("", &[], Some("audio/ogg")).unwrap().len(), 1);
        assert_eq!(said("hello", &[], None).unwrap(), [Body::text("hello")]);
    }

    #[test]
    fn whatsapps_limits_hold_before_it_says_so() {
        let (fits, long) = ("é".repeat(LONGEST_CAPTION), "é".repeat(LONGEST_CAPTION + 1));
        assert!(said(&fits, &[], Some("image/png")).is_ok());
        for (text, titles, file, why) in [
            (long.as_str(), &[][..], Some("image/png"), "Below a file WhatsApp takes at most 1024 characters."),
            ("", &["Yes"], Some("image/png"), "WhatsApp takes buttons only below words. Write some."),
            ("", &[], None, "Write something first."),
            (" \0", &[], None, "Write something first."),
        ] {
            assert_eq!(said(text, titles, file), Err(Error::Invalid(why.into())));
        }
        assert!(said(&long, &[], Some("audio/ogg")).is_ok());
        assert_eq!(longest(false, None), LONGEST_TEXT);
        assert_eq!(longest(true, None), LONGEST_ABOVE);
        assert_eq!(longest(false, Some(&file("image/png"))), LONGEST_CAPTION);
        assert_eq!(longest(false, Some(&file("audio/ogg"))), LONGEST_TEXT);
    }
}
