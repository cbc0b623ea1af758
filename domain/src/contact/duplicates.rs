//! Contacts that may be one person: looked for from the newest values on, a stretch at a time.

use super::{Duplicates, Joined, MergePlace, Pair, Place, Side};
use crate::attribute;
use crate::db::{Desk, Tx};
use crate::journey::Doer;
use crate::member::Member;
use crate::{AttributeId, ContactId, Error, MergeId, Result};
use std::collections::HashMap;

/// Values that are looked at in one stretch.
const STRETCH: i64 = 5000;
/// Suggestions at once.
const MOST: i64 = 30;
/// Merges that are listed at once.
const LISTED: i64 = 30;

/// Suggestions, and merges before one of them. Contacts that an agent is just talking to are left out for everybody else.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn find(
    desk: &Desk,
    lead: &Member,
    before: Option<Place>,
    merged_before: Option<MergePlace>,
) -> Result<Duplicates> {
    if !lead.role.supervises() {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.snapshot().await?;
    // An e-mail address, or a phone number that is another's attribute or their very number.
    let mut found: Vec<(ContactId, ContactId, String)> = sqlx::query!(
        r#"with newest as (
             select a.contact_id, a.definition_id, a.value from attribute a
             where a.workspace_id = $1 and a.value <> ''
               and ($4::timestamptz is null or (a.set_at, a.contact_id, a.definition_id) < ($4, $5, $6))
             order by a.set_at desc, a.contact_id desc, a.definition_id desc limit $3),
           alike as (
             select n.contact_id as one, m.contact_id as other, m.why from newest n
             join attribute_definition d on d.workspace_id = $1 and d.id = n.definition_id and d.kind in ('email', 'phone')
             cross join lateral (
                (select b.contact_id, case d.kind when 'email' then 'the e-mail address ' else 'the phone number ' end || n.value as why
                 from attribute b join attribute_definition e on e.workspace_id = $1 and e.id = b.definition_id and e.kind = d.kind
                 where b.workspace_id = $1 and b.value <> '' and md5(lower(b.value)) = md5(lower(n.value))
                   and b.contact_id <> n.contact_id limit 5)
                union all
                (select i.contact_id, 'the phone number ' || n.value from identity i
                 where d.kind = 'phone' and i.workspace_id = $1 and i.kind = 'phone' and i.canonical = substr(n.value, 2)
                   and i.contact_id <> n.contact_id)) m),
           pairs as (
             select least(p.id, q.id) as one, greatest(p.id, q.id) as other, 'Both have ' || min(alike.why) as why
             from alike
             join contact a on a.workspace_id = $1 and a.id = alike.one
             join contact b on b.workspace_id = $1 and b.id = alike.other
             join contact p on p.workspace_id = $1 and p.id = case when a.merged_into is null then a.id else a.merged_into end
             join contact q on q.workspace_id = $1 and q.id = case when b.merged_into is null then b.id else b.merged_into end
             where p.id <> q.id group by 1, 2
             union
             select d.one, d.other, 'Not joined yet: ' || d.why from duplicate d
             join contact p on p.workspace_id = $1 and p.id = d.one and p.merged_into is null
             join contact q on q.workspace_id = $1 and q.id = d.other and q.merged_into is null
             where d.workspace_id = $1 and d.dismissed_at is null)
           select one as "one!", other as "other!", min(why) as "why!" from pairs
           where not exists (select 1 from duplicate d where d.workspace_id = $1 and d.one = pairs.one and d.other = pairs.other
                and d.dismissed_at is not null)
             and not exists (select 1 from chat h join contact c on c.workspace_id = h.workspace_id and c.id = h.contact_id
                where h.workspace_id = $1 and h.state = 'intervened' and h.holder <> $2
                  and coalesce(c.merged_into, c.id) in (pairs.one, pairs.other))
           group by one, other order by 1, 2 limit $7"#,
        tx.workspace.0,
        lead.id.0,
        STRETCH,
        before.map(|(at, ..)| at),
        before.map(|(_, contact, _)| contact.0),
        before.map(|(.., attribute)| attribute.0),
        MOST + 1,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(|row| (ContactId(row.one), ContactId(row.other), row.why))
    .collect();
    let all = i64::try_from(found.len()).unwrap_or(0) <= MOST;
    found.truncate(usize::try_from(MOST).unwrap_or(0));
    let ids: Vec<_> = found.iter().flat_map(|(one, other, _)| [*one, *other]).collect();
    let sides = sides(&mut tx, &ids).await?;
    let mut pairs = Vec::with_capacity(found.len());
    for (one, other, why) in found {
        let (Some(one), Some(other)) = (sides.get(&one).cloned(), sides.get(&other).cloned()) else { continue };
        let (one, other) = if one.first_seen <= other.first_seen { (one, other) } else { (other, one) };
        pairs.push(Pair { one, other, why });
    }
    // What stands here is dealt with first.
    let further = if all { further(&mut tx, before).await? } else { None };
    let (joined, joined_further) = joined(&mut tx, lead, merged_before).await?;
    Ok(Duplicates { pairs, joined, joined_further, further })
}

/// The last of the values that were looked at, if there may be more.
async fn further(tx: &mut Tx<'_>, before: Option<Place>) -> Result<Option<Place>> {
    let last = sqlx::query!(
        "select a.set_at, a.contact_id, a.definition_id from attribute a where a.workspace_id = $1 and a.value <> ''
           and ($2::timestamptz is null or (a.set_at, a.contact_id, a.definition_id) < ($2, $3, $4))
         order by a.set_at desc, a.contact_id desc, a.definition_id desc limit 1 offset $5",
        tx.workspace.0,
        before.map(|(at, ..)| at),
        before.map(|(_, contact, _)| contact.0),
        before.map(|(.., attribute)| attribute.0),
        STRETCH - 1,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(last.map(|row| (row.set_at, ContactId(row.contact_id), AttributeId(row.definition_id))))
}

async fn sides(tx: &mut Tx<'_>, ids: &[ContactId]) -> Result<HashMap<ContactId, Side>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id, name, source, first_seen_at, last_active_at, session_messages + template_messages as "messages!"
           from contact where workspace_id = $1 and id = any($2)"#,
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let identities = sqlx::query!(
        r#"select coalesce(p.merged_into, p.id) as "of!", i.kind, i.value from identity i
           join contact p on p.workspace_id = $1 and p.id = i.contact_id
           where i.workspace_id = $1 and (p.id = any($2) or p.merged_into = any($2)) order by i.kind desc, i.created_at"#,
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let tags = sqlx::query!(
        r#"select distinct coalesce(p.merged_into, p.id) as "of!", t.name from contact_tag g
           join contact p on p.workspace_id = $1 and p.id = g.contact_id
           join tag t on t.workspace_id = $1 and t.id = g.tag_id
           where g.workspace_id = $1 and (p.id = any($2) or p.merged_into = any($2)) order by 2"#,
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut sides = HashMap::with_capacity(rows.len());
    for row in rows {
        let own = identities.iter().filter(|identity| identity.of == row.id);
        let fields = attribute::values::fields(tx, ContactId(row.id)).await?.into_iter();
        let filled = fields.filter(|field| !field.value.is_empty());
        let side = Side {
            contact: ContactId(row.id),
            name: row.name,
            identities: own.map(|identity| super::identity_words(&identity.kind, &identity.value)).collect(),
            attributes: filled
                .map(|field| (field.definition.shape.name.clone(), field.definition.shape.show(&field.value)))
                .collect(),
            tags: tags.iter().filter(|tag| tag.of == row.id).map(|tag| tag.name.clone()).collect(),
            first_seen: row.first_seen_at,
            last_active: row.last_active_at,
            messages: row.messages,
            source: serde_json::from_value(row.source)?,
        };
        sides.insert(side.contact, side);
    }
    Ok(sides)
}

async fn joined(
    tx: &mut Tx<'_>,
    lead: &Member,
    before: Option<MergePlace>,
) -> Result<(Vec<Joined>, Option<MergePlace>)> {
    let mut rows = sqlx::query!(
        r#"select m.id, m.why, m.merged_by, m.merged_at, m.into_contact, m.from_contact from merge m
           join contact c on c.workspace_id = $1 and c.id = m.into_contact
           where m.workspace_id = $1 and m.undone_at is null
             and ($4::timestamptz is null or (m.merged_at, m.id) < ($4, $5))
             and not exists (select 1 from chat h join contact p on p.workspace_id = h.workspace_id and p.id = h.contact_id
                where h.workspace_id = $1 and h.state = 'intervened' and h.holder <> $2
                  and coalesce(p.merged_into, p.id) = coalesce(c.merged_into, c.id))
           order by m.merged_at desc, m.id desc limit $3"#,
        tx.workspace.0,
        lead.id.0,
        LISTED + 1,
        before.map(|(at, _)| at),
        before.map(|(_, merge)| merge.0),
    )
    .fetch_all(tx.conn())
    .await?;
    let most = usize::try_from(LISTED).unwrap_or(0);
    let more = rows.len() > most;
    rows.truncate(most);
    let further = rows.last().filter(|_| more).map(|row| (row.merged_at, MergeId(row.id)));
    let mut joined = Vec::with_capacity(rows.len());
    for row in rows {
        let by: Doer = serde_json::from_value(row.merged_by)?;
        joined.push(Joined {
            id: MergeId(row.id),
            into: super::store::label(tx, ContactId(row.into_contact)).await?,
            from: super::store::label(tx, ContactId(row.from_contact)).await?,
            why: row.why,
            by: by.name().into_owned(),
            at: row.merged_at,
        });
    }
    Ok((joined, further))
}
