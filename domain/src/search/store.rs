//! Searching: through the index, and through what it has not yet taken in. Sight comes before every limit.

use super::index::{message_words, said};
use super::people;
use super::query::Query;
use super::{Filter, Found, Hit, Key, LONGEST, Sender};
use crate::chat::rows;
use crate::db::{Desk, Tx};
use crate::member::Member;
use crate::message::store::by_ids;
use crate::message::{Author, Body};
use crate::{ChatId, Error, MessageId, Result, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Messages on one page.
pub const PAGE: usize = 20;
/// Messages, not yet taken in by the index, that are looked at one by one.
const NEWEST: i64 = 1000;

impl Sender {
    /// Who says a message, as one filters by it.
    pub(super) fn of(author: Author, body: &Body) -> Option<Self> {
        Some(match author {
            Author::Member if matches!(body, Body::Note { .. }) => Self::Note,
            Author::Member => Self::Member,
            Author::Customer => Self::Customer,
            Author::Bot => Self::Bot,
            Author::Campaign => Self::Campaign,
            Author::Api => Self::Api,
            Author::System => return None,
        })
    }
}

/// Customers and messages with all of these words, as far as the member sees them. A watch shows its chat and does not
/// widen this: of chats that somebody else holds, nothing is found. Further pages, after `before`, are of messages only.
///
/// # Errors
/// `Invalid` for too few letters.
pub async fn search(desk: &Desk, member: &Member, typed: &str, filter: &Filter, before: Option<Key>) -> Result<Found> {
    let typed: String = typed.chars().take(LONGEST).collect();
    let query = Query::read(&typed).ok_or_else(|| Error::Invalid("Write at least two letters or digits.".into()))?;
    let mut tx = desk.snapshot().await?;
    let (people, missing) =
        if before.is_none() { people::find(&mut tx, member, &query).await? } else { (Vec::new(), false) };
    let span = Span::new(filter, before);
    let mut places: BTreeMap<Key, ChatId> = indexed(&mut tx, member, &query, filter, &span).await?;
    let (newest, indexing) = unindexed(&mut tx, member, &query, filter, &span).await?;
    places.extend(newest);
    let mut places: Vec<_> = places.into_iter().rev().collect();
    let more = places.len() > PAGE;
    places.truncate(PAGE);
    let messages = hits(&mut tx, &query, &places).await?;
    let cursor = crate::feed::store::cursor(&mut tx).await?;
    Ok(Found { people, messages, more, indexing: indexing || missing, cursor })
}

/// From when, and before which place.
struct Span {
    since: Timestamp,
    upto: Timestamp,
    upto_id: Uuid,
}

impl Span {
    fn new(filter: &Filter, before: Option<Key>) -> Self {
        // Far away, and within what Postgres can tell.
        let ever = Timestamp::from_timestamp(253_402_300_799, 0).unwrap_or(Timestamp::MAX_UTC);
        let until = filter.until.map(|until| until.min(ever));
        let (upto, upto_id) = match (before, until) {
            (Some(key), Some(until)) if until < key.at => (until, Uuid::nil()),
            (Some(key), _) => (key.at.min(ever), key.id.0),
            (None, Some(until)) => (until, Uuid::nil()),
            (None, None) => (ever, Uuid::max()),
        };
        Self { since: filter.since.unwrap_or_default().max(Timestamp::default()), upto, upto_id }
    }
}

async fn indexed(
    tx: &mut Tx<'_>,
    member: &Member,
    query: &Query,
    filter: &Filter,
    span: &Span,
) -> Result<BTreeMap<Key, ChatId>> {
    let rows = sqlx::query!(
        r#"select message_id as "id!", chat_id as "chat!", at as "at!" from find_messages($1, $2, $3, $4, $5, $6, $7, $8)"#,
        tx.workspace.0,
        member.id.0,
        member.role.supervises(),
        query.over_messages(filter),
        span.since,
        span.upto,
        span.upto_id,
        i32::try_from(PAGE + 1).unwrap_or(i32::MAX),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (Key { at: row.at, id: MessageId(row.id) }, ChatId(row.chat))).collect())
}

/// What was just said, and whether there is more of it than is looked at.
async fn unindexed(
    tx: &mut Tx<'_>,
    member: &Member,
    query: &Query,
    filter: &Filter,
    span: &Span,
) -> Result<(BTreeMap<Key, ChatId>, bool)> {
    let rows = sqlx::query!(
        "select m.id, m.chat_id, m.author, m.body, m.at from message_words_waiting w
         join message m on m.workspace_id = w.workspace_id and m.id = w.message_id
         join chat o on o.workspace_id = m.workspace_id and o.id = m.chat_id
         join chat c on c.workspace_id = m.workspace_id and c.id = case when o.folded_into is null then o.id else o.folded_into end
         where w.workspace_id = $1 and sight(c.state, c.holder, c.directed_to, $2, $3, false) = 2
           and m.at >= $4 and (m.at, m.id) < ($5, $6)
         order by w.message_id desc limit $7",
        tx.workspace.0,
        member.id.0,
        member.role.supervises(),
        span.since,
        span.upto,
        span.upto_id,
        NEWEST,
    )
    .fetch_all(tx.conn())
    .await?;
    let indexing = i64::try_from(rows.len()).unwrap_or(NEWEST) >= NEWEST;
    let mut found = BTreeMap::new();
    for row in rows {
        let (Ok(author), Ok(body)) = (row.author.parse(), serde_json::from_value::<Body>(row.body)) else { continue };
        let words = message_words(author, &body);
        if query.fits(&words) && filter.fits(&words) {
            found.insert(Key { at: row.at, id: MessageId(row.id) }, ChatId(row.chat_id));
        }
    }
    Ok((found, indexing))
}

impl Filter {
    fn fits(&self, words: &BTreeSet<String>) -> bool {
        self.sender.is_none_or(|sender| words.contains(&format!("={sender}")))
            && self.kind.is_none_or(|kind| words.contains(&format!("={kind}")))
    }
}

async fn hits(tx: &mut Tx<'_>, query: &Query, places: &[(Key, ChatId)]) -> Result<Vec<Hit>> {
    let ids: Vec<_> = places.iter().map(|(key, _)| key.id).collect();
    let chats: Vec<_> = places.iter().map(|(_, chat)| *chat).collect::<BTreeSet<_>>().into_iter().collect();
    let mut messages = by_ids(tx, &ids).await?;
    let rows = rows(tx, None, &chats).await?;
    let mut hits = Vec::with_capacity(places.len());
    for (key, chat) in places {
        let (Some(message), Some((_, row))) = (messages.remove(&key.id), rows.get(chat)) else { continue };
        let Some(sender) = Sender::of(message.author, &message.body) else { continue };
        hits.push(Hit {
            chat: *chat,
            queue: row.queue,
            seq: message.seq,
            key: *key,
            title: row.content.as_ref().map(crate::chat::RowContent::title).unwrap_or_default(),
            sender,
            member: message.member.map(|member| member.name),
            excerpt: query.excerpt(&said(&message.body)),
        });
    }
    Ok(hits)
}
