//! The table's rows: keyset pages in every order, and counts that stop.

use super::filter::Group;
use super::filter::sql::{LAST_ACTIVE, Scope};
use super::table::{COUNTED, Column, Counted, Key, Line, MOST_AGAIN, PAGE, Page, Place, Question, Setting, Sort};
use super::{Phone, Source};
use crate::chat::{Queue, Status};
use crate::db::{Desk, Tx};
use crate::member::{Member, supervises};
use crate::tag::Label;
use crate::{AttributeId, ChatId, ContactId, Error, Result, TagId, Timestamp, attribute, segment};
use sqlx::Row;
use std::collections::HashMap;

/// Columns that can be looked at together.
const MOST_COLUMNS: usize = 40;

/// What the page begins with.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn setting(desk: &Desk, member: &Member, now: Timestamp) -> Result<Setting> {
    supervises(member)?;
    let mut tx = desk.snapshot().await?;
    let tags = sqlx::query!(
        r#"select t.id, t.name, c.name as category, t.colour, t.kind, t.archived_at is null as "given!" from tag t
           join tag_category c on c.workspace_id = t.workspace_id and c.id = t.category_id
           where t.workspace_id = $1 order by c.position, c.name, t.position, t.name"#,
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let tags = tags
        .into_iter()
        .map(|row| {
            let (colour, kind) = (row.colour.parse()?, row.kind.parse()?);
            Ok((Label { id: TagId(row.id), name: row.name, category: row.category, colour, kind }, row.given))
        })
        .collect::<Result<_>>()?;
    let columns = sqlx::query_scalar!(
        "select columns from contact_columns where workspace_id = $1 and member_id = $2",
        tx.workspace.0,
        member.id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let attributes = attribute::store::on_profiles(&mut tx).await?;
    let mut columns: Vec<Column> =
        columns.map(serde_json::from_value).transpose()?.unwrap_or_else(|| Column::USUAL.to_vec());
    columns.retain(|column| match column {
        Column::Attribute(id) => attributes.iter().any(|definition| definition.id == *id),
        _ => true,
    });
    let segments = segment::store::all(&mut tx, member, now).await?;
    Ok(Setting { tags, attributes, segments, columns })
}

/// Keeps which columns a member looks at.
///
/// # Errors
/// `Forbidden` but to supervisors, `Invalid` for too many.
pub async fn choose_columns(desk: &Desk, member: &Member, columns: &[Column]) -> Result<()> {
    supervises(member)?;
    if columns.len() > MOST_COLUMNS {
        return Err(Error::Invalid(format!("A table shows at most {MOST_COLUMNS} columns.")));
    }
    let mut tx = desk.begin().await?;
    sqlx::query!(
        "insert into contact_columns (workspace_id, member_id, columns) values ($1, $2, $3)
         on conflict (workspace_id, member_id) do update set columns = $3",
        tx.workspace.0,
        member.id.0,
        serde_json::to_value(columns)?,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

/// A page of the table.
///
/// # Errors
/// `Forbidden` but to supervisors, `Invalid` for a filter that makes no sense.
pub async fn page(desk: &Desk, member: &Member, ask: Question, after: Option<&Key>, now: Timestamp) -> Result<Page> {
    supervises(member)?;
    let Question { filter, sort, descending } = ask;
    let filter = filter.checked()?;
    let mut tx = desk.lone_snapshot().await?;
    let scope = Scope::load(&mut tx, member.id, now).await?;
    // As the indexes have them.
    let (columns, by) = match sort {
        Sort::Name => ("select c.id, c.sort_name", "c.sort_name"),
        Sort::LastActive => ("select c.id, c.last_active_at", LAST_ACTIVE),
        Sort::FirstSeen => ("select c.id, c.first_seen_at", "c.first_seen_at"),
        Sort::Unresolved => ("select c.id, c.unresolved_queries", "c.unresolved_queries"),
    };
    let mut query = scope.select(columns, &filter);
    if let Some(Key { of, id }) = after {
        query.push(" and (").push(by).push(", c.id) ").push(if descending { "<" } else { ">" }).push(" (");
        match (sort, of) {
            (Sort::Name, Place::Words(words)) => query.push_bind(words.clone()),
            (Sort::LastActive, Place::At(at)) => {
                query.push("coalesce(").push_bind(*at).push(", '-infinity'::timestamptz)")
            }
            (Sort::FirstSeen, Place::At(at)) => query.push_bind(*at),
            (Sort::Unresolved, Place::Number(n)) => query.push_bind(*n),
            _ => return Err(Error::Invalid("The page begins in another order.".into())),
        };
        query.push(", ").push_bind(id.0).push(")");
    }
    let direction = if descending { " desc" } else { "" };
    query
        .push(" order by ")
        .push(by)
        .push(direction)
        .push(", c.id")
        .push(direction)
        .push(" limit ")
        .push_bind(PAGE + 1);
    // Planned for what it asks: a plan for any filter would be a bad one for most.
    let rows = query.build().persistent(false).fetch_all(tx.conn()).await?;
    let more = i64::try_from(rows.len()).unwrap_or(0) > PAGE;
    let rows = &rows[..rows.len().min(usize::try_from(PAGE).unwrap_or(0))];
    let ids: Vec<_> = rows.iter().map(|row| row.try_get::<uuid::Uuid, _>(0)).collect::<Result<_, _>>()?;
    let next = match rows.last() {
        Some(last) if more => {
            let of = match sort {
                Sort::Name => Place::Words(last.try_get(1)?),
                Sort::LastActive => Place::At(last.try_get(1)?),
                Sort::FirstSeen => Place::At(Some(last.try_get(1)?)),
                Sort::Unresolved => Place::Number(last.try_get(1)?),
            };
            Some(Key { of, id: ContactId(last.try_get(0)?) })
        }
        _ => None,
    };
    Ok(Page { lines: lines(&mut tx, &ids).await?, next })
}

/// How many contacts match, and how many are left out.
///
/// # Errors
/// `Forbidden` but to supervisors, `Invalid` for a filter that makes no sense.
pub async fn count(desk: &Desk, member: &Member, filter: Group, now: Timestamp) -> Result<Counted> {
    supervises(member)?;
    let filter = filter.checked()?;
    let mut tx = desk.lone_snapshot().await?;
    let scope = Scope::load(&mut tx, member.id, now).await?;
    let matching = up_to(&mut tx, &scope, &filter, COUNTED + 1).await?;
    Ok(Counted { matching, left_out: i64::try_from(scope.hidden.len()).unwrap_or(i64::MAX) })
}

/// Of these contacts, those still in sight, as they are now: for a screen that shows them already.
///
/// # Errors
/// `Forbidden` but to supervisors, `Invalid` for too many.
pub async fn again(desk: &Desk, member: &Member, ids: &[ContactId]) -> Result<Vec<Line>> {
    supervises(member)?;
    if ids.len() > MOST_AGAIN {
        return Err(Error::Invalid("Too many at once.".into()));
    }
    let mut tx = desk.snapshot().await?;
    let hidden = super::filter::sql::hidden_of(&mut tx, member.id, ids).await?;
    let seen: Vec<_> = ids.iter().filter(|id| !hidden.contains(id)).map(|id| id.0).collect();
    lines(&mut tx, &seen).await
}

/// How many match, counted no further than a limit.
async fn up_to(tx: &mut Tx<'_>, scope: &Scope, filter: &Group, limit: i64) -> Result<i64> {
    let mut query = scope.select("select count(*) from (select", filter);
    query.push(" limit ").push_bind(limit).push(") counted");
    Ok(query.build_query_scalar().persistent(false).fetch_one(tx.conn()).await?)
}

/// Contacts as lines, in the order of their ids here. Callers have asked for sight.
pub(crate) async fn lines(tx: &mut Tx<'_>, ids: &[uuid::Uuid]) -> Result<Vec<Line>> {
    let rows = sqlx::query!(
        r#"select c.id, c.name, c.source, c.last_active_at, c.first_seen_at, c.session_messages, c.template_messages,
             c.unresolved_queries, c.opted, c.blocked_at is not null as "blocked!",
             phone.value as "phone?", username.value as "username?",
             latest.id as "chat?", latest.queue as "queue?", latest.resolved_by as "resolved_by?",
             array(select distinct g.tag_id from contact_tag g
                where g.workspace_id = $1 and g.contact_id = any(part.ids)) as "tags!",
             (select jsonb_agg(jsonb_build_array(v.definition_id, v.value)) from (
                select distinct on (a.definition_id) a.definition_id, a.value from attribute a
                where a.workspace_id = $1 and a.contact_id = any(part.ids)
                order by a.definition_id, (a.contact_id = c.id) desc, a.set_at desc) v where v.value <> '') as values
           from contact c
           -- the contact's own first, then those of whoever was merged into it
           cross join lateral (select array[c.id] || array(select p.id from contact p
                where p.workspace_id = $1 and p.merged_into = c.id) as ids) part
           left join lateral (select value from identity i where i.workspace_id = $1 and i.contact_id = any(part.ids)
                and i.kind = 'phone' order by (i.contact_id = c.id) desc, i.created_at limit 1) phone on true
           left join lateral (select value from identity i where i.workspace_id = $1 and i.contact_id = any(part.ids)
                and i.kind = 'username' order by (i.contact_id = c.id) desc, i.created_at desc limit 1) username on true
           left join lateral (select h.id, h.queue, h.resolved_by from chat h where h.workspace_id = $1
                and h.contact_id = c.id and h.queue <> 'merged' order by h.last_at desc, h.id desc limit 1) latest on true
           where c.workspace_id = $1 and c.id = any($2) and c.merged_into is null"#,
        tx.workspace.0,
        ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let chat = match (row.chat, row.queue) {
            (Some(id), Some(queue)) => {
                let queue: Queue = queue.parse()?;
                let status = match queue {
                    Queue::Intervened => Status::Intervened,
                    Queue::Requested => Status::Requesting,
                    Queue::Active if row.resolved_by.is_none() => Status::Active,
                    Queue::Active | Queue::History | Queue::Merged => Status::Closed,
                };
                Some((ChatId(id), queue, status))
            }
            _ => None,
        };
        let values: Option<Vec<(AttributeId, String)>> = row.values.map(serde_json::from_value).transpose()?;
        let source: Source = serde_json::from_value(row.source)?;
        let line = Line {
            id: ContactId(row.id),
            name: row.name,
            phone: row.phone.and_then(|digits| Phone::parse(&digits).ok()),
            username: row.username,
            chat,
            source,
            last_active: row.last_active_at,
            first_seen: row.first_seen_at,
            session_messages: row.session_messages,
            template_messages: row.template_messages,
            unresolved: row.unresolved_queries,
            opted: row.opted.map(|word| word.parse()).transpose()?,
            blocked: row.blocked,
            tags: row.tags.into_iter().map(TagId).collect(),
            values: values.unwrap_or_default(),
        };
        found.insert(row.id, line);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}
