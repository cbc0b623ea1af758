//! Claiming: a chat's oldest unsent message, as soon as its number's and its customer's limits let it go.
//!
//! A claim locks the chat, so that no bot row is claimed once an Intervene has committed.

use super::{Claim, LEASE, Recipient, UPLOAD, store};
use crate::chat::store::{Chat, lock};
use crate::db::{Db, Desk, Tx};
use crate::message::{Body, Failure};
use crate::{AttemptId, ChannelId, ChatId, MessageId, Result, Timestamp, WorkspaceId};
use chrono::TimeDelta;

/// Messages a second that one number may send (WhatsApp's default throughput).
const CHANNEL_RATE: f64 = 80.0;
/// Seconds between messages to one customer, once the burst is used up.
const PAIR_SECONDS: i64 = 6;
/// Messages to one customer that may go out at once.
const PAIR_BURST: i64 = 45;

/// How long a chat waits whose next message could not be claimed.
const PUT_OFF: TimeDelta = TimeDelta::minutes(1);

/// Claims up to `most` messages, each its chat's oldest unsent one, and commits the claims. Whatever
/// number of processes ask, each message is claimed by one. A chat that cannot be claimed from (a message that this
/// version does not know, say) is put off; it holds up no other chat.
///
/// # Errors
/// When the database fails before anything was claimed.
pub async fn claim(db: &Db, most: i64, now: Timestamp) -> Result<Vec<Claim>> {
    let due = sqlx::query!(
        "select o.workspace_id, o.chat_id from outbox o
         where o.state = 'queued' and o.not_before <= $1
           and not exists (select 1 from outbox earlier where earlier.workspace_id = o.workspace_id and earlier.chat_id = o.chat_id
                and (earlier.state = 'sending' or (earlier.state = 'queued' and earlier.seq < o.seq)))
           and not exists (select 1 from channel where channel.workspace_id = o.workspace_id and channel.id = o.channel_id and channel.stopped is not null)
         order by o.not_before, o.seq limit $2",
        now,
        most,
    )
    .fetch_all(db.pool())
    .await?;
    let mut claims = Vec::with_capacity(due.len());
    for row in due {
        let (desk, chat) = (db.workspace(WorkspaceId(row.workspace_id)), ChatId(row.chat_id));
        match claim_of(&desk, chat, now).await {
            Ok(claim) => claims.extend(claim),
            Err(error) => {
                tracing::error!(%error, %chat, "a message could not be taken from the outbox; its chat waits a minute");
                if let Err(error) = put_off(&desk, chat, now).await {
                    tracing::error!(%error, %chat, "nor could it be put off");
                }
            }
        }
    }
    Ok(claims)
}

async fn claim_of(desk: &Desk, chat: ChatId, now: Timestamp) -> Result<Option<Claim>> {
    let mut tx = desk.begin().await?;
    let mut chat = lock(&mut tx, chat).await?;
    let claimed = match claim_next(&mut tx, &mut chat, now).await? {
        Next::Nothing => return Ok(None),
        Next::Closed => {
            chat.save(&mut tx, now)?;
            None
        }
        Next::Wait => None,
        Next::Claimed(claim) => Some(*claim),
    };
    tx.commit().await?;
    Ok(claimed)
}

async fn put_off(desk: &Desk, chat: ChatId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    sqlx::query!(
        "update outbox set not_before = $3 where workspace_id = $1 and chat_id = $2 and state = 'queued' and not_before < $3",
        tx.workspace.0,
        chat.0,
        now + PUT_OFF,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

enum Next {
    Nothing,
    /// Nothing may be sent: the window has ended and the row failed, or the customer is blocked and it was withdrawn.
    Closed,
    /// A limit is reached: the row was put off.
    Wait,
    Claimed(Box<Claim>),
}

async fn claim_next(tx: &mut Tx<'_>, chat: &mut Chat, now: Timestamp) -> Result<Next> {
    let next = sqlx::query!(
        r#"select o.message_id, o.channel_id, m.body, c.phone_number_id, c.access_token,
                  phone.value as "phone?", bsuid.value as "bsuid?", 
                  exists (select 1 from contact p join contact r on r.workspace_id = p.workspace_id and r.id = coalesce(p.merged_into, p.id)
                    where p.workspace_id = o.workspace_id and p.id = $3 and r.blocked_at is not null) as "blocked!"
           from outbox o
           join message m on m.workspace_id = o.workspace_id and m.id = o.message_id
           join channel c on c.workspace_id = o.workspace_id and c.id = o.channel_id
           left join lateral (select value from identity i where i.workspace_id = o.workspace_id
                and i.contact_id in (select id from contact p where p.workspace_id = o.workspace_id and (p.id = $3 or p.merged_into = $3))
                and i.kind = 'phone' order by (i.contact_id = $3) desc, i.created_at desc limit 1) phone on true
           left join lateral (select value from identity i where i.workspace_id = o.workspace_id
                and i.contact_id in (select id from contact p where p.workspace_id = o.workspace_id and (p.id = $3 or p.merged_into = $3))
                and i.kind = 'bsuid' order by (i.contact_id = $3) desc, i.created_at desc limit 1) bsuid on true
           where o.workspace_id = $1 and o.chat_id = $2 and o.state = 'queued' and o.not_before <= $4
             and not exists (select 1 from outbox earlier where earlier.workspace_id = $1 and earlier.chat_id = $2
                  and (earlier.state = 'sending' or (earlier.state = 'queued' and earlier.seq < o.seq)))
           order by o.seq limit 1"#,
        tx.workspace.0,
        chat.id.0,
        chat.contact.0,
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(next) = next else { return Ok(Next::Nothing) };
    let message = MessageId(next.message_id);
    if next.blocked {
        store::withdraw(tx, chat, false).await?;
        return Ok(Next::Closed);
    }
    let to = match (next.phone, next.bsuid) {
        (Some(digits), _) => Recipient::Phone(format!("+{digits}")),
        (None, Some(id)) => Recipient::Bsuid(id),
        (None, None) => {
            store::fail(tx, chat, message, &Failure::own("This customer has no number to write to."), now).await?;
            return Ok(Next::Closed);
        }
    };
    if !chat.window.is_open(now) {
        store::fail(tx, chat, message, &Failure::from_code(131_047, String::new()), now).await?;
        return Ok(Next::Closed);
    }
    if let Some(until) = pace(tx, next.channel_id, chat.id.0, now).await? {
        sqlx::query!(
            "update outbox set not_before = $3 where workspace_id = $1 and message_id = $2",
            tx.workspace.0,
            message.0,
            until
        )
        .execute(tx.conn())
        .await?;
        return Ok(Next::Wait);
    }
    let body: Body = serde_json::from_value(next.body)?;
    let lease = if body.file().is_some() { LEASE + UPLOAD } else { LEASE };
    let attempt = AttemptId::at(now);
    sqlx::query!(
        "update outbox set state = 'sending', attempt_id = $3, attempts = attempts + 1, lease_until = $4
         where workspace_id = $1 and message_id = $2",
        tx.workspace.0,
        message.0,
        attempt.0,
        now + lease,
    )
    .execute(tx.conn())
    .await?;
    Ok(Next::Claimed(Box::new(Claim {
        workspace: tx.workspace,
        message,
        chat: chat.id,
        attempt,
        channel: ChannelId(next.channel_id),
        phone_number_id: next.phone_number_id,
        access_token: next.access_token,
        to,
        body,
    })))
}

/// Takes one message's share of the number's and the pair's rate, or tells until when to wait (GCRA).
async fn pace(tx: &mut Tx<'_>, channel: uuid::Uuid, pair: uuid::Uuid, now: Timestamp) -> Result<Option<Timestamp>> {
    #[expect(clippy::cast_possible_truncation, reason = "microseconds of one message at 80 a second")]
    let channel_gap = TimeDelta::microseconds((1_000_000.0 / CHANNEL_RATE) as i64);
    let limits = [
        (pair, TimeDelta::seconds(PAIR_SECONDS), TimeDelta::seconds(PAIR_SECONDS * (PAIR_BURST - 1))),
        (channel, channel_gap, TimeDelta::seconds(1)),
    ];
    for (subject, gap, burst) in limits {
        let taken = sqlx::query_scalar!(
            "insert into pace as p (workspace_id, subject, arrival) values ($1, $2, $3::timestamptz + $4)
             on conflict (workspace_id, subject) do update set arrival = greatest(p.arrival, $3) + $4 where p.arrival <= $3 + $5
             returning arrival",
            tx.workspace.0,
            subject,
            now,
            interval(gap),
            interval(burst),
        )
        .fetch_optional(tx.conn())
        .await?;
        if taken.is_none() {
            let arrival = sqlx::query_scalar!(
                "select arrival from pace where workspace_id = $1 and subject = $2",
                tx.workspace.0,
                subject
            )
            .fetch_one(tx.conn())
            .await?;
            return Ok(Some(arrival - burst));
        }
    }
    Ok(None)
}

fn interval(delta: TimeDelta) -> sqlx::postgres::types::PgInterval {
    sqlx::postgres::types::PgInterval { months: 0, days: 0, microseconds: delta.num_microseconds().unwrap_or(0) }
}
