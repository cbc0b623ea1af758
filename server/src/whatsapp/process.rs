//! From the ledger to the desk. Each workspace's deliveries are taken by one processor at a time, in groups: within
//! a group in WhatsApp's order, all in one transaction, each table read and written once. What fails is found by
//! doing the group again one update at a time, and blocks nothing else.

use super::payload::{self, Update, What};
use crate::jobs::look_back::{LATE, LookBack};
use chrono::DateTime;
use domain::contact::{moved, preference};
use domain::db::{Db, Tx};
use domain::delivery::Outcome;
use domain::delivery::store::{self, Noted};
use domain::message::receive;
use domain::{AppId, ChannelId, DeliveryId, Error, Result, Timestamp, WorkspaceId, channel, outbox};
use futures::StreamExt;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Deliveries taken at once.
const GROUP: i64 = 256;
/// Bytes after which a group takes no more of them: a delivery may hold a hundred updates or more, and a group is in
/// memory as a whole, several times over.
const GROUP_BYTES: i64 = 1_000_000;
/// Workspaces processed at once.
pub const AT_ONCE: u32 = 4;
/// How often an update is tried by itself before it counts as failed.
const TRIES: u32 = 3;

struct Work {
    delivery: DeliveryId,
    position: i32,
    /// The number it is about, where the app has it.
    channel: Routed,
    update: Update,
}

#[derive(Clone, Copy)]
enum Routed {
    To(ChannelId),
    Unknown,
    Unnamed,
}

/// Takes the ledger group by group, and remembers how far it has come: deliveries before that are not looked for
/// again but now and then.
#[derive(Debug)]
pub struct Processor {
    db: Db,
    reached: Mutex<Reached>,
}

#[derive(Debug)]
struct Reached {
    /// From where on each workspace's deliveries are looked for.
    since: HashMap<WorkspaceId, Timestamp>,
    /// When they are all looked for again.
    look_back: LookBack,
}

impl Processor {
    /// One that has come nowhere yet.
    pub fn new(db: Db) -> Self {
        Self { db, reached: Mutex::new(Reached { since: HashMap::new(), look_back: LookBack::now() }) }
    }

    /// Processes what waits in the ledger, one group for each workspace; tells how many deliveries that were.
    ///
    /// # Errors
    /// When the database fails; then the deliveries wait on.
    pub async fn run_once(&self, now: Timestamp) -> Result<usize> {
        let begun = Instant::now();
        let (since, everything) = {
            let mut reached = self.reached();
            let everything = reached.look_back.is_due();
            if everything {
                reached.since.clear();
            }
            (reached.since.clone(), everything)
        };
        let workspaces = store::waiting(&self.db, &since).await?;
        let groups = workspaces.into_iter().map(|workspace| self.take(workspace, since.get(&workspace).copied(), now));
        let done: Vec<_> = futures::stream::iter(groups).buffer_unordered(AT_ONCE as usize).collect().await;
        if everything {
            self.reached().look_back.done(begun);
        }
        done.into_iter().sum()
    }

    async fn take(&self, workspace: WorkspaceId, since: Option<Timestamp>, now: Timestamp) -> Result<usize> {
        let (taken, last) = group(&self.db, workspace, since, now).await?;
        if let Some(last) = last {
            self.reached().since.insert(workspace, last - LATE);
        }
        Ok(taken)
    }

    fn reached(&self) -> MutexGuard<'_, Reached> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many deliveries were taken, and when the last of them had arrived.
type Taken = (usize, Option<Timestamp>);

/// One group of a workspace.
async fn group(db: &Db, workspace: WorkspaceId, since: Option<Timestamp>, now: Timestamp) -> Result<Taken> {
    let mut tx = db.workspace(workspace).begin().await?;
    if !tx.process_alone().await? {
        return Ok((0, None));
    }
    let group = Group::read(&mut tx, since).await?;
    match apply(&mut tx, &group.work, now).await {
        Ok(noted) => {
            tx.processed(&noted, &group.read, now).await?;
            match tx.commit().await {
                Ok(()) => Ok((group.read.len(), group.last)),
                Err(error) => one_by_one(db, workspace, since, error, now).await,
            }
        }
        Err(error) => {
            // Its lock has to be free before the group is taken again.
            tx.rollback().await?;
            one_by_one(db, workspace, since, error, now).await
        }
    }
}

/// The group again, each update in a transaction of its own, while this one keeps other processors away: no two
/// updates' locks meet, and what fails takes nothing else with it.
async fn one_by_one(
    db: &Db,
    workspace: WorkspaceId,
    since: Option<Timestamp>,
    why: Error,
    now: Timestamp,
) -> Result<Taken> {
    tracing::warn!(%why, "a group is processed one by one");
    let mut tx = db.workspace(workspace).begin().await?;
    if !tx.process_alone().await? {
        return Ok((0, None));
    }
    let Group { read, work, last } = Group::read(&mut tx, since).await?;
    for one in work {
        alone(db, workspace, one, now).await?;
    }
    tx.processed(&[], &read, now).await?;
    tx.commit().await?;
    Ok((read.len(), last))
}

/// Deliveries that were taken together.
struct Group {
    /// Each of them, and why it could not be read.
    read: Vec<(DeliveryId, Option<String>)>,
    /// Their updates in WhatsApp's order.
    work: Vec<Work>,
    /// When the last of them arrived.
    last: Option<Timestamp>,
}

impl Group {
    async fn read(tx: &mut Tx<'_>, since: Option<Timestamp>) -> Result<Self> {
        let deliveries = tx.deliveries(since, GROUP, GROUP_BYTES).await?;
        let mut read = Vec::with_capacity(deliveries.len());
        let mut updates = Vec::new();
        for delivery in &deliveries {
            match payload::read(&delivery.body) {
                Ok(found) => {
                    read.push((delivery.id, None));
                    let placed = (0..).zip(found);
                    updates.extend(placed.map(|(position, update)| (delivery.id, delivery.app, position, update)));
                }
                Err(why) => read.push((delivery.id, Some(why))),
            }
        }
        let mut work = route(tx, updates).await?;
        work.sort_by_key(|work| work.update.at.unwrap_or(DateTime::<chrono::Utc>::MIN_UTC));
        Ok(Self { read, work, last: deliveries.last().map(|delivery| delivery.arrived_at) })
    }
}

/// Finds the number of each update; an app reaches its own numbers only.
async fn route(tx: &mut Tx<'_>, updates: Vec<(DeliveryId, AppId, i32, Update)>) -> Result<Vec<Work>> {
    let mut known: HashMap<(AppId, String), Routed> = HashMap::new();
    let mut work = Vec::with_capacity(updates.len());
    for (delivery, app, position, update) in updates {
        let channel = match &update.phone_number_id {
            None => Routed::Unnamed,
            Some(number) => match known.get(&(app, number.clone())) {
                Some(routed) => *routed,
                None => {
                    let found = channel::store::of_app(tx, app, number).await?;
                    let routed = found.map_or(Routed::Unknown, |channel| Routed::To(channel.id));
                    known.insert((app, number.clone()), routed);
                    routed
                }
            },
        };
        work.push(Work { delivery, position, channel, update });
    }
    Ok(work)
}

/// One update in a transaction of its own. What fails for a passing reason is tried again; what cannot be processed
/// is noted with its reason.
async fn alone(db: &Db, workspace: WorkspaceId, work: Work, now: Timestamp) -> Result<()> {
    let work = [work];
    let mut tries = 1;
    let failed = loop {
        match once(db, workspace, &work, now).await {
            Ok(()) => return Ok(()),
            Err(_) if tries < TRIES => tries += 1,
            Err(error) => break error,
        }
    };
    let [work] = work;
    let kind = &work.update.kind;
    tracing::error!(delivery = %work.delivery, work.position, kind, error = %failed, "an update could not be processed");
    let mut tx = db.workspace(workspace).begin().await?;
    tx.processed(&[note(&work, Outcome::Failed, Some(&failed.to_string()))], &[], now).await?;
    tx.commit().await
}

async fn once(db: &Db, workspace: WorkspaceId, work: &[Work], now: Timestamp) -> Result<()> {
    let mut tx = db.workspace(workspace).begin().await?;
    let noted = apply(&mut tx, work, now).await?;
    tx.processed(&noted, &[], now).await?;
    tx.commit().await
}

fn note(work: &Work, outcome: Outcome, detail: Option<&str>) -> Noted {
    Noted {
        delivery: work.delivery,
        position: work.position,
        kind: work.update.kind.clone(),
        outcome,
        detail: detail.map(str::to_owned),
    }
}

/// What became of what a customer said; `None` where nothing names them.
fn of_customer(work: &Work, outcome: Option<Outcome>) -> Noted {
    let Some(outcome) = outcome else {
        tracing::warn!(delivery = %work.delivery, kind = work.update.kind, "an update names no customer");
        return note(work, Outcome::Kept, Some("nothing names the customer"));
    };
    note(work, outcome, None)
}

async fn apply(tx: &mut Tx<'_>, work: &[Work], now: Timestamp) -> Result<Vec<Noted>> {
    let mut noted = Vec::with_capacity(work.len());
    let (mut messages, mut statuses) = (Vec::new(), Vec::new());
    let (mut preferences, mut moves, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for one in work {
        match (&one.update.what, one.channel) {
            (_, Routed::Unknown) => noted.push(note(one, Outcome::Unrouted, Some("this app has no such number"))),
            (What::Message(_) | What::Status(_) | What::Preference(_) | What::Moved(_), Routed::Unnamed) => {
                noted.push(note(one, Outcome::Unrouted, Some("no number is named")));
            }
            (What::Message(incoming), Routed::To(channel)) => {
                let mut incoming = (**incoming).clone();
                if incoming.is_notice()
                    && let Some(known) = moved::writer(tx, &incoming.from).await?
                {
                    incoming.from = known;
                }
                messages.push((one, (channel, incoming)));
            }
            (What::Status(status), Routed::To(channel)) => statuses.push((one, (channel, (**status).clone()))),
            (What::Preference(said), Routed::To(channel)) => preferences.push((one, (channel, (**said).clone()))),
            (What::Moved(said), Routed::To(channel)) => moves.push((one, (channel, (**said).clone()))),
            (What::Other { hash, why }, routed) => {
                let channel = if let Routed::To(channel) = routed { channel } else { ChannelId(uuid::Uuid::nil()) };
                others.push((one, *why, (channel, format!("h:{hash}"))));
            }
        }
    }
    // Statuses first: they take the locks of wamids, which come before those of chats.
    let (which, statuses): (Vec<_>, Vec<_>) = statuses.into_iter().unzip();
    for (one, outcome) in which.into_iter().zip(outbox::settle::statuses(tx, &statuses, now).await?) {
        noted.push(note(one, outcome, None));
    }
    let (which, messages): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
    for (one, outcome) in which.into_iter().zip(receive::receive_all(tx, messages, now).await?) {
        noted.push(of_customer(one, outcome));
    }
    // What was written with the number or id before has found its customer by now.
    let (which, moves): (Vec<_>, Vec<_>) = moves.into_iter().unzip();
    for (one, outcome) in which.into_iter().zip(moved::heed_all(tx, &moves, now).await?) {
        noted.push(of_customer(one, outcome));
    }
    // Contacts' locks come after those of chats.
    let (which, preferences): (Vec<_>, Vec<_>) = preferences.into_iter().unzip();
    for (one, outcome) in which.into_iter().zip(preference::heed_all(tx, &preferences, now).await?) {
        noted.push(of_customer(one, outcome));
    }
    let keys: Vec<_> = others.iter().map(|(_, _, key)| key.clone()).collect();
    for ((one, why, _), new) in others.iter().zip(receive::first_times(tx, &keys, now).await?) {
        noted.push(note(one, if new { Outcome::Kept } else { Outcome::Repeated }, Some(why)));
    }
    Ok(noted)
}
