//! Pages and server functions: whose requests are taken, and how the others are refused.

use crate::desk::{NUMBER, Running, SECRET, text};
use leptos::server_fn::axum::server_fn_paths;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;
use std::collections::BTreeSet;

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_request_that_changes_something_must_come_from_our_pages(pool: PgPool) {
    let desk = Running::start(pool).await;
    let cookie = desk.cookie(0).await;
    let url = format!("{}/api/set_presence", desk.url);
    let body = json!({"presence": "available"}).to_string().into_bytes();
    let ours = desk.url.clone();
    let port = ours.rsplit(':').next().unwrap();
    for origin in
        ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", &format!("https://127.0.0.1:{port}")]
    {
        let headers = [("cookie", cookie.as_str()), ("origin", origin)];
        assert_eq!(desk.post(&url, &headers, body.clone()).await.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    assert_eq!(
        desk.post(&url, &[("cookie", &cookie)], body.clone()).await.status(),
        StatusCode::FORBIDDEN,
        "no Origin"
    );
    // Another site's plain form: what server functions would take by default.
    let form = [
        ("cookie", cookie.as_str()),
        ("origin", "https://evil.example"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(desk.post(&url, &form, b"presence=away".to_vec()).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(desk.count("select count(*) from member where presence = 'available'").await, 0);
    let answer = desk.call("set_presence", &cookie, &json!({"presence": "available"})).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(desk.count("select count(*) from member where presence = 'available'").await, 1);

    let handshake = async |origin: &str| {
        let request =
            desk.client.get(format!("{}/live?after=0", desk.url)).header("cookie", &cookie).header("origin", origin);
        let upgrade = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        upgrade
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value))
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(handshake("https://evil.example").await, StatusCode::FORBIDDEN);
    assert_eq!(handshake(&ours).await, StatusCode::SWITCHING_PROTOCOLS);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn bad_requests_get_a_clear_refusal_and_change_nothing(pool: PgPool) {
    let desk = Running::start(pool).await;
    let cookie = desk.cookie(0).await;
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "hello")).await;
    desk.process().await;
    let chat: uuid::Uuid = sqlx::query_scalar("select id from chat").fetch_one(desk.server.db.pool()).await.unwrap();
    let nobody = uuid::Uuid::now_v7();
    let message = uuid::Uuid::now_v7();
    let cases: [(&str, Value, StatusCode); 11] = [
        ("open_chat", json!({"chat": nobody}), StatusCode::NOT_FOUND),
        ("open_chat", json!({"chat": "no id"}), StatusCode::UNPROCESSABLE_ENTITY),
        ("open_chat", json!({}), StatusCode::UNPROCESSABLE_ENTITY),
        ("send_message", json!({"chat": chat, "id": message, "text": "hi"}), StatusCode::CONFLICT),
        ("send_message", json!({"chat": nobody, "id": message, "text": "hi"}), StatusCode::NOT_FOUND),
        ("send_message", json!({"chat": chat, "id": message, "text": "  "}), StatusCode::UNPROCESSABLE_ENTITY),
        (
            "send_message",
            json!({"chat": chat, "id": message, "text": "x".repeat(4097)}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("resolve", json!({"chat": chat, "outcome": null, "note": null}), StatusCode::CONFLICT),
        ("search", json!({"words": "", "filter": {}, "before": null}), StatusCode::UNPROCESSABLE_ENTITY),
        ("send_again", json!({"chat": chat, "id": message}), StatusCode::CONFLICT),
        ("sign_in_demo", json!({"member": nobody}), StatusCode::FORBIDDEN),
    ];
    for (name, body, expected) in cases {
        let answer = desk.call(name, &cookie, &body).await;
        let (status, words) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, expected, "{name} {}: {words}", &body.to_string()[..60.min(body.to_string().len())]);
        assert!(!words.contains("panicked") && !words.contains("src/") && !words.contains("sqlx"), "{name}: {words}");
    }
    let big = json!({"chat": chat, "id": message, "text": "x".repeat(300 * 1024)});
    let status = desk.call("send_message", &cookie, &big).await.status();
    assert!(status.is_client_error() || status.is_server_error(), "over the size limit: {status}");
    let signed_out = ["who_am_i", "open_chat", "send_message", "inbox_page", "mark_seen", "open_profile"];
    for name in signed_out {
        let body = json!({"chat": chat, "id": message, "text": "x", "list": "Active", "after": null});
        let answer = desk.call(name, "baton=0123", &body).await;
        let expected = if name == "who_am_i" { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(answer.status(), expected, "{name}");
        assert!(!answer.text().await.unwrap().contains("hello"));
    }
    assert_eq!(desk.count("select count(*) from message where author = 'member'").await, 0);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn what_the_desk_answers_is_kept_by_nobody(pool: PgPool) {
    let desk = Running::start(pool).await;
    let cookie = desk.cookie(0).await;
    let mut chats = Vec::new();
    for number in ["16505551234", "16505551235"] {
        desk.deliver(desk.app, SECRET, text(NUMBER, &format!("wamid.{number}"), number, "hello")).await;
        desk.process().await;
        let newest = "select id, contact_id from chat order by created_at desc, id desc limit 1";
        let found: (uuid::Uuid, uuid::Uuid) = sqlx::query_as(newest).fetch_one(desk.server.db.pool()).await.unwrap();
        chats.push(found);
    }
    let [(chat, into), (_, from)] = chats[..] else { panic!() };
    let (into, gone) = (domain::ContactId(into), domain::ContactId(from));
    domain::contact::merge_store::merge(&desk.desk, &desk.members[2], into, gone, desk.now()).await.unwrap();
    for (name, body) in [
        ("open_chat", json!({"chat": chat})),
        ("open_profile", json!({"chat": chat})),
        ("search", json!({"words": "hello", "filter": {}, "before": null})),
        ("folded_messages", json!({"chat": chat, "contact": from, "before": null})),
        ("inbox_page", json!({"list": "Active", "after": null})),
        ("journey_page", json!({"chat": chat, "part": "", "doer": "", "before": null})),
    ] {
        let answer = desk.call(name, &cookie, &body).await;
        let (status, kept) = (answer.status(), answer.headers().get("cache-control").cloned());
        let words = answer.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{name}: {words}");
        assert!(kept.is_some_and(|kept| kept == "no-store"), "{name}");
        assert!(words.contains("hello") || words.contains("Carla"), "{name} brings content: {words}");
    }
}

/// Every argument of a server function by its name, so that each can be called in a way that it understands.
fn arguments(name: &str, chat: uuid::Uuid, contact: uuid::Uuid) -> Value {
    let nobody = uuid::Uuid::now_v7();
    let mut all = json!({});
    for id in "attribute from id import invite key member merge other outcome screen segment tag task".split(' ') {
        all[id] = json!(nobody);
    }
    for none in ["after", "before", "file", "to"] {
        all[none] = Value::Null;
    }
    for nothing in ["buttons", "columns", "order"] {
        all[nothing] = json!([]);
    }
    for word in ["code", "name", "note", "text", "value", "words"] {
        all[word] = json!("hello");
    }
    for (name, value) in [
        ("action", json!({"give_tag": nobody})),
        ("ask", json!({"filter": {"join": "all", "parts": []}, "sort": "name", "descending": false})),
        ("blocked", json!(false)),
        ("change", json!({"add_category": {"name": "hello"}})),
        ("chat", json!(chat)),
        ("contact", json!(contact)),
        ("doer", json!("")),
        ("draft", json!({"phone": "+447700900999", "name": "hello", "source": "", "opted": null})),
        ("email", json!("new@test.example")),
        ("filter", json!({})),
        ("gone", json!("ask")),
        ("hours", json!({"on": true})),
        ("ids", json!([contact])),
        ("into", json!(contact)),
        ("list", json!("Active")),
        ("new", json!("new password")),
        ("old", json!("wrong password")),
        ("one", json!(contact)),
        ("opted", json!("out")),
        ("own", json!(true)),
        ("part", json!("")),
        ("password", json!("long enough")),
        ("plan", json!({"columns": [], "country": "", "source": ""})),
        ("presence", json!("available")),
        ("role", json!("agent")),
        ("scopes", json!(["contacts:read"])),
        (
            "shape",
            json!({"name": "Level", "kind": "text", "options": [], "currency": "", "help": "",
            "required_on_resolve": false, "shown_to_bot": true}),
        ),
        ("target", json!({"chosen": [contact]})),
        ("token", json!("0".repeat(64))),
        ("values", json!("None")),
        ("version", json!(0)),
    ] {
        all[name] = value;
    }
    // One name, another thing.
    match name {
        "change_settings" => (all["before"], all["after"]) = (json!({}), json!({"accept_within": 60})),
        "count_contacts" | "save_segment" => all["filter"] = json!({"join": "all", "parts": []}),
        "import_failures" => all["after"] = json!(0),
        "note_page" => all["before"] = json!(["2100-01-01T00:00:00Z", nobody]),
        "older_messages" => all["before"] = json!(1_000_000),
        "save_draft" | "send_message" => all["note"] = json!(false),
        _ => {}
    }
    all
}

/// What these say to whoever has not signed in is nothing of a desk.
const ASKED_BEFORE_SIGNING_IN: [&str; 4] = ["demo_members", "join", "sign_in", "sign_in_demo"];

#[sqlx::test(migrations = "../domain/migrations")]
async fn what_any_server_function_answers_is_kept_by_nobody(pool: PgPool) {
    let desk = Running::start(pool).await;
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "hello")).await;
    desk.process().await;
    let found = sqlx::query_as("select id, contact_id from chat").fetch_one(desk.server.db.pool());
    let (chat, contact) = found.await.unwrap();
    let names: BTreeSet<_> = server_fn_paths().map(|(path, _)| path.trim_start_matches("/api/")).collect();
    assert!(names.len() >= 100, "the server functions are not registered: {names:?}");
    for name in names {
        let answer = desk.call(name, &desk.cookie(2).await, &arguments(name, chat, contact)).await;
        let (status, kept) = (answer.status(), answer.headers().get("cache-control").cloned());
        let words = answer.text().await.unwrap();
        assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{name}: {words}");
        assert!(!words.contains("could not be understood"), "say in `arguments` how {name} is called");
        if !ASKED_BEFORE_SIGNING_IN.contains(&name) {
            assert!(kept.is_some_and(|kept| kept == "no-store"), "{name}: {status}");
        }
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn sending_twice_with_one_id_sends_once(pool: PgPool) {
    let desk = Running::start(pool).await;
    let cookie = desk.cookie(0).await;
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "hello")).await;
    desk.process().await;
    let chat: uuid::Uuid = sqlx::query_scalar("select id from chat").fetch_one(desk.server.db.pool()).await.unwrap();
    assert_eq!(desk.call("intervene", &cookie, &json!({"chat": chat})).await.status(), StatusCode::OK);
    let body = json!({"chat": chat, "id": uuid::Uuid::now_v7(), "text": "once"});
    for status in futures::future::join_all((0..5).map(|_| desk.call("send_message", &cookie, &body))).await {
        assert_eq!(status.status(), StatusCode::OK);
    }
    assert_eq!(desk.count("select count(*) from message where author = 'member'").await, 1);
    assert_eq!(
        desk.count("select count(*) from outbox o join message m on m.id = o.message_id where m.author = 'member'")
            .await,
        1
    );
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn pages_come_with_a_strict_policy_and_are_not_kept(pool: PgPool) {
    let desk = Running::start(pool).await;
    let cookie = desk.cookie(0).await;
    let page = desk.client.get(format!("{}/chats/active", desk.url)).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let header =
        |name: &str| page.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let policy = header("content-security-policy");
    assert!(policy.contains("'nonce-") && policy.contains("'wasm-unsafe-eval'"), "{policy}");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("object-src 'none'")
            || policy.contains("default-src 'none'")
    );
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    let html = page.text().await.unwrap();
    let scripts = html.matches("<script").count();
    let nonced = html.matches("<script nonce=").count() + html.matches("<script type=\"module\" nonce=").count();
    assert_eq!(scripts, nonced, "no script without a nonce");
    assert!(!html.contains(" style=\"") && !html.contains(" onclick"), "nothing inline");

    let anonymous =
        desk.client.get(format!("{}/chats/active", desk.url)).header("accept", "text/html").send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::FOUND);
    assert!(anonymous.headers()["location"].to_str().unwrap().starts_with("/sign-in?then="));
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn without_demo_mode_there_is_no_simulator_and_no_way_in_without_a_password(pool: PgPool) {
    let desk = Running::start(pool).await;
    let state = desk.client.get(format!("{}/simulator/api/state", desk.url)).send().await.unwrap();
    assert_eq!(state.status(), StatusCode::NOT_FOUND);
    let members = desk.call("demo_members", "", &json!({})).await;
    assert_eq!(members.json::<Value>().await.unwrap(), json!([]));
}
