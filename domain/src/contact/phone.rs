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

    /// The one form that all variants of a number share, since WhatsApp and people write them either way: Brazilian
    /// mobiles gain the ninth digit; Mexican numbers lose the 1 of mobiles, and the 01, 044 or 045 of the old dialling
    /// plan; Argentine numbers lose the 9 and, where it makes them too long, the local 15.
    pub fn canonical(&self) -> String {
        let d = &self.0;
        let (country, rest) = d.split_at(2);
        match (country, rest.len()) {
            ("55", 10) if matches!(rest.as_bytes()[2], b'6'..=b'9') => format!("55{}9{}", &rest[..2], &rest[2..]),
            ("55", 11 | 12) if rest.starts_with('0') => Self(format!("55{}", &rest[1..])).canonical(),
            ("52", 11) if rest.starts_with('1') => format!("52{}", &rest[1..]),
            ("52", 12) if rest.starts_with("01") => format!("52{}", &rest[2..]),
            ("52", 13) if rest.starts_with("044") || rest.starts_with("045") => format!("52{}", &rest[3..]),
            ("54", 11..=13) if rest.starts_with(['0', '9']) => Self(format!("54{}", &rest[1..])).canonical(),
            // Area codes have two to four digits, subscriber numbers the rest of ten; between them stands the 15.
            ("54", 12) => [2, 3, 4]
                .into_iter()
                .find(|&area| &rest[area..area + 2] == "15")
                .map_or_else(|| d.clone(), |area| format!("54{}{}", &rest[..area], &rest[area + 2..])),
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

    #[test]
    fn variants_of_one_number_are_one_both_ways() {
        // The form that they share, then every way in which WhatsApp or a person writes it.
        let table: [(&str, &[&str]); 7] = [
            // Brazil: chatwoot#5840 (wa_id without the ninth digit), and the trunk zero.
            ("5511987654321", &["+55 11 98765-4321", "55 11 8765-4321", "551187654321", "+55 (011) 98765-4321"]),
            ("5531988887777", &["553188887777", "5531988887777"]),
            ("551132654321", &["+55 11 3265-4321", "+55 011 3265-4321"]),
            // Mexico: chatwoot#14048.
            ("525512345678", &["5215512345678", "525512345678", "+52 01 55 1234 5678", "+52 044 55 1234 5678"]),
            // Argentina: chatwoot#13932, with area codes of two, three and four digits.
            ("541123456789", &["5491123456789", "541123456789", "+54 11 15 2345-6789", "+54 011 15 2345-6789"]),
            ("543511234567", &["5493511234567", "543511234567", "+54 351 15 123-4567"]),
            ("542966123456", &["5492966123456", "542966123456", "+54 2966 15 12-3456"]),
        ];
        for (canonical, variants) in table {
            for variant in variants {
                assert_eq!(Phone::parse(variant).unwrap().canonical(), canonical, "{variant}");
            }
            let again = Phone::parse(canonical).unwrap();
            assert_eq!((again.canonical().as_str(), again.digits()), (canonical, canonical));
        }
    }

    #[test]
    fn other_numbers_stay_as_they_are() {
        // A Brazilian landline is no mobile; other countries' numbers that look alike.
        for digits in ["551132654321", "5511932654321", "15551234567", "521234567", "5412345678", "447700900123"] {
            assert_eq!(Phone::parse(digits).unwrap().canonical(), digits);
        }
    }

    #[test]
    fn refuses_what_is_no_number() {
        for text in ["", "12345", "1234567890123456", "+33 six", "US.1349"] {
            assert!(Phone::parse(text).is_err(), "{text}");
        }
    }
}
