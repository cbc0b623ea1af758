//! The flow that a new workspace starts with.

use super::{Expects, Flow, MenuOption, Step};
use crate::message::{Choice, Section};
use std::collections::BTreeMap;

/// Greeting, menu with buttons, a list of answers, a branch on an attribute, a question whose answer is
/// stored, and "talk to a person".
pub fn sample() -> Flow {
    let say = |text: &str, next: Option<&str>| Step::Say { text: text.into(), next: next.map(Into::into) };
    let option =
        |id: &str, title: &str, next: &str| MenuOption { id: id.into(), title: title.into(), next: next.into() };
    let row = |id: &str, title: &str, description: &str| Choice {
        id: id.into(),
        title: title.into(),
        description: Some(description.into()),
    };
    let steps = BTreeMap::from([
        (
            "menu".to_owned(),
            Step::Menu {
                text: "What can I do for you?".into(),
                options: vec![
                    option("track", "Track an order", "ask_order"),
                    option("more", "Other questions", "topics"),
                    option("person", "Talk to a person", "person"),
                ],
            },
        ),
        (
            "ask_order".to_owned(),
            Step::Ask {
                text: "Please send me your order number. You find it in the confirmation e-mail.".into(),
                attribute: "order_number".into(),
                expects: Expects::OrderNumber,
                again: "That does not look like an order number. It has at least three digits, like 20418.".into(),
                next: Some("order_found".into()),
            },
        ),
        (
            "order_found".to_owned(),
            say("Thank you. Order {order_number} left our warehouse and is on its way to you.", Some("anything_else")),
        ),
        (
            "topics".to_owned(),
            Step::Choose {
                text: "Which of these is it about?".into(),
                button: "Choose a topic".into(),
                sections: vec![Section {
                    title: "Topics".into(),
                    rows: vec![
                        row("returns", "Returns", "How to send something back"),
                        row("hours", "Opening hours", "When people answer here"),
                        row("offers", "Offers", "What is new in your country"),
                        row("invoice", "Invoice by e-mail", "Tell us where to send it"),
                    ],
                }],
            },
        ),
        (
            "returns".to_owned(),
            say("You can send anything back within 30 days. The label is in the parcel.", Some("anything_else")),
        ),
        (
            "hours".to_owned(),
            say("I answer at any time. Ask for a person, and I tell you when somebody is here.", Some("anything_else")),
        ),
        (
            "offers".to_owned(),
            Step::Branch {
                attribute: "country".into(),
                equals: None,
                then: "offers_country".into(),
                otherwise: "ask_country".into(),
            },
        ),
        (
            "ask_country".to_owned(),
            Step::Ask {
                text: "Which country do you live in?".into(),
                attribute: "country".into(),
                expects: Expects::Text,
                again: "Please write the name of your country.".into(),
                next: Some("offers_country".into()),
            },
        ),
        (
            "offers_country".to_owned(),
            say("Free delivery in {country} until the end of the month.", Some("anything_else")),
        ),
        (
            "invoice".to_owned(),
            Step::Ask {
                text: "Which e-mail address should the invoice go to?".into(),
                attribute: "email".into(),
                expects: Expects::Email,
                again: "That does not look like an e-mail address. Please try again.".into(),
                next: Some("invoice_sent".into()),
            },
        ),
        ("invoice_sent".to_owned(), say("Thank you, the invoice goes to {email}.", Some("anything_else"))),
        (
            "anything_else".to_owned(),
            Step::Menu {
                text: "Is there anything else?".into(),
                options: vec![
                    option("menu_again", "Back to the menu", "menu"),
                    option("person_after", "Talk to a person", "person"),
                ],
            },
        ),
        ("person".to_owned(), Step::Person { reason: "The customer wants to talk to a person".into() }),
    ]);
    Flow {
        greeting: "Hello {name}! I am the assistant of Sunny Goods.".into(),
        start: "menu".into(),
        steps,
        fallback: "I did not understand that.".into(),
        handover: "I am getting a person for you. Please stay with me for a moment.".into(),
        nobody: "Nobody is at the desk right now. Your question is kept, and people answer {opens}.".into(),
    }
}
