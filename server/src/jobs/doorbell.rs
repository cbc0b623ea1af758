//! The doorbell between processes: Postgres NOTIFY, rung outside of write transactions. The table is the
//! letter; a ring that is lost costs a second.

use domain::db::Db;
use domain::feed::sequencer::DOORBELL;
use sqlx::postgres::PgListener;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Feed rows were numbered.
pub const NUMBERED: &str = "numbered";

/// Listens until told to stop, and passes rings on to this process's bells.
pub async fn run(db: &Db, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = listen(db) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

async fn listen(db: &Db) {
    let Ok(mut listener) = PgListener::connect_with(db.pool()).await else { return };
    if listener.listen(DOORBELL).await.is_err() {
        return;
    }
    while let Ok(ring) = listener.recv().await {
        if ring.payload() == NUMBERED {
            db.bells().numbered.notify_one();
        } else {
            db.bells().feed.notify_one();
        }
    }
}

/// Rings.
pub async fn ring(db: &Db, what: &str) {
    let rung = sqlx::query("select pg_notify($1, $2)").bind(DOORBELL).bind(what).execute(db.pool()).await;
    if let Err(error) = rung {
        tracing::debug!(%error, "the doorbell does not ring");
    }
}
