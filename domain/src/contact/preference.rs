//! What customers themselves say about campaigns, in WhatsApp's own menu.

use super::{Known, Opted, Source, store};
use crate::db::Tx;
use crate::delivery::Outcome;
use crate::journey::{self, Doer, Happening};
use crate::message::receive::first_times;
use crate::{ChannelId, Result, Timestamp, feed};

/// A customer's word, read from a `user_preferences` webhook
/// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences>).
#[derive(Clone, Debug)]
pub struct Preference {
    /// Who says it.
    pub from: Known,
    /// What.
    pub opted: Opted,
    /// WhatsApp's time.
    pub at: Timestamp,
    /// The same for the same word told again, and for no other.
    pub key: String,
}

/// Notes them, whoever says it first: a customer who was not known is from now on. What became of each: `None` where
/// nothing names the customer. A word that is older than the one that holds changes nothing. Contacts'
/// rows are locked here: callers take chats' locks first, if any.
///
/// # Errors
/// When the database fails.
pub async fn heed_all(
    tx: &mut Tx<'_>,
    said: &[(ChannelId, Preference)],
    now: Timestamp,
) -> Result<Vec<Option<Outcome>>> {
    let keys: Vec<_> = said.iter().map(|(channel, one)| (*channel, one.key.clone())).collect();
    let fresh = first_times(tx, &keys, now).await?;
    let mut outcomes = Vec::with_capacity(said.len());
    for ((_, one), fresh) in said.iter().zip(fresh) {
        outcomes.push(if fresh { heed(tx, one, now).await? } else { Some(Outcome::Repeated) });
    }
    Ok(outcomes)
}

async fn heed(tx: &mut Tx<'_>, one: &Preference, now: Timestamp) -> Result<Option<Outcome>> {
    let found = store::find_or_make_all(tx, &[(&one.from, &Source::Organic)], now).await?;
    let Some(contact) = found.into_iter().next().flatten() else { return Ok(None) };
    let at = one.at.min(now);
    let changed = sqlx::query!(
        "update contact set opted = $3, opted_at = $4 where workspace_id = $1 and id = $2 and opted is distinct from $3
            and (opted_at is null or opted_at <= $4)",
        tx.workspace.0,
        contact.0,
        one.opted.as_str(),
        at,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() > 0 {
        journey::store::add(
            tx,
            contact,
            None,
            &Happening::OptedChanged { opted: one.opted },
            &Doer::Customer,
            None,
            at,
        )?;
        feed::store::profile_changed(tx, &[contact], now).await?;
    }
    Ok(Some(Outcome::Stored))
}
