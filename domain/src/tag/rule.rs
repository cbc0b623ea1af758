//! First Message rules' rows.

use super::define::get;
use super::{Kind, MOST_RULES, RuleDraft};
use crate::db::Tx;
use crate::{Error, Result, TagId, TagRuleId, Timestamp};

pub(super) async fn get_rule(tx: &mut Tx<'_>, rule: TagRuleId) -> Result<RuleDraft> {
    let row = sqlx::query!(
        "select tag_id, looks_at, match, words, enabled from tag_rule where workspace_id = $1 and id = $2",
        tx.workspace.0,
        rule.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let (looks_at, matches) = (row.looks_at.parse()?, row.r#match.parse()?);
    Ok(RuleDraft { tag: TagId(row.tag_id), looks_at, matches, words: row.words, enabled: row.enabled })
}

/// Rules give First Message tags, so that what automation gives is told from what people give.
async fn ruled(tx: &mut Tx<'_>, tag: TagId) -> Result<()> {
    let found = get(tx, tag).await?;
    if found.kind == Kind::FirstMessage {
        return Ok(());
    }
    Err(Error::Invalid(format!("“{}” is not a First Message tag.", found.name)))
}

pub(super) async fn add_rule(tx: &mut Tx<'_>, rule: &RuleDraft, now: Timestamp) -> Result<()> {
    ruled(tx, rule.tag).await?;
    let found = sqlx::query!(
        r#"select count(*) as "n!", coalesce(max(position), 0) + 1 as "next!" from tag_rule where workspace_id = $1"#,
        tx.workspace.0,
    )
    .fetch_one(tx.conn())
    .await?;
    if found.n >= MOST_RULES {
        return Err(Error::Invalid(format!("There can be at most {MOST_RULES} rules.")));
    }
    sqlx::query!(
        "insert into tag_rule (workspace_id, id, tag_id, looks_at, match, words, enabled, position, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.workspace.0,
        TagRuleId::at(now).0,
        rule.tag.0,
        rule.looks_at.as_str(),
        rule.matches.as_str(),
        rule.words,
        rule.enabled,
        found.next,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn change_rule(tx: &mut Tx<'_>, id: TagRuleId, to: &RuleDraft) -> Result<RuleDraft> {
    let was = get_rule(tx, id).await?;
    ruled(tx, to.tag).await?;
    sqlx::query!(
        "update tag_rule set tag_id = $3, looks_at = $4, match = $5, words = $6, enabled = $7
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
        to.tag.0,
        to.looks_at.as_str(),
        to.matches.as_str(),
        to.words,
        to.enabled,
    )
    .execute(tx.conn())
    .await?;
    Ok(was)
}
