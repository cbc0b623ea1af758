//! Chats' rows, whole; whoever asks for them has to look at sight next.

use super::store::read_state;
use super::{MemberName, Queue, Row, RowContent, State, Window};
use crate::contact::Phone;
use crate::db::Tx;
use crate::{ChatId, ContactId, MemberId, Result};
use std::collections::HashMap;

/// Loads chats whole, with the state that decides who may see them. Callers filter by sight.
///
/// # Errors
/// When the database fails.
pub async fn rows(tx: &mut Tx<'_>, seen_by: Option<MemberId>, ids: &[ChatId]) -> Result<HashMap<ChatId, (State, Row)>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let found = sqlx::query!(
        r#"select c.id, c.version, c.queue as "queue!", c.state, c.holder, c.held_since, c.requested_since, c.request_reason,
                  c.directed_to, c.offer_until, c.bot_speaks, c.unanswered_since, c.contact_id, c.last_line, c.last_author, c.last_at,
                  c.last_seq, c.customer_count, c.window_closes_at, c.window_open, c.missed,
                  holder.name as "holder_name?", target.name as "target_name?", resolver.name as "resolver_name?",
                  contact.name as "contact_name",
                  phone.value as "phone?", username.value as "username?",
                  coalesce(seen.customer_count, 0) as "seen_count!"
           from chat c
           join contact on contact.workspace_id = c.workspace_id and contact.id = c.contact_id
           left join member holder on holder.workspace_id = c.workspace_id and holder.id = c.holder
           left join member target on target.workspace_id = c.workspace_id and target.id = c.directed_to
           left join member resolver on resolver.workspace_id = c.workspace_id and resolver.id = c.resolved_by
           left join lateral (select coalesce(
                (select value from identity i where i.workspace_id = c.workspace_id and i.contact_id = c.contact_id
                    and i.kind = 'phone' order by i.created_at limit 1),
                (select value from identity i join contact p on p.workspace_id = i.workspace_id and p.id = i.contact_id
                    where i.workspace_id = c.workspace_id and p.merged_into = c.contact_id
                    and i.kind = 'phone' order by i.created_at limit 1)) as value) phone on true
           left join lateral (select value from identity i where i.workspace_id = c.workspace_id
                and i.contact_id = c.contact_id and i.kind = 'username' order by i.created_at desc limit 1) username on true
           left join seen on seen.workspace_id = c.workspace_id and seen.chat_id = c.id and seen.member_id = $3
           where c.workspace_id = $1 and c.id = any($2)"#,
        tx.workspace.0,
        &ids,
        seen_by.map(|member| member.0),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut rows = HashMap::with_capacity(found.len());
    for row in found {
        let state = read_state(
            &row.state,
            row.holder,
            row.held_since,
            row.requested_since,
            row.request_reason,
            row.directed_to,
            row.bot_speaks,
        )?;
        let named = |id: Option<uuid::Uuid>, name: Option<String>| {
            id.zip(name).map(|(id, name)| MemberName { id: MemberId(id), name })
        };
        let reason = match &state {
            State::Requested(request) => Some(request.reason.clone()),
            State::Active | State::Intervened { .. } => None,
        };
        let content = RowContent {
            contact: ContactId(row.contact_id),
            name: row.contact_name,
            phone: row.phone.and_then(|digits| Phone::parse(&digits).ok()).map(|phone| phone.to_string()),
            username: row.username,
            last_line: row.last_line,
            last_author: row.last_author.parse()?,
            last_at: row.last_at,
            last_seq: row.last_seq,
            customer_count: row.customer_count,
            seen_count: row.seen_count,
            window: Window(row.window_closes_at),
            window_open: row.window_open,
            reason,
            resolved_by: row.resolver_name,
            missed: row.missed,
        };
        let shown = Row {
            id: ChatId(row.id),
            version: row.version,
            queue: row.queue.parse::<Queue>()?,
            holder: named(row.holder, row.holder_name),
            held_since: row.held_since,
            requested_since: row.requested_since,
            directed_to: named(row.directed_to, row.target_name),
            offer_until: row.offer_until,
            unanswered_since: row.unanswered_since,
            content: Some(content),
        };
        rows.insert(ChatId(row.id), (state, shown));
    }
    Ok(rows)
}
