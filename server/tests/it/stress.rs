//! Random schedules of everything that can come between a screen and the server: cut sockets, restarts, frames twice
//! and late, answers that overtake frames and are overtaken, time that passes. At the end of each the client's state, kept by the very
//! code that the page uses, equals what the server says.
//!
//! `BATON_SEEDS` sets how many schedules are tried (1,000 when unset), `BATON_SEED` tries a single one.

use crate::desk::settle;
use app::desk::open::{Next, Open};
use app::inbox::state::InboxState;
use chrono::{DateTime, TimeDelta, Utc};
use domain::chat::{Command, List, Thread, act, list, open};
use domain::contact::{Known, Phone, Source};
use domain::db::{Db, Desk};
use domain::feed::store::{Follow, after};
use domain::feed::{Frame, sequencer};
use domain::flow::Heard;
use domain::member::{Member, presence};
use domain::message::Body;
use domain::message::receive::{Incoming, receive};
use domain::{ChannelId, ChatId, Error, MessageId, ScreenId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use std::collections::VecDeque;

const CUSTOMERS: u64 = 4;
const STEPS: usize = 40;
/// Schedules tried at once.
const LANES: u64 = 4;
const LISTS: [List; 5] = [List::Active, List::Requested, List::Mine, List::Others, List::History];

/// An answer on its way to a client.
enum Answer {
    Page(List, Box<domain::chat::Page>),
    /// With the row's version when it was asked for.
    Opened(ChatId, Option<i64>, Result<Box<Thread>, Error>),
}

/// A screen without a screen.
struct Client {
    member: Member,
    inbox: InboxState,
    open: Open,
    /// Where the socket stands; none while it is cut.
    socket: Option<i64>,
    frames: VecDeque<Frame>,
    old: Vec<Frame>,
    answers: Vec<Answer>,
}

impl Client {
    fn new(member: Member) -> Self {
        let inbox = InboxState::new(member.id, member.role);
        Self {
            member,
            inbox,
            open: Open::Nothing,
            socket: None,
            frames: VecDeque::new(),
            old: Vec::new(),
            answers: Vec::new(),
        }
    }

    fn lists(&self) -> impl Iterator<Item = List> + use<> {
        let supervises = self.member.role.supervises();
        LISTS.into_iter().filter(move |list| *list != List::Others || supervises)
    }

    /// The first picture, or everything again.
    async fn load(&mut self, desk: &Desk) {
        self.frames.clear();
        self.answers.clear();
        self.socket = None;
        self.inbox.forget();
        for list in self.lists() {
            let page = list::page(desk, &self.member, list, None).await.unwrap();
            self.inbox.load(list, page, true);
        }
        if let Some(chat) = self.open.meant() {
            self.ask(desk, chat).await;
        }
    }

    fn connect(&mut self) {
        self.frames.clear();
        self.socket = Some(self.inbox.cursor);
    }

    /// The server's end of the socket writes what there is.
    async fn push(&mut self, desk: &Desk, now: DateTime<Utc>) {
        while let Some(at) = self.socket {
            match after(desk, at, now).await.unwrap() {
                Follow::Nothing => return,
                Follow::Resync => {
                    self.frames.push_back(Frame::Resync);
                    self.socket = None;
                }
                Follow::Batch(batch) => {
                    self.frames.push_back(batch.frame(self.member.id, self.member.role, at));
                    self.socket = Some(batch.last);
                }
            }
        }
    }

    /// A request whose answer is read now and arrives later.
    async fn ask(&mut self, desk: &Desk, chat: ChatId) {
        let answer = open::open(desk, &self.member, chat).await.map(Box::new);
        self.answers.push(Answer::Opened(chat, self.inbox.version(chat), answer));
    }

    async fn ask_page(&mut self, desk: &Desk, list: List) {
        let page = list::page(desk, &self.member, list, None).await.unwrap();
        self.answers.push(Answer::Page(list, Box::new(page)));
    }

    async fn hear(&mut self, desk: &Desk, frame: Frame) {
        match frame.clone() {
            Frame::Changes { upto, changes, counts, longest_wait, .. } => {
                if self.inbox.hear(upto, &changes, counts, longest_wait) {
                    for change in changes {
                        let chat = change.chat;
                        if self.open.meant() == Some(chat) {
                            let next = self.open.changed(change);
                            self.then(desk, chat, next).await;
                        }
                    }
                }
            }
            Frame::Resync => self.load(desk).await,
            Frame::Hello { .. } | Frame::Live | Frame::SignedOut => {}
        }
        self.old.push(frame);
    }

    async fn take(&mut self, desk: &Desk, answer: Answer) {
        match answer {
            Answer::Page(list, page) => self.inbox.load(list, *page, true),
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

    /// What this client shows equals what the server says.
    async fn compare(&self, desk: &Desk, seed: u64) {
        let who = &self.member.name;
        for list in self.lists() {
            let page = list::page(desk, &self.member, list, None).await.unwrap();
            let shown = self.inbox.ids(list, 0, 1000);
            let meant: Vec<_> = page.rows.iter().map(|row| row.id).collect();
            assert_eq!(shown, meant, "seed {seed}: {who}'s {list:?}");
            for row in &page.rows {
                assert_eq!(self.inbox.row(row.id), Some(row), "seed {seed}: {who}'s {list:?}");
            }
            assert_eq!(self.inbox.counts, page.counts, "seed {seed}: {who}'s counts");
            assert_eq!(self.inbox.longest_wait, page.longest_wait, "seed {seed}: {who}");
            assert_eq!(self.inbox.cursor, page.cursor, "seed {seed}: {who}");
        }
        let Some(chat) = self.open.meant() else { return };
        match (open::open(desk, &self.member, chat).await, &self.open) {
            (Err(Error::NotFound), Open::Lost(_)) => {}
            (Ok(thread), Open::Held(row)) if thread.row.content.is_none() => {
                assert_eq!(&thread.row, &**row, "seed {seed}: {who}")
            }
            (Ok(thread), Open::Thread(known)) if thread.row.content.is_some() => {
                assert_eq!(thread.row, known.row, "seed {seed}: {who}'s open chat");
                let mut shown: Vec<_> = known.messages().cloned().collect();
                // Older pages that were loaded before stay; a page begins where the server's begins.
                shown.retain(|message| thread.messages.first().is_none_or(|first| message.seq >= first.seq));
                assert_eq!(shown, thread.messages, "seed {seed}: {who}'s thread");
            }
            (server, shown) => panic!("seed {seed}: {who} shows {shown:?}, the server says {server:?}"),
        }
    }
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
    let (desk, _, members) = settle(&db, &mark, [&number, &other]).await;
    let channel = sqlx::query_scalar("select id from channel where phone_number_id = $1")
        .bind(&number)
        .fetch_one(&pool)
        .await
        .unwrap();
    let channel = ChannelId(channel);
    let mut conn = pool.acquire().await.unwrap();
    let mut dice = Dice::new(seed);
    let mut now = Utc::now();
    let mut clients: Vec<_> = members[..3].iter().cloned().map(Client::new).collect();
    let screen = ScreenId::at(now);
    presence::active(&desk, members[2].id, screen, now).await.unwrap();
    for client in &mut clients {
        client.load(&desk).await;
        client.connect();
    }
    let mut number = 0;
    for _ in 0..STEPS {
        now += TimeDelta::seconds(3);
        let who = dice.roll(clients.len());
        match dice.roll(26) {
            0..=4 => {
                number += 1;
                let customer = dice.roll(usize::try_from(CUSTOMERS).unwrap());
                writes(&desk, channel, customer, &format!("w{seed}.{number}"), now).await;
            }
            5..=10 => acts(&desk, &members, screen, &mut dice, now).await,
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
                if !matches!(frame, Frame::Resync) {
                    clients[who].hear(&desk, frame).await;
                }
            }
            19 => {
                clients[who].socket = None;
                clients[who].frames.clear();
            }
            20 => clients[who].connect(),
            21 => {
                let list = LISTS[dice.roll(3)];
                clients[who].ask_page(&desk, list).await;
                if let Some(chat) = some_chat(&desk, &mut dice).await {
                    clients[who].show(&desk, chat).await;
                }
            }
            22 if !clients[who].answers.is_empty() => {
                let place = dice.roll(clients[who].answers.len());
                let answer = clients[who].answers.swap_remove(place);
                clients[who].take(&desk, answer).await;
            }
            24 | 25 => {
                // Nobody does anything for a while, but the clock: offers open, chats are given back, windows close.
                now += [TimeDelta::seconds(130), TimeDelta::seconds(400), TimeDelta::hours(25)][dice.roll(3)];
                while domain::chat::clock::run_once(&db, now).await.unwrap() > 0 {}
            }
            23 if dice.roll(4) == 0 => {
                // A restart cuts everybody; sometimes the feed no longer reaches back.
                for client in &mut clients {
                    client.socket = None;
                    client.frames.clear();
                }
                if dice.roll(2) == 0 {
                    forgets(&pool, &desk).await;
                }
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
    let member = &members[dice.roll(3)];
    let target = members[dice.roll(3)].id;
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
                domain::chat::watch::close(desk, olivia, chat, now).await.unwrap();
            }
            return;
        }
    };
    match act::by_member(desk, member, chat, command, now).await {
        Ok(()) | Err(Error::Refused(_) | Error::NotFound | Error::Invalid(_)) => {}
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
