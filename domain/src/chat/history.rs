//! History narrowed to what somebody looks for.

#[cfg(feature = "postgres")]
use super::{Page, PageKey, list};
#[cfg(feature = "postgres")]
use crate::Result;
#[cfg(feature = "postgres")]
use crate::db::{Desk, Tx};
#[cfg(feature = "postgres")]
use crate::member::Member;
#[cfg(feature = "postgres")]
use crate::search::within::Within;
use crate::{MemberId, TagId, Timestamp};
use serde::{Deserialize, Serialize};
#[cfg(feature = "postgres")]
use sqlx::{Postgres, QueryBuilder};

/// Which chats of History are shown: those that fit everything that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryFilter {
    /// Whose customer is known by this: a name, a number, a tag, an attribute's value, or a piece of one. Everybody where
    /// it is less than two letters.
    pub who: String,
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

/// Chats that are asked for their customer before the index is: a name that many have is met among them.
#[cfg(feature = "postgres")]
const NEWEST: i64 = 1000;

/// One page of those, newest first. Where words narrow it, customers of whom another chat is out of sight are left out
/// (design §3).
///
/// # Errors
/// When the database fails.
#[cfg(feature = "postgres")]
pub async fn page(desk: &Desk, member: &Member, filter: &HistoryFilter, after: Option<&PageKey>) -> Result<Page> {
    let mut tx = desk.snapshot().await?;
    let ids = match Within::read(&mut tx, member, &filter.who).await? {
        None => ids(&mut tx, filter, Among::All, after).await?,
        Some(within) => {
            let met = ids(&mut tx, filter, Among::Newest(&within), after).await?;
            if i64::try_from(met.len()).unwrap_or(0) > list::PAGE {
                met
            } else {
                match within.few(&mut tx).await? {
                    Some(few) => ids(&mut tx, filter, Among::Few(&within, few), after).await?,
                    None => ids(&mut tx, filter, Among::Many(&within), after).await?,
                }
            }
        }
    };
    list::cut(&mut tx, member, ids).await
}

/// Among which chats of History a page is looked for.
#[cfg(feature = "postgres")]
enum Among<'a> {
    /// All of them.
    All,
    /// Of those whom somebody looks for, as far as they are among the newest that the other filters leave.
    Newest(&'a Within<'a>),
    /// Of these contacts.
    Few(&'a Within<'a>, Vec<uuid::Uuid>),
    /// Of those whom somebody looks for: each chat is asked in its turn.
    Many(&'a Within<'a>),
}

#[cfg(feature = "postgres")]
async fn ids(
    tx: &mut Tx<'_>,
    filter: &HistoryFilter,
    among: Among<'_>,
    after: Option<&PageKey>,
) -> Result<Vec<uuid::Uuid>> {
    let workspace = tx.workspace.0;
    // Put together, so that each has the index that is for it: `missed` has one of its own.
    let mut query = QueryBuilder::<Postgres>::new("");
    match &among {
        Among::All | Among::Many(_) => query.push("select c.id from chat c"),
        Among::Newest(_) => query.push("select c.id from (select c.id, c.contact_id, c.last_at from chat c"),
        // Gathered first: else Postgres may read all of History in its order to meet them.
        Among::Few(_, few) => query
            .push("with c as materialized (select * from chat where workspace_id = ")
            .push_bind(workspace)
            .push(" and contact_id = any(")
            .push_bind(few.clone())
            .push(")) select c.id from c"),
    };
    query.push(" where c.queue = 'history' and c.workspace_id = ").push_bind(workspace);
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
    if let Among::Newest(_) = among {
        query.push(" order by c.last_at desc, c.id desc limit ").push_bind(NEWEST).push(") c where true");
    }
    if let Among::Newest(within) | Among::Many(within) = among {
        within.push_fits(tx, &mut query);
    }
    if let Among::Newest(within) | Among::Few(within, _) | Among::Many(within) = among {
        within.push_in_sight(tx, &mut query);
    }
    query.push(" order by c.last_at desc, c.id desc limit ").push_bind(list::PAGE + 1);
    Ok(query.build_query_scalar().fetch_all(tx.conn()).await?)
}
