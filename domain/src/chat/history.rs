//! History narrowed to what somebody looks for.

#[cfg(feature = "postgres")]
use super::{Page, PageKey, list};
#[cfg(feature = "postgres")]
use crate::Result;
#[cfg(feature = "postgres")]
use crate::db::Desk;
#[cfg(feature = "postgres")]
use crate::member::Member;
use crate::{MemberId, TagId, Timestamp};
use serde::{Deserialize, Serialize};
#[cfg(feature = "postgres")]
use sqlx::{Postgres, QueryBuilder};

/// Which chats of History are shown: those that fit everything that is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryFilter {
    /// Whose last request ended without anybody taking it.
    pub missed: bool,
    /// Whose customer has this tag.
    pub tag: Option<TagId>,
    /// That this member resolved last, before the customer wrote again.
    pub resolved_by: Option<MemberId>,
    /// In which something was said since then.
    pub since: Option<Timestamp>,
    /// In which nothing was said from then on.
    pub until: Option<Timestamp>,
}

/// One page of those, newest first.
///
/// # Errors
/// When the database fails.
#[cfg(feature = "postgres")]
pub async fn page(desk: &Desk, member: &Member, filter: HistoryFilter, after: Option<&PageKey>) -> Result<Page> {
    let mut tx = desk.snapshot().await?;
    let workspace = tx.workspace.0;
    // Put together, so that each has the index that is for it: `missed` has one of its own.
    let mut query =
        QueryBuilder::<Postgres>::new("select c.id from chat c where c.queue = 'history' and c.workspace_id = ");
    query.push_bind(workspace);
    if filter.missed {
        query.push(" and c.missed");
    }
    if let Some(member) = filter.resolved_by {
        query.push(" and c.resolved_by = ").push_bind(member.0);
    }
    if let Some(since) = filter.since {
        query.push(" and c.last_at >= ").push_bind(since);
    }
    if let Some(until) = filter.until {
        query.push(" and c.last_at < ").push_bind(until);
    }
    if let Some(tag) = filter.tag {
        // Also where a contact that was merged into this one has it.
        query.push(" and c.contact_id in (select case when k.merged_into is null then k.id else k.merged_into end");
        query.push(" from contact_tag g join contact k on k.workspace_id = g.workspace_id and k.id = g.contact_id");
        query.push(" where g.workspace_id = ").push_bind(workspace).push(" and g.tag_id = ").push_bind(tag.0).push(")");
    }
    if let Some(key) = after
        && let Some(at) = key.at
    {
        query.push(" and (c.last_at, c.id) < (").push_bind(at).push(", ").push_bind(key.id.0).push(")");
    }
    query.push(" order by c.last_at desc, c.id desc limit ").push_bind(list::PAGE + 1);
    let ids = query.build_query_scalar().fetch_all(tx.conn()).await?;
    list::cut(&mut tx, member, ids).await
}
