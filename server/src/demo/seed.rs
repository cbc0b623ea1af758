//! Fills the demo desk by playing every customer's story through the very stores that live traffic takes, at
//! past times.

use super::attributes;
use super::cast::{ANSWERS, CUSTOMERS, Fate, MEMBERS, Role};
use super::tags;
use super::{ACCESS_TOKEN, APP_SECRET, DISPLAY_PHONE, PASSWORD, PHONE_NUMBER_ID, VERIFY_TOKEN, WABA_ID};
use crate::whatsapp::graph;
use chrono::TimeDelta;
use domain::chat::{Command, act, clock};
use domain::contact::{Known, Phone, Source};
use domain::db::{Db, Desk};
use domain::flow::Heard;
use domain::member::store::NewMember;
use domain::member::{Member, Presence};
use domain::message::receive::Incoming;
use domain::message::{Body, Delivery};
use domain::outbox::Answer;
use domain::outbox::settle::{self, Status};
use domain::{ChannelId, ChatId, MessageId, Result, Timestamp, channel, flow, member, message, outbox, workspace};
use serde_json::{Value, json};
use uuid::Uuid;

/// One thing that happens in the demo's past.
enum Event<'a> {
    Says(usize, &'a Role, &'a str),
    Intervenes(usize, usize),
    Answers(usize, usize, &'static str),
    Resolves(usize, usize),
}

/// Makes the workspace and plays everything that happened until `now`.
pub(super) async fn plant(db: &Db, now: Timestamp) -> Result<Desk> {
    let founded = now - TimeDelta::days(5);
    let desk = workspace::store::add(db, "Sunny Goods", true, founded).await?;
    let hash = member::password::hash(PASSWORD.into()).await?;
    let mut tx = desk.begin().await?;
    for (email, name, role) in MEMBERS {
        let new = NewMember { email, name, role: role.parse()?, password_hash: Some(&hash) };
        member::store::add(&mut tx, &new, founded).await?;
    }
    let app = channel::store::NewApp { name: "Simulator", verify_token: VERIFY_TOKEN, secret: APP_SECRET };
    let app = channel::store::add_app(&mut tx, &app, founded).await?;
    let number = channel::store::NewChannel {
        app,
        phone_number_id: PHONE_NUMBER_ID,
        waba_id: WABA_ID,
        display_phone: DISPLAY_PHONE,
        name: "Sunny Goods",
        access_token: ACCESS_TOKEN,
    };
    let channel = channel::store::add(&mut tx, &number, founded).await?;
    flow::store::add(&mut tx, "Welcome", &flow::sample(), founded).await?;
    let mut members = Vec::new();
    let all = member::store::all(&mut tx).await?;
    for (email, ..) in MEMBERS {
        members.extend(all.iter().find(|member| member.email == email).cloned());
    }
    tx.commit().await?;
    for member in &members[2..] {
        member::presence::set(&desk, member.id, Presence::Available, founded).await?;
    }
    tags::define(&desk, &members[0], founded).await?;
    let defined = attributes::define(&desk, &members[0], founded).await?;
    let mut play = Play { desk, channel, members, chats: vec![None; CUSTOMERS.len()], sent: 0 };
    for (at, event) in timeline(now) {
        clock::close_windows(db, at).await?;
        play.perform(event, at).await?;
    }
    clock::close_windows(db, now).await?;
    attributes::fill(&play.desk, &play.members, &play.chats, &defined, now).await?;
    Ok(play.desk)
}

/// Everything in the order in which it happened.
fn timeline(now: Timestamp) -> Vec<(Timestamp, Event<'static>)> {
    let mut events = Vec::new();
    for (who, role) in CUSTOMERS.iter().enumerate() {
        let mut at = now - TimeDelta::minutes(role.minutes);
        let step = TimeDelta::seconds((role.minutes * 60 / 14).clamp(15, 50));
        let (talk, held) = match role.fate {
            Fate::Bot | Fate::Waits => (role.says, &[][..]),
            // The last lines are said to a person.
            _ => {
                let asked = role.says.iter().position(|line| asks(line)).unwrap_or(0);
                role.says.split_at(asked + 1)
            }
        };
        for line in talk {
            events.push((at, Event::Says(who, role, line)));
            at += step;
        }
        let by = match role.fate {
            Fate::Bot | Fate::Waits => continue,
            Fate::HeldWaiting(by) | Fate::HeldAnswered(by) | Fate::Resolved(by) => by,
        };
        at += step * 2;
        events.push((at, Event::Intervenes(who, by)));
        let mut answers = ANSWERS.iter();
        for line in held {
            at += step;
            events.push((at, Event::Answers(who, by, answers.next().copied().unwrap_or(ANSWERS[1]))));
            at += step;
            events.push((at, Event::Says(who, role, line)));
        }
        if !matches!(role.fate, Fate::HeldWaiting(_)) {
            at += step;
            events.push((at, Event::Answers(who, by, answers.next().copied().unwrap_or(ANSWERS[3]))));
        }
        if matches!(role.fate, Fate::Resolved(_)) {
            events.push((at + step, Event::Resolves(who, by)));
        }
    }
    events.sort_by_key(|(at, _)| *at);
    events
}

fn asks(line: &str) -> bool {
    line.contains("person") || line.contains("agent")
}

struct Play {
    desk: Desk,
    channel: ChannelId,
    members: Vec<Member>,
    chats: Vec<Option<ChatId>>,
    sent: u32,
}

impl Play {
    async fn perform(&mut self, event: Event<'_>, at: Timestamp) -> Result<()> {
        match event {
            Event::Says(who, role, line) => self.says(who, role, line, at).await?,
            Event::Intervenes(who, by) => {
                self.command(who, by, Command::Intervene, at).await?;
                tags::give(&self.desk, &self.members[by], who, self.chat(who)?, at).await?;
            }
            Event::Answers(who, by, line) => {
                let chat = self.chat(who)?;
                message::store::send(&self.desk, &self.members[by], chat, MessageId::at(at), line, at).await?;
            }
            Event::Resolves(who, by) => {
                let command = Command::Resolve { outcome: Some("Solved".into()), note: None };
                self.command(who, by, command, at).await?;
            }
        }
        self.deliver(at).await
    }

    fn chat(&self, who: usize) -> Result<ChatId> {
        self.chats[who].ok_or(domain::Error::Internal)
    }

    async fn command(&self, who: usize, by: usize, command: Command, at: Timestamp) -> Result<()> {
        act::by_member(&self.desk, &self.members[by], self.chat(who)?, command, at).await
    }

    async fn says(&mut self, who: usize, role: &Role, line: &str, at: Timestamp) -> Result<()> {
        let bsuid = format!("DE.{:020}", 77_000_000 + who);
        let username = role.name.is_none().then(|| "sunny_side_up".to_owned());
        self.sent += 1;
        let wamid = format!("wamid.DEMO{who:04}I{:06}", self.sent);
        let (body, heard, wire) = spoken(line);
        let incoming = Incoming {
            wamid: wamid.clone(),
            from: Known {
                phone: Phone::parse(role.phone).ok(),
                bsuid: Some(bsuid.clone()),
                username: username.clone(),
                name: role.name.map(Into::into),
            },
            said_at: at,
            body,
            heard: Some(heard),
            raw: None,
            reply_to: None,
            source: if who == 0 {
                Source::Ad {
                    headline: "Spring collection".into(),
                    body: "New colours, free returns.".into(),
                    url: "https://example.com/spring".into(),
                }
            } else {
                Source::Organic
            },
        };
        let mut tx = self.desk.begin().await?;
        message::receive::receive(&mut tx, self.channel, incoming, at).await?;
        tx.commit().await?;
        let chat = message::store::chat_of(&self.desk, &wamid).await?;
        self.chats[who] = Some(chat);
        let phone = (!role.phone.is_empty()).then_some(role.phone);
        let customer = Uuid::from_u128(0x0019_b000_0000_7000_8000_0000_0000_0000 + who as u128);
        sqlx::query(
            "insert into simulator.customer (id, phone, bsuid, name, username, created_at) values ($1, $2, $3, $4, $5, $6)
             on conflict do nothing",
        )
        .bind(customer)
        .bind(phone)
        .bind(&bsuid)
        .bind(role.name)
        .bind(&username)
        .bind(at)
        .execute(self.desk.db().pool())
        .await?;
        self.on_phone(&wamid, phone, &bsuid, true, &wire, "read", at).await
    }

    /// What waits in the outbox is taken, delivered and read within seconds.
    async fn deliver(&mut self, at: Timestamp) -> Result<()> {
        let db = self.desk.db().clone();
        loop {
            let claims = outbox::claim::claim(&db, 100, at).await?;
            if claims.is_empty() {
                return Ok(());
            }
            for claim in claims {
                self.sent += 1;
                let wamid = format!("wamid.DEMOO{:06}", self.sent);
                outbox::store::record(&db, &claim, Answer::Accepted { wamid: wamid.clone() }, 0.0, at).await?;
                for (delivery, seconds) in [(Delivery::Delivered, 1), (Delivery::Read, 4)] {
                    let status = Status {
                        wamid: wamid.clone(),
                        delivery,
                        at: at + TimeDelta::seconds(seconds),
                        failure: None,
                        attempt: Some(claim.attempt),
                    };
                    let mut tx = self.desk.begin().await?;
                    settle::status(&mut tx, self.channel, status, at).await?;
                    tx.commit().await?;
                }
                let (phone, bsuid) = match &claim.to {
                    outbox::Recipient::Phone(phone) => (Some(phone.trim_start_matches('+')), ""),
                    outbox::Recipient::Bsuid(id) => (None, id.as_str()),
                };
                self.on_phone(&wamid, phone, bsuid, false, &graph::message(&claim.body, None), "read", at).await?;
            }
        }
    }

    /// The same message in the simulator's memory, so that the demo's phones have a past too.
    #[expect(clippy::too_many_arguments, reason = "one row of a table")]
    async fn on_phone(
        &self,
        wamid: &str,
        phone: Option<&str>,
        bsuid: &str,
        from_customer: bool,
        body: &Value,
        status: &str,
        at: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "insert into simulator.message (id, customer_id, phone_number_id, from_customer, body, status, at)
             select $1, id, $4, $5, $6, $7, $8 from simulator.customer where phone = $2 or bsuid = $3 limit 1",
        )
        .bind(wamid)
        .bind(phone)
        .bind(bsuid)
        .bind(PHONE_NUMBER_ID)
        .bind(from_customer)
        .bind(body)
        .bind(status)
        .bind(at)
        .execute(self.desk.db().pool())
        .await?;
        Ok(())
    }
}

/// A line of the cast: words, or `#id|Title` for a tap.
fn spoken(line: &str) -> (Body, Heard, Value) {
    match line.strip_prefix('#').and_then(|tap| tap.split_once('|')) {
        Some((id, title)) => (
            Body::Reply { id: id.into(), title: title.into(), description: None },
            Heard::Choice { id: id.into(), title: title.into() },
            json!({"type": "interactive", "interactive": {"type": "button_reply", "button_reply": {"id": id, "title": title}}}),
        ),
        None => (Body::text(line), Heard::Text(line.into()), json!({"type": "text", "text": {"body": line}})),
    }
}
