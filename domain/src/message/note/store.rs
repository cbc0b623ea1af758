//! Notes: written through sight, listed for the profile.

use super::{LONGEST, Mention, NoteKey, pieces};
use crate::chat::store::{NewMessage, lock};
use crate::chat::{MemberName, Refusal, Sight, State, list, rows, sight, watch};
use crate::db::{Desk, Tx};
use crate::journey::store::Reader;
use crate::journey::{self, Doer, Happening};
use crate::member::{self, Member};
use crate::message::store::{already_sent, by_ids};
use crate::message::{Author, Body, Message};
use crate::{ChatId, Error, MessageId, Result, Timestamp};

/// Notes listed in the profile at once.
const LATEST: i64 = 5;
/// Older ones on one page.
const PAGE: i64 = 20;
/// Unread mentions that are told at once.
const TOLD: i64 = 3;

/// A member writes a note, in whatever state the chat is. The same id twice is one note. Those are mentioned whose
/// name stands in it after `@` and who see the chat at this moment.
///
/// # Errors
/// `NotFound` out of sight, `Refused` for who only watches, `Invalid` for no or too much text.
pub async fn write(
    desk: &Desk,
    member: &Member,
    chat: ChatId,
    id: MessageId,
    text: &str,
    now: Timestamp,
) -> Result<()> {
    let text = text.replace('\0', "");
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::Invalid("Write something first.".into()));
    }
    if text.chars().count() > LONGEST {
        return Err(Error::Invalid(format!("A note takes at most {LONGEST} characters.")));
    }
    let mut tx = desk.begin().await?;
    let mut chat = lock(&mut tx, chat).await?;
    list::full_row(&mut tx, member, chat.id).await?;
    if chat.state.holder().is_some_and(|holder| holder != member.id) {
        return Err(Refusal::NotHolder.into());
    }
    if already_sent(&mut tx, member.id, chat.id, id).await? {
        return Ok(());
    }
    let known = who_sees(&mut tx, chat.id, &chat.state).await?;
    let mut mentions: Vec<MemberName> = Vec::new();
    for (_, named) in pieces(text, &known) {
        // Two members may share a name.
        let Some(name) = named.map(|member| &member.name) else { continue };
        if !mentions.iter().any(|known| known.name == *name) {
            mentions.extend(known.iter().filter(|member| member.name == *name).cloned());
        }
    }
    let message = NewMessage {
        id,
        author: Author::Member,
        member: Some(member.id),
        body: Body::Note { text: text.to_owned(), mentions: mentions.clone() },
        at: now,
        wamid: None,
        reply_to: None,
        raw: None,
    };
    let seq = chat.say(&mut tx, message, now)?;
    let whom: Vec<_> = mentions.iter().map(|whom| whom.id.0).filter(|whom| *whom != member.id.0).collect();
    sqlx::query!(
        "insert into mention (workspace_id, member_id, message_id, chat_id, seq)
         select $1, whom, $3, $4, $5 from unnest($2::uuid[]) whom",
        tx.workspace.0,
        &whom,
        id.0,
        chat.id.0,
        seq,
    )
    .execute(tx.conn())
    .await?;
    let doer = Doer::Member { id: member.id, name: member.name.clone() };
    journey::store::add(&mut tx, chat.contact, Some(chat.id), &Happening::Noted, &doer, Some(seq), now)?;
    sqlx::query!(
        "delete from draft where workspace_id = $1 and member_id = $2 and chat_id = $3 and kind = 'note'",
        tx.workspace.0,
        member.id.0,
        chat.id.0,
    )
    .execute(tx.conn())
    .await?;
    chat.save(&mut tx, now)?;
    tx.commit().await
}

/// Whom a note in this chat can mention: everybody else who sees it.
///
/// # Errors
/// `NotFound` unless the member sees everything of the chat.
pub async fn mentionable(desk: &Desk, member: &Member, chat: ChatId) -> Result<Vec<MemberName>> {
    let mut tx = desk.snapshot().await?;
    list::full_row(&mut tx, member, chat).await?;
    let (state, _) = rows(&mut tx, None, &[chat]).await?.remove(&chat).ok_or(Error::NotFound)?;
    let mut known = who_sees(&mut tx, chat, &state).await?;
    known.retain(|other| other.id != member.id);
    Ok(known)
}

/// The newest notes that mention the member, that they have not read, and whose chats they see.
///
/// # Errors
/// When the database fails.
pub async fn unread(desk: &Desk, member: &Member) -> Result<Vec<Mention>> {
    let mut tx = desk.snapshot().await?;
    let rows = sqlx::query!(
        r#"select m.chat_id, m.seq, w.name as by from mention m
           join message n on n.workspace_id = $1 and n.id = m.message_id
           join member w on w.workspace_id = $1 and w.id = n.member_id
           join chat o on o.workspace_id = $1 and o.id = m.chat_id
           cross join lateral (select * from chat c where c.workspace_id = $1
                and c.id = case when o.folded_into is null then o.id else o.folded_into end offset 0) c
           where m.workspace_id = $1 and m.member_id = $2 and sight(c.state, c.holder, c.directed_to, $2, $3, false) = 2
           order by m.message_id desc limit $4"#,
        tx.workspace.0,
        member.id.0,
        member.role.supervises(),
        TOLD,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| Mention { chat: ChatId(row.chat_id), seq: row.seq, by: row.by }).collect())
}

/// Everybody who sees all of a chat.
async fn who_sees(tx: &mut Tx<'_>, chat: ChatId, state: &State) -> Result<Vec<MemberName>> {
    let watches = watch::watches(tx, &[chat]).await?;
    let members = member::store::all(tx).await?;
    let sees =
        |member: &&Member| sight(state, member.id, member.role, watches.contains(&(member.id, chat))) == Sight::Full;
    Ok(members.iter().filter(sees).map(MemberName::from).collect())
}

/// A contact's notes, newest first, from those of their chats that the reader sees, and whether there are older ones:
/// the latest few, or a page from a note on. What became a part of the contact is read within the chat it is folded into,
/// which is looked up for each (`offset 0`): joined, Postgres would read all chats for the sight of one.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &mut Tx<'_>, reader: Reader<'_>, before: Option<NoteKey>) -> Result<(Vec<Message>, bool)> {
    let most = if before.is_none() { LATEST } else { PAGE };
    let mut ids = sqlx::query_scalar!(
        r#"select m.id from contact p
           join chat c on c.workspace_id = $1 and c.contact_id = p.id
           cross join lateral (select * from chat s where s.workspace_id = $1 and s.id = case when c.folded_into is null then c.id else c.folded_into end offset 0) s
           cross join lateral (select m.id, m.at from message m where m.workspace_id = $1 and m.chat_id = c.id
                and m.body ? 'note' and ($7::timestamptz is null or (m.at, m.id) < ($7, $8))
                order by m.at desc, m.id desc limit $6) m
           where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2)
             and (s.id = $3 or sight(s.state, s.holder, s.directed_to, $4, $5, false) = 2)
           order by m.at desc, m.id desc limit $6"#,
        tx.workspace.0,
        reader.contact.0,
        reader.chat.0,
        reader.member.id.0,
        reader.member.role.supervises(),
        most + 1,
        before.map(|(at, _)| at),
        before.map(|(_, id)| id.0),
    )
    .fetch_all(tx.conn())
    .await?;
    let older = i64::try_from(ids.len()).unwrap_or(0) > most;
    ids.truncate(usize::try_from(most).unwrap_or(0));
    let ids: Vec<_> = ids.into_iter().map(MessageId).collect();
    let mut found = by_ids(tx, &ids).await?;
    Ok((ids.iter().filter_map(|id| found.remove(id)).collect(), older))
}
