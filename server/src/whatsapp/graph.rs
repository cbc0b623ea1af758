//! The Graph API's send call, and what its answers mean.

use domain::message::{Body, Choice, Failure};
use domain::outbox::receipt::Receipt;
use domain::outbox::{Answer, Claim, Recipient};
use serde_json::{Value, json};
use std::time::Duration;

/// A call is given up after this long: well before its lease ends.
const PATIENCE: Duration = Duration::from_secs(25);

/// A client of the Graph API; cheap to clone.
#[derive(Clone, Debug)]
pub struct Graph {
    client: reqwest::Client,
    base: String,
}

impl Graph {
    /// For the address with its version, without a slash at the end.
    pub fn new(base: &str) -> Self {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("baton/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .build()
            .expect("the client's options are constant");
        Self { client, base: base.to_owned() }
    }

    /// Sends a claimed message, once.
    pub async fn send(&self, claim: &Claim) -> Answer {
        let url = format!("{}/{}/messages", self.base, claim.phone_number_id);
        let call = self.client.post(url).bearer_auth(&claim.access_token).json(&request(claim));
        let response = match call.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => {
                tracing::warn!(%error, "WhatsApp cannot be reached");
                return Answer::NotSent;
            }
            Err(error) => {
                tracing::warn!(%error, "no answer from WhatsApp");
                return Answer::Unknown;
            }
        };
        match response.json::<Value>().await {
            Ok(answer) => read(&answer),
            Err(_) => Answer::Unknown,
        }
    }
}

impl Graph {
    /// Marks a customer's messages as read, and shows "typing …" where asked to. Once; a failure is logged.
    pub async fn tell(&self, receipt: &Receipt) {
        let mut body = json!({"messaging_product": "whatsapp", "status": "read", "message_id": receipt.wamid});
        if receipt.typing {
            body["typing_indicator"] = json!({"type": "text"});
        }
        let url = format!("{}/{}/messages", self.base, receipt.phone_number_id);
        match self.client.post(url).bearer_auth(&receipt.access_token).json(&body).send().await {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => tracing::debug!(status = %answer.status(), "a read receipt was not taken"),
            Err(error) => tracing::debug!(%error, "a read receipt was not taken"),
        }
    }
}

/// The body of the call.
pub fn request(claim: &Claim) -> Value {
    let mut body = message(&claim.body);
    body["messaging_product"] = "whatsapp".into();
    body["recipient_type"] = "individual".into();
    body["biz_opaque_callback_data"] = claim.attempt.to_string().into();
    match &claim.to {
        Recipient::Phone(phone) => body["to"] = phone.clone().into(),
        Recipient::Bsuid(id) => body["recipient"] = id.clone().into(),
    }
    body
}

/// A message as WhatsApp's API takes it: `type` and the object of that name.
pub fn message(body: &Body) -> Value {
    match body {
        Body::Buttons { text, buttons } => {
            let buttons: Vec<Value> = buttons
                .iter()
                .map(|choice| json!({"type": "reply", "reply": {"id": choice.id, "title": choice.title}}))
                .collect();
            json!({"type": "interactive", "interactive": {
                "type": "button", "body": {"text": text}, "action": {"buttons": buttons}}})
        }
        Body::List { text, button, sections } => {
            let sections: Vec<Value> = sections
                .iter()
                .map(
                    |section| json!({"title": section.title, "rows": section.rows.iter().map(row).collect::<Vec<_>>()}),
                )
                .collect();
            json!({"type": "interactive", "interactive": {
                "type": "list", "body": {"text": text}, "action": {"button": button, "sections": sections}}})
        }
        // Never queued; and were it, it would carry no words.
        Body::Note { .. } => json!({}),
        Body::Text { .. } | Body::Reply { .. } | Body::Placeholder(_) | Body::Happening { .. } => {
            let text = if let Body::Text { text } = body { text.clone() } else { body.line() };
            json!({"type": "text", "text": {"body": text, "preview_url": false}})
        }
    }
}

fn row(choice: &Choice) -> Value {
    let mut row = json!({"id": choice.id, "title": choice.title});
    if let Some(description) = &choice.description {
        row["description"] = description.clone().into();
    }
    row
}

/// What an answer means. Decided by the error's code alone: HTTP status and words vary
/// (<https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>). Only limits are tried again
/// by themselves: there is no idempotency key, and a server error may have sent the message.
pub fn read(answer: &Value) -> Answer {
    if let Some(wamid) = answer["messages"][0]["id"].as_str() {
        return Answer::Accepted { wamid: wamid.to_owned() };
    }
    let error = &answer["error"];
    let Some(code) = error["code"].as_i64() else { return Answer::Unknown };
    let detail = error["error_data"]["details"].as_str().or(error["message"].as_str()).unwrap_or_default();
    let failure = Failure::from_code(code, detail.to_owned());
    match code {
        4 | 613 | 80_007 | 130_429 | 131_057 => Answer::Later { failure, pair: false },
        131_056 => Answer::Later { failure, pair: true },
        0 | 190 => Answer::Unauthorised(failure),
        1 | 2 | 131_000 | 131_016 | 133_004 | 2_494_100 => Answer::Unknown,
        _ => Answer::Refused(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_limits_are_tried_again_and_doubt_is_unknown() {
        let error = |code: i64| read(&json!({"error": {"code": code, "message": "m"}}));
        for code in [4, 613, 80_007, 130_429] {
            assert!(matches!(error(code), Answer::Later { pair: false, .. }), "{code}");
        }
        assert!(matches!(error(131_056), Answer::Later { pair: true, .. }));
        for code in [1, 2, 131_000, 131_016] {
            assert_eq!(error(code), Answer::Unknown, "{code} may have been sent");
        }
        assert!(matches!(error(190), Answer::Unauthorised(_)));
        for code in [100, 131_047, 131_026, 999_999] {
            assert!(matches!(error(code), Answer::Refused(_)), "{code}");
        }
        assert_eq!(read(&json!({"messages": [{"id": "wamid.x"}]})), Answer::Accepted { wamid: "wamid.x".into() });
        assert_eq!(read(&json!("<html>")), Answer::Unknown);
    }
}
