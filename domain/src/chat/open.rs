//! Opening, reading on and drafting in a chat, through sight.

use super::{Handover, Queue, Refusal, Thread, list};
use crate::db::{Desk, Tx};
use crate::media::{self, File};
use crate::member::Member;
use crate::message::{self, Message, Offer};
use crate::{ChatId, ContactId, Error, FeedId, MediaId, Result, Timestamp};

/// Opens a chat. Who sees its row only gets that, and nothing else of it.
///
/// # Errors
/// `NotFound` out of sight.
pub async fn open(desk: &Desk, member: &Member, chat: ChatId) -> Result<Thread> {
    let mut tx = desk.snapshot().await?;
    let chat = standing_for(&mut tx, chat).await?;
    let row = list::row(&mut tx, member, chat).await?;
    let cursor = crate::feed::store::cursor(&mut tx).await?;
    if row.content.is_none() {
        return Ok(Thread {
            row,
            messages: Vec::new(),
            older: false,
            seen: 0,
            draft: String::new(),
            buttons: Vec::new(),
            file: None,
            note: String::new(),
            handover: None,
            cursor,
        });
    }
    let (messages, older) = message::store::page(&mut tx, chat, None).await?;
    let seen = sqlx::query_scalar!(
        "select seq from seen where workspace_id = $1 and member_id = $2 and chat_id = $3",
        tx.workspace.0,
        member.id.0,
        chat.0,
    )
    .fetch_optional(tx.conn())
    .await?
    .unwrap_or(0);
    let (reply, buttons, file) = draft(&mut tx, member, chat, "reply").await?;
    let (note, ..) = draft(&mut tx, member, chat, "note").await?;
    let handover = handover(&mut tx, chat).await?;
    Ok(Thread { row, messages, older, seen, draft: reply, buttons, file, note, handover, cursor })
}

/// Older messages of a chat.
///
/// # Errors
/// `NotFound` unless the member sees everything of it.
pub async fn older(desk: &Desk, member: &Member, chat: ChatId, before: i64) -> Result<(Vec<Message>, bool)> {
    let mut tx = desk.snapshot().await?;
    list::full_row(&mut tx, member, chat).await?;
    message::store::page(&mut tx, chat, Some(before)).await
}

/// Messages of a contact that became a part of this chat's, on the same number; newest page first, as in [`older`].
///
/// # Errors
/// `NotFound` unless the member sees everything of the chat, and once the two are told apart.
pub async fn folded(
    desk: &Desk,
    member: &Member,
    chat: ChatId,
    contact: ContactId,
    before: Option<i64>,
) -> Result<(Vec<Message>, bool)> {
    let mut tx = desk.snapshot().await?;
    list::full_row(&mut tx, member, chat).await?;
    let folded = sqlx::query_scalar!(
        "select id from chat where workspace_id = $1 and folded_into = $2 and contact_id = $3",
        tx.workspace.0,
        chat.0,
        contact.0,
    )
    .fetch_one(tx.conn())
    .await?;
    message::store::page(&mut tx, ChatId(folded), before).await
}

/// Where a chat that is read within another stands in it: the other, its queue, the place of the line that tells so, and
/// whose messages these are.
///
/// # Errors
/// `NotFound` unless the member sees everything of the other, and where there is no such line.
pub async fn place_within(desk: &Desk, member: &Member, chat: ChatId) -> Result<(Queue, ChatId, i64, ContactId)> {
    let mut tx = desk.snapshot().await?;
    let found = sqlx::query!(
        r#"select c.folded_into as "into!", c.contact_id, m.seq from chat c
           join message m on m.workspace_id = c.workspace_id and m.chat_id = c.folded_into and m.author = 'system'
             and m.body #>> '{happening,what,merged,contact}' = c.contact_id::text
           where c.workspace_id = $1 and c.id = $2 order by m.seq desc limit 1"#,
        tx.workspace.0,
        chat.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let row = list::full_row(&mut tx, member, ChatId(found.into)).await?;
    Ok((row.queue, row.id, found.seq, ContactId(found.contact_id)))
}

/// The chat in which this one is read, or itself: old links go on leading somewhere.
pub(crate) async fn standing_for(tx: &mut Tx<'_>, chat: ChatId) -> Result<ChatId> {
    let into = sqlx::query_scalar!(
        "select folded_into from chat where workspace_id = $1 and id = $2",
        tx.workspace.0,
        chat.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(into.flatten().map_or(chat, ChatId))
}

async fn draft(
    tx: &mut Tx<'_>,
    member: &Member,
    chat: ChatId,
    kind: &str,
) -> Result<(String, Vec<String>, Option<File>)> {
    let found = sqlx::query!(
        "select body, buttons, media_id from draft where workspace_id = $1 and member_id = $2 and chat_id = $3 and kind = $4",
        tx.workspace.0,
        member.id.0,
        chat.0,
        kind,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(found) = found else { return Ok(Default::default()) };
    let file = match found.media_id {
        Some(id) => Some(media::store::get(tx, MediaId(id)).await?),
        None => None,
    };
    Ok((found.body, serde_json::from_value(found.buttons)?, file))
}

async fn handover(tx: &mut Tx<'_>, chat: ChatId) -> Result<Option<Handover>> {
    let open = sqlx::query!(
        "select reason, passed, collected, requested_at, intervened_at from episode
         where workspace_id = $1 and chat_id = $2 and ended_at is null",
        tx.workspace.0,
        chat.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(open) = open else { return Ok(None) };
    let earlier = sqlx::query!(
        r#"select count(*) over () as "n!", outcome, ended_at as "ended_at!" from episode
           where workspace_id = $1 and chat_id = $2 and ended_at is not null order by id desc limit 1"#,
        tx.workspace.0,
        chat.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    let collected: Vec<(String, String)> = serde_json::from_value(open.collected)?;
    Ok(Some(Handover {
        reason: open.reason.map(serde_json::from_value).transpose()?,
        passed: open.passed.map(serde_json::from_value).transpose()?,
        collected: collected.into_iter().map(|(key, value)| (key.replace('_', " "), value)).collect(),
        waited: open.requested_at.zip(open.intervened_at).map(|(from, to)| (to - from).num_seconds().max(0)),
        earlier: earlier.as_ref().map_or(0, |row| row.n),
        last: earlier.map(|row| (row.outcome, row.ended_at)),
    }))
}

/// Notes how far a member has read; their other screens hear of it.
///
/// # Errors
/// `NotFound` unless the member sees everything of the chat.
pub async fn mark_seen(desk: &Desk, member: &Member, chat: ChatId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    let row = list::full_row(&mut tx, member, chat).await?;
    let content = row.content.as_ref().ok_or(Error::NotFound)?;
    if row.holder.as_ref().is_some_and(|holder| holder.id != member.id) {
        // Whoever watches leaves no trace of reading.
        return Ok(());
    }
    sqlx::query!(
        "delete from mention where workspace_id = $1 and member_id = $2 and chat_id = $3 and seq <= $4",
        tx.workspace.0,
        member.id.0,
        chat.0,
        content.last_seq,
    )
    .execute(tx.conn())
    .await?;
    let moved = sqlx::query!(
        "insert into seen (workspace_id, member_id, chat_id, seq, customer_count) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id, member_id, chat_id) do update set seq = excluded.seq, customer_count = excluded.customer_count
         where seen.seq < excluded.seq",
        tx.workspace.0,
        member.id.0,
        chat.0,
        content.last_seq,
        content.customer_count,
    )
    .execute(tx.conn())
    .await?;
    if moved.rows_affected() == 0 {
        return tx.commit().await;
    }
    sqlx::query!(
        "insert into feed_waiting (workspace_id, id, at, kind, chat_id, member_id) values ($1, $2, $3, 'seen', $4, $5)",
        tx.workspace.0,
        FeedId::at(now).0,
        now,
        chat.0,
        member.id.0,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

/// Keeps what a member typed. An empty text without a file removes it.
///
/// # Errors
/// `NotFound` out of sight; `Invalid` when it is longer than any message may be.
pub async fn save_draft(desk: &Desk, member: &Member, chat: ChatId, body: &str, now: Timestamp) -> Result<()> {
    save_offer_draft(desk, member, chat, Offer { text: body, ..Offer::default() }, now).await
}

/// Keeps what a member typed, and the buttons and the file that go with it.
///
/// # Errors
/// As [`save_draft`]; `Invalid` for buttons that WhatsApp does not take, `NotFound` for a file that the member may not
/// use.
pub async fn save_offer_draft(
    desk: &Desk,
    member: &Member,
    chat: ChatId,
    offer: Offer<'_>,
    now: Timestamp,
) -> Result<()> {
    // A text that is still too long for them is kept with them all the same.
    let titles = message::buttons::checked("", offer.buttons)?;
    save(desk, member, chat, "reply", Offer { buttons: &titles, ..offer }, now).await
}

/// Keeps a note that a member has not yet saved, beside what they typed for the customer.
///
/// # Errors
/// As [`save_draft`].
pub async fn save_note_draft(desk: &Desk, member: &Member, chat: ChatId, body: &str, now: Timestamp) -> Result<()> {
    save(desk, member, chat, "note", Offer { text: body, ..Offer::default() }, now).await
}

async fn save(desk: &Desk, member: &Member, chat: ChatId, kind: &str, offer: Offer<'_>, now: Timestamp) -> Result<()> {
    let body = offer.text.replace('\0', "");
    if body.chars().count() > message::store::LONGEST_TEXT {
        return Err(Error::Invalid("WhatsApp takes at most 4096 characters in one message.".into()));
    }
    let mut tx = desk.begin().await?;
    let row = list::full_row(&mut tx, member, chat).await?;
    if row.holder.is_some_and(|holder| holder.id != member.id) {
        return Err(Refusal::NotHolder.into());
    }
    if body.trim().is_empty() && offer.file.is_none() {
        sqlx::query!(
            "delete from draft where workspace_id = $1 and member_id = $2 and chat_id = $3 and kind = $4",
            tx.workspace.0,
            member.id.0,
            chat.0,
            kind,
        )
        .execute(tx.conn())
        .await?;
    } else {
        if let Some(file) = offer.file {
            media::store::usable(&mut tx, member, file).await?;
        }
        sqlx::query!(
            "insert into draft (workspace_id, member_id, chat_id, kind, body, saved_at, buttons, media_id) values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (workspace_id, member_id, chat_id, kind)
             do update set body = $5, saved_at = $6, buttons = $7, media_id = $8",
            tx.workspace.0,
            member.id.0,
            chat.0,
            kind,
            body,
            now,
            serde_json::to_value(offer.buttons)?,
            offer.file.map(|file| file.0),
        )
        .execute(tx.conn())
        .await?;
    }
    tx.commit().await
}
