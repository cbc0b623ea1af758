//! News of a customer's other number or user id.

use super::{Update, What, hash, items, other, text, time};
use domain::contact::moved::Moved;
use domain::contact::{Known, Phone};
use domain::message::receive::Incoming;
use serde_json::Value;

/// A notice that its writer has another number or user id from now on.
pub(super) fn read(notice: &Incoming, message: &Value) -> Option<Moved> {
    let system = &message["system"];
    let to = match system["type"].as_str().filter(|_| message["type"] == "system")? {
        "user_changed_number" | "customer_changed_number" => Known {
            phone: Some(Phone::parse(&text(&system["wa_id"]).or_else(|| text(&system["new_wa_id"]))?).ok()?),
            bsuid: user_id(&system["user_id"]),
            ..Known::default()
        },
        "user_changed_user_id" => Known { bsuid: Some(user_id(&system["user_id"])?), ..Known::default() },
        _ => return None,
    };
    // Of a user id alone it names the one before, and nobody else.
    let mut from = notice.from.clone();
    from.bsuid = user_id(&system["previous_user_id"]).or(from.bsuid);
    Some(Moved { from, to, at: notice.said_at, key: format!("h:{}", hash(message)) })
}

pub(super) fn read_user_ids(number: Option<&str>, change: &Value, updates: &mut Vec<Update>) {
    let before = updates.len();
    for said in items(&change["value"]["user_id_update"]) {
        let phone = text(&said["wa_id"]).and_then(|phone| Phone::parse(&phone).ok());
        let from = Known { phone, bsuid: user_id(&said["user_id"]["previous"]), ..Known::default() };
        updates.push(match (user_id(&said["user_id"]["current"]), time(&said["timestamp"])) {
            (Some(current), Some(at)) => {
                let to = Known { bsuid: Some(current), ..Known::default() };
                update("user_id_update", number, Moved { from, to, at, key: format!("h:{}", hash(said)) })
            }
            _ => other("user_id_update", number, said, "no user id is in it"),
        });
    }
    if updates.len() == before {
        updates.push(other("user_id_update", number, change, "no user id is in it"));
    }
}

pub(super) fn update(kind: &str, number: Option<&str>, moved: Moved) -> Update {
    Update {
        kind: kind.into(),
        phone_number_id: number.map(Into::into),
        at: Some(moved.at),
        what: What::Moved(Box::new(moved)),
    }
}

/// A business-scoped user id, as far as it can be one.
fn user_id(value: &Value) -> Option<String> {
    text(value).filter(|id| id.len() <= 160)
}
