//! A chat with a contact who has none: somebody who was imported, or added by hand or by the REST API.

use super::Queue;
use super::store::lock_between;
use crate::db::Desk;
use crate::member::Member;
use crate::{ChannelId, ChatId, ContactId, Error, Result, Timestamp};

/// The contact's chat that was used last, made where there is none: with the workspace's first number, in History like
/// every chat whose window is closed. Nothing is sent by it.
///
/// # Errors
/// `NotFound` where there is no such contact, or any chat of it is out of the member's sight; `Invalid` without a number
/// of the workspace's own.
pub async fn begin(desk: &Desk, member: &Member, contact: ContactId, now: Timestamp) -> Result<(Queue, ChatId)> {
    let mut tx = desk.begin().await?;
    let found = sqlx::query!(
        r#"select f.root as "root!", k.created_at, c.id as "chat?", c.queue as "queue?",
            contact_in_sight($1, f.root, $3, $4) as "seen!"
           from (select coalesce(merged_into, id) as root from contact where workspace_id = $1 and id = $2) f
           join contact k on k.workspace_id = $1 and k.id = f.root
           left join lateral (select c.id, c.queue from contact p join chat c on c.workspace_id = $1 and c.contact_id = p.id
                where p.workspace_id = $1 and (p.id = f.root or p.merged_into = f.root) and c.folded_into is null
                order by c.last_at desc, c.id desc limit 1) c on true"#,
        tx.workspace.0,
        contact.0,
        member.id.0,
        member.role.supervises(),
    )
    .fetch_optional(tx.conn())
    .await?
    .filter(|found| found.seen)
    .ok_or(Error::NotFound)?;
    if let (Some(chat), Some(queue)) = (found.chat, found.queue) {
        return Ok((queue.parse()?, ChatId(chat)));
    }
    let channel = sqlx::query_scalar!(
        "select id from channel where workspace_id = $1 order by created_at, id limit 1",
        tx.workspace.0
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or_else(|| Error::Invalid("There is no WhatsApp number yet to talk from.".into()))?;
    let mut chat = lock_between(&mut tx, ChannelId(channel), ContactId(found.root), now).await?;
    // Nothing was said: it stands where the contact came in.
    if chat.is_new() {
        chat.last_at = found.created_at;
    }
    let (queue, id) = (chat.state.queue(chat.window_open), chat.id);
    chat.save(&mut tx, now)?;
    tx.commit().await?;
    Ok((queue, id))
}
