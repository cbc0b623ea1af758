//! What runs beside the requests. Each job has one step that a test can drive; here they are repeated,
//! woken by a bell or by time, until told to stop.

pub mod doorbell;
pub mod look_back;
pub mod send;
pub mod sequence;

use crate::state::Server;
use crate::whatsapp::process::{AT_ONCE, Processor};
use std::future::Future;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Starts every job.
pub fn start(server: &Server, stop: &CancellationToken) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move { s.hub.run(&s.db.apart(1), c).await });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move { sequence::run(&s.db, &s.clock, c).await });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move { doorbell::run(&s.db, c).await });
    if server.config.sending {
        let (s, c) = (server.clone(), stop.clone());
        jobs.spawn(async move { send::run(&s, c).await });
    }

    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        let bell = &s.db.bells().deliveries;
        // A group that is done again one by one keeps others away by one connection and works by a second one.
        let processor = Processor::new(s.db.apart(2 * AT_ONCE));
        repeat(c, Some(bell), Duration::from_secs(1), || async { processor.run_once(s.clock.now()).await }).await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_secs(1), || async { domain::chat::clock::run_once(&s.db, s.clock.now()).await })
            .await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_secs(1), || async { domain::search::index::run_once(&s.db).await }).await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_secs(1), || async { domain::import::run::run_once(&s.db, s.clock.now()).await })
            .await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_secs(2), || async {
            domain::member::presence::fade(&s.db, s.clock.now()).await
        })
        .await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_secs(20), || async { s.hub.keep_alive().await.map(|()| 0) }).await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_secs(1), || async {
            domain::outbox::store::give_up(&s.db, s.clock.now()).await
        })
        .await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_millis(500), || async {
            domain::task::step::run_once(&s.db, s.clock.now()).await
        })
        .await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_secs(60), || async {
            domain::task::store::forget(&s.db, s.clock.now()).await.map(|()| 0)
        })
        .await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_secs(600), || async {
            domain::feed::sequencer::forget(&s.db, s.clock.now()).await.map(|()| 0)
        })
        .await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_secs(600), || async {
            domain::api_key::once::forget(&s.db, s.clock.now()).await.map(|()| 0)
        })
        .await;
    });
    let (s, c) = (server.clone(), stop.clone());
    jobs.spawn(async move {
        repeat(c, None, Duration::from_secs(3600), || async {
            domain::media::store::sweep(&s.db, s.clock.now()).await.map(|_| 0)
        })
        .await;
    });
    jobs
}

/// Repeats a step: at once while it finds work, otherwise when the bell rings or the time is up. A failure
/// is logged where it happens; the step is tried again.
async fn repeat<F>(stop: CancellationToken, bell: Option<&Notify>, every: Duration, step: impl Fn() -> F)
where
    F: Future<Output = domain::Result<usize>>,
{
    loop {
        if step().await.is_ok_and(|done| done > 0) {
            if stop.is_cancelled() {
                return;
            }
            continue;
        }
        let rung = async {
            match bell {
                Some(bell) => bell.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = rung => {}
            () = tokio::time::sleep(every) => {}
        }
    }
}
