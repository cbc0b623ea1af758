//! Tags for the business's own systems: which there are, and who carries them.

use super::{Category, Given, Label, MOST_CATEGORIES, MOST_TAGS, Tag, TagDraft, store};
use crate::db::Tx;
use crate::{ContactId, Result, TagCategoryId, TagId};
use std::collections::HashMap;
use uuid::Uuid;

/// The categories with their tags, in order. Uses are not counted.
///
/// # Errors
/// When the database fails.
pub async fn categories(tx: &mut Tx<'_>) -> Result<Vec<Category>> {
    let rows = sqlx::query!(
        "select id, name from tag_category where workspace_id = $1 order by position, name limit $2",
        tx.workspace.0,
        MOST_CATEGORIES,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut categories: Vec<_> =
        rows.into_iter().map(|row| Category { id: TagCategoryId(row.id), name: row.name, tags: Vec::new() }).collect();
    let rows = sqlx::query!(
        r#"select id, category_id, name, colour, kind, archived_at is not null as "archived!" from tag
           where workspace_id = $1 order by position, name limit $2"#,
        tx.workspace.0,
        MOST_TAGS,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let category = TagCategoryId(row.category_id);
        let draft = TagDraft { category, name: row.name, colour: row.colour.parse()?, kind: row.kind.parse()? };
        if let Some(found) = categories.iter_mut().find(|found| found.id == category) {
            found.tags.push(Tag { id: TagId(row.id), draft, archived: row.archived, uses: 0, segments: 0 });
        }
    }
    Ok(categories)
}

/// One tag, with its category's name.
///
/// # Errors
/// `NotFound` for an unknown id.
pub async fn label(tx: &mut Tx<'_>, tag: TagId) -> Result<Label> {
    let row = sqlx::query!(
        "select t.name, c.name as category, t.colour, t.kind from tag t
         join tag_category c on c.workspace_id = t.workspace_id and c.id = t.category_id
         where t.workspace_id = $1 and t.id = $2",
        tx.workspace.0,
        tag.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let (colour, kind) = (row.colour.parse()?, row.kind.parse()?);
    Ok(Label { id: tag, name: row.name, category: row.category, colour, kind })
}

/// The tags of many contacts at once.
///
/// # Errors
/// When the database fails.
pub async fn of_all(tx: &mut Tx<'_>, contacts: &[Uuid]) -> Result<HashMap<ContactId, Vec<Given>>> {
    let rows = sqlx::query_as!(
        store::GivenRow,
        r#"select coalesce(p.merged_into, p.id) as "contact_id!", t.id, t.name, c.name as category, t.colour, t.kind, g.given_at,
            g.given_by, g.automation
         from contact p
         join contact_tag g on g.workspace_id = p.workspace_id and g.contact_id = p.id
         join tag t on t.workspace_id = g.workspace_id and t.id = g.tag_id
         join tag_category c on c.workspace_id = t.workspace_id and c.id = t.category_id
         where p.workspace_id = $1 and (p.id = any($2) or p.merged_into = any($2))
         order by c.position, c.name, t.position, t.name, t.id, g.given_at"#,
        tx.workspace.0,
        contacts,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut given: HashMap<ContactId, Vec<Given>> = HashMap::new();
    for row in rows {
        let tags = given.entry(ContactId(row.contact_id)).or_default();
        // Two that became one may both have had it.
        if tags.last().is_none_or(|last| last.label.id.0 != row.id) {
            tags.push(row.given()?);
        }
    }
    Ok(given)
}
