//! What becomes of values, and of what segments ask for, when an option is taken off a list or an attribute is
//! deleted: each contact's journey tells it.

use super::values::happening;
use super::{COUNTED, Changed, Gone, Shape};
use crate::contact::filter::{Condition, Value};
use crate::db::Tx;
use crate::journey::{self, Doer};
use crate::{AttributeId, ContactId, Error, Result, Timestamp, segment};
use std::collections::HashMap;

/// Contacts whose values are rewritten at once.
const CHUNK: i64 = 2000;

/// What each option that is no longer there becomes; nothing where its values are cleared.
type Instead = HashMap<String, Option<String>>;

/// Decides what becomes of the options that `after` leaves out, and does it; or asks, where they are used and nobody
/// has decided. One that is only written in other cases becomes the new one without a question.
///
/// # Errors
/// `Invalid` for an option to become that is none.
pub(super) async fn take_away(
    tx: &mut Tx<'_>,
    id: AttributeId,
    (before, after): (&Shape, &Shape),
    gone: &Gone,
    by: &Doer,
    now: Timestamp,
) -> Result<Changed> {
    if !before.kind.chosen() || !after.kind.chosen() {
        return Ok(Changed::Done);
    }
    let (mut instead, mut asked) = (Instead::new(), Vec::new());
    for option in before.options.iter().filter(|option| !after.options.contains(option)) {
        match after.options.iter().find(|new| new.to_lowercase() == option.to_lowercase()) {
            Some(new) => drop(instead.insert(option.clone(), Some(new.clone()))),
            None => asked.push(option.clone()),
        }
    }
    if *gone == Gone::Ask && !asked.is_empty() {
        let contacts = used(tx, id, &asked).await?;
        let segments = segment::store::count(tx, id.0, |condition| names(condition, id, &asked)).await?;
        if contacts > 0 || segments > 0 {
            return Ok(Changed::Asks { options: asked, contacts, segments });
        }
    }
    let becomes = match gone {
        Gone::Ask | Gone::Keep => None,
        Gone::Clear => Some(None),
        Gone::Become(option) => {
            let option = after.options.iter().find(|known| *known == option);
            Some(Some(option.cloned().ok_or_else(|| Error::Invalid("Choose an option that stays.".into()))?))
        }
    };
    if let Some(becomes) = becomes {
        instead.extend(asked.into_iter().map(|option| (option, becomes.clone())));
    }
    if !instead.is_empty() {
        rewrite(tx, id, after, &instead, by, now).await?;
        segment::store::each_condition(tx, id.0, |condition| ask_instead(condition, id, &instead)).await?;
    }
    Ok(Changed::Done)
}

/// Clears what all contacts say about an attribute, with a step in the journey of each.
///
/// # Errors
/// When the database fails.
pub(super) async fn clear(tx: &mut Tx<'_>, id: AttributeId, shape: &Shape, by: &Doer, now: Timestamp) -> Result<()> {
    let mut after = None::<uuid::Uuid>;
    loop {
        let rows = sqlx::query!(
            r#"select a.contact_id, coalesce(p.merged_into, p.id) as "root!", a.value from attribute a
               join contact p on p.workspace_id = $1 and p.id = a.contact_id
               where a.workspace_id = $1 and a.definition_id = $2 and a.value <> '' and ($3::uuid is null or a.contact_id > $3)
               order by a.contact_id limit $4"#,
            tx.workspace.0,
            id.0,
            after,
            CHUNK,
        )
        .fetch_all(tx.conn())
        .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.contact_id);
        for row in rows {
            let what = happening(shape, &row.value, "");
            journey::store::add(tx, ContactId(row.root), None, &what, by, None, now)?;
        }
        tx.flush().await?;
    }
}

/// How many contacts have one of these options, counted up to [`COUNTED`].
async fn used(tx: &mut Tx<'_>, id: AttributeId, options: &[String]) -> Result<i64> {
    let used = sqlx::query_scalar!(
        r#"select count(*) as "n!" from (select from attribute where workspace_id = $1 and definition_id = $2 and value <> ''
            and string_to_array(value, E'\n') && $3 limit $4) counted"#,
        tx.workspace.0,
        id.0,
        options,
        COUNTED,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(used)
}

async fn rewrite(
    tx: &mut Tx<'_>,
    id: AttributeId,
    shape: &Shape,
    instead: &Instead,
    by: &Doer,
    now: Timestamp,
) -> Result<()> {
    let options: Vec<_> = instead.keys().cloned().collect();
    let mut after = None::<uuid::Uuid>;
    loop {
        let rows = sqlx::query!(
            r#"select a.contact_id, coalesce(p.merged_into, p.id) as "root!", a.value from attribute a
               join contact p on p.workspace_id = $1 and p.id = a.contact_id
               where a.workspace_id = $1 and a.definition_id = $2 and a.value <> '' and ($3::uuid is null or a.contact_id > $3)
                 and string_to_array(a.value, E'\n') && $4
               order by a.contact_id limit $5 for update of a"#,
            tx.workspace.0,
            id.0,
            after,
            &options,
            CHUNK,
        )
        .fetch_all(tx.conn())
        .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.contact_id);
        let (mut contacts, mut values) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for row in rows {
            let value = rewritten(&row.value, shape, instead);
            let what = happening(shape, &row.value, &value);
            journey::store::add(tx, ContactId(row.root), None, &what, by, None, now)?;
            contacts.push(row.contact_id);
            values.push(value);
        }
        sqlx::query!(
            "update attribute a set value = r.value, set_by = $3, set_at = $4, version = a.version + 1
             from unnest($5::uuid[], $6::text[]) as r(contact, value)
             where a.workspace_id = $1 and a.definition_id = $2 and a.contact_id = r.contact",
            tx.workspace.0,
            id.0,
            serde_json::to_value(by)?,
            now,
            &contacts,
            &values,
        )
        .execute(tx.conn())
        .await?;
        tx.flush().await?;
    }
}

/// Each option once, in the list's order; what is on no list any more stays, after the others.
fn rewritten(value: &str, shape: &Shape, instead: &Instead) -> String {
    let mut chosen: Vec<&str> = Vec::new();
    for line in value.lines() {
        let now = match instead.get(line) {
            Some(Some(option)) => option,
            Some(None) => continue,
            None => line,
        };
        if !chosen.contains(&now) {
            chosen.push(now);
        }
    }
    chosen.sort_by_key(|one| shape.options.iter().position(|option| option == one).unwrap_or(usize::MAX));
    chosen.join("\n")
}

fn names(condition: &Condition, id: AttributeId, options: &[String]) -> bool {
    match condition {
        Condition::Attribute { attribute, is: Value::AnyOf(asked) | Value::NoneOf(asked) } if *attribute == id => {
            asked.iter().any(|option| options.contains(option))
        }
        _ => false,
    }
}

/// A cleared option is asked for as before: who asked for nothing else would ask for nobody or everybody.
fn ask_instead(condition: &mut Condition, id: AttributeId, instead: &Instead) {
    if let Condition::Attribute { attribute, is: Value::AnyOf(asked) | Value::NoneOf(asked) } = condition
        && *attribute == id
    {
        for option in asked.iter_mut() {
            if let Some(Some(new)) = instead.get(option) {
                option.clone_from(new);
            }
        }
        let mut met = Vec::new();
        asked.retain(|option| {
            let new = !met.contains(option);
            met.push(option.clone());
            new
        });
    }
}
