//! What a workspace defines about tags: categories, tags, First Message rules. For supervisors, and audited.

use super::order::{move_category, move_rule, move_tag};
use super::rule::{add_rule, change_rule, get_rule};
use super::{
    COUNTED, Category, Change, Definitions, Kind, MOST_CATEGORIES, MOST_TAGS, Rule, RuleDraft, Tag, TagDraft, Uses,
    name,
};
use crate::contact::filter::Condition;
use crate::db::{Desk, Tx};
use crate::journey::{self, Doer, Happening};
use crate::member::Member;
use crate::workspace::define::lock;
use crate::{Error, Result, TagCategoryId, TagId, TagRuleId, Timestamp, audit, feed, segment};

/// Everything, for whoever may change it.
///
/// # Errors
/// `Forbidden` but to supervisors.
pub async fn read(desk: &Desk, member: &Member) -> Result<Definitions> {
    if !member.role.supervises() {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        "select id, name from tag_category where workspace_id = $1 order by position, name",
        tx.workspace.0
    )
    .fetch_all(tx.conn())
    .await?;
    let mut categories: Vec<_> =
        rows.into_iter().map(|row| Category { id: TagCategoryId(row.id), name: row.name, tags: Vec::new() }).collect();
    let rows = sqlx::query!(
        r#"select t.id, t.category_id, t.name, t.colour, t.kind, t.archived_at is not null as "archived!", used.n as "uses!",
                (select count(*) from segment s where s.workspace_id = t.workspace_id
                    and strpos(s.filter::text, t.id::text) > 0) as "segments!"
           from tag t, lateral (select case when count(*) < $2 then count(distinct few.whose) else $2 end as n from (
                select case when c.merged_into is null then c.id else c.merged_into end as whose
                from contact_tag g join contact c on c.workspace_id = g.workspace_id and c.id = g.contact_id
                where g.workspace_id = t.workspace_id and g.tag_id = t.id limit $2) few) used
           where t.workspace_id = $1 order by t.position, t.name"#,
        tx.workspace.0,
        COUNTED + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let category = TagCategoryId(row.category_id);
        let draft = TagDraft { category, name: row.name, colour: row.colour.parse()?, kind: row.kind.parse()? };
        if let Some(found) = categories.iter_mut().find(|found| found.id == category) {
            found.tags.push(Tag {
                id: TagId(row.id),
                draft,
                archived: row.archived,
                uses: row.uses,
                segments: row.segments,
            });
        }
    }
    let rows = sqlx::query!(
        "select id, tag_id, looks_at, match, words, enabled from tag_rule where workspace_id = $1 order by position, id",
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut rules = Vec::with_capacity(rows.len());
    for row in rows {
        let (looks_at, matches) = (row.looks_at.parse()?, row.r#match.parse()?);
        let draft = RuleDraft { tag: TagId(row.tag_id), looks_at, matches, words: row.words, enabled: row.enabled };
        rules.push(Rule { id: TagRuleId(row.id), draft });
    }
    Ok(Definitions { categories, rules })
}

/// Makes a change; what it was before and after is in the audit log. What a merge or deletion does to contacts is in
/// the journey of each.
///
/// # Errors
/// `Forbidden` but to supervisors, `NotFound` for what does not exist, `Invalid` with what is in the way.
pub async fn change(desk: &Desk, member: &Member, change: Change, now: Timestamp) -> Result<()> {
    if !member.role.supervises() {
        return Err(Error::Forbidden);
    }
    let mut tx = desk.begin().await?;
    lock(&mut tx).await?;
    let detail = serde_json::to_value(&change)?;
    let by = Doer::Member { id: member.id, name: member.name.clone() };
    let was = perform(&mut tx, change, &by, now).await?;
    audit::store::add(&mut tx, member, "tags", serde_json::json!({ "change": detail, "was": was }), now).await?;
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await
}

/// Makes the change, and gives what stood there before.
async fn perform(tx: &mut Tx<'_>, change: Change, by: &Doer, now: Timestamp) -> Result<Option<serde_json::Value>> {
    let text = |name: String| Some(serde_json::Value::from(name));
    Ok(match change {
        Change::AddCategory { name: text } => {
            add_category(tx, &name(&text)?, now).await?;
            None
        }
        Change::RenameCategory { category, name: text } => {
            let was = category_name(tx, category).await?;
            sqlx::query!(
                "update tag_category set name = $3 where workspace_id = $1 and id = $2",
                tx.workspace.0,
                category.0,
                name(&text)?,
            )
            .execute(tx.conn())
            .await
            .map_err(|error| taken(error, "There is a category of this name already."))?;
            Some(was.into())
        }
        Change::MoveCategory { category, towards } => {
            let was = category_name(tx, category).await?;
            move_category(tx, category, towards).await?;
            text(was)
        }
        Change::DeleteCategory { category, into } => text(delete_category(tx, category, into).await?),
        Change::AddTag { tag } => {
            may_be(tag.kind, None)?;
            category_name(tx, tag.category).await?;
            add_tag(tx, &TagDraft { name: name(&tag.name)?, ..tag }, now).await?;
            None
        }
        Change::ChangeTag { tag, to } => {
            let was = get(tx, tag).await?;
            change_tag(tx, tag, &was, &TagDraft { name: name(&to.name)?, ..to }).await?;
            Some(serde_json::to_value(&was)?)
        }
        Change::MoveTag { tag, towards } => {
            let was = get(tx, tag).await?;
            move_tag(tx, was.category, tag, towards).await?;
            text(was.name)
        }
        Change::ArchiveTag { tag } => text(archive(tx, tag, Some(now)).await?),
        Change::RestoreTag { tag } => text(archive(tx, tag, None).await?),
        Change::MergeTag { tag, into } => {
            let other = get(tx, into).await?.name;
            let was = delete_tag(tx, tag, Some(Uses::Move(into)), by, now).await?;
            Some(serde_json::json!({ "name": was, "into": other }))
        }
        Change::DeleteTag { tag, uses } => text(delete_tag(tx, tag, uses, by, now).await?),
        Change::AddRule { rule } => {
            add_rule(tx, &rule.checked()?, now).await?;
            None
        }
        Change::ChangeRule { rule, to } => Some(serde_json::to_value(change_rule(tx, rule, &to.checked()?).await?)?),
        Change::MoveRule { rule, towards } => {
            move_rule(tx, rule, towards).await?;
            None
        }
        Change::DeleteRule { rule } => {
            let was = get_rule(tx, rule).await?;
            sqlx::query!("delete from tag_rule where workspace_id = $1 and id = $2", tx.workspace.0, rule.0)
                .execute(tx.conn())
                .await?;
            Some(serde_json::to_value(was)?)
        }
    })
}

fn taken(error: sqlx::Error, says: &str) -> Error {
    match error.as_database_error() {
        Some(refusal) if refusal.is_unique_violation() => Error::Invalid(says.into()),
        _ => error.into(),
    }
}

async fn category_name(tx: &mut Tx<'_>, category: TagCategoryId) -> Result<String> {
    let found = sqlx::query_scalar!(
        "select name from tag_category where workspace_id = $1 and id = $2",
        tx.workspace.0,
        category.0,
    );
    Ok(found.fetch_one(tx.conn()).await?)
}

async fn add_category(tx: &mut Tx<'_>, name: &str, now: Timestamp) -> Result<TagCategoryId> {
    let found = sqlx::query!(
        r#"select count(*) as "n!", coalesce(max(position), 0) + 1 as "next!" from tag_category where workspace_id = $1"#,
        tx.workspace.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if found.n >= MOST_CATEGORIES {
        return Err(Error::Invalid(format!("There can be at most {MOST_CATEGORIES} categories.")));
    }
    let id = TagCategoryId::at(now);
    sqlx::query!(
        "insert into tag_category (workspace_id, id, name, position, created_at) values ($1, $2, $3, $4, $5)",
        tx.workspace.0,
        id.0,
        name,
        found.next,
        now,
    )
    .execute(tx.conn())
    .await
    .map_err(|error| taken(error, "There is a category of this name already."))?;
    Ok(id)
}

/// The category of this name, made where there is none. Callers hold the definitions' lock.
pub(crate) async fn category_named(tx: &mut Tx<'_>, name: &str, now: Timestamp) -> Result<TagCategoryId> {
    let found = sqlx::query_scalar!(
        "select id from tag_category where workspace_id = $1 and lower(name) = lower($2)",
        tx.workspace.0,
        name,
    )
    .fetch_optional(tx.conn())
    .await?;
    match found {
        Some(id) => Ok(TagCategoryId(id)),
        None => add_category(tx, name, now).await,
    }
}

/// Its tags go to another category's end.
async fn delete_category(tx: &mut Tx<'_>, category: TagCategoryId, into: Option<TagCategoryId>) -> Result<String> {
    let was = category_name(tx, category).await?;
    if let Some(into) = into {
        if into == category {
            return Err(Error::NotFound);
        }
        category_name(tx, into).await?;
        sqlx::query!(
            "update tag set category_id = $3, position = position + (select coalesce(max(position), 0) from tag
                where workspace_id = $1 and category_id = $3) where workspace_id = $1 and category_id = $2",
            tx.workspace.0,
            category.0,
            into.0,
        )
        .execute(tx.conn())
        .await
        .map_err(|error| taken(error, "Both categories have a tag of the same name. Merge these two first."))?;
    }
    sqlx::query!("delete from tag_category where workspace_id = $1 and id = $2", tx.workspace.0, category.0)
        .execute(tx.conn())
        .await
        .map_err(|error| match error.as_database_error() {
            Some(refusal) if refusal.is_foreign_key_violation() => {
                Error::Invalid(format!("“{was}” has tags. Choose the category that takes them."))
            }
            _ => error.into(),
        })?;
    Ok(was)
}

/// Members and First Message rules give what Manage defines; what the API and campaigns give stays theirs.
fn may_be(kind: Kind, was: Option<Kind>) -> Result<()> {
    if matches!(kind, Kind::Manual | Kind::FirstMessage) || was == Some(kind) {
        return Ok(());
    }
    Err(Error::Invalid(format!("{} tags are not made by hand.", kind.title())))
}

pub(super) async fn get(tx: &mut Tx<'_>, tag: TagId) -> Result<TagDraft> {
    let row = sqlx::query!(
        "select category_id, name, colour, kind from tag where workspace_id = $1 and id = $2 for update",
        tx.workspace.0,
        tag.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let category = TagCategoryId(row.category_id);
    Ok(TagDraft { category, name: row.name, colour: row.colour.parse()?, kind: row.kind.parse()? })
}

const NAME_TAKEN: &str = "This category has a tag of this name already.";

/// Adds a tag at its category's end. Callers hold the definitions' lock.
pub(crate) async fn add_tag(tx: &mut Tx<'_>, draft: &TagDraft, now: Timestamp) -> Result<TagId> {
    let found = sqlx::query!(
        r#"select count(*) as "n!", coalesce(max(position) filter (where category_id = $2), 0) + 1 as "next!"
           from tag where workspace_id = $1"#,
        tx.workspace.0,
        draft.category.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if found.n >= MOST_TAGS {
        return Err(Error::Invalid(format!("There can be at most {MOST_TAGS} tags.")));
    }
    let id = TagId::at(now);
    sqlx::query!(
        "insert into tag (workspace_id, id, category_id, name, colour, kind, position, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.workspace.0,
        id.0,
        draft.category.0,
        draft.name,
        draft.colour.as_str(),
        draft.kind.as_str(),
        found.next,
        now,
    )
    .execute(tx.conn())
    .await
    .map_err(|error| taken(error, NAME_TAKEN))?;
    Ok(id)
}

async fn change_tag(tx: &mut Tx<'_>, tag: TagId, was: &TagDraft, to: &TagDraft) -> Result<()> {
    may_be(to.kind, Some(was.kind))?;
    category_name(tx, to.category).await?;
    if was.kind != to.kind {
        let ruled = sqlx::query_scalar!(
            r#"select exists (select from tag_rule where workspace_id = $1 and tag_id = $2) as "yes!""#,
            tx.workspace.0,
            tag.0,
        );
        if ruled.fetch_one(tx.conn()).await? {
            return Err(Error::Invalid(format!("First Message rules give “{}”. Delete them first.", was.name)));
        }
    }
    sqlx::query!(
        "update tag set name = $3, colour = $4, kind = $5, category_id = $6, position = case when category_id = $6 then position
            else (select coalesce(max(position), 0) + 1 from tag where workspace_id = $1 and category_id = $6) end
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        tag.0,
        to.name,
        to.colour.as_str(),
        to.kind.as_str(),
        to.category.0,
    )
    .execute(tx.conn())
    .await
    .map_err(|error| taken(error, NAME_TAKEN))?;
    Ok(())
}

async fn archive(tx: &mut Tx<'_>, tag: TagId, at: Option<Timestamp>) -> Result<String> {
    let was = get(tx, tag).await?;
    sqlx::query!("update tag set archived_at = $3 where workspace_id = $1 and id = $2", tx.workspace.0, tag.0, at)
        .execute(tx.conn())
        .await?;
    Ok(was.name)
}

/// Who carries both keeps the other as it was given. Rules go along where the other is a First Message tag too, and
/// segments ask for the other.
async fn delete_tag(tx: &mut Tx<'_>, tag: TagId, uses: Option<Uses>, by: &Doer, now: Timestamp) -> Result<String> {
    let was = get(tx, tag).await?;
    let (name, category) = (was.name.clone(), category_name(tx, was.category).await?);
    if uses == Some(Uses::TakeOff) {
        journey::store::add_for_all_with(tx, tag, &Happening::TagTaken { tag: name, category }, by, now).await?;
    } else if let Some(Uses::Move(into)) = uses {
        let other = get(tx, into).await?;
        if into == tag {
            return Err(Error::Invalid("A tag cannot be merged into itself.".into()));
        }
        let what = Happening::TagMerged { tag: name, category, into: other.name };
        journey::store::add_for_all_with(tx, tag, &what, by, now).await?;
        sqlx::query!(
            "insert into contact_tag (workspace_id, contact_id, tag_id, given_at, given_by, automation)
             select workspace_id, contact_id, $3, given_at, given_by, automation from contact_tag
             where workspace_id = $1 and tag_id = $2 on conflict do nothing",
            tx.workspace.0,
            tag.0,
            into.0,
        )
        .execute(tx.conn())
        .await?;
        segment::store::each_condition(tx, tag.0, |condition| match condition {
            Condition::Tag { tag: asked, .. } if *asked == tag => *asked = into,
            _ => {}
        })
        .await?;
        if other.kind == Kind::FirstMessage {
            sqlx::query!(
                "update tag_rule set tag_id = $3 where workspace_id = $1 and tag_id = $2",
                tx.workspace.0,
                tag.0,
                into.0,
            )
            .execute(tx.conn())
            .await?;
        }
    }
    if uses.is_some() {
        sqlx::query!("delete from contact_tag where workspace_id = $1 and tag_id = $2", tx.workspace.0, tag.0)
            .execute(tx.conn())
            .await?;
    }
    sqlx::query!("delete from tag where workspace_id = $1 and id = $2", tx.workspace.0, tag.0)
        .execute(tx.conn())
        .await
        .map_err(|error| match error.as_database_error() {
            Some(refusal) if refusal.is_foreign_key_violation() => Error::Invalid(format!(
                "Contacts carry “{}”. Say whether it is taken off, or which tag they get.",
                was.name
            )),
            _ => error.into(),
        })?;
    Ok(was.name)
}
