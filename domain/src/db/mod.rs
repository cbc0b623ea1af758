//! The way to the database: every access goes through a workspace, so that no query can forget it.

pub(crate) mod writes;

use crate::feed::Bells;
use crate::{Result, WorkspaceId};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, Postgres, Transaction};
use std::sync::Arc;
use std::time::Duration;
use writes::Writes;

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
    pub(crate) writes: Writes,
}

/// The data model's migrations.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

impl Db {
    /// Brings the schema up to date as the role that connects, then opens the pool, whose connections act as
    /// `baton_program`: neither owner nor superuser.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the address, the server or the schema.
    pub async fn open(options: PgConnectOptions, connections: u32) -> Result<Self, String> {
        let options = options.application_name("baton");
        let mut owner = PgConnection::connect_with(&options)
            .await
            .map_err(|error| format!("DATABASE_URL leads to no usable Postgres: {error}"))?;
        MIGRATIONS
            .run(&mut owner)
            .await
            .map_err(|error| format!("The database could not be brought up to date: {error}"))?;
        owner.close().await.map_err(|error| error.to_string())?;
        let pool = pool_of(connections)
            .connect_with(options)
            .await
            .map_err(|error| format!("DATABASE_URL leads to no usable Postgres: {error}"))?;
        Ok(Self::new(pool))
    }

    /// Around a pool that exists already.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, bells: Arc::default() }
    }

    /// The same database through connections of its own, for a job that asks the same again and again: a pool takes its
    /// connections in turn, and each of them has to read and plan every statement for itself.
    pub fn apart(&self, connections: u32) -> Self {
        let options = self.pool.connect_options().as_ref().clone();
        Self { pool: pool_of(connections).connect_lazy_with(options), bells: self.bells.clone() }
    }

    /// The database as one workspace sees it.
    pub fn workspace(&self, workspace: WorkspaceId) -> Desk {
        Desk { db: self.clone(), workspace }
    }

    /// For what stands above workspaces: sessions, the ledger, the sequencer, jobs.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction in a task of its own. A request that is dropped in the middle of `begin` (a browser that
    /// goes away) would otherwise leave its connection in the pool with a transaction open, and what the next one
    /// writes through it would be lost: sqlx rolls back only what it knows to have begun.
    ///
    /// It acts as `baton_desk` in one workspace: row-level security is the second wall (`migrations/0013_walls.sql`).
    async fn start(&self, begin: &'static str, workspace: WorkspaceId) -> Result<Transaction<'static, Postgres>> {
        let pool = self.pool.clone();
        // One message to the server. An id holds nothing but hex digits and hyphens.
        let begin =
            format!("{begin}; set local role baton_desk; set local baton.workspace = '{}'", workspace.0.hyphenated());
        let begun = tokio::spawn(async move {
            // Where Postgres has come back a moment ago, each connection that was not asked whether it is there may be
            // gone. A transaction that did not begin has done nothing.
            for _ in 0..pool.options().get_max_connections() {
                match pool.begin_with(AssertSqlSafe(begin.clone())).await {
                    Err(error) if is_gone(&error) => tracing::info!(%error, "a connection to Postgres was gone"),
                    begun => return begun,
                }
            }
            pool.begin_with(AssertSqlSafe(begin)).await
        })
        .await;
        Ok(begun.map_err(|_| crate::Error::Internal)??)
    }

    /// What wakes the processor, the outbox worker and the sequencer of this process.
    pub fn bells(&self) -> &Bells {
        &self.bells
    }
}

fn pool_of(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(|conn, _| Box::pin(async move { conn.execute(CONNECTED).await.map(|_| ()) }))
        // One that was used a moment ago is there: asking it first would be every other way to the server.
        .test_before_acquire(false)
        .before_acquire(|conn, about| {
            Box::pin(async move {
                if about.idle_for >= IDLE {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
}

/// Whether it was the connection that failed: closed, or ended by the server
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>, class 57).
fn is_gone(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

/// For so long a connection is taken to be there still.
const IDLE: Duration = Duration::from_secs(1);

/// What each connection begins with. Compiling a plan takes longer than any of Baton's queries: up to 20 ms for each. A
/// process whose machine is gone or cut off closes nothing: Postgres is to notice within half a minute, or its locks,
/// the sequencer's among them, would be held for hours.
const CONNECTED: &str = "set jit = off; set tcp_keepalives_idle = 15; set tcp_keepalives_interval = 5;
    set tcp_keepalives_count = 3; set tcp_user_timeout = 30000; set role baton_program";

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
        let conn = self.db.start("begin", self.workspace).await?;
        Ok(self.tx(conn))
    }

    /// A transaction for jobs that fill tables. Its queries are planned each time: a plan that a connection keeps from
    /// when a table was empty reads it from end to end, and did so for minutes before this.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin_filling(&self) -> Result<Tx<'static>> {
        let begin = "begin; set local plan_cache_mode = force_custom_plan";
        Ok(self.tx(self.db.start(begin, self.workspace).await?))
    }

    /// A transaction that reads everything as of one moment, so that rows and feed number agree.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn snapshot(&self) -> Result<Tx<'static>> {
        let conn = self.db.start("begin isolation level repeatable read, read only", self.workspace).await?;
        Ok(self.tx(conn))
    }

    /// A snapshot whose queries are planned once for a connection: for those that are the same each time and run for
    /// every change. They go by indexes, however small the tables were at that time.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn repeated_snapshot(&self) -> Result<Tx<'static>> {
        let begin = "begin isolation level repeatable read, read only; \
             set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off";
        Ok(self.tx(self.db.start(begin, self.workspace).await?))
    }

    /// A snapshot whose queries are not shared out among processes of Postgres: for many short ones, which starting
    /// helpers would only delay.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn lone_snapshot(&self) -> Result<Tx<'static>> {
        let begin = "begin isolation level repeatable read, read only; set local max_parallel_workers_per_gather = 0";
        Ok(self.tx(self.db.start(begin, self.workspace).await?))
    }

    fn tx(&self, conn: Transaction<'static, Postgres>) -> Tx<'static> {
        Tx { conn, workspace: self.workspace, bells: self.db.bells.clone(), writes: Writes::default() }
    }
}

impl Tx<'_> {
    /// The connection, for the stores' queries.
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.conn
    }

    /// Plans are kept from here on, and go by indexes, however small the tables were at that time: also those by which
    /// foreign keys are checked, row by row, which took longer than all else while each was planned anew.
    pub(crate) async fn plan_once(&mut self) -> Result<()> {
        self.conn.execute("set local plan_cache_mode = auto; set local enable_seqscan = off").await?;
        Ok(())
    }

    /// As [`Desk::begin_filling`] began it.
    pub(crate) async fn plan_anew(&mut self) -> Result<()> {
        self.conn.execute("set local plan_cache_mode = force_custom_plan; set local enable_seqscan = on").await?;
        Ok(())
    }

    /// Writes what was gathered so far, for whoever has to read it in this transaction.
    pub(crate) async fn flush(&mut self) -> Result<()> {
        self.writes.flush(&mut self.conn, self.workspace).await
    }

    /// Writes, then wakes whoever follows.
    ///
    /// # Errors
    /// When the database refuses; then nothing was written.
    pub async fn commit(mut self) -> Result<()> {
        if let Err(error) = self.flush().await {
            // Its locks are free when this returns, as after a commit.
            let _ = self.conn.rollback().await;
            return Err(error);
        }
        self.conn.commit().await?;
        self.bells.ring();
        Ok(())
    }

    /// Takes everything back, and waits until it is: locks are free when this returns. Dropping takes back, too, but at
    /// some later time.
    ///
    /// # Errors
    /// When the connection is lost; then the database takes it back by itself.
    pub async fn rollback(self) -> Result<()> {
        self.conn.rollback().await?;
        Ok(())
    }
}
