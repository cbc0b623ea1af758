//! Two programs on one Postgres behave as one: real processes, one of them killed while it numbers the feed.

use crate::desk::{NUMBER, OTHER_NUMBER, SECRET, settle, sign, text};
use app::inbox::state::InboxState;
use chrono::{TimeDelta, Utc};
use domain::chat::{self, List, act, list};
use domain::contact::{Known, Phone, Source};
use domain::db::{Db, Desk, Tx};
use domain::feed::Frame;
use domain::member::store::NewMember;
use domain::member::{self, Member, Role, session};
use domain::message::receive::{Incoming, receive};
use domain::message::{self, Body};
use domain::{ChannelId, ChatId, Timestamp, flow};
use futures::StreamExt;
use futures::future::join_all;
use reqwest::StatusCode;
use sqlx::PgPool;
use std::collections::{BTreeSet, HashSet};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

const MESSAGES: usize = 160;
/// Much longer than a program takes to begin: who waits longer waits for ever.
const LONGEST_START: Duration = Duration::from_secs(60);

pub struct Baton {
    pub child: Child,
    pub url: String,
}

impl Baton {
    pub fn start(database: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new(env!("CARGO_BIN_EXE_baton"))
            .arg("serve")
            .env("DATABASE_URL", database)
            .env("BATON_ADDRESS", &address)
            .env("BATON_PUBLIC_URL", "")
            .env("BATON_DEMO", "0")
            .env("BATON_SENDING", "0")
            .env("BATON_LOG", "warn")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, url: format!("http://{address}") }
    }

    pub async fn ready(&mut self, client: &reqwest::Client) {
        let begun = Instant::now();
        while !client.get(format!("{}/health", self.url)).send().await.is_ok_and(|answer| answer.status() == 200) {
            assert_eq!(self.child.try_wait().unwrap(), None, "it ended");
            assert!(begun.elapsed() < LONGEST_START, "it does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Baton {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The URL of a test's database.
pub async fn database_of(pool: &PgPool) -> String {
    let name: String = sqlx::query_scalar("select current_database()").fetch_one(pool).await.unwrap();
    let given = std::env::var("DATABASE_URL").unwrap();
    format!("{}/{name}", given.rsplit_once('/').unwrap().0)
}

/// What a screen has heard.
struct Heard {
    inbox: InboxState,
    upto: Vec<i64>,
    words: Vec<String>,
}

/// A screen that stays connected, to whichever program is there, as the page does.
async fn screen(member: Member, cookie: String, urls: Vec<String>, desk: Desk, heard: Arc<Mutex<Option<Heard>>>) {
    let mut inbox = InboxState::new(member.id, member.role);
    for kind in [List::Active, List::Requested, List::Mine, List::History] {
        inbox.load(kind, list::page(&desk, &member, kind, None).await.unwrap(), true);
    }
    *heard.lock().unwrap() = Some(Heard { inbox, upto: Vec::new(), words: Vec::new() });
    for url in urls.iter().cycle() {
        let cursor = heard.lock().unwrap().as_ref().unwrap().inbox.cursor;
        let mut request = format!("{}/live?after={cursor}", url.replace("http", "ws")).into_client_request().unwrap();
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        request.headers_mut().insert("origin", url.parse().unwrap());
        let Ok((mut socket, _)) = tokio_tungstenite::connect_async(request).await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        while let Some(Ok(word)) = socket.next().await {
            let Message::Text(text) = word else { continue };
            match serde_json::from_str(&text).unwrap() {
                Frame::Changes { upto, changes, counts, longest_wait, .. } => {
                    let mut heard = heard.lock().unwrap();
                    let heard = heard.as_mut().unwrap();
                    assert!(
                        heard.inbox.hear(upto, &changes, counts, longest_wait),
                        "a frame that had been told before"
                    );
                    heard.upto.push(upto);
                    let said = changes.iter().flat_map(|change| &change.messages).map(|message| message.body.line());
                    heard.words.extend(said.filter(|line| line.starts_with("word ")));
                }
                Frame::Hello { .. } | Frame::Live => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn two_programs_are_one_and_the_death_of_the_sequencer_loses_and_repeats_nothing(pool: PgPool) {
    let database = database_of(&pool).await;
    let db = Db::new(pool.clone());
    let (desk, apps, members) = settle(&db, "", [NUMBER, OTHER_NUMBER]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut first = Baton::start(&database);
    first.ready(&client).await;
    let leads = "select count(*) from pg_locks l join pg_database d on d.oid = l.database
                 where d.datname = current_database() and l.locktype = 'advisory' and l.classid = 98 and l.objid = 1635020654 and l.granted";
    let begun = Instant::now();
    while sqlx::query_scalar::<_, i64>(leads).fetch_one(&pool).await.unwrap() == 0 {
        assert!(begun.elapsed() < LONGEST_START, "nobody numbers the feed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The first one numbers; the second waits for its turn.
    let mut second = Baton::start(&database);
    second.ready(&client).await;

    let (a, b) = (first.url.clone(), second.url.clone());
    let mut screens = Vec::new();
    for (member, urls) in [(0, [&a, &b]), (1, [&a, &b]), (2, [&a, &b]), (0, [&b, &a]), (1, [&b, &a]), (2, [&b, &a])] {
        let member = members[member].clone();
        let token = session::begin(&db, desk.id(), member.id, None, chrono::Utc::now()).await.unwrap();
        let heard = Arc::new(Mutex::new(None));
        let urls = urls.into_iter().cloned().collect();
        let cookie = format!("baton={}", token.reveal());
        let task = tokio::spawn(screen(member.clone(), cookie, urls, desk.clone(), heard.clone()));
        screens.push((member, heard, task));
    }

    for n in 0..MESSAGES {
        if n == MESSAGES / 2 {
            // SIGKILL: no goodbye, in the middle of whatever it does.
            first.child.kill().unwrap();
        }
        let body = text(NUMBER, &format!("wamid.{n}"), &format!("1650555{:04}", n % 7), &format!("word {n}"));
        let signature = sign(SECRET, body.as_bytes());
        // WhatsApp repeats what was not answered 200, wherever the balancer leads it.
        for url in [&a, &b].into_iter().cycle().skip(n % 2) {
            let request = client.post(format!("{url}/webhooks/whatsapp/{}", apps[0]));
            let sent = request.header("x-hub-signature-256", &signature).body(body.clone()).send().await;
            if sent.is_ok_and(|answer| answer.status() == 200) {
                break;
            }
        }
    }

    let wanted: Vec<_> = (0..MESSAGES).map(|n| format!("word {n}")).collect();
    let complete = |heard: &Arc<Mutex<Option<Heard>>>| {
        let heard = heard.lock().unwrap();
        heard.as_ref().is_some_and(|heard| wanted.iter().all(|word| heard.words.contains(word)))
    };
    let all = async {
        while !screens.iter().all(|(_, heard, _)| complete(heard)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // And the last number that was given.
        let last = "select number from feed_cursor where workspace_id = $1";
        loop {
            let waiting: i64 = sqlx::query_scalar("select count(*) from feed_waiting").fetch_one(&pool).await.unwrap();
            let last: i64 = sqlx::query_scalar(last).bind(desk.id().0).fetch_one(&pool).await.unwrap();
            let there =
                |heard: &Arc<Mutex<Option<Heard>>>| heard.lock().unwrap().as_ref().unwrap().inbox.cursor >= last;
            if waiting == 0 && screens.iter().all(|(_, heard, _)| there(heard)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(60), all).await.is_err() {
        for (member, heard, _) in &screens {
            let heard = heard.lock().unwrap();
            let heard = heard.as_ref().unwrap();
            let missing: Vec<_> = wanted.iter().filter(|word| !heard.words.contains(word)).collect();
            println!("{} at {} misses {missing:?}", member.name, heard.inbox.cursor);
        }
        panic!("a screen misses something");
    }
    let checks = screens.iter().map(|(member, heard, task)| {
        task.abort();
        let heard = heard.lock().unwrap().take().unwrap();
        let mut words = heard.words.clone();
        words.sort();
        let mut once = wanted.clone();
        once.sort();
        assert_eq!(words, once, "{} hears every message once", member.name);
        assert!(heard.upto.is_sorted_by(|a, b| a < b), "{}: numbers only grow", member.name);
        let desk = desk.clone();
        async move {
            for kind in [List::Active, List::Requested] {
                let page = list::page(&desk, member, kind, None).await.unwrap();
                let rows: Vec<_> = page.rows.iter().map(|row| row.id).collect();
                assert_eq!(heard.inbox.ids(kind, 0, 100), rows, "{}", member.name);
                assert_eq!(heard.inbox.counts, page.counts);
            }
        }
    });
    join_all(checks).await;
}

/// A customer writes, or taps the button for a person; the chat it is in.
async fn says(desk: &Desk, channel: ChannelId, who: u32, person: bool, at: Timestamp) -> ChatId {
    let wamid = format!("wamid.{who}");
    let heard = if person {
        flow::Heard::Choice { id: "person".into(), title: "Talk to a person".into() }
    } else {
        flow::Heard::Text("hello".into())
    };
    let incoming = Incoming {
        wamid: wamid.clone(),
        from: Known {
            phone: Some(Phone::parse(&format!("4477009{who:05}")).unwrap()),
            name: Some(format!("Customer {who}")),
            ..Known::default()
        },
        said_at: at,
        body: Body::text("hello"),
        heard: Some(heard),
        raw: None,
        reply_to: None,
        source: Source::Organic,
    };
    let mut tx = desk.begin().await.unwrap();
    receive(&mut tx, channel, incoming, at).await.unwrap();
    tx.commit().await.unwrap();
    message::store::chat_of(desk, &wamid).await.unwrap()
}

/// A transaction that has chats locked.
async fn holding(desk: &Desk, chats: &[ChatId]) -> Tx<'static> {
    let mut tx = desk.begin().await.unwrap();
    for chat in chats {
        chat::store::lock(&mut tx, *chat).await.unwrap();
    }
    tx
}

/// Waits until so many stand before a lock that somebody else has.
async fn until_blocked(pool: &PgPool, many: i64) {
    let blocked =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let begun = Instant::now();
    while sqlx::query_scalar::<_, i64>(blocked).fetch_one(pool).await.unwrap() < many {
        assert!(begun.elapsed() < LONGEST_START, "{many} should wait for one another");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What is due is found by both before either has done it, and whoever presses does so before anybody is answered.
#[sqlx::test(migrations = "../domain/migrations")]
async fn two_programs_do_once_what_is_due_and_give_each_who_presses_a_chat_of_their_own(pool: PgPool) {
    let database = database_of(&pool).await;
    let db = Db::new(pool.clone());
    let (desk, _, mut members) = settle(&db, "", [NUMBER, OTHER_NUMBER]).await;
    let channel = sqlx::query_scalar("select id from channel where phone_number_id = $1").bind(NUMBER);
    let channel = ChannelId(channel.fetch_one(&pool).await.unwrap());
    let now = Utc::now();
    let mut tx = desk.begin().await.unwrap();
    for n in members.len()..20 {
        let (email, name) = (format!("a{n}@test.example"), format!("Agent {n}"));
        let new = NewMember { email: &email, name: &name, role: Role::Agent, password_hash: None };
        let id = member::store::add(&mut tx, &new, now).await.unwrap();
        members.push(member::store::get(&mut tx, id).await.unwrap().unwrap());
    }
    tx.commit().await.unwrap();
    let (yesterday, hour) = (now - TimeDelta::hours(25), now - TimeDelta::hours(1));
    let (mut windows, mut offers, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
    for who in 0..6 {
        windows.push(says(&desk, channel, who, who % 2 == 0, yesterday + TimeDelta::seconds(who.into())).await);
    }
    for who in 10..14 {
        let at = hour + TimeDelta::seconds(who.into());
        let chat = says(&desk, channel, who, true, at).await;
        act::by_member(&desk, &members[0], chat, chat::Command::Intervene, at).await.unwrap();
        let pass = chat::Command::Transfer { to: Some(members[1].id), note: String::new() };
        act::by_member(&desk, &members[0], chat, pass, at).await.unwrap();
        offers.push(chat);
    }
    for who in 20..40 {
        waiting.push(says(&desk, channel, who, true, hour + TimeDelta::seconds(who.into())).await);
    }

    // The job that does what is due stands before the first window in both programs, then before the first offer.
    let (closing, opening) = (holding(&desk, &windows).await, holding(&desk, &offers).await);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let (mut first, mut second) = (Baton::start(&database), Baton::start(&database));
    first.ready(&client).await;
    second.ready(&client).await;
    until_blocked(&pool, 2).await;
    closing.rollback().await.unwrap();
    let open = "select count(*) from chat where window_open and window_closes_at < $1";
    let begun = Instant::now();
    while sqlx::query_scalar::<_, i64>(open).bind(now).fetch_one(&pool).await.unwrap() > 0 {
        assert!(begun.elapsed() < LONGEST_START, "nobody closes windows");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    until_blocked(&pool, 2).await;
    opening.rollback().await.unwrap();
    let offered = "select count(*) from chat where offer_until is not null";
    let begun = Instant::now();
    while sqlx::query_scalar::<_, i64>(offered).fetch_one(&pool).await.unwrap() > 0 {
        assert!(begun.elapsed() < LONGEST_START, "nobody opens offers");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    // Those that were passed have waited longest.
    let longest: Vec<_> = offers.iter().chain(&waiting).copied().take(members.len()).collect();
    let mut cookies = Vec::new();
    for member in &members {
        let token = session::begin(&db, desk.id(), member.id, None, now).await.unwrap();
        cookies.push(format!("baton={}", token.reveal()));
    }
    let held = holding(&desk, &longest[..1]).await;
    let urls = [&first.url, &second.url];
    let pressing = cookies.iter().zip(urls.into_iter().cycle()).map(|(cookie, url)| {
        let press = client.post(format!("{url}/api/take_next")).header("cookie", cookie).header("origin", url);
        tokio::spawn(press.header("content-type", "application/json").body("{}").send())
    });
    let pressing: Vec<_> = pressing.collect();
    until_blocked(&pool, 20).await;
    held.rollback().await.unwrap();
    let mut taken = HashSet::new();
    for (member, answer) in members.iter().zip(join_all(pressing).await) {
        let answer = answer.unwrap().unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let chat: ChatId = answer.json::<Option<ChatId>>().await.unwrap().expect("somebody waits for each");
        let holder = sqlx::query_scalar("select holder from chat where id = $1").bind(chat.0);
        let holder: uuid::Uuid = holder.fetch_one(&pool).await.unwrap();
        assert_eq!(holder, member.id.0, "{}", member.name);
        assert!(taken.insert(chat), "one chat for two");
    }
    assert_eq!(taken, longest.into_iter().collect(), "those that waited longest");

    let steps =
        "select chat_id, kind from journey where kind in ('window_closed', 'missed', 'expired', 'opened_to_all')";
    let steps: Vec<(uuid::Uuid, String)> = sqlx::query_as(steps).fetch_all(&pool).await.unwrap();
    let closed =
        windows.iter().enumerate().map(|(who, chat)| (*chat, if who % 2 == 0 { "missed" } else { "window_closed" }));
    let opened = offers.iter().map(|chat| (*chat, "opened_to_all"));
    let wanted: BTreeSet<_> = closed.chain(opened).map(|(chat, kind)| (chat.0, kind.to_owned())).collect();
    assert_eq!(steps.len(), wanted.len(), "each once: {steps:?}");
    assert_eq!(steps.into_iter().collect::<BTreeSet<_>>(), wanted);
}
