//! Numbers the feed while this process leads; waits to lead while another does.

use domain::db::Db;
use domain::feed::sequencer;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How soon a process notices that the sequencer has died.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// Runs until told to stop.
pub async fn run(db: &Db, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = lead(db) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(TRY_AGAIN) => {}
        }
    }
}

/// Tries to lead; returns when another process does, or the connection is lost.
async fn lead(db: &Db) {
    let Ok(conn) = db.pool().acquire().await else { return };
    // The role is bound to this connection: it must not go back to the pool with it.
    let mut conn = conn.detach();
    if !sequencer::try_lead(&mut conn).await.unwrap_or(false) {
        return;
    }
    tracing::debug!("this process numbers the feed");
    loop {
        match sequencer::number(&mut conn).await {
            Ok(0) => {
                tokio::select! {
                    () = db.bells().feed.notified() => {}
                    () = tokio::time::sleep(TRY_AGAIN) => {}
                }
            }
            Ok(_) => {
                db.bells().numbered.notify_one();
                super::doorbell::ring(db, super::doorbell::NUMBERED).await;
            }
            Err(_) => return,
        }
    }
}
