//! The outbox worker: claims, calls WhatsApp outside any transaction, records the answer.

use crate::state::Server;
use crate::whatsapp::graph::Graph;
use crate::whatsapp::hand;
use app::context::Clock;
use domain::db::Db;
use domain::outbox::{Claim, claim, store};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Calls under way at once.
const AT_ONCE: usize = 64;
/// How long the worker waits where nobody rings.
const EVERY: Duration = Duration::from_millis(500);

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
            let (db, graph, clock) = (server.db.clone(), server.graph.clone(), server.clock.clone());
            calls.spawn(async move {
                one(&db, &graph, &clock, &claim).await;
                drop(slot);
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

/// One claimed message. Where the answer cannot be recorded, the lease ends and the message becomes unknown.
pub async fn one(db: &Db, graph: &Graph, clock: &Clock, claim: &Claim) {
    let answer = hand::over(db, graph, clock, claim).await;
    let recorded = store::record(db, claim, answer, rand::random::<f64>(), clock.now()).await;
    if let Err(error) = recorded {
        tracing::error!(message = %claim.message, %error, "an answer could not be recorded");
    }
}
