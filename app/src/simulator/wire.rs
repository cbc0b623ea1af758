//! What the phone page and the simulator tell each other.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// A pretend customer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Customer {
    /// Which one.
    pub id: Uuid,
    /// Digits of the number, without `+`; `None` for a customer whom WhatsApp names by BSUID only.
    pub phone: Option<String>,
    /// The business-scoped user id.
    pub bsuid: String,
    /// The profile's name; customers may have none.
    pub name: Option<String>,
    /// The user name, without `@`.
    pub username: Option<String>,
    /// The newest line on the phone.
    pub last: Option<String>,
}

impl Customer {
    /// What to call them.
    pub fn title(&self) -> String {
        let phone = || self.phone.as_ref().map(|phone| format!("+{phone}"));
        self.name.clone().or_else(phone).or_else(|| self.username.clone()).unwrap_or_else(|| self.bsuid.clone())
    }
}

/// A customer to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewCustomer {
    /// The profile's name.
    pub name: Option<String>,
    /// Digits; one is made up where missing.
    pub phone: Option<String>,
    /// Known by BSUID only: no number at all.
    pub bsuid_only: bool,
}

/// A message on the phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneMessage {
    /// The wamid.
    pub id: String,
    /// Whether the customer wrote it.
    pub from_customer: bool,
    /// The message object as on the wire: `type` and the object of that name.
    pub body: Value,
    /// sent, delivered or read.
    pub status: String,
    /// When.
    pub at: Timestamp,
}

/// What a customer sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Say {
    /// Words.
    Text(String),
    /// A tap on a button or row of a message.
    Tap {
        /// That message's wamid.
        message: String,
        /// The button's or row's id.
        choice: String,
    },
    /// Any other message object as on the wire, with its `type`.
    Raw(Value),
}

/// What a customer chooses about offers, in WhatsApp's own menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    /// Whether they want them.
    pub wanted: bool,
}

/// How the Graph API answers a send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answering {
    /// At once.
    #[default]
    Normal,
    /// Two seconds late; the statuses overtake the answer.
    Late,
    /// The message is taken, its statuses come, but the answer is lost.
    Lost,
    /// Neither the message is taken nor an answer given.
    Down,
    /// Refused with this error code.
    Refuse(i64),
}

/// How the pretend WhatsApp misbehaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Switches {
    /// Every webhook is sent twice.
    pub duplicate: bool,
    /// Webhooks of a short while are sent newest first.
    pub reorder: bool,
    /// Webhooks of a short while are sent as one.
    pub batch: bool,
    /// Webhooks wait until this is switched off.
    pub hold: bool,
    /// Webhooks carry no profile.
    pub no_profile: bool,
    /// How sends are answered.
    pub answering: Answering,
    /// Sends fail later, by a status with this error code.
    pub fail_status: Option<i64>,
}

/// Everything the page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Grows with every change; ask for what comes after it.
    pub version: u64,
    /// The business's name.
    pub business: String,
    /// The simulator's time.
    pub now: Timestamp,
    /// All customers, newest talk first.
    pub customers: Vec<Customer>,
    /// The asked customer's messages, oldest first, at most 200.
    pub messages: Vec<PhoneMessage>,
    /// Whether the business is typing to the asked customer.
    pub typing: bool,
    /// How WhatsApp misbehaves.
    pub switches: Switches,
    /// Webhooks that Baton has not taken yet.
    pub waiting: usize,
}
