//! The message to those who wait long: the one that the clock sends. Each wait is told once, whatever number of
//! processes ask.

use crate::chat::store::{Chat, lock};
use crate::chat::{State, Window};
use crate::db::{Db, Desk, Tx};
use crate::flow::{Context, store};
use crate::message::Body;
use crate::setting::{self, Settings};
use crate::{ChatId, Result, Timestamp, WorkspaceId, contact, hours};
use chrono::TimeDelta;

/// Customers told in one round at most, in each workspace.
const MOST: i64 = 200;

/// Tells everybody who has waited too long; tells how many. Whoever waits for a person, or for the agent who holds
/// the chat, is told once for each wait, within business hours: a night is not waited through.
///
/// # Errors
/// When the database fails; what was said before stays said.
pub async fn run_once(db: &Db, now: Timestamp) -> Result<usize> {
    let workspaces = sqlx::query_scalar!(
        r#"select workspace_id from setting where key = 'delayed_message' and value @> '{"on": true}' order by 1"#
    )
    .fetch_all(db.pool())
    .await?;
    let mut told = 0;
    for workspace in workspaces {
        let desk = db.workspace(WorkspaceId(workspace));
        let mut tx = desk.snapshot().await?;
        let settings = setting::store::load(&mut tx).await?;
        let waiting = match begun_before(&settings, now)? {
            Some(before) => waiting(&mut tx, before, now).await?,
            None => Vec::new(),
        };
        drop(tx);
        for id in waiting {
            match tell_one(&desk, id, now).await {
                Ok(done) => told += usize::from(done),
                Err(error) => tracing::warn!(%error, chat = %id, "a customer who waits could not be told"),
            }
        }
    }
    Ok(told)
}

async fn tell_one(desk: &Desk, chat: ChatId, now: Timestamp) -> Result<bool> {
    let mut tx = desk.begin().await?;
    let mut chat = lock(&mut tx, chat).await?;
    if !tell(&mut tx, &mut chat, now).await? {
        return Ok(false);
    }
    chat.save(&mut tx, now)?;
    tx.commit().await?;
    Ok(true)
}

/// The moment before which a wait has to have begun; none while nobody is told.
fn begun_before(settings: &Settings, now: Timestamp) -> Result<Option<Timestamp>> {
    let delayed = &settings.delayed_message;
    let longest = TimeDelta::minutes(delayed.minutes);
    let open_since = hours::open_since(&settings.hours, now)?;
    // Nobody is told for the time before people came.
    let long_enough = open_since.is_some_and(|since| since <= now - longest);
    Ok((delayed.on && long_enough).then(|| now - longest))
}

async fn waiting(tx: &mut Tx<'_>, before: Timestamp, now: Timestamp) -> Result<Vec<ChatId>> {
    let rows = sqlx::query_scalar!(
        "select c.id from chat c
         join contact p on p.workspace_id = c.workspace_id and p.id = c.contact_id and p.blocked_at is null
         left join delayed_message d on d.workspace_id = c.workspace_id and d.chat_id = c.id
         where c.workspace_id = $1 and c.unanswered_since <= $2 and c.state in ('requested', 'intervened')
           and c.window_open and c.window_closes_at > $3 and d.since is distinct from c.unanswered_since
         order by c.unanswered_since limit $4",
        tx.workspace.0,
        before,
        now + Window::MARGIN,
        MOST,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(ChatId).collect())
}

/// Tells a locked chat's customer, if it is still time.
async fn tell(tx: &mut Tx<'_>, chat: &mut Chat, now: Timestamp) -> Result<bool> {
    let settings = setting::store::load(tx).await?;
    let (Some(since), Some(before)) = (chat.unanswered_since, begun_before(&settings, now)?) else { return Ok(false) };
    if since > before || matches!(chat.state, State::Active) || !chat.window.is_open(now) {
        return Ok(false);
    }
    if contact::edit::is_blocked(tx, chat.contact).await? {
        return Ok(false);
    }
    let first = sqlx::query!(
        "insert into delayed_message as d (workspace_id, chat_id, since) values ($1, $2, $3)
         on conflict (workspace_id, chat_id) do update set since = $3 where d.since <> $3",
        tx.workspace.0,
        chat.id.0,
        since,
    )
    .execute(tx.conn())
    .await?;
    if first.rows_affected() == 0 {
        return Ok(false);
    }
    let (name, attributes) = store::known(tx, chat.contact).await?;
    let outlook = hours::outlook(&settings.hours, now)?;
    let context = Context {
        name,
        attributes,
        outlook: outlook.map(|(key, value)| (key.to_owned(), value)).into(),
        staffed: true,
        greeted: chat.greeted,
        requested: matches!(chat.state, State::Requested(_)),
        welcome: None,
        away: None,
        now,
    };
    chat.say_as_bot(tx, Body::text(context.fill(&settings.delayed_message.text)), now)?;
    Ok(true)
}
