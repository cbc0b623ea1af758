//! The whole timeline for a file, by the page, oldest first.

use super::store::Found;
use super::{Doer, JourneyStep, StepKey};
use crate::chat::list;
use crate::contact::store::label;
use crate::db::{Desk, Tx};
use crate::member::Member;
use crate::{ChatId, ContactId, Error, Result, Timestamp, audit};
use serde::Serialize;

/// Steps read at once.
const PAGE: i64 = 500;

/// A step as it stands in a file.
#[derive(Debug, Serialize)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// What happened, as a word.
    pub kind: String,
    /// Who did it.
    pub by: String,
    /// The member, where one did.
    pub member: Option<crate::MemberId>,
    /// What happened, in words.
    pub words: String,
    /// The agent's note, where one came along.
    pub note: Option<String>,
    /// The handling it belongs to.
    pub episode: Option<crate::EpisodeId>,
    /// Seconds that the customer waited in it.
    pub waited: Option<i64>,
    /// Seconds that an agent handled it.
    pub handled: Option<i64>,
    /// In which chat.
    pub chat: Option<ChatId>,
    /// The place in that chat's thread.
    pub seq: Option<i64>,
}

/// Lines, and where the next page begins; `None` at the end.
pub type Page = (Vec<Line>, Option<StepKey>);

/// The first page. A supervisor's export is written into the audit log with it.
///
/// # Errors
/// `Forbidden` for all but supervisors, `NotFound` unless they see everything of the chat, `Refused` while another chat
/// of the customer is out of sight.
pub async fn begin(desk: &Desk, lead: &Member, chat: ChatId, now: Timestamp) -> Result<Page> {
    let mut tx = desk.begin().await?;
    let page = page(&mut tx, lead, chat, None).await?;
    let contact =
        sqlx::query_scalar!("select contact_id from chat where workspace_id = $1 and id = $2", tx.workspace.0, chat.0,)
            .fetch_one(tx.conn())
            .await?;
    let name = label(&mut tx, ContactId(contact)).await?;
    let detail = serde_json::json!({ "chat": chat, "name": name });
    audit::store::add(&mut tx, lead, "journey_exported", detail, now).await?;
    tx.commit().await?;
    Ok(page)
}

/// The page after a step. Rights and sight are asked again: they may end while a file is written.
///
/// # Errors
/// As [`begin`].
pub async fn next(desk: &Desk, lead: &Member, chat: ChatId, after: StepKey) -> Result<Page> {
    page(&mut desk.snapshot().await?, lead, chat, Some(after)).await
}

async fn page(tx: &mut Tx<'_>, lead: &Member, chat: ChatId, after: Option<StepKey>) -> Result<Page> {
    if !lead.role.supervises() {
        return Err(Error::Forbidden);
    }
    let row = list::customer_row(tx, lead, chat).await?;
    let contact = row.content.as_ref().map(|content| content.contact).ok_or(Error::NotFound)?;
    let rows = sqlx::query_as!(
        Found,
        r#"select j.id, j.kind, j.actor, j.detail, j.chat_id, j.seq, j.at,
                  e.id as "episode_id?", e.requested_at, e.intervened_at, e.ended_at
           from contact p cross join lateral (select * from journey j
                where j.workspace_id = p.workspace_id and j.contact_id = p.id
                  and ($3::timestamptz is null or (j.at, j.id) > ($3, $4))
                  and (j.chat_id is null or j.chat_id = $5 or exists (select 1 from chat f
                    cross join lateral (select * from chat c where c.workspace_id = f.workspace_id
                        and c.id = case when f.folded_into is null then f.id else f.folded_into end offset 0) c
                    where f.workspace_id = j.workspace_id and f.id = j.chat_id
                      and (c.id = $5 or sight(c.state, c.holder, c.directed_to, $6, true, false) = 2)))
                order by j.at, j.id limit $7) j
           left join lateral (select * from episode e where e.workspace_id = j.workspace_id and e.chat_id = j.chat_id
                and j.at between coalesce(e.requested_at, e.intervened_at) and coalesce(e.ended_at, 'infinity')
                order by e.id desc limit 1) e on true
           where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2)
           order by j.at, j.id limit $7"#,
        tx.workspace.0,
        contact.0,
        after.map(|(at, _)| at),
        after.map(|(_, id)| id.0),
        chat.0,
        lead.id.0,
        PAGE,
    )
    .fetch_all(tx.conn())
    .await?;
    let full = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
    let mut lines = Vec::with_capacity(rows.len());
    let mut last = None;
    for row in rows {
        let kind = row.kind.clone();
        let step = row.step()?;
        last = Some(step.key());
        lines.push(line(kind, step));
    }
    Ok((lines, last.filter(|_| full)))
}

fn line(kind: String, step: JourneyStep) -> Line {
    Line {
        at: step.at,
        kind,
        by: step.by.name().into_owned(),
        member: if let Doer::Member { id, .. } = &step.by { Some(*id) } else { None },
        words: step.what.sentence(&step.by),
        note: step.what.note().map(str::to_owned),
        episode: step.episode,
        waited: step.waited,
        handled: step.handled,
        chat: step.chat,
        seq: step.seq,
    }
}
