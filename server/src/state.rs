//! What handlers and jobs share.

use crate::config::Config;
use crate::live::Hub;
use crate::whatsapp::apps::Apps;
use crate::whatsapp::graph::Graph;
use crate::whatsapp::ingest::Ingest;
use app::context::{Clock, Context, Cookie};
use domain::Error;
use domain::db::Db;
use domain::member::{Member, session};
use domain::outbox::receipt::Receipt;
use http::request::Parts;
use std::num::NonZeroU32;
use std::sync::Arc;

/// One per process; cheap to clone.
#[derive(Clone)]
pub struct Server {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// The apps whose webhooks come in.
    pub apps: Apps,
    /// The way to WhatsApp.
    pub graph: Graph,
    /// The way into the ledger.
    pub ingest: Ingest,
    /// The live screens of this process.
    pub hub: Hub,
    /// Calls of the REST API that a key may make in a minute.
    pub api_rate: NonZeroU32,
    receipts: tokio::sync::mpsc::Sender<Receipt>,
}

impl Server {
    /// Around a migrated database. Starts nothing but the ledger's writer and the receipts'.
    pub fn new(config: Config, db: Db, clock: Clock) -> Self {
        let graph = Graph::new(&config.graph_url);
        Self {
            apps: Apps::default(),
            receipts: receipts(graph.clone()),
            graph,
            ingest: Ingest::start(db.clone()),
            hub: Hub::new(db.clone(), clock.clone()),
            api_rate: config.api_rate,
            config: Arc::new(config),
            db,
            clock,
        }
    }

    /// What server functions find in their context.
    pub fn context(&self) -> Context {
        Context {
            db: self.db.clone(),
            clock: self.clock.clone(),
            cookie: Cookie { secure: self.config.secure() },
            demo: self.config.demo,
            receipts: self.receipts.clone(),
        }
    }

    /// Who calls a route that is no server function.
    ///
    /// # Errors
    /// `SignedOut` without a session.
    pub async fn signed_in(&self, parts: &Parts) -> Result<Member, Error> {
        let token = self.context().cookie.read(parts).ok_or(Error::SignedOut)?;
        session::member(&self.db, &token, self.clock.now()).await?.ok_or(Error::SignedOut)
    }
}

/// Tells WhatsApp of reading and typing, one after the other; ends with the last sender.
fn receipts(graph: Graph) -> tokio::sync::mpsc::Sender<Receipt> {
    let (sender, mut queue) = tokio::sync::mpsc::channel(256);
    tokio::spawn(async move {
        while let Some(receipt) = queue.recv().await {
            graph.tell(&receipt).await;
        }
    });
    sender
}
