//! The way to the database: every access goes through a workspace, so that no query can forget it.

use crate::feed::Bells;
use crate::{Result, WorkspaceId};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use std::sync::Arc;
use std::time::Duration;

/// The pool and the bells that wake what waits for changes.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
    bells: Arc<Bells>,
}

/// The database as one workspace sees it.
#[derive(Clone, Debug)]
pub struct Desk {
    db: Db,
    workspace: WorkspaceId,
}

/// A transaction in one workspace. Dropped without [`Tx::commit`], it changes nothing.
#[derive(Debug)]
pub struct Tx<'c> {
    conn: Transaction<'c, Postgres>,
    /// Whose rows it reads and writes.
    pub workspace: WorkspaceId,
    bells: Arc<Bells>,
}

/// The data model's migrations.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

impl Db {
    /// Connects.
    ///
    /// # Errors
    /// When the address is none or the server cannot be reached.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, sqlx::Error> {
        let options: PgConnectOptions = url.parse()?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.application_name("baton"))
            .await?;
        Ok(Self::new(pool))
    }

    /// Around a pool that exists already.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, bells: Arc::default() }
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When a migration fails or one that was applied has been altered.
    pub async fn migrate(&self) -> Result<(), sqlx::migrate::MigrateError> {
        MIGRATIONS.run(&self.pool).await
    }

    /// The database as one workspace sees it.
    pub fn workspace(&self, workspace: WorkspaceId) -> Desk {
        Desk { db: self.clone(), workspace }
    }

    /// For what stands above workspaces: sessions, the ledger, the sequencer, jobs.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// What wakes the processor, the outbox worker and the sequencer of this process.
    pub fn bells(&self) -> &Bells {
        &self.bells
    }
}

impl Desk {
    /// Whose it is.
    pub fn id(&self) -> WorkspaceId {
        self.workspace
    }

    /// The database above it.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// A transaction that writes.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(&self) -> Result<Tx<'static>> {
        let conn = self.db.pool.begin().await?;
        Ok(Tx { conn, workspace: self.workspace, bells: self.db.bells.clone() })
    }

    /// A transaction that reads everything as of one moment, so that rows and feed number agree.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn snapshot(&self) -> Result<Tx<'static>> {
        let conn = self.db.pool.begin_with("begin isolation level repeatable read, read only").await?;
        Ok(Tx { conn, workspace: self.workspace, bells: self.db.bells.clone() })
    }
}

impl Tx<'_> {
    /// The connection, for the stores' queries.
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.conn
    }

    /// A savepoint: dropped, it undoes what was done since, and the transaction goes on.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn savepoint(&mut self) -> Result<Tx<'_>> {
        use sqlx::Acquire;
        let (workspace, bells) = (self.workspace, self.bells.clone());
        let conn = self.conn.begin().await?;
        Ok(Tx { conn, workspace, bells })
    }

    /// The same transaction, acting in another workspace: a group of deliveries may hold several.
    pub fn enter(&mut self, workspace: WorkspaceId) {
        self.workspace = workspace;
    }

    /// Writes, then wakes whoever follows.
    ///
    /// # Errors
    /// When the database refuses; then nothing was written.
    pub async fn commit(self) -> Result<()> {
        self.conn.commit().await?;
        self.bells.ring();
        Ok(())
    }
}
