//! Random schedules of what can come between a screen and the server: sockets that are cut, a feed that no longer reaches
//! back, frames that come twice and late, answers that overtake frames and are overtaken, also by everything being loaded
//! again; lists and threads of several pages; members whose role changes, who go and come back; time that passes. At the
//! end of each the client's state equals what the server says.
//!
//! What this proves is about `InboxState`, `Open` and `ThreadState`, the very code that the page uses, and about the
//! stores and `Batch::frame`. What stands around them in the page (`desk/hearing.rs`, `desk/loading.rs`, `ui/live.rs`) and
//! in `server/src/live.rs` is done here in the same way but by other code; browser tests and `live.rs` beside this look at
//! those. A restart is what a screen sees of it: every socket is cut, and loading everything again fails. Frames of one
//! socket keep their order, and those of the one before end with it; so none is heard ahead of an earlier one. Of a
//! thread's older pages it proves that nothing is missing, not that each message is the newest: one that changes while it
//! is on its way with an older page, or before everything is loaded again, stays as it was until the chat is opened anew.
//!
//! `BATON_SEEDS` sets how many schedules are tried (1,000 when unset), `BATON_SEED` tries a single one.

use crate::desk::settle;
use app::desk::open::{Next, Open};
use app::inbox::state::InboxState;
use chrono::{DateTime, TimeDelta, Utc};
use domain::chat::{Command, List, Page, PageKey, Thread, act, list, open};
use domain::contact::{Known, Phone, Source};
use domain::db::{Db, Desk};
use domain::feed::store::{Follow, after};
use domain::feed::{Change, Frame, sequencer};
use domain::flow::Heard;
use domain::member::{self, Member, Presence, Role, account, presence};
use domain::message::receive::{Incoming, receive};
use domain::message::{Body, Message};
use domain::{ChannelId, ChatId, Error, MessageId, ScreenId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use std::collections::VecDeque;

const CUSTOMERS: u64 = 5;
const STEPS: usize = 40;
/// Schedules tried at once.
const LANES: u64 = 4;
const LISTS: [List; 5] = [List::Active, List::Requested, List::Mine, List::Others, List::History];
/// Rows and messages on a page: the server's pages are cut, so that few chats make several.
const ROWS: usize = 2;
const MESSAGES: usize = 5;

/// An answer on its way to a client.
enum Answer {
    /// With the place that it follows.
    Page(List, Option<PageKey>, Page),
    /// With the inbox's cursor when it was asked for.
    Opened(ChatId, i64, Result<Box<Thread>, Error>),
    Older(ChatId, Vec<Message>),
    /// Some of the lists, after a resync.
    Again(Vec<(List, Page)>, Presence),
}

/// A screen without a screen.
struct Client {
    /// As whom the server knows them now; the page may have been loaded with another role.
    member: Member,
    presence: Presence,
    inbox: InboxState,
    open: Open,
    /// Where the socket stands; none while it is cut.
    socket: Option<i64>,
    /// The role that the socket knows.
    role: Role,
    /// Whether everything is being loaded again: until then nothing is connected.
    behind: bool,
    frames: VecDeque<Frame>,
    old: Vec<Frame>,
    answers: Vec<Answer>,
}

/// What the server writes, as the browser reads it.
fn carried<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> T {
    let read = app::json::as_browser(&serde_json::to_vec(value).unwrap()).unwrap();
    assert_eq!(&read, value);
    read
}

impl Client {
    /// A page that was loaded, and connects.
    async fn new(desk: &Desk, member: Member, open: Option<ChatId>) -> Self {
        let mut client = Self {
            inbox: InboxState::new(member.id, member.role),
            presence: member.presence,
            role: member.role,
            member,
            open: open.map_or(Open::Nothing, Open::Loading),
            socket: None,
            behind: false,
            frames: VecDeque::new(),
            old: Vec::new(),
            answers: Vec::new(),
        };
        for list in client.lists() {
            let page = client.page(desk, list, None).await;
            assert!(client.inbox.load(list, page, true));
        }
        if let Some(chat) = open {
            client.ask(desk, chat).await;
        }
        client.connect();
        client
    }

    /// Those that the page shows.
    fn lists(&self) -> impl Iterator<Item = List> + use<> {
        let supervises = self.inbox.supervises();
        LISTS.into_iter().filter(move |list| *list != List::Others || supervises)
    }

    async fn page(&self, desk: &Desk, list: List, after: Option<&PageKey>) -> Page {
        let mut page = list::page(desk, &self.member, list, after).await.unwrap();
        page.more |= page.rows.len() > ROWS;
        page.rows.truncate(ROWS);
        carried(&page)
    }

    async fn older(&self, desk: &Desk, chat: ChatId, before: i64) -> Option<Vec<Message>> {
        let (mut messages, _) = open::older(desk, &self.member, chat, before).await.ok()?;
        messages.drain(..messages.len().saturating_sub(MESSAGES));
        Some(carried(&messages))
    }

    fn connect(&mut self) {
        if !self.behind {
            self.frames.clear();
            self.socket = Some(self.inbox.cursor);
            self.role = self.member.role;
        }
    }

    fn cut(&mut self) {
        self.socket = None;
        self.frames.clear();
    }

    /// The server's end of the socket writes what there is.
    async fn push(&mut self, desk: &Desk, now: DateTime<Utc>) {
        while let Some(at) = self.socket {
            let me = self.member.id;
            let altered = |change: &Change| matches!(change, Change::Member { member } if *member == me);
            match after(desk, at, now).await.unwrap() {
                Follow::Nothing => return,
                Follow::Batch(batch) if !batch.changes.iter().any(altered) => {
                    self.frames.push_back(carried(&batch.frame(me, self.role, at)));
                    self.socket = Some(batch.last);
                }
                Follow::Batch(_) | Follow::Resync => {
                    self.frames.push_back(Frame::Resync);
                    self.socket = None;
                }
            }
        }
    }

    /// A request whose answer is read now and arrives later.
    async fn ask(&mut self, desk: &Desk, chat: ChatId) {
        let answer = open::open(desk, &self.member, chat).await.map(|mut thread| {
            let more = thread.messages.len().saturating_sub(MESSAGES);
            thread.older |= more > 0;
            thread.messages.drain(..more);
            Box::new(carried(&thread))
        });
        self.answers.push(Answer::Opened(chat, self.inbox.cursor, answer));
    }

    async fn ask_page(&mut self, desk: &Desk, list: List, first: bool) {
        let after = if first { None } else { self.inbox.next(list) };
        let page = self.page(desk, list, after.as_ref()).await;
        self.answers.push(Answer::Page(list, after, page));
    }

    async fn ask_older(&mut self, desk: &Desk) {
        if let Open::Thread(thread) = &self.open
            && let (true, Some(first)) = (thread.older, thread.first())
            && let Some(messages) = self.older(desk, thread.chat(), first).await
        {
            self.answers.push(Answer::Older(thread.chat(), messages));
        }
    }

    async fn hear(&mut self, desk: &Desk, frame: Frame) {
        match frame.clone() {
            Frame::Changes { upto, changes, counts, longest_wait, presence, .. } => {
                if self.inbox.hear(upto, &changes, counts, longest_wait) {
                    self.presence = presence.unwrap_or(self.presence);
                    for change in changes {
                        let chat = change.chat;
                        if self.open.meant() == Some(chat) {
                            let next = self.open.changed(change);
                            self.then(desk, chat, next).await;
                        }
                    }
                }
            }
            Frame::Resync => return self.begin_again(desk).await,
            Frame::Hello { .. } | Frame::Live | Frame::SignedOut => {}
        }
        self.old.push(frame);
    }

    async fn begin_again(&mut self, desk: &Desk) {
        self.cut();
        if self.inbox.supervises() != self.member.role.supervises() {
            // With another role this is another page.
            *self = Self::new(desk, self.now(desk).await, self.open.meant()).await;
            return;
        }
        self.behind = true;
        let presence = self.now(desk).await.presence;
        let mut pages = Vec::new();
        for list in self.lists().take(2) {
            pages.push((list, self.page(desk, list, None).await));
        }
        self.answers.push(Answer::Again(pages, presence));
    }

    /// Who is signed in.
    async fn now(&self, desk: &Desk) -> Member {
        let mut tx = desk.begin().await.unwrap();
        member::store::get(&mut tx, self.member.id).await.unwrap().unwrap()
    }

    async fn take(&mut self, desk: &Desk, answer: Answer) {
        match answer {
            Answer::Page(list, after, page) => {
                let taken = match &after {
                    Some(after) => self.inbox.follow(list, page, after),
                    None => self.inbox.load(list, page, true),
                };
                if !taken {
                    self.ask_page(desk, list, after.is_none()).await;
                }
            }
            // Another chat is open by now.
            Answer::Opened(chat, ..) if self.open.meant() != Some(chat) => {}
            Answer::Opened(chat, _, Ok(thread)) => {
                let (row, cursor) = (thread.row.clone(), thread.cursor);
                let next = self.open.opened(*thread, &self.inbox);
                if self.open.chat() == Some(chat) {
                    self.inbox.answered(row, cursor);
                }
                self.then(desk, chat, next).await;
            }
            Answer::Opened(chat, asked, Err(Error::NotFound)) => {
                let next = self.open.hidden(chat, asked, &mut self.inbox);
                self.then(desk, chat, next).await;
            }
            Answer::Opened(_, _, Err(other)) => panic!("{other}"),
            Answer::Older(chat, messages) => {
                if let Open::Thread(thread) = &mut self.open
                    && thread.chat() == chat
                {
                    thread.take(messages);
                }
            }
            Answer::Again(pages, presence) => {
                self.behind = false;
                self.presence = presence;
                self.inbox.forget();
                for (list, page) in pages {
                    assert!(self.inbox.load(list, page, true));
                }
                for list in self.lists().skip(2) {
                    self.ask_page(desk, list, true).await;
                }
                if let Some(chat) = self.open.meant() {
                    self.ask(desk, chat).await;
                }
                self.connect();
            }
        }
    }

    async fn then(&mut self, desk: &Desk, chat: ChatId, next: Next) {
        if next == Next::Load {
            self.ask(desk, chat).await;
        }
    }

    async fn show(&mut self, desk: &Desk, chat: ChatId) {
        if self.open.chat() != Some(chat) {
            self.open = Open::Loading(chat);
            self.ask(desk, chat).await;
        }
    }

    /// What this client shows equals what the server says, and once the rest is loaded, all of it.
    async fn compare(&mut self, desk: &Desk, seed: u64) {
        let who = self.member.name.clone();
        let now = self.now(desk).await;
        assert_eq!(self.presence, now.presence, "seed {seed}: {who}");
        assert_eq!(self.inbox.supervises(), now.role.supervises(), "seed {seed}: {who}");
        for list in self.lists() {
            let page = list::page(desk, &self.member, list, None).await.unwrap();
            assert!(!page.more);
            let meant: Vec<_> = page.rows.iter().map(|row| row.id).collect();
            let shown = self.inbox.ids(list, 0, 1000);
            assert_eq!(shown, meant[..shown.len().min(meant.len())], "seed {seed}: {who}'s {list:?}");
            assert_eq!(self.inbox.counts, page.counts, "seed {seed}: {who}'s counts");
            assert_eq!(self.inbox.longest_wait, page.longest_wait, "seed {seed}: {who}");
            assert_eq!(self.inbox.cursor, page.cursor, "seed {seed}: {who}");
            while !self.inbox.is_complete(list) {
                self.ask_page(desk, list, false).await;
                let answer = self.answers.pop().unwrap();
                self.take(desk, answer).await;
            }
            assert_eq!(self.inbox.ids(list, 0, 1000), meant, "seed {seed}: {who}'s {list:?}, all of it");
            for row in &page.rows {
                assert_eq!(self.inbox.row(row.id), Some(row), "seed {seed}: {who}'s {list:?}");
            }
        }
        let Some(chat) = self.open.meant() else { return };
        match (open::open(desk, &self.member, chat).await, &self.open) {
            (Err(Error::NotFound), Open::Lost(_)) => {}
            (Ok(thread), Open::Held(row)) if thread.row.content.is_none() => {
                assert_eq!(&thread.row, &**row, "seed {seed}: {who}")
            }
            (Ok(thread), Open::Thread(known)) if thread.row.content.is_some() => {
                assert_eq!(thread.row, known.row, "seed {seed}: {who}'s open chat");
                let (mut known, mut meant) = (known.clone(), thread.messages);
                while let Some(first) = meant.first().filter(|first| first.seq > 1) {
                    let (older, _) = open::older(desk, &self.member, chat, first.seq).await.unwrap();
                    meant.splice(0..0, older);
                }
                let shown: Vec<_> = known.messages().cloned().collect();
                assert_eq!(seqs(&shown), seqs(&meant[meant.len() - shown.len()..]), "seed {seed}: {who}'s thread");
                let last = shown.len().min(MESSAGES);
                assert_eq!(shown[shown.len() - last..], meant[meant.len() - last..], "seed {seed}: {who}'s thread");
                while known.older {
                    known.take(self.older(desk, chat, known.first().unwrap()).await.unwrap());
                }
                let shown: Vec<_> = known.messages().cloned().collect();
                assert_eq!(seqs(&shown), seqs(&meant), "seed {seed}: {who}'s thread, all of it");
            }
            (server, shown) => panic!("seed {seed}: {who} shows {shown:?}, the server says {server:?}"),
        }
    }
}

fn seqs(messages: &[Message]) -> Vec<i64> {
    messages.iter().map(|message| message.seq).collect()
}

/// A random source of a schedule's own.
struct Dice(StdRng);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    fn roll(&mut self, below: usize) -> usize {
        self.0.random_range(0..below)
    }
}

async fn schedule(pool: PgPool, seed: u64) {
    let db = Db::new(pool.clone());
    let mark = format!("-{seed}");
    let (number, other) = (format!("1{seed}"), format!("2{seed}"));
    let (desk, _, mut members) = settle(&db, &mark, [&number, &other]).await;
    let channel = sqlx::query_scalar("select id from channel where phone_number_id = $1")
        .bind(&number)
        .fetch_one(&pool)
        .await
        .unwrap();
    let channel = ChannelId(channel);
    let mut conn = pool.acquire().await.unwrap();
    let mut dice = Dice::new(seed);
    let mut now = Utc::now();
    let screen = ScreenId::at(now);
    presence::active(&desk, members[2].id, screen, now).await.unwrap();
    let mut clients = Vec::new();
    for member in &members[..3] {
        clients.push(Client::new(&desk, member.clone(), None).await);
    }
    // Max has no screen, but may hold chats, and goes and comes back.
    let mut there = true;
    let mut number = 0;
    for _ in 0..STEPS {
        now += TimeDelta::seconds(3);
        let who = dice.roll(clients.len());
        match dice.roll(32) {
            0..=4 => {
                number += 1;
                let customer = dice.roll(usize::try_from(CUSTOMERS).unwrap());
                writes(&desk, channel, customer, &format!("w{seed}.{number}"), now).await;
            }
            5..=10 => acts(&desk, &members[..if there { 4 } else { 3 }], screen, &mut dice, now).await,
            // Not every change is numbered at once.
            11 | 12 => numbered(&mut conn).await,
            13 | 14 => {
                for client in &mut clients {
                    client.push(&desk, now).await;
                }
            }
            15..=17 => {
                let count = dice.roll(4);
                for _ in 0..count {
                    let Some(frame) = clients[who].frames.pop_front() else { break };
                    clients[who].hear(&desk, frame).await;
                }
            }
            18 if !clients[who].old.is_empty() => {
                // A frame again, or late.
                let place = dice.roll(clients[who].old.len());
                let frame = clients[who].old[place].clone();
                clients[who].hear(&desk, frame).await;
            }
            19 => clients[who].cut(),
            20 => clients[who].connect(),
            21 => {
                let lists: Vec<_> = clients[who].lists().collect();
                clients[who].ask_page(&desk, lists[dice.roll(lists.len())], true).await;
                if let Some(chat) = some_chat(&desk, &mut dice).await {
                    clients[who].show(&desk, chat).await;
                }
            }
            22 | 23 if !clients[who].answers.is_empty() => {
                let place = dice.roll(clients[who].answers.len());
                let answer = clients[who].answers.swap_remove(place);
                clients[who].take(&desk, answer).await;
            }
            24 | 25 => {
                // Nobody does anything for a while, but the clock: offers open, chats are given back, windows close.
                now += [TimeDelta::seconds(130), TimeDelta::seconds(400), TimeDelta::hours(25)][dice.roll(3)];
                while domain::chat::clock::run_once(&db, now).await.unwrap() > 0 {}
            }
            26 if dice.roll(3) == 0 => {
                // A restart cuts everybody; sometimes the feed no longer reaches back.
                for client in &mut clients {
                    client.cut();
                    client.answers.retain(|answer| !matches!(answer, Answer::Again(..)));
                    client.behind = false;
                }
                if dice.roll(2) == 0 {
                    forgets(&pool, &desk).await;
                }
            }
            27 => {
                let lists: Vec<_> = clients[who].lists().collect();
                clients[who].ask_page(&desk, lists[dice.roll(lists.len())], false).await;
            }
            28 => clients[who].ask_older(&desk).await,
            29 if dice.roll(2) == 0 => {
                // Ben is an Agent, then a Manager, then an Agent again; his next request is answered as that.
                let role = if members[1].role == Role::Agent { Role::Manager } else { Role::Agent };
                account::set_role(&desk, &members[2], members[1].id, role, now).await.unwrap();
                members[1].role = role;
                clients[1].member.role = role;
            }
            30 => {
                let presence = [Presence::Available, Presence::Away][dice.roll(2)];
                presence::set(&desk, members[who].id, presence, now).await.unwrap();
            }
            31 if dice.roll(2) == 0 => {
                let (owner, max) = (&members[2], members[3].id);
                if there {
                    member::store::deactivate(&desk, owner, max, now).await.unwrap();
                } else {
                    member::store::reactivate(&desk, owner, max, now).await.unwrap();
                }
                there = !there;
            }
            _ => {}
        }
    }
    // Everything settles.
    numbered(&mut conn).await;
    for client in &mut clients {
        client.connect();
        loop {
            if client.socket.is_none() {
                client.connect();
            }
            client.push(&desk, now).await;
            if let Some(frame) = client.frames.pop_front() {
                client.hear(&desk, frame).await;
            } else if let Some(answer) = client.answers.pop() {
                client.take(&desk, answer).await;
            } else if client.socket.is_some() {
                break;
            }
        }
        client.compare(&desk, seed).await;
    }
}

async fn numbered(conn: &mut PgConnection) {
    while sequencer::number(conn, None).await.unwrap().0 > 0 {}
}

async fn forgets(pool: &PgPool, desk: &Desk) {
    let sql = "update feed_cursor set oldest = number + 1 where workspace_id = $1";
    sqlx::query(sql).bind(desk.id().0).execute(pool).await.unwrap();
    sqlx::query("delete from feed where workspace_id = $1").bind(desk.id().0).execute(pool).await.unwrap();
}

async fn some_chat(desk: &Desk, dice: &mut Dice) -> Option<ChatId> {
    let sql = "select id from chat where workspace_id = $1 order by id";
    let chats: Vec<uuid::Uuid> = sqlx::query_scalar(sql).bind(desk.id().0).fetch_all(desk.db().pool()).await.unwrap();
    if chats.is_empty() { None } else { Some(ChatId(chats[dice.roll(chats.len())])) }
}

async fn writes(desk: &Desk, channel: ChannelId, customer: usize, wamid: &str, now: DateTime<Utc>) {
    let person = wamid.ends_with(['3', '7']);
    let heard = if person {
        Heard::Choice { id: "person".into(), title: "Talk to a person".into() }
    } else {
        Heard::Text(wamid.into())
    };
    let incoming = Incoming {
        wamid: wamid.into(),
        from: Known {
            phone: Some(Phone::parse(&format!("44770090000{customer}")).unwrap()),
            bsuid: None,
            username: None,
            name: Some(format!("Customer {customer}")),
        },
        said_at: now,
        body: Body::text(wamid),
        heard: Some(heard),
        raw: None,
        reply_to: None,
        source: Source::Organic,
    };
    let mut tx = desk.begin().await.unwrap();
    receive(&mut tx, channel, incoming, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// A member does something, allowed or not.
async fn acts(desk: &Desk, members: &[Member], screen: ScreenId, dice: &mut Dice, now: DateTime<Utc>) {
    let Some(chat) = some_chat(desk, dice).await else { return };
    let member = &members[dice.roll(members.len())];
    let target = members[dice.roll(members.len())].id;
    let command = match dice.roll(13) {
        0..=3 => Command::Intervene,
        4 | 5 => Command::Resolve { outcome: Some("Solved".into()), note: None },
        6 => Command::TakeOver,
        7 => Command::Transfer { to: Some(target), note: "n".into() },
        8 => Command::Transfer { to: None, note: String::new() },
        9 => {
            let _ = domain::message::store::send(desk, member, chat, MessageId::at(now), "hello", now).await;
            return;
        }
        12 => {
            let _ = domain::message::note::write(desk, member, chat, MessageId::at(now), "between us", now).await;
            return;
        }
        10 => {
            let _ = open::mark_seen(desk, member, chat, now).await;
            return;
        }
        _ => {
            let olivia = &members[2];
            if dice.roll(2) == 0 {
                let _ = domain::chat::watch::open(desk, olivia, chat, screen, now).await;
            } else {
                domain::chat::watch::close(desk, olivia, chat, None, now).await.unwrap();
            }
            return;
        }
    };
    let resolves = matches!(command, Command::Resolve { .. });
    let done = tries(act::by_member(desk, member, chat, command, now).await);
    if done && resolves && dice.roll(3) == 0 {
        let undo = Command::UndoResolve { resolved_by: None, resolved_at: None, was: None };
        tries(act::by_member(desk, member, chat, undo, now + TimeDelta::seconds(2)).await);
    }
}

/// Whether it was done; what is not allowed is no failure.
fn tries(answer: Result<(), Error>) -> bool {
    match answer {
        Ok(()) => true,
        Err(Error::Refused(_) | Error::NotFound | Error::Invalid(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn after_any_schedule_the_screen_is_true(pool: PgPool) {
    let _ = tracing_subscriber::fmt().with_test_writer().with_max_level(tracing::Level::WARN).try_init();
    let read = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let seeds = match read("BATON_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..read("BATON_SEEDS").unwrap_or(1_000),
    };
    let lanes = (0..LANES).map(|lane| lane_of(&pool, lane, seeds.clone().filter(move |seed| seed % LANES == lane)));
    futures::future::join_all(lanes).await;
}

/// Schedules one after the other, in a database of their own: the clock is every workspace's in it, and none may move
/// another's chats.
async fn lane_of(pool: &PgPool, lane: u64, seeds: impl Iterator<Item = u64>) {
    let name = format!("baton_stress_{}_{lane}", std::process::id());
    let remove = format!("drop database if exists {name} with (force)");
    sqlx::query(AssertSqlSafe(remove.clone())).execute(pool).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(pool).await.unwrap();
    // Nothing here is about the disk.
    let options = (*pool.connect_options()).clone().database(&name).options([("synchronous_commit", "off")]);
    let own = PgPoolOptions::new().max_connections(4).connect_with(options).await.unwrap();
    sqlx::migrate!("../domain/migrations").run(&own).await.unwrap();
    for seed in seeds {
        schedule(own.clone(), seed).await;
    }
    own.close().await;
    sqlx::query(AssertSqlSafe(remove)).execute(pool).await.unwrap();
}
