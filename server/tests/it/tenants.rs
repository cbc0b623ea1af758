//! Every way into the program, tried with another workspace's ids by every role: nothing of it is told, nothing of
//! it changes. The ways come from the program itself, so that a new one cannot be forgotten here.

use crate::desk::{NUMBER, Running, SECRET, settle, sign, text};
use crate::live::connect_as;
use domain::feed::{Frame, Word};
use domain::member::session;
use domain::tag::{Change, Colour, Kind, LooksAt, Match, RuleDraft, TagDraft, define};
use futures::{SinkExt, StreamExt};
use leptos::server_fn::axum::server_fn_paths;
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::router;
use sqlx::{AssertSqlSafe, PgPool};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// Words that stand in everything the other workspace has.
const MARKS: [&str; 4] = ["Quixote", "marimba", "-elsewhere", "447700900777"];

/// The other workspace's ids.
struct Ids {
    chat: uuid::Uuid,
    held: uuid::Uuid,
    message: uuid::Uuid,
    member: uuid::Uuid,
    step: uuid::Uuid,
    screen: uuid::Uuid,
    reply: uuid::Uuid,
    invite: uuid::Uuid,
    app: uuid::Uuid,
    tag: uuid::Uuid,
    category: uuid::Uuid,
    rule: uuid::Uuid,
    attribute: uuid::Uuid,
    outcome: uuid::Uuid,
}

/// How a server function is tried. One that is missing here fails the test.
fn tries(name: &str, ids: &Ids) -> Option<Vec<Value>> {
    let chats = |more: Value| {
        let with = |chat: uuid::Uuid| {
            let mut body = more.clone();
            body["chat"] = json!(chat);
            body
        };
        vec![with(ids.chat), with(ids.held)]
    };
    let nobody = vec![json!({})];
    Some(match name {
        "open_chat" | "open_profile" | "intervene" | "take_over" | "undo_resolve" | "mark_seen" | "typing"
        | "end_watch" => chats(json!({})),
        "older_messages" => chats(json!({"before": 1_000_000})),
        "mentionable" => chats(json!({})),
        "journey_page" => [
            chats(json!({"part": "", "doer": "", "before": null})),
            chats(json!({"part": "messages", "doer": "customer", "before": ["2100-01-01T00:00:00Z", ids.step]})),
        ]
        .concat(),
        "send_message" => [
            chats(json!({"id": ids.message, "text": "hello"})),
            chats(json!({"id": ids.message, "text": "hello", "note": true})),
            chats(json!({"id": ids.message, "text": "hello", "buttons": ["Yes"]})),
        ]
        .concat(),
        "send_again" => chats(json!({"id": ids.message})),
        "resolve" => chats(json!({"outcome": "Solved", "note": "n"})),
        "save_draft" => [chats(json!({"text": "hello"})), chats(json!({"text": "hello", "note": true}))].concat(),
        "transfer" => [chats(json!({"to": ids.member, "note": "n"})), chats(json!({"to": null, "note": "n"}))].concat(),
        "watch" => chats(json!({"screen": ids.screen})),
        "inbox_page" => ["Active", "Requested", "Mine", "Others", "History"]
            .iter()
            .flat_map(|list| {
                let after = json!({"at": "2100-01-01T00:00:00Z", "id": ids.chat});
                [json!({"list": list, "after": null}), json!({"list": list, "after": after})]
            })
            .collect(),
        "inbox_search" => MARKS.iter().map(|words| json!({"words": words})).chain([json!({"words": "%"})]).collect(),
        "deactivate_member" | "reactivate_member" | "sign_in_demo" => vec![json!({"member": ids.member})],
        "sign_in" => vec![json!({"email": "ana-elsewhere@test.example", "password": "wrong password"})],
        "change_password" => vec![json!({"old": "wrong password", "new": "new password"})],
        "set_presence" => vec![json!({"presence": "available"})],
        "change_settings" => vec![json!({"before": {}, "after": {"accept_within": 60}})],
        "look_at_hours" => vec![json!({"hours": {"on": true}})],
        "give_tag" | "take_tag" => chats(json!({"tag": ids.tag})),
        "change_tags" => tag_changes(ids),
        "take_next" | "read_tags" | "tag_choices" | "team" | "begin_managing" | "read_settings" | "time_zones" | "who_am_i"
        | "demo_members" | "sign_out" => nobody,
        "set_attribute" => chats(json!({"attribute": ids.attribute, "value": "hello", "version": 0})),
        "create_attribute" => vec![json!({"shape": shape()})],
        "change_attribute" => vec![json!({"attribute": ids.attribute, "shape": shape()})],
        "arrange_attributes" => vec![json!({"order": [ids.attribute]})],
        "archive_attribute" | "restore_attribute" => vec![json!({"attribute": ids.attribute})],
        "delete_attribute" => {
            ["None", "Delete"].map(|values| json!({"attribute": ids.attribute, "values": values})).to_vec()
        }
        "create_outcome" => vec![json!({"name": "Refunded"})],
        "rename_outcome" => vec![json!({"outcome": ids.outcome, "name": "Refunded"})],
        "arrange_outcomes" => vec![json!({"order": [ids.outcome]})],
        "archive_outcome" | "restore_outcome" => vec![json!({"outcome": ids.outcome})],
        "list_attributes" | "list_outcomes" | "outcomes" => nobody,
        "reply_values" => chats(json!({})),
        "save_reply" => vec![
            json!({"id": ids.reply, "code": "x", "text": "y", "own": true}),
            json!({"id": ids.reply, "code": "x", "text": "y", "own": false}),
            json!({"id": null, "code": "hello", "text": "y", "own": false}),
            json!({"id": ids.reply, "code": "x", "text": "y", "own": false, "buttons": ["Yes"]}),
        ],
        "delete_reply" => vec![json!({"id": ids.reply})],
        "change_role" => vec![json!({"member": ids.member, "role": "owner"})],
        "invite_member" => vec![json!({"email": "new@test.example", "role": "agent"})],
        "withdraw_invite" => vec![json!({"invite": ids.invite})],
        "look_at_invite" => vec![json!({"token": "0".repeat(64)})],
        "join" => vec![json!({"token": "0".repeat(64), "name": "Mallory", "password": "long enough"})],
        "audit_page" => [None, Some(ids.member)]
            .iter()
            .map(|member| json!({"filter": {"kind": null, "member": member, "from": null, "until": null}, "before": null}))
            .collect(),
        "list_replies" | "reply_attributes" | "list_members" | "audit_filters" => nobody,
        _ => return None,
    })
}

/// Every change of definitions, alone with their ids and with one of the caller's own beside.
fn tag_changes(ids: &Ids) -> Vec<Value> {
    let (tag, category, rule) = (ids.tag, ids.category, ids.rule);
    let draft = json!({"category": category, "name": "n", "colour": "red", "kind": "manual"});
    let says = json!({"tag": tag, "looks_at": "text", "matches": "contains", "words": "w", "enabled": true});
    [
        json!({"add_category": {"name": "ours"}}),
        json!({"rename_category": {"category": category, "name": "n"}}),
        json!({"move_category": {"category": category, "towards": "up"}}),
        json!({"delete_category": {"category": category, "into": null}}),
        json!({"delete_category": {"category": category, "into": category}}),
        json!({"add_tag": {"tag": draft}}),
        json!({"change_tag": {"tag": tag, "to": draft}}),
        json!({"move_tag": {"tag": tag, "towards": "down"}}),
        json!({"archive_tag": {"tag": tag}}),
        json!({"restore_tag": {"tag": tag}}),
        json!({"merge_tag": {"tag": tag, "into": tag}}),
        json!({"delete_tag": {"tag": tag, "uses": "take_off"}}),
        json!({"delete_tag": {"tag": tag, "uses": {"move": tag}}}),
        json!({"add_rule": {"rule": says}}),
        json!({"change_rule": {"rule": rule, "to": says}}),
        json!({"move_rule": {"rule": rule, "towards": "up"}}),
        json!({"delete_rule": {"rule": rule}}),
    ]
    .map(|change| json!({"change": change}))
    .into()
}

fn shape() -> Value {
    json!({"name": "Level", "kind": "text", "options": [], "currency": "", "help": "", "required_on_resolve": false,
        "shown_to_bot": true})
}

/// Everything that a workspace has, as one fingerprint.
async fn fingerprint(pool: &PgPool, workspace: domain::WorkspaceId) -> Vec<(String, Option<String>)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
         where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let sql =
            format!("select md5(string_agg(t::text, '|' order by t::text)) from {table} t where workspace_id = $1");
        let print = sqlx::query_scalar(AssertSqlSafe(sql)).bind(workspace.0).fetch_one(pool).await.unwrap();
        all.push((table, print));
    }
    all
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn no_way_leads_into_another_workspace(pool: PgPool) {
    let desk = Running::start(pool.clone()).await;
    let (elsewhere, apps, others) = settle(&desk.server.db, "-elsewhere", ["555", "556"]).await;
    // Somebody waits there, and somebody is held.
    let their_secret = format!("{SECRET}-elsewhere");
    for (n, from) in [(1, "447700900777"), (2, "447700900778")] {
        let body = text("555", &format!("wamid.e{n}"), from, "marimba, a person please")
            .replace("Carla Customer", "Don Quixote");
        assert_eq!(desk.deliver(apps[0], &their_secret, body).await, StatusCode::OK);
    }
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.ours", "16505551234", "ours")).await;
    desk.process().await;
    let chats: Vec<(uuid::Uuid, uuid::Uuid)> =
        sqlx::query_as("select id, contact_id from chat where workspace_id = $1 order by id")
            .bind(elsewhere.id().0)
            .fetch_all(&pool)
            .await
            .unwrap();
    let their_cookie = |token: session::Token| format!("baton={}", token.reveal());
    let token = session::begin(&desk.server.db, elsewhere.id(), others[0].id, None, desk.now()).await.unwrap();
    let held = chats[1].0;
    let theirs = their_cookie(token);
    assert_eq!(desk.call("intervene", &theirs, &json!({"chat": held})).await.status(), StatusCode::OK);
    let own = desk.call("open_chat", &theirs, &json!({"chat": held})).await.text().await.unwrap();
    assert!(own.contains("marimba") && own.contains("Quixote"), "the marks are there to be found: {own}");
    let screen = domain::ScreenId::at(desk.now());
    domain::member::presence::active(&elsewhere, others[2].id, screen, desk.now()).await.unwrap();
    tagged(&elsewhere, &others[2], chats[0].1, desk.now()).await;
    let shape = serde_json::from_value(shape()).unwrap();
    let shape = domain::attribute::Shape { name: "marimba".into(), ..shape };
    let attribute = domain::attribute::store::create(&elsewhere, &others[2], shape, desk.now()).await.unwrap();
    domain::outcome::store::create(&elsewhere, &others[2], "marimba", desk.now()).await.unwrap();
    let buttons = ["marimba".to_owned()];
    let draft = domain::reply::Draft { code: "marimba", text: "marimba", buttons: &buttons, own: false };
    let reply = domain::reply::store::save(&elsewhere, &others[2], None, draft, desk.now());
    let reply = reply.await.unwrap();
    let guest = "guest-elsewhere@test.example";
    domain::member::invite::invite(&elsewhere, &others[2], guest, domain::member::Role::Agent, desk.now())
        .await
        .unwrap();
    let one = async |sql: &'static str| -> uuid::Uuid {
        sqlx::query_scalar(sql).bind(elsewhere.id().0).fetch_one(&pool).await.unwrap()
    };
    let ids = Ids {
        chat: chats[0].0,
        held,
        message: one("select id from message where workspace_id = $1 and author = 'customer' limit 1").await,
        member: others[1].id.0,
        step: one("select id from journey where workspace_id = $1 limit 1").await,
        screen: screen.0,
        reply: reply.0,
        invite: one("select id from invite where workspace_id = $1").await,
        app: apps[0].0,
        tag: one("select id from tag where workspace_id = $1 and kind = 'manual'").await,
        category: one("select category_id from tag where workspace_id = $1 and kind = 'manual'").await,
        rule: one("select id from tag_rule where workspace_id = $1").await,
        attribute: attribute.0,
        outcome: one("select id from outcome where workspace_id = $1 and name = 'marimba'").await,
    };
    // Until the feed is numbered, fingerprints would differ by that.
    while desk.count("select count(*) from feed_waiting").await > 0 {
        tokio::task::yield_now().await;
    }
    let mut before = fingerprint(&pool, elsewhere.id()).await;

    let mut callers = vec![("nobody", String::new())];
    for (member, role) in [(0, "agent"), (2, "owner"), (3, "manager")] {
        callers.push((role, desk.cookie(member).await));
    }
    let mut names: Vec<_> = server_fn_paths().map(|(path, _)| path).collect();
    names.sort_unstable();
    assert!(names.len() >= 25, "the server functions are not registered: {names:?}");
    for path in names {
        let name = path.trim_start_matches("/api/");
        let bodies = tries(name, &ids)
            .unwrap_or_else(|| panic!("say in `tries` how {name} is called with another workspace's ids"));
        for (who, cookie) in &mut callers {
            for body in &bodies {
                let answer = desk.call(name, cookie, body).await;
                assert_ne!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR, "{who} calls {name} with {body}");
                let said = answer.text().await.unwrap();
                tells_nothing(&said, &format!("{who} calls {name} with {body}"));
            }
            if matches!(name, "sign_out" | "change_password") && *who != "nobody" {
                let member = if *who == "agent" {
                    0
                } else if *who == "owner" {
                    2
                } else {
                    3
                };
                *cookie = desk.cookie(member).await;
            }
        }
        let after = fingerprint(&pool, elsewhere.id()).await;
        if name == "sign_in" {
            // Who fails at a member's address is noted where the member is, and nothing else is.
            for (before, after) in before.iter_mut().zip(&after).filter(|(before, _)| before.0 == "audit") {
                assert_ne!(before, after);
                before.1.clone_from(&after.1);
            }
        }
        assert_eq!(after, before, "{name} changed something elsewhere");
    }

    for route in leptos_axum::generate_route_list(app::App) {
        for (who, cookie) in &callers {
            for chat in [ids.chat, ids.held] {
                for queue in ["active", "requested", "intervened", "history"] {
                    let path = route.path().replace("{*place}", &format!("{queue}/{chat}"));
                    let path = path.replace("{token}", &"0".repeat(64));
                    assert!(!path.contains('{'), "say how the page {path} is called with another workspace's ids");
                    let answer =
                        desk.client.get(format!("{}{path}", desk.url)).header("cookie", cookie).send().await.unwrap();
                    tells_nothing(&answer.text().await.unwrap(), &format!("{who} opens {path}"));
                }
            }
        }
    }

    for (path, _) in router::routes() {
        match path {
            "/webhooks/whatsapp/{app}" => {
                // Their address with our secret; our address with their number; their token by our app.
                let forged = text("555", "wamid.forged", "447700900777", "let me in");
                let url = format!("{}/webhooks/whatsapp/{}", desk.url, ids.app);
                let status = desk
                    .post(
                        &url,
                        &[("x-hub-signature-256", &sign(SECRET, forged.as_bytes()))],
                        forged.clone().into_bytes(),
                    )
                    .await
                    .status();
                assert_eq!(status, StatusCode::UNAUTHORIZED);
                assert_eq!(desk.deliver(desk.app, SECRET, forged).await, StatusCode::OK);
                desk.process().await;
                let unrouted = desk.count("select count(*) from delivery_update where outcome = 'unrouted'").await;
                assert_eq!(unrouted, 1, "kept, and never processed");
            }
            "/export/journey/{file}" => {
                for (who, cookie) in &callers {
                    for chat in [ids.chat, ids.held] {
                        for kind in ["csv", "json"] {
                            let url = format!("{}/export/journey/{chat}.{kind}", desk.url);
                            let answer = desk.client.get(url).header("cookie", cookie).send().await.unwrap();
                            assert!(answer.status().is_client_error(), "{who} exports");
                            tells_nothing(&answer.text().await.unwrap(), &format!("{who} exports"));
                        }
                    }
                }
            }
            "/live" => sockets(&desk, &callers, &ids).await,
            "/pkg/{*name}" | "/favicon.svg" | "/health" => {
                let answer =
                    desk.client.get(format!("{}{}", desk.url, path.replace("{*name}", "x"))).send().await.unwrap();
                tells_nothing(&answer.text().await.unwrap(), path);
            }
            other => panic!("say how {other} is called with another workspace's ids"),
        }
    }
    assert_eq!(fingerprint(&pool, elsewhere.id()).await, before);
}

/// Tags and a rule of the other workspace; one of its contacts carries one.
async fn tagged(desk: &domain::db::Desk, owner: &domain::member::Member, contact: uuid::Uuid, now: domain::Timestamp) {
    let change = async |change| define::change(desk, owner, change, now).await.unwrap();
    change(Change::AddCategory { name: "marimba tags".into() }).await;
    let category = define::read(desk, owner).await.unwrap().categories[0].id;
    for (name, kind) in [("marimba", Kind::Manual), ("marimba first", Kind::FirstMessage)] {
        change(Change::AddTag { tag: TagDraft { category, name: name.into(), colour: Colour::Red, kind } }).await;
    }
    let tags = define::read(desk, owner).await.unwrap().categories.remove(0).tags;
    let words = "marimba".to_owned();
    let rule = RuleDraft { tag: tags[1].id, looks_at: LooksAt::Text, matches: Match::Contains, words, enabled: true };
    change(Change::AddRule { rule }).await;
    let mut tx = desk.begin().await.unwrap();
    let contact = domain::ContactId(contact);
    domain::tag::store::give_automated(&mut tx, contact, tags[0].id, &domain::journey::Doer::Api, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// A socket from the beginning of the feed, and with the other workspace's screen; every word a browser can say.
async fn sockets(desk: &Running, callers: &[(&str, String)], ids: &Ids) {
    // A new word has to be said here, too.
    let words = |word: Word| match word {
        Word::Ping | Word::Active => serde_json::to_string(&word).unwrap(),
    };
    for (who, cookie) in callers.iter().filter(|(who, _)| *who != "nobody") {
        for screen in [None, Some(ids.screen)] {
            let query = screen.map_or("after=0".to_owned(), |screen| format!("after=0&screen={screen}"));
            let mut socket = connect_as(desk, cookie, &query).await;
            for word in [Word::Ping, Word::Active] {
                socket.send(Message::text(words(word))).await.ok();
            }
            loop {
                let frame = tokio::time::timeout(Duration::from_secs(60), socket.next()).await.expect("a frame");
                let Some(Ok(Message::Text(frame))) = frame else { break };
                tells_nothing(&frame, &format!("{who}'s socket"));
                if matches!(serde_json::from_str::<Frame>(&frame).unwrap(), Frame::Live | Frame::Resync) {
                    break;
                }
            }
        }
    }
}

#[track_caller]
fn tells_nothing(said: &str, what: &str) {
    for mark in MARKS {
        assert!(!said.contains(mark), "{what}: “{mark}” in {}", &said[..said.len().min(600)]);
    }
}
