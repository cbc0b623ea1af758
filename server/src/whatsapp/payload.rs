//! Meta's webhook JSON, read without trust: what is missing is missing, what is unknown is kept.

mod moved;

use chrono::DateTime;
use domain::contact::moved::Moved;
use domain::contact::preference::Preference;
use domain::contact::{Known, Opted, Phone, Source};
use domain::flow::Heard;
use domain::message::receive::Incoming;
use domain::message::{Body, Delivery, Failure, Placeholder};
use domain::outbox::settle::Status;
use domain::{AttemptId, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One thing that a delivery tells.
#[derive(Debug)]
pub struct Update {
    /// message, status, error, or the changed field's name.
    pub kind: String,
    /// The number it is about, by Meta's id.
    pub phone_number_id: Option<String>,
    /// WhatsApp's time, for order within a group.
    pub at: Option<Timestamp>,
    /// What it says.
    pub what: What,
}

/// What an update says.
#[derive(Debug)]
pub enum What {
    /// A customer's message.
    Message(Box<Incoming>),
    /// What became of a message of ours.
    Status(Box<Status>),
    /// What a customer says about campaigns.
    Preference(Box<Preference>),
    /// A customer has another number or user id.
    Moved(Box<Moved>),
    /// Anything else: kept in the ledger, recognised again by its hash.
    Other {
        /// SHA-256 of the change, in hex.
        hash: String,
        /// Why nothing more is made of it.
        why: &'static str,
    },
}

/// Reads a delivery.
///
/// # Errors
/// A sentence, when it is no JSON object at all.
pub fn read(body: &[u8]) -> Result<Vec<Update>, String> {
    let mut root: Value = serde_json::from_slice(body).map_err(|error| format!("not JSON: {error}"))?;
    strip_nul(&mut root);
    if !root.is_object() {
        return Err("not a JSON object".into());
    }
    let mut updates = Vec::new();
    for entry in items(&root["entry"]) {
        if entry["changes"].as_array().is_none_or(Vec::is_empty) {
            updates.push(other("entry", None, entry, "no changes"));
        }
        for change in items(&entry["changes"]) {
            read_change(change, &mut updates);
        }
    }
    Ok(updates)
}

fn read_change(change: &Value, updates: &mut Vec<Update>) {
    let field = change["field"].as_str().unwrap_or("unnamed");
    let value = &change["value"];
    let number = value["metadata"]["phone_number_id"].as_str();
    if field == "user_preferences" {
        return read_preferences(number, change, updates);
    }
    if field == "user_id_update" {
        return moved::read_user_ids(number, change, updates);
    }
    if field != "messages" {
        return updates.push(other(field, number, change, "a field that is only kept"));
    }
    let before = updates.len();
    for message in items(&value["messages"]) {
        let Some(id) = message["id"].as_str().filter(|id| !id.is_empty()) else {
            updates.push(other("message", number, message, "a message without an id"));
            continue;
        };
        if message["group_id"].is_string() {
            updates.push(other("message", number, message, "a group's message"));
            continue;
        }
        let incoming = read_message(id, message, value);
        let moved = moved::read(&incoming, message);
        updates.push(Update {
            kind: "message".into(),
            phone_number_id: number.map(Into::into),
            at: Some(incoming.said_at),
            what: What::Message(Box::new(incoming)),
        });
        updates.extend(moved.map(|said| moved::update("system", number, said)));
    }
    for status in items(&value["statuses"]) {
        updates.push(match read_status(status) {
            Some(read) => Update {
                kind: "status".into(),
                phone_number_id: number.map(Into::into),
                at: Some(read.at),
                what: What::Status(Box::new(read)),
            },
            None => other("status", number, status, "a status that is only kept"),
        });
    }
    for error in items(&value["errors"]) {
        updates.push(other("error", number, error, "an error of the account"));
    }
    if updates.len() == before {
        updates.push(other(field, number, change, "neither messages nor statuses"));
    }
}

fn read_preferences(number: Option<&str>, change: &Value, updates: &mut Vec<Update>) {
    let before = updates.len();
    for said in items(&change["value"]["user_preferences"]) {
        updates.push(match read_preference(said, &change["value"]) {
            Some(read) => Update {
                kind: "user_preferences".into(),
                phone_number_id: number.map(Into::into),
                at: Some(read.at),
                what: What::Preference(Box::new(read)),
            },
            None => other("user_preferences", number, said, "a preference that is only kept"),
        });
    }
    if updates.len() == before {
        updates.push(other("user_preferences", number, change, "no preference is in it"));
    }
}

/// Whose word it is stands beside it; only where nothing does, the one customer of the change is meant.
fn read_preference(said: &Value, value: &Value) -> Option<Preference> {
    if said["category"].as_str().is_some_and(|category| category != "marketing_messages") {
        return None;
    }
    let opted = match said["value"].as_str()? {
        "stop" => Opted::Out,
        "resume" | "signup" => Opted::In,
        _ => return None,
    };
    let (phone, user) = (text(&said["wa_id"]), text(&said["user_id"]));
    let contacts = items(&value["contacts"]);
    let theirs = contacts
        .iter()
        .find(|c| (phone.is_some() && text(&c["wa_id"]) == phone) || (user.is_some() && text(&c["user_id"]) == user))
        .or_else(|| contacts.first().filter(|_| phone.is_none() && user.is_none() && contacts.len() == 1));
    let of_theirs = |key: &str| theirs.and_then(|contact| text(&contact[key]));
    Some(Preference {
        from: Known {
            phone: phone.or_else(|| of_theirs("wa_id")).and_then(|phone| Phone::parse(&phone).ok()),
            bsuid: user.or_else(|| of_theirs("user_id")).filter(|id| id.len() <= 160),
            username: theirs.and_then(|contact| text(&contact["profile"]["username"])),
            name: theirs
                .and_then(|contact| text(&contact["profile"]["name"]))
                .map(|name| name.chars().take(120).collect()),
        },
        opted,
        at: time(&said["timestamp"])?,
        key: format!("h:{}", hash(said)),
    })
}

fn hash(what: &Value) -> String {
    hex::encode(Sha256::digest(what.to_string().as_bytes()))
}

fn other(kind: &str, number: Option<&str>, what: &Value, why: &'static str) -> Update {
    Update {
        kind: kind.chars().take(60).collect(),
        phone_number_id: number.map(Into::into),
        at: None,
        what: What::Other { hash: hash(what), why },
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(Into::into)
}

/// Unix seconds, as a string or a number.
fn time(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    DateTime::from_timestamp(seconds, 0)
}

/// Postgres takes no U+0000 in text.
fn strip_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', ""),
        Value::Array(items) => items.iter_mut().for_each(strip_nul),
        Value::Object(fields) => {
            if fields.keys().any(|key| key.contains('\0')) {
                *fields =
                    std::mem::take(fields).into_iter().map(|(key, value)| (key.replace('\0', ""), value)).collect();
            }
            fields.values_mut().for_each(strip_nul);
        }
        _ => {}
    }
}

fn read_message(id: &str, message: &Value, value: &Value) -> Incoming {
    let (body, heard) = read_body(message);
    let whole = matches!(body, Body::Text { .. } | Body::Reply { .. }) && message["referral"].is_null();
    Incoming {
        wamid: id.to_owned(),
        from: who(message, value),
        said_at: time(&message["timestamp"]).unwrap_or(Timestamp::MAX_UTC),
        body,
        heard,
        raw: (!whole).then(|| message.clone()),
        reply_to: text(&message["context"]["id"]),
        source: match &message["referral"] {
            Value::Object(referral) => Source::Ad {
                headline: referral.get("headline").and_then(text).unwrap_or_default(),
                body: referral.get("body").and_then(text).unwrap_or_default(),
                url: referral.get("source_url").and_then(text).unwrap_or_default(),
            },
            _ => Source::Organic,
        },
    }
}

/// Who wrote it: `from` and `from_user_id`, and the entry of `contacts` that fits them. All may be missing.
fn who(message: &Value, value: &Value) -> Known {
    let from = message["from"].as_str();
    let user = message["from_user_id"].as_str();
    let contacts = items(&value["contacts"]);
    let contact = contacts
        .iter()
        .find(|c| (from.is_some() && c["wa_id"].as_str() == from) || (user.is_some() && c["user_id"].as_str() == user))
        .or_else(|| contacts.first().filter(|_| contacts.len() == 1));
    let of_contact = |key: &str| contact.and_then(|contact| text(&contact[key]));
    Known {
        phone: from
            .map(Into::into)
            .or_else(|| of_contact("wa_id"))
            .or_else(|| own_card(message))
            .and_then(|phone: String| Phone::parse(&phone).ok()),
        bsuid: user.map(Into::into).or_else(|| of_contact("user_id")).filter(|id: &String| id.len() <= 160),
        username: contact.and_then(|contact| text(&contact["profile"]["username"])),
        name: contact
            .and_then(|contact| text(&contact["profile"]["name"]))
            .map(|name| name.chars().take(120).collect()),
    }
}

/// The number on the card that a customer without one shares about themselves when they are asked for it.
fn own_card(message: &Value) -> Option<String> {
    let card = &message["contacts"][0];
    let phone = &card["phones"][0];
    let asked = message["type"] == "contacts" && card["origin"] == "contact_request";
    asked.then(|| text(&phone["wa_id"]).or_else(|| text(&phone["phone"]))).flatten()
}

/// What is shown of a message, and what the bot hears; it hears nothing of what is no utterance.
fn read_body(message: &Value) -> (Body, Option<Heard>) {
    let kind = message["type"].as_str().unwrap_or("unknown");
    let interactive = &message["interactive"];
    match kind {
        "text" => {
            let words = message["text"]["body"].as_str().unwrap_or_default().to_owned();
            (Body::Text { text: words.clone() }, Some(Heard::Text(words)))
        }
        "interactive" if interactive["button_reply"].is_object() => reply(&interactive["button_reply"], "id", "title"),
        "interactive" if interactive["list_reply"].is_object() => reply(&interactive["list_reply"], "id", "title"),
        "button" => reply(&message["button"], "payload", "text"),
        _ => {
            let (label, text) = placeholder(kind, message);
            let heard = match kind {
                "reaction" | "system" | "edit" | "revoke" | "request_welcome" => None,
                _ => Some(Heard::Other),
            };
            let kind = kind.chars().take(40).collect();
            (Body::Placeholder(Placeholder { kind, label: label.into(), text }), heard)
        }
    }
}

fn reply(choice: &Value, id: &str, title: &str) -> (Body, Option<Heard>) {
    let title = text(&choice[title]).unwrap_or_else(|| "Button".into());
    let id = text(&choice[id]).unwrap_or_else(|| title.clone());
    let heard = Heard::Choice { id: id.clone(), title: title.clone() };
    (Body::Reply { id, title, description: text(&choice["description"]) }, Some(heard))
}

/// The words for a type that is not shown in full yet, and the plain text that came with it.
fn placeholder(kind: &str, message: &Value) -> (&'static str, Option<String>) {
    let of = &message[kind];
    match kind {
        "image" => ("Photo", text(&of["caption"])),
        "video" => ("Video", text(&of["caption"])),
        "audio" | "voice" if of["voice"].as_bool() == Some(true) || kind == "voice" => ("Voice message", None),
        "audio" => ("Audio", None),
        "document" => ("Document", text(&of["filename"]).or_else(|| text(&of["caption"]))),
        "sticker" => ("Sticker", None),
        "location" => ("Location", text(&of["name"]).or_else(|| text(&of["address"]))),
        "contacts" => ("Contact card", text(&of[0]["name"]["formatted_name"])),
        "reaction" => match text(&of["emoji"]) {
            Some(emoji) => ("Reaction", Some(emoji)),
            None => ("Reaction removed", None),
        },
        "order" => ("Order", text(&of["text"])),
        "system" => ("WhatsApp notice", text(&of["body"])),
        "interactive" => match message["interactive"]["type"].as_str() {
            Some("nfm_reply") => ("Form", text(&message["interactive"]["nfm_reply"]["body"])),
            Some("call_permission_reply") => {
                ("Call permission", text(&message["interactive"]["call_permission_reply"]["response"]))
            }
            _ => ("Unsupported message", None),
        },
        "edit" => ("Edited message", None),
        "revoke" => ("Deleted message", None),
        "request_welcome" => ("Opened the chat", None),
        _ => ("Unsupported message", text(&message["unsupported"]["type"])),
    }
}

fn read_status(status: &Value) -> Option<Status> {
    let delivery = match status["status"].as_str()? {
        "sent" => Delivery::Sent,
        "delivered" => Delivery::Delivered,
        "read" => Delivery::Read,
        "played" => Delivery::Played,
        "failed" => Delivery::Failed,
        _ => return None,
    };
    if status["recipient_type"].as_str() == Some("group") {
        return None;
    }
    let failure = (delivery == Delivery::Failed).then(|| {
        let error = &status["errors"][0];
        let code = error["code"].as_i64().or_else(|| error["code"].as_str()?.parse().ok()).unwrap_or(-1);
        let detail = text(&error["error_data"]["details"]).or_else(|| text(&error["title"]));
        Failure::from_code(code, detail.unwrap_or_default())
    });
    Some(Status {
        wamid: text(&status["id"])?,
        delivery,
        at: time(&status["timestamp"])?,
        failure,
        attempt: status["biz_opaque_callback_data"].as_str().and_then(|data| data.parse::<AttemptId>().ok()),
    })
}
