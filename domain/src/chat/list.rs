//! Lists of chats: keyset pages, filtered by sight before the limit, true as of a feed number.

use super::rows;
use super::{List, Page, PageKey, Queue, Refusal, Row, Sight, sight, watch};
use crate::db::{Desk, Tx};
use crate::member::Member;
use crate::{ChatId, ContactId, Error, Result, feed};
use std::collections::HashSet;

/// Rows on one page.
pub const PAGE: i64 = 50;

/// One page of a list.
///
/// # Errors
/// When the database fails.
pub async fn page(desk: &Desk, member: &Member, list: List, after: Option<&PageKey>) -> Result<Page> {
    let mut tx = desk.snapshot().await?;
    let ids = match list {
        List::Active => recent(&mut tx, Queue::Active, after).await?,
        List::History => recent(&mut tx, Queue::History, after).await?,
        List::Requested => waiting(&mut tx, member, after).await?,
        List::Mine => held(&mut tx, member, after, true).await?,
        List::Others if member.role.supervises() => held(&mut tx, member, after, false).await?,
        List::Others => Vec::new(),
    };
    cut(&mut tx, member, ids).await
}

/// One chat's row, as this member may see it.
///
/// # Errors
/// `NotFound` out of sight.
pub async fn row(tx: &mut Tx<'_>, member: &Member, chat: ChatId) -> Result<Row> {
    let (state, row) = rows(tx, Some(member.id), &[chat]).await?.remove(&chat).ok_or(Error::NotFound)?;
    if row.queue == Queue::Merged {
        return Err(Error::NotFound);
    }
    let mut seen = sight(&state, member.id, member.role, false);
    if seen == Sight::Row && watch::watching(tx, member, chat).await? {
        seen = sight(&state, member.id, member.role, true);
    }
    seen_as(seen, row).ok_or(Error::NotFound)
}

/// One chat's row, with content or not at all: for whatever shows or changes a chat's content.
///
/// # Errors
/// `NotFound` unless the member sees everything of it.
pub async fn full_row(tx: &mut Tx<'_>, member: &Member, chat: ChatId) -> Result<Row> {
    let row = row(tx, member, chat).await?;
    if row.content.is_some() { Ok(row) } else { Err(Error::NotFound) }
}

/// One chat's row, for whatever shows or changes what is known of its customer.
///
/// # Errors
/// As [`full_row`]; `Refused` while another chat of the customer's is out of sight.
pub async fn customer_row(tx: &mut Tx<'_>, member: &Member, chat: ChatId) -> Result<Row> {
    let row = full_row(tx, member, chat).await?;
    let contact = row.content.as_ref().map(|content| content.contact).ok_or(Error::NotFound)?;
    if contact_in_sight(tx, member, contact).await? { Ok(row) } else { Err(Refusal::ContactElsewhere.into()) }
}

/// A contact is hidden while any of its chats is (design §3). Chats that are read within another are nobody's.
///
/// # Errors
/// When the database fails.
pub(crate) async fn contact_in_sight(tx: &mut Tx<'_>, member: &Member, contact: ContactId) -> Result<bool> {
    let hidden = sqlx::query_scalar!(
        r#"select exists (select 1 from chat c where c.workspace_id = $1 and c.contact_id = $2 and c.folded_into is null
           and sight(c.state, c.holder, c.directed_to, $3, $4, exists (select 1 from watch w where w.workspace_id = $1
                and w.chat_id = c.id and w.member_id = $3 and w.closed_at is null)) <> 2) as "hidden!""#,
        tx.workspace.0,
        contact.0,
        member.id.0,
        member.role.supervises(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(!hidden)
}

fn seen_as(sight: Sight, row: Row) -> Option<Row> {
    match sight {
        Sight::None => None,
        Sight::Row => Some(Row { content: None, ..row }),
        Sight::Full => Some(row),
    }
}

/// A page of these, the last of which only tells that there are more.
pub(super) async fn cut(tx: &mut Tx<'_>, member: &Member, mut ids: Vec<uuid::Uuid>) -> Result<Page> {
    let more = i64::try_from(ids.len()).unwrap_or(0) > PAGE;
    ids.truncate(usize::try_from(PAGE).unwrap_or(0));
    let ids: Vec<_> = ids.into_iter().map(ChatId).collect();
    let mut found = rows(tx, Some(member.id), &ids).await?;
    let watched = if member.role.supervises() { watch::watches(tx, &ids).await? } else { HashSet::new() };
    let in_sight = |(state, row): (super::State, Row)| {
        let seen = sight(&state, member.id, member.role, watched.contains(&(member.id, row.id)));
        seen_as(seen, row)
    };
    let rows = ids.iter().filter_map(|id| found.remove(id)).filter_map(in_sight).collect();
    Ok(Page { rows, more, ..standing(tx, member).await? })
}

/// No rows, but how many chats stand where for this member, and the feed number as of which that is so.
///
/// # Errors
/// When the database fails.
pub async fn standing(tx: &mut Tx<'_>, member: &Member) -> Result<Page> {
    let standing = feed::store::standing(tx).await?;
    Ok(Page {
        rows: Vec::new(),
        more: false,
        counts: feed::counts(&standing.chats, member.id, member.role),
        cursor: standing.number,
        longest_wait: feed::longest_wait(&standing.waiting, member.id),
    })
}

async fn recent(tx: &mut Tx<'_>, queue: Queue, after: Option<&PageKey>) -> Result<Vec<uuid::Uuid>> {
    let ids = sqlx::query_scalar!(
        "select id from chat where workspace_id = $1 and queue = $2
           and ($3::timestamptz is null or (last_at, id) < ($3, $4))
         order by last_at desc, id desc limit $5",
        tx.workspace.0,
        queue.as_str(),
        after.and_then(|key| key.at),
        after.map(|key| key.id.0),
        PAGE + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids)
}

async fn waiting(tx: &mut Tx<'_>, member: &Member, after: Option<&PageKey>) -> Result<Vec<uuid::Uuid>> {
    let ids = sqlx::query_scalar!(
        "select id from chat where workspace_id = $1 and state = 'requested' and folded_into is null
           and sight(state, holder, directed_to, $2, $3, false) = 2
           and ($4::timestamptz is null or (requested_since, id) > ($4, $5))
         order by requested_since, id limit $6",
        tx.workspace.0,
        member.id.0,
        member.role.supervises(),
        after.and_then(|key| key.at),
        after.map(|key| key.id.0),
        PAGE + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids)
}

async fn held(tx: &mut Tx<'_>, member: &Member, after: Option<&PageKey>, mine: bool) -> Result<Vec<uuid::Uuid>> {
    let ids = sqlx::query_scalar!(
        "select id from chat where workspace_id = $1 and state = 'intervened' and (holder = $2) = $3
           and ($5::uuid is null or (coalesce(unanswered_since, 'infinity'), id) > (coalesce($4, 'infinity'::timestamptz), $5))
         order by coalesce(unanswered_since, 'infinity'), id limit $6",
        tx.workspace.0,
        member.id.0,
        mine,
        after.and_then(|key| key.at),
        after.map(|key| key.id.0),
        PAGE + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids)
}
