//! Contacts by whatever they are known by.

use super::query::{Query, ends, number, words as words_of};
use super::{Person, Piece};
use crate::chat::rows;
use crate::db::Tx;
use crate::member::Member;
use crate::{ChatId, ContactId, Result};
use std::collections::{BTreeMap, BTreeSet};

/// People shown.
const MOST: usize = 8;
/// Changed contacts that are looked at one by one.
const CHANGED: i64 = 500;

/// One thing that a contact is known by.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// `name`, `phone`, `username`, `bsuid`, `attribute`, `tag`.
    kind: String,
    /// The attribute's name, or the tag's category.
    label: String,
    value: String,
}

impl Known {
    fn is_number(&self) -> bool {
        self.kind == "phone"
            || self
                .value
                .strip_prefix('+')
                .is_some_and(|rest| rest.len() >= 7 && rest.bytes().all(|b| b.is_ascii_digit()))
    }
}

/// What contacts are known by.
pub(super) async fn known(tx: &mut Tx<'_>, ids: &[ContactId]) -> Result<BTreeMap<ContactId, Vec<Known>>> {
    let ids: BTreeSet<_> = ids.iter().map(|id| id.0).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    // Contact by contact, by indexes: the tables may be much larger than Postgres thinks while many are made.
    let rows = sqlx::query!(
        r#"select n.id as "id!", k.kind as "kind!", k.label as "label!", k.value as "value!", k.place as "place!"
         from unnest($2::uuid[]) as n(id) cross join lateral (
            select 'name' as kind, '' as label, coalesce(c.name, '') as value, 0 as place from contact c
                where c.workspace_id = $1 and c.id = n.id
            union all select i.kind, '', v.value, v.place from (select kind, value, canonical from identity
                    where workspace_id = $1 and contact_id = n.id offset 0) i
                cross join lateral (values (i.value, 1), (i.canonical, 2)) v(value, place)
                where v.place = 1 or i.kind = 'phone'
            union all select 'attribute', d.name, a.value, 3 from (select definition_id, value from attribute
                    where workspace_id = $1 and contact_id = n.id and value <> '' offset 0) a
                join attribute_definition d on d.workspace_id = $1 and d.id = a.definition_id and d.archived_at is null
            union all select 'tag', y.name, t.name, 4 from (select tag_id from contact_tag
                    where workspace_id = $1 and contact_id = n.id offset 0) g
                join tag t on t.workspace_id = $1 and t.id = g.tag_id
                join tag_category y on y.workspace_id = $1 and y.id = t.category_id) k
         order by 1, 5, 3, 4"#,
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut known: BTreeMap<ContactId, Vec<Known>> = BTreeMap::new();
    for row in rows {
        let one = Known { kind: row.kind, label: row.label, value: row.value };
        known.entry(ContactId(row.id)).or_default().push(one);
    }
    Ok(known)
}

/// What is kept of a contact.
pub(super) fn words(known: &[Known]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for one in known {
        if one.is_number() {
            words.extend(number(&one.value));
        }
        if matches!(one.kind.as_str(), "name" | "username") {
            words.extend(ends(&one.value));
        }
        words.extend(words_of(&one.value));
    }
    words
}

/// Who is found, those last spoken with first, after them those who have no chat; and whether somebody may be missing, as
/// many are being taken in.
pub(super) async fn find(tx: &mut Tx<'_>, member: &Member, query: &Query) -> Result<(Vec<Person>, bool)> {
    let Changed { looked, fits, more } = changed(tx, query).await?;
    let supervises = member.role.supervises();
    let most = i32::try_from(MOST).unwrap_or(i32::MAX);
    let found = sqlx::query!(
        r#"select contact_id as "contact!", chat_id from find_people($1, $2, $3, $4, $5, $6, $7)"#,
        tx.workspace.0,
        member.id.0,
        supervises,
        query.over_people(),
        query.first_over_people(),
        most,
        &looked,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut roots: BTreeMap<ContactId, Option<ChatId>> =
        found.into_iter().map(|row| (ContactId(row.contact), row.chat_id.map(ChatId))).collect();
    roots.extend(changed_in_sight(tx, member, &fits).await?);
    let chats: Vec<_> = roots.values().flatten().copied().collect();
    let mut rows = rows(tx, None, &chats).await?;
    let ids: Vec<_> = roots.keys().copied().collect();
    let known = of_roots(tx, &ids).await?;
    let mut people = Vec::new();
    for (contact, chat) in roots {
        let known = known.get(&contact).map(Vec::as_slice).unwrap_or_default();
        // They may have been found by words that they had.
        if more && !query.fits_person(&words(known)) {
            continue;
        }
        let row = chat.and_then(|chat| rows.remove(&chat)).map(|(_, row)| row);
        let (chat, content) = match row {
            Some(row) => (Some((row.id, row.queue)), row.content),
            None if chat.is_some() => continue,
            None => (None, None),
        };
        let of = |kind: &str| known.iter().find(|one| one.kind == kind && !one.value.is_empty());
        let phone = match &content {
            Some(content) => content.phone.clone(),
            None => of("phone").map(|one| format!("+{}", one.value)),
        };
        let title = content.as_ref().map(crate::chat::RowContent::title);
        let title = title.or_else(|| of("name").map(|one| one.value.clone())).or_else(|| phone.clone());
        let title = query.mark(&title.unwrap_or_default());
        let about = about(query, known, title.1, phone.as_deref());
        people.push(Person { contact, chat, title: title.0, about, last_at: content.map(|content| content.last_at) });
    }
    people.sort_by_key(|one| std::cmp::Reverse((one.last_at, one.chat.map(|(chat, _)| chat), one.contact)));
    people.truncate(MOST);
    Ok((people, more))
}

/// Contacts whose words are being made anew.
pub(super) struct Changed {
    /// The newest of them, looked at one by one.
    pub(super) looked: Vec<uuid::Uuid>,
    /// Those of them who fit.
    pub(super) fits: Vec<uuid::Uuid>,
    /// Whether more wait than were looked at: these are found by the words they had.
    pub(super) more: bool,
}

/// Looks at contacts whose words are being made anew.
pub(super) async fn changed(tx: &mut Tx<'_>, query: &Query) -> Result<Changed> {
    let waiting = sqlx::query!(
        r#"select q.contact_id, q.times as "times!" from (select contact_id, max(id) as newest, count(*) as times from (
                select contact_id, id from contact_words_waiting where workspace_id = $1 order by id desc limit $2) w group by 1) q
           order by q.newest desc"#,
        tx.workspace.0,
        CHANGED,
    )
    .fetch_all(tx.conn())
    .await?;
    let more = waiting.iter().map(|one| one.times).sum::<i64>() >= CHANGED;
    let ids: Vec<_> = waiting.into_iter().map(|one| ContactId(one.contact_id)).collect();
    let known = if ids.is_empty() { BTreeMap::new() } else { known(tx, &ids).await? };
    let fits = known.into_iter().filter(|(_, known)| query.fits_person(&words(known))).map(|(id, _)| id.0).collect();
    Ok(Changed { looked: ids.into_iter().map(|id| id.0).collect(), fits, more })
}

/// Of those, the ones in sight, with their chats.
async fn changed_in_sight(
    tx: &mut Tx<'_>,
    member: &Member,
    fits: &[uuid::Uuid],
) -> Result<Vec<(ContactId, Option<ChatId>)>> {
    if fits.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select f.root as "root!", c.id as "chat?" from (select distinct coalesce(merged_into, id) as root from contact where workspace_id = $1 and id = any($2)) f
           left join lateral (select c.id, c.last_at from contact k join chat c on c.workspace_id = k.workspace_id and c.contact_id = k.id
                where k.workspace_id = $1 and (k.id = f.root or k.merged_into = f.root) and c.folded_into is null order by c.last_at desc, c.id desc limit 1) c on true
           where contact_in_sight($1, f.root, $3, $4)
           order by c.last_at desc nulls last, c.id desc, f.root desc limit $5"#,
        tx.workspace.0,
        fits,
        member.id.0,
        member.role.supervises(),
        i64::try_from(MOST).unwrap_or(i64::MAX),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (ContactId(row.root), row.chat.map(ChatId))).collect())
}

/// Everything these contacts are known by, with those merged into them.
async fn of_roots(tx: &mut Tx<'_>, roots: &[ContactId]) -> Result<BTreeMap<ContactId, Vec<Known>>> {
    let ids: Vec<_> = roots.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select f.id as "root!", k.id as "part!" from unnest($2::uuid[]) as f(id)
           cross join lateral (select k.id from contact k
                where k.workspace_id = $1 and (k.id = f.id or k.merged_into = f.id)
                order by k.id <> f.id, k.created_at offset 0) k"#,
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let parts: Vec<_> = rows.iter().map(|row| ContactId(row.part)).collect();
    let known = known(tx, &parts).await?;
    let mut of: BTreeMap<ContactId, Vec<Known>> = BTreeMap::new();
    for row in rows {
        of.entry(ContactId(row.root))
            .or_default()
            .extend(known.get(&ContactId(row.part)).into_iter().flatten().cloned());
    }
    Ok(of)
}

/// What a customer was found by where it is not the name they are shown with; otherwise their number.
fn about(query: &Query, known: &[Known], by_title: bool, phone: Option<&str>) -> Vec<Piece> {
    let mark = |one: &Known| {
        let value = match one.kind.as_str() {
            "phone" => format!("+{}", one.value),
            "username" => format!("@{}", one.value),
            _ => one.value.replace('\n', ", "),
        };
        let (pieces, hit) = if one.is_number() { query.mark_number(&value) } else { query.mark(&value) };
        let label = Some(format!("{} · ", one.label)).filter(|_| !one.label.is_empty());
        (label.map(|label| (label, false)).into_iter().chain(pieces).collect::<Vec<_>>(), hit)
    };
    let found = known.iter().filter(|one| one.kind != "name" || !by_title).map(mark).find(|(_, hit)| *hit);
    match found {
        Some((pieces, _)) => pieces,
        None => phone.map(|phone| (phone.to_owned(), false)).into_iter().collect(),
    }
}
