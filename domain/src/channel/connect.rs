//! A WhatsApp number of the business's own, from the command line.

use super::store::{NewApp, NewChannel, add, add_app, known};
use crate::db::Db;
use crate::{AppId, Error, Result, Timestamp, workspace};
use rand::Rng;
use rand::distr::Alphanumeric;

/// Characters of what answers Meta's verification request.
const VERIFY_TOKEN: usize = 40;

/// A number with its app, as Meta's dashboard tells them.
#[derive(Clone, Copy, Debug)]
pub struct Number<'a> {
    /// Meta's id for the number.
    pub phone_number_id: &'a str,
    /// The WhatsApp business account.
    pub waba_id: &'a str,
    /// As people read it.
    pub display_phone: &'a str,
    /// What signs the app's webhooks.
    pub app_secret: &'a str,
    /// For the Graph API.
    pub access_token: &'a str,
}

/// Connects a number to the workspace of this name, or to the only one. Numbers of one app have one webhook: its app's id
/// and what answers the verification request.
///
/// # Errors
/// `Invalid` for what cannot be such a particular, a number that is connected already, and where it is not clear which
/// workspace is meant; nothing is changed then.
pub async fn connect(db: &Db, workspace: Option<&str>, number: Number<'_>, now: Timestamp) -> Result<(AppId, String)> {
    let Number { phone_number_id, waba_id, display_phone, app_secret, access_token } = number;
    for (what, id) in [("phone number id", phone_number_id), ("WhatsApp business account's id", waba_id)] {
        if id.is_empty() || id.len() > 40 || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::Invalid(format!("The {what} is a number of many digits, in Meta's dashboard.")));
        }
    }
    for (what, words) in [("number", display_phone), ("app secret", app_secret), ("access token", access_token)] {
        if words.trim().is_empty() || words.len() > 1000 || words.chars().any(char::is_control) {
            return Err(Error::Invalid(format!("The {what} is missing, or is none.")));
        }
    }
    let desk = workspace::store::meant(db, workspace).await?;
    if known(db, phone_number_id).await? {
        return Err(Error::Invalid("This number is connected already.".into()));
    }
    let mut tx = desk.begin().await?;
    let app = super::store::with_secret(&mut tx, app_secret).await?;
    let (app, verify_token) = match app {
        Some(app) => app,
        None => {
            let token: String = rand::rng().sample_iter(Alphanumeric).take(VERIFY_TOKEN).map(char::from).collect();
            let new = NewApp { name: "WhatsApp", verify_token: &token, secret: app_secret };
            (add_app(&mut tx, &new, now).await?, token)
        }
    };
    let new = NewChannel { app, phone_number_id, waba_id, display_phone, name: display_phone, access_token };
    add(&mut tx, &new, now).await?;
    tx.commit().await?;
    Ok((app, verify_token))
}
