//! What the demo's workspace knows of its customers.

use chrono::TimeDelta;
use domain::attribute::{Kind, Shape, store, values};
use domain::db::Desk;
use domain::member::Member;
use domain::{AttributeId, ChatId, Error, Result, Timestamp};

/// Name, kind, options or currency, help.
const DEFINED: [(&str, Kind, &[&str], &str); 10] = [
    ("Email", Kind::Email, &[], ""),
    ("Country", Kind::Text, &[], ""),
    ("Order number", Kind::Text, &[], "The latest one, from the confirmation e-mail"),
    ("Customer since", Kind::Date, &[], ""),
    ("Level", Kind::OneOf, &["Bronze", "Silver", "Gold"], "Gold from ten orders a year"),
    ("Interests", Kind::ManyOf, &["Garden", "Kitchen", "Lighting", "Textiles"], ""),
    ("Orders total", Kind::Money, &["EUR"], "All orders so far, returns taken off"),
    ("Newsletter", Kind::YesNo, &[], ""),
    ("Website", Kind::Link, &[], ""),
    ("Delivery notes", Kind::LongText, &[], "What the driver should know"),
];

/// Customer's place in the cast, name, value.
const KNOWN: [(usize, &str, &str); 15] = [
    (0, "Email", "mireille.laurent@example.com"),
    (0, "Country", "France"),
    (0, "Customer since", "2023-03-14"),
    (0, "Level", "Gold"),
    (0, "Interests", "Garden\nLighting"),
    (0, "Orders total", "1284.50"),
    (0, "Newsletter", "yes"),
    (1, "Country", "Germany"),
    (1, "Level", "Silver"),
    (1, "Website", "https://weber.example"),
    (2, "Country", "India"),
    (2, "Orders total", "96"),
    (3, "Level", "Bronze"),
    (3, "Delivery notes", "Leave it with the guard at the gate.\nThe bell does not work."),
    (4, "Newsletter", "no"),
];

/// Defines the attributes.
pub(super) async fn define(desk: &Desk, owner: &Member, at: Timestamp) -> Result<Vec<AttributeId>> {
    let mut ids = Vec::new();
    for (name, kind, words, help) in DEFINED {
        let shape = Shape {
            name: name.into(),
            kind,
            options: if kind.chosen() { words.iter().copied().map(Into::into).collect() } else { Vec::new() },
            currency: words.first().copied().filter(|_| kind == Kind::Money).unwrap_or_default().into(),
            help: help.into(),
            required_on_resolve: false,
            shown_to_bot: true,
        };
        ids.push(store::create(desk, owner, shape, at).await?);
    }
    Ok(ids)
}

/// Gives some customers values, each by a member who may.
pub(super) async fn fill(
    desk: &Desk,
    members: &[Member],
    chats: &[Option<ChatId>],
    attributes: &[AttributeId],
    now: Timestamp,
) -> Result<()> {
    for (who, name, value) in KNOWN {
        let place = DEFINED.iter().position(|(known, ..)| *known == name).ok_or(Error::Internal)?;
        let chat = chats[who].ok_or(Error::Internal)?;
        for member in members.iter().rev() {
            let at = now - TimeDelta::minutes(1);
            match values::set(desk, member, chat, attributes[place], value, 0, at).await {
                Err(Error::NotFound | Error::Refused(_)) => {}
                set => {
                    set?;
                    break;
                }
            }
        }
    }
    Ok(())
}
