//! Files over HTTP: what is refused, who sees what, how it is served, and how it is handed to WhatsApp; and what becomes of
//! WhatsApp's answers.

use crate::desk::{NUMBER, Running, SECRET, text};
use axum::Json;
use axum::extract::State;
use axum::routing::post;
use domain::media::{File, LARGEST, LARGEST_IMAGE};
use domain::outbox::claim::claim;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use server::jobs::send;
use server::whatsapp::graph::Graph;
use sqlx::PgPool;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of a small picture";

impl Running {
    async fn attach(&self, cookie: &str, name: &str, body: impl Into<Vec<u8>>) -> Response {
        let headers = [("cookie", cookie), ("origin", self.url.as_str())];
        self.post(&format!("{}/media?name={name}", self.url), &headers, body.into()).await
    }

    async fn attached(&self, cookie: &str, name: &str, body: impl Into<Vec<u8>>) -> File {
        self.attach(cookie, name, body).await.json().await.unwrap()
    }

    async fn look(&self, cookie: &str, path: &str) -> Response {
        self.client.get(format!("{}/media/{path}", self.url)).header("cookie", cookie).send().await.unwrap()
    }

    /// A chat that Ana holds.
    async fn taken(&self, ana: &str) -> uuid::Uuid {
        self.deliver(self.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "hello")).await;
        self.process().await;
        let chat: uuid::Uuid =
            sqlx::query_scalar("select id from chat").fetch_one(self.server.db.pool()).await.unwrap();
        assert_eq!(self.call("intervene", ana, &json!({"chat": chat})).await.status(), StatusCode::OK);
        chat
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn what_is_wrong_with_a_file_is_said_in_plain_words(pool: PgPool) {
    let desk = Running::start(pool).await;
    let ana = desk.cookie(0).await;
    let mut large = b"%PDF-1.7".to_vec();
    large.resize(LARGEST + 1, 0);
    let mut photo = PNG.to_vec();
    photo.resize(LARGEST_IMAGE + 1, 0);
    let drawing = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    for (cookie, name, body, status, says) in [
        ("", "a.png", PNG.to_vec(), StatusCode::UNAUTHORIZED, "signed out"),
        ("baton=0123", "a.png", PNG.to_vec(), StatusCode::UNAUTHORIZED, "signed out"),
        (ana.as_str(), "a.pdf", large, StatusCode::PAYLOAD_TOO_LARGE, "16 MB"),
        (&ana, "a.png", photo, StatusCode::PAYLOAD_TOO_LARGE, "5 MB"),
        (&ana, "a.png", drawing, StatusCode::UNPROCESSABLE_ENTITY, "does not take this kind"),
        (&ana, "a.pdf", b"<!doctype html><p>hi".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "does not take"),
        (&ana, "a.jpg", b"MZ\x90\0 a program".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "does not take"),
        (&ana, "a.png", Vec::new(), StatusCode::UNPROCESSABLE_ENTITY, "empty"),
    ] {
        let answer = desk.attach(cookie, name, body).await;
        let (found, words) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(found, status, "{words}");
        assert!(words.contains(says), "{words}");
    }
    // A body that does not tell its length is counted as it comes.
    let mut raw = tokio::net::TcpStream::connect(desk.url.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /media?name=x.txt HTTP/1.1\r\nhost: x\r\ncookie: {ana}\r\norigin: {}\r\ntransfer-encoding: chunked\r\n\r\n",
        desk.url
    );
    raw.write_all(head.as_bytes()).await.unwrap();
    let piece = [b"100000\r\n".as_slice(), &vec![b'x'; 1 << 20], b"\r\n"].concat();
    for _ in 0..LARGEST >> 20 {
        raw.write_all(&piece).await.unwrap();
    }
    raw.write_all(b"1\r\nx\r\n").await.unwrap();
    let mut answer = [0; 12];
    raw.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    // Another site's page.
    let headers = [("cookie", ana.as_str()), ("origin", "https://evil.example")];
    let answer = desk.post(&format!("{}/media", desk.url), &headers, PNG.to_vec()).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(desk.count("select count(*) from media").await, 0);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn files_are_served_so_that_nothing_in_them_runs(pool: PgPool) {
    let desk = Running::start(pool).await;
    let (ana, ben) = (desk.cookie(0).await, desk.cookie(1).await);
    let hostile = "..%2F..%2Fa%0D%0ASet-Cookie:%20x=y%22%3B%20%E2%80%AE%E2%9C%93.svg";
    let file = desk.attached(&ana, hostile, PNG).await;
    assert_eq!((file.name.as_str(), file.content_type.as_str()), ("aSet-Cookie x=y; ✓.svg.png", "image/png"));
    let answer = desk.look(&ana, &file.id.to_string()).await;
    let header = |answer: &Response, name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert!(answer.headers().get("set-cookie").is_none());
    assert_eq!(header(&answer, "content-type"), "image/png");
    assert_eq!(
        header(&answer, "content-disposition"),
        "inline; filename=\"aSet-Cookie x_y_ _.svg.png\"; filename*=UTF-8''aSet-Cookie%20x%3Dy%3B%20%E2%9C%93.svg.png"
    );
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'"),
    ] {
        assert_eq!(header(&answer, name), value);
    }
    assert_eq!(answer.bytes().await.unwrap(), PNG);
    let url = format!("{}/media/{}", desk.url, file.id);
    let part = desk.client.get(&url).header("cookie", &ana).header("range", "bytes=1-3").send().await.unwrap();
    assert_eq!(
        (part.status(), header(&part, "content-range")),
        (StatusCode::PARTIAL_CONTENT, format!("bytes 1-3/{}", PNG.len()))
    );
    assert_eq!(part.bytes().await.unwrap(), &b"PNG"[..]);
    for (name, body, disposition) in [
        ("a.txt", b"plain words".to_vec(), "attachment"),
        ("a.pdf", b"%PDF-1.7".to_vec(), "attachment"),
        ("a.mp3", b"ID3\x03 a song".to_vec(), "inline"),
    ] {
        let file = desk.attached(&ana, name, body).await;
        let answer = desk.look(&ana, &file.id.to_string()).await;
        assert!(header(&answer, "content-disposition").starts_with(disposition), "{name}");
    }
    for (cookie, path, status) in [
        ("", file.id.to_string(), StatusCode::UNAUTHORIZED),
        (&ben, file.id.to_string(), StatusCode::NOT_FOUND),
        (&ana, "x".into(), StatusCode::NOT_FOUND),
        (&ana, uuid::Uuid::now_v7().to_string(), StatusCode::NOT_FOUND),
        (&ana, "of/x".into(), StatusCode::NOT_FOUND),
    ] {
        let answer = desk.look(cookie, &path).await;
        assert_eq!((answer.status(), header(&answer, "cache-control")), (status, "no-store".into()), "{path}");
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_messages_file_is_seen_by_whom_the_chat_is_seen(pool: PgPool) {
    let desk = Running::start(pool).await;
    let (ana, ben, olivia) = (desk.cookie(0).await, desk.cookie(1).await, desk.cookie(2).await);
    let chat = desk.taken(&ana).await;
    let file = desk.attached(&ana, "parcel.png", PNG).await;
    let message = uuid::Uuid::now_v7();
    let body = json!({"chat": chat, "id": message, "text": "Here", "file": file.id});
    assert_eq!(desk.call("send_message", &ben, &body).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(desk.call("send_message", &ana, &body).await.status(), StatusCode::OK);
    let of = format!("of/{message}");
    for (cookie, status) in [
        (ana.as_str(), StatusCode::OK),
        ("", StatusCode::UNAUTHORIZED),
        (&ben, StatusCode::NOT_FOUND),
        (&olivia, StatusCode::NOT_FOUND),
    ] {
        assert_eq!(desk.look(cookie, &of).await.status(), status);
        assert_eq!(desk.look(cookie, &file.id.to_string()).await.status(), status, "no wider by the file's own id");
    }
    let screen = uuid::Uuid::now_v7();
    domain::member::presence::active(&desk.desk, desk.members[2].id, domain::ScreenId(screen), desk.now())
        .await
        .unwrap();
    let watch = desk.call("watch", &olivia, &json!({"chat": chat, "screen": screen})).await;
    assert_eq!(watch.status(), StatusCode::OK);
    assert_eq!(desk.look(&olivia, &of).await.status(), StatusCode::OK, "a watch shows everything");
    let resolve = json!({"chat": chat, "outcome": "Solved", "note": ""});
    assert_eq!(desk.call("resolve", &ana, &resolve).await.status(), StatusCode::OK);
    assert_eq!(desk.look(&ben, &of).await.bytes().await.unwrap(), PNG);
}

/// A WhatsApp that notes what it is told and answers as it is told to.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    /// Uploads' forms, as they came.
    files: Vec<String>,
    /// Messages' objects.
    messages: Vec<Value>,
    /// What an upload is answered with; an id where it is null.
    answer: Value,
}

impl Told {
    async fn listen(&self) -> Graph {
        async fn media(State(told): State<Told>, body: axum::body::Bytes) -> Json<Value> {
            let mut told = told.0.lock().unwrap();
            told.files.push(String::from_utf8_lossy(&body).into_owned());
            let answer = told.answer.clone();
            Json(if answer.is_null() { json!({"id": format!("media{}", told.files.len())}) } else { answer })
        }
        async fn messages(State(told): State<Told>, Json(body): Json<Value>) -> Json<Value> {
            let mut told = told.0.lock().unwrap();
            told.messages.push(body);
            Json(json!({"messages": [{"id": format!("wamid.sent{}", told.messages.len())}]}))
        }
        let routes = axum::Router::new()
            .route(&format!("/{NUMBER}/media"), post(media))
            .route(&format!("/{NUMBER}/messages"), post(messages))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let graph = Graph::new(&format!("http://{}", listener.local_addr().unwrap()));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        graph
    }

    fn answers(&self, answer: Value) {
        self.0.lock().unwrap().answer = answer;
    }

    fn counts(&self) -> (usize, usize) {
        let told = self.0.lock().unwrap();
        (told.files.len(), told.messages.len())
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_file_is_uploaded_once_and_what_goes_wrong_before_the_message_is_no_doubt(pool: PgPool) {
    let desk = Running::start(pool).await;
    let ana = desk.cookie(0).await;
    let chat = desk.taken(&ana).await;
    let (told, db) = (Told::default(), &desk.server.db);
    let graph = told.listen().await;
    let works = async || {
        // Whatever waits to be tried again is due.
        sqlx::query("update outbox set not_before = now() where state = 'queued'").execute(db.pool()).await.unwrap();
        let claims = claim(db, 9, desk.now()).await.unwrap();
        for claim in &claims {
            send::one(db, &graph, &desk.server.clock, claim, &CancellationToken::new()).await;
        }
        claims.len()
    };
    while works().await > 0 {}
    let (_, before) = told.counts();
    let file = desk.attached(&ana, "prices.pdf", b"%PDF-1.7 the prices".to_vec()).await;
    let own = json!({"id": null, "code": "prices", "text": "All of them", "own": true, "file": file.id});
    assert_eq!(desk.call("save_reply", &ana, &own).await.status(), StatusCode::OK);
    let say = async |words: &str| {
        let body = json!({"chat": chat, "id": uuid::Uuid::now_v7(), "text": words, "file": file.id});
        assert_eq!(desk.call("send_message", &ana, &body).await.status(), StatusCode::OK);
    };
    let state = async || -> (String, String) {
        sqlx::query_as("select o.state, m.delivery from outbox o join message m on m.id = o.message_id order by o.seq desc limit 1")
            .fetch_one(db.pool())
            .await
            .unwrap()
    };
    say("first").await;
    // A server error: nothing was said to the customer, so it waits and is tried again.
    told.answers(json!({"error": {"code": 131_000, "message": "Something went wrong"}}));
    assert_eq!(works().await, 1);
    assert_eq!((told.counts(), state().await.0.as_str()), ((1, before), "queued"));
    told.answers(Value::Null);
    assert_eq!(works().await, 1);
    assert_eq!((told.counts(), state().await.1.as_str()), ((2, before + 1), "sent"));
    {
        let told = told.0.lock().unwrap();
        for part in [
            "name=\"messaging_product\"",
            "whatsapp",
            "filename=\"prices.pdf\"",
            "Content-Type: application/pdf",
            "%PDF-1.7 the prices",
        ] {
            assert!(told.files[1].contains(part), "{part} in {}", told.files[1]);
        }
        let document = json!({"id": "media2", "filename": "prices.pdf", "caption": "first"});
        assert_eq!(
            (&told.messages[before]["type"], &told.messages[before]["document"]),
            (&json!("document"), &document)
        );
    }
    say("second").await;
    assert_eq!(works().await, 1);
    assert_eq!(told.counts(), (2, before + 2), "WhatsApp has the file already");
    sqlx::query("update media_upload set uploaded_at = now() - interval '29 days'").execute(db.pool()).await.unwrap();
    say("a month later").await;
    assert_eq!(works().await, 1);
    assert_eq!(told.counts(), (3, before + 3));
    // Refused for good: the message fails with a reason, and nothing was sent.
    sqlx::query("delete from media_upload").execute(db.pool()).await.unwrap();
    told.answers(json!({"error": {"code": 131_053, "message": "Media upload error"}}));
    say("refused").await;
    assert_eq!(works().await, 1);
    assert_eq!((told.counts(), state().await.1.as_str()), ((4, before + 3), "failed"));
    let why: String = sqlx::query_scalar("select failure->>'words' from message where failure is not null")
        .fetch_one(db.pool())
        .await
        .unwrap();
    assert_eq!(why, "WhatsApp could not take this file.");
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn what_whatsapp_answers_while_postgres_is_away_is_recorded_when_it_is_back(pool: PgPool) {
    let desk = Running::start(pool.clone()).await;
    let ana = desk.cookie(0).await;
    let chat = desk.taken(&ana).await;
    let (told, db, stop) = (Told::default(), &desk.server.db, CancellationToken::new());
    let graph = told.listen().await;
    sqlx::query("update outbox set state = 'withdrawn'").execute(db.pool()).await.unwrap();
    let body = json!({"chat": chat, "id": uuid::Uuid::now_v7(), "text": "hello"});
    assert_eq!(desk.call("send_message", &ana, &body).await.status(), StatusCode::OK);
    let claims = claim(db, 9, desk.now()).await.unwrap();
    let [claim] = claims.as_slice() else { panic!("{claims:?}") };
    sqlx::query("alter table outbox rename to outbox_away").execute(&pool).await.unwrap();
    let mut call = std::pin::pin!(send::one(db, &graph, &desk.server.clock, claim, &stop));
    // It would have ended at once had it given up.
    assert!(tokio::time::timeout(std::time::Duration::from_secs(2), &mut call).await.is_err());
    assert_eq!(told.counts().1, 1);
    sqlx::query("alter table outbox_away rename to outbox").execute(&pool).await.unwrap();
    call.await;
    let (state, delivery): (String, String) = sqlx::query_as(
        "select o.state, m.delivery from outbox o join message m on m.id = o.message_id where o.message_id = $1",
    )
    .bind(claim.message.0)
    .fetch_one(db.pool())
    .await
    .unwrap();
    assert_eq!((told.counts().1, state.as_str(), delivery.as_str()), (1, "sent", "sent"));
}
