//! The ledger's writer: deliveries that arrive together share one commit.

use domain::db::Db;
use domain::delivery::store::{self, Raw};
use domain::{Error, Result};
use tokio::sync::{mpsc, oneshot};

/// Deliveries in one commit at most.
const GROUP: usize = 256;

/// A sender into the ledger; cheap to clone.
#[derive(Clone)]
pub struct Ingest(mpsc::Sender<(Raw, oneshot::Sender<Result<()>>)>);

impl Ingest {
    /// Starts the writer; it ends when the last sender is dropped and all is written.
    pub fn start(db: Db) -> Self {
        let (sender, mut receiver) = mpsc::channel(GROUP * 4);
        tokio::spawn(async move {
            let mut group = Vec::with_capacity(GROUP);
            while receiver.recv_many(&mut group, GROUP).await > 0 {
                let (raws, answers): (Vec<Raw>, Vec<oneshot::Sender<Result<()>>>) = group.drain(..).unzip();
                let kept = store::keep(&db, &raws).await;
                for answer in answers {
                    // A client that has hung up gets its answer by WhatsApp's repetition.
                    let _ = answer.send(kept.clone());
                }
            }
        });
        Self(sender)
    }

    /// Keeps a delivery; returns once it is committed.
    ///
    /// # Errors
    /// When it could not be written: then it must not be answered 200.
    pub async fn keep(&self, raw: Raw) -> Result<()> {
        let (answer, kept) = oneshot::channel();
        self.0.send((raw, answer)).await.map_err(|_| Error::Internal)?;
        kept.await.map_err(|_| Error::Internal)?
    }
}
