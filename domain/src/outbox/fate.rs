//! What statuses make of messages: a time for each status, the highest of them shown.

use super::settle::Status;
use crate::db::Tx;
use crate::journey::{self, Doer, Happening};
use crate::message::{Delivery, Failure};
use crate::{ChatId, ContactId, MessageId, Result, Timestamp};
use std::collections::BTreeMap;

/// What is known of a message's fate: a time for each status, and the highest of them is shown.
struct Fate {
    shown: Delivery,
    times: [Option<Timestamp>; 5],
    failure: Option<serde_json::Value>,
    changed: bool,
}

/// The statuses that have a time, in the order of [`Fate::times`].
const TIMED: [Delivery; 5] = [Delivery::Sent, Delivery::Delivered, Delivery::Read, Delivery::Played, Delivery::Failed];

impl Fate {
    /// Keeps a status's time, and shows it where it ranks above what is shown. Tells whether anything changed.
    fn take(&mut self, status: &Status) -> Result<bool> {
        let Some(place) = TIMED.iter().position(|timed| *timed == status.delivery) else { return Ok(false) };
        let rises = status.delivery.rank() > self.shown.rank();
        if self.times[place].is_some() && !rises {
            return Ok(false);
        }
        self.times[place].get_or_insert(status.at);
        if status.delivery == Delivery::Failed {
            self.failure = status.failure.as_ref().map(serde_json::to_value).transpose()?;
        }
        if rises {
            self.shown = status.delivery;
        }
        self.changed = true;
        Ok(true)
    }
}

/// Marks messages with statuses in the order given; tells of each whether it changed anything.
pub(super) async fn mark(tx: &mut Tx<'_>, marks: &[(MessageId, &Status)]) -> Result<Vec<bool>> {
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = marks.iter().map(|(message, _)| message.0).collect();
    let rows = sqlx::query!(
        "select id, delivery, sent_at, delivered_at, read_at, played_at, failed_at, failure from message
         where workspace_id = $1 and id = any($2) order by id for update",
        tx.workspace.0,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut fates = BTreeMap::new();
    for row in rows {
        let fate = Fate {
            shown: row.delivery.as_deref().unwrap_or("queued").parse()?,
            times: [row.sent_at, row.delivered_at, row.read_at, row.played_at, row.failed_at],
            failure: row.failure,
            changed: false,
        };
        fates.insert(MessageId(row.id), fate);
    }
    let mut told = Vec::with_capacity(marks.len());
    let mut failed = Vec::new();
    for (message, status) in marks {
        let changed = fates.get_mut(message).ok_or(crate::Error::Internal)?.take(status)?;
        if changed && status.delivery == Delivery::Failed {
            failed.push(message.0);
        }
        told.push(changed);
    }
    fates.retain(|_, fate| fate.changed);
    if fates.is_empty() {
        return Ok(told);
    }
    let ids: Vec<_> = fates.keys().map(|message| message.0).collect();
    let shown: Vec<_> = fates.values().map(|fate| fate.shown.as_str().to_owned()).collect();
    let failures: Vec<_> = fates.values().map(|fate| fate.failure.clone()).collect();
    let time = |place: usize| fates.values().map(|fate| fate.times[place]).collect::<Vec<_>>();
    sqlx::query!(
        "update message m set delivery = f.delivery, sent_at = f.sent_at, delivered_at = f.delivered_at,
            read_at = f.read_at, played_at = f.played_at, failed_at = f.failed_at, failure = f.failure, version = m.version + 1
         from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
                     $8::timestamptz[], $9::jsonb[])
              as f(id, delivery, sent_at, delivered_at, read_at, played_at, failed_at, failure)
         where m.workspace_id = $1 and m.id = f.id",
        tx.workspace.0,
        &ids,
        &shown,
        &time(0) as _,
        &time(1) as _,
        &time(2) as _,
        &time(3) as _,
        &time(4) as _,
        &failures as _,
    )
    .execute(tx.conn())
    .await?;
    if !failed.is_empty() {
        sqlx::query!(
            "update outbox set state = 'failed' where workspace_id = $1 and message_id = any($2) and state = 'sent'",
            tx.workspace.0,
            &failed
        )
        .execute(tx.conn())
        .await?;
        let rows = sqlx::query!(
            r#"select m.chat_id, m.seq, m.failed_at as "at!", m.failure, c.contact_id
               from message m join chat c on c.workspace_id = m.workspace_id and c.id = m.chat_id
               where m.workspace_id = $1 and m.id = any($2) and m.failed_at is not null"#,
            tx.workspace.0,
            &failed
        )
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            let failure: Option<Failure> = row.failure.map(serde_json::from_value).transpose()?;
            let why = failure.map_or_else(|| "WhatsApp refused this message.".into(), |failure| failure.words);
            let (what, contact, chat) =
                (Happening::NotDelivered { why }, ContactId(row.contact_id), ChatId(row.chat_id));
            journey::store::add(tx, contact, Some(chat), &what, &Doer::Clock, Some(row.seq), row.at)?;
        }
    }
    Ok(told)
}
