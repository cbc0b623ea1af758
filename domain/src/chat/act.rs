//! Commands on chats, each one transaction: decide under the row lock, write the state and what follows.

use super::store::{Chat, NewMessage, lock};
use super::{Actor, Command, Queue, Refusal, Sight, Step, apply, sight};
use crate::db::{Desk, Tx};
use crate::journey::{Doer, Happening};
use crate::member::Member;
use crate::message::{Author, Body};
use crate::{ChatId, EpisodeId, Error, MemberId, MessageId, Result, Timestamp, flow, journey, member};
use chrono::TimeDelta;

/// How long after a Resolve a text that the bot does not understand stays unanswered.
pub const QUIET: TimeDelta = TimeDelta::minutes(10);

/// A member does something to a chat.
///
/// # Errors
/// `NotFound` out of sight, `Refused` where a rule says no; nothing is then changed.
pub async fn by_member(desk: &Desk, member: &Member, chat: ChatId, command: Command, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    let mut chat = lock(&mut tx, chat).await?;
    let seen = sight(&chat.state, member.id, member.role, false);
    let intervenes = matches!(command, Command::Intervene);
    if seen == Sight::None && !(intervenes && chat.state.holder().is_some()) {
        return Err(Error::NotFound);
    }
    if let Command::Transfer { to: Some(target), .. } = &command {
        member::store::get(&mut tx, *target).await?.ok_or(Error::NotFound)?;
    }
    let command = match command {
        Command::UndoResolve { .. } => {
            Command::UndoResolve { resolved_by: chat.resolved_by, resolved_at: chat.resolved_at }
        }
        other => other,
    };
    let actor = Actor::Member(member.id, member.role);
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    match command_on(&mut tx, &mut chat, &command, actor, &doer, now).await {
        Err(Error::Refused(Refusal::AlreadyHeld { by, .. })) => {
            let name = member::store::get(&mut tx, by).await?.map(|holder| holder.name);
            Err(Refusal::AlreadyHeld { by, name }.into())
        }
        Err(other) => Err(other),
        Ok(false) => Ok(()),
        Ok(true) => {
            chat.save(&mut tx, now).await?;
            tx.commit().await
        }
    }
}

/// Applies a command to a locked chat and writes everything that follows but the chat itself, which the
/// caller saves. Tells whether anything changed.
///
/// # Errors
/// `Refused`, or when the database fails.
pub async fn command_on(
    tx: &mut Tx<'_>,
    chat: &mut Chat,
    command: &Command,
    actor: Actor,
    doer: &Doer,
    now: Timestamp,
) -> Result<bool> {
    let Step { state, happenings, unresolved_queries } = apply(&chat.state, command, actor, now)?;
    if state == chat.state && happenings.is_empty() {
        return Ok(false);
    }
    chat.state = state;
    for happening in happenings {
        follow(tx, chat, &happening, doer, now).await?;
        tell(tx, chat, happening, doer, now).await?;
    }
    if unresolved_queries > 0 {
        sqlx::query!(
            "update contact set unresolved_queries = unresolved_queries + $3 where workspace_id = $1 and id = $2",
            tx.workspace.0,
            chat.contact.0,
            unresolved_queries,
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(true)
}

/// Writes something that happened into the journey and, where it belongs there, into the thread.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &mut Tx<'_>, chat: &mut Chat, what: Happening, doer: &Doer, now: Timestamp) -> Result<()> {
    let mut seq = None;
    if what.in_thread() {
        let message = NewMessage {
            id: MessageId::at(now),
            author: Author::System,
            member: None,
            body: Body::Happening { what: what.clone(), by: doer.clone() },
            at: now,
            wamid: None,
            reply_to: None,
            raw: None,
        };
        seq = Some(chat.say(tx, message, now).await?);
    }
    journey::store::add(tx, chat.contact, Some(chat.id), &what, doer, seq, now).await
}

/// What a happening changes besides the state: episode, marks on the chat, the bot's session and outbox.
async fn follow(tx: &mut Tx<'_>, chat: &mut Chat, what: &Happening, doer: &Doer, now: Timestamp) -> Result<()> {
    let by = if let Doer::Member { id, .. } = doer { Some(*id) } else { None };
    match what {
        Happening::Requested { reason } => {
            chat.unanswered_since.get_or_insert(now);
            chat.resolved_at = None;
            chat.resolved_by = None;
            chat.missed = false;
            let collected = flow::store::session(tx, chat.id).await?.collected;
            sqlx::query!(
                "insert into episode (workspace_id, id, chat_id, requested_at, reason, collected) values ($1, $2, $3, $4, $5, $6)
                 on conflict (workspace_id, chat_id) where ended_at is null do nothing",
                tx.workspace.0,
                EpisodeId::at(now).0,
                chat.id.0,
                now,
                serde_json::to_value(reason)?,
                serde_json::to_value(collected)?,
            )
            .execute(tx.conn())
            .await?;
        }
        Happening::Intervened { .. } | Happening::TookOver { .. } => {
            chat.resolved_at = None;
            chat.resolved_by = None;
            intervened(tx, chat, by, now).await?;
        }
        Happening::ResolveUndone => {
            chat.resolved_at = None;
            chat.resolved_by = None;
            sqlx::query!(
                "update episode set ended_at = null, ended_by = null, outcome = null, note = null
                 where workspace_id = $1 and id = (select id from episode where workspace_id = $1 and chat_id = $2 order by id desc limit 1)",
                tx.workspace.0,
                chat.id.0,
            )
            .execute(tx.conn())
            .await?;
            withdraw(tx, chat).await?;
        }
        Happening::Resolved { outcome, note } => {
            end_episode(tx, chat, by, outcome.as_deref(), note.as_deref(), now).await?;
            resolved(tx, chat, by, now).await?;
        }
        Happening::Dismissed { note } => {
            end_episode(tx, chat, by, Some("dismissed"), note.as_deref(), now).await?;
            resolved(tx, chat, by, now).await?;
        }
        Happening::Missed => {
            end_episode(tx, chat, None, Some("missed"), None, now).await?;
            chat.missed = true;
            close(chat);
        }
        Happening::Expired => {
            end_episode(tx, chat, None, Some("expired"), None, now).await?;
            close(chat);
        }
        Happening::WindowClosed => close(chat),
        Happening::Transferred { .. }
        | Happening::OpenedToAll
        | Happening::GivenBack { .. }
        | Happening::FirstMessage { .. }
        | Happening::WindowOpened
        | Happening::FirstReply { .. }
        | Happening::BotAsked { .. }
        | Happening::AttributeSet { .. }
        | Happening::IdentityAdded { .. } => {}
    }
    Ok(())
}

fn close(chat: &mut Chat) {
    chat.window_open = false;
    chat.unanswered_since = None;
}

async fn intervened(tx: &mut Tx<'_>, chat: &mut Chat, by: Option<MemberId>, now: Timestamp) -> Result<()> {
    let collected = flow::store::session(tx, chat.id).await?.collected;
    sqlx::query!(
        "insert into episode (workspace_id, id, chat_id, intervened_at, intervened_by, collected) values ($1, $2, $3, $4, $5, $6)
         on conflict (workspace_id, chat_id) where ended_at is null
         do update set intervened_at = $4, intervened_by = $5",
        tx.workspace.0,
        EpisodeId::at(now).0,
        chat.id.0,
        now,
        by.map(|member| member.0),
        serde_json::to_value(collected)?,
    )
    .execute(tx.conn())
    .await?;
    withdraw(tx, chat).await
}

/// The bot keeps silent once an agent holds the chat: what was not yet claimed is not sent.
async fn withdraw(tx: &mut Tx<'_>, chat: &mut Chat) -> Result<()> {
    let withdrawn = sqlx::query_scalar!(
        "with gone as (
            update outbox set state = 'withdrawn' where workspace_id = $1 and chat_id = $2 and bot and state = 'queued'
            returning message_id)
         update message set delivery = 'withdrawn', version = version + 1
         where workspace_id = $1 and id in (select message_id from gone) returning id",
        tx.workspace.0,
        chat.id.0,
    )
    .fetch_all(tx.conn())
    .await?;
    withdrawn.into_iter().for_each(|id| chat.touch(MessageId(id)));
    Ok(())
}

async fn resolved(tx: &mut Tx<'_>, chat: &mut Chat, by: Option<MemberId>, now: Timestamp) -> Result<()> {
    chat.unanswered_since = None;
    chat.resolved_at = Some(now);
    chat.resolved_by = by;
    let session = flow::Session { quiet_until: Some(now + QUIET), ..flow::Session::default() };
    flow::store::put_session(tx, chat.id, &session, now).await
}

async fn end_episode(
    tx: &mut Tx<'_>,
    chat: &Chat,
    by: Option<MemberId>,
    outcome: Option<&str>,
    note: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "update episode set ended_at = $3, ended_by = $4, outcome = $5, note = $6
         where workspace_id = $1 and chat_id = $2 and ended_at is null",
        tx.workspace.0,
        chat.id.0,
        now,
        by.map(|member| member.0),
        outcome,
        note,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Closes the windows that have ended, a hundred chats at most; tells how many. Each chat exactly once,
/// whatever number of processes ask.
///
/// # Errors
/// When the database fails; what was closed before stays closed.
pub async fn close_windows(db: &crate::db::Db, now: Timestamp) -> Result<usize> {
    let due = sqlx::query!(
        "select workspace_id, id from chat where window_open and window_closes_at <= $1 order by window_closes_at limit 100",
        now + super::Window::MARGIN,
    )
    .fetch_all(db.pool())
    .await?;
    let mut closed = 0;
    for row in due {
        let mut tx = db.workspace(crate::WorkspaceId(row.workspace_id)).begin().await?;
        let mut chat = lock(&mut tx, ChatId(row.id)).await?;
        if !chat.window_open || chat.window.is_open(now) {
            continue;
        }
        command_on(&mut tx, &mut chat, &Command::CloseWindow, Actor::Clock, &Doer::Clock, now).await?;
        debug_assert_eq!(chat.state.queue(chat.window_open), Queue::History);
        chat.save(&mut tx, now).await?;
        tx.commit().await?;
        closed += 1;
    }
    Ok(closed)
}
