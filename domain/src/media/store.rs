//! Files' rows: kept, looked up by who may use them, removed once nothing refers to them.

use super::File;
use super::sniff::Taken;
use crate::chat::list;
use crate::db::{Db, Desk, Tx};
use crate::member::Member;
use crate::{ChatId, Error, MediaId, MessageId, Result, Timestamp};
use chrono::TimeDelta;

/// How long a file is kept that nothing refers to: until somebody has written the text for it.
const LOOSE: TimeDelta = TimeDelta::days(1);

/// Keeps a file. Until it goes with a message or a reply, it is its uploader's alone.
///
/// # Errors
/// When the database fails.
pub async fn add(desk: &Desk, member: &Member, taken: &Taken, now: Timestamp) -> Result<File> {
    let size = i64::try_from(taken.content.len()).unwrap_or(i64::MAX);
    let (id, content_type) = (MediaId::at(now), taken.content_type.to_owned());
    let mut tx = desk.begin().await?;
    sqlx::query!(
        "insert into media (workspace_id, id, sha256, content_type, name, size, content, uploaded_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.workspace.0,
        id.0,
        &taken.sha256,
        content_type,
        taken.name,
        size,
        &taken.content,
        member.id.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(File { id, name: taken.name.clone(), content_type, size })
}

/// A file that the member may put into a message or reply: one that they uploaded and no message has yet, one of a
/// reply that they may use, or of a draft of theirs.
///
/// # Errors
/// `NotFound` for every other.
pub(crate) async fn usable(tx: &mut Tx<'_>, member: &Member, id: MediaId) -> Result<File> {
    let found = sqlx::query_as!(
        Found,
        "select id, name, content_type, size from media f
         where f.workspace_id = $1 and f.id = $2
           and ((f.uploaded_by = $3 and not exists (select 1 from message m where m.workspace_id = $1 and m.media_id = f.id))
             or exists (select 1 from canned_reply r where r.workspace_id = $1 and r.media_id = f.id
                        and (r.owner_id is null or r.owner_id = $3))
             or exists (select 1 from draft d where d.workspace_id = $1 and d.media_id = f.id and d.member_id = $3))",
        tx.workspace.0,
        id.0,
        member.id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(found.file())
}

/// The content of a file that the member may use; see [`usable`]. Once it is said, its uploader gets it as the message's:
/// their screen may just be asking for what they have just sent.
///
/// # Errors
/// `NotFound` for every other, and out of the message's sight.
pub async fn read(desk: &Desk, member: &Member, id: MediaId) -> Result<(File, Vec<u8>)> {
    let mut tx = desk.snapshot().await?;
    match usable(&mut tx, member, id).await {
        Ok(file) => Ok((file, content(&mut tx, id).await?)),
        Err(Error::NotFound) => {
            let said = sqlx::query_scalar!(
                "select m.id from message m join media f on f.workspace_id = m.workspace_id and f.id = m.media_id
                 where m.workspace_id = $1 and m.media_id = $2 and f.uploaded_by = $3 order by m.id desc limit 1",
                tx.workspace.0,
                id.0,
                member.id.0,
            )
            .fetch_one(tx.conn())
            .await?;
            drop(tx);
            read_said(desk, member, MessageId(said)).await
        }
        Err(error) => Err(error),
    }
}

/// The content of a message's file, by the sight of its chat at this moment.
///
/// # Errors
/// `NotFound` unless the member sees everything of the chat, and for a message without a file.
pub async fn read_said(desk: &Desk, member: &Member, message: MessageId) -> Result<(File, Vec<u8>)> {
    let mut tx = desk.snapshot().await?;
    let found = sqlx::query!(
        r#"select coalesce(c.folded_into, c.id) as "chat!", f.id, f.name, f.content_type, f.size from message m
           join chat c on c.workspace_id = m.workspace_id and c.id = m.chat_id
           join media f on f.workspace_id = m.workspace_id and f.id = m.media_id
           where m.workspace_id = $1 and m.id = $2"#,
        tx.workspace.0,
        message.0,
    )
    .fetch_one(tx.conn())
    .await?;
    list::full_row(&mut tx, member, ChatId(found.chat)).await?.content.ok_or(Error::NotFound)?;
    let content = content(&mut tx, MediaId(found.id)).await?;
    let (id, name, content_type, size) = (found.id, found.name, found.content_type, found.size);
    Ok((Found { id, name, content_type, size }.file(), content))
}

/// A file that a row refers to. Callers have asked for sight.
pub(crate) async fn get(tx: &mut Tx<'_>, id: MediaId) -> Result<File> {
    let found = sqlx::query_as!(
        Found,
        "select id, name, content_type, size from media where workspace_id = $1 and id = $2",
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(found.file())
}

/// A file's content. Callers have asked for sight.
pub(super) async fn content(tx: &mut Tx<'_>, id: MediaId) -> Result<Vec<u8>> {
    let content =
        sqlx::query_scalar!("select content from media where workspace_id = $1 and id = $2", tx.workspace.0, id.0)
            .fetch_one(tx.conn())
            .await?;
    Ok(content)
}

/// Removes files that nothing has referred to for a day, in every workspace; tells how many.
///
/// # Errors
/// When the database fails, or a file was just put to use: then none is removed this time.
pub async fn sweep(db: &Db, now: Timestamp) -> Result<usize> {
    let swept = sqlx::query!(
        "delete from media f where f.created_at < $1
           and not exists (select 1 from message m where m.workspace_id = f.workspace_id and m.media_id = f.id)
           and not exists (select 1 from draft d where d.workspace_id = f.workspace_id and d.media_id = f.id)
           and not exists (select 1 from canned_reply r where r.workspace_id = f.workspace_id and r.media_id = f.id)",
        now - LOOSE,
    )
    .execute(db.pool())
    .await?;
    Ok(usize::try_from(swept.rows_affected()).unwrap_or(0))
}

struct Found {
    id: uuid::Uuid,
    name: String,
    content_type: String,
    size: i64,
}

impl Found {
    fn file(self) -> File {
        File { id: MediaId(self.id), name: self.name, content_type: self.content_type, size: self.size }
    }
}
