//! Buttons under a member's words, as WhatsApp takes them
//! (<https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages>).

use super::{Body, Choice};
use crate::{Error, MessageId, Result};

/// Buttons under one message.
pub const MOST_BUTTONS: usize = 3;
/// Longest title, in characters.
pub const LONGEST_TITLE: usize = 20;
/// Longest text above buttons, in characters.
pub const LONGEST_ABOVE: usize = 1024;

/// The titles as they are sent, empty ones left out.
///
/// # Errors
/// `Invalid` with what WhatsApp would not take.
pub fn checked(text: &str, titles: &[String]) -> Result<Vec<String>> {
    let plain = |title: &String| title.replace('\0', "").split_whitespace().collect::<Vec<_>>().join(" ");
    let titles: Vec<_> = titles.iter().map(plain).filter(|title| !title.is_empty()).collect();
    let invalid = |says: String| Err(Error::Invalid(says));
    if titles.len() > MOST_BUTTONS {
        return invalid(format!("WhatsApp takes at most {MOST_BUTTONS} buttons."));
    }
    if let Some(long) = titles.iter().find(|title| title.chars().count() > LONGEST_TITLE) {
        return invalid(format!("“{long}” is longer than the {LONGEST_TITLE} characters of a button."));
    }
    for (place, title) in titles.iter().enumerate() {
        if titles[..place].iter().any(|earlier| earlier.to_lowercase() == title.to_lowercase()) {
            return invalid(format!("Two buttons say “{title}”."));
        }
    }
    if !titles.is_empty() && text.chars().count() > LONGEST_ABOVE {
        return invalid(format!("With buttons WhatsApp takes at most {LONGEST_ABOVE} characters."));
    }
    Ok(titles)
}

impl Body {
    /// Text with buttons, or plain text where there are none. The buttons' ids are the message's own, so that a tap
    /// is never taken for one of the bot's buttons.
    pub fn offering(id: MessageId, text: &str, titles: &[String]) -> Self {
        if titles.is_empty() {
            return Self::text(text);
        }
        let button = |(place, title): (usize, &String)| Choice {
            id: format!("{id}.{place}"),
            title: title.clone(),
            description: None,
        };
        Self::Buttons { text: text.to_owned(), buttons: titles.iter().enumerate().map(button).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatsapps_limits_hold_before_it_says_so() {
        let titles = |titles: &[&str]| titles.iter().map(|title| (*title).to_owned()).collect::<Vec<_>>();
        let long = "é".repeat(LONGEST_TITLE);
        let fits = checked("Is it?", &titles(&[" Yes \n please ", "", &long, "No"])).unwrap();
        assert_eq!(fits, titles(&["Yes please", &long, "No"]));
        for (wrong, why) in [
            (titles(&["a", "b", "c", "d"]), "WhatsApp takes at most 3 buttons."),
            (titles(&[&"x".repeat(21)]), "“xxxxxxxxxxxxxxxxxxxxx” is longer than the 20 characters of a button."),
            (titles(&["Yes", "YES"]), "Two buttons say “YES”."),
        ] {
            assert_eq!(checked("Is it?", &wrong), Err(Error::Invalid(why.into())));
        }
        assert!(checked(&"x".repeat(LONGEST_ABOVE), &titles(&["a"])).is_ok());
        assert!(checked(&"x".repeat(LONGEST_ABOVE + 1), &titles(&["a"])).is_err());
        assert!(checked(&"x".repeat(LONGEST_ABOVE + 1), &titles(&[" "])).is_ok(), "no button, no limit");
    }

    #[test]
    fn ids_are_unique_and_no_flow_s() {
        let id = MessageId(uuid::Uuid::nil());
        let Body::Buttons { buttons, .. } = Body::offering(id, "Is it?", &["Yes".into(), "No".into()]) else {
            panic!()
        };
        let ids: Vec<_> = buttons.iter().map(|button| button.id.as_str()).collect();
        assert_eq!(ids, [format!("{id}.0"), format!("{id}.1")]);
        assert_eq!(Body::offering(id, "Hi", &[]), Body::text("Hi"));
    }
}
