//! A database with a workspace, and a server of its own on it.

use crate::load::{Reply, call};
use crate::{Failed, cores, quiet, setting};
use chrono::Utc;
use domain::channel::store::{NewApp, NewChannel, add as add_channel, add_app};
use domain::db::{Db, Desk};
use domain::member::store::NewMember;
use domain::member::{Member, Role, presence, session};
use domain::{AppId, WorkspaceId, flow, member, workspace};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const SECRET: &str = "the benchmark's secret";
pub const NUMBER: &str = "106540352242922";

/// What is measured.
pub struct Rig {
    pub address: SocketAddr,
    pub db: Db,
    pub desk: Desk,
    pub app: AppId,
    pub members: Vec<Member>,
    /// Whether the database was there already, and is what an earlier run made.
    pub reused: bool,
    baton: String,
    url: String,
    child: Option<Child>,
}

impl Rig {
    /// A fresh database `name` with `members` agents; no server yet. With `BENCH_REUSE` one that is there is taken.
    pub async fn make(baton: &str, cluster: &str, name: &str, members: u32) -> Result<Self, Failed> {
        let url = format!("{}/{name}", cluster.rsplit_once('/').ok_or("no cluster's URL")?.0);
        if setting("BENCH_REUSE", 0) > 0 {
            return Self::reuse(baton, url).await;
        }
        let mut admin = PgConnection::connect(cluster).await?;
        admin.execute(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await?;
        admin.execute(AssertSqlSafe(format!("create database {name}"))).await?;
        admin.close().await?;
        let options: PgConnectOptions = url.parse()?;
        let db = Db::open(options, 4).await?;
        let now = Utc::now();
        let desk = workspace::store::add(&db, "Bench", false, now).await?;
        let mut tx = desk.begin().await?;
        let mut ids = Vec::new();
        for n in 0..members {
            let (email, name) = (format!("a{n}@bench.example"), format!("Agent {n}"));
            let role = if n == 0 { Role::Owner } else { Role::Agent };
            let new = NewMember { email: &email, name: &name, role, password_hash: None };
            ids.push(member::store::add(&mut tx, &new, now).await?);
        }
        let app = add_app(&mut tx, &NewApp { name: "bench", verify_token: "v", secret: SECRET }, now).await?;
        let number = NewChannel {
            app,
            phone_number_id: NUMBER,
            waba_id: "1",
            display_phone: "+1 555 0100",
            name: "Bench",
            access_token: "t",
        };
        add_channel(&mut tx, &number, now).await?;
        flow::store::add(&mut tx, "Welcome", &flow::sample(), now).await?;
        tx.commit().await?;
        presence::set(&desk, ids[0], member::Presence::Available, now).await?;
        let mut tx = desk.snapshot().await?;
        let members = member::store::all(&mut tx).await?;
        drop(tx);
        Ok(Self { address: free()?, db, desk, app, members, reused: false, baton: baton.into(), url, child: None })
    }

    async fn reuse(baton: &str, url: String) -> Result<Self, Failed> {
        let db = Db::open(url.parse()?, 4).await?;
        let workspace = sqlx::query_scalar("select id from workspace").fetch_one(db.pool()).await?;
        let app = sqlx::query_scalar("select id from app").fetch_one(db.pool()).await?;
        let desk = db.workspace(WorkspaceId(workspace));
        let members = member::store::all(&mut desk.snapshot().await?).await?;
        Ok(Self {
            address: free()?,
            db,
            desk,
            app: AppId(app),
            members,
            reused: true,
            baton: baton.into(),
            url,
            child: None,
        })
    }

    /// Waits for a quiet machine, starts the server and waits until it answers; nothing is sent to WhatsApp.
    pub async fn start(&mut self) -> Result<(), Failed> {
        quiet().await;
        self.launch()?;
        let begun = Instant::now();
        while !call(self.address, "GET", "/health", &[], b"").await.is_ok_and(|reply| reply.status == 200) {
            if begun.elapsed() > Duration::from_secs(20) {
                return Err("baton does not answer".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Starts the server's process.
    pub fn launch(&mut self) -> Result<(), Failed> {
        // The client is kept to one core (`script/bench.sh`), the server is not.
        let child = Command::new("taskset")
            .args(["--cpu-list", &format!("0-{}", cores() - 1)])
            .args([&self.baton, "serve"])
            .env("DATABASE_URL", &self.url)
            .env("BATON_ADDRESS", self.address.to_string())
            .env("BATON_DEMO", "0")
            .env("BATON_SENDING", "0")
            .env("BATON_PUBLIC_URL", "")
            .env("BATON_LOG", "error")
            .stdout(Stdio::null())
            .spawn()?;
        self.child = Some(child);
        Ok(())
    }

    /// Ends the server.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The server's memory in megabytes (resident).
    pub fn memory(&self) -> f64 {
        let id = self.child.as_ref().map_or(0, Child::id);
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let kb: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .unwrap_or(0.0);
        kb / 1024.0
    }

    /// A cookie of the nth member.
    pub async fn cookie(&self, member: usize) -> Result<String, Failed> {
        let id = self.members[member % self.members.len()].id;
        let token = session::begin(&self.db, self.desk.id(), id, None, Utc::now()).await?;
        Ok(format!("baton={}", token.reveal()))
    }

    /// A server function's answer and how long it took.
    pub async fn ask(&self, name: &str, cookie: &str, body: &Value) -> Result<(Duration, Reply), Failed> {
        let origin = format!("http://{}", self.address);
        let headers = [("content-type", "application/json"), ("origin", &origin), ("cookie", cookie)];
        let begun = Instant::now();
        let reply = call(self.address, "POST", &format!("/api/{name}"), &headers, body.to_string().as_bytes()).await?;
        if reply.status != 200 {
            return Err(format!("{name}: {} {}", reply.status, String::from_utf8_lossy(&reply.body)).into());
        }
        Ok((begun.elapsed(), reply))
    }

    /// A webhook as it goes over the wire, signed.
    pub fn webhook(&self, updates: &[Value]) -> Vec<u8> {
        let changes: Vec<Value> = updates.to_vec();
        let body =
            json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).to_string();
        let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length");
        let signature = hex::encode(mac.chain_update(&body).finalize().into_bytes());
        format!(
            "POST /webhooks/whatsapp/{} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nx-hub-signature-256: sha256={signature}\r\ncontent-length: {}\r\n\r\n{body}",
            self.app,
            self.address,
            body.len(),
        )
        .into_bytes()
    }

    /// One number from the database.
    pub async fn count(&self, sql: &'static str) -> Result<i64, Failed> {
        Ok(sqlx::query_scalar(sql).fetch_one(self.db.pool()).await?)
    }

    /// Statistics as autovacuum would have made them in time.
    pub async fn analyze(&self) -> Result<(), Failed> {
        let mut owner = PgConnection::connect(&self.url).await?;
        owner.execute("vacuum analyze").await?;
        owner.close().await?;
        Ok(())
    }

    /// A connection as the schema's owner, for what makes millions of rows.
    pub async fn owner(&self) -> Result<PgConnection, Failed> {
        Ok(PgConnection::connect(&self.url).await?)
    }

    /// Waits until the ledger is empty; how long that took.
    pub async fn drained(&self) -> Result<Duration, Failed> {
        let begun = Instant::now();
        while self.count("select count(*) from (select 1 from delivery where processed_at is null limit 1) w").await?
            > 0
        {
            if begun.elapsed() > Duration::from_secs(120) {
                return Err("the ledger does not empty".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(begun.elapsed())
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A customer's text.
pub fn text(from: &str, wamid: &str, words: &str) -> Value {
    change(json!({
        "contacts": [{"profile": {"name": format!("Customer {from}")}, "wa_id": from}],
        "messages": [{"from": from, "id": wamid, "timestamp": Utc::now().timestamp().to_string(), "type": "text", "text": {"body": words}}],
    }))
}

/// A status of one of ours.
pub fn status(to: &str, wamid: &str, word: &str) -> Value {
    change(json!({
        "statuses": [{"id": wamid, "status": word, "timestamp": Utc::now().timestamp().to_string(), "recipient_id": to,
            "conversation": {"id": "c", "origin": {"type": "service"}},
            "pricing": {"billable": false, "pricing_model": "PMP", "category": "service", "type": "free_customer_service"}}],
    }))
}

fn change(mut value: Value) -> Value {
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({"display_phone_number": "15550100", "phone_number_id": NUMBER});
    json!({"field": "messages", "value": value})
}

/// An address that nobody uses.
fn free() -> Result<SocketAddr, Failed> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
