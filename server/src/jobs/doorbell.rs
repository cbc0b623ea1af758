//! The doorbell between processes: Postgres NOTIFY, rung outside of write transactions. The table is the
//! letter; a ring that is lost costs a second.

use domain::db::Db;
use domain::feed::sequencer::DOORBELL;
use sqlx::postgres::PgListener;
use std::sync::LazyLock;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Why it is rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// Feed rows were numbered: screens can be told.
    Numbered,
    /// Feed rows wait for their numbers: for the process that gives them.
    Waiting,
}

/// Tells this process's own rings from others'.
static PROCESS: LazyLock<String> = LazyLock::new(|| format!("{:016x}", rand::random::<u64>()));

/// Listens until told to stop, and passes the rings of other processes on to this one's bells.
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
        match ring.payload().split_once(' ') {
            Some((from, _)) if from == *PROCESS => {}
            Some((_, "numbered")) => db.bells().numbered.notify_one(),
            _ => db.bells().feed.notify_one(),
        }
    }
}

/// Rings.
pub async fn ring(db: &Db, why: Ring) {
    let word = match why {
        Ring::Numbered => "numbered",
        Ring::Waiting => "waiting",
    };
    let payload = format!("{} {word}", *PROCESS);
    let rung = sqlx::query("select pg_notify($1, $2)").bind(DOORBELL).bind(payload).execute(db.pool()).await;
    if let Err(error) = rung {
        tracing::debug!(%error, "the doorbell does not ring");
    }
}
