//! Canned replies' rows.

use super::{Draft, LONGEST_CODE, Reply};
use crate::chat::list;
use crate::db::{Desk, Tx};
use crate::media::{self, File};
use crate::member::Member;
use crate::message::Offer;
use crate::{ChatId, Error, MediaId, MessageId, ReplyId, Result, Timestamp, attribute, audit, feed};

/// How many everybody has together, and each member beside.
pub const MOST: i64 = 300;

/// What a member may use: their own first, then everybody's, each by code.
///
/// # Errors
/// When the database fails.
pub async fn all(desk: &Desk, member: &Member) -> Result<Vec<Reply>> {
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        r#"select r.id, r.code, r.text, r.buttons, r.owner_id is not null as "own!",
                  f.id as "file?", f.name as "name?", f.content_type as "content_type?", f.size as "size?"
           from canned_reply r left join media f on f.workspace_id = r.workspace_id and f.id = r.media_id
           where r.workspace_id = $1 and (r.owner_id is null or r.owner_id = $2) order by r.owner_id is null, r.code"#,
        tx.workspace.0,
        member.id.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut replies = Vec::with_capacity(rows.len());
    for row in rows {
        let file = match (row.file, row.name, row.content_type, row.size) {
            (Some(id), Some(name), Some(content_type), Some(size)) => {
                Some(File { id: MediaId(id), name, content_type, size })
            }
            _ => None,
        };
        let buttons = serde_json::from_value(row.buttons)?;
        replies.push(Reply { id: ReplyId(row.id), code: row.code, text: row.text, buttons, file, own: row.own });
    }
    Ok(replies)
}

/// Saves a reply, a file with it: a new one where `id` is none. A code is taken once among a member's own, and once among everybody's.
///
/// # Errors
/// `Forbidden` where an agent would change everybody's, `NotFound` for another member's and for a file that the
/// member may not use, `Invalid` for what does not fit.
pub async fn save(
    desk: &Desk,
    member: &Member,
    id: Option<ReplyId>,
    draft: Draft<'_>,
    now: Timestamp,
) -> Result<ReplyId> {
    let (code, own) = (checked_code(draft.code)?, draft.own);
    if draft.text.trim().is_empty() && draft.file.is_none() {
        return Err(Error::Invalid("Write what the reply says, or attach a file.".into()));
    }
    let said = Offer { text: draft.text, buttons: draft.buttons, file: draft.file }.checked()?;
    let mut tx = desk.begin().await?;
    lock(&mut tx).await?;
    let was_own = match id {
        Some(id) => Some(owned(&mut tx, member, id).await?),
        None => None,
    };
    if !own && !member.role.supervises() {
        return Err(Error::Forbidden);
    }
    let file = match draft.file {
        Some(file) => Some(media::store::usable(&mut tx, member, file).await?),
        None => None,
    };
    // What WhatsApp would not take of the two together is refused here and not in the middle of a chat.
    said.bodies(MessageId::at(now), file)?;
    let owner = own.then_some(member.id.0);
    let there = sqlx::query!(
        r#"select count(*) as "count!", coalesce(bool_or(code = $3 and id is distinct from $4), false) as "taken!"
           from canned_reply where workspace_id = $1 and owner_id is not distinct from $2"#,
        tx.workspace.0,
        owner,
        code,
        id.map(|id| id.0),
    )
    .fetch_one(tx.conn())
    .await?;
    if there.taken {
        return Err(Error::Invalid(format!("There is a reply /{code} already.")));
    }
    if there.count >= MOST && was_own != Some(own) {
        return Err(Error::Invalid(format!("There are {MOST} replies already. Delete one that nobody needs.")));
    }
    let id = id.unwrap_or_else(|| ReplyId::at(now));
    sqlx::query!(
        "insert into canned_reply (workspace_id, id, owner_id, code, text, changed_at, buttons, media_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (workspace_id, id)
         do update set owner_id = $3, code = $4, text = $5, changed_at = $6, buttons = $7, media_id = $8",
        tx.workspace.0,
        id.0,
        owner,
        code,
        said.text,
        now,
        serde_json::to_value(&said.titles)?,
        draft.file.map(|file| file.0),
    )
    .execute(tx.conn())
    .await?;
    if !own || was_own == Some(false) {
        let detail = serde_json::json!({ "code": code });
        let kind = if own { "reply_deleted" } else { "reply_saved" };
        audit::store::add(&mut tx, member, kind, detail, now).await?;
    }
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Deletes a reply.
///
/// # Errors
/// `Forbidden` where an agent would delete everybody's, `NotFound` for another member's.
pub async fn delete(desk: &Desk, member: &Member, id: ReplyId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    lock(&mut tx).await?;
    let own = owned(&mut tx, member, id).await?;
    let code = sqlx::query_scalar!(
        "delete from canned_reply where workspace_id = $1 and id = $2 returning code",
        tx.workspace.0,
        id.0
    )
    .fetch_one(tx.conn())
    .await?;
    if !own {
        audit::store::add(&mut tx, member, "reply_deleted", serde_json::json!({ "code": code }), now).await?;
    }
    feed::store::defined(&mut tx, now).await?;
    tx.commit().await
}

/// What fills the blanks in a chat: key and value.
///
/// # Errors
/// `NotFound` unless the member sees everything of the chat.
pub async fn values(desk: &Desk, member: &Member, chat: ChatId) -> Result<Vec<(String, String)>> {
    let mut tx = desk.snapshot().await?;
    let content = list::full_row(&mut tx, member, chat).await?.content.ok_or(Error::NotFound)?;
    let name = content.name.unwrap_or_default().trim().to_owned();
    let first = name.split_whitespace().next().unwrap_or_default().to_owned();
    let mut values =
        vec![("name".to_owned(), name), ("first_name".to_owned(), first), ("agent".to_owned(), member.name.clone())];
    // While another chat of the customer's is with another member, what is known of them is not for this one.
    let shown = list::contact_in_sight(&mut tx, member, content.contact).await?;
    let fields = if shown { attribute::values::fields(&mut tx, content.contact).await? } else { Vec::new() };
    let known = fields.into_iter().filter(|field| !field.value.is_empty());
    values.extend(known.map(|field| (field.definition.key.clone(), field.definition.shape.show(&field.value))));
    Ok(values)
}

/// The attributes that replies may name: key and name.
///
/// # Errors
/// When the database fails.
pub async fn attributes(desk: &Desk) -> Result<Vec<(String, String)>> {
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        "select key, name from attribute_definition where workspace_id = $1 and archived_at is null
         order by position, name limit 200",
        tx.workspace.0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.name)).collect())
}

/// One change of replies at a time, so that codes stay unique and counts true.
async fn lock(tx: &mut Tx<'_>) -> Result<()> {
    sqlx::query!("select id from workspace where id = $1 for no key update", tx.workspace.0)
        .fetch_one(tx.conn())
        .await?;
    Ok(())
}

/// Whether a reply is the member's own; an error where they may not change it.
async fn owned(tx: &mut Tx<'_>, member: &Member, id: ReplyId) -> Result<bool> {
    let owner = sqlx::query_scalar!(
        "select owner_id from canned_reply where workspace_id = $1 and id = $2 and (owner_id is null or owner_id = $3)",
        tx.workspace.0,
        id.0,
        member.id.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    if owner.is_none() && !member.role.supervises() {
        return Err(Error::Forbidden);
    }
    Ok(owner.is_some())
}

fn checked_code(code: &str) -> Result<String> {
    let code = code.trim().trim_start_matches('/').to_lowercase();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let length = code.chars().count();
    if length == 0 || length > LONGEST_CODE || !code.chars().all(fits) {
        let says = format!("A short code has 1 to {LONGEST_CODE} letters, digits, hyphens and underscores.");
        return Err(Error::Invalid(says));
    }
    Ok(code)
}
