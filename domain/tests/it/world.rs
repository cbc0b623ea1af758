//! A workspace with two agents and an owner, a number, the sample flow, and customers who write.

use chrono::TimeDelta;
use domain::chat::{Command, Queue, act};
use domain::contact::{Known, Phone, Source};
use domain::db::{Db, Desk};
use domain::delivery::Outcome;
use domain::feed::sequencer;
use domain::flow::Heard;
use domain::member::store::NewMember;
use domain::member::{Member, Presence, Role};
use domain::message::Body;
use domain::message::receive::Incoming;
use domain::outbox::Answer;
use domain::{
    ChannelId, ChatId, MessageId, Result, SocketId, Timestamp, channel, flow, member, message, outbox, workspace,
};
use futures::future::join_all;
use sqlx::PgPool;
use std::sync::atomic::{AtomicU64, Ordering};

static NUMBER: AtomicU64 = AtomicU64::new(1);

pub struct World {
    pub db: Db,
    pub desk: Desk,
    pub channel: ChannelId,
    pub ana: Member,
    pub ben: Member,
    pub olivia: Member,
}

/// A tab's connection, where there is but one.
pub const SOCKET: SocketId = SocketId(uuid::Uuid::nil());

/// The time at which worlds begin.
pub fn noon() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub fn seconds(n: i64) -> TimeDelta {
    TimeDelta::seconds(n)
}

/// A wamid that nobody had before.
pub fn wamid() -> String {
    format!("wamid.T{:08}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

impl World {
    pub async fn new(pool: PgPool) -> Self {
        Self::of(Db::new(pool), "").await
    }

    /// A workspace in a database that may hold others; `mark` tells it from them.
    pub async fn of(db: Db, mark: &str) -> Self {
        let desk = workspace::store::add(&db, "Test", false, noon()).await.unwrap();
        let mut tx = desk.begin().await.unwrap();
        let mut ids = Vec::new();
        for (name, role) in [("Ana", Role::Agent), ("Ben", Role::Agent), ("Olivia", Role::Owner)] {
            let email = format!("{}{mark}@test.example", name.to_lowercase());
            let new = NewMember { email: &email, name, role, password_hash: None };
            ids.push(member::store::add(&mut tx, &new, noon()).await.unwrap());
        }
        let app = channel::store::NewApp { name: "app", verify_token: "v", secret: "s" };
        let app = channel::store::add_app(&mut tx, &app, noon()).await.unwrap();
        let number = channel::store::NewChannel {
            app,
            phone_number_id: &format!("100{mark}"),
            waba_id: "200",
            display_phone: "+1 555 0100",
            name: "Test",
            access_token: "t",
        };
        let channel = channel::store::add(&mut tx, &number, noon()).await.unwrap();
        flow::store::add(&mut tx, "Welcome", &flow::sample(), noon()).await.unwrap();
        tx.commit().await.unwrap();
        for id in &ids {
            member::presence::set(&desk, *id, Presence::Available, noon()).await.unwrap();
        }
        let mut tx = desk.snapshot().await.unwrap();
        let mut members = Vec::new();
        for id in ids {
            members.push(member::store::get(&mut tx, id).await.unwrap().unwrap());
        }
        drop(tx);
        let [ana, ben, olivia] = members.try_into().unwrap();
        Self { db, desk, channel, ana, ben, olivia }
    }

    pub fn incoming(&self, who: u64, text: &str, at: Timestamp) -> Incoming {
        Incoming {
            wamid: wamid(),
            from: Known {
                phone: Some(Phone::parse(&format!("4477009{who:05}")).unwrap()),
                bsuid: Some(format!("GB.{who:020}")),
                username: None,
                name: Some(format!("Customer {who}")),
            },
            said_at: at,
            body: Body::text(text),
            heard: Some(Heard::Text(text.into())),
            raw: None,
            reply_to: None,
            source: Source::Organic,
        }
    }

    pub async fn receive(&self, incoming: Incoming, now: Timestamp) -> Result<Outcome> {
        let mut tx = self.desk.begin().await?;
        let outcome = message::receive::receive(&mut tx, self.channel, incoming, now).await?;
        tx.commit().await?;
        Ok(outcome)
    }

    /// A customer writes; the chat it is in.
    pub async fn says(&self, who: u64, text: &str, at: Timestamp) -> ChatId {
        let incoming = self.incoming(who, text, at);
        let wamid = incoming.wamid.clone();
        assert_eq!(self.receive(incoming, at).await.unwrap(), Outcome::Stored);
        message::store::chat_of(&self.desk, &wamid).await.unwrap()
    }

    /// A customer taps the button for a person.
    pub async fn asks(&self, who: u64, at: Timestamp) -> ChatId {
        let mut incoming = self.incoming(who, "Talk to a person", at);
        incoming.heard = Some(Heard::Choice { id: "person".into(), title: "Talk to a person".into() });
        let wamid = incoming.wamid.clone();
        self.receive(incoming, at).await.unwrap();
        message::store::chat_of(&self.desk, &wamid).await.unwrap()
    }

    pub async fn does(&self, member: &Member, chat: ChatId, command: Command, at: Timestamp) -> Result<()> {
        act::by_member(&self.desk, member, chat, command, at).await
    }

    pub async fn sends(&self, member: &Member, chat: ChatId, text: &str, at: Timestamp) -> Result<MessageId> {
        let id = MessageId::at(at);
        message::store::send(&self.desk, member, chat, id, text, at).await.map(|()| id)
    }

    /// Everything that waits in the outbox is accepted by WhatsApp.
    pub async fn deliver(&self, now: Timestamp) -> Vec<outbox::Claim> {
        let mut all = Vec::new();
        loop {
            let claims = outbox::claim::claim(&self.db, 100, now).await.unwrap();
            if claims.is_empty() {
                return all;
            }
            for claim in claims {
                let answer = Answer::Accepted { wamid: wamid() };
                outbox::store::record(&self.db, &claim, answer, 0.0, now).await.unwrap();
                all.push(claim);
            }
        }
    }

    /// Numbers the feed as far as it goes.
    pub async fn sequence(&self) {
        let mut conn = self.db.pool().acquire().await.unwrap();
        while sequencer::number(&mut conn, None).await.unwrap().0 > 0 {}
    }

    pub async fn queue(&self, chat: ChatId) -> Queue {
        let word: String = self.ask("select queue from chat where id = $1", chat).await;
        word.parse().unwrap()
    }

    /// One number about everything.
    pub async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.db.pool()).await.unwrap()
    }

    /// Waits until something stands before a lock that somebody else has; it has no answer before.
    pub async fn until_blocked<T: std::fmt::Debug>(&self, doing: &mut (impl Future<Output = T> + Unpin)) {
        self.until_so_many_are_blocked(1, doing).await;
    }

    async fn until_so_many_are_blocked<T: std::fmt::Debug>(
        &self,
        many: i64,
        doing: &mut (impl Future<Output = T> + Unpin),
    ) {
        let blocked =
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        loop {
            tokio::select! {
                done = &mut *doing => panic!("{done:?} came without waiting"),
                blocked = self.number(blocked) => if blocked >= many { break },
            }
        }
    }

    /// The same database through connections of its own, more than anybody in a test needs: a test's pool has five, so
    /// that of twenty who press at once fifteen would wait for a connection and not for each other. Whoever asks for it
    /// closes its pool, or the test's database stays behind.
    pub async fn crowd(&self) -> Db {
        let crowd = self.db.apart(25);
        let mut open = Vec::new();
        while open.len() < 25 {
            open.push(crowd.pool().acquire().await.unwrap());
        }
        crowd
    }

    /// What all of them get who do something at once: `let_go` gives up a lock that every one of them needs, and is
    /// done when they all stand before it.
    pub async fn at_once<T: std::fmt::Debug, E: std::fmt::Debug>(
        &self,
        let_go: impl Future<Output = Result<(), E>>,
        doing: impl IntoIterator<Item = impl Future<Output = T>>,
    ) -> Vec<T> {
        let doing: Vec<_> = doing.into_iter().collect();
        let many = i64::try_from(doing.len()).unwrap();
        let mut doing = Box::pin(join_all(doing));
        self.until_so_many_are_blocked(many, &mut doing).await;
        let_go.await.unwrap();
        doing.await
    }

    /// One value about a chat.
    pub async fn ask<T>(&self, sql: &'static str, chat: ChatId) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        sqlx::query_scalar(sql).bind(chat.0).fetch_one(self.db.pool()).await.unwrap()
    }
}
