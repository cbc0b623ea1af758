//! Whom a chunk's rows are about: who has their numbers, under locks where they are to be written.
//!
//! Its queries ask for lists of keys, each by an index, as in [`super::write`].

use super::read::Ready;
use crate::chat::store::{Chat, lock_all_of};
use crate::contact::{Opted, filter};
use crate::db::Tx;
use crate::{ContactId, Error, MemberId, Result};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// A contact that a number belongs to already.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) contact: ContactId,
    pub(super) name: Option<String>,
    pub(super) opted: Option<Opted>,
    /// Somebody else holds a chat of theirs.
    pub(super) held: bool,
}

/// Who of these is known, by the canonical form of their numbers.
pub(super) async fn known(tx: &mut Tx<'_>, member: MemberId, rows: &[Ready]) -> Result<HashMap<String, Known>> {
    let mut known = find(tx, rows).await?;
    let held: HashSet<_> = filter::sql::hidden(tx, member).await?.into_iter().collect();
    for one in known.values_mut() {
        one.held = held.contains(&one.contact.0);
    }
    Ok(known)
}

/// Those who are known, and their chats.
pub(super) struct People {
    pub(super) known: HashMap<String, Known>,
    /// What was merged into them.
    pub(super) merged: HashMap<Uuid, ContactId>,
    pub(super) chats: Vec<Chat>,
}

impl People {
    /// Under their locks, so that nobody takes a chat of theirs while they are written, and nobody has a number that is
    /// not known here: numbers first, in one order, like those of customers who write for the first time; then chats,
    /// then contacts, as everywhere.
    pub(super) async fn locked(tx: &mut Tx<'_>, member: MemberId, rows: &[Ready]) -> Result<Self> {
        let mut known = find(tx, rows).await?;
        let mut new: Vec<_> = rows.iter().map(|one| one.phone.canonical()).collect();
        new.retain(|number| !known.contains_key(number));
        if !new.is_empty() {
            new.sort();
            sqlx::query!(
                "select pg_advisory_xact_lock(hashtextextended($1 || 'phone:' || n, 7)) from unnest($2::text[]) as n",
                tx.workspace.0.to_string(),
                &new,
            )
            .fetch_all(tx.conn())
            .await?;
            // Some may have written meanwhile.
            known = find(tx, rows).await?;
        }
        loop {
            let ids: BTreeSet<_> = known.values().map(|known| known.contact.0).collect();
            let ids: Vec<_> = ids.into_iter().collect();
            if ids.is_empty() {
                return Ok(Self { known, merged: HashMap::new(), chats: Vec::new() });
            }
            let merged = merged(tx, &ids).await?;
            let all: Vec<_> = ids.iter().chain(merged.keys()).copied().map(ContactId).collect();
            let chats = lock_all_of(tx, &all).await?;
            let locked = sqlx::query!(
                "select id, name, opted, merged_into from contact where workspace_id = $1 and id = any($2)
                 order by id for no key update",
                tx.workspace.0,
                &ids,
            )
            .fetch_all(tx.conn())
            .await?;
            if locked.iter().any(|row| row.merged_into.is_some()) {
                known = find(tx, rows).await?;
                continue;
            }
            let held = filter::sql::hidden_of(tx, member, &all).await?;
            let locked: HashMap<_, _> = locked.into_iter().map(|row| (row.id, (row.name, row.opted))).collect();
            for one in known.values_mut() {
                let (name, opted) = locked.get(&one.contact.0).cloned().ok_or(Error::Internal)?;
                one.name = name;
                one.opted = opted.map(|word| word.parse()).transpose()?;
                one.held = held.contains(&one.contact);
            }
            return Ok(Self { known, merged, chats });
        }
    }
}

async fn find(tx: &mut Tx<'_>, rows: &[Ready]) -> Result<HashMap<String, Known>> {
    let numbers: Vec<_> = rows.iter().map(|one| one.phone.canonical()).collect();
    let found = sqlx::query!(
        r#"select n.canonical as "canonical!", case when c.merged_into is null then c.id else c.merged_into end as "root!"
           from unnest($2::text[]) as n(canonical)
           cross join lateral (select i.contact_id from identity i
                where i.workspace_id = $1 and i.kind = 'phone' and i.canonical = n.canonical offset 0) i
           cross join lateral (select c.id, c.merged_into from contact c
                where c.workspace_id = $1 and c.id = i.contact_id offset 0) c"#,
        tx.workspace.0,
        &numbers,
    )
    .fetch_all(tx.conn())
    .await?;
    let known = |root| Known { contact: ContactId(root), name: None, opted: None, held: false };
    Ok(found.into_iter().map(|row| (row.canonical, known(row.root))).collect())
}

/// Contacts that were merged into these, each with whom it belongs to now.
async fn merged(tx: &mut Tx<'_>, into: &[Uuid]) -> Result<HashMap<Uuid, ContactId>> {
    let rows = sqlx::query!(
        r#"select id, merged_into as "into!" from contact where workspace_id = $1 and merged_into = any($2)"#,
        tx.workspace.0,
        into,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, ContactId(row.into))).collect())
}
