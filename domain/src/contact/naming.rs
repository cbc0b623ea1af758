//! What the business calls a contact: its word stands before the name on WhatsApp.

use super::edit::{LONGEST_NAME, editable};
use crate::chat::store::{lock, lock_all_of};
use crate::db::{Desk, Tx};
use crate::journey::{self, Doer, Happening};
use crate::member::Member;
use crate::{ChatId, ContactId, Error, Result, Timestamp, feed};

/// A member says what a chat's customer is called.
///
/// # Errors
/// `NotFound` out of sight, `Refused` to who only watches, `Invalid` for no name or one that is too long.
pub async fn rename(desk: &Desk, member: &Member, chat: ChatId, name: &str, now: Timestamp) -> Result<()> {
    let name = checked(name)?.ok_or_else(|| Error::Invalid("Write a name.".into()))?;
    let mut tx = desk.begin().await?;
    // All of their chats at once, by id: one after the other, two who rename a customer could wait for each other.
    let contact =
        sqlx::query_scalar!("select contact_id from chat where workspace_id = $1 and id = $2", tx.workspace.0, chat.0)
            .fetch_one(tx.conn())
            .await?;
    lock_all_of(&mut tx, &[ContactId(contact)]).await?;
    let contact = editable(&mut tx, member, chat).await?.contact;
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    if let Some(before) = give(&mut tx, contact, &name, now).await? {
        let what = Happening::Renamed { before, after: name };
        journey::store::add(&mut tx, contact, Some(chat), &what, &doer, None, now)?;
        feed::store::profile_changed(&mut tx, &[contact], now).await?;
    }
    tx.commit().await
}

/// A name as it is kept; nothing where nothing was written.
pub(super) fn checked(name: &str) -> Result<Option<String>> {
    let name = name.replace('\0', "").split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > LONGEST_NAME {
        return Err(Error::Invalid(format!("A name takes at most {LONGEST_NAME} characters.")));
    }
    Ok((!name.is_empty()).then_some(name))
}

/// Gives a contact the business's name for them; where it is another one, what it was before, empty where there was none.
/// Lists show names: their rows hear of it by the contact's chats, which are locked before the contact as everywhere.
pub(super) async fn give(tx: &mut Tx<'_>, id: ContactId, name: &str, now: Timestamp) -> Result<Option<String>> {
    let chats = sqlx::query_scalar!(
        "select id from chat where workspace_id = $1 and contact_id = $2 order by id",
        tx.workspace.0,
        id.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut locked = Vec::with_capacity(chats.len());
    for chat in chats {
        locked.push(lock(tx, ChatId(chat)).await?);
    }
    let before = sqlx::query_scalar!(
        "select name from contact where workspace_id = $1 and id = $2 for no key update",
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    // Also where it is what they call themselves: that may change, and this stays.
    sqlx::query!(
        "update contact set name = $3, named_by_us = true where workspace_id = $1 and id = $2
           and not (named_by_us and name is not distinct from $3)",
        tx.workspace.0,
        id.0,
        name,
    )
    .execute(tx.conn())
    .await?;
    if before.as_deref() == Some(name) {
        return Ok(None);
    }
    for chat in locked {
        chat.save(tx, now)?;
    }
    Ok(Some(before.unwrap_or_default()))
}
