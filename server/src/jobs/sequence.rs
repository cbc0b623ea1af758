//! Numbers the feed while this process leads; waits to lead while another does.

use super::doorbell::{Ring, ring};
use super::look_back::{LATE, LookBack};
use app::context::Clock;
use domain::FeedId;
use domain::db::Db;
use domain::feed::sequencer;
use sqlx::PgConnection;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How soon a process notices that the sequencer has died.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Runs until told to stop.
pub async fn run(db: &Db, clock: &Clock, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = lead(db, clock) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = pass_on(db) => {}
        }
    }
}

/// While another process numbers the feed, it is told when this one has written; for a second, then this one tries
/// to lead again.
async fn pass_on(db: &Db) {
    let until = tokio::time::Instant::now() + TRY_AGAIN;
    while tokio::time::timeout_at(until, db.bells().feed.notified()).await.is_ok() {
        ring(db, Ring::Waiting).await;
    }
}

/// Tries to lead; returns when another process does, or the connection is lost.
async fn lead(db: &Db, clock: &Clock) {
    let Ok(mut conn) = db.pool().acquire().await else { return };
    if !sequencer::try_lead(&mut conn).await.unwrap_or(false) {
        return;
    }
    // The role is bound to this connection: it must not go back to the pool with it.
    let mut conn = conn.detach();
    tracing::debug!("this process numbers the feed");
    if sequencer::prepare(&mut conn).await.is_err() {
        return;
    }
    // Others are told beside the numbering, which does not wait for it.
    let told = Notify::new();
    let tell = async {
        loop {
            told.notified().await;
            ring(db, Ring::Numbered).await;
        }
    };
    tokio::select! {
        () = tell => {}
        () = number(&mut conn, db, clock, &told) => {}
    }
}

/// Numbers what comes, until the connection is lost.
async fn number(conn: &mut PgConnection, db: &Db, clock: &Clock, told: &Notify) {
    let mut look_back = LookBack::now();
    let mut reached = clock.now();
    loop {
        let begun = Instant::now();
        let since = (!look_back.is_due()).then(|| FeedId::at(reached - LATE));
        let numbered = sequencer::number(conn, since).await;
        if since.is_none() {
            look_back.done(begun);
        }
        // Also backwards: where more was late than one look takes, the next ones go on from there.
        if let Ok((_, Some(last))) = numbered {
            reached = last;
        }
        match numbered {
            Ok((0, _)) => {
                tokio::select! {
                    () = db.bells().feed.notified() => {}
                    () = tokio::time::sleep(TRY_AGAIN) => {}
                }
            }
            Ok(_) => {
                db.bells().numbered.notify_one();
                told.notify_one();
            }
            Err(_) => return,
        }
    }
}
