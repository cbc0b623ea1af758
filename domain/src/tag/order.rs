//! The order of categories, of their tags and of rules.

use super::Towards;
use crate::db::Tx;
use crate::{Error, Result, TagCategoryId, TagId, TagRuleId};
use uuid::Uuid;

/// The list with one of it a place further; unchanged at the end.
fn moved(mut list: Vec<Uuid>, one: Uuid, towards: Towards) -> Result<Vec<Uuid>> {
    let at = list.iter().position(|id| *id == one).ok_or(Error::NotFound)?;
    let to = match towards {
        Towards::Up => at.saturating_sub(1),
        Towards::Down => (at + 1).min(list.len() - 1),
    };
    list.swap(at, to);
    Ok(list)
}

pub(super) async fn move_category(tx: &mut Tx<'_>, category: TagCategoryId, towards: Towards) -> Result<()> {
    let ids = sqlx::query_scalar!(
        "select id from tag_category where workspace_id = $1 order by position, name",
        tx.workspace.0
    )
    .fetch_all(tx.conn())
    .await?;
    sqlx::query!(
        "update tag_category c set position = o.n from unnest($2::uuid[]) with ordinality as o(id, n)
         where c.workspace_id = $1 and c.id = o.id",
        tx.workspace.0,
        &moved(ids, category.0, towards)?,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn move_tag(tx: &mut Tx<'_>, category: TagCategoryId, tag: TagId, towards: Towards) -> Result<()> {
    let ids = sqlx::query_scalar!(
        "select id from tag where workspace_id = $1 and category_id = $2 order by position, name",
        tx.workspace.0,
        category.0,
    )
    .fetch_all(tx.conn())
    .await?;
    sqlx::query!(
        "update tag t set position = o.n from unnest($2::uuid[]) with ordinality as o(id, n)
         where t.workspace_id = $1 and t.id = o.id",
        tx.workspace.0,
        &moved(ids, tag.0, towards)?,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn move_rule(tx: &mut Tx<'_>, rule: TagRuleId, towards: Towards) -> Result<()> {
    let ids =
        sqlx::query_scalar!("select id from tag_rule where workspace_id = $1 order by position, id", tx.workspace.0)
            .fetch_all(tx.conn())
            .await?;
    sqlx::query!(
        "update tag_rule r set position = o.n from unnest($2::uuid[]) with ordinality as o(id, n)
         where r.workspace_id = $1 and r.id = o.id",
        tx.workspace.0,
        &moved(ids, rule.0, towards)?,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
