//! What becomes of a message that Baton has sent: on the phone, and in statuses.

use super::error::GraphError;
use super::{Simulator, store, webhook};
use app::simulator::wire::{Customer, PhoneMessage};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use rand::Rng;
use serde_json::{Value, json};
use std::time::Duration;

/// A message id of WhatsApp's form: the peer's digits, a direction and a random token, in Base64.
pub fn wamid(peer: &Customer, sent_by_business: bool) -> String {
    let peer = peer.phone.as_deref().unwrap_or("0").as_bytes();
    let mut token = [0_u8; 9];
    rand::rng().fill(&mut token);
    let token = hex::encode_upper(token);
    let mut bytes = vec![0x1c, 0x18, u8::try_from(peer.len()).unwrap_or(u8::MAX)];
    bytes.extend_from_slice(peer);
    bytes.extend_from_slice(&[0x15, 0x02, 0x00, if sent_by_business { 0x11 } else { 0x12 }, 0x18, 18]);
    bytes.extend_from_slice(token.as_bytes());
    bytes.push(0);
    format!("wamid.{}", STANDARD.encode(bytes))
}

/// Queues a status.
pub fn status(
    simulator: &Simulator,
    customer: &Customer,
    wamid: &str,
    callback: Option<&str>,
    status: &str,
    error: Option<i64>,
) {
    let mut wire = json!({
        "id": wamid, "status": status, "timestamp": simulator.0.clock.now().timestamp().to_string(),
        "recipient_user_id": customer.bsuid,
    });
    if let Some(phone) = &customer.phone {
        wire["recipient_id"] = phone.clone().into();
    }
    if let Some(callback) = callback {
        wire["biz_opaque_callback_data"] = callback.into();
    }
    match error {
        Some(code) => wire["errors"] = json!([GraphError::in_status(code)]),
        None => {
            wire["pricing"] = json!({"billable": false, "pricing_model": "PMP", "category": "service", "type": "free_customer_service"});
        }
    }
    let mut value = webhook::value(&simulator.0.settings);
    value["statuses"] = json!([wire]);
    simulator.0.line.push(value);
}

/// Takes a message and lets it live: sent, delivered to the phone, or failed a moment later.
pub async fn take(
    simulator: &Simulator,
    customer: Customer,
    number: &str,
    body: Value,
    callback: Option<String>,
) -> Result<String, sqlx::Error> {
    let pool = &simulator.0.pool;
    let wamid = wamid(&customer, true);
    let now = simulator.0.clock.now();
    let closed = store::last_wrote(pool, customer.id, number).await?.is_none_or(|at| now - at > TimeDelta::hours(24));
    let fails = simulator.memory().switches.fail_status.or(closed.then_some(131_047));
    if fails.is_none() {
        let message = PhoneMessage { id: wamid.clone(), from_customer: false, body, status: "sent".into(), at: now };
        store::keep(pool, customer.id, number, &message, callback.as_deref()).await?;
    }
    let simulator = simulator.clone();
    let id = wamid.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let callback = callback.as_deref();
        if fails.is_some() {
            return status(&simulator, &customer, &id, callback, "failed", fails);
        }
        status(&simulator, &customer, &id, callback, "sent", None);
        tokio::time::sleep(Duration::from_millis(250)).await;
        simulator.memory().typing.remove(&customer.id);
        if store::advance(&simulator.0.pool, &id, "delivered").await.is_ok_and(|advanced| advanced) {
            status(&simulator, &customer, &id, callback, "delivered", None);
        }
        simulator.change();
    });
    Ok(wamid)
}

/// Takes a message for nobody: WhatsApp accepts it and says later that it cannot be delivered.
pub fn take_for_nobody(simulator: &Simulator, nobody: Customer, callback: Option<String>) -> String {
    let wamid = wamid(&nobody, true);
    let simulator = simulator.clone();
    let id = wamid.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(150)).await;
        status(&simulator, &nobody, &id, callback.as_deref(), "failed", Some(131_026));
    });
    wamid
}
