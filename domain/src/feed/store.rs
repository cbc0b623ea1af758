//! Reading the feed: a stretch of it with everything that is needed to tell it to anyone.

use super::{Batch, Change, Loaded, Stance};
use crate::chat::Queue;
use crate::chat::rows;
use crate::db::{Desk, Tx};
use crate::{ChatId, MemberId, MessageId, Result, Timestamp, message};
use std::collections::HashMap;

/// Feed rows told at once.
pub const STRETCH: i64 = 500;
/// Requests looked at for "longest waiting".
const WAITING: i64 = 100;

/// What follows a feed number.
#[derive(Debug)]
pub enum Follow {
    /// Changes to tell.
    Batch(Box<Batch>),
    /// Nothing yet.
    Nothing,
    /// The feed no longer reaches back so far, or never was so far.
    Resync,
}

/// The last number given, and how many chats stand where as of it.
///
/// # Errors
/// When the database fails.
pub async fn standing(tx: &mut Tx<'_>) -> Result<(i64, Vec<(Stance, i64)>)> {
    let number = sqlx::query_scalar!("select number from feed_cursor where workspace_id = $1", tx.workspace.0)
        .fetch_optional(tx.conn())
        .await?
        .unwrap_or(0);
    let rows = sqlx::query!(
        "select queue, holder, directed_to, chats from queue_count where workspace_id = $1 and chats <> 0",
        tx.workspace.0
    )
    .fetch_all(tx.conn())
    .await?;
    let somebody = |id: uuid::Uuid| (!id.is_nil()).then_some(MemberId(id));
    let counts = rows
        .into_iter()
        .map(|row| {
            let stance = Stance {
                queue: row.queue.parse()?,
                holder: somebody(row.holder),
                directed_to: somebody(row.directed_to),
            };
            Ok((stance, row.chats))
        })
        .collect::<Result<_>>()?;
    Ok((number, counts))
}

/// The longest waiting requests: since when, and for whom.
///
/// # Errors
/// When the database fails.
pub async fn waiting(tx: &mut Tx<'_>) -> Result<Vec<(Timestamp, Option<MemberId>)>> {
    let rows = sqlx::query!(
        r#"select requested_since as "since!", directed_to from chat where workspace_id = $1 and state = 'requested'
           order by requested_since, id limit $2"#,
        tx.workspace.0,
        WAITING,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.since, row.directed_to.map(MemberId))).collect())
}

/// What follows a feed number, read as of one moment.
///
/// # Errors
/// When the database fails.
pub async fn after(desk: &Desk, number: i64, now: Timestamp) -> Result<Follow> {
    let mut tx = desk.snapshot().await?;
    let cursor = sqlx::query!("select number, oldest from feed_cursor where workspace_id = $1", tx.workspace.0)
        .fetch_optional(tx.conn())
        .await?;
    let (last, oldest) = cursor.map_or((0, 1), |row| (row.number, row.oldest));
    if number > last || number + 1 < oldest {
        return Ok(Follow::Resync);
    }
    if number == last {
        return Ok(Follow::Nothing);
    }
    let changes = changes(&mut tx, number).await?;
    let chats: Vec<_> = changes.iter().filter_map(Change::chat).collect();
    let messages: Vec<_> = changes.iter().flat_map(Change::messages).copied().collect();
    let (_, counts) = standing(&mut tx).await?;
    let batch = Batch {
        first: number + 1,
        last: number + i64::try_from(changes.len()).unwrap_or(0),
        chats: rows(&mut tx, None, &chats)
            .await?
            .into_iter()
            .map(|(id, (state, row))| (id, Loaded { state, row }))
            .collect(),
        messages: message::store::by_ids(&mut tx, &messages).await?,
        counts,
        waiting: waiting(&mut tx).await?,
        watches: std::collections::HashSet::new(),
        seen: seen(&mut tx, &chats).await?,
        presences: presences(&mut tx, &changes).await?,
        changes,
        at: now,
    };
    Ok(Follow::Batch(Box::new(batch)))
}

async fn changes(tx: &mut Tx<'_>, after: i64) -> Result<Vec<Change>> {
    let rows = sqlx::query!(
        "select kind, chat_id, messages, member_id, was_queue, was_holder, was_directed, now_queue, now_holder, now_directed
         from feed where workspace_id = $1 and number > $2 order by number limit $3",
        tx.workspace.0,
        after,
        STRETCH,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let stance = |queue: Option<String>, holder: Option<uuid::Uuid>, directed: Option<uuid::Uuid>| {
                queue
                    .map(|queue| {
                        Ok::<_, crate::Error>(Stance {
                            queue: queue.parse::<Queue>()?,
                            holder: holder.map(MemberId),
                            directed_to: directed.map(MemberId),
                        })
                    })
                    .transpose()
            };
            let member = row.member_id.map(MemberId).ok_or(crate::Error::Internal);
            let chat = row.chat_id.map(ChatId).ok_or(crate::Error::Internal);
            Ok(match row.kind.as_str() {
                "chat" => Change::Chat {
                    chat: chat?,
                    was: stance(row.was_queue, row.was_holder, row.was_directed)?,
                    now: stance(row.now_queue, row.now_holder, row.now_directed)?.ok_or(crate::Error::Internal)?,
                    messages: row.messages.into_iter().map(MessageId).collect(),
                },
                "seen" => Change::Seen { member: member?, chat: chat? },
                "presence" => Change::Presence { member: member? },
                "signed_out" => Change::SignedOut { member: member? },
                _ => Change::Member { member: member? },
            })
        })
        .collect()
}

async fn seen(tx: &mut Tx<'_>, chats: &[ChatId]) -> Result<HashMap<(MemberId, ChatId), i64>> {
    let chats: Vec<_> = chats.iter().map(|chat| chat.0).collect();
    let rows = sqlx::query!(
        "select member_id, chat_id, customer_count from seen where workspace_id = $1 and chat_id = any($2)",
        tx.workspace.0,
        &chats,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| ((MemberId(row.member_id), ChatId(row.chat_id)), row.customer_count)).collect())
}

async fn presences(tx: &mut Tx<'_>, changes: &[Change]) -> Result<HashMap<MemberId, crate::member::Presence>> {
    if !changes.iter().any(|change| matches!(change, Change::Presence { .. })) {
        return Ok(HashMap::new());
    }
    Ok(crate::member::store::all(tx).await?.into_iter().map(|member| (member.id, member.presence)).collect())
}

impl Change {
    fn chat(&self) -> Option<ChatId> {
        match self {
            Self::Chat { chat, .. } | Self::Seen { chat, .. } => Some(*chat),
            Self::Presence { .. } | Self::Member { .. } | Self::SignedOut { .. } => None,
        }
    }

    fn messages(&self) -> &[MessageId] {
        if let Self::Chat { messages, .. } = self { messages } else { &[] }
    }
}
