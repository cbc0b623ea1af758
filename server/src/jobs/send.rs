//! The outbox worker: claims, calls WhatsApp outside any transaction, records the answer.

use crate::state::Server;
use crate::whatsapp::graph::Graph;
use crate::whatsapp::hand;
use app::context::Clock;
use domain::Error;
use domain::db::Db;
use domain::outbox::{Answer, Claim, claim, store};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Calls under way at once.
const AT_ONCE: usize = 64;
/// How long the worker waits where nobody rings.
const EVERY: Duration = Duration::from_millis(500);
/// How long it is tried to record an answer.
const RECORD_FOR: Duration = Duration::from_mins(10);

/// Runs until told to stop; calls that are under way then are ended properly.
pub async fn run(server: &Server, stop: CancellationToken) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut calls = JoinSet::new();
    while !stop.is_cancelled() {
        while calls.try_join_next().is_some() {}
        let free = i64::try_from(slots.available_permits()).unwrap_or(1);
        let claims = if free == 0 { Ok(Vec::new()) } else { claim::claim(&server.db, free, server.clock.now()).await };
        let claims = claims.unwrap_or_default();
        let nothing = claims.is_empty();
        for claim in claims {
            let Ok(slot) = slots.clone().acquire_owned().await else { return };
            let (db, graph, clock, stop) =
                (server.db.clone(), server.graph.clone(), server.clock.clone(), stop.clone());
            calls.spawn(async move {
                let answer = hand::over(&db, &graph, &clock, &claim).await;
                drop(slot);
                record(&db, &clock, &claim, answer, &stop).await;
            });
        }
        if nothing {
            tokio::select! {
                () = stop.cancelled() => {}
                () = server.db.bells().outbox.notified() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
    while calls.join_next().await.is_some() {}
}

/// Hands one claimed message over, and records the answer.
pub async fn one(db: &Db, graph: &Graph, clock: &Clock, claim: &Claim, stop: &CancellationToken) {
    let answer = hand::over(db, graph, clock, claim).await;
    record(db, clock, claim, answer, stop).await;
}

/// Nobody else has WhatsApp's answer: where it cannot be recorded, because Postgres is starting anew say, that is tried
/// again, and once more where the process is told to stop. Only then the lease ends and the message becomes unknown.
async fn record(db: &Db, clock: &Clock, claim: &Claim, answer: Answer, stop: &CancellationToken) {
    let begun = Instant::now();
    let mut wait = Duration::from_millis(100);
    loop {
        let recorded = store::record(db, claim, answer.clone(), rand::random::<f64>(), clock.now()).await;
        let Err(error) = recorded else { return };
        if error != Error::Internal || stop.is_cancelled() || begun.elapsed() > RECORD_FOR {
            tracing::error!(message = %claim.message, %error, "an answer could not be recorded");
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(Duration::from_secs(5));
    }
}
