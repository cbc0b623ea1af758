//! Take next: the chat that has waited longest, to whoever asks first.

use super::store::lock;
use super::{Actor, Command, act};
use crate::db::{Desk, Tx};
use crate::journey::Doer;
use crate::member::Member;
use crate::{ChatId, Result, Timestamp};

/// Gives the member the longest-waiting chat that is meant for everyone or for them, atomically: members who ask
/// at once get different chats, those that have waited longest. `None` when nobody waits. What is directed to
/// somebody else is left to them, also by supervisors.
///
/// # Errors
/// When the database fails; then nothing was taken.
pub async fn take_next(desk: &Desk, member: &Member, now: Timestamp) -> Result<Option<ChatId>> {
    loop {
        let mut tx = desk.begin().await?;
        // One after the other, and none passes a chat by because it is locked: it may only be receiving a message.
        sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 12))", tx.workspace.0.to_string())
            .execute(tx.conn())
            .await?;
        let Some(id) = longest_waiting(&mut tx, member).await? else { return Ok(None) };
        let mut chat = lock(&mut tx, id).await?;
        if longest_waiting(&mut tx, member).await? != Some(id) {
            // Something came between while this one waited for the lock: look again.
            continue;
        }
        let actor = Actor::Member(member.id, member.role);
        let doer = Doer::Member { id: member.id, name: member.name.clone() };
        act::command_on(&mut tx, &mut chat, &Command::Intervene, actor, &doer, now).await?;
        let id = chat.id;
        chat.save(&mut tx, now)?;
        tx.commit().await?;
        return Ok(Some(id));
    }
}

async fn longest_waiting(tx: &mut Tx<'_>, member: &Member) -> Result<Option<ChatId>> {
    let id = sqlx::query_scalar!(
        "select id from chat where workspace_id = $1 and state = 'requested' and folded_into is null
           and (directed_to is null or directed_to = $2)
         order by requested_since, id limit 1",
        tx.workspace.0,
        member.id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(ChatId))
}
