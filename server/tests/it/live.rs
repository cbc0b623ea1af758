//! The live socket, over a real connection.

use crate::desk::{NUMBER, Running, SECRET, text};
use chrono::TimeDelta;
use domain::chat::Queue;
use domain::feed::{Frame, Word};
use domain::member::{Presence, presence};
use futures::{SinkExt, StreamExt};
use reqwest::StatusCode;
use serde_json::json;
use server::whatsapp::process::Processor;
use sqlx::PgPool;
use std::time::Duration;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

pub type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn connect(desk: &Running, cookie: &str, after: i64) -> Socket {
    connect_as(desk, cookie, &format!("after={after}")).await
}

pub async fn connect_as(desk: &Running, cookie: &str, query: &str) -> Socket {
    connect_to(&desk.url, cookie, query).await
}

pub async fn connect_to(server: &str, cookie: &str, query: &str) -> Socket {
    let mut request = format!("{}/live?{query}", server.replace("http", "ws")).into_client_request().unwrap();
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request.headers_mut().insert("origin", server.parse().unwrap());
    tokio_tungstenite::connect_async(request).await.unwrap().0
}

/// The next frame; a minute is patience with a slow machine, not a measurement.
pub async fn hear(socket: &mut Socket) -> Option<Frame> {
    loop {
        match tokio::time::timeout(Duration::from_secs(60), socket.next()).await.expect("a frame") {
            Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            _ => return None,
        }
    }
}

/// Hears until everything missed has been told.
pub async fn catch_up(socket: &mut Socket) -> Vec<Frame> {
    let mut frames = Vec::new();
    loop {
        match hear(socket).await.expect("the socket stands") {
            Frame::Live => return frames,
            frame => frames.push(frame),
        }
    }
}

/// Hears until a frame has changes.
pub async fn changes(socket: &mut Socket) -> (i64, Vec<domain::feed::ChatChange>) {
    loop {
        if let Frame::Changes { upto, changes, .. } = hear(socket).await.expect("the socket stands")
            && !changes.is_empty()
        {
            return (upto, changes);
        }
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn what_happens_is_told_at_once_and_what_was_missed_on_return(pool: PgPool) {
    let desk = Running::start(pool).await;
    let cookie = desk.cookie(0).await;
    let mut socket = connect(&desk, &cookie, 0).await;
    let hello = catch_up(&mut socket).await;
    // By it a page knows a newer Baton.
    assert!(matches!(&hello[..], [Frame::Hello { build, .. }] if *build == server::assets::names().wasm));
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "first")).await;
    desk.process().await;
    let (upto, told) = changes(&mut socket).await;
    let words: Vec<_> = told.iter().flat_map(|change| &change.messages).map(|message| message.body.line()).collect();
    assert!(words.contains(&"first".to_owned()), "{words:?}");
    drop(socket);
    for n in 2..=6 {
        let body = text(NUMBER, &format!("wamid.{n}"), "16505551234", &format!("word {n}"));
        desk.deliver(desk.app, SECRET, body).await;
    }
    desk.process().await;
    // The sequencer numbers them in its own time: the last word is waited for, none may be missing before it.
    let mut socket = connect(&desk, &cookie, upto).await;
    let mut words = Vec::new();
    while !words.contains(&"word 6".to_owned()) {
        if let Frame::Changes { changes, .. } = hear(&mut socket).await.expect("the socket stands") {
            words.extend(changes.iter().flat_map(|change| &change.messages).map(|message| message.body.line()));
        }
    }
    for n in 2..=6 {
        assert!(words.contains(&format!("word {n}")), "{words:?}");
    }
    // A number that was never given: load anew.
    let mut socket = connect(&desk, &cookie, 1_000_000).await;
    loop {
        match hear(&mut socket).await.expect("the socket stands") {
            Frame::Resync => break,
            Frame::Hello { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn losing_sight_removes_and_nothing_more_is_told(pool: PgPool) {
    let desk = Running::start(pool).await;
    let (ana, ben) = (desk.cookie(0).await, desk.cookie(1).await);
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "my secret")).await;
    desk.process().await;
    let chat: uuid::Uuid = sqlx::query_scalar("select id from chat").fetch_one(desk.server.db.pool()).await.unwrap();
    let mut socket = connect(&desk, &ben, 0).await;
    let mut seen = false;
    while !seen {
        if let Frame::Changes { changes, .. } = hear(&mut socket).await.expect("the socket stands") {
            seen = changes.iter().any(|change| change.row.is_some());
        }
    }
    assert_eq!(desk.call("intervene", &ana, &json!({"chat": chat})).await.status(), StatusCode::OK);
    let (_, told) = changes(&mut socket).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].row.is_none() && told[0].messages.is_empty(), "{told:?}");
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.2", "16505551234", "while held")).await;
    desk.process().await;
    // Resolving gives it back; between the two nothing was told but by then harmless numbers.
    assert_eq!(
        desk.call("resolve", &ana, &json!({"chat": chat, "outcome": "Solved", "note": null})).await.status(),
        StatusCode::OK
    );
    let (_, told) = changes(&mut socket).await;
    assert!(told[0].gained && told[0].row.is_some(), "{told:?}");
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_socket_ends_with_its_session_and_refuses_nonsense(pool: PgPool) {
    let desk = Running::start(pool).await;
    let cookie = desk.cookie(0).await;
    let mut socket = connect(&desk, &cookie, 0).await;
    catch_up(&mut socket).await;
    assert_eq!(desk.call("sign_out", &cookie, &json!({})).await.status(), StatusCode::OK);
    loop {
        match hear(&mut socket).await {
            Some(Frame::SignedOut) | None => break,
            Some(_) => {}
        }
    }
    let url = format!("{}/live?after=0", desk.url.replace("http", "ws"));
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("origin", desk.url.parse().unwrap());
    assert!(tokio_tungstenite::connect_async(request).await.is_err(), "no session, no socket");

    let cookie = desk.cookie(1).await;
    let mut socket = connect(&desk, &cookie, 0).await;
    catch_up(&mut socket).await;
    socket.send(Message::text("x".repeat(1_000_000))).await.ok();
    let mut frames = 0;
    while let Some(_frame) = hear(&mut socket).await {
        frames += 1;
        assert!(frames < 50, "a socket that sends nonsense is closed");
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_role_holds_from_its_change_on_also_in_open_sockets(pool: PgPool) {
    let desk = Running::start(pool).await;
    let (ana, max, olivia) = (desk.cookie(0).await, desk.cookie(3).await, desk.cookie(2).await);
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "my secret")).await;
    desk.process().await;
    let pool = desk.server.db.pool();
    let chat: uuid::Uuid = sqlx::query_scalar("select id from chat").fetch_one(pool).await.unwrap();
    assert_eq!(desk.call("intervene", &ana, &json!({"chat": chat})).await.status(), StatusCode::OK);
    let member: uuid::Uuid =
        sqlx::query_scalar("select id from member where name like 'Max%'").fetch_one(pool).await.unwrap();
    let mut socket = connect(&desk, &max, 0).await;
    catch_up(&mut socket).await;
    assert_eq!(desk.call("read_settings", &max, &json!({})).await.status(), StatusCode::OK);

    let demoted = json!({"member": member, "role": "agent"});
    assert_eq!(desk.call("change_role", &max, &demoted).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(desk.call("change_role", &olivia, &demoted).await.status(), StatusCode::OK);
    loop {
        match hear(&mut socket).await.expect("it says why it ends") {
            Frame::Resync => break,
            Frame::SignedOut => panic!("the session stays"),
            _ => {}
        }
    }
    assert!(hear(&mut socket).await.is_none(), "nothing more is told with the old rights");
    assert_eq!(desk.call("read_settings", &max, &json!({})).await.status(), StatusCode::FORBIDDEN);
    // A page that was rendered before the change, and whose socket comes after it, begins anew as well.
    let mut socket = connect(&desk, &max, 0).await;
    loop {
        match hear(&mut socket).await.expect("it says why it ends") {
            Frame::Resync => break,
            Frame::Live => panic!("the page is of the old role"),
            _ => {}
        }
    }
    // With the new role the held chat is out of sight.
    let number: i64 = sqlx::query_scalar("select max(number) from feed").fetch_one(pool).await.unwrap();
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.2", "16505551234", "another secret")).await;
    desk.process().await;
    let mut socket = connect(&desk, &max, number).await;
    for frame in catch_up(&mut socket).await {
        if let Frame::Changes { changes, .. } = frame {
            assert!(changes.iter().all(|change| change.row.is_none()), "{changes:?}");
        }
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_socket_that_comes_back_is_nobody_at_the_screen(pool: PgPool) {
    let desk = Running::start(pool).await;
    let (db, ana) = (&desk.server.db, desk.members[0].id);
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "hello?")).await;
    desk.process().await;
    let cookie = desk.cookie(0).await;
    let chat: uuid::Uuid = sqlx::query_scalar("select id from chat").fetch_one(db.pool()).await.unwrap();
    assert_eq!(desk.call("intervene", &cookie, &json!({"chat": chat})).await.status(), StatusCode::OK);
    // Held now, the chat's customer waits.
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.2", "16505551234", "are you there?")).await;
    desk.process().await;
    let query = format!("after=0&screen={}", uuid::Uuid::now_v7());
    let mut socket = connect_as(&desk, &cookie, &query).await;
    catch_up(&mut socket).await;
    presence::set(&desk.desk, ana, Presence::Available, desk.now()).await.unwrap();
    let available = async || {
        let presence = "select presence = 'available' from member where id = $1";
        sqlx::query_scalar::<_, bool>(presence).bind(ana.0).fetch_one(db.pool()).await.unwrap()
    };
    assert!(available().await);

    // The default of away after.
    desk.server.clock.shift(TimeDelta::minutes(15));
    desk.server.hub.keep_alive().await.unwrap();
    presence::fade(db, desk.now()).await.unwrap();
    assert!(!available().await);
    for _ in 0..3 {
        drop(socket);
        socket = connect_as(&desk, &cookie, &query).await;
        catch_up(&mut socket).await;
        assert!(!available().await, "a proxy that cuts sockets wakes nobody");
    }
    desk.server.clock.shift(TimeDelta::minutes(5));
    assert_eq!(domain::chat::clock::give_back(db, desk.now()).await.unwrap(), 1);

    socket.send(Message::text(serde_json::to_string(&Word::Active).unwrap())).await.unwrap();
    let mut given_back = false;
    loop {
        let Frame::Changes { changes, presence, .. } = hear(&mut socket).await.expect("the socket stands") else {
            continue;
        };
        given_back |= changes.iter().filter_map(|change| change.row.as_ref()).any(|row| row.queue == Queue::Requested);
        if presence == Some(Presence::Available) {
            break;
        }
    }
    assert!(available().await && given_back, "somebody types, and is told what happened meanwhile");
}

/// A lid is closed: nothing is said any more, and nothing hangs up either.
#[sqlx::test(migrations = "../domain/migrations")]
async fn who_answers_no_ping_is_gone_and_who_does_stays(pool: PgPool) {
    let beat = Duration::from_millis(100);
    let change = |mut server: server::state::Server| {
        server.hub = server.hub.clone().beating(beat);
        server
    };
    let desk = Running::start_as(pool, &[], change).await;
    let cookie = desk.cookie(0).await;
    let (there, gone) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let mut answers = connect_as(&desk, &cookie, &format!("after=0&screen={there}")).await;
    catch_up(&mut answers).await;
    let mut silent = connect_as(&desk, &cookie, &format!("after=0&screen={gone}")).await;
    catch_up(&mut silent).await;
    // Reading is what answers pings.
    let mut reading = tokio::spawn(async move { hear(&mut answers).await });
    let left = async |screen: uuid::Uuid| {
        let sql = "select gone_at is not null from screen where id = $1";
        sqlx::query_scalar::<_, bool>(sql).bind(screen).fetch_one(desk.server.db.pool()).await.unwrap()
    };
    while !left(gone).await {
        tokio::time::sleep(beat).await;
    }
    assert!(!left(there).await);
    assert!(futures::poll!(&mut reading).is_pending());
    drop(silent);
}

/// Whatever one screen claims, the others of its workspace hear what happens.
#[sqlx::test(migrations = "../domain/migrations")]
async fn a_screen_that_claims_to_be_ahead_silences_no_other(pool: PgPool) {
    let desk = Running::start(pool).await;
    let cookie = desk.cookie(0).await;
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "first")).await;
    desk.process().await;
    let mut ahead = connect(&desk, &cookie, 1_000_000).await;
    while !matches!(hear(&mut ahead).await, Some(Frame::Resync)) {}
    let mut socket = connect(&desk, &cookie, 0).await;
    let told = |frames: &[Frame]| frames.iter().any(|frame| matches!(frame, Frame::Changes { .. }));
    if !told(&catch_up(&mut socket).await) {
        changes(&mut socket).await;
    }
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.2", "16505551234", "second")).await;
    desk.process().await;
    loop {
        let (_, changes) = changes(&mut socket).await;
        if changes.iter().flat_map(|change| &change.messages).any(|message| message.body.line() == "second") {
            break;
        }
    }
}

/// A change may be committed long after its time: whoever made it waited for a lock, or for a slow disk. The sequencer
/// has come further by then, and looks at what is newer only, but now and then at everything.
#[sqlx::test(migrations = "../domain/migrations")]
async fn what_is_committed_late_is_told_all_the_same(pool: PgPool) {
    let desk = Running::start(pool).await;
    let cookie = desk.cookie(0).await;
    let mut socket = connect(&desk, &cookie, 0).await;
    let processor = Processor::new(desk.server.db.clone());
    let mut told = 0;
    for (n, ago) in [(1, 0), (2, 60), (3, 0), (4, 6)] {
        let word = format!("word {n}");
        desk.deliver(desk.app, SECRET, text(NUMBER, &format!("wamid.{n}"), &format!("1650555{n:04}"), &word)).await;
        while processor.run_once(desk.now() - TimeDelta::seconds(ago)).await.unwrap() > 0 {}
        loop {
            let (upto, changes) = changes(&mut socket).await;
            assert!(upto > told, "numbers only grow");
            told = upto;
            if changes.iter().flat_map(|change| &change.messages).any(|message| message.body.line() == word) {
                break;
            }
        }
    }
    assert_eq!(desk.count("select count(*) from feed_waiting").await, 0);
    assert_eq!(desk.count("select max(number) - count(*) from feed").await, 0, "1, 2, 3 … without a gap");
}
