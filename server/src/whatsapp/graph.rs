//! The Graph API's send call, and what its answers mean.

use domain::media::{File, Kind};
use domain::message::{Body, Choice, Failure};
use domain::outbox::receipt::Receipt;
use domain::outbox::{Answer, Claim, Recipient};
use serde_json::{Value, json};
use std::time::Duration;

/// A call is given up after this long: well before its lease ends.
const PATIENCE: Duration = Duration::from_secs(25);
/// A file's upload is given up after this long: with the call that follows it, well before the lease ends.
const UPLOADING: Duration = Duration::from_secs(110);

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

    /// Sends a claimed message, once; `media` is WhatsApp's id of its file.
    pub async fn send(&self, claim: &Claim, media: Option<&str>) -> Answer {
        let url = format!("{}/{}/messages", self.base, claim.phone_number_id);
        let call = self.client.post(url).bearer_auth(&claim.access_token).json(&request(claim, media));
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
    /// Uploads a claimed message's file and tells WhatsApp's id of it. Nothing reaches the customer by it, so that it may be
    /// tried again whatever became of it: no answer is never doubt here.
    ///
    /// # Errors
    /// What becomes of the message that was to be sent with it.
    pub async fn upload(&self, claim: &Claim, file: &File, content: Vec<u8>) -> Result<String, Answer> {
        let part = reqwest::multipart::Part::bytes(content).file_name(file.name.clone());
        let part = part
            .mime_str(&file.content_type)
            .map_err(|_| Answer::Refused(Failure::from_code(131_053, String::new())))?;
        let form = reqwest::multipart::Form::new()
            .text("messaging_product", "whatsapp")
            .text("type", file.content_type.clone())
            .part("file", part);
        let url = format!("{}/{}/media", self.base, claim.phone_number_id);
        let call = self.client.post(url).bearer_auth(&claim.access_token).timeout(UPLOADING).multipart(form);
        let answer = match call.send().await {
            Ok(response) => response.json::<Value>().await.unwrap_or_default(),
            Err(error) if error.is_connect() || error.is_builder() => {
                tracing::warn!(%error, "WhatsApp cannot be reached");
                return Err(Answer::NotSent);
            }
            Err(error) => {
                tracing::warn!(%error, "no answer from WhatsApp to a file");
                Value::Null
            }
        };
        match answer["id"].as_str() {
            Some(id) => Ok(id.to_owned()),
            None => Err(not_uploaded(&answer)),
        }
    }

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
pub fn request(claim: &Claim, media: Option<&str>) -> Value {
    let mut body = message(&claim.body, media);
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
pub fn message(body: &Body, media: Option<&str>) -> Value {
    match body {
        Body::Buttons { text, buttons } => offering(text, buttons),
        Body::File { file, text, buttons } => {
            let kind = file.kind().as_str();
            let mut object = json!({"id": media.unwrap_or_default()});
            if file.kind() == Kind::Document {
                object["filename"] = file.name.clone().into();
            }
            if !buttons.is_empty() {
                let mut body = offering(text, buttons);
                body["interactive"]["header"] = json!({"type": kind, kind: object});
                return body;
            }
            if !text.is_empty() {
                object["caption"] = text.clone().into();
            }
            json!({"type": kind, kind: object})
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

fn offering(text: &str, buttons: &[Choice]) -> Value {
    let button = |choice: &Choice| json!({"type": "reply", "reply": {"id": choice.id, "title": choice.title}});
    let buttons: Vec<Value> = buttons.iter().map(button).collect();
    json!({"type": "interactive", "interactive": {
        "type": "button", "body": {"text": text}, "action": {"buttons": buttons}}})
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

/// What becomes of a message whose file was not taken: where [`read`] is in doubt, it is tried again.
fn not_uploaded(answer: &Value) -> Answer {
    match read(answer) {
        Answer::Unknown | Answer::Accepted { .. } => {
            let detail = answer["error"]["message"].as_str().unwrap_or_default().to_owned();
            let code = answer["error"]["code"].as_i64().unwrap_or(-1);
            let words = "WhatsApp did not take the file. The message was not sent.".to_owned();
            Answer::Later { failure: Failure { code, words, detail }, pair: false }
        }
        told => told,
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

    #[test]
    fn a_file_that_was_not_taken_leaves_no_doubt() {
        let error = |code: i64| not_uploaded(&json!({"error": {"code": code, "message": "m"}}));
        for code in [1, 131_000, 130_429] {
            assert!(matches!(error(code), Answer::Later { .. }), "{code}");
        }
        assert!(matches!(not_uploaded(&Value::Null), Answer::Later { .. }), "no answer");
        assert!(matches!(error(131_053), Answer::Refused(_)));
        assert!(matches!(error(190), Answer::Unauthorised(_)));
    }

    #[test]
    fn files_go_by_id_with_their_words_and_buttons() {
        let said = |content_type: &str, text: &str, buttons: Vec<Choice>| {
            let id = domain::MediaId(uuid::Uuid::nil());
            let file = File { id, name: "prices.pdf".into(), content_type: content_type.into(), size: 1 };
            message(&Body::File { file, text: text.into(), buttons }, Some("17"))
        };
        assert_eq!(
            said("image/png", "see", Vec::new()),
            json!({"type": "image", "image": {"id": "17", "caption": "see"}})
        );
        assert_eq!(said("audio/ogg", "", Vec::new()), json!({"type": "audio", "audio": {"id": "17"}}));
        let document = json!({"type": "document", "document": {"id": "17", "filename": "prices.pdf"}});
        assert_eq!(said("application/pdf", "", Vec::new()), document);
        let yes = Choice { id: "y".into(), title: "Yes".into(), description: None };
        let offering = said("video/mp4", "Is it?", vec![yes]);
        assert_eq!(offering["interactive"]["header"], json!({"type": "video", "video": {"id": "17"}}));
        assert_eq!(offering["interactive"]["body"]["text"], "Is it?");
    }
}
