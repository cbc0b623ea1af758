//! A chat under its row lock. [`Chat::save`] is the one function that writes a chat's state.

use super::{BotVoice, Reason, Request, State, Window};
use crate::db::Tx;
use crate::feed::Stance;
use crate::message::{Author, Body, Delivery};
use crate::{ChannelId, ChatId, ContactId, Error, FeedId, MemberId, MessageId, Result, Timestamp};

/// A chat that this transaction has locked.
#[derive(Clone, Debug)]
pub struct Chat {
    /// Which.
    pub id: ChatId,
    /// The number it is on.
    pub channel: ChannelId,
    /// The customer.
    pub contact: ContactId,
    /// Its state.
    pub state: State,
    /// The service window.
    pub window: Window,
    /// Whether the clock has not yet closed it.
    pub window_open: bool,
    /// Whether the bot has greeted in this window.
    pub greeted: bool,
    /// When the customer last wrote.
    pub customer_wrote_at: Option<Timestamp>,
    /// Since when the customer waits for an answer.
    pub unanswered_since: Option<Timestamp>,
    /// When it was last resolved, unless the customer wrote since.
    pub resolved_at: Option<Timestamp>,
    /// By whom.
    pub resolved_by: Option<MemberId>,
    /// The last request ended with nobody taking it.
    pub missed: bool,
    last_at: Timestamp,
    last_line: String,
    last_author: Author,
    last_seq: i64,
    customer_count: i64,
    was: Option<Stance>,
    touched: Vec<MessageId>,
}

/// What is to be said.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Which; made by the browser for agents' messages.
    pub id: MessageId,
    /// Who says it.
    pub author: Author,
    /// Which member, where one does.
    pub member: Option<MemberId>,
    /// What.
    pub body: Body,
    /// When.
    pub at: Timestamp,
    /// WhatsApp's id, where it has one.
    pub wamid: Option<String>,
    /// The wamid it answers to.
    pub reply_to: Option<String>,
    /// The whole message as WhatsApp sent it, where Baton does not show all of it.
    pub raw: Option<serde_json::Value>,
}

/// Locks a chat, or says that it does not exist.
///
/// # Errors
/// `NotFound` for ids of other workspaces as for unknown ones.
pub async fn lock(tx: &mut Tx<'_>, id: ChatId) -> Result<Chat> {
    let row = sqlx::query!(
        r#"select channel_id, contact_id, state, holder, held_since, requested_since, request_reason, directed_to,
                  bot_speaks, window_closes_at, window_open, greeted_in_window, customer_wrote_at, unanswered_since,
                  resolved_at, resolved_by, missed, last_at, last_line, last_author, last_seq, customer_count,
                  queue as "queue!"
           from chat where workspace_id = $1 and id = $2 for update"#,
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let state = read_state(
        &row.state,
        row.holder,
        row.held_since,
        row.requested_since,
        row.request_reason,
        row.directed_to,
        row.bot_speaks,
    )?;
    let was = Stance { queue: row.queue.parse()?, holder: state.holder(), directed_to: state.directed_to() };
    Ok(Chat {
        id,
        channel: ChannelId(row.channel_id),
        contact: ContactId(row.contact_id),
        state,
        window: Window(row.window_closes_at),
        window_open: row.window_open,
        greeted: row.greeted_in_window,
        customer_wrote_at: row.customer_wrote_at,
        unanswered_since: row.unanswered_since,
        resolved_at: row.resolved_at,
        resolved_by: row.resolved_by.map(MemberId),
        missed: row.missed,
        last_at: row.last_at,
        last_line: row.last_line,
        last_author: row.last_author.parse()?,
        last_seq: row.last_seq,
        customer_count: row.customer_count,
        was: Some(was),
        touched: Vec::new(),
    })
}

/// Locks the chat between a contact and a channel; makes it where there is none.
///
/// # Errors
/// When the database fails.
pub async fn lock_between(tx: &mut Tx<'_>, channel: ChannelId, contact: ContactId, now: Timestamp) -> Result<Chat> {
    let made = sqlx::query_scalar!(
        "insert into chat (workspace_id, id, channel_id, contact_id, last_at, created_at) values ($1, $2, $3, $4, $5, $5)
         on conflict on constraint chat_channel_contact do nothing returning id",
        tx.workspace.0,
        ChatId::at(now).0,
        channel.0,
        contact.0,
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    if let Some(id) = made {
        let mut chat = lock(tx, ChatId(id)).await?;
        chat.was = None;
        return Ok(chat);
    }
    let id = sqlx::query_scalar!(
        "select id from chat where workspace_id = $1 and channel_id = $2 and contact_id = $3",
        tx.workspace.0,
        channel.0,
        contact.0,
    )
    .fetch_one(tx.conn())
    .await?;
    lock(tx, ChatId(id)).await
}

impl Chat {
    /// The thread's length.
    pub fn last_seq(&self) -> i64 {
        self.last_seq
    }

    /// Whether this transaction made it.
    pub fn is_new(&self) -> bool {
        self.was.is_none()
    }

    /// Writes a message with the next place in the thread, and counts it on the contact. What goes to the
    /// customer is put into the outbox.
    ///
    /// # Errors
    /// `Invalid` when the id or the wamid is taken.
    pub async fn say(&mut self, tx: &mut Tx<'_>, message: NewMessage, now: Timestamp) -> Result<i64> {
        let seq = self.last_seq + 1;
        let outgoing = matches!(message.author, Author::Bot | Author::Member | Author::Api | Author::Campaign);
        let delivery = outgoing.then_some(Delivery::Queued.as_str());
        sqlx::query!(
            "insert into message (workspace_id, id, chat_id, seq, author, member_id, body, raw, reply_to, wamid, at, arrived_at, delivery)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            tx.workspace.0,
            message.id.0,
            self.id.0,
            seq,
            message.author.as_str(),
            message.member.map(|member| member.0),
            serde_json::to_value(&message.body)?,
            message.raw,
            message.reply_to,
            message.wamid,
            message.at,
            now,
            delivery,
        )
        .execute(tx.conn())
        .await?;
        self.last_seq = seq;
        self.touched.push(message.id);
        if message.author == Author::Customer {
            self.customer_count += 1;
        }
        if message.author != Author::System {
            self.last_line = message.body.line();
            self.last_author = message.author;
            self.last_at = self.last_at.max(message.at);
            sqlx::query!(
                "update contact set session_messages = session_messages + 1 where workspace_id = $1 and id = $2",
                tx.workspace.0,
                self.contact.0,
            )
            .execute(tx.conn())
            .await?;
        }
        if outgoing {
            sqlx::query!(
                "insert into outbox (workspace_id, message_id, chat_id, channel_id, seq, bot, not_before, created_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $7)",
                tx.workspace.0,
                message.id.0,
                self.id.0,
                self.channel.0,
                seq,
                message.author == Author::Bot,
                now,
            )
            .execute(tx.conn())
            .await?;
        }
        Ok(seq)
    }

    /// Notes that a message of this chat was altered, so that screens hear of it.
    pub fn touch(&mut self, message: MessageId) {
        self.touched.push(message);
    }

    /// Writes the chat and its feed row. The one place that writes a chat's state.
    ///
    /// # Errors
    /// When the database fails; the caller's transaction is then lost as a whole.
    pub async fn save(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
        let (held_since, request) = match &self.state {
            State::Active => (None, None),
            State::Requested(request) => (None, Some(request)),
            State::Intervened { since, .. } => (Some(*since), None),
        };
        let reason = request.map(|request| serde_json::to_value(&request.reason)).transpose()?;
        sqlx::query!(
            "update chat set state = $3, holder = $4, held_since = $5, requested_since = $6, request_reason = $7,
                    directed_to = $8, bot_speaks = $9, window_closes_at = $10, window_open = $11, greeted_in_window = $12,
                    customer_wrote_at = $13, unanswered_since = $14, resolved_at = $15, resolved_by = $16, missed = $17,
                    last_at = $18, last_line = $19, last_author = $20, last_seq = $21, customer_count = $22,
                    version = version + 1
             where workspace_id = $1 and id = $2",
            tx.workspace.0,
            self.id.0,
            self.state_word(),
            self.state.holder().map(|member| member.0),
            held_since,
            request.map(|request| request.since),
            reason,
            self.state.directed_to().map(|member| member.0),
            request.is_none_or(|request| request.bot == BotVoice::Speaks),
            self.window.0,
            self.window_open,
            self.greeted,
            self.customer_wrote_at,
            self.unanswered_since,
            self.resolved_at,
            self.resolved_by.map(|member| member.0),
            self.missed,
            self.last_at,
            self.last_line,
            self.last_author.as_str(),
            self.last_seq,
            self.customer_count,
        )
        .execute(tx.conn())
        .await?;
        let touched: Vec<_> = self.touched.iter().map(|id| id.0).collect();
        sqlx::query!(
            "insert into feed (workspace_id, id, at, kind, chat_id, messages,
                               was_queue, was_holder, was_directed, now_queue, now_holder, now_directed)
             values ($1, $2, $3, 'chat', $4, $5, $6, $7, $8, $9, $10, $11)",
            tx.workspace.0,
            FeedId::at(now).0,
            now,
            self.id.0,
            &touched,
            self.was.map(|was| was.queue.as_str()),
            self.was.and_then(|was| was.holder).map(|member| member.0),
            self.was.and_then(|was| was.directed_to).map(|member| member.0),
            self.state.queue(self.window_open).as_str(),
            self.state.holder().map(|member| member.0),
            self.state.directed_to().map(|member| member.0),
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }

    fn state_word(&self) -> &'static str {
        match self.state {
            State::Active => "active",
            State::Requested(_) => "requested",
            State::Intervened { .. } => "intervened",
        }
    }
}

pub(super) fn read_state(
    word: &str,
    holder: Option<uuid::Uuid>,
    held_since: Option<Timestamp>,
    requested_since: Option<Timestamp>,
    reason: Option<serde_json::Value>,
    directed_to: Option<uuid::Uuid>,
    bot_speaks: bool,
) -> Result<State> {
    match (word, holder, held_since, requested_since) {
        ("active", ..) => Ok(State::Active),
        ("requested", _, _, Some(since)) => Ok(State::Requested(Request {
            since,
            reason: reason.map(serde_json::from_value).transpose()?.unwrap_or(Reason::Member),
            directed_to: directed_to.map(MemberId),
            bot: if bot_speaks { BotVoice::Speaks } else { BotVoice::Silent },
        })),
        ("intervened", Some(by), Some(since), _) => Ok(State::Intervened { by: MemberId(by), since }),
        _ => {
            tracing::error!(word, "a chat's columns do not make a state");
            Err(Error::Internal)
        }
    }
}
