//! The Graph API's side: `POST /{version}/{number}/messages` with Graph's checks, limits and error bodies.

use super::error::GraphError;
use super::{Simulator, media, send, store};
use app::simulator::wire::{Answering, Customer};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A pair's burst: messages to one customer that need no wait.
const BURST: f64 = 45.0;
/// Seconds until one more message to the same customer is allowed.
const REFILL_SECONDS: f64 = 6.0;
/// How long WhatsApp shows that somebody types.
const TYPING: Duration = Duration::from_secs(25);

/// Sends, marks as read, shows typing.
pub async fn messages(
    State(simulator): State<Simulator>,
    Path((_version, number)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(problem) = allowed(&simulator, &number, &headers) {
        return problem.into_response();
    }
    let Ok(asked) = serde_json::from_slice::<Value>(&body) else {
        return GraphError::parameter("Invalid JSON in the request's body").into_response();
    };
    if asked["messaging_product"] != "whatsapp" {
        return GraphError::parameter("The parameter messaging_product is required.").into_response();
    }
    if asked["status"] == "read" {
        return mark_read(&simulator, &asked).await;
    }
    let answering = simulator.memory().switches.answering;
    match answering {
        Answering::Refuse(code) => return GraphError::known(code).into_response(),
        Answering::Down => return lost(),
        Answering::Normal | Answering::Late | Answering::Lost => {}
    }
    let answer = match accept(&simulator, &number, asked).await {
        Ok(answer) => Json(answer).into_response(),
        Err(problem) => return problem,
    };
    match answering {
        Answering::Lost => lost(),
        Answering::Late => {
            tokio::time::sleep(Duration::from_secs(2)).await;
            answer
        }
        _ => answer,
    }
}

/// Whether the token is right and knows the number.
pub fn allowed(simulator: &Simulator, number: &str, headers: &HeaderMap) -> Result<(), GraphError> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if bearer.and_then(|value| value.strip_prefix("Bearer ")) != Some(simulator.0.settings.access_token.as_str()) {
        return Err(GraphError::token());
    }
    if number != simulator.0.settings.phone_number_id {
        return Err(GraphError::unknown_object(number));
    }
    Ok(())
}

/// An answer that is none.
pub fn lost() -> Response {
    (StatusCode::BAD_GATEWAY, "<html><body>Bad Gateway</body></html>").into_response()
}

/// The simulator's own trouble, as Graph would tell of its own.
pub fn broken(error: sqlx::Error) -> Response {
    tracing::error!(%error, "the simulator's memory");
    GraphError::known(131_000).into_response()
}

async fn mark_read(simulator: &Simulator, asked: &Value) -> Response {
    let Some(id) = asked["message_id"].as_str() else {
        return GraphError::parameter("The parameter message_id is required.").into_response();
    };
    match store::read_by_business(&simulator.0.pool, id).await {
        Ok(Some(customer)) => {
            if asked["typing_indicator"].is_object() {
                simulator.memory().typing.insert(customer, Instant::now() + TYPING);
            }
            simulator.change();
            Json(json!({"success": true})).into_response()
        }
        Ok(None) => GraphError::value("Message ID is invalid.").into_response(),
        Err(error) => broken(error),
    }
}

async fn accept(simulator: &Simulator, number: &str, asked: Value) -> Result<Value, Response> {
    let callback = asked["biz_opaque_callback_data"].as_str().map(ToOwned::to_owned);
    if callback.as_ref().is_some_and(|data| data.chars().count() > 512) {
        return Err(GraphError::value("biz_opaque_callback_data has at most 512 characters").into_response());
    }
    let to = asked["to"].as_str().unwrap_or_default();
    let recipient = asked["recipient"].as_str().unwrap_or_default();
    if to.is_empty() && recipient.is_empty() {
        return Err(GraphError::parameter("The parameter to is required.").into_response());
    }
    let kind = asked["type"].as_str().unwrap_or("text");
    check(kind, &asked[kind]).map_err(IntoResponse::into_response)?;
    media::check(simulator, number, kind, &asked[kind]).await?;
    let digits: String = to.chars().filter(char::is_ascii_digit).collect();
    let body = json!({"type": kind, kind: asked[kind]});
    let found = store::find(&simulator.0.pool, &digits, recipient).await.map_err(broken)?;
    let input = if to.is_empty() { recipient } else { to };
    let mut contact = json!({"input": input});
    let wamid = match found {
        Some(customer) => {
            if !within_pair_rate(simulator, customer.id) {
                return Err(GraphError::known(131_056).into_response());
            }
            if let Some(phone) = &customer.phone {
                contact["wa_id"] = phone.clone().into();
            }
            contact["user_id"] = customer.bsuid.clone().into();
            send::take(simulator, customer, number, body, callback).await.map_err(broken)?
        }
        None => {
            contact["wa_id"] = digits.clone().into();
            let nobody = Customer {
                id: Uuid::nil(),
                phone: (!digits.is_empty()).then_some(digits),
                bsuid: recipient.to_owned(),
                name: None,
                username: None,
                last: None,
            };
            send::take_for_nobody(simulator, nobody, callback)
        }
    };
    simulator.change();
    Ok(json!({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]}))
}

fn within_pair_rate(simulator: &Simulator, customer: Uuid) -> bool {
    let now = Instant::now();
    let mut memory = simulator.memory();
    let (left, since) = memory.pairs.entry(customer).or_insert((BURST, now));
    *left = (*left + since.elapsed().as_secs_f64() / REFILL_SECONDS).min(BURST);
    *since = now;
    if *left < 1.0 {
        return false;
    }
    *left -= 1.0;
    true
}

/// Graph's checks of a message object, with the limits of WhatsApp's reference.
fn check(kind: &str, object: &Value) -> Result<(), GraphError> {
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let within = |name: &str, value: &Value, longest: usize| match length(value) {
        0 => Err(GraphError::parameter(format!("The parameter {name} is required."))),
        n if n > longest => Err(GraphError::value(format!("{name} has at most {longest} characters"))),
        _ => Ok(()),
    };
    match kind {
        "text" => within("text.body", &object["body"], 4096),
        "interactive" => {
            let action = &object["action"];
            match object["type"].as_str() {
                Some("button") => {
                    within("interactive.body.text", &object["body"]["text"], 1024)?;
                    let buttons = action["buttons"].as_array().map_or(&[][..], Vec::as_slice);
                    if !(1..=3).contains(&buttons.len()) {
                        return Err(GraphError::value(
                            "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3",
                        ));
                    }
                    let mut ids = HashSet::new();
                    for button in buttons {
                        within("button.reply.id", &button["reply"]["id"], 256)?;
                        within("button.reply.title", &button["reply"]["title"], 20)?;
                        if !ids.insert(button["reply"]["id"].to_string()) {
                            return Err(GraphError::value("Button ids are unique within a message"));
                        }
                    }
                    Ok(())
                }
                Some("list") => {
                    within("interactive.body.text", &object["body"]["text"], 4096)?;
                    within("action.button", &action["button"], 20)?;
                    let sections = action["sections"].as_array().map_or(&[][..], Vec::as_slice);
                    let rows: Vec<&Value> = sections.iter().filter_map(|s| s["rows"].as_array()).flatten().collect();
                    if sections.len() > 10 || !(1..=10).contains(&rows.len()) {
                        return Err(GraphError::value("Total row count exceed max allowed count: 10"));
                    }
                    for section in sections.iter().filter(|_| sections.len() > 1) {
                        within("section.title", &section["title"], 24)?;
                    }
                    for row in rows {
                        within("row.id", &row["id"], 200)?;
                        within("row.title", &row["title"], 24)?;
                        if length(&row["description"]) > 72 {
                            return Err(GraphError::value("row.description has at most 72 characters"));
                        }
                    }
                    Ok(())
                }
                _ => Err(GraphError::value("interactive.type is button or list here")),
            }
        }
        // What they name is looked at by `media::check`.
        "image" | "video" | "audio" | "document" => within("id", &object["id"], 64),
        _ => Err(GraphError::known(131_051)),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use serde_json::json;

    #[test]
    fn whatsapps_limits_hold() {
        let buttons = |count: usize, title: &str| {
            let buttons: Vec<_> =
                (0..count).map(|n| json!({"type": "reply", "reply": {"id": n.to_string(), "title": title}})).collect();
            json!({"type": "button", "body": {"text": "b"}, "action": {"buttons": buttons}})
        };
        assert!(check("text", &json!({"body": "a"})).is_ok());
        assert!(check("text", &json!({"body": ""})).is_err());
        assert!(check("text", &json!({"body": "é".repeat(4096)})).is_ok());
        assert!(check("text", &json!({"body": "é".repeat(4097)})).is_err());
        assert!(check("interactive", &buttons(3, "t")).is_ok());
        assert!(check("interactive", &buttons(4, "t")).is_err());
        assert!(check("interactive", &buttons(0, "t")).is_err());
        assert!(check("interactive", &buttons(1, &"t".repeat(21))).is_err());
        assert!(check("template", &json!({})).is_err());
    }
}
