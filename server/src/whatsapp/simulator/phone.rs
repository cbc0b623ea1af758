//! The phones' side: what the page and the tests call.

use super::{Simulator, send, store, webhook};
use app::simulator::wire::{Customer, NewCustomer, Offers, PhoneMessage, Say, State, Switches};
use axum::Json;
use axum::extract::{Path, Query, State as Extract};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use http::StatusCode;
use rand::Rng;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long a page waits for news before it asks again.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many numbers are made up for a new customer before it is given up.
const TRIES: usize = 50;

/// What went wrong, for the page or the test that asked.
pub enum Problem {
    Database(sqlx::Error),
    Missing,
    Invalid(&'static str),
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        match self {
            Self::Database(error) => {
                tracing::error!(%error, "the simulator's memory");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
            Self::Missing => (StatusCode::NOT_FOUND, "There is no such customer or message.").into_response(),
            Self::Invalid(why) => (StatusCode::UNPROCESSABLE_ENTITY, why).into_response(),
        }
    }
}

#[derive(Deserialize)]
pub struct Asked {
    customer: Option<Uuid>,
    after: Option<u64>,
}

/// `GET /simulator/api/state?customer=&after=`: at once, or as soon as something is newer than `after`.
pub async fn state(Extract(simulator): Extract<Simulator>, Query(asked): Query<Asked>) -> Result<Json<State>, Problem> {
    let mut changed = simulator.0.changed.subscribe();
    if let Some(after) = asked.after {
        let _ = tokio::time::timeout(PATIENCE, changed.wait_for(|version| *version != after)).await;
    }
    let version = *changed.borrow_and_update();
    let pool = &simulator.0.pool;
    let messages = match asked.customer {
        Some(customer) => store::messages(pool, customer).await?,
        None => Vec::new(),
    };
    let customers = store::customers(pool).await?;
    let (typing, switches) = {
        let memory = simulator.memory();
        let until = asked.customer.and_then(|customer| memory.typing.get(&customer).copied());
        (until.is_some_and(|until| until > Instant::now()), memory.switches.clone())
    };
    Ok(Json(State {
        version,
        business: simulator.0.settings.business_name.clone(),
        now: simulator.0.clock.now(),
        customers,
        messages,
        typing,
        switches,
        waiting: simulator.0.line.waiting(),
    }))
}

/// `POST /simulator/api/customers`: a new phone.
pub async fn create(
    Extract(simulator): Extract<Simulator>,
    Json(new): Json<NewCustomer>,
) -> Result<Json<Customer>, Problem> {
    let name = new.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    if name.as_ref().is_some_and(|name| name.chars().count() > 80) {
        return Err(Problem::Invalid("A name has at most 80 characters."));
    }
    let bsuid = format!("GB.{:020}", rand::rng().random::<u64>());
    let phone = new.phone.map(|phone| phone.chars().filter(char::is_ascii_digit).collect::<String>());
    if phone.as_ref().is_some_and(|phone| !(7..=15).contains(&phone.len())) {
        return Err(Problem::Invalid("A number has 7 to 15 digits, the country's first."));
    }
    let username = new.bsuid_only.then(|| {
        let words = name.as_deref().unwrap_or("someone").to_lowercase();
        words.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>()
    });
    // A number that is made up here may be taken; there are others.
    let tries = if phone.is_some() || new.bsuid_only { 1 } else { TRIES };
    for _ in 0..tries {
        let made_up = || format!("4477009{:05}", rand::rng().random_range(0..100_000));
        let phone = (!new.bsuid_only).then(|| phone.clone().unwrap_or_else(made_up));
        let (bsuid, name, username) = (bsuid.clone(), name.clone(), username.clone());
        let customer = Customer { id: Uuid::now_v7(), phone, bsuid, name, username, last: None };
        if store::create(&simulator.0.pool, &customer, simulator.0.clock.now()).await? {
            simulator.change();
            return Ok(Json(customer));
        }
    }
    Err(Problem::Invalid("Somebody has this number already."))
}

/// `POST /simulator/api/customers/{id}/messages`: the customer writes or taps. Answers with the wamid.
pub async fn say(
    Extract(simulator): Extract<Simulator>,
    Path(id): Path<Uuid>,
    Json(say): Json<Say>,
) -> Result<Json<Value>, Problem> {
    let pool = &simulator.0.pool;
    let customer = store::get(pool, id).await?.ok_or(Problem::Missing)?;
    let body = match say {
        Say::Text(text) if text.trim().is_empty() => return Err(Problem::Invalid("There are no words in it.")),
        Say::Text(text) if text.chars().count() > 4096 => {
            return Err(Problem::Invalid("A message has at most 4096 characters."));
        }
        Say::Text(text) => json!({"type": "text", "text": {"body": text}}),
        Say::Tap { message, choice } => {
            let message = store::get_message(pool, id, &message).await?.ok_or(Problem::Missing)?;
            tap(&message, &choice).ok_or(Problem::Missing)?
        }
        Say::Raw(body) if body["type"].is_string() => body,
        Say::Raw(_) => return Err(Problem::Invalid("A message object has a type.")),
    };
    let at = simulator.0.clock.now();
    let settings = &simulator.0.settings;
    let wamid = send::wamid(&customer, false);
    let message = PhoneMessage { id: wamid.clone(), from_customer: true, body, status: "delivered".into(), at };
    store::keep(pool, id, &settings.phone_number_id, &message, None).await?;
    let no_profile = simulator.memory().switches.no_profile;
    let mut value = webhook::value(settings);
    value["contacts"] = json!([contact(&customer, no_profile)]);
    let mut wire = message.body;
    wire["id"] = wamid.clone().into();
    wire["timestamp"] = at.timestamp().to_string().into();
    wire["from_user_id"] = customer.bsuid.clone().into();
    if let Some(phone) = &customer.phone {
        wire["from"] = phone.clone().into();
    }
    value["messages"] = json!([wire]);
    simulator.0.line.push(value);
    simulator.change();
    Ok(Json(json!({"id": wamid})))
}

fn contact(customer: &Customer, no_profile: bool) -> Value {
    let mut contact = json!({"user_id": customer.bsuid});
    if let Some(phone) = &customer.phone {
        contact["wa_id"] = phone.clone().into();
    }
    if !no_profile {
        if let Some(name) = &customer.name {
            contact["profile"]["name"] = name.clone().into();
        }
        if let Some(username) = &customer.username {
            contact["profile"]["username"] = username.clone().into();
        }
    }
    contact
}

/// The reply that a tap on a button or row makes.
fn tap(message: &PhoneMessage, choice: &str) -> Option<Value> {
    let interactive = &message.body["interactive"];
    let action = &interactive["action"];
    let context = json!({"id": message.id});
    if let Some(buttons) = action["buttons"].as_array() {
        let reply = buttons.iter().map(|button| &button["reply"]).find(|reply| reply["id"] == choice)?;
        return Some(json!({"type": "interactive", "context": context,
            "interactive": {"type": "button_reply", "button_reply": {"id": reply["id"], "title": reply["title"]}}}));
    }
    let rows = action["sections"].as_array()?.iter().filter_map(|section| section["rows"].as_array()).flatten();
    let row = rows.into_iter().find(|row| row["id"] == choice)?;
    let mut reply = json!({"id": row["id"], "title": row["title"]});
    if row["description"].is_string() {
        reply["description"] = row["description"].clone();
    }
    Some(json!({"type": "interactive", "context": context, "interactive": {"type": "list_reply", "list_reply": reply}}))
}

/// `POST /simulator/api/customers/{id}/open`: the customer looks at the phone.
pub async fn open(Extract(simulator): Extract<Simulator>, Path(id): Path<Uuid>) -> Result<StatusCode, Problem> {
    let customer = store::get(&simulator.0.pool, id).await?.ok_or(Problem::Missing)?;
    let read = store::read_all(&simulator.0.pool, id).await?;
    for (wamid, callback) in &read {
        send::status(&simulator, &customer, wamid, callback.as_deref(), "read", None);
    }
    if !read.is_empty() {
        simulator.change();
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /simulator/api/customers/{id}/offers`: the customer stops or resumes offers, in WhatsApp's own menu.
pub async fn offers(
    Extract(simulator): Extract<Simulator>,
    Path(id): Path<Uuid>,
    Json(Offers { wanted }): Json<Offers>,
) -> Result<StatusCode, Problem> {
    let customer = store::get(&simulator.0.pool, id).await?.ok_or(Problem::Missing)?;
    let word = if wanted { "resume" } else { "stop" };
    let mut said = json!({"category": "marketing_messages", "value": word, "user_id": customer.bsuid,
        "detail": format!("User requested to {word} marketing messages"),
        "timestamp": simulator.0.clock.now().timestamp()});
    if let Some(phone) = &customer.phone {
        said["wa_id"] = phone.clone().into();
    }
    let no_profile = simulator.memory().switches.no_profile;
    let mut value = webhook::value(&simulator.0.settings);
    value["contacts"] = json!([contact(&customer, no_profile)]);
    value["user_preferences"] = json!([said]);
    simulator.0.line.push(value);
    simulator.change();
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /simulator/api/switches`
pub async fn switch(Extract(simulator): Extract<Simulator>, Json(switches): Json<Switches>) -> StatusCode {
    simulator.memory().switches = switches.clone();
    simulator.0.line.switch(switches);
    simulator.change();
    StatusCode::NO_CONTENT
}

/// `POST /simulator/api/webhook`: any `value` of a change, put into an envelope and signed.
pub async fn webhook(Extract(simulator): Extract<Simulator>, Json(value): Json<Value>) -> StatusCode {
    simulator.0.line.push(value);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
pub struct Forward {
    seconds: i64,
}

/// `POST /simulator/api/clock`: moves the clock of this Baton forward, its simulator's too.
pub async fn clock(
    Extract(simulator): Extract<Simulator>,
    Json(forward): Json<Forward>,
) -> Result<Json<Value>, Problem> {
    if !(0..=31 * 86_400).contains(&forward.seconds) {
        return Err(Problem::Invalid("The clock moves forward, by at most 31 days."));
    }
    simulator.0.clock.shift(TimeDelta::seconds(forward.seconds));
    simulator.change();
    Ok(Json(json!({"now": simulator.0.clock.now()})))
}

/// One line that stands for a message in a list.
pub fn line(body: &Value) -> String {
    let interactive = &body["interactive"];
    let text = [
        &body["text"]["body"],
        &interactive["body"]["text"],
        &interactive["button_reply"]["title"],
        &interactive["list_reply"]["title"],
        &body["image"]["caption"],
        &body["video"]["caption"],
        &body["document"]["caption"],
        &body["document"]["filename"],
    ]
    .into_iter()
    .find_map(Value::as_str)
    .or(body["type"].as_str())
    .unwrap_or_default();
    text.chars().take(80).collect()
}
