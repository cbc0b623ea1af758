//! The REST API: what each call does, who may call it, and how every other call is refused.

use crate::desk::{NUMBER, Running, SECRET, text};
use chrono::TimeDelta;
use domain::api_key::{Scope, once};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use server::rest::document::DOCUMENT;
use sqlx::PgPool;
use std::collections::BTreeSet;

const NOTHING: Value = Value::Null;

/// Calls, expects a status, and gives the answer's body.
#[track_caller]
fn call<'a>(
    desk: &'a Running,
    key: &'a str,
    call: &'a str,
    body: &'a Value,
    expected: u16,
) -> impl Future<Output = Value> + use<'a> {
    let at = std::panic::Location::caller();
    async move {
        let (method, path) = call.split_once(' ').unwrap();
        let answer = desk.rest(key, method, &format!("/api/v1{path}"), body).await;
        let (status, problem) = (answer.status(), is_problem(&answer));
        let said = answer.text().await.unwrap();
        assert_eq!(status.as_u16(), expected, "{call} at {at}: {said}");
        assert_eq!(problem, status.is_client_error(), "{call} at {at}: {said}");
        serde_json::from_str(&said).unwrap_or_default()
    }
}

fn is_problem(answer: &Response) -> bool {
    answer.headers().get("content-type").is_some_and(|kind| kind == "application/problem+json")
}

/// A customer who has just written; their chat and contact.
async fn customer(desk: &Running, phone: &str) -> (uuid::Uuid, uuid::Uuid) {
    desk.deliver(desk.app, SECRET, text(NUMBER, &format!("wamid.{phone}"), phone, "hello")).await;
    desk.process().await;
    let of_phone =
        "select c.id, c.contact_id from chat c join identity i on i.contact_id = c.contact_id where i.value = $1";
    sqlx::query_as(of_phone).bind(phone).fetch_one(desk.server.db.pool()).await.unwrap()
}

/// Every call that the document lists, with a body that it takes.
fn all() -> Vec<(String, String, Value, String)> {
    let nobody = uuid::Uuid::now_v7().to_string();
    let mut all = Vec::new();
    for (path, methods) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, about) in methods.as_object().unwrap() {
            let mut path = path.trim_start_matches("/api/v1").to_owned();
            while let (Some(begin), Some(end)) = (path.find('{'), path.find('}')) {
                path.replace_range(begin..=end, &nobody);
            }
            let body = match about["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() {
                None => NOTHING,
                Some(name) if name.ends_with("/NewContact") => json!({"phone": "+16505550000"}),
                Some(name) if name.ends_with("/NewContactTags") => json!({"names": ["VIP"]}),
                Some(name) if name.ends_with("/NewTag") => json!({"name": "VIP"}),
                Some(name) if name.ends_with("/NewMessage") => json!({"text": "hi"}),
                Some(_) => json!({}),
            };
            let scope = about["security"][0]["key"][0].as_str().unwrap().to_owned();
            all.push((method.clone(), path, body, scope));
        }
    }
    assert!(all.len() >= 17, "{all:?}");
    all
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn every_call_needs_a_key_with_the_scope_that_the_document_names(pool: PgPool) {
    let desk = Running::start(pool).await;
    let owner = desk.cookie(2).await;
    let revoked = desk.key(Scope::ALL).await;
    let listed = desk.call("list_api_keys", &owner, &json!({})).await.json::<Value>().await.unwrap();
    let revoke = json!({"key": listed[0]["id"]});
    assert_eq!(desk.call("revoke_api_key", &owner, &revoke).await.status(), StatusCode::OK);
    assert_eq!(desk.call("revoke_api_key", &owner, &revoke).await.status(), StatusCode::NOT_FOUND);
    let mut named = BTreeSet::new();
    for (method, path, body, scope) in all() {
        let scope: Scope = scope.parse().unwrap();
        named.insert(scope);
        let url = format!("{}/api/v1{path}", desk.url);
        let request = || desk.client.request(method.to_uppercase().parse().unwrap(), &url).json(&body);
        for (who, answer) in [
            ("nobody", request()),
            ("an owner's cookie", request().header("cookie", &owner).header("origin", &desk.url)),
            ("no key", request().bearer_auth("baton_00_00")),
            ("a wrong secret", request().bearer_auth(format!("{}0", &revoked[..revoked.len() - 1]))),
            ("a revoked key", request().bearer_auth(&revoked)),
            ("another scheme", request().basic_auth("baton", Some(&revoked))),
        ] {
            let answer = answer.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{who}: {method} {path}");
            assert!(
                is_problem(&answer) && answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer")
            );
        }
        let others: Vec<_> = Scope::ALL.iter().copied().filter(|other| *other != scope).collect();
        let refused = desk.rest(&desk.key(&others).await, &method, &format!("/api/v1{path}"), &body).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{method} {path}");
        assert!(refused.text().await.unwrap().contains(scope.as_str()), "{method} {path} names the scope");
        let taken = desk.rest(&desk.key(&[scope]).await, &method, &format!("/api/v1{path}"), &body).await;
        let fits = taken.status().is_success() || taken.status() == StatusCode::NOT_FOUND;
        assert!(fits, "{method} {path}: {}", taken.status());
        assert_eq!(taken.headers()["cache-control"], "no-store");
    }
    assert_eq!(named.len(), Scope::ALL.len(), "every scope opens something");
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn contacts_are_made_found_changed_and_tagged(pool: PgPool) {
    let desk = Running::start(pool).await;
    let key = &desk.key(Scope::ALL).await;
    let owner = &desk.members[2];
    let shape = |kind: &str| json!({"name": kind, "kind": kind, "options": [], "currency": "", "help": "", "required_on_resolve": false, "shown_to_bot": true});
    for kind in ["email", "number"] {
        let shape = serde_json::from_value(shape(kind)).unwrap();
        domain::attribute::store::create(&desk.desk, owner, shape, desk.now()).await.unwrap();
    }
    let new = json!({"phone": "+55 11 8765-4321", "name": " Carla  Customer ", "source": "Webshop",
        "attributes": {"email": "CARLA@example.com", "number": "1,234.50"}, "tags": ["VIP", "vip"]});
    let made = call(&desk, key, "POST /contacts", &new, 201).await;
    assert_eq!(made["name"], "Carla Customer");
    assert_eq!(made["source"], "Webshop");
    assert_eq!(made["attributes"]["number"], "1234.5");
    assert_eq!(made["tags"].as_array().unwrap().len(), 1, "one tag, however it is written");
    assert_eq!((&made["tags"][0]["category"], &made["tags"][0]["kind"]), (&json!("API"), &json!("api")));
    assert_eq!(made["tags"][0]["given_by"], "test (API)");
    let id = made["id"].as_str().unwrap();

    // The same number in its other form; what is not named stays.
    let again = json!({"phone": "5511987654321", "name": "Carla", "attributes": {"number": null}, "source": "ignored"});
    let changed = call(&desk, key, "POST /contacts", &again, 200).await;
    assert_eq!((&changed["id"], &changed["name"], &changed["source"]), (&made["id"], &json!("Carla"), &made["source"]));
    assert_eq!(changed["attributes"], json!({"email": "CARLA@example.com"}));
    assert_eq!(changed["tags"], made["tags"]);
    assert_eq!(call(&desk, key, &format!("GET /contacts/{id}"), &NOTHING, 200).await, changed);
    let found = call(&desk, key, "GET /contacts?phone=%2B551187654321", &NOTHING, 200).await;
    assert_eq!(found, json!({"items": [changed], "next": null}));
    assert_eq!(call(&desk, key, "GET /contacts?phone=16505559999", &NOTHING, 200).await["items"], json!([]));

    let patch = json!({"attributes": {"email": "c@example.com"}});
    let patched = call(&desk, key, &format!("PATCH /contacts/{id}"), &patch, 200).await;
    assert_eq!((&patched["attributes"]["email"], &patched["name"]), (&json!("c@example.com"), &json!("Carla")));
    let opted = json!({"phone": "+55 11 8765-4321", "opted": "out"});
    assert_eq!(call(&desk, key, "POST /contacts", &opted, 200).await["opted"], "out");
    let patched = call(&desk, key, &format!("PATCH /contacts/{id}"), &json!({"opted": "in"}), 200).await;
    assert_eq!(patched["opted"], "in");
    call(&desk, key, &format!("PATCH /contacts/{id}"), &json!({"opted": "perhaps"}), 422).await;
    // All of it or nothing.
    for (wrong, says) in [
        (json!({"name": "Nobody", "attributes": {"email": "no address"}}), "email"),
        (json!({"name": "Nobody", "attributes": {"shoe_size": "42"}}), "shoe_size"),
        (json!({"name": "  "}), "name"),
        (json!({"name": "x".repeat(201)}), "name"),
    ] {
        let problem = call(&desk, key, &format!("PATCH /contacts/{id}"), &wrong, 422).await;
        assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
    }
    assert_eq!(call(&desk, key, &format!("GET /contacts/{id}"), &NOTHING, 200).await, patched);

    let tag = made["tags"][0]["id"].as_str().unwrap();
    let given =
        call(&desk, key, &format!("POST /contacts/{id}/tags"), &json!({"names": ["VIP", "Newsletter"]}), 200).await;
    assert_eq!(given["tags"].as_array().unwrap().len(), 2);
    for _ in 0..2 {
        call(&desk, key, &format!("DELETE /contacts/{id}/tags/{tag}"), &NOTHING, 204).await;
    }
    let nobody = uuid::Uuid::now_v7();
    call(&desk, key, &format!("DELETE /contacts/{id}/tags/{nobody}"), &NOTHING, 404).await;
    let many: Vec<_> = (0..50).map(|n| format!("tag {n}")).collect();
    call(&desk, key, &format!("POST /contacts/{id}/tags"), &json!({"names": many}), 422).await;
    assert_eq!(
        call(&desk, key, &format!("GET /contacts/{id}"), &NOTHING, 200).await["tags"].as_array().unwrap().len(),
        1
    );

    let journey = call(&desk, key, &format!("GET /contacts/{id}/journey"), &NOTHING, 200).await;
    let words: Vec<_> =
        journey["items"].as_array().unwrap().iter().map(|step| step["words"].as_str().unwrap()).collect();
    assert_eq!(
        words,
        [
            "test (API) took off the tag API · VIP",
            "test (API) gave the tag API · Newsletter",
            "test (API) noted that the customer opted in to campaigns",
            "test (API) noted that the customer opted out of campaigns",
            "test (API) set email: CARLA@example.com → c@example.com",
            "test (API) set number: 1,234.5 → nothing",
            "test (API) changed the name: Carla Customer → Carla",
            "test (API) gave the tag API · VIP",
            "test (API) set number: 1,234.5",
            "test (API) set email: CARLA@example.com",
            "test (API) added this contact",
        ]
    );
    assert!(journey["items"].as_array().unwrap().iter().all(|step| step["by"] == "api"));
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_chat_that_became_a_part_of_another_is_that_other_one(pool: PgPool) {
    let desk = Running::start(pool).await;
    let key = &desk.key(Scope::ALL).await;
    let (chat, contact) = customer(&desk, "16505550001").await;
    let (folded, from) = customer(&desk, "16505550002").await;
    let (olivia, ana) = (&desk.members[2], &desk.members[0]);
    let (into, gone) = (domain::ContactId(contact), domain::ContactId(from));
    domain::contact::merge_store::merge(&desk.desk, olivia, into, gone, desk.now()).await.unwrap();
    for id in [chat, folded] {
        let read = call(&desk, key, &format!("GET /chats/{id}"), &NOTHING, 200).await;
        assert_eq!((&read["id"], &read["queue"]), (&json!(chat), &json!("active")));
        assert_eq!(read["merged"], json!([folded]), "what was said there is listed by its own id");
    }
    for path in ["/chats".to_owned(), format!("/chats?contact={contact}"), format!("/chats?contact={from}")] {
        let listed = call(&desk, key, &format!("GET {path}"), &NOTHING, 200).await;
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{path}: {listed}");
        assert_eq!(listed["items"][0]["id"], json!(chat), "{path}");
    }
    let sent = call(&desk, key, &format!("POST /chats/{folded}/messages"), &json!({"text": "hi"}), 201).await;
    assert_eq!(sent["chat"], json!(chat), "{sent}");

    let asked = call(&desk, key, &format!("POST /chats/{folded}/request"), &NOTHING, 200).await;
    assert_eq!((&asked["id"], &asked["queue"]), (&json!(chat), &json!("requested")));
    assert_eq!(desk.count("select count(*) from chat where state = 'requested' and queue = 'merged'").await, 0);
    let next = domain::chat::next::take_next(&desk.desk, ana, desk.now()).await.unwrap();
    assert_eq!(next.map(|id| id.0), Some(chat));
    for id in [chat, folded] {
        let problem = call(&desk, key, &format!("POST /chats/{id}/messages"), &json!({"text": "hi"}), 409).await;
        assert_eq!(problem["type"], "/api/v1/docs#held", "an agent holds it: {problem}");
        let asked = call(&desk, key, &format!("POST /chats/{id}/request"), &NOTHING, 200).await;
        assert_eq!(asked["queue"], "intervened");
    }
    // Also where a request had been left behind in it, nobody is handed one that stands in no list.
    sqlx::query(
        "update chat set state = 'requested', requested_since = now(), request_reason = '\"api\"' where id = $1",
    )
    .bind(folded)
    .execute(desk.server.db.pool())
    .await
    .unwrap();
    assert_eq!(domain::chat::next::take_next(&desk.desk, ana, desk.now()).await.unwrap(), None);
    let waiting = domain::chat::list::page(&desk.desk, ana, domain::chat::List::Requested, None).await.unwrap();
    assert!(waiting.rows.is_empty());
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_contact_that_absorbed_another_has_what_it_brought(pool: PgPool) {
    let desk = Running::start(pool).await;
    let key = &desk.key(Scope::ALL).await;
    for name in ["City", "Level"] {
        let shape = json!({"name": name, "kind": "text", "options": [], "currency": "", "help": "", "required_on_resolve": false, "shown_to_bot": true});
        let shape = serde_json::from_value(shape).unwrap();
        domain::attribute::store::create(&desk.desk, &desk.members[2], shape, desk.now()).await.unwrap();
    }
    let (_, stays) = customer(&desk, "16505550001").await;
    let new = json!({"phone": "16505550002", "attributes": {"city": "Rome", "level": "Gold"}, "tags": ["VIP"]});
    let made = call(&desk, key, "POST /contacts", &new, 201).await;
    let own = json!({"attributes": {"city": "Lyon"}});
    call(&desk, key, &format!("PATCH /contacts/{stays}"), &own, 200).await;
    // The one that stays is known without a number, as those who hide it are.
    for sql in [
        "delete from identity where contact_id = $1 and kind = 'phone'",
        "insert into identity (workspace_id, contact_id, kind, value, canonical, created_at)
         select workspace_id, id, 'bsuid', 'US.1', 'US.1', created_at from contact where id = $1",
    ] {
        sqlx::query(sql).bind(stays).execute(desk.server.db.pool()).await.unwrap();
    }
    let from: domain::ContactId = made["id"].as_str().unwrap().parse().unwrap();
    let into = domain::ContactId(stays);
    domain::contact::merge_store::merge(&desk.desk, &desk.members[2], into, from, desk.now()).await.unwrap();
    let read = call(&desk, key, &format!("GET /contacts/{stays}"), &NOTHING, 200).await;
    assert_eq!(read["id"], json!(stays));
    assert_eq!(read["phone"], "+16505550002");
    assert_eq!(read["attributes"], json!({"city": "Lyon", "level": "Gold"}), "its own first");
    assert_eq!(read["tags"][0]["name"], "VIP");
    assert_eq!(call(&desk, key, &format!("GET /contacts/{from}"), &NOTHING, 200).await, read);
    assert_eq!(call(&desk, key, "GET /contacts?phone=16505550002", &NOTHING, 200).await["items"], json!([read]));
    assert_eq!(call(&desk, key, "GET /contacts", &NOTHING, 200).await["items"], json!([read]));
    let steps = call(&desk, key, &format!("GET /contacts/{stays}/journey?limit=100"), &NOTHING, 200).await;
    let words: Vec<_> = steps["items"].as_array().unwrap().iter().map(|step| step["words"].as_str().unwrap()).collect();
    assert!(
        words.contains(&"test (API) added this contact") && words.contains(&"test (API) set Level: Gold"),
        "{words:?}"
    );
    assert!(words.contains(&"test (API) set City: Lyon"), "{words:?}");
    // A page may begin after a step of either.
    let added = steps["items"].as_array().unwrap().iter().find(|step| step["words"] == "test (API) added this contact");
    let after = format!("GET /contacts/{stays}/journey?after={}", added.unwrap()["id"].as_str().unwrap());
    call(&desk, key, &after, &NOTHING, 200).await;
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn tags_and_attributes_are_listed(pool: PgPool) {
    let desk = Running::start(pool).await;
    let key = &desk.key(Scope::ALL).await;
    let made = call(&desk, key, "POST /tags", &json!({"name": "Newsletter"}), 200).await;
    assert_eq!((&made["category"], &made["kind"], &made["archived"]), (&json!("API"), &json!("api"), &json!(false)));
    assert_eq!(
        call(&desk, key, "POST /tags", &json!({"name": " newsletter "}), 200).await,
        made,
        "it is there already"
    );
    call(&desk, key, "POST /tags", &json!({"name": "x".repeat(41)}), 422).await;
    assert_eq!(call(&desk, key, "GET /tags", &NOTHING, 200).await, json!({"items": [made], "next": null}));
    let categories = call(&desk, key, "GET /tag-categories", &NOTHING, 200).await;
    assert_eq!((&categories["items"][0]["name"], &categories["items"][0]["tags"]), (&json!("API"), &json!([made])));

    let change = domain::tag::Change::ArchiveTag { tag: made["id"].as_str().unwrap().parse().unwrap() };
    domain::tag::define::change(&desk.desk, &desk.members[2], change, desk.now()).await.unwrap();
    assert_eq!(call(&desk, key, "GET /tags", &NOTHING, 200).await["items"][0]["archived"], true);
    let archived = json!({"phone": "16505550001", "tags": ["Newsletter"]});
    call(&desk, key, "POST /contacts", &archived, 422).await;
    assert_eq!(desk.count("select count(*) from contact").await, 0);

    let shape = json!({"name": "Level", "kind": "one_of", "options": ["Gold", "Silver"], "currency": "", "help": "", "required_on_resolve": false, "shown_to_bot": true});
    let shape = serde_json::from_value(shape).unwrap();
    let id = domain::attribute::store::create(&desk.desk, &desk.members[2], shape, desk.now()).await.unwrap();
    let expected = json!({"key": "level", "name": "Level", "kind": "one_of", "options": ["Gold", "Silver"], "currency": null, "help": null});
    assert_eq!(call(&desk, key, "GET /attributes", &NOTHING, 200).await, json!({"items": [expected], "next": null}));
    domain::attribute::store::archive(&desk.desk, &desk.members[2], id, desk.now()).await.unwrap();
    assert_eq!(call(&desk, key, "GET /attributes", &NOTHING, 200).await["items"], json!([]));
    call(&desk, key, "POST /contacts", &json!({"phone": "16505550001", "attributes": {"level": "Gold"}}), 422).await;
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn an_agents_chat_is_read_by_keys_and_written_by_the_agent_alone(pool: PgPool) {
    let desk = Running::start(pool).await;
    let key = &desk.key(Scope::ALL).await;
    let ana = desk.cookie(0).await;
    let (chat, contact) = customer(&desk, "16505551234").await;
    let (send, hi) = (&format!("POST /chats/{chat}/messages"), json!({"text": " hi "}));
    let sent = call(&desk, key, send, &hi, 201).await;
    assert_eq!((&sent["author"], &sent["text"], &sent["delivery"]), (&json!("api"), &json!("hi"), &json!("queued")));
    let read = call(&desk, key, &format!("GET /messages/{}", sent["id"].as_str().unwrap()), &NOTHING, 200).await;
    assert_eq!(read, sent);
    let waiting = "select count(*) from outbox o join message m on m.id = o.message_id where m.author = 'api' and o.state = 'queued' and not o.bot";
    assert_eq!(desk.count(waiting).await, 1);
    let steps = call(&desk, key, &format!("GET /contacts/{contact}/journey"), &NOTHING, 200).await;
    assert_eq!(
        (&steps["items"][0]["words"], &steps["items"][0]["seq"]),
        (&json!("test (API) sent a message"), &sent["seq"])
    );

    for _ in 0..2 {
        let asked = call(&desk, key, &format!("POST /chats/{chat}/request"), &NOTHING, 200).await;
        assert_eq!(
            (&asked["queue"], &asked["reason"]),
            (&json!("requested"), &json!("One of your systems asked for a person"))
        );
    }
    assert_eq!(desk.count("select unresolved_queries from contact").await, 1);
    call(&desk, key, send, &hi, 201).await;

    assert_eq!(desk.call("intervene", &ana, &json!({"chat": chat})).await.status(), StatusCode::OK);
    let held = call(&desk, key, send, &hi, 409).await;
    assert_eq!(held["type"], "/api/v1/docs#held");
    let body = json!({"chat": chat, "id": uuid::Uuid::now_v7(), "text": "a secret note", "note": true});
    assert_eq!(desk.call("send_message", &ana, &body).await.status(), StatusCode::OK);
    let shown = call(&desk, key, &format!("GET /chats/{chat}"), &NOTHING, 200).await;
    assert_eq!(
        (&shown["queue"], &shown["holder"]["name"], &shown["writable"]),
        (&json!("intervened"), &json!("Ana"), &json!(false))
    );
    assert_eq!(
        call(&desk, key, &format!("POST /chats/{chat}/request"), &NOTHING, 200).await,
        shown,
        "an agent is there"
    );
    let said = call(&desk, key, &format!("GET /chats/{chat}/messages"), &NOTHING, 200).await;
    let authors: Vec<_> = said["items"].as_array().unwrap().iter().map(|one| one["author"].as_str().unwrap()).collect();
    assert!(authors.contains(&"customer") && authors.contains(&"bot") && !authors.contains(&"system"), "{authors:?}");
    assert!(!said.to_string().contains("secret note"));
    for sql in ["select id from message where body ? 'note'", "select id from message where author = 'system' limit 1"]
    {
        let inner: uuid::Uuid = sqlx::query_scalar(sql).fetch_one(desk.server.db.pool()).await.unwrap();
        call(&desk, key, &format!("GET /messages/{inner}"), &NOTHING, 404).await;
    }
    assert_eq!(desk.count("select count(*) from message where author = 'api'").await, 2);

    let resolve = json!({"chat": chat, "outcome": "Solved", "note": null});
    assert_eq!(desk.call("resolve", &ana, &resolve).await.status(), StatusCode::OK);
    for text in ["", "  ", &"x".repeat(4097)] {
        call(&desk, key, send, &json!({"text": text}), 422).await;
    }
    let block = "update contact set blocked_at = now() where id = $1";
    sqlx::query(block).bind(contact).execute(desk.server.db.pool()).await.unwrap();
    call(&desk, key, send, &hi, 422).await;
    call(&desk, key, &format!("POST /chats/{chat}/request"), &NOTHING, 422).await;
    let unblock = "update contact set blocked_at = null where id = $1";
    sqlx::query(unblock).bind(contact).execute(desk.server.db.pool()).await.unwrap();
    call(&desk, key, send, &hi, 201).await;
    desk.server.clock.shift(TimeDelta::hours(24));
    assert_eq!(call(&desk, key, send, &hi, 409).await["type"], "/api/v1/docs#window-closed");
    assert_eq!(desk.count("select count(*) from message where author = 'api'").await, 3);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_named_request_is_done_once(pool: PgPool) {
    let desk = Running::start(pool).await;
    let (key, other) = (desk.key(Scope::ALL).await, desk.key(Scope::ALL).await);
    let (chat, _) = customer(&desk, "16505551234").await;
    let named = async |key: &str, name: &str, method: &str, path: String, body: Value| {
        let request =
            desk.client.request(method.parse().unwrap(), format!("{}/api/v1{path}", desk.url)).bearer_auth(key);
        let answer = request.header("idempotency-key", name).json(&body).send().await.unwrap();
        let replayed = answer.headers().get("idempotency-replayed").is_some();
        (answer.status().as_u16(), replayed, answer.text().await.unwrap())
    };
    let send = |text: &str| ("POST", format!("/chats/{chat}/messages"), json!({"text": text}));
    let (post, path, hi) = send("hi");
    // Two at once, and more: one of them does it.
    let at_once = (0..5).map(|_| named(&key, "one", post, path.clone(), hi.clone()));
    let answers = futures::future::join_all(at_once).await;
    assert!(answers.iter().all(|(status, _, body)| *status == 201 && *body == answers[0].2), "{answers:?}");
    assert_eq!(answers.iter().filter(|(_, replayed, _)| !replayed).count(), 1);
    assert_eq!(desk.count("select count(*) from message where author = 'api'").await, 1);

    let (_, _, reused) = named(&key, "one", post, path.clone(), json!({"text": "other"})).await;
    assert!(reused.contains("idempotency-key-reused"), "{reused}");
    assert_eq!(named(&key, "one", post, "/contacts".into(), json!({"phone": "16505550001"})).await.0, 422);
    assert_eq!(named(&other, "one", post, path.clone(), hi.clone()).await.0, 201, "another key's names are its own");
    assert_eq!(desk.count("select count(*) from message where author = 'api'").await, 2);

    // What failed left nothing, and may be said again.
    let wrong = json!({"phone": "16505550001", "attributes": {"none": "x"}});
    assert_eq!(named(&key, "two", post, "/contacts".into(), wrong).await.0, 422);
    assert_eq!(named(&key, "two", post, "/contacts".into(), json!({"phone": "16505550001"})).await.0, 201);
    let (status, replayed, body) = named(&key, "two", post, "/contacts".into(), json!({"phone": "16505550001"})).await;
    assert_eq!((status, replayed), (201, true), "the answer of the first time: {body}");
    let contact = serde_json::from_str::<Value>(&body).unwrap()["id"].as_str().unwrap().to_owned();
    let (status, ..) = named(&key, "three", "PATCH", format!("/contacts/{contact}"), json!({"name": "Carla"})).await;
    assert_eq!(status, 200);
    let tagged = named(&key, "four", post, format!("/contacts/{contact}/tags"), json!({"names": ["VIP"]})).await.2;
    let tag = serde_json::from_str::<Value>(&tagged).unwrap()["tags"][0]["id"].as_str().unwrap().to_owned();
    for replayed in [false, true] {
        let path = format!("/contacts/{contact}/tags/{tag}");
        assert_eq!(named(&key, "five", "DELETE", path, json!({})).await, (204, replayed, String::new()));
    }
    for bad in ["", "with space", &"x".repeat(201)] {
        assert_eq!(named(&key, bad, post, path.clone(), hi.clone()).await.0, 400, "{bad:?}");
    }

    // Remembered for a day, then forgotten.
    desk.server.clock.shift(TimeDelta::hours(23));
    once::forget(&desk.server.db, desk.now()).await.unwrap();
    assert_eq!(desk.count("select count(*) from idempotency").await, 6);
    assert!(named(&key, "two", post, "/contacts".into(), json!({"phone": "16505550001"})).await.1);
    desk.server.clock.shift(TimeDelta::hours(2));
    let (status, replayed, _) = named(&key, "two", post, "/contacts".into(), json!({"phone": "16505550001"})).await;
    assert_eq!((status, replayed), (200, false), "also where nobody has cleaned up");
    once::forget(&desk.server.db, desk.now()).await.unwrap();
    assert_eq!(desk.count("select count(*) from idempotency").await, 1);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn each_key_has_its_number_of_calls(pool: PgPool) {
    let desk = Running::start_with(pool, &[("BATON_API_RATE", "3")]).await;
    let (key, other) = (desk.key(Scope::ALL).await, desk.key(Scope::ALL).await);
    // The clock stands still but for what passes between the calls: far less than the twenty seconds of one call.
    for left in ["2", "1", "0"] {
        let answer = desk.rest(&key, "GET", "/api/v1/tags", &NOTHING).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["ratelimit-policy"], "\"key\";q=3;w=60");
        assert!(answer.headers()["ratelimit"].to_str().unwrap().starts_with(&format!("\"key\";r={left};t=")));
    }
    let refused = desk.rest(&key, "GET", "/api/v1/tags", &NOTHING).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(is_problem(&refused) && refused.headers()["ratelimit"].to_str().unwrap().starts_with("\"key\";r=0;"));
    let wait: i64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(desk.rest(&other, "GET", "/api/v1/tags", &NOTHING).await.status(), StatusCode::OK, "another key");
    // One that its Owner has given a number of its own.
    let own = json!({"name": "slow", "scopes": ["tags:read"], "per_minute": 1});
    let own: String = desk.call("create_api_key", &desk.cookie(2).await, &own).await.json().await.unwrap();
    for status in [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        let answer = desk.rest(&own, "GET", "/api/v1/tags", &NOTHING).await;
        assert_eq!(
            (answer.status(), &answer.headers()["ratelimit-policy"]),
            (status, &"\"key\";q=1;w=60".parse().unwrap())
        );
    }
    desk.server.clock.shift(TimeDelta::seconds(wait));
    assert_eq!(desk.rest(&key, "GET", "/api/v1/tags", &NOTHING).await.status(), StatusCode::OK);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn pages_bring_everything_exactly_once(pool: PgPool) {
    let desk = Running::start(pool).await;
    let key = desk.key(Scope::ALL).await;
    let mut chats = Vec::new();
    for n in 0..7 {
        chats.push(customer(&desk, &format!("1650555000{n}")).await);
    }
    let (chat, contact) = chats[3];
    for n in 0..7 {
        let body = json!({"text": format!("number {n}")});
        call(&desk, &key, &format!("POST /chats/{chat}/messages"), &body, 201).await;
        call(&desk, &key, &format!("POST /contacts/{contact}/tags"), &json!({"names": [format!("tag {n}")]}), 200)
            .await;
    }
    for (path, sql) in [
        ("/contacts".to_owned(), "select count(*) from contact"),
        ("/chats".to_owned(), "select count(*) from chat"),
        ("/chats?queue=active".to_owned(), "select count(*) from chat where queue = 'active'"),
        (format!("/chats?contact={contact}"), "select 1::bigint"),
        (
            format!("/chats/{chat}/messages"),
            "select count(*) from message m join chat c on c.id = m.chat_id where m.author <> 'system' and c.last_seq = (select max(last_seq) from chat)",
        ),
        (
            format!("/contacts/{contact}/journey"),
            "select count(*) from journey where contact_id = (select contact_id from contact_tag limit 1)",
        ),
    ] {
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let page = call(&desk, &key, &format!("GET {path}{mark}limit=2{after}"), &NOTHING, 200).await;
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            found.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        let different: BTreeSet<_> = found.iter().collect();
        assert_eq!(different.len(), found.len(), "{path}: nothing twice");
        let all = desk.count(sql).await;
        assert_eq!(i64::try_from(found.len()).unwrap(), all, "{path}: nothing left out");
        if sql.contains("contact") && !path.contains('?') {
            assert!(all >= 7, "{path} has several pages");
        }
    }
    let strange = uuid::Uuid::now_v7();
    call(&desk, &key, &format!("GET /contacts/{contact}/journey?after={strange}"), &NOTHING, 422).await;
    for limit in ["0", "101", "-1"] {
        call(&desk, &key, &format!("GET /contacts?limit={limit}"), &NOTHING, 422).await;
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn whatever_is_wrong_is_told_as_a_problem(pool: PgPool) {
    let desk = Running::start(pool).await;
    let key = desk.key(Scope::ALL).await;
    let send = async |method: &str, path: &str, kind: &str, body: String| {
        let request =
            desk.client.request(method.parse().unwrap(), format!("{}/api/v1{path}", desk.url)).bearer_auth(&key);
        request.header("content-type", kind).body(body).send().await.unwrap()
    };
    let nobody = uuid::Uuid::now_v7();
    let json = "application/json";
    let large = format!("{{\"phone\": \"{}\"}}", "1".repeat(300 * 1024));
    for (method, path, kind, body, status, word) in [
        ("POST", "/contacts".to_owned(), json, "{", 400, "unreadable"),
        ("POST", "/contacts".into(), json, "", 422, "invalid"),
        ("POST", "/contacts".into(), json, "[]", 422, "invalid"),
        ("POST", "/contacts".into(), json, r#"{"phone": 1}"#, 422, "invalid"),
        ("POST", "/contacts".into(), json, r#"{"phone": "12"}"#, 422, "invalid"),
        ("POST", "/contacts".into(), json, r#"{"phone": "16505551234 ext 5"}"#, 422, "invalid"),
        ("POST", "/contacts".into(), json, r#"{"phone": "16505551234", "vip": true}"#, 422, "invalid"),
        (
            "POST",
            "/contacts".into(),
            json,
            r#"{"phone": "16505551234", "attributes": {"a\u0000": "b"}}"#,
            422,
            "invalid",
        ),
        ("POST", "/contacts".into(), json, r#"{"phone": "16505551234", "tags": ["\u0000"]}"#, 422, "invalid"),
        ("POST", "/contacts".into(), json, &large, 413, "too-large"),
        ("POST", "/contacts".into(), "text/plain", "{}", 415, "not-json"),
        ("POST", "/contacts".into(), "application/x-www-form-urlencoded", "phone=16505551234", 415, "not-json"),
        ("GET", "/contacts?limit=many".into(), json, "", 400, "unreadable"),
        ("GET", "/contacts?page=2".into(), json, "", 400, "unreadable"),
        ("GET", "/chats?queue=none".into(), json, "", 400, "unreadable"),
        ("GET", "/contacts/none".into(), json, "", 404, "not-found"),
        ("GET", format!("/contacts/{nobody}"), json, "", 404, "not-found"),
        ("POST", format!("/chats/{nobody}/request"), json, r#"{"a": 1}"#, 422, "invalid"),
        ("GET", "/nothing".into(), json, "", 404, "not-found"),
        ("PUT", "/contacts".into(), json, "{}", 405, "method"),
        ("DELETE", format!("/chats/{nobody}"), json, "", 405, "method"),
    ] {
        let answer = send(method, &path, kind, body.to_owned()).await;
        let what = format!("{method} {path} {}", &body[..body.len().min(80)]);
        assert_eq!(answer.status().as_u16(), status, "{what}");
        assert!(is_problem(&answer), "{what}");
        if status == 405 {
            assert!(answer.headers()["allow"].to_str().unwrap().contains("GET"), "{what}");
        }
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["type"], format!("/api/v1/docs#{word}"), "{what}");
        assert_eq!(problem["status"], status, "{what}");
        for field in ["title", "detail"] {
            let words = problem[field].as_str().unwrap();
            assert!(!words.is_empty() && !words.contains("src/") && !words.contains("sqlx"), "{what}: {words}");
        }
    }
    assert_eq!(desk.count("select count(*) from contact").await, 0);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn document_and_page_tell_of_every_call(pool: PgPool) {
    let desk = Running::start(pool).await;
    let get = async |path: &str| desk.client.get(format!("{}{path}", desk.url)).send().await.unwrap();
    let document: Value = get("/api/v1/openapi.json").await.json().await.unwrap();
    assert_eq!(document, *DOCUMENT);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let answer = get("/api/v1/docs").await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("script"),
        "{policy}"
    );
    let page = answer.text().await.unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        // What the router takes at this address is what the document says, and nothing else.
        let address =
            path.replace("{contact}", "x").replace("{chat}", "x").replace("{message}", "x").replace("{tag}", "x");
        for method in ["get", "post", "put", "patch", "delete"] {
            let status = desk.rest("none", method, &address, &NOTHING).await.status();
            let expected =
                if methods.get(method).is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::METHOD_NOT_ALLOWED };
            assert_eq!(status, expected, "{method} {path}");
        }
        for (method, about) in methods.as_object().unwrap() {
            for parameter in about["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "path") {
                assert!(
                    path.contains(&format!("{{{}}}", parameter["name"].as_str().unwrap())),
                    "{method} {path}: {parameter}"
                );
            }
            assert!(page.contains(about["summary"].as_str().unwrap()), "{method} {path}");
            assert!(about["security"][0]["key"][0].as_str().unwrap().parse::<Scope>().is_ok());
        }
        assert!(page.contains(path), "{path}");
    }
    for scope in Scope::ALL {
        assert!(page.contains(scope.as_str()) && page.contains(scope.about()), "{scope}");
    }
    let style = get("/api/v1/docs.css").await;
    assert_eq!(style.headers()["content-type"], "text/css");
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn owners_alone_make_and_see_keys_and_nobody_sees_a_secret(pool: PgPool) {
    let desk = Running::start(pool).await;
    let make = json!({"name": " Shop ", "scopes": ["tags:read", "chats:read", "tags:read"]});
    for member in [0, 3] {
        let cookie = desk.cookie(member).await;
        for (name, body) in [
            ("list_api_keys", json!({})),
            ("create_api_key", make.clone()),
            ("revoke_api_key", json!({"key": uuid::Uuid::now_v7()})),
        ] {
            assert_eq!(desk.call(name, &cookie, &body).await.status(), StatusCode::FORBIDDEN, "{name}");
        }
    }
    let owner = desk.cookie(2).await;
    for wrong in [
        json!({"name": " ", "scopes": ["tags:read"]}),
        json!({"name": "x", "scopes": []}),
        json!({"name": "x".repeat(61), "scopes": ["tags:read"]}),
        json!({"name": "x", "scopes": ["tags:read"], "per_minute": 0}),
        json!({"name": "x", "scopes": ["tags:read"], "per_minute": 1_000_001}),
    ] {
        assert_eq!(
            desk.call("create_api_key", &owner, &wrong).await.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}"
        );
    }
    let key: String = desk.call("create_api_key", &owner, &make).await.json().await.unwrap();
    let secret = key.rsplit('_').next().unwrap();
    assert_eq!(secret.len(), 64);
    let listed = desk.call("list_api_keys", &owner, &json!({})).await.json::<Value>().await.unwrap();
    assert_eq!((&listed[0]["name"], &listed[0]["created_by"]), (&json!("Shop"), &json!("Olivia")));
    assert_eq!((&listed[0]["scopes"], &listed[0]["last_used_at"]), (&json!(["tags:read", "chats:read"]), &NOTHING));
    assert!(!listed.to_string().contains(secret));
    let everywhere = "select count(*) from api_key k, audit a where strpos(k::text || a::text, $1) > 0";
    let found: i64 = sqlx::query_scalar(everywhere).bind(secret).fetch_one(desk.server.db.pool()).await.unwrap();
    assert_eq!(found, 0, "the secret is kept nowhere");
    call(&desk, &key, "GET /tags", &NOTHING, 200).await;
    let listed = desk.call("list_api_keys", &owner, &json!({})).await.json::<Value>().await.unwrap();
    assert!(listed[0]["last_used_at"].is_string());
    let revoke = json!({"key": listed[0]["id"]});
    assert_eq!(desk.call("revoke_api_key", &owner, &revoke).await.status(), StatusCode::OK);
    call(&desk, &key, "GET /tags", &NOTHING, 401).await;
    assert_eq!(desk.count("select count(*) from audit where kind in ('api_key_created', 'api_key_revoked')").await, 2);
}
