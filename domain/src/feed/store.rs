//! Reading the feed: a stretch of it with everything that is needed to tell it to anyone.

use super::{Batch, Change, Loaded, Stance};
use crate::chat::Queue;
use crate::chat::rows;
use crate::db::{Desk, Tx};
use crate::{ChatId, ContactId, FeedId, MemberId, MessageId, Result, Timestamp, message};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

type Pairs = HashSet<(MemberId, ChatId)>;

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

/// Where the feed and the desk's chats stand.
#[derive(Debug)]
pub struct Standing {
    /// The last number given.
    pub number: i64,
    /// The oldest number still kept.
    pub oldest: i64,
    /// How many chats stand where, as of the last number.
    pub chats: Vec<(Stance, i64)>,
    /// The longest waiting requests: since when, and for whom.
    pub waiting: Vec<(Timestamp, Option<MemberId>)>,
}

/// The last number given.
///
/// # Errors
/// When the database fails.
pub async fn cursor(tx: &mut Tx<'_>) -> Result<i64> {
    let number = sqlx::query_scalar!("select number from feed_cursor where workspace_id = $1", tx.workspace.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(number.unwrap_or(0))
}

/// Where everything stands.
///
/// # Errors
/// When the database fails.
pub async fn standing(tx: &mut Tx<'_>) -> Result<Standing> {
    let (standing, _) = since(tx, None).await?;
    Ok(standing.unwrap_or(Standing { number: 0, oldest: 1, chats: Vec::new(), waiting: Vec::new() }))
}

/// What follows a feed number, read as of one moment.
///
/// # Errors
/// When the database fails.
pub async fn after(desk: &Desk, number: i64, now: Timestamp) -> Result<Follow> {
    let mut tx = desk.repeated_snapshot().await?;
    let (standing, changes) = since(&mut tx, Some(number)).await?;
    let (last, oldest) = standing.as_ref().map_or((0, 1), |standing| (standing.number, standing.oldest));
    if number > last || number + 1 < oldest {
        return Ok(Follow::Resync);
    }
    let Some(standing) = standing.filter(|_| number < last) else { return Ok(Follow::Nothing) };
    let mut chats: Vec<_> = changes.iter().filter_map(Change::chat).collect();
    let others = others(&mut tx, &changes).await?;
    chats.extend(others.values().flatten());
    let messages: Vec<_> = changes.iter().flat_map(Change::messages).copied().collect();
    let (watches, seen) = looked_at(&mut tx, &chats).await?;
    let batch = Batch {
        first: number + 1,
        last: number + i64::try_from(changes.len()).unwrap_or(0),
        chats: rows(&mut tx, None, &chats)
            .await?
            .into_iter()
            .map(|(id, (state, row))| (id, Loaded { state, row }))
            .collect(),
        messages: if messages.is_empty() { HashMap::new() } else { message::store::by_ids(&mut tx, &messages).await? },
        counts: standing.chats,
        waiting: standing.waiting,
        watches,
        seen,
        others,
        presences: presences(&mut tx, &changes).await?,
        changes,
        at: now,
    };
    Ok(Follow::Batch(Box::new(batch)))
}

/// A feed row as it travels.
#[derive(Deserialize)]
struct Told {
    kind: String,
    chat_id: Option<ChatId>,
    messages: Vec<MessageId>,
    member_id: Option<MemberId>,
    was_queue: Option<Queue>,
    was_holder: Option<MemberId>,
    was_directed: Option<MemberId>,
    now_queue: Option<Queue>,
    now_holder: Option<MemberId>,
    now_directed: Option<MemberId>,
}

/// Where everything stands, and what follows a number: one statement, since every change is told by it.
async fn since(tx: &mut Tx<'_>, number: Option<i64>) -> Result<(Option<Standing>, Vec<Change>)> {
    let row = sqlx::query!(
        r#"select c.number, c.oldest,
             (select jsonb_agg(to_jsonb(f) order by f.number) from (
                select number, kind, chat_id, messages, member_id, was_queue, was_holder, was_directed,
                       now_queue, now_holder, now_directed
                from feed where workspace_id = $1 and number > $2 order by number limit $3) f) as changes,
             (select jsonb_agg(jsonb_build_array(queue, holder, directed_to, chats)) from queue_count
              where workspace_id = $1 and chats <> 0) as chats,
             (select jsonb_agg(jsonb_build_array(w.requested_since, w.directed_to)) from (
                select requested_since, directed_to from chat where workspace_id = $1 and state = 'requested'
                order by requested_since, id limit $4) w) as waiting
           from feed_cursor c where c.workspace_id = $1"#,
        tx.workspace.0,
        number,
        STRETCH,
        WAITING,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok((None, Vec::new())) };
    let told: Option<Vec<Told>> = row.changes.map(serde_json::from_value).transpose()?;
    let chats: Option<Vec<(Queue, MemberId, MemberId, i64)>> = row.chats.map(serde_json::from_value).transpose()?;
    let waiting: Option<Vec<_>> = row.waiting.map(serde_json::from_value).transpose()?;
    let somebody = |id: MemberId| (!id.0.is_nil()).then_some(id);
    let stance = |(queue, holder, directed, chats): (Queue, MemberId, MemberId, i64)| {
        (Stance { queue, holder: somebody(holder), directed_to: somebody(directed) }, chats)
    };
    let standing = Standing {
        number: row.number,
        oldest: row.oldest,
        chats: chats.into_iter().flatten().map(stance).collect(),
        waiting: waiting.unwrap_or_default(),
    };
    let changes = told.into_iter().flatten().map(Told::change).collect::<Result<_>>()?;
    Ok((Some(standing), changes))
}

impl Told {
    fn change(self) -> Result<Change> {
        let member = self.member_id.ok_or(crate::Error::Internal);
        let chat = self.chat_id.ok_or(crate::Error::Internal);
        let stance =
            |queue: Option<Queue>, holder, directed_to| queue.map(|queue| Stance { queue, holder, directed_to });
        Ok(match self.kind.as_str() {
            "chat" => Change::Chat {
                chat: chat?,
                was: stance(self.was_queue, self.was_holder, self.was_directed),
                now: stance(self.now_queue, self.now_holder, self.now_directed).ok_or(crate::Error::Internal)?,
                messages: self.messages,
            },
            "seen" => Change::Seen { member: member?, chat: chat? },
            "watch" => Change::Watch { member: member?, chat: chat? },
            "profile" => Change::Profile { chat: chat? },
            "defined" => Change::Defined,
            "contacts" => Change::Contacts,
            "presence" => Change::Presence { member: member? },
            "signed_out" => Change::SignedOut { member: member? },
            _ => Change::Member { member: member? },
        })
    }
}

/// The other chats of the customers whose chats went to, or left, a member: their profiles are seen together.
async fn others(tx: &mut Tx<'_>, changes: &[Change]) -> Result<HashMap<ChatId, Vec<ChatId>>> {
    let moved: Vec<_> = changes.iter().filter_map(Change::moved).map(|chat| chat.0).collect();
    let mut others: HashMap<_, Vec<_>> = HashMap::new();
    if moved.is_empty() {
        return Ok(others);
    }
    let rows = sqlx::query!(
        "select c.id, o.id as other from chat c
         join chat o on o.workspace_id = c.workspace_id and o.contact_id = c.contact_id and o.id <> c.id
         where c.workspace_id = $1 and c.id = any($2) and o.folded_into is null",
        tx.workspace.0,
        &moved,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        others.entry(ChatId(row.id)).or_default().push(ChatId(row.other));
    }
    Ok(others)
}

/// Who watches these chats, and how far members have read in them.
async fn looked_at(tx: &mut Tx<'_>, chats: &[ChatId]) -> Result<(Pairs, HashMap<(MemberId, ChatId), i64>)> {
    let chats: Vec<_> = chats.iter().map(|chat| chat.0).collect();
    let row = sqlx::query!(
        "select (select jsonb_agg(distinct jsonb_build_array(member_id, chat_id)) from watch
                 where workspace_id = $1 and chat_id = any($2) and closed_at is null) as watches,
                (select jsonb_agg(jsonb_build_array(member_id, chat_id, customer_count)) from seen
                 where workspace_id = $1 and chat_id = any($2)) as seen",
        tx.workspace.0,
        &chats,
    )
    .fetch_one(tx.conn())
    .await?;
    let watches: Option<Pairs> = row.watches.map(serde_json::from_value).transpose()?;
    let seen: Option<Vec<(MemberId, ChatId, i64)>> = row.seen.map(serde_json::from_value).transpose()?;
    let seen = seen.into_iter().flatten().map(|(member, chat, count)| ((member, chat), count)).collect();
    Ok((watches.unwrap_or_default(), seen))
}

/// Tells screens that contacts' profiles changed beside their chats: a tag, an attribute, a name.
///
/// # Errors
/// When the database fails.
pub async fn profile_changed(tx: &mut Tx<'_>, contacts: &[ContactId], now: Timestamp) -> Result<()> {
    let contacts: Vec<_> = contacts.iter().map(|contact| contact.0).collect();
    let rows = sqlx::query!(
        "select id, contact_id from chat where workspace_id = $1 and contact_id = any($2) order by id",
        tx.workspace.0,
        &contacts,
    )
    .fetch_all(tx.conn())
    .await?;
    let talk: HashSet<_> = rows.iter().map(|row| row.contact_id).collect();
    if contacts.iter().any(|contact| !talk.contains(contact)) {
        contacts_changed(tx, now).await?;
    }
    let chats: Vec<_> = rows.into_iter().map(|row| row.id).collect();
    let ids: Vec<_> = chats.iter().map(|_| FeedId::at(now).0).collect();
    sqlx::query!(
        "insert into feed_waiting (workspace_id, id, at, kind, chat_id)
         select $1, row.id, $2, 'profile', row.chat from unnest($3::uuid[], $4::uuid[]) as row(id, chat)",
        tx.workspace.0,
        now,
        &ids,
        &chats,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Tells screens that something the workspace defines changed: tags, attributes, outcomes, canned replies, settings.
///
/// # Errors
/// When the database fails.
pub async fn defined(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    tell(tx, "defined", now).await
}

/// Tells supervisors' screens that contacts without a chat changed, or what is done to many of them: tasks, imports.
///
/// # Errors
/// When the database fails.
pub async fn contacts_changed(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    tell(tx, "contacts", now).await
}

async fn tell(tx: &mut Tx<'_>, kind: &str, now: Timestamp) -> Result<()> {
    sqlx::query!(
        "insert into feed_waiting (workspace_id, id, at, kind) values ($1, $2, $3, $4)",
        tx.workspace.0,
        FeedId::at(now).0,
        now,
        kind,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
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
            Self::Chat { chat, .. } | Self::Seen { chat, .. } | Self::Watch { chat, .. } | Self::Profile { chat } => {
                Some(*chat)
            }
            Self::Presence { .. } | Self::Member { .. } | Self::SignedOut { .. } | Self::Defined | Self::Contacts => {
                None
            }
        }
    }

    /// The chat that somebody gains or loses sight of.
    fn moved(&self) -> Option<ChatId> {
        match self {
            Self::Chat { chat, was, now, .. } => {
                let stood = was.map_or((None, None), |was| (was.holder, was.directed_to));
                (stood != (now.holder, now.directed_to)).then_some(*chat)
            }
            Self::Watch { chat, .. } => Some(*chat),
            _ => None,
        }
    }

    fn messages(&self) -> &[MessageId] {
        if let Self::Chat { messages, .. } = self { messages } else { &[] }
    }
}
