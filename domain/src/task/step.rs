//! The job's step: one batch of every task that is under way. Claimed by a row lock that others skip; the batch and
//! the task's place after it are one commit, so that each contact is visited once whatever happens.

use super::{Action, BATCH, State, apply, undo};
use crate::contact::filter::Group;
use crate::contact::filter::sql::{Scope, hidden_of};
use crate::db::{Db, Desk, Tx};
use crate::member::{self, Member};
use crate::{ContactId, Error, MemberId, Result, TaskId, Timestamp, WorkspaceId, feed};
use uuid::Uuid;

/// What a batch has done.
#[derive(Default)]
pub(super) struct Done {
    pub(super) changed: i64,
    pub(super) left_alone: i64,
    /// Whoever could not be visited as somebody else held a chat of theirs when their turn came.
    pub(super) left_out: usize,
}

/// A task under its lock.
struct Claimed {
    id: TaskId,
    member: MemberId,
    action: Action,
    filter: Group,
    chosen: Option<Vec<Uuid>>,
    state: State,
    total: Option<i64>,
    place: Option<Uuid>,
    made_at: Timestamp,
}

/// Does one batch of each task under way that no other process is at just now; how many.
///
/// # Errors
/// When the database fails.
pub async fn run_once(db: &Db, now: Timestamp) -> Result<usize> {
    let due = sqlx::query!(
        "select workspace_id, id from contact_task where state in ('running', 'undoing') and not action ? 'export'
         order by id limit 50"
    )
    .fetch_all(db.pool())
    .await?;
    let mut done = 0;
    for row in due {
        done += usize::from(batch(&db.workspace(WorkspaceId(row.workspace_id)), TaskId(row.id), now).await?);
    }
    Ok(done)
}

/// Whether there was something to do.
async fn batch(desk: &Desk, id: TaskId, now: Timestamp) -> Result<bool> {
    let mut tx = desk.begin().await?;
    let Some(task) = claim(&mut tx, id).await? else { return Ok(false) };
    let member = member::store::get(&mut tx, task.member).await?.filter(|member| member.role.supervises());
    let Some(member) = member else {
        let why = "The member who began it may not do this any more.";
        end(&mut tx, id, State::Cancelled, Some(why), now).await?;
        tx.commit().await?;
        return Ok(true);
    };
    let scope = Scope::load(&mut tx, member.id, task.made_at).await?;
    if task.state == State::Running && task.total.is_none() {
        count_target(&mut tx, id, &scope, &task.filter, task.chosen.as_deref()).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let visited = match task.state {
        State::Undoing => undo::next(&mut tx, id, task.place).await?,
        _ => next(&mut tx, &scope, &task).await?,
    };
    let seen = in_sight(&mut tx, &member, &visited).await?;
    let done = match task.state {
        State::Undoing => undo::batch(&mut tx, id, &task.action, &member, &seen, now).await,
        _ => apply::batch(&mut tx, id, &task.action, &member, &seen, now).await,
    };
    let mut done = match done {
        Ok(done) => done,
        // A tag or attribute that is gone by now: no later batch would fare better.
        Err(Error::NotFound | Error::Invalid(_)) => {
            drop(tx);
            return give_up(desk, &task, now).await;
        }
        Err(error) => return Err(error),
    };
    let count = i64::try_from(visited.len()).unwrap_or(0);
    if task.state == State::Undoing {
        done.left_alone += count - i64::try_from(seen.len()).unwrap_or(0);
    }
    let last = visited.last().copied();
    if task.state == State::Running {
        // Of those who stand before where it has got to; all who are left with its last batch.
        let reached = |id: &Uuid| count < BATCH || last.is_some_and(|last| *id <= last.0);
        let here = |id: &&Uuid| task.place.is_none_or(|place| **id > place) && reached(id);
        let meant = |id: &&Uuid| task.chosen.as_ref().is_none_or(|chosen| chosen.contains(id));
        done.left_out = scope.hidden.iter().filter(here).filter(meant).count() + visited.len() - seen.len();
    }
    advance(&mut tx, &task, last, count, &done).await?;
    if count < BATCH {
        let ended = if task.state == State::Undoing { State::Undone } else { State::Done };
        end(&mut tx, id, ended, None, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Counts those whom a task is for, and those whom it is not for as somebody else holds a chat of theirs: of the chosen, or
/// else all of them, whatever the filter, so that no filter can probe them.
pub(crate) async fn count_target(
    tx: &mut Tx<'_>,
    id: TaskId,
    scope: &Scope,
    filter: &Group,
    chosen: Option<&[Uuid]>,
) -> Result<()> {
    let mut total = scope.select("select count(*)", filter);
    if let Some(chosen) = chosen {
        total.push(" and c.id = any(").push_bind(chosen.to_vec()).push(")");
    }
    let total: i64 = total.build_query_scalar().persistent(false).fetch_one(tx.conn()).await?;
    let left_out = scope.hidden.iter().filter(|id| chosen.is_none_or(|chosen| chosen.contains(id))).count();
    sqlx::query!(
        "update contact_task set total = $3, left_out = $4 where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
        total,
        i64::try_from(left_out).unwrap_or(i64::MAX),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn claim(tx: &mut Tx<'_>, id: TaskId) -> Result<Option<Claimed>> {
    let row = sqlx::query!(
        "select member_id, action, filter, chosen, state, total, place, made_at from contact_task
         where workspace_id = $1 and id = $2 and state in ('running', 'undoing') and not action ? 'export'
         for update skip locked",
        tx.workspace.0,
        id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Claimed {
        id,
        member: MemberId(row.member_id),
        action: serde_json::from_value(row.action)?,
        filter: serde_json::from_value(row.filter)?,
        chosen: row.chosen,
        state: row.state.parse()?,
        total: row.total,
        place: row.place,
        made_at: row.made_at,
    }))
}

/// The next contacts by id: what a batch changes does not move anybody.
async fn next(tx: &mut Tx<'_>, scope: &Scope, task: &Claimed) -> Result<Vec<ContactId>> {
    let mut query = scope.select("select c.id", &task.filter);
    if let Some(chosen) = &task.chosen {
        query.push(" and c.id = any(").push_bind(chosen.clone()).push(")");
    }
    if let Some(place) = task.place {
        query.push(" and c.id > ").push_bind(place);
    }
    query.push(" order by c.id limit ").push_bind(BATCH);
    let ids: Vec<Uuid> = query.build_query_scalar().persistent(false).fetch_all(tx.conn()).await?;
    Ok(ids.into_iter().map(ContactId).collect())
}

/// Those of them that are still in the member's sight once nobody can take their chats: chats are locked before
/// contacts, as everywhere.
async fn in_sight(tx: &mut Tx<'_>, member: &Member, visited: &[ContactId]) -> Result<Vec<Uuid>> {
    let ids: Vec<_> = visited.iter().map(|id| id.0).collect();
    sqlx::query!(
        "select h.id from chat h where h.workspace_id = $1 and h.contact_id in (
            select id from contact where workspace_id = $1 and (id = any($2) or merged_into = any($2)))
         order by h.id for update",
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    sqlx::query!(
        "select id from contact where workspace_id = $1 and id = any($2) order by id for no key update",
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let hidden = hidden_of(tx, member.id, visited).await?;
    Ok(visited.iter().filter(|id| !hidden.contains(id)).map(|id| id.0).collect())
}

async fn advance(tx: &mut Tx<'_>, task: &Claimed, last: Option<ContactId>, count: i64, done: &Done) -> Result<()> {
    let back = task.state == State::Undoing;
    let (visited, changed, put_back) = if back { (0, 0, done.changed) } else { (count, done.changed, 0) };
    sqlx::query!(
        "update contact_task set place = coalesce($3, place), visited = visited + $4, changed = changed + $5,
            put_back = put_back + $6, left_alone = left_alone + $7,
            left_out = case when $8 then left_out when place is null then $9 else left_out + $9 end
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        task.id.0,
        last.map(|id| id.0),
        visited,
        changed,
        put_back,
        if back { done.left_alone } else { 0 },
        back,
        i64::try_from(done.left_out).unwrap_or(i64::MAX),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Waits for the batch that failed to be rolled back.
async fn give_up(desk: &Desk, task: &Claimed, now: Timestamp) -> Result<bool> {
    let mut tx = desk.begin().await?;
    let ended = if task.state == State::Undoing { State::Undone } else { State::Cancelled };
    let why = "The tag or attribute it is about was deleted, archived or changed.";
    end(&mut tx, task.id, ended, Some(why), now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends a task that has not ended yet.
///
/// # Errors
/// When the database fails.
pub(crate) async fn end(tx: &mut Tx<'_>, id: TaskId, state: State, why: Option<&str>, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "update contact_task set state = $3, why = $4, ended_at = $5
         where workspace_id = $1 and id = $2 and state in ('running', 'undoing')",
        tx.workspace.0,
        id.0,
        state.as_str(),
        why,
        now,
    )
    .execute(tx.conn())
    .await?;
    feed::store::contacts_changed(tx, now).await
}
