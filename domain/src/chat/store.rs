//! A chat under its row lock. [`Chat::save`] is the one function that writes a chat's state.

use super::{BotVoice, Queue, Reason, Request, State, Window};
use crate::db::Tx;
use crate::db::writes::{ChatRow, FeedRow, MessageRow, OutboxRow};
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
    /// When a directed request opens to everyone.
    pub offer_until: Option<Timestamp>,
    /// It is read within the chat of the contact that its own became a part of, and stands in no queue.
    pub(crate) folded: bool,
    pub(super) last_at: Timestamp,
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

/// A locked row as it is read.
struct LockedRow {
    id: uuid::Uuid,
    channel_id: uuid::Uuid,
    contact_id: uuid::Uuid,
    state: String,
    holder: Option<uuid::Uuid>,
    held_since: Option<Timestamp>,
    requested_since: Option<Timestamp>,
    request_reason: Option<serde_json::Value>,
    directed_to: Option<uuid::Uuid>,
    bot_speaks: bool,
    window_closes_at: Option<Timestamp>,
    window_open: bool,
    greeted_in_window: bool,
    customer_wrote_at: Option<Timestamp>,
    unanswered_since: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
    resolved_by: Option<uuid::Uuid>,
    missed: bool,
    offer_until: Option<Timestamp>,
    last_at: Timestamp,
    last_line: String,
    last_author: String,
    last_seq: i64,
    customer_count: i64,
    queue: String,
}

impl LockedRow {
    fn chat(self) -> Result<Chat> {
        let state = read_state(
            &self.state,
            self.holder,
            self.held_since,
            self.requested_since,
            self.request_reason,
            self.directed_to,
            self.bot_speaks,
        )?;
        let was = Stance { queue: self.queue.parse()?, holder: state.holder(), directed_to: state.directed_to() };
        Ok(Chat {
            id: ChatId(self.id),
            channel: ChannelId(self.channel_id),
            contact: ContactId(self.contact_id),
            state,
            window: Window(self.window_closes_at),
            window_open: self.window_open,
            greeted: self.greeted_in_window,
            customer_wrote_at: self.customer_wrote_at,
            unanswered_since: self.unanswered_since,
            resolved_at: self.resolved_at,
            resolved_by: self.resolved_by.map(MemberId),
            missed: self.missed,
            offer_until: self.offer_until,
            folded: was.queue == Queue::Merged,
            last_at: self.last_at,
            last_line: self.last_line,
            last_author: self.last_author.parse()?,
            last_seq: self.last_seq,
            customer_count: self.customer_count,
            was: Some(was),
            touched: Vec::new(),
        })
    }
}

/// Locks a chat, or says that it does not exist.
///
/// # Errors
/// `NotFound` for ids of other workspaces as for unknown ones.
pub async fn lock(tx: &mut Tx<'_>, id: ChatId) -> Result<Chat> {
    sqlx::query_as!(
        LockedRow,
        r#"select id, channel_id, contact_id, state, holder, held_since, requested_since, request_reason, directed_to,
                  bot_speaks, window_closes_at, window_open, greeted_in_window, customer_wrote_at, unanswered_since,
                  resolved_at, resolved_by, missed, offer_until, last_at, last_line, last_author, last_seq, customer_count,
                  queue as "queue!"
           from chat where workspace_id = $1 and id = $2 for update"#,
        tx.workspace.0,
        id.0,
    )
    .fetch_one(tx.conn())
    .await?
    .chat()
}

/// Locks the chats that there are between contacts and channels, in one order for everybody.
///
/// # Errors
/// When the database fails.
pub async fn lock_all_between(tx: &mut Tx<'_>, pairs: &[(ChannelId, ContactId)]) -> Result<Vec<Chat>> {
    let channels: Vec<_> = pairs.iter().map(|(channel, _)| channel.0).collect();
    let contacts: Vec<_> = pairs.iter().map(|(_, contact)| contact.0).collect();
    sqlx::query_as!(
        LockedRow,
        r#"select id, channel_id, contact_id, state, holder, held_since, requested_since, request_reason, directed_to,
                  bot_speaks, window_closes_at, window_open, greeted_in_window, customer_wrote_at, unanswered_since,
                  resolved_at, resolved_by, missed, offer_until, last_at, last_line, last_author, last_seq, customer_count,
                  queue as "queue!"
           from chat where workspace_id = $1
             and (channel_id, contact_id) in (select * from unnest($2::uuid[], $3::uuid[]))
           order by id for update"#,
        tx.workspace.0,
        &channels,
        &contacts,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(LockedRow::chat)
    .collect()
}

/// Locks all chats of these contacts, in the same order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lock_all_of(tx: &mut Tx<'_>, contacts: &[ContactId]) -> Result<Vec<Chat>> {
    let contacts: Vec<_> = contacts.iter().map(|contact| contact.0).collect();
    sqlx::query_as!(
        LockedRow,
        r#"select id, channel_id, contact_id, state, holder, held_since, requested_since, request_reason, directed_to,
                  bot_speaks, window_closes_at, window_open, greeted_in_window, customer_wrote_at, unanswered_since,
                  resolved_at, resolved_by, missed, offer_until, last_at, last_line, last_author, last_seq, customer_count,
                  queue as "queue!"
           from chat where workspace_id = $1 and contact_id = any($2) order by id for update"#,
        tx.workspace.0,
        &contacts,
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(LockedRow::chat)
    .collect()
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
    /// customer is put into the outbox; a note goes nowhere, counts nowhere and moves nothing. All of it is gathered and written when the transaction commits.
    ///
    /// # Errors
    /// When the body cannot be written as JSON.
    pub fn say(&mut self, tx: &mut Tx<'_>, message: NewMessage, now: Timestamp) -> Result<i64> {
        let seq = self.last_seq + 1;
        let note = matches!(message.body, Body::Note { .. });
        let outgoing = !note && matches!(message.author, Author::Bot | Author::Member | Author::Api | Author::Campaign);
        self.last_seq = seq;
        self.touched.push(message.id);
        if message.author == Author::Customer {
            self.customer_count += 1;
        }
        if message.author != Author::System && !note {
            self.last_line = message.body.line();
            self.last_author = message.author;
            self.last_at = self.last_at.max(message.at);
            tx.writes.contact(self.contact).session_messages += 1;
        }
        if outgoing {
            tx.writes.outbox.push(OutboxRow {
                message_id: message.id.0,
                chat_id: self.id.0,
                channel_id: self.channel.0,
                seq,
                bot: message.author == Author::Bot,
                at: now,
            });
        }
        tx.writes.messages.push(MessageRow {
            id: message.id.0,
            chat_id: self.id.0,
            seq,
            author: message.author.as_str(),
            member_id: message.member.map(|member| member.0),
            body: serde_json::to_value(&message.body)?,
            raw: message.raw,
            reply_to: message.reply_to,
            wamid: message.wamid,
            at: message.at,
            arrived_at: now,
            delivery: outgoing.then_some(Delivery::Queued.as_str()),
            media_id: message.body.file().map(|file| file.id.0),
        });
        Ok(seq)
    }

    /// Says something as the bot.
    ///
    /// # Errors
    /// As [`Self::say`].
    pub fn say_as_bot(&mut self, tx: &mut Tx<'_>, body: Body, now: Timestamp) -> Result<i64> {
        let (id, author) = (MessageId::at(now), Author::Bot);
        let message = NewMessage { id, author, member: None, body, at: now, wamid: None, reply_to: None, raw: None };
        self.say(tx, message, now)
    }

    /// Notes that a message of this chat was altered, so that screens hear of it.
    pub fn touch(&mut self, message: MessageId) {
        self.touched.push(message);
    }

    /// Writes the chat and its feed row when the transaction commits. The one place that writes a chat's state.
    ///
    /// # Errors
    /// When the reason cannot be written as JSON.
    pub fn save(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
        let (held_since, request) = match &self.state {
            State::Active => (None, None),
            State::Requested(request) => (None, Some(request)),
            State::Intervened { since, .. } => (Some(*since), None),
        };
        let (holder, directed) = (self.state.holder().map(|m| m.0), self.state.directed_to().map(|m| m.0));
        tx.writes.feed.push(FeedRow {
            id: FeedId::at(now).0,
            at: now,
            chat_id: self.id.0,
            messages: self.touched.iter().map(|id| id.0).collect(),
            was_queue: self.was.map(|was| was.queue.as_str()),
            was_holder: self.was.and_then(|was| was.holder).map(|member| member.0),
            was_directed: self.was.and_then(|was| was.directed_to).map(|member| member.0),
            now_queue: if self.folded { Queue::Merged } else { self.state.queue(self.window_open) }.as_str(),
            now_holder: holder,
            now_directed: directed,
        });
        tx.writes.chat(ChatRow {
            id: self.id.0,
            state: self.state_word(),
            holder,
            held_since,
            requested_since: request.map(|request| request.since),
            request_reason: request.map(|request| serde_json::to_value(&request.reason)).transpose()?,
            directed_to: directed,
            offer_until: self.offer_until,
            bot_speaks: request.is_none_or(|request| request.bot == BotVoice::Speaks),
            window_closes_at: self.window.0,
            window_open: self.window_open,
            greeted_in_window: self.greeted,
            customer_wrote_at: self.customer_wrote_at,
            unanswered_since: self.unanswered_since,
            resolved_at: self.resolved_at,
            resolved_by: self.resolved_by.map(|member| member.0),
            missed: self.missed,
            last_at: self.last_at,
            last_line: self.last_line,
            last_author: self.last_author.as_str(),
            last_seq: self.last_seq,
            customer_count: self.customer_count,
        });
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
