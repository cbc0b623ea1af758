//! What a transaction is about to write into the tables that every change writes to, gathered so that each table
//! is written once, whether by one change or by hundreds. Each row travels as JSON and is unfolded by Postgres.

use crate::{ContactId, Result, Timestamp, WorkspaceId};
use serde::Serialize;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// The rows, by table.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    pub(crate) messages: Vec<MessageRow>,
    pub(crate) outbox: Vec<OutboxRow>,
    pub(crate) journey: Vec<JourneyRow>,
    chats: HashMap<Uuid, ChatRow>,
    pub(crate) feed: Vec<FeedRow>,
    contacts: HashMap<ContactId, ContactRow>,
}

/// A row of `message`.
#[derive(Debug, Serialize)]
pub(crate) struct MessageRow {
    pub(crate) id: Uuid,
    pub(crate) chat_id: Uuid,
    pub(crate) seq: i64,
    pub(crate) author: &'static str,
    pub(crate) member_id: Option<Uuid>,
    pub(crate) body: serde_json::Value,
    pub(crate) raw: Option<serde_json::Value>,
    pub(crate) reply_to: Option<String>,
    pub(crate) wamid: Option<String>,
    pub(crate) at: Timestamp,
    pub(crate) arrived_at: Timestamp,
    pub(crate) delivery: Option<&'static str>,
    pub(crate) media_id: Option<Uuid>,
}

/// A row of `outbox`.
#[derive(Debug, Serialize)]
pub(crate) struct OutboxRow {
    pub(crate) message_id: Uuid,
    pub(crate) chat_id: Uuid,
    pub(crate) channel_id: Uuid,
    pub(crate) seq: i64,
    pub(crate) bot: bool,
    pub(crate) at: Timestamp,
}

/// A row of `journey`.
#[derive(Debug, Serialize)]
pub(crate) struct JourneyRow {
    pub(crate) id: Uuid,
    pub(crate) contact_id: Uuid,
    pub(crate) chat_id: Option<Uuid>,
    pub(crate) kind: String,
    pub(crate) part: &'static str,
    pub(crate) actor: serde_json::Value,
    pub(crate) detail: serde_json::Value,
    pub(crate) seq: Option<i64>,
    pub(crate) at: Timestamp,
}

/// What changes in a row of `chat`.
#[derive(Debug, Serialize)]
pub(crate) struct ChatRow {
    pub(crate) id: Uuid,
    pub(crate) state: &'static str,
    pub(crate) holder: Option<Uuid>,
    pub(crate) held_since: Option<Timestamp>,
    pub(crate) requested_since: Option<Timestamp>,
    pub(crate) request_reason: Option<serde_json::Value>,
    pub(crate) directed_to: Option<Uuid>,
    pub(crate) offer_until: Option<Timestamp>,
    pub(crate) bot_speaks: bool,
    pub(crate) window_closes_at: Option<Timestamp>,
    pub(crate) window_open: bool,
    pub(crate) greeted_in_window: bool,
    pub(crate) customer_wrote_at: Option<Timestamp>,
    pub(crate) unanswered_since: Option<Timestamp>,
    pub(crate) resolved_at: Option<Timestamp>,
    pub(crate) resolved_by: Option<Uuid>,
    pub(crate) missed: bool,
    pub(crate) last_at: Timestamp,
    pub(crate) last_line: String,
    pub(crate) last_author: &'static str,
    pub(crate) last_seq: i64,
    pub(crate) customer_count: i64,
}

/// A row of `feed` about a chat.
#[derive(Debug, Serialize)]
pub(crate) struct FeedRow {
    pub(crate) id: Uuid,
    pub(crate) at: Timestamp,
    pub(crate) chat_id: Uuid,
    pub(crate) messages: Vec<Uuid>,
    pub(crate) was_queue: Option<&'static str>,
    pub(crate) was_holder: Option<Uuid>,
    pub(crate) was_directed: Option<Uuid>,
    pub(crate) now_queue: &'static str,
    pub(crate) now_holder: Option<Uuid>,
    pub(crate) now_directed: Option<Uuid>,
}

/// By how much a contact's counters grow, and what is newly known.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ContactRow {
    id: Uuid,
    /// As they call themselves: it gives way to what the business calls them.
    pub(crate) name: Option<String>,
    pub(crate) session_messages: i64,
    pub(crate) unresolved_queries: i64,
    pub(crate) last_active_at: Option<Timestamp>,
    pub(crate) first_message: Option<String>,
}

impl Writes {
    /// What changes in a contact's row.
    pub(crate) fn contact(&mut self, id: ContactId) -> &mut ContactRow {
        self.contacts.entry(id).or_insert_with(|| ContactRow { id: id.0, ..ContactRow::default() })
    }

    /// What a chat's row is to become; the last word on a chat counts.
    pub(crate) fn chat(&mut self, row: ChatRow) {
        self.chats.insert(row.id, row);
    }

    /// Writes it all in one statement, and begins anew. Foreign keys are looked at when it ends.
    pub(crate) async fn flush(&mut self, conn: &mut PgConnection, workspace: WorkspaceId) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let writes = std::mem::take(self);
        let contacts: Vec<_> = writes.contacts.into_values().collect();
        let chats: Vec<_> = writes.chats.into_values().collect();
        sqlx::query!(
            "with messages as (
                insert into message (workspace_id, id, chat_id, seq, author, member_id, body, raw, reply_to, wamid, at, arrived_at, delivery, media_id)
                select $1, r.id, r.chat_id, r.seq, r.author, r.member_id, r.body, r.raw, r.reply_to, r.wamid, r.at, r.arrived_at, r.delivery, r.media_id
                from jsonb_to_recordset($2) as r(id uuid, chat_id uuid, seq bigint, author text, member_id uuid, body jsonb,
                    raw jsonb, reply_to text, wamid text, at timestamptz, arrived_at timestamptz, delivery text, media_id uuid)
             ), unread as (
                -- what the search has not yet taken in; changes of state are not searched
                insert into message_words_waiting (workspace_id, message_id)
                select $1, r.id from jsonb_to_recordset($2) as r(id uuid, author text) where r.author <> 'system'
             ), sending as (
                insert into outbox (workspace_id, message_id, chat_id, channel_id, seq, bot, not_before, created_at)
                select $1, r.message_id, r.chat_id, r.channel_id, r.seq, r.bot, r.at, r.at
                from jsonb_to_recordset($3) as r(message_id uuid, chat_id uuid, channel_id uuid, seq bigint, bot boolean, at timestamptz)
             ), steps as (
                insert into journey (workspace_id, id, contact_id, chat_id, kind, part, actor, detail, seq, at)
                select $1, r.id, r.contact_id, r.chat_id, r.kind, r.part, r.actor, r.detail, r.seq, r.at
                from jsonb_to_recordset($4) as r(id uuid, contact_id uuid, chat_id uuid, kind text, part text, actor jsonb, detail jsonb,
                    seq bigint, at timestamptz)
             ), people as (
                update contact c set
                    -- an import may just have said what they are called
                    name = case when c.named_by_us then c.name else coalesce(r.name, c.name) end,
                    session_messages = c.session_messages + r.session_messages,
                    unresolved_queries = c.unresolved_queries + r.unresolved_queries,
                    last_active_at = greatest(c.last_active_at, r.last_active_at),
                    first_message = coalesce(c.first_message, r.first_message)
                from jsonb_to_recordset($5) as r(id uuid, name text, session_messages bigint, unresolved_queries bigint,
                    last_active_at timestamptz, first_message text)
                where c.workspace_id = $1 and c.id = r.id
             ), chats as (
                update chat c set state = r.state, holder = r.holder, held_since = r.held_since,
                    requested_since = r.requested_since, request_reason = r.request_reason, directed_to = r.directed_to,
                    offer_until = r.offer_until, bot_speaks = r.bot_speaks, window_closes_at = r.window_closes_at,
                    window_open = r.window_open, greeted_in_window = r.greeted_in_window,
                    customer_wrote_at = r.customer_wrote_at, unanswered_since = r.unanswered_since,
                    resolved_at = r.resolved_at, resolved_by = r.resolved_by, missed = r.missed, last_at = r.last_at,
                    last_line = r.last_line, last_author = r.last_author, last_seq = r.last_seq,
                    customer_count = r.customer_count, version = c.version + 1
                from jsonb_to_recordset($6) as r(id uuid, state text, holder uuid, held_since timestamptz,
                    requested_since timestamptz, request_reason jsonb, directed_to uuid, offer_until timestamptz,
                    bot_speaks boolean, window_closes_at timestamptz, window_open boolean, greeted_in_window boolean,
                    customer_wrote_at timestamptz, unanswered_since timestamptz, resolved_at timestamptz, resolved_by uuid,
                    missed boolean, last_at timestamptz, last_line text, last_author text, last_seq bigint, customer_count bigint)
                where c.workspace_id = $1 and c.id = r.id
             )
             insert into feed_waiting (workspace_id, id, at, kind, chat_id, messages,
                                       was_queue, was_holder, was_directed, now_queue, now_holder, now_directed)
             select $1, r.id, r.at, 'chat', r.chat_id, r.messages, r.was_queue, r.was_holder, r.was_directed,
                    r.now_queue, r.now_holder, r.now_directed
             from jsonb_to_recordset($7) as r(id uuid, at timestamptz, chat_id uuid, messages uuid[], was_queue text,
                was_holder uuid, was_directed uuid, now_queue text, now_holder uuid, now_directed uuid)",
            workspace.0,
            serde_json::to_value(&writes.messages)?,
            serde_json::to_value(&writes.outbox)?,
            serde_json::to_value(&writes.journey)?,
            serde_json::to_value(&contacts)?,
            serde_json::to_value(&chats)?,
            serde_json::to_value(&writes.feed)?,
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    fn is_empty(&self) -> bool {
        let Self { messages, outbox, journey, chats, feed, contacts } = self;
        messages.is_empty()
            && outbox.is_empty()
            && journey.is_empty()
            && chats.is_empty()
            && feed.is_empty()
            && contacts.is_empty()
    }
}
