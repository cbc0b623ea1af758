//! What members change about a contact beside tags and attributes: adding one by hand, opt-in, blocking.

use super::{Draft, Opted, Phone, Source, naming, source_words};
use crate::chat::store::{Chat, lock};
use crate::chat::{Refusal, list};
use crate::db::{Desk, Tx};
use crate::journey::{self, Doer, Happening};
use crate::member::Member;
use crate::{ChatId, ContactId, Error, Result, Timestamp, audit, feed, outbox};
use serde_json::json;

/// Longest name, in characters.
pub(crate) const LONGEST_NAME: usize = 120;

/// A supervisor adds a contact by hand.
///
/// # Errors
/// `Forbidden` but to supervisors, `Invalid` for a number that cannot be used or that somebody has already.
pub async fn add(desk: &Desk, lead: &Member, draft: &Draft, now: Timestamp) -> Result<ContactId> {
    if !lead.role.supervises() {
        return Err(Error::Forbidden);
    }
    let phone = Phone::parse(&draft.phone)?;
    let name = naming::checked(&draft.name)?;
    let source = match source_words(&draft.source)? {
        text if text.is_empty() => Source::Member,
        text => Source::Named { text },
    };
    let known = super::Known { phone: Some(phone), ..super::Known::default() };
    let mut tx = desk.begin().await?;
    let (contact, new) = super::store::find_or_make(&mut tx, &known, &source, now).await?;
    if !new {
        return Err(Error::Invalid("There is a contact with this number already.".into()));
    }
    let doer = Doer::Member { id: lead.id, name: lead.name.clone() };
    journey::store::add(&mut tx, contact, None, &Happening::Added, &doer, None, now)?;
    if let Some(name) = name {
        naming::give(&mut tx, contact, &name, now).await?;
    }
    if let Some(opted) = draft.opted {
        opt(&mut tx, contact, None, opted, &doer, now).await?;
    }
    let name = super::store::label(&mut tx, contact).await?;
    audit::store::add(&mut tx, lead, "contact_added", json!({ "name": name }), now).await?;
    feed::store::contacts_changed(&mut tx, now).await?;
    tx.commit().await?;
    Ok(contact)
}

/// A member notes what a chat's customer said about campaigns.
///
/// # Errors
/// `NotFound` out of sight, `Refused` to who only watches.
pub async fn set_opted(desk: &Desk, member: &Member, chat: ChatId, opted: Opted, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    let chat = editable(&mut tx, member, chat).await?;
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    if !opt(&mut tx, chat.contact, Some(chat.id), opted, &doer, now).await? {
        return Ok(());
    }
    feed::store::profile_changed(&mut tx, &[chat.contact], now).await?;
    tx.commit().await
}

/// A supervisor, or whoever holds the chat, blocks its customer: from now on nothing is sent to them, what waits to be
/// sent is not, and the bot does not answer. What they write is kept. Or the other way round.
///
/// # Errors
/// `NotFound` out of sight, `Refused` to who only watches, `Forbidden` to agents who do not hold the chat.
pub async fn set_blocked(desk: &Desk, member: &Member, chat: ChatId, blocked: bool, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    let mut chat = editable(&mut tx, member, chat).await?;
    if !member.role.supervises() && chat.state.holder() != Some(member.id) {
        return Err(Error::Forbidden);
    }
    let changed = sqlx::query!(
        "update contact set blocked_at = $3 where workspace_id = $1 and id = $2 and (blocked_at is null) = ($3::timestamptz is not null)",
        tx.workspace.0,
        chat.contact.0,
        blocked.then_some(now),
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(());
    }
    if blocked {
        // Of their other chats, once it would be their turn.
        outbox::store::withdraw(&mut tx, &mut chat, false).await?;
    }
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    let what = Happening::BlockedChanged { blocked };
    journey::store::add(&mut tx, chat.contact, Some(chat.id), &what, &doer, None, now)?;
    let name = super::store::label(&mut tx, chat.contact).await?;
    let kind = if blocked { "contact_blocked" } else { "contact_unblocked" };
    audit::store::add(&mut tx, member, kind, json!({ "name": name }), now).await?;
    feed::store::profile_changed(&mut tx, &[chat.contact], now).await?;
    chat.save(&mut tx, now)?;
    tx.commit().await
}

/// Nothing is sent to a contact whom somebody has blocked.
///
/// # Errors
/// `Invalid` then.
pub(crate) async fn refuse_blocked(tx: &mut Tx<'_>, contact: ContactId) -> Result<()> {
    if is_blocked(tx, contact).await? {
        return Err(Error::Invalid("This customer is blocked. Unblock them in the profile first.".into()));
    }
    Ok(())
}

/// Whether somebody has blocked a contact.
///
/// # Errors
/// When the database fails.
pub(crate) async fn is_blocked(tx: &mut Tx<'_>, contact: ContactId) -> Result<bool> {
    let blocked = sqlx::query_scalar!(
        r#"select blocked_at is not null as "blocked!" from contact where workspace_id = $1 and id = $2"#,
        tx.workspace.0,
        contact.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(blocked)
}

/// Notes what a contact said about campaigns, and tells whether that is new. Callers tell screens.
pub(super) async fn opt(
    tx: &mut Tx<'_>,
    contact: ContactId,
    chat: Option<ChatId>,
    opted: Opted,
    doer: &Doer,
    now: Timestamp,
) -> Result<bool> {
    let changed = sqlx::query!(
        "update contact set opted = $3, opted_at = $4 where workspace_id = $1 and id = $2 and opted is distinct from $3",
        tx.workspace.0,
        contact.0,
        opted.as_str(),
        now,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(false);
    }
    journey::store::add(tx, contact, chat, &Happening::OptedChanged { opted }, doer, None, now)?;
    Ok(true)
}

/// The chat, for a member who may change what is known of its customer: in full sight, and not by a watch.
pub(super) async fn editable(tx: &mut Tx<'_>, member: &Member, chat: ChatId) -> Result<Chat> {
    let locked = lock(tx, chat).await?;
    list::customer_row(tx, member, chat).await?;
    if locked.state.holder().is_some_and(|holder| holder != member.id) {
        return Err(Refusal::NotHolder.into());
    }
    Ok(locked)
}
