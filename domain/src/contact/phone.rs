//! Phone numbers as WhatsApp writes them, and the variants that are one number.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// A phone number in international form, digits only, as WhatsApp sent it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Reads digits with or without `+`, spaces, dashes, dots and brackets.
    ///
    /// # Errors
    /// `Invalid` unless 7 to 15 digits remain (ITU-T E.164).
    pub fn parse(text: &str) -> Result<Self> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let foreign = text.chars().any(|c| !c.is_ascii_digit() && !" +-().\u{a0}".contains(c));
        if foreign || !(7..=15).contains(&digits.len()) {
            return Err(Error::Invalid("A phone number has 7 to 15 digits, with its country code.".into()));
        }
        Ok(Self(digits))
    }

    /// Digits only, as WhatsApp wrote them: what a message is addressed to.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// The one form that all variants of a number share. Brazilian mobiles gain the ninth digit, Mexican and
    /// Argentine numbers lose the mobile prefix, since WhatsApp writes them either way.
    pub fn canonical(&self) -> String {
        let d = &self.0;
        match d.len() {
            12 if d.starts_with("55") && matches!(d.as_bytes()[4], b'6'..=b'9') => format!("{}9{}", &d[..4], &d[4..]),
            13 if d.starts_with("521") => format!("52{}", &d[3..]),
            13 if d.starts_with("549") => format!("54{}", &d[3..]),
            _ => d.clone(),
        }
    }
}

impl std::fmt::Display for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "+{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Phone;

    #[track_caller]
    fn same(a: &str, b: &str) {
        assert_eq!(Phone::parse(a).unwrap().canonical(), Phone::parse(b).unwrap().canonical());
    }

    #[test]
    fn variants_of_one_number_are_one() {
        same("55 11 8765-4321", "+55 11 98765-4321");
        same("5215512345678", "525512345678");
        same("5491112345678", "541112345678");
        assert_ne!(
            Phone::parse("551132654321").unwrap().canonical(),
            Phone::parse("5511932654321").unwrap().canonical(),
            "a Brazilian landline is no mobile"
        );
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "12345", "1234567890123456", "+33 six", "US.1349"] {
            assert!(Phone::parse(text).is_err(), "{text}");
        }
    }
}
