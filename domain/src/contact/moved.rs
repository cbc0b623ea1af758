//! A customer has another number or user id: WhatsApp says so, and they stay the one contact that they are.

use super::{Known, Phone, apart, merge_store, store};
use crate::db::Tx;
use crate::delivery::Outcome;
use crate::journey::{self, Doer, Happening};
use crate::message::receive::first_times;
use crate::{ChannelId, ContactId, Result, Timestamp, feed};

/// What WhatsApp says, read from a `system` message (`user_changed_number`, `user_changed_user_id`) or a
/// `user_id_update` webhook
/// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/system>).
#[derive(Clone, Debug)]
pub struct Moved {
    /// What they were known by.
    pub from: Known,
    /// What they are known by from now on, where it is another.
    pub to: Known,
    /// WhatsApp's time.
    pub at: Timestamp,
    /// The same for the same news told again, and for no other.
    pub key: String,
}

/// Notes them. What became of each: `None` where nothing names the customer. Who writes with the new number or id by
/// now, and was never seen before the change, is the same customer; of one who was, that is only suggested: the number
/// was another's before. Contacts are joined here: callers have filed the messages of the same group.
///
/// # Errors
/// When the database fails.
pub async fn heed_all(tx: &mut Tx<'_>, said: &[(ChannelId, Moved)], now: Timestamp) -> Result<Vec<Option<Outcome>>> {
    let keys: Vec<_> = said.iter().map(|(channel, one)| (*channel, one.key.clone())).collect();
    let fresh = first_times(tx, &keys, now).await?;
    let mut outcomes = Vec::with_capacity(said.len());
    for ((_, one), fresh) in said.iter().zip(fresh) {
        outcomes.push(if fresh { heed(tx, one, now).await? } else { Some(Outcome::Repeated) });
    }
    Ok(outcomes)
}

async fn heed(tx: &mut Tx<'_>, one: &Moved, now: Timestamp) -> Result<Option<Outcome>> {
    if one.from.phone.is_none() && one.from.bsuid.is_none() {
        return Ok(None);
    }
    tx.flush().await?;
    let Some(contact) = owner(tx, &one.from).await? else { return Ok(Some(Outcome::Kept)) };
    store::queue_up(tx, &one.to).await?;
    let (mut phone, bsuid) = (one.to.phone.as_ref(), one.to.bsuid.as_deref());
    let mut changed = false;
    if let Some(now) = phone {
        changed |= give_up(tx, contact, one.from.phone.as_ref(), now).await?;
    }
    for known in [
        Known { phone: phone.cloned(), ..Known::default() },
        Known { bsuid: bsuid.map(Into::into), ..Known::default() },
    ] {
        let Some(other) = owner(tx, &known).await?.filter(|other| *other != contact) else { continue };
        let told = known.phone.as_ref().map_or("another user id".to_owned(), |phone| format!("the number {phone}"));
        let why = format!("WhatsApp says that they have {told} now");
        let seen_since = sqlx::query_scalar!(
            r#"select first_seen_at >= $3 as "yes!" from contact where workspace_id = $1 and id = $2"#,
            tx.workspace.0,
            other.0,
            one.at,
        )
        .fetch_one(tx.conn())
        .await?;
        // A user id is nobody else's, ever.
        if seen_since || known.bsuid.is_some() {
            merge_store::by_itself(tx, contact, other, &why, now).await?;
            continue;
        }
        phone = None;
        if !apart::are(tx, contact, other).await? {
            apart::suggest(tx, contact, other, &why, now).await?;
        }
    }
    let contact = merge_store::root(tx, contact).await?;
    if let Some(phone) = phone {
        let (digits, canonical) = (Some(phone.digits()), phone.canonical());
        if store::add_identity(tx, contact, "phone", digits, Some(&canonical), now).await? {
            let what = Happening::IdentityAdded { what: phone.to_string() };
            journey::store::add(tx, contact, None, &what, &Doer::Customer, None, one.at.min(now))?;
            changed = true;
        }
    }
    changed |= store::add_identity(tx, contact, "bsuid", bsuid, bsuid, now).await?;
    if changed {
        feed::store::profile_changed(tx, &[contact], now).await?;
    }
    Ok(Some(Outcome::Stored))
}

/// Who wrote a notice that comes once more, by another of the business's numbers: what they were known by then is not theirs
/// any more, and they are known by this.
///
/// # Errors
/// When the database fails.
pub async fn writer(tx: &mut Tx<'_>, from: &Known) -> Result<Option<Known>> {
    let Some(phone) = &from.phone else { return Ok(None) };
    if owner(tx, from).await?.is_some() {
        return Ok(None);
    }
    let now = sqlx::query!(
        "select i.kind, i.value from identity f
         join identity i on i.workspace_id = f.workspace_id and i.contact_id = f.contact_id and i.kind in ('phone', 'bsuid')
         where f.workspace_id = $1 and f.kind = 'former_phone' and f.canonical = $2
         order by f.created_at desc, i.kind desc, i.created_at desc limit 1",
        tx.workspace.0,
        phone.canonical(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(now.and_then(|row| match row.kind.as_str() {
        "phone" => Some(Known { phone: Some(Phone::parse(&row.value).ok()?), ..Known::default() }),
        _ => Some(Known { bsuid: Some(row.value), ..Known::default() }),
    }))
}

/// The number before is theirs no more, unless it is another form of the new one.
async fn give_up(tx: &mut Tx<'_>, contact: ContactId, before: Option<&Phone>, now: &Phone) -> Result<bool> {
    let Some(before) = before.filter(|before| before.canonical() != now.canonical()) else { return Ok(false) };
    // Given up once before, or had again by now.
    sqlx::query!(
        "delete from identity where workspace_id = $1 and kind = 'former_phone' and canonical in ($3, $4)
           and contact_id in (select id from contact where workspace_id = $1 and (id = $2 or merged_into = $2))",
        tx.workspace.0,
        contact.0,
        before.canonical(),
        now.canonical(),
    )
    .execute(tx.conn())
    .await?;
    let given_up = sqlx::query!(
        "update identity set kind = 'former_phone' where workspace_id = $1 and kind = 'phone' and canonical = $3
           and contact_id in (select id from contact where workspace_id = $1 and (id = $2 or merged_into = $2))",
        tx.workspace.0,
        contact.0,
        before.canonical(),
    )
    .execute(tx.conn())
    .await?;
    Ok(given_up.rows_affected() > 0)
}

/// Whose number or id it is.
async fn owner(tx: &mut Tx<'_>, known: &Known) -> Result<Option<ContactId>> {
    let found = sqlx::query_scalar!(
        r#"select case when c.merged_into is null then c.id else c.merged_into end as "id!" from identity i
           join contact c on c.workspace_id = i.workspace_id and c.id = i.contact_id
           where i.workspace_id = $1 and ((i.kind = 'bsuid' and i.canonical = $2) or (i.kind = 'phone' and i.canonical = $3))
           order by i.kind limit 1"#,
        tx.workspace.0,
        known.bsuid,
        known.phone.as_ref().map(Phone::canonical),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(ContactId))
}
