//! Take next: the chat that has waited longest, to whoever asks first.

use super::store::lock;
use super::{Actor, Command, act};
use crate::db::Desk;
use crate::journey::Doer;
use crate::member::Member;
use crate::{ChatId, Result, Timestamp};

/// Gives the member the longest-waiting chat that is meant for everyone or for them, atomically: members who ask
/// at once get different chats. `None` when nobody waits. What is directed to somebody else is left to them, also
/// by supervisors.
///
/// # Errors
/// When the database fails; then nothing was taken.
pub async fn take_next(desk: &Desk, member: &Member, now: Timestamp) -> Result<Option<ChatId>> {
    loop {
        let mut tx = desk.begin().await?;
        // Chats that others are just taking are passed by.
        let found = sqlx::query_scalar!(
            "select id from chat where workspace_id = $1 and state = 'requested' and folded_into is null
               and (directed_to is null or directed_to = $2)
             order by requested_since, id limit 1 for update skip locked",
            tx.workspace.0,
            member.id.0,
        )
        .fetch_optional(tx.conn())
        .await?;
        let id = match found {
            Some(id) => id,
            // Nothing free: what is locked may only be receiving a message. Waits for the first of them.
            None => {
                let waiting = sqlx::query_scalar!(
                    "select id from chat where workspace_id = $1 and state = 'requested' and folded_into is null
               and (directed_to is null or directed_to = $2)
                     order by requested_since, id limit 1",
                    tx.workspace.0,
                    member.id.0,
                )
                .fetch_optional(tx.conn())
                .await?;
                let Some(id) = waiting else { return Ok(None) };
                id
            }
        };
        let mut chat = lock(&mut tx, ChatId(id)).await?;
        let meant = chat.state.directed_to().is_none_or(|target| target == member.id);
        if !matches!(chat.state, super::State::Requested(_)) || !meant || chat.folded {
            // Somebody was faster while this one waited for the lock: look again.
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
