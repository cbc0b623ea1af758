//! What time does to chats: windows that close, offers that nobody accepted, chats of members who are not there, waits
//! that last too long.
//! Each looks for what is due and decides again under the chat's lock: whatever number of processes ask, each
//! chat is moved once.

use super::store::{Chat, lock};
use super::{Absence, Actor, Command, act};
use crate::db::{Db, Tx};
use crate::journey::Doer;
use crate::{ChatId, MemberId, Result, Timestamp, WorkspaceId, automatic, setting};
use chrono::TimeDelta;

/// Chats moved in one round at most.
const MOST: i64 = 200;

/// Everything that is due; tells how many chats were moved or spoken to. What fails of it keeps nothing else from being
/// done.
///
/// # Errors
/// When the database fails; what was moved before stays moved.
pub async fn run_once(db: &Db, now: Timestamp) -> Result<usize> {
    let done = [
        close_windows(db, now).await,
        open_offers(db, now).await,
        give_back(db, now).await,
        automatic::store::run_once(db, now).await,
    ];
    done.into_iter().sum()
}

/// Closes the windows that have ended: to History, with what was waiting or held marked *missed* or *expired*.
///
/// # Errors
/// When the database fails.
pub async fn close_windows(db: &Db, now: Timestamp) -> Result<usize> {
    let due = sqlx::query!(
        "select workspace_id, id from chat where window_open and window_closes_at <= $1 order by window_closes_at limit $2",
        now + super::Window::MARGIN,
        MOST,
    )
    .fetch_all(db.pool())
    .await?;
    let mut closed = 0;
    for row in due {
        closed += on(db, row.workspace_id, row.id, now, async |_, chat| {
            Ok((chat.window_open && !chat.window.is_open(now)).then_some(Command::CloseWindow))
        })
        .await;
    }
    Ok(closed)
}

/// Opens to everyone the requests whose target did not accept in time.
///
/// # Errors
/// When the database fails.
pub async fn open_offers(db: &Db, now: Timestamp) -> Result<usize> {
    let due = sqlx::query!(
        "select workspace_id, id from chat where offer_until <= $1 order by offer_until limit $2",
        now,
        MOST
    )
    .fetch_all(db.pool())
    .await?;
    let mut opened = 0;
    for row in due {
        opened += on(db, row.workspace_id, row.id, now, async |_, chat| {
            Ok(chat.offer_until.is_some_and(|until| until <= now).then_some(Command::OpenToAll))
        })
        .await;
    }
    Ok(opened)
}

/// Gives back the chats of members who were deactivated, and those of members who are Away while their customer
/// waits for longer than the setting allows: what has been due for longest first, so that no workspace keeps the others
/// waiting.
///
/// # Errors
/// When the database fails.
pub async fn give_back(db: &Db, now: Timestamp) -> Result<usize> {
    let due = sqlx::query!(
        r#"select d.workspace_id as "workspace_id!", d.id as "id!" from (
             select c.workspace_id, c.id, coalesce(m.deactivated_at,
                 greatest(m.presence_since, c.held_since, c.unanswered_since) + coalesce(s.value::bigint, $2) * interval '1 second') as due
             from chat c
             join member m on m.workspace_id = c.workspace_id and m.id = c.holder
             left join setting s on s.workspace_id = c.workspace_id and s.key = 'give_back_after'
             where c.state = 'intervened'
               and (m.deactivated_at is not null or (m.presence = 'away' and c.unanswered_since is not null))
             union all
             select c.workspace_id, c.id, m.deactivated_at from chat c
             join member m on m.workspace_id = c.workspace_id and m.id = c.directed_to
             where c.directed_to is not null and m.deactivated_at is not null) d
           where d.due <= $1 order by d.due, d.id limit $3"#,
        now,
        setting::Settings::default().give_back_after,
        MOST,
    )
    .fetch_all(db.pool())
    .await?;
    let mut given = 0;
    for row in due {
        given += on(db, row.workspace_id, row.id, now, async |tx, chat| absent(tx, chat, now).await).await;
    }
    Ok(given)
}

/// What is meant for a member who goes Away is open to everyone at once, in the transaction that switches them.
///
/// # Errors
/// When the database fails.
pub(crate) async fn let_go(tx: &mut Tx<'_>, member: MemberId, now: Timestamp) -> Result<()> {
    let offered = sqlx::query_scalar!(
        "select id from chat where workspace_id = $1 and directed_to = $2 order by id",
        tx.workspace.0,
        member.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let command = Command::GiveBack { member, absence: Absence::Away { customer_waits: true } };
    for id in offered {
        let mut chat = lock(tx, ChatId(id)).await?;
        // Whoever waited for the lock may find it redirected, or just accepted.
        if chat.state.directed_to() == Some(member)
            && act::command_on(tx, &mut chat, &command, Actor::Clock, &Doer::Clock, now).await?
        {
            chat.save(tx, now)?;
        }
    }
    Ok(())
}

/// The command that takes a chat from a member who is not there, if it is time.
async fn absent(tx: &mut Tx<'_>, chat: &Chat, now: Timestamp) -> Result<Option<Command>> {
    let Some(member) = chat.state.holder().or(chat.state.directed_to()) else { return Ok(None) };
    let found = sqlx::query!(
        "select presence, presence_since, deactivated_at from member where workspace_id = $1 and id = $2",
        tx.workspace.0,
        member.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if found.deactivated_at.is_some() {
        return Ok(Some(Command::GiveBack { member, absence: Absence::Removed }));
    }
    let (super::State::Intervened { since, .. }, Some(unanswered)) = (&chat.state, chat.unanswered_since) else {
        return Ok(None);
    };
    let settings = setting::store::load(tx).await?;
    // Away for that long, held for that long, and the customer waits for that long.
    let begun = found.presence_since.max(*since).max(unanswered);
    let due = found.presence == "away" && begun + TimeDelta::seconds(settings.give_back_after) <= now;
    Ok(due.then_some(Command::GiveBack { member, absence: Absence::Away { customer_waits: true } }))
}

/// Locks a chat, asks what is due, does it. One or nothing: a chat that fails is left to the next round, and keeps none
/// behind it from its turn.
async fn on(
    db: &Db,
    workspace: uuid::Uuid,
    chat: uuid::Uuid,
    now: Timestamp,
    due: impl AsyncFnOnce(&mut Tx<'_>, &Chat) -> Result<Option<Command>>,
) -> usize {
    match moved(db, WorkspaceId(workspace), ChatId(chat), now, due).await {
        Ok(moved) => usize::from(moved),
        Err(error) => {
            tracing::warn!(%error, %chat, "the clock could not move a chat");
            0
        }
    }
}

async fn moved(
    db: &Db,
    workspace: WorkspaceId,
    chat: ChatId,
    now: Timestamp,
    due: impl AsyncFnOnce(&mut Tx<'_>, &Chat) -> Result<Option<Command>>,
) -> Result<bool> {
    let mut tx = db.workspace(workspace).begin().await?;
    let mut chat = lock(&mut tx, chat).await?;
    let Some(command) = due(&mut tx, &chat).await? else { return Ok(false) };
    if !act::command_on(&mut tx, &mut chat, &command, Actor::Clock, &Doer::Clock, now).await? {
        return Ok(false);
    }
    chat.save(&mut tx, now)?;
    tx.commit().await?;
    Ok(true)
}
