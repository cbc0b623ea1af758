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
    api_key: uuid::Uuid,
    contact: uuid::Uuid,
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
    segment: uuid::Uuid,
    task: uuid::Uuid,
    export: uuid::Uuid,
    other: uuid::Uuid,
    import: uuid::Uuid,
    media: uuid::Uuid,
    loose: uuid::Uuid,
    pictured: uuid::Uuid,
    merge: uuid::Uuid,
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
        "add_contact" => vec![json!({"draft": {"phone": "+447700900999", "name": "n", "source": "", "opted": null}})],
        "check_import" => {
            vec![json!({"import": ids.import, "plan": {"columns": ["phone", "name"], "country": "", "source": ""}})]
        }
        "dismiss_duplicate" => vec![json!({"one": ids.contact, "other": ids.other})],
        "find_duplicates" => {
            vec![
                json!({"before": null, "merged_before": null}),
                json!({
                    "before": ["2100-01-01T00:00:00Z", ids.contact, ids.attribute],
                    "merged_before": ["2100-01-01T00:00:00Z", ids.merge],
                }),
            ]
        }
        "place_within" => chats(json!({})),
        "folded_messages" => chats(json!({"contact": ids.contact, "before": null})),
        "import_failures" => vec![json!({"import": ids.import, "after": 0})],
        "list_imports" => nobody,
        "merge_contacts" => {
            vec![json!({"into": ids.contact, "from": ids.other}), json!({"into": ids.other, "from": ids.contact})]
        }
        "open_import" | "start_import" | "stop_import" | "delete_import" => vec![json!({"import": ids.import})],
        "set_blocked" => [chats(json!({"blocked": true})), chats(json!({"blocked": false}))].concat(),
        "rename_contact" => chats(json!({"name": "n"})),
        "set_opted" => chats(json!({"opted": "out"})),
        "undo_merge" => vec![json!({"merge": ids.merge})],
        "note_page" => chats(json!({"before": ["2100-01-01T00:00:00Z", ids.message]})),
        "older_messages" => chats(json!({"before": 1_000_000})),
        "mentionable" => chats(json!({})),
        "unread_mentions" => vec![json!({})],
        "journey_page" => [
            chats(json!({"part": "", "doer": "", "before": null})),
            chats(json!({"part": "messages", "doer": "customer", "before": ["2100-01-01T00:00:00Z", ids.step]})),
        ]
        .concat(),
        "send_message" => [
            chats(json!({"id": ids.message, "text": "hello"})),
            chats(json!({"id": ids.message, "text": "hello", "note": true})),
            chats(json!({"id": ids.message, "text": "hello", "buttons": ["Yes"]})),
            chats(json!({"id": ids.step, "text": "hello", "file": ids.media})),
            chats(json!({"id": ids.step, "text": "hello", "file": ids.loose})),
        ]
        .concat(),
        "search" => MARKS
            .iter()
            .chain(&["hello", "person", "%%"])
            .flat_map(|words| {
                let before = json!({"at": "2100-01-01T00:00:00Z", "id": ids.message});
                let filter = json!({"sender": "customer", "kind": "text", "since": null, "until": null});
                [
                    json!({"words": words, "filter": {}, "before": null}),
                    json!({"words": words, "filter": filter, "before": before}),
                ]
            })
            .collect(),
        "send_again" => chats(json!({"id": ids.message})),
        "resolve" => chats(json!({"outcome": "Solved", "note": "n"})),
        "save_draft" => [
            chats(json!({"text": "hello"})),
            chats(json!({"text": "hello", "note": true})),
            chats(json!({"text": "hello", "file": ids.loose})),
        ]
        .concat(),
        "transfer" => [chats(json!({"to": ids.member, "note": "n"})), chats(json!({"to": null, "note": "n"}))].concat(),
        "watch" => chats(json!({"screen": ids.screen})),
        "inbox_page" => ["Active", "Requested", "Mine", "Others", "History"]
            .iter()
            .flat_map(|list| {
                let after = json!({"at": "2100-01-01T00:00:00Z", "id": ids.chat});
                [json!({"list": list, "after": null}), json!({"list": list, "after": after})]
            })
            .collect(),
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
        "choose_columns" => vec![json!({"columns": ["phone", {"attribute": ids.attribute}]})],
        "contact_page" => filters(ids)
            .iter()
            .flat_map(|filter| {
                let ask = json!({"filter": filter, "sort": "name", "descending": false});
                let after = json!({"of": {"words": ""}, "id": ids.contact});
                [json!({"ask": ask, "after": null}), json!({"ask": ask, "after": after})]
            })
            .collect(),
        "count_contacts" => filters(ids).iter().map(|filter| json!({"filter": filter})).collect(),
        "begin_chat" => vec![json!({"contact": ids.contact})],
        "contact_lines" => vec![json!({"ids": [ids.contact]})],
        "save_segment" => [json!(ids.segment), json!(null)]
            .iter()
            .map(|segment| json!({"segment": segment, "name": "ours", "filter": filters(ids)[1]}))
            .collect(),
        "delete_segment" => vec![json!({"segment": ids.segment})],
        "begin_task" => {
            let actions = [
                json!({"give_tag": ids.tag}),
                json!({"take_tag": ids.tag}),
                json!({"set_attribute": {"attribute": ids.attribute, "value": "hello"}}),
                json!({"export": {"columns": ["phone", {"attribute": ids.attribute}]}}),
            ];
            let targets = [json!({"chosen": [ids.contact]}), json!({"matching": filters(ids)[0]})];
            let each = |action: &Value| targets.clone().map(|target| json!({"action": action, "target": target}));
            actions.iter().flat_map(each).collect()
        }
        "cancel_task" | "undo_task" => vec![json!({"task": ids.task})],
        "contact_setting" | "latest_tasks" => nobody,
        "inbox_history" => {
            let after = json!({"at": "2100-01-01T00:00:00Z", "id": ids.chat});
            vec![json!({"filter": {"tag": ids.tag, "resolved_by": ids.member}, "after": null}), json!({"filter": {}, "after": after}),
                json!({"filter": {"who": "marimba"}, "after": null})]
        }
        "set_attribute" => chats(json!({"attribute": ids.attribute, "value": "hello", "version": 0})),
        "create_attribute" => vec![json!({"shape": shape()})],
        "change_attribute" => vec![json!({"attribute": ids.attribute, "shape": shape(), "gone": "ask"})],
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
            json!({"id": null, "code": "f", "text": "y", "own": true, "file": ids.media}),
            json!({"id": null, "code": "f", "text": "y", "own": true, "file": ids.loose}),
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
        "create_api_key" => vec![json!({"name": "theirs", "scopes": ["contacts:read"]})],
        "revoke_api_key" => vec![json!({"key": ids.api_key})],
        "list_api_keys" => nobody,
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

/// Everybody, and by what only the other workspace has.
fn filters(ids: &Ids) -> Vec<Value> {
    [
        json!([]),
        json!([{"condition": {"tag": {"tag": ids.tag, "has": true}}}]),
        json!([{"condition": {"tag": {"tag": ids.tag, "has": false}}}]),
        json!([{"condition": {"attribute": {"attribute": ids.attribute, "is": {"words": "filled"}}}}]),
        json!([{"condition": {"name": {"contains": "Quixote"}}}]),
    ]
    .map(|parts| json!({"join": "all", "parts": parts}))
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

/// An own id beside a foreign one opens nothing, either: what is asked of the own side is refused and changes neither.
#[sqlx::test(migrations = "../domain/migrations")]
async fn own_ids_beside_foreign_ones_lead_nowhere(pool: PgPool) {
    let desk = Running::start(pool.clone()).await;
    let (elsewhere, apps, others) = settle(&desk.server.db, "-elsewhere", ["555", "556"]).await;
    let body = text("555", "wamid.e1", "447700900777", "hello");
    assert_eq!(desk.deliver(apps[0], &format!("{SECRET}-elsewhere"), body).await, StatusCode::OK);
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.ours", "16505551234", "ours")).await;
    desk.process().await;
    let one = async |sql: &'static str, of: &domain::db::Desk| -> uuid::Uuid {
        sqlx::query_scalar(sql).bind(of.id().0).fetch_one(&pool).await.unwrap()
    };
    let (chat, contact) = (
        one("select id from chat where workspace_id = $1", &desk.desk).await,
        one("select contact_id from chat where workspace_id = $1", &desk.desk).await,
    );
    let their_contact = one("select contact_id from chat where workspace_id = $1", &elsewhere).await;
    tagged(&elsewhere, &others[2], their_contact, desk.now()).await;
    tagged(&desk.desk, &desk.members[2], contact, desk.now()).await;
    let tag_of = "select id from tag where workspace_id = $1 and kind = 'manual' limit 1";
    let category_of = "select id from tag_category where workspace_id = $1 limit 1";
    let (tag, their_tag) = (one(tag_of, &desk.desk).await, one(tag_of, &elsewhere).await);
    let (category, their_category) = (one(category_of, &desk.desk).await, one(category_of, &elsewhere).await);
    let level: domain::attribute::Shape = serde_json::from_value(shape()).unwrap();
    let attribute = domain::attribute::store::create(&elsewhere, &others[2], level, desk.now()).await.unwrap();
    let cookie = desk.cookie(2).await;
    assert_eq!(desk.call("intervene", &cookie, &json!({"chat": chat})).await.status(), StatusCode::OK);
    let (before, theirs) = (fingerprint(&pool, desk.desk.id()).await, fingerprint(&pool, elsewhere.id()).await);
    let draft = json!({"category": their_category, "name": "n", "colour": "red", "kind": "manual"});
    for (name, body) in [
        ("give_tag", json!({"chat": chat, "tag": their_tag})),
        ("take_tag", json!({"chat": chat, "tag": their_tag})),
        ("set_attribute", json!({"chat": chat, "attribute": attribute, "value": "hello", "version": 0})),
        ("transfer", json!({"chat": chat, "to": others[0].id, "note": "n"})),
        ("merge_contacts", json!({"into": contact, "from": their_contact})),
        ("merge_contacts", json!({"into": their_contact, "from": contact})),
        ("change_tags", json!({"change": {"merge_tag": {"tag": tag, "into": their_tag}}})),
        ("change_tags", json!({"change": {"merge_tag": {"tag": their_tag, "into": tag}}})),
        ("change_tags", json!({"change": {"delete_tag": {"tag": tag, "uses": {"move": their_tag}}}})),
        ("change_tags", json!({"change": {"delete_category": {"category": category, "into": their_category}}})),
        ("change_tags", json!({"change": {"add_tag": {"tag": draft}}})),
        ("change_tags", json!({"change": {"change_tag": {"tag": tag, "to": draft}}})),
    ] {
        let answer = desk.call(name, &cookie, &body).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{name} {body}: {}", answer.text().await.unwrap());
    }
    assert_eq!(fingerprint(&pool, desk.desk.id()).await, before, "nothing of ours");
    assert_eq!(fingerprint(&pool, elsewhere.id()).await, theirs, "and nothing of theirs");
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
    let marked = domain::contact::filter::Condition::Name(domain::contact::filter::Words::Is("marimba".into()));
    let marked = domain::contact::filter::Group {
        join: domain::contact::filter::Join::All,
        parts: vec![domain::contact::filter::Part::Condition(marked)],
    };
    let segment = domain::segment::store::save(&elsewhere, &others[2], None, "marimba", marked, desk.now());
    let segment = segment.await.unwrap();
    let action = domain::task::Action::SetAttribute { attribute, value: "marimba".into() };
    let chosen = domain::task::Target::Chosen(vec![domain::ContactId(chats[0].1)]);
    let task = domain::task::store::begin(&elsewhere, &others[2], action, chosen, desk.now()).await.unwrap();
    while domain::task::step::run_once(&desk.server.db, desk.now()).await.unwrap() > 0 {}
    let everybody = domain::task::Target::Matching(domain::contact::filter::Group::default());
    let file = domain::task::Action::Export { columns: Vec::new() };
    let export = domain::task::store::begin(&elsewhere, &others[2], file, everybody, desk.now()).await.unwrap();
    let buttons = ["marimba".to_owned()];
    let (media, loose, pictured) = pictures(&elsewhere, &others, held, desk.now()).await;
    let draft = domain::reply::Draft {
        code: "marimba",
        text: "marimba",
        buttons: &buttons,
        file: Some(domain::MediaId(media)),
        own: false,
    };
    let reply = domain::reply::store::save(&elsewhere, &others[2], None, draft, desk.now());
    let reply = reply.await.unwrap();
    let guest = "guest-elsewhere@test.example";
    domain::member::invite::invite(&elsewhere, &others[2], guest, domain::member::Role::Agent, desk.now())
        .await
        .unwrap();
    let sheet = domain::import::parse(b"Phone,marimba\nmarimba,Quixote\n").unwrap();
    let import = domain::import::store::add(&elsewhere, &others[2], "marimba.csv", &sheet, desk.now()).await.unwrap();
    let plan = domain::import::Plan { columns: vec![domain::import::Column::Phone], ..Default::default() };
    domain::import::store::check(&elsewhere, &others[2], import, plan, desk.now()).await.unwrap();
    while domain::import::run::run_once(&desk.server.db, desk.now()).await.unwrap() > 0 {}
    let add = async |phone: &str| {
        let draft = domain::contact::Draft { phone: phone.into(), name: "marimba".into(), ..Default::default() };
        domain::contact::edit::add(&elsewhere, &others[2], &draft, desk.now()).await.unwrap()
    };
    let (into, from) = (add("+447700900001").await, add("+447700900002").await);
    let merge = domain::contact::merge_store::merge(&elsewhere, &others[2], into, from, desk.now()).await.unwrap();
    let one = async |sql: &'static str| -> uuid::Uuid {
        sqlx::query_scalar(sql).bind(elsewhere.id().0).fetch_one(&pool).await.unwrap()
    };
    let scopes = domain::api_key::Scope::ALL;
    domain::api_key::store::create(&elsewhere, &others[2], "marimba", scopes, None, desk.now()).await.unwrap();
    let ids = Ids {
        api_key: one("select id from api_key where workspace_id = $1").await,
        contact: chats[0].1,
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
        segment: segment.0,
        task: task.0,
        export: export.0,
        other: into.0,
        import: import.0,
        media,
        loose,
        pictured,
        merge: merge.0,
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
                // What is not even read proves nothing.
                assert!(!said.contains("could not be understood"), "{name} does not take {body}");
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

    let file = format!("import/{}", ids.import);
    let sections: Vec<_> = app::manage::words().map(str::to_owned).chain([file]).collect();
    for route in server::page::routes() {
        for (who, cookie) in &callers {
            for chat in [ids.chat, ids.held] {
                let queues = ["active", "requested", "intervened", "history"].map(|queue| format!("{queue}/{chat}"));
                let any = vec![String::new()];
                let places = match route.path() {
                    path if path.starts_with("/manage") => sections.clone(),
                    path if path.contains("{*place}") => queues.to_vec(),
                    _ => any,
                };
                for place in places {
                    let path = route.path().replace("{*place}", &place);
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
                // Their address with our secret; our address with their number; and a verification with another token.
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
                let query = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=guessed";
                let verified = desk.client.get(format!("{url}?{query}")).send().await.unwrap();
                assert_eq!(verified.status(), StatusCode::FORBIDDEN);
            }
            "/export/contacts/{file}" => {
                for (who, cookie) in &callers {
                    let url = format!("{}/export/contacts/{}.csv", desk.url, ids.export);
                    let answer = desk.client.get(url).header("cookie", cookie).send().await.unwrap();
                    assert!(answer.status().is_client_error(), "{who} takes another's file away");
                    tells_nothing(&answer.text().await.unwrap(), &format!("{who} exports contacts"));
                }
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
            "/export/import/{file}" => {
                for (who, cookie) in &callers {
                    let url = format!("{}/export/import/{}.csv", desk.url, ids.import);
                    let answer = desk.client.get(url).header("cookie", cookie).send().await.unwrap();
                    assert!(answer.status().is_client_error(), "{who} takes failed rows away");
                    tells_nothing(&answer.text().await.unwrap(), &format!("{who} takes failed rows away"));
                }
            }
            "/import/contacts" => {
                for (who, cookie) in &callers {
                    // Into their own workspace, which is no way into another.
                    let url = format!("{}/import/contacts?name={}", desk.url, ids.import);
                    let headers = [("cookie", cookie.as_str()), ("origin", desk.url.as_str())];
                    let answer = desk.post(&url, &headers, b"Phone\n+447700900777\n".to_vec()).await;
                    tells_nothing(&answer.text().await.unwrap(), &format!("{who} brings a file"));
                }
            }
            "/media" => {
                for (who, cookie) in &callers {
                    let url = format!("{}/media?name={}", desk.url, ids.media);
                    let headers = [("cookie", cookie.as_str()), ("origin", desk.url.as_str())];
                    let answer = desk.post(&url, &headers, b"some words".to_vec()).await;
                    tells_nothing(&answer.text().await.unwrap(), &format!("{who} brings a picture"));
                }
            }
            "/media/{file}" | "/media/of/{message}" => {
                for (who, cookie) in &callers {
                    for id in [ids.media, ids.loose, ids.pictured] {
                        let path = path.replace("{file}", &id.to_string()).replace("{message}", &id.to_string());
                        let url = format!("{}{path}", desk.url);
                        let answer = desk.client.get(url).header("cookie", cookie).send().await.unwrap();
                        assert!(answer.status().is_client_error(), "{who} looks at {path}");
                        tells_nothing(&answer.text().await.unwrap(), &format!("{who} looks at {path}"));
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
    rest(&desk, &ids).await;
    assert_eq!(fingerprint(&pool, elsewhere.id()).await, before);
}

/// Every call of the REST API, as its document lists them, with a key that may do everything in another workspace.
async fn rest(desk: &Running, ids: &Ids) {
    let key = desk.key(domain::api_key::Scope::ALL).await;
    let paths = server::rest::document::DOCUMENT["paths"].as_object().unwrap();
    assert!(paths.len() >= 12, "{paths:?}");
    for (path, methods) in paths {
        for (method, _) in methods.as_object().unwrap() {
            let body = body(method, path);
            for chat in [ids.chat, ids.held] {
                let address = [("chat", chat), ("contact", ids.contact), ("message", ids.message), ("tag", ids.tag)];
                let address = address
                    .iter()
                    .fold(path.clone(), |path, (name, id)| path.replace(&format!("{{{name}}}"), &id.to_string()));
                assert!(!address.contains('{'), "say how {path} is called with another workspace's ids");
                // Of the lists' filters and places.
                let queries = match path.trim_start_matches("/api/v1") {
                    "/contacts" if method == "get" => {
                        vec!["?phone=447700900777".to_owned(), format!("?after={}", uuid::Uuid::nil())]
                    }
                    "/chats" => vec![format!("?contact={}", ids.contact), format!("?after={}", uuid::Uuid::nil())],
                    "/contacts/{contact}/journey" => vec![String::new(), format!("?after={}", ids.step)],
                    _ => vec![String::new()],
                };
                for query in queries {
                    let what = format!("{method} {address}{query} with {body}");
                    let answer = desk.rest(&key, method, &format!("{address}{query}"), &body).await;
                    let status = answer.status();
                    tells_nothing(&answer.text().await.unwrap(), &what);
                    assert!(!status.is_server_error(), "{what}: {status}");
                    assert!(!path.contains('{') || status == StatusCode::NOT_FOUND, "{what}: {status}");
                }
            }
        }
    }
}

/// What is sent with a call of the REST API. One that is missing here fails the test.
fn body(method: &str, path: &str) -> Value {
    match (method, path.trim_start_matches("/api/v1")) {
        ("get", _) | ("post", "/chats/{chat}/request") | ("delete", "/contacts/{contact}/tags/{tag}") => Value::Null,
        ("post", "/contacts") => json!({"phone": "447700900778", "name": "ours", "tags": ["ours"]}),
        ("patch", "/contacts/{contact}") => json!({"name": "ours"}),
        ("post", "/contacts/{contact}/tags") => json!({"names": ["ours"]}),
        ("post", "/tags") => json!({"name": "ours"}),
        ("post", "/chats/{chat}/messages") => json!({"text": "hello"}),
        _ => panic!("say what {method} {path} is called with"),
    }
}

/// Files of the other workspace: one of a reply, one that is in nothing yet, and a message with one.
async fn pictures(
    desk: &domain::db::Desk,
    members: &[domain::member::Member],
    held: uuid::Uuid,
    now: domain::Timestamp,
) -> (uuid::Uuid, uuid::Uuid, uuid::Uuid) {
    let add = async |member: &domain::member::Member| {
        let taken = domain::media::sniff::take("marimba.txt", b"marimba".to_vec()).unwrap();
        domain::media::store::add(desk, member, &taken, now).await.unwrap().id
    };
    let message = domain::MessageId::at(now);
    let offer = domain::message::Offer { text: "marimba", buttons: &[], file: Some(add(&members[0]).await) };
    let chat = domain::ChatId(held);
    domain::message::store::offer(desk, &members[0], chat, message, offer, now).await.unwrap();
    (add(&members[2]).await.0, add(&members[0]).await.0, message.0)
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

/// A socket from the beginning of the feed, and with the other workspace's screen; every word a browser can say, which is
/// done to the caller.
async fn sockets(desk: &Running, callers: &[(&str, String)], ids: &Ids) {
    // A new word has to be said here, too.
    let words = |word: Word| match word {
        Word::Ping | Word::Active => serde_json::to_string(&word).unwrap(),
    };
    for (who, cookie) in callers.iter().filter(|(who, _)| *who != "nobody") {
        for screen in [None, Some(ids.screen)] {
            let query = screen.map_or("after=0".to_owned(), |screen| format!("after=0&screen={screen}"));
            let idle = "update member set active_at = null where workspace_id = $1";
            sqlx::query(idle).bind(desk.desk.id().0).execute(desk.server.db.pool()).await.unwrap();
            let active = "select count(*) from member where active_at is not null";
            let before = desk.count(active).await;
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
            // Somebody sits at a screen that has a name.
            let noted = async {
                while screen.is_some() && desk.count(active).await == before {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(60), noted).await.expect("the word is done");
        }
    }
}

#[track_caller]
fn tells_nothing(said: &str, what: &str) {
    for mark in MARKS {
        assert!(!said.contains(mark), "{what}: “{mark}” in {}", &said[..said.len().min(600)]);
    }
}
