//! What a workspace defines: attributes' rows.

use super::{Asked, COUNTED, Changed, Definition, Gone, Listed, MOST, RESERVED, Shape, Values, key_of, options};
use crate::db::{Desk, Tx};
use crate::journey::Doer;
use crate::member::{Member, supervises};
use crate::workspace::define::{begin, done};
use crate::{AttributeId, Error, Result, Timestamp};
use serde_json::json;

/// A definition's columns.
pub(super) struct DefinitionRow {
    pub id: uuid::Uuid,
    pub key: String,
    pub name: String,
    pub kind: String,
    pub options: serde_json::Value,
    pub currency: String,
    pub help: String,
    pub required_on_resolve: bool,
    pub shown_to_bot: bool,
    pub archived_at: Option<Timestamp>,
}

impl DefinitionRow {
    pub(super) fn definition(self) -> Result<Definition> {
        Ok(Definition {
            id: AttributeId(self.id),
            key: self.key,
            shape: Shape {
                name: self.name,
                kind: self.kind.parse()?,
                options: serde_json::from_value(self.options)?,
                currency: self.currency,
                help: self.help,
                required_on_resolve: self.required_on_resolve,
                shown_to_bot: self.shown_to_bot,
            },
            archived: self.archived_at.is_some(),
        })
    }
}

/// Every attribute in its order, archived ones last, and how many contacts have a value.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn list(desk: &Desk, member: &Member) -> Result<Vec<Listed>> {
    supervises(member)?;
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        r#"select id, key, name, kind, options, currency, help, required_on_resolve, shown_to_bot, archived_at,
            (select case when count(*) < $2 then count(distinct counted.whose) else $2 end from (
                select case when c.merged_into is null then c.id else c.merged_into end as whose
                from attribute a join contact c on c.workspace_id = $1 and c.id = a.contact_id
                where a.workspace_id = $1 and a.definition_id = d.id and a.value <> '' limit $2) counted) as "used!",
            (select count(*) from segment s where s.workspace_id = $1 and strpos(s.filter::text, d.id::text) > 0) as "segments!",
            (select count(*) from canned_reply r where r.workspace_id = $1 and strpos(r.text, '{' || d.key || '}') > 0) as "replies!",
            exists (select 1 from flow f where f.workspace_id = $1 and f.enabled
                and (jsonb_path_exists(f.definition, '$.** ? (@.attribute == $key)', jsonb_build_object('key', d.key))
                    or strpos(f.definition::text, '{' || d.key || '}') > 0)) as "flow!",
            exists (select 1 from setting s where s.workspace_id = $1
                and s.key in ('welcome_message', 'away_message', 'delayed_message')
                and strpos(s.value ->> 'text', '{' || d.key || '}') > 0) as "automatic!"
         from attribute_definition d where workspace_id = $1
         order by archived_at is not null, position, name, id"#,
        tx.workspace.0,
        COUNTED,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let used = row.used;
            let asked =
                Asked { segments: row.segments, replies: row.replies, flow: row.flow, automatic: row.automatic };
            let row = DefinitionRow {
                id: row.id,
                key: row.key,
                name: row.name,
                kind: row.kind,
                options: row.options,
                currency: row.currency,
                help: row.help,
                required_on_resolve: row.required_on_resolve,
                shown_to_bot: row.shown_to_bot,
                archived_at: row.archived_at,
            };
            Ok(Listed { definition: row.definition()?, used, asked })
        })
        .collect()
}

/// Those on profiles, in their order.
///
/// # Errors
/// When the database fails.
pub async fn on_profiles(tx: &mut Tx<'_>) -> Result<Vec<Definition>> {
    let rows = sqlx::query_as!(
        DefinitionRow,
        "select id, key, name, kind, options, currency, help, required_on_resolve, shown_to_bot, archived_at
         from attribute_definition where workspace_id = $1 and archived_at is null order by position, name, id",
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(DefinitionRow::definition).collect()
}

/// Defines an attribute, after all others.
///
/// # Errors
/// `Forbidden` but to supervisors, `Invalid` where something makes no sense or the name is taken.
pub async fn create(desk: &Desk, member: &Member, shape: Shape, now: Timestamp) -> Result<AttributeId> {
    let mut tx = begin(desk, member).await?;
    let shape = shape.check()?;
    fits(&mut tx, None, &shape.name).await?;
    let key = free_key(&mut tx, &shape.name).await?;
    let id = AttributeId::at(now);
    sqlx::query!(
        "insert into attribute_definition (workspace_id, id, key, name, kind, options, currency, help, required_on_resolve,
            shown_to_bot, position, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
            (select coalesce(max(position), 0) + 1 from attribute_definition where workspace_id = $1), $11)",
        tx.workspace.0,
        id.0,
        key,
        shape.name,
        shape.kind.as_str(),
        serde_json::to_value(&shape.options)?,
        shape.currency,
        shape.help,
        shape.required_on_resolve,
        shape.shown_to_bot,
        now,
    )
    .execute(tx.conn())
    .await?;
    done(tx, member, "attribute_created", json!({ "attribute": id, "shape": shape }), now).await?;
    Ok(id)
}

/// Changes what was decided about an attribute. Values stay as they are, also under another kind; what becomes of
/// those that name an option which is taken off the list, `gone` says.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`, `Invalid` where something makes no sense or the name is taken.
pub async fn change(
    desk: &Desk,
    member: &Member,
    id: AttributeId,
    shape: Shape,
    gone: &Gone,
    now: Timestamp,
) -> Result<Changed> {
    let mut tx = begin(desk, member).await?;
    // The bot's answers go on meanwhile: values may be many.
    let before = sqlx::query_as!(
        DefinitionRow,
        "select id, key, name, kind, options, currency, help, required_on_resolve, shown_to_bot, archived_at
         from attribute_definition where workspace_id = $1 and id = $2 for no key update",
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?
    .definition()?;
    let shape = shape.check()?;
    if before.shape == shape {
        return Ok(Changed::Done);
    }
    if !before.archived {
        fits(&mut tx, Some(id), &shape.name).await?;
    }
    let by = Doer::Member { id: member.id, name: member.name.clone() };
    let asks = options::take_away(&mut tx, id, (&before.shape, &shape), gone, &by, now).await?;
    if asks != Changed::Done {
        return Ok(asks);
    }
    sqlx::query!(
        "update attribute_definition set name = $3, kind = $4, options = $5, currency = $6, help = $7,
            required_on_resolve = $8, shown_to_bot = $9 where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
        shape.name,
        shape.kind.as_str(),
        serde_json::to_value(&shape.options)?,
        shape.currency,
        shape.help,
        shape.required_on_resolve,
        shape.shown_to_bot,
    )
    .execute(tx.conn())
    .await?;
    let detail = json!({ "attribute": id, "before": before.shape, "shape": shape, "gone": gone });
    done(tx, member, "attribute_changed", detail, now).await?;
    Ok(Changed::Done)
}

/// Puts attributes into an order; those that are not named come after them.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn arrange(desk: &Desk, member: &Member, order: &[AttributeId], now: Timestamp) -> Result<()> {
    let mut tx = begin(desk, member).await?;
    let ids: Vec<_> = order.iter().take(1000).map(|id| id.0).collect();
    sqlx::query!(
        "update attribute_definition d set position = ordered.n from (
            select id, row_number() over (order by coalesce(array_position($2::uuid[], id), 1000000), position, name) as n
            from attribute_definition where workspace_id = $1) ordered
         where d.workspace_id = $1 and d.id = ordered.id and d.position <> ordered.n",
        tx.workspace.0,
        &ids,
    )
    .execute(tx.conn())
    .await?;
    done(tx, member, "attributes_arranged", json!({}), now).await
}

/// Takes an attribute off the profiles; its values are kept.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`.
pub async fn archive(desk: &Desk, member: &Member, id: AttributeId, now: Timestamp) -> Result<()> {
    let mut tx = begin(desk, member).await?;
    let before = lock(&mut tx, id).await?;
    put_archived(&mut tx, id, Some(now)).await?;
    let detail = json!({ "attribute": id, "name": before.shape.name });
    done(tx, member, "attribute_archived", detail, now).await
}

/// Puts an archived attribute back.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`, `Invalid` where its name is taken by now.
pub async fn restore(desk: &Desk, member: &Member, id: AttributeId, now: Timestamp) -> Result<()> {
    let mut tx = begin(desk, member).await?;
    let before = lock(&mut tx, id).await?;
    fits(&mut tx, Some(id), &before.shape.name).await?;
    put_archived(&mut tx, id, None).await?;
    let detail = json!({ "attribute": id, "name": before.shape.name });
    done(tx, member, "attribute_restored", detail, now).await
}

/// Deletes an attribute for good.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound`, `Invalid` where contacts have values that are not to be deleted.
pub async fn delete(desk: &Desk, member: &Member, id: AttributeId, values: Values, now: Timestamp) -> Result<()> {
    let mut tx = begin(desk, member).await?;
    let before = lock(&mut tx, id).await?;
    let used = sqlx::query_scalar!(
        r#"select count(*) as "n!" from (select 1 from attribute where workspace_id = $1 and definition_id = $2
            and value <> '' limit $3) counted"#,
        tx.workspace.0,
        id.0,
        COUNTED,
    )
    .fetch_one(tx.conn())
    .await?;
    if used > 0 && values == Values::None {
        let whose = if used == 1 { "One contact has".to_owned() } else { format!("{used} contacts have") };
        return Err(Error::Invalid(format!("{whose} a value. Archive it, or delete it with its values.")));
    }
    let by = Doer::Member { id: member.id, name: member.name.clone() };
    options::clear(&mut tx, id, &before.shape, &by, now).await?;
    sqlx::query!("delete from attribute_definition where workspace_id = $1 and id = $2", tx.workspace.0, id.0)
        .execute(tx.conn())
        .await?;
    let detail = json!({ "attribute": id, "name": before.shape.name, "used": used });
    done(tx, member, "attribute_deleted", detail, now).await
}

async fn lock(tx: &mut Tx<'_>, id: AttributeId) -> Result<Definition> {
    sqlx::query_as!(
        DefinitionRow,
        "select id, key, name, kind, options, currency, help, required_on_resolve, shown_to_bot, archived_at
         from attribute_definition where workspace_id = $1 and id = $2 for update",
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?
    .definition()
}

/// Two attributes on a profile do not have one name, and there are not too many.
async fn fits(tx: &mut Tx<'_>, but: Option<AttributeId>, name: &str) -> Result<()> {
    let row = sqlx::query!(
        r#"select count(*) as "n!", count(*) filter (where lower(name) = lower($3)) as "same!" from attribute_definition
         where workspace_id = $1 and archived_at is null and id is distinct from $2"#,
        tx.workspace.0,
        but.map(|id| id.0),
        name,
    )
    .fetch_one(tx.conn())
    .await?;
    if row.same > 0 {
        return Err(Error::Invalid(format!("There is an attribute “{name}” already.")));
    }
    if row.n >= MOST {
        return Err(Error::Invalid(format!("A workspace has at most {MOST} attributes. Archive one first.")));
    }
    Ok(())
}

/// The name's key, with a number behind it where it is taken, also by an archived one. It has a letter, so that texts can
/// name it.
async fn free_key(tx: &mut Tx<'_>, name: &str) -> Result<String> {
    let mut key = key_of(name);
    if !key.chars().any(char::is_alphabetic) {
        key = format!("attribute_{key}").trim_end_matches('_').to_owned();
    }
    let taken = sqlx::query_scalar!("select key from attribute_definition where workspace_id = $1", tx.workspace.0)
        .fetch_all(tx.conn())
        .await?;
    let numbered = (2..).map(|n| format!("{key}_{n}"));
    let mut keys = std::iter::once(key.clone()).chain(numbered);
    let free = keys.find(|key| !taken.contains(key) && !RESERVED.contains(&key.as_str()));
    Ok(free.unwrap_or(key))
}

async fn put_archived(tx: &mut Tx<'_>, id: AttributeId, at: Option<Timestamp>) -> Result<()> {
    sqlx::query!(
        "update attribute_definition set archived_at = $3 where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
        at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
