//! What handlers and jobs share.

use crate::config::Config;
use crate::live::Hub;
use crate::whatsapp::graph::Graph;
use crate::whatsapp::ingest::Ingest;
use app::context::{Clock, Context, Cookie};
use domain::db::Db;
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
    /// The way to WhatsApp.
    pub graph: Graph,
    /// The way into the ledger.
    pub ingest: Ingest,
    /// The live screens of this process.
    pub hub: Hub,
}

impl Server {
    /// Around a migrated database. Starts nothing but the ledger's writer.
    pub fn new(config: Config, db: Db, clock: Clock) -> Self {
        Self {
            graph: Graph::new(&config.graph_url),
            ingest: Ingest::start(db.clone()),
            hub: Hub::new(db.clone(), clock.clone()),
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
        }
    }
}
