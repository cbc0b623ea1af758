//! A pretend WhatsApp for demo and tests: phones of customers on one side; on the other what Baton sees of
//! Meta, the Graph API and signed webhooks over real HTTP. It knows nothing of Baton's own tables.

mod error;
mod graph;
mod media;
mod phone;
mod send;
mod store;
mod webhook;

use app::context::Clock;
use app::simulator::wire::Switches;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};
use sqlx::PgPool;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::sync::watch;
use uuid::Uuid;

/// Where Baton is and what it expects.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where webhooks go.
    pub webhook_url: String,
    /// Answers Baton's side of the verification.
    pub verify_token: String,
    /// Signs webhooks.
    pub app_secret: String,
    /// The number, by Meta's id.
    pub phone_number_id: String,
    /// The WhatsApp business account.
    pub waba_id: String,
    /// The number, as people read it.
    pub display_phone: String,
    /// What Baton has to send as bearer.
    pub access_token: String,
    /// The name on the phones.
    pub business_name: String,
}

/// The simulator; cheap to clone.
#[derive(Clone)]
pub struct Simulator(Arc<Inner>);

struct Inner {
    pool: PgPool,
    clock: Clock,
    settings: Settings,
    line: webhook::Line,
    memory: Mutex<Memory>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Memory {
    switches: Switches,
    /// Until when the business types to a customer.
    typing: HashMap<Uuid, Instant>,
    /// What is left of each customer's pair rate: messages, and when that was true.
    pairs: HashMap<Uuid, (f64, Instant)>,
}

impl Simulator {
    /// Starts it; webhooks go out from here on.
    pub fn new(pool: PgPool, clock: Clock, settings: Settings) -> Self {
        let changed = watch::Sender::new(1);
        let line = webhook::Line::start(settings.clone(), changed.clone());
        Self(Arc::new(Inner { pool, clock, settings, line, memory: Mutex::default(), changed }))
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Tells the phone pages to look again.
    fn change(&self) {
        self.0.changed.send_modify(|version| *version += 1);
    }
}

/// Its routes, with absolute paths.
pub fn router(simulator: Simulator) -> Router {
    Router::new()
        .route("/simulator/graph/{version}/{number}/messages", post(graph::messages))
        .route(
            "/simulator/graph/{version}/{number}/media",
            post(media::upload).layer(DefaultBodyLimit::max(media::LARGEST)),
        )
        .route("/simulator/api/media/{id}", get(media::show))
        .route("/simulator/api/state", get(phone::state))
        .route("/simulator/api/customers", post(phone::create))
        .route("/simulator/api/customers/{id}/messages", post(phone::say))
        .route("/simulator/api/customers/{id}/open", post(phone::open))
        .route("/simulator/api/customers/{id}/offers", post(phone::offers))
        .route("/simulator/api/switches", put(phone::switch))
        .route("/simulator/api/webhook", post(phone::webhook))
        .route("/simulator/api/clock", post(phone::clock))
        .with_state(simulator)
}
