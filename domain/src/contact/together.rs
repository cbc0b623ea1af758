//! What a contact's row says for whoever became a part of it, too, so that tables, filters and orders read that row
//! alone; and what it said before, for when they are told apart. The rows of parts stay as they were.

use super::Opted;
use crate::db::Tx;
use crate::{ContactId, Error, MergeId, Result, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What there is one of, however many a contact became of; the counters are added up beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Facts {
    name: Option<String>,
    named_by_us: bool,
    first_seen_at: Timestamp,
    last_active_at: Option<Timestamp>,
    source: serde_json::Value,
    first_message: Option<String>,
    opted: Option<String>,
    opted_at: Option<Timestamp>,
    blocked_at: Option<Timestamp>,
}

impl Facts {
    /// With those of a part: whoever opted out or is blocked stays so, and who was seen first tells where they came from.
    fn with(mut self, part: &Self) -> Self {
        let part = part.clone();
        if part.first_seen_at < self.first_seen_at {
            self.first_seen_at = part.first_seen_at;
            self.source = part.source;
            self.first_message = part.first_message.or(self.first_message);
        } else {
            self.first_message = self.first_message.or(part.first_message);
        }
        self.last_active_at = self.last_active_at.max(part.last_active_at);
        self.blocked_at = self.blocked_at.or(part.blocked_at);
        let out = |opted: &Option<String>| opted.as_deref() == Some(Opted::Out.as_str());
        if self.opted.is_none() || (out(&part.opted) && !out(&self.opted)) {
            (self.opted, self.opted_at) = (part.opted, part.opted_at);
        }
        if self.name.as_deref().is_none_or(str::is_empty) {
            (self.name, self.named_by_us) = (part.name, part.named_by_us);
        }
        self
    }

    /// Without a part: as `after` says, where it still is as `before` says. What changed since stays; but a name that
    /// nobody gave may be the other's.
    fn parted(mut self, before: Self, after: Self) -> Self {
        self.first_seen_at = after.first_seen_at;
        self.source = after.source;
        if self.last_active_at == before.last_active_at {
            self.last_active_at = after.last_active_at;
        }
        if self.first_message == before.first_message {
            self.first_message = after.first_message;
        }
        if self.blocked_at == before.blocked_at {
            self.blocked_at = after.blocked_at;
        }
        if (&self.opted, self.opted_at) == (&before.opted, before.opted_at) {
            (self.opted, self.opted_at) = (after.opted, after.opted_at);
        }
        if !self.named_by_us || self.name == before.name {
            (self.name, self.named_by_us) = (after.name, after.named_by_us);
        }
        self
    }
}

/// What a merge changed beside what is seen: the journey says it with the merge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Whether a block came, or went.
    pub(super) blocked: bool,
    /// What was said about campaigns that came, or went.
    pub(super) opted: Option<Opted>,
}

impl Marks {
    /// What `more` has that `less` has not.
    fn between(less: &Facts, more: &Facts) -> Result<Self> {
        let opted = more.opted.as_ref().filter(|_| less.opted != more.opted);
        Ok(Self {
            blocked: less.blocked_at.is_none() && more.blocked_at.is_some(),
            opted: opted.map(|word| word.parse()).transpose()?,
        })
    }
}

/// A contact's row.
#[derive(Clone, Debug)]
struct Row {
    facts: Facts,
    own: Option<Facts>,
    unresolved_queries: i64,
    template_messages: i64,
    session_messages: i64,
}

impl Row {
    fn count(&mut self, part: &Self, sign: i64) {
        self.unresolved_queries += sign * part.unresolved_queries;
        self.template_messages += sign * part.template_messages;
        self.session_messages += sign * part.session_messages;
    }
}

/// One contact becomes a part of another; what that marks the other with. Callers hold the chats' locks.
pub(super) async fn join(tx: &mut Tx<'_>, into: ContactId, from: ContactId) -> Result<Marks> {
    // What this transaction is about to count is counted first.
    tx.flush().await?;
    let mut rows = lock(tx, &[into, from]).await?;
    let part = rows.remove(&from).ok_or(Error::NotFound)?;
    let mut row = rows.remove(&into).ok_or(Error::NotFound)?;
    let facts = row.facts.clone().with(&part.facts);
    let marks = Marks::between(&row.facts, &facts)?;
    row.own.get_or_insert_with(|| row.facts.clone());
    row.facts = facts;
    row.count(&part, 1);
    write(tx, into, &row).await?;
    Ok(marks)
}

/// A contact is a part no more, as an undone merge says: what had become of `into`, and of what that is a part of
/// itself, is taken back. What unmarks the contact that the pointers lead to.
pub(super) async fn part(tx: &mut Tx<'_>, merge: MergeId, into: ContactId, from: ContactId) -> Result<Marks> {
    tx.flush().await?;
    let parts = parts_above(tx, merge, into).await?;
    let mut ids: Vec<_> = parts.iter().flat_map(|(holder, part)| [*holder, *part]).collect();
    ids.sort();
    ids.dedup();
    let rows = lock(tx, &ids).await?;
    let row = |id: &ContactId| rows.get(id).cloned().ok_or(Error::NotFound);
    let gone = row(&from)?;
    let mut marks = Marks::default();
    // A part, and what is to be read for it now.
    let (mut changed, mut reads) = (from, None::<Facts>);
    let mut holders: Vec<ContactId> = parts.iter().map(|(holder, _)| *holder).collect();
    holders.dedup();
    for holder in holders {
        let mut whole = row(&holder)?;
        let own = whole.own.clone().unwrap_or_else(|| whole.facts.clone());
        let (mut before, mut after, mut left) = (own.clone(), own, false);
        for (_, part) in parts.iter().filter(|(of, _)| *of == holder) {
            let facts = row(part)?.facts;
            before = before.with(&facts);
            match &reads {
                _ if *part != changed => after = after.with(&facts),
                Some(facts) => after = after.with(facts),
                None => continue,
            }
            left = true;
        }
        let facts = whole.facts.clone().parted(before, after);
        marks = Marks::between(&facts, &whole.facts)?;
        (whole.facts, whole.own) = (facts, whole.own.filter(|_| left));
        whole.count(&gone, -1);
        write(tx, holder, &whole).await?;
        (changed, reads) = (holder, Some(whole.facts));
    }
    Ok(marks)
}

/// From a contact up along the pointers: each with its parts, in the order in which they became that. Those of the
/// merge that is being undone are among them.
async fn parts_above(tx: &mut Tx<'_>, merge: MergeId, from: ContactId) -> Result<Vec<(ContactId, ContactId)>> {
    let rows = sqlx::query!(
        r#"with recursive up as (
             select $2::uuid as id, 0 as height
             union all select m.into_contact, up.height + 1 from up
             join merge m on m.workspace_id = $1 and m.from_contact = up.id and m.undone_at is null)
           select m.into_contact, m.from_contact from up
           join merge m on m.workspace_id = $1 and m.into_contact = up.id and (m.undone_at is null or m.id = $3)
           order by up.height, m.merged_at, m.id"#,
        tx.workspace.0,
        from.0,
        merge.0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (ContactId(row.into_contact), ContactId(row.from_contact))).collect())
}

async fn lock(tx: &mut Tx<'_>, ids: &[ContactId]) -> Result<HashMap<ContactId, Row>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        "select id, name, named_by_us, first_seen_at, last_active_at, source, first_message, opted, opted_at, blocked_at, own,
            unresolved_queries, template_messages, session_messages
         from contact where workspace_id = $1 and id = any($2) order by id for no key update",
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let facts = Facts {
            name: row.name,
            named_by_us: row.named_by_us,
            first_seen_at: row.first_seen_at,
            last_active_at: row.last_active_at,
            source: row.source,
            first_message: row.first_message,
            opted: row.opted,
            opted_at: row.opted_at,
            blocked_at: row.blocked_at,
        };
        let row_of = Row {
            facts,
            own: row.own.map(serde_json::from_value).transpose()?,
            unresolved_queries: row.unresolved_queries,
            template_messages: row.template_messages,
            session_messages: row.session_messages,
        };
        found.insert(ContactId(row.id), row_of);
    }
    Ok(found)
}

async fn write(tx: &mut Tx<'_>, id: ContactId, row: &Row) -> Result<()> {
    let facts = &row.facts;
    sqlx::query!(
        "update contact set name = $3, named_by_us = $4, first_seen_at = $5, last_active_at = $6, source = $7,
            first_message = $8, opted = $9, opted_at = $10, blocked_at = $11, own = $12, unresolved_queries = $13,
            template_messages = $14, session_messages = $15
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
        facts.name,
        facts.named_by_us,
        facts.first_seen_at,
        facts.last_active_at,
        facts.source,
        facts.first_message,
        facts.opted,
        facts.opted_at,
        facts.blocked_at,
        row.own.as_ref().map(serde_json::to_value).transpose()?,
        row.unresolved_queries,
        row.template_messages,
        row.session_messages,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
