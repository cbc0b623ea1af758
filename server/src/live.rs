//! The live socket: replays what a screen missed, then follows; filtered for its member.

use crate::assets;
use crate::state::Server;
use app::context::Clock;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use domain::chat::Counts;
use domain::db::{Db, Desk};
use domain::feed::store::{Follow, STRETCH, after};
use domain::feed::{Batch, Change, Frame, Word};
use domain::member::Member;
use domain::member::presence;
use domain::member::session::{self, Token};
use domain::{Result, ScreenId, SocketId, Timestamp, WorkspaceId};
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Batches that a slow screen may lag behind before it reads from the table again.
const LAG: usize = 64;
/// How often a quiet socket's session is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// How often the other side is asked whether it is there; browsers answer by themselves, also in a tab that sleeps
/// (RFC 6455, 5.5.2).
const BEAT: Duration = Duration::from_secs(15);
/// A side that has said nothing for so many beats, or taken nothing, is gone: a lid was closed, a tunnel entered.
const BEATS: u32 = 3;
/// Longest word a browser may say.
const LONGEST_WORD: usize = 1024;
/// Bytes kept ready for reading from one socket: browsers say little.
const READ_BUFFER: usize = 1024;
/// How often somebody's typing and clicking is noted at most.
const NOTE_ACTIVE: Duration = Duration::from_secs(5);

type Senders = HashMap<WorkspaceId, (i64, broadcast::Sender<Arc<Batch>>)>;

/// The live screens of this process: each stretch of the feed is loaded once and filtered for each.
#[derive(Clone)]
pub struct Hub {
    db: Db,
    clock: Clock,
    senders: Arc<Mutex<Senders>>,
    screens: Arc<Mutex<HashMap<ScreenId, usize>>>,
    beat: Duration,
}

impl Hub {
    /// A hub without listeners.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock, senders: Arc::default(), screens: Arc::default(), beat: BEAT }
    }

    /// With another pulse.
    #[must_use]
    pub fn beating(self, beat: Duration) -> Self {
        Self { beat, ..self }
    }

    /// Follows the feed for every workspace that somebody here looks at, until told to stop.
    pub async fn run(&self, db: &Db, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = db.bells().numbered.notified() => {}
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
            }
            let followed: Vec<_> = self.lock().iter().map(|(workspace, (number, _))| (*workspace, *number)).collect();
            for (workspace, number) in followed {
                if let Err(error) = self.follow(&db.workspace(workspace), number).await {
                    tracing::warn!(%error, "the feed cannot be read just now");
                }
            }
        }
    }

    async fn follow(&self, desk: &Desk, mut number: i64) -> Result<()> {
        let workspace = desk.id();
        loop {
            match after(desk, number, self.clock.now()).await? {
                Follow::Batch(batch) => {
                    number = batch.last;
                    let more = i64::try_from(batch.changes.len()) == Ok(STRETCH);
                    let mut senders = self.lock();
                    let Some((last, sender)) = senders.get_mut(&workspace) else { return Ok(()) };
                    *last = number;
                    if sender.send(Arc::new(*batch)).is_err() {
                        senders.remove(&workspace);
                        return Ok(());
                    }
                    // What was numbered since has rung the bell.
                    if !more {
                        return Ok(());
                    }
                }
                Follow::Nothing => return Ok(()),
                Follow::Resync => {
                    // Listeners read from the table, each from where it stands, and begin anew.
                    self.lock().remove(&workspace);
                    return Ok(());
                }
            }
        }
    }

    /// Starts listening; `number` is where the feed stands now, roughly, and never ahead of it: listeners close gaps
    /// themselves.
    fn listen(&self, workspace: WorkspaceId, number: i64) -> broadcast::Receiver<Arc<Batch>> {
        let mut senders = self.lock();
        senders.entry(workspace).or_insert_with(|| (number, broadcast::channel(LAG).0)).1.subscribe()
    }

    /// Says in the database that the screens connected here are still there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_alive(&self) -> Result<()> {
        let screens: Vec<_> = self.screens().keys().copied().collect();
        presence::keep_alive(&self.db, &screens, self.clock.now()).await
    }

    fn screens(&self) -> std::sync::MutexGuard<'_, HashMap<ScreenId, usize>> {
        self.screens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Senders> {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From where a screen wants to be told.
#[derive(Debug, Deserialize)]
pub struct From {
    after: i64,
    /// The tab, by an id it made for itself; none for what is no tab (a script, say).
    screen: Option<ScreenId>,
}

/// `GET /live?after=<number>&screen=<id>`: upgrades to the socket for whoever is signed in.
pub async fn connect(
    State(server): State<Server>,
    Query(from): Query<From>,
    upgrade: WebSocketUpgrade,
    request: axum::extract::Request,
) -> Response {
    let (parts, _): (Parts, _) = request.into_parts();
    let Some(token) = server.context().cookie.read(&parts) else { return StatusCode::UNAUTHORIZED.into_response() };
    match session::member(&server.db, &token, server.clock.now()).await {
        Ok(Some(member)) => upgrade
            .max_message_size(LONGEST_WORD)
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .on_upgrade(move |socket| {
                let (id, cursor) = (from.screen, from.after);
                let connection = SocketId::at(server.clock.now());
                let heard = tokio::time::Instant::now();
                let screen =
                    Screen { server, token, member, id, connection, socket, heard, cursor, told: None, noted: None };
                Box::pin(screen.run())
            }),
        Ok(None) => StatusCode::UNAUTHORIZED.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// One connected browser tab.
struct Screen {
    server: Server,
    token: Token,
    member: Member,
    id: Option<ScreenId>,
    connection: SocketId,
    socket: WebSocket,
    /// When the other side last said anything.
    heard: tokio::time::Instant,
    cursor: i64,
    told: Option<(Option<Counts>, Option<Timestamp>)>,
    noted: Option<tokio::time::Instant>,
}

/// Why a screen's conversation ends.
enum End {
    /// The browser hung up, or cannot be reached.
    Gone,
    /// It has to load everything again.
    Resync,
    /// Its session has ended.
    SignedOut,
}

impl Screen {
    async fn run(mut self) {
        if let Some(id) = self.id {
            *self.server.hub.screens().entry(id).or_insert(0) += 1;
        }
        let talked = match self.note_connected().await {
            Ok(()) => self.talk().await,
            Err(end) => Err(end),
        };
        self.leave().await;
        let end = match talked {
            Err(End::Resync) => Some(Frame::Resync),
            Err(End::SignedOut) => Some(Frame::SignedOut),
            Err(End::Gone) | Ok(()) => None,
        };
        if let Some(frame) = end {
            let _ = self.say(&frame).await;
        }
        let _ = self.send(Message::Close(None)).await;
    }

    /// This screen is there, whether or not somebody sits at it: the browser says that.
    async fn note_connected(&mut self) -> Result<(), End> {
        let Some(id) = self.id else { return Ok(()) };
        let desk = self.server.db.workspace(self.member.workspace);
        presence::connected(&desk, self.member.id, id, self.connection, self.server.clock.now())
            .await
            .map_err(|_| End::Gone)
    }

    /// Somebody sits here.
    async fn note_active(&mut self) -> Result<(), End> {
        let now = tokio::time::Instant::now();
        let Some(id) = self.id.filter(|_| self.noted.is_none_or(|noted| noted + NOTE_ACTIVE <= now)) else {
            return Ok(());
        };
        self.noted = Some(now);
        let desk = self.server.db.workspace(self.member.workspace);
        presence::active(&desk, self.member.id, id, self.server.clock.now()).await.map_err(|_| End::Gone)
    }

    /// The socket has closed.
    async fn leave(&mut self) {
        let Some(id) = self.id else { return };
        {
            let mut screens = self.server.hub.screens();
            if let Entry::Occupied(mut sockets) = screens.entry(id) {
                *sockets.get_mut() -= 1;
                if *sockets.get() == 0 {
                    sockets.remove();
                }
            }
        }
        let desk = self.server.db.workspace(self.member.workspace);
        if let Err(error) = presence::left(&desk, self.member.id, id, self.connection, self.server.clock.now()).await {
            tracing::debug!(%error, "a screen's leaving could not be noted; its lease ends");
        }
    }

    async fn talk(&mut self) -> Result<(), End> {
        self.say(&Frame::Hello { now: self.server.clock.now(), build: assets::names().wasm }).await?;
        // Before it listens: where it claims to stand may be ahead of the feed.
        self.catch_up().await?;
        let mut batches = self.server.hub.listen(self.member.workspace, self.cursor);
        self.catch_up().await?;
        self.say(&Frame::Live).await?;
        let mut look_again = tokio::time::interval_at(tokio::time::Instant::now() + LOOK_AGAIN, LOOK_AGAIN);
        let beat = self.server.hub.beat;
        let mut pulse = tokio::time::interval_at(tokio::time::Instant::now() + beat, beat);
        loop {
            tokio::select! {
                batch = batches.recv() => match batch {
                    Ok(batch) if batch.last <= self.cursor => {}
                    Ok(batch) if batch.first <= self.cursor + 1 => self.tell(&batch).await?,
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => self.catch_up().await?,
                    Err(broadcast::error::RecvError::Closed) => {
                        batches = self.server.hub.listen(self.member.workspace, self.cursor);
                        self.catch_up().await?;
                    }
                },
                word = self.socket.recv() => {
                    self.heard = tokio::time::Instant::now();
                    match word {
                        Some(Ok(Message::Text(text))) => {
                            match serde_json::from_str::<Word>(&text).map_err(|_| End::Gone)? {
                                Word::Ping => {}
                                Word::Active => self.note_active().await?,
                            }
                        }
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Binary(_) | Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
                    }
                }
                _ = pulse.tick() => {
                    if self.heard.elapsed() >= beat * BEATS {
                        return Err(End::Gone);
                    }
                    self.send(Message::Ping(Bytes::new())).await?;
                }
                _ = look_again.tick() => self.check().await?,
            }
        }
    }

    /// Everything after the cursor, from the table.
    async fn catch_up(&mut self) -> Result<(), End> {
        let desk: Desk = self.server.db.workspace(self.member.workspace);
        loop {
            match after(&desk, self.cursor, self.server.clock.now()).await.map_err(|_| End::Gone)? {
                Follow::Batch(batch) => self.tell(&batch).await?,
                Follow::Nothing => return Ok(()),
                Follow::Resync => return Err(End::Resync),
            }
        }
    }

    async fn tell(&mut self, batch: &Batch) -> Result<(), End> {
        let me = self.member.id;
        let altered = |change: &Change| matches!(change, Change::Member { member } if *member == me);
        let mine = |change: &Change| altered(change) || matches!(change, Change::SignedOut { member } if *member == me);
        if batch.changes.iter().any(mine) {
            self.check().await?;
        }
        // The page may have been rendered before this socket asked who is there: what it shows may be of a role that
        // the socket never knew.
        if batch.changes.iter().any(altered) {
            return Err(End::Resync);
        }
        let mut frame = batch.frame(self.member.id, self.member.role, self.cursor);
        self.cursor = batch.last;
        if let Frame::Changes { changes, counts, longest_wait, presence, profiles, defined, contacts, .. } = &mut frame
        {
            let now = Some((*counts, *longest_wait));
            let silent = changes.is_empty() && presence.is_none() && profiles.is_empty() && !*defined && !*contacts;
            if silent && self.told == now {
                return Ok(());
            }
            self.told = now;
        }
        self.say(&frame).await
    }

    /// Whether the session still holds, with the same rights.
    async fn check(&mut self) -> Result<(), End> {
        let now = self.server.clock.now();
        match session::member(&self.server.db, &self.token, now).await {
            Ok(Some(member)) if member.role == self.member.role => Ok(()),
            Ok(Some(_)) => Err(End::Resync),
            Ok(None) => Err(End::SignedOut),
            Err(_) => Err(End::Gone),
        }
    }

    async fn say(&mut self, frame: &Frame) -> Result<(), End> {
        let text = serde_json::to_string(frame).map_err(|_| End::Gone)?;
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let longest = self.server.hub.beat * BEATS;
        match tokio::time::timeout(longest, self.socket.send(message)).await {
            Ok(sent) => sent.map_err(|_| End::Gone),
            Err(_) => Err(End::Gone),
        }
    }
}
