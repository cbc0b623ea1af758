//! From the ledger to the desk: every update of every delivery, each in its own transaction, in WhatsApp's order.

use super::payload::{self, Update, What};
use chrono::DateTime;
use domain::db::{Db, Tx};
use domain::delivery::{Outcome, store};
use domain::{AppId, ChannelId, DeliveryId, Error, Result, Timestamp, WorkspaceId, channel, message, outbox};

/// Deliveries taken at once.
const GROUP: i64 = 50;
/// How often an update is tried before it counts as failed.
const TRIES: u32 = 3;

struct Work {
    delivery: DeliveryId,
    position: i32,
    app: AppId,
    workspace: WorkspaceId,
    update: Update,
}

/// Processes what waits in the ledger, one group; tells how many deliveries that were.
///
/// # Errors
/// When the database fails; then the deliveries wait on.
pub async fn run_once(db: &Db, now: Timestamp) -> Result<usize> {
    let mut holding = db.pool().begin().await?;
    let group = store::take(&mut holding, GROUP).await?;
    let mut work = Vec::new();
    for delivery in &group {
        match payload::read(&delivery.body) {
            Ok(updates) => {
                for (position, update) in (0..).zip(updates) {
                    work.push(Work {
                        delivery: delivery.id,
                        position,
                        app: delivery.app,
                        workspace: delivery.workspace,
                        update,
                    });
                }
                store::done(&mut holding, delivery.id, None, now).await?;
            }
            Err(why) => store::done(&mut holding, delivery.id, Some(&why), now).await?,
        }
    }
    work.sort_by_key(|work| work.update.at.unwrap_or(DateTime::<chrono::Utc>::MIN_UTC));
    for work in work {
        one(db, work, now).await?;
    }
    holding.commit().await?;
    Ok(group.len())
}

/// One update. What cannot be processed is noted with its reason and blocks nothing; what fails for a
/// passing reason (two transactions in each other's way) is tried again first.
async fn one(db: &Db, work: Work, now: Timestamp) -> Result<()> {
    let Work { delivery, position, app, workspace, update } = work;
    let mut tries = 1;
    loop {
        let mut tx = db.workspace(workspace).begin().await?;
        match apply(&mut tx, app, &update, now).await {
            Ok((outcome, detail)) => {
                tx.note_update(delivery, position, &update.kind, outcome, detail).await?;
                return tx.commit().await;
            }
            Err(Error::Internal) if tries < TRIES => tries += 1,
            Err(error) => {
                drop(tx);
                tracing::error!(%delivery, position, kind = update.kind, %error, "an update could not be processed");
                let mut tx = db.workspace(workspace).begin().await?;
                tx.note_update(delivery, position, &update.kind, Outcome::Failed, Some(&error.to_string())).await?;
                return tx.commit().await;
            }
        }
    }
}

async fn apply(
    tx: &mut Tx<'_>,
    app: AppId,
    update: &Update,
    now: Timestamp,
) -> Result<(Outcome, Option<&'static str>)> {
    let channel = match &update.phone_number_id {
        Some(number) => match channel::store::of_app(tx, app, number).await? {
            Some(channel) => Some(channel.id),
            None => return Ok((Outcome::Unrouted, Some("this app has no such number"))),
        },
        None => None,
    };
    match &update.what {
        What::Message(incoming) => {
            let Some(channel) = channel else { return Ok((Outcome::Unrouted, Some("no number is named"))) };
            match message::store::receive(tx, channel, (**incoming).clone(), now).await {
                Err(Error::Invalid(why)) => {
                    tracing::warn!(why, "a message names no customer");
                    Ok((Outcome::Kept, Some("nothing names the customer")))
                }
                received => Ok((received?, None)),
            }
        }
        What::Status(status) => {
            let Some(channel) = channel else { return Ok((Outcome::Unrouted, Some("no number is named"))) };
            Ok((outbox::settle::status(tx, channel, (**status).clone(), now).await?, None))
        }
        What::Other { hash, why } => {
            let nobody = ChannelId(uuid::Uuid::nil());
            let key = format!("h:{hash}");
            let new = message::store::first_time(tx, channel.unwrap_or(nobody), &key, now).await?;
            Ok((if new { Outcome::Kept } else { Outcome::Repeated }, Some(why)))
        }
    }
}
