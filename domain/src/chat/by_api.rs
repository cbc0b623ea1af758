//! Chats for the business's own systems: listed, read, and a person asked for. A key sees them all.

use super::store::{Chat, lock};
use super::{Actor, Command, Queue, Reason, Row, State, act, open, rows};
use crate::db::Tx;
use crate::journey::Doer;
use crate::{ChatId, ContactId, Error, Result, Timestamp, contact};
use std::collections::HashMap;

/// Which chats are listed; all where it says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Standing here only.
    pub queue: Option<Queue>,
    /// Of this contact only.
    pub contact: Option<ContactId>,
}

/// Chats in the order in which they were made, after the given one; without those that are read within another.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &mut Tx<'_>, filter: Filter, after: Option<ChatId>, limit: i64) -> Result<Vec<(State, Row)>> {
    let ids = sqlx::query_scalar!(
        "select id from chat where workspace_id = $1 and folded_into is null and ($2::text is null or queue = $2)
           and ($3::uuid is null or contact_id = (select coalesce(merged_into, id) from contact where workspace_id = $1 and id = $3)) and ($4::uuid is null or id > $4)
         order by id limit $5",
        tx.workspace.0,
        filter.queue.map(Queue::as_str),
        filter.contact.map(|id| id.0),
        after.map(|id| id.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<_> = ids.into_iter().map(ChatId).collect();
    let mut found = rows(tx, None, &ids).await?;
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// One chat; for one that is read within another that one.
///
/// # Errors
/// `NotFound` for an unknown id.
pub async fn get(tx: &mut Tx<'_>, id: ChatId) -> Result<(State, Row)> {
    let id = open::standing_for(tx, id).await?;
    rows(tx, None, &[id]).await?.remove(&id).ok_or(Error::NotFound)
}

/// The chats that are read within these: of contacts that became parts of theirs. Their messages are listed by their own
/// ids.
///
/// # Errors
/// When the database fails.
pub async fn folded_into(tx: &mut Tx<'_>, chats: &[ChatId]) -> Result<HashMap<ChatId, Vec<ChatId>>> {
    let chats: Vec<_> = chats.iter().map(|chat| chat.0).collect();
    let rows = sqlx::query!(
        r#"select folded_into as "into!", id from chat where workspace_id = $1 and folded_into = any($2) order by id"#,
        tx.workspace.0,
        &chats,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut folded: HashMap<ChatId, Vec<ChatId>> = HashMap::new();
    for row in rows {
        folded.entry(ChatId(row.into)).or_default().push(ChatId(row.id));
    }
    Ok(folded)
}

/// Asks for a person. Where somebody waits already, or an agent holds the chat, nothing changes.
///
/// # Errors
/// `NotFound` for an unknown id, `Invalid` for a blocked contact's chat.
pub async fn ask_for_person(tx: &mut Tx<'_>, id: ChatId, by: &Doer, now: Timestamp) -> Result<(State, Row)> {
    let mut chat = lock_standing(tx, id).await?;
    not_blocked(tx, &chat).await?;
    let command = Command::AskForPerson(Reason::Api);
    if act::command_on(tx, &mut chat, &command, Actor::Api, by, now).await? {
        chat.save(tx, now)?;
        tx.flush().await?;
    }
    get(tx, id).await
}

/// Locks the chat in which this one is read, or itself: an old id leads to where the agent is.
///
/// # Errors
/// `NotFound` for an unknown id.
pub(crate) async fn lock_standing(tx: &mut Tx<'_>, id: ChatId) -> Result<Chat> {
    loop {
        let standing = open::standing_for(tx, id).await?;
        let chat = lock(tx, standing).await?;
        // It may have become a part of another while this one waited for the lock.
        if !chat.folded {
            return Ok(chat);
        }
    }
}

/// Nothing is sent to a blocked contact, and no request of theirs is opened.
pub(crate) async fn not_blocked(tx: &mut Tx<'_>, chat: &Chat) -> Result<()> {
    let blocked = contact::edit::is_blocked(tx, chat.contact).await?;
    if blocked { Err(Error::Invalid("This contact is blocked.".into())) } else { Ok(()) }
}
