//! A running server with two apps, two numbers and three members.

use app::context::Clock;
use chrono::{DateTime, Utc};
use domain::api_key::Scope;
use domain::db::{Db, Desk};
use domain::member::store::NewMember;
use domain::member::{Member, Role, session};
use domain::{AppId, channel, flow, member, workspace};
use hmac::{Hmac, Mac};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use server::config::Config;
use server::state::Server;
use server::whatsapp::process;
use server::{jobs, router};
use sha2::Sha256;
use sqlx::PgPool;
use tokio_util::sync::{CancellationToken, DropGuard};

pub const SECRET: &str = "the first app's secret";
pub const OTHER_SECRET: &str = "the second app's secret";
pub const NUMBER: &str = "106540352242922";
pub const OTHER_NUMBER: &str = "999000111222333";

pub struct Running {
    pub url: String,
    pub server: Server,
    pub desk: Desk,
    pub app: AppId,
    pub other_app: AppId,
    pub members: Vec<Member>,
    pub client: Client,
    _stop: DropGuard,
}

impl Running {
    /// Starts a server. The ledger's processor is driven by the test, so that it knows when it is done.
    pub async fn start(pool: PgPool) -> Self {
        Self::start_with(pool, &[]).await
    }

    /// With settings of its own.
    pub async fn start_with(pool: PgPool, settings: &[(&str, &str)]) -> Self {
        Self::start_as(pool, settings, |server| server).await
    }

    /// With something else changed about the server.
    pub async fn start_as(pool: PgPool, settings: &[(&str, &str)], change: impl FnOnce(Server) -> Server) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = Config::read(|name| match name {
            "DATABASE_URL" => Some("postgres://unused".into()),
            "BATON_ADDRESS" => Some(address.to_string()),
            other => settings.iter().find(|(name, _)| *name == other).map(|(_, value)| (*value).to_owned()),
        })
        .unwrap();
        let db = Db::new(pool);
        let (desk, apps, members) = settle(&db, "", [NUMBER, OTHER_NUMBER]).await;
        let server = change(Server::new(config, db, Clock::default()));
        let stop = CancellationToken::new();
        let (hub, sequencing) = (server.clone(), server.clone());
        let (a, b) = (stop.clone(), stop.clone());
        tokio::spawn(async move { hub.hub.run(&hub.db, a).await });
        tokio::spawn(async move { jobs::sequence::run(&sequencing.db, &sequencing.clock, b).await });
        let doorbell = (server.db.clone(), stop.clone());
        tokio::spawn(async move { jobs::doorbell::run(&doorbell.0, doorbell.1).await });
        let routes = router::router(server.clone(), None);
        let service = routes.into_make_service_with_connect_info::<std::net::SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self {
            url: format!("http://{address}"),
            server,
            desk,
            app: apps[0],
            other_app: apps[1],
            members,
            client,
            _stop: stop.drop_guard(),
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.server.clock.now()
    }

    pub fn webhook(&self, app: AppId) -> String {
        format!("{}/webhooks/whatsapp/{app}", self.url)
    }

    /// Posts bytes, signed with a secret.
    pub async fn deliver(&self, app: AppId, secret: &str, body: impl Into<Vec<u8>>) -> StatusCode {
        let body = body.into();
        let signature = sign(secret, &body);
        self.post(&self.webhook(app), &[("x-hub-signature-256", &signature)], body).await.status()
    }

    pub async fn post(&self, url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response {
        let mut request = self.client.post(url).header("content-type", "application/json").body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    /// Processes everything in the ledger.
    pub async fn process(&self) {
        let processor = process::Processor::new(self.server.db.clone());
        while processor.run_once(self.now()).await.unwrap() > 0 {}
    }

    /// A cookie of a member who has signed in.
    pub async fn cookie(&self, member: usize) -> String {
        let id = self.members[member].id;
        let token = session::begin(&self.server.db, self.desk.id(), id, None, self.now()).await.unwrap();
        format!("baton={}", token.reveal())
    }

    /// Calls a server function as the page does.
    pub async fn call(&self, name: &str, cookie: &str, body: &Value) -> Response {
        let headers = [("cookie", cookie), ("origin", self.url.as_str())];
        self.post(&format!("{}/api/{name}", self.url), &headers, body.to_string().into_bytes()).await
    }

    /// A key of the REST API.
    pub async fn key(&self, scopes: &[Scope]) -> String {
        domain::api_key::store::create(&self.desk, &self.members[2], "test", scopes, None, self.now()).await.unwrap()
    }

    /// Calls the REST API.
    pub async fn rest(&self, key: &str, method: &str, path: &str, body: &Value) -> Response {
        let method = method.to_uppercase().parse().unwrap();
        let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(key);
        let request = if body.is_null() { request } else { request.json(body) };
        request.send().await.unwrap()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.server.db.pool()).await.unwrap()
    }
}

pub fn sign(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    format!("sha256={}", hex::encode(mac.chain_update(body).finalize().into_bytes()))
}

/// A delivery with one text message.
pub fn text(number: &str, wamid: &str, from: &str, words: &str) -> String {
    let now = Utc::now().timestamp().to_string();
    serde_json::json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "1", "phone_number_id": number},
        "contacts": [{"profile": {"name": "Carla Customer"}, "wa_id": from}],
        "messages": [{"from": from, "id": wamid, "timestamp": now, "type": "text", "text": {"body": words}}]}}]}]})
    .to_string()
}

/// Makes a workspace with two apps, two numbers and three members; `mark` tells it from others in the database.
pub async fn settle(db: &Db, mark: &str, numbers: [&str; 2]) -> (Desk, Vec<AppId>, Vec<Member>) {
    let now = Utc::now();
    let desk = workspace::store::add(db, &format!("Test{mark}"), false, now).await.unwrap();
    let mut tx = desk.begin().await.unwrap();
    let mut ids = Vec::new();
    for (name, role) in [("Ana", Role::Agent), ("Ben", Role::Agent), ("Olivia", Role::Owner), ("Max", Role::Manager)] {
        let email = format!("{}{mark}@test.example", name.to_lowercase()).to_lowercase();
        let name = format!("{name}{mark}");
        let new = NewMember { email: &email, name: &name, role, password_hash: None };
        ids.push(member::store::add(&mut tx, &new, now).await.unwrap());
    }
    let mut apps = Vec::new();
    for (name, secret, number) in [("first", SECRET, numbers[0]), ("second", OTHER_SECRET, numbers[1])] {
        let secret = &format!("{secret}{mark}");
        let new = channel::store::NewApp { name, verify_token: "verify me", secret };
        let app = channel::store::add_app(&mut tx, &new, now).await.unwrap();
        let new = channel::store::NewChannel {
            app,
            phone_number_id: number,
            waba_id: "1",
            display_phone: "+1 555 0100",
            name,
            access_token: "t",
        };
        channel::store::add(&mut tx, &new, now).await.unwrap();
        apps.push(app);
    }
    flow::store::add(&mut tx, "Welcome", &flow::sample(), now).await.unwrap();
    let mut members = Vec::new();
    for id in ids {
        members.push(member::store::get(&mut tx, id).await.unwrap().unwrap());
    }
    tx.commit().await.unwrap();
    (desk, apps, members)
}
