//! A supervisor looks on while an agent holds a chat: opened on purpose, audited, without a read receipt, and
//! over when the screen is left or the chat leaves its agent.

use super::store::lock;
use super::{Sight, sight};
use crate::db::{Desk, Tx};
use crate::member::Member;
use crate::{ChatId, Error, FeedId, MemberId, Result, ScreenId, Timestamp, audit, setting};
use std::collections::HashSet;

/// Opens a watch from one of the member's connected screens.
///
/// # Errors
/// `NotFound` out of sight, `Forbidden` where the workspace does not allow it, `Invalid` where the screen is not
/// connected.
pub async fn open(desk: &Desk, member: &Member, chat: ChatId, screen: ScreenId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    // The setting stays as it is read until the watch is open: whoever turns it off ends this one, too.
    sqlx::query!("select id from workspace where id = $1 for share", tx.workspace.0).fetch_one(tx.conn()).await?;
    let chat = lock(&mut tx, chat).await?;
    match sight(&chat.state, member.id, member.role, false) {
        Sight::None => return Err(Error::NotFound),
        Sight::Full => return Ok(()),
        Sight::Row => {}
    }
    if !setting::store::load(&mut tx).await?.supervisors_watch {
        return Err(Error::Forbidden);
    }
    let connected = sqlx::query_scalar!(
        r#"select exists (select 1 from screen where workspace_id = $1 and id = $2 and member_id = $3 and gone_at is null) as "yes!""#,
        tx.workspace.0,
        screen.0,
        member.id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if !connected {
        return Err(Error::Invalid("This screen is not connected just now. Try again in a moment.".into()));
    }
    let opened = sqlx::query!(
        "insert into watch (workspace_id, chat_id, member_id, screen_id, opened_at)
         select $1, $2, $3, $4, $5 where not exists (select 1 from watch where workspace_id = $1 and chat_id = $2
            and member_id = $3 and screen_id = $4 and closed_at is null)
         on conflict do nothing",
        tx.workspace.0,
        chat.id.0,
        member.id.0,
        screen.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    if opened.rows_affected() == 0 {
        return Ok(());
    }
    let detail = serde_json::json!({ "chat": chat.id, "holder": chat.state.holder() });
    audit::store::add(&mut tx, member, "watch", detail, now).await?;
    tell(&mut tx, member.id, chat.id, now).await?;
    tx.commit().await
}

/// Ends a member's watch of a chat on one screen, where another tab of theirs goes on; or on all of them.
///
/// # Errors
/// When the database fails.
pub async fn close(desk: &Desk, member: &Member, chat: ChatId, screen: Option<ScreenId>, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    let closed = sqlx::query!(
        "update watch set closed_at = $5
         where workspace_id = $1 and chat_id = $2 and member_id = $3 and ($4::uuid is null or screen_id = $4)
            and closed_at is null",
        tx.workspace.0,
        chat.0,
        member.id.0,
        screen.map(|screen| screen.0),
        now,
    )
    .execute(tx.conn())
    .await?;
    if closed.rows_affected() > 0 {
        tell(&mut tx, member.id, chat, now).await?;
    }
    tx.commit().await
}

/// Ends every watch of a chat that leaves its agent; the chat's own feed row tells the screens.
pub(super) async fn end_all(tx: &mut Tx<'_>, chat: ChatId, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "update watch set closed_at = $3 where workspace_id = $1 and chat_id = $2 and closed_at is null",
        tx.workspace.0,
        chat.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends every watch of the workspace: its supervisors may not watch any more.
pub(crate) async fn end_everywhere(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    let ended = sqlx::query!(
        "update watch set closed_at = $2 where workspace_id = $1 and closed_at is null returning member_id, chat_id",
        tx.workspace.0,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in ended {
        tell(tx, MemberId(row.member_id), ChatId(row.chat_id), now).await?;
    }
    Ok(())
}

/// Ends the watches that screens had opened which are no longer there.
pub(crate) async fn end_of_screens(tx: &mut Tx<'_>, screens: &[uuid::Uuid], now: Timestamp) -> Result<()> {
    let ended = sqlx::query!(
        "update watch set closed_at = $3 where workspace_id = $1 and screen_id = any($2) and closed_at is null
         returning member_id, chat_id",
        tx.workspace.0,
        screens,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in ended {
        tell(tx, MemberId(row.member_id), ChatId(row.chat_id), now).await?;
    }
    Ok(())
}

async fn tell(tx: &mut Tx<'_>, member: MemberId, chat: ChatId, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "insert into feed_waiting (workspace_id, id, at, kind, chat_id, member_id) values ($1, $2, $3, 'watch', $4, $5)",
        tx.workspace.0,
        FeedId::at(now).0,
        now,
        chat.0,
        member.0,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether a member watches a chat. Only supervisors do.
///
/// # Errors
/// When the database fails.
pub async fn watching(tx: &mut Tx<'_>, member: &Member, chat: ChatId) -> Result<bool> {
    Ok(member.role.supervises() && watches(tx, &[chat]).await?.contains(&(member.id, chat)))
}

/// Who watches which of these chats.
///
/// # Errors
/// When the database fails.
pub async fn watches(tx: &mut Tx<'_>, chats: &[ChatId]) -> Result<HashSet<(MemberId, ChatId)>> {
    let chats: Vec<_> = chats.iter().map(|chat| chat.0).collect();
    let rows = sqlx::query!(
        "select distinct member_id, chat_id from watch where workspace_id = $1 and chat_id = any($2) and closed_at is null",
        tx.workspace.0,
        &chats,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (MemberId(row.member_id), ChatId(row.chat_id))).collect())
}
