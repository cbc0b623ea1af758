//! The timeline's rows.

use super::{Doer, DoerKind, Filter, Happening, JourneyStep, Part, StepKey};
use crate::chat::MemberName;
use crate::db::Tx;
use crate::db::writes::JourneyRow;
use crate::member::Member;
use crate::{ChatId, ContactId, EpisodeId, JourneyId, MemberId, Result, TagId, Timestamp};

/// Steps on one page.
const PAGE: i64 = 30;

/// Adds a step, written when the transaction commits.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn add(
    tx: &mut Tx<'_>,
    contact: ContactId,
    chat: Option<ChatId>,
    what: &Happening,
    by: &Doer,
    seq: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    let detail = serde_json::to_value(what)?;
    // What happens at one moment stays in its order.
    let id = JourneyId::at(now).0;
    let id = match tx.writes.journey.last() {
        Some(last) if last.at == now && last.id >= id => uuid::Uuid::from_u128(last.id.as_u128() + 1),
        _ => id,
    };
    tx.writes.journey.push(JourneyRow {
        id,
        contact_id: contact.0,
        chat_id: chat.map(|chat| chat.0),
        kind: kind_of(&detail).to_owned(),
        part: what.part().as_str(),
        actor: serde_json::to_value(by)?,
        detail,
        seq,
        at: now,
    });
    Ok(())
}

/// The variant's name: alone, or as the key of its fields.
fn kind_of(detail: &serde_json::Value) -> &str {
    let named = detail.as_str().or_else(|| detail.as_object()?.keys().next().map(String::as_str));
    named.unwrap_or_default()
}

/// Adds one and the same step for everybody who carries a tag, by one statement: there may be very many.
///
/// # Errors
/// When the database fails.
pub async fn add_for_all_with(tx: &mut Tx<'_>, tag: TagId, what: &Happening, by: &Doer, now: Timestamp) -> Result<()> {
    let detail = serde_json::to_value(what)?;
    sqlx::query!(
        "insert into journey (workspace_id, id, contact_id, kind, part, actor, detail, at)
         select $1, gen_random_uuid(), whose.contact, $3, $4, $5, $6, $7 from (
            select distinct coalesce(p.merged_into, p.id) as contact from contact_tag g
            join contact p on p.workspace_id = $1 and p.id = g.contact_id
            where g.workspace_id = $1 and g.tag_id = $2) whose",
        tx.workspace.0,
        tag.0,
        kind_of(&detail).to_owned(),
        what.part().as_str(),
        serde_json::to_value(by)?,
        detail,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Through which chat, and for whom, a contact's timeline is read: steps of another chat of theirs are shown only
/// where that one is in sight, too; a merged contact's by the sight of the chat it is folded into.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The contact.
    pub contact: ContactId,
    /// The chat that the member sees in full; callers have asked.
    pub chat: ChatId,
    /// The member.
    pub member: &'a Member,
}

/// A page of steps, newest first, and whether it goes further back. What happened in no chat has its place in
/// the reader's, where that one was at the time.
///
/// # Errors
/// When the database fails.
pub async fn page(
    tx: &mut Tx<'_>,
    reader: Reader<'_>,
    filter: Filter,
    before: Option<StepKey>,
) -> Result<(Vec<JourneyStep>, bool)> {
    let rows = sqlx::query_as!(
        Found,
        r#"select j.id, j.kind, j.actor, j.detail, j.chat_id, j.at,
                  coalesce(j.seq, (select m.seq from message m where m.workspace_id = j.workspace_id and m.chat_id = place.chat
                    and m.at <= j.at order by m.seq desc limit 1),
                    (select m.seq from message m where m.workspace_id = j.workspace_id and m.chat_id = place.chat
                    order by m.seq limit 1)) as seq,
                  e.id as "episode_id?", e.requested_at, e.intervened_at, e.ended_at
           from contact p cross join lateral (select * from journey j
                where j.workspace_id = p.workspace_id and j.contact_id = p.id
                  and ($3::text is null or j.part = $3) and ($4::text is null or j.doer = $4)
                  and ($11::text is null or j.actor -> 'member' ->> 'id' = $11)
                  and ($5::timestamptz is null or (j.at, j.id) < ($5, $6))
                  and (j.chat_id is null or j.chat_id = $7 or exists (select 1 from chat f
                    cross join lateral (select * from chat c where c.workspace_id = f.workspace_id
                        and c.id = case when f.folded_into is null then f.id else f.folded_into end offset 0) c
                    where f.workspace_id = j.workspace_id and f.id = j.chat_id
                      and (c.id = $7 or sight(c.state, c.holder, c.directed_to, $8, $9, false) = 2)))
                  and ($12::text[] is null or j.kind = any($12))
                order by j.at desc, j.id desc limit $10) j
           cross join lateral (select case when j.chat_id is null then $7 else j.chat_id end as chat) place
           left join lateral (select * from episode e where e.workspace_id = j.workspace_id and e.chat_id = j.chat_id
                and j.at between coalesce(e.requested_at, e.intervened_at) and coalesce(e.ended_at, 'infinity')
                order by e.id desc limit 1) e on true
           where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2)
           order by j.at desc, j.id desc limit $10"#,
        tx.workspace.0,
        reader.contact.0,
        filter.part.map(Part::as_str),
        filter.doer.map(DoerKind::as_str),
        before.map(|(at, _)| at),
        before.map(|(_, id)| id.0),
        reader.chat.0,
        reader.member.id.0,
        reader.member.role.supervises(),
        PAGE + 1,
        filter.member.map(|member| member.to_string()),
        filter.kinds.map(|kinds| kinds.iter().map(ToString::to_string).collect::<Vec<_>>()) as Option<Vec<String>>,
    )
    .fetch_all(tx.conn())
    .await?;
    let older = i64::try_from(rows.len()).unwrap_or(0) > PAGE;
    let steps = rows.into_iter().take(usize::try_from(PAGE).unwrap_or(0)).map(Found::step).collect::<Result<_>>()?;
    Ok((steps, older))
}

/// Members who did any step of a contact's, in the order in which they first did.
///
/// # Errors
/// When the database fails.
pub async fn actors(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<MemberName>> {
    let rows = sqlx::query!(
        "select m.id, m.name from member m join (
            select (j.actor -> 'member' ->> 'id')::uuid as id, min(j.at) as first from journey j
            where j.workspace_id = $1 and j.doer = 'member'
              and j.contact_id in (select id from contact p where p.workspace_id = $1 and (p.id = $2 or p.merged_into = $2))
            group by 1) a on a.id = m.id
         where m.workspace_id = $1 order by a.first, m.id",
        tx.workspace.0,
        contact.0,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| MemberName { id: MemberId(row.id), name: row.name }).collect())
}

/// A step's row as it is read.
pub(super) struct Found {
    pub(super) id: uuid::Uuid,
    pub(super) kind: String,
    pub(super) actor: serde_json::Value,
    pub(super) detail: serde_json::Value,
    pub(super) chat_id: Option<uuid::Uuid>,
    pub(super) seq: Option<i64>,
    pub(super) at: Timestamp,
    pub(super) episode_id: Option<uuid::Uuid>,
    pub(super) requested_at: Option<Timestamp>,
    pub(super) intervened_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
}

impl Found {
    pub(super) fn step(self) -> Result<JourneyStep> {
        let between = |from: Option<Timestamp>, to: Option<Timestamp>| {
            from.zip(to).map(|(from, to)| (to - from).num_seconds().max(0))
        };
        Ok(JourneyStep {
            id: JourneyId(self.id),
            what: serde_json::from_value(self.detail)?,
            by: serde_json::from_value(self.actor)?,
            at: self.at,
            chat: self.chat_id.map(ChatId),
            seq: self.seq,
            episode: self.episode_id.map(EpisodeId),
            waited: between(self.requested_at, self.intervened_at.or(self.ended_at)),
            handled: between(self.intervened_at, self.ended_at),
            open: self.episode_id.is_some() && self.ended_at.is_none(),
        })
    }
}
