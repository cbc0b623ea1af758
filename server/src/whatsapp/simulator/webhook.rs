//! The way out: what WhatsApp tells is put into envelopes, escaped as Meta escapes, signed with both headers,
//! and posted until Baton has taken it.

use super::Settings;
use app::simulator::wire::Switches;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How long updates gather before they are turned around or packed together.
const GATHER: Duration = Duration::from_millis(400);
/// The longest wait before another try.
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// The queue of webhooks; dropping it ends its task.
#[derive(Clone)]
pub struct Line {
    updates: mpsc::UnboundedSender<Value>,
    waiting: Arc<AtomicUsize>,
    switches: watch::Sender<Switches>,
}

impl Line {
    /// Starts the task that posts. `changed` is told when a webhook was taken.
    pub fn start(settings: Settings, changed: watch::Sender<u64>) -> Self {
        let (updates, queue) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let switches = watch::Sender::new(Switches::default());
        let poster = Poster { client: client(), settings, waiting: waiting.clone(), changed };
        tokio::spawn(poster.run(queue, switches.subscribe()));
        Self { updates, waiting, switches }
    }

    /// Queues the `value` of one change.
    pub fn push(&self, value: Value) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let _ = self.updates.send(value);
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Misbehaves as told from now on.
    pub fn switch(&self, switches: Switches) {
        self.switches.send_replace(switches);
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(20))
        .user_agent("facebookexternalua")
        .no_proxy()
        .build()
        .expect("the client's options are constant")
}

struct Poster {
    client: reqwest::Client,
    settings: Settings,
    waiting: Arc<AtomicUsize>,
    changed: watch::Sender<u64>,
}

impl Poster {
    async fn run(self, mut queue: mpsc::UnboundedReceiver<Value>, mut switches: watch::Receiver<Switches>) {
        let mut verified = false;
        while let Some(first) = queue.recv().await {
            if switches.wait_for(|switches| !switches.hold).await.is_err() {
                return;
            }
            let now = switches.borrow_and_update().clone();
            let mut gathered = vec![first];
            if now.batch || now.reorder {
                tokio::time::sleep(GATHER).await;
            }
            while let Ok(update) = queue.try_recv() {
                gathered.push(update);
            }
            let count = gathered.len();
            if now.reorder {
                gathered.reverse();
            }
            let envelopes = if now.batch {
                vec![envelope(&self.settings, gathered)]
            } else {
                gathered.into_iter().map(|update| envelope(&self.settings, vec![update])).collect()
            };
            while !verified {
                verified = self.verify().await;
            }
            for envelope in envelopes {
                self.post(&envelope).await;
                if now.duplicate {
                    self.post(&envelope).await;
                }
            }
            self.waiting.fetch_sub(count, Ordering::Relaxed);
            self.changed.send_modify(|version| *version += 1);
        }
    }

    /// Meta asks once before it tells anything.
    async fn verify(&self) -> bool {
        let challenge = "1158201444";
        let asked = [
            ("hub.mode", "subscribe"),
            ("hub.challenge", challenge),
            ("hub.verify_token", &self.settings.verify_token),
        ];
        let answer = self.client.get(&self.settings.webhook_url).query(&asked).send().await;
        if let Ok(answer) = answer
            && answer.status() == 200
            && answer.text().await.is_ok_and(|text| text == challenge)
        {
            return true;
        }
        tracing::warn!(url = self.settings.webhook_url, "the webhook's address does not answer the verification");
        tokio::time::sleep(Duration::from_secs(1)).await;
        false
    }

    /// Posts until the answer is 200, with growing waits.
    async fn post(&self, envelope: &Value) {
        let body = escape(&envelope.to_string());
        let mut wait = Duration::from_millis(250);
        loop {
            let sent = self
                .client
                .post(&self.settings.webhook_url)
                .header("Content-Type", "application/json")
                .header("X-Hub-Signature", format!("sha1={}", sha1(&self.settings.app_secret, body.as_bytes())))
                .header("X-Hub-Signature-256", format!("sha256={}", sha256(&self.settings.app_secret, body.as_bytes())))
                .body(body.clone())
                .send()
                .await;
            match sent {
                Ok(answer) if answer.status() == 200 => return,
                Ok(answer) => tracing::warn!(status = %answer.status(), "a webhook was not taken"),
                Err(error) => tracing::warn!(%error, "a webhook was not taken"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

/// One POST's body: the changes of one business account.
fn envelope(settings: &Settings, values: Vec<Value>) -> Value {
    let change = |value: Value| {
        let field = if value["user_preferences"].is_array() { "user_preferences" } else { "messages" };
        json!({"value": value, "field": field})
    };
    let changes: Vec<Value> = values.into_iter().map(change).collect();
    json!({"object": "whatsapp_business_account", "entry": [{"id": settings.waba_id, "changes": changes}]})
}

/// What each change's `value` begins with.
pub fn value(settings: &Settings) -> Value {
    let digits: String = settings.display_phone.chars().filter(char::is_ascii_digit).collect();
    json!({"messaging_product": "whatsapp",
           "metadata": {"display_phone_number": digits, "phone_number_id": settings.phone_number_id}})
}

/// JSON as Meta writes it: everything beyond ASCII as `\uxxxx` with small letters, `/` as `\/`.
pub fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '/' => escaped.push_str("\\/"),
            c if c.is_ascii() => escaped.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    escaped
}

/// The hex of `X-Hub-Signature-256`.
pub fn sha256(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    hex::encode(mac.chain_update(body).finalize().into_bytes())
}

fn sha1(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    hex::encode(mac.chain_update(body).finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::escape;
    use serde_json::{Value, json};

    #[test]
    fn escaping_is_metas_and_changes_no_meaning() {
        let value = json!({"body": "né/🙏 \u{200f}\"q\""});
        let escaped = escape(&value.to_string());
        assert_eq!(escaped, r#"{"body":"n\u00e9\/\ud83d\ude4f \u200f\"q\""}"#);
        assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), value);
    }
}
