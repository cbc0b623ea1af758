//! Every right by role within one's own workspace: each server function and each route that people use, called by
//! nobody, an Agent, a Manager and an Owner with what would be valid from whoever may. Who may is written down here as
//! the design has it (§3: Owner everything; Manager all but members and secrets; Agent live chat, History, profiles and
//! their own canned replies), not as the code has it. The functions and routes come from the program itself, so that a
//! new one cannot be forgotten here. What is refused changes nothing.

use crate::desk::{NUMBER, Running, SECRET, text};
use domain::attribute::Shape;
use domain::chat::{Command, Reason, act};
use domain::contact::filter::Group;
use domain::journey::Doer;
use domain::member::store::NewMember;
use domain::member::{Member, Presence, Role, session};
use domain::message::Offer;
use domain::tag::{Change, Colour, Kind, LooksAt, Match, RuleDraft, TagDraft, define};
use domain::{AttributeId, ChatId, ContactId, ImportId, MediaId, MemberId, MessageId, ReplyId, ScreenId, TaskId};
use leptos::server_fn::axum::server_fn_paths;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a call is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// 2xx: it is done. (101 for a socket.)
    May,
    /// 401: nobody is signed in.
    SignedOut,
    /// 403: their role may not.
    Forbidden,
    /// 404: out of their sight, which looks like an unknown id.
    Unknown,
    /// 409: in sight, and another member's to do.
    Anothers,
}
use Answer::{Anothers, Forbidden, May, SignedOut, Unknown};

impl Answer {
    fn is(self, status: StatusCode) -> bool {
        match self {
            May => status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS,
            SignedOut => status == StatusCode::UNAUTHORIZED,
            Forbidden => status == StatusCode::FORBIDDEN,
            Unknown => status == StatusCode::NOT_FOUND,
            Anothers => status == StatusCode::CONFLICT,
        }
    }
}

/// Who calls, in the order of [`Rights`].
const CALLERS: [(&str, Option<Role>); 4] = [
    ("nobody", None),
    ("an Agent", Some(Role::Agent)),
    ("a Manager", Some(Role::Manager)),
    ("an Owner", Some(Role::Owner)),
];

type Rights = [Answer; 4];

const ANYBODY: Rights = [May, May, May, May];
const MEMBERS: Rights = [SignedOut, May, May, May];
const SUPERVISORS: Rights = [SignedOut, Forbidden, May, May];
const OWNERS: Rights = [SignedOut, Forbidden, Forbidden, May];
/// Of a chat that another agent holds, or that waits for another agent: supervisors', and unknown to an agent.
const LEADS: Rights = [SignedOut, Unknown, May, May];
/// The content of a chat that another agent holds: nobody's, supervisors' while they watch.
const HIDDEN: Rights = [SignedOut, Unknown, Unknown, Unknown];
/// What only the holder does, where supervisors know that there is one.
const HOLDERS: Rights = [SignedOut, Unknown, Anothers, Anothers];
const NOBODY: Rights = [Forbidden, Forbidden, Forbidden, Forbidden];

/// Every server function, and who may. With a chat goes how it stands for the caller: [`Floor::chat`].
const FUNCTIONS: &[(&str, &str, Rights)] = &[
    // Signing in.
    ("who_am_i", "", ANYBODY),
    ("sign_in", "", ANYBODY),
    ("demo_members", "", ANYBODY),
    ("sign_in_demo", "outside a demo", NOBODY),
    ("sign_out", "", ANYBODY),
    ("change_password", "", MEMBERS),
    ("set_presence", "", MEMBERS),
    ("look_at_invite", "", ANYBODY),
    ("join", "", ANYBODY),
    // Live chat and History.
    ("inbox_page", "", MEMBERS),
    ("inbox_history", "", MEMBERS),
    ("search", "", MEMBERS),
    ("unread_mentions", "", MEMBERS),
    ("team", "", MEMBERS),
    ("open_chat", "active", MEMBERS),
    ("open_chat", "requested", MEMBERS),
    ("open_chat", "mine", MEMBERS),
    ("open_chat", "directed", LEADS),
    ("open_chat", "another's", LEADS),
    ("older_messages", "active", MEMBERS),
    ("older_messages", "directed", LEADS),
    ("older_messages", "another's", HIDDEN),
    ("older_messages", "watched", LEADS),
    ("place_within", "active", MEMBERS),
    ("folded_messages", "active", MEMBERS),
    ("mark_seen", "active", MEMBERS),
    ("typing", "mine", MEMBERS),
    ("take_next", "", MEMBERS),
    ("begin_chat", "", MEMBERS),
    ("intervene", "active", MEMBERS),
    ("intervene", "requested", MEMBERS),
    ("intervene", "directed", LEADS),
    // Only this refusal names the holder to other agents.
    ("intervene", "another's", [SignedOut, Anothers, Anothers, Anothers]),
    ("take_over", "active", SUPERVISORS),
    ("take_over", "requested", SUPERVISORS),
    ("take_over", "another's", LEADS),
    ("transfer", "mine", MEMBERS),
    ("transfer", "requested", SUPERVISORS),
    ("transfer", "directed", LEADS),
    ("transfer", "another's", LEADS),
    ("resolve", "mine", MEMBERS),
    ("resolve", "requested", SUPERVISORS),
    ("resolve", "another's", LEADS),
    ("undo_resolve", "resolved", MEMBERS),
    ("watch", "another's", LEADS),
    // Whoever watches nothing ends nothing, and is told the same of every chat.
    ("end_watch", "watched", MEMBERS),
    ("send_message", "mine", MEMBERS),
    ("send_message", "another's", HOLDERS),
    ("send_message", "watched", HOLDERS),
    ("send_message", "note, active", MEMBERS),
    ("send_message", "note, mine", MEMBERS),
    ("send_message", "note, another's", HIDDEN),
    ("send_message", "note, watched", HOLDERS),
    ("send_again", "mine", MEMBERS),
    ("save_draft", "mine", MEMBERS),
    ("save_draft", "another's", HIDDEN),
    ("save_draft", "watched", HOLDERS),
    ("save_draft", "note, active", MEMBERS),
    ("outcomes", "", MEMBERS),
    // Profiles.
    ("open_profile", "active", MEMBERS),
    ("journey_page", "active", MEMBERS),
    ("journey_page", "another's", HIDDEN),
    ("journey_page", "watched", LEADS),
    ("note_page", "active", MEMBERS),
    ("note_page", "another's", HIDDEN),
    ("note_page", "watched", LEADS),
    ("mentionable", "active", MEMBERS),
    ("mentionable", "another's", HIDDEN),
    ("rename_contact", "active", MEMBERS),
    ("rename_contact", "another's", HIDDEN),
    ("rename_contact", "watched", HOLDERS),
    ("set_opted", "active", MEMBERS),
    ("set_opted", "another's", HIDDEN),
    ("set_opted", "watched", HOLDERS),
    ("set_blocked", "mine", MEMBERS),
    ("set_blocked", "active", SUPERVISORS),
    ("set_blocked", "another's", HIDDEN),
    ("set_blocked", "watched", HOLDERS),
    ("set_attribute", "active", MEMBERS),
    ("set_attribute", "another's", HIDDEN),
    ("set_attribute", "watched", HOLDERS),
    ("tag_choices", "", MEMBERS),
    ("give_tag", "active", MEMBERS),
    ("give_tag", "another's", HIDDEN),
    ("give_tag", "watched", HOLDERS),
    ("take_tag", "given by hand", MEMBERS),
    ("take_tag", "given by a rule", SUPERVISORS),
    ("take_tag", "given by the API", SUPERVISORS),
    // Canned replies.
    ("list_replies", "", MEMBERS),
    ("reply_attributes", "", MEMBERS),
    ("reply_values", "active", MEMBERS),
    ("reply_values", "another's", HIDDEN),
    ("save_reply", "a new one of one's own", MEMBERS),
    ("save_reply", "a new one of everybody's", SUPERVISORS),
    ("save_reply", "one's own", MEMBERS),
    ("save_reply", "one's own becomes everybody's", SUPERVISORS),
    ("save_reply", "everybody's", SUPERVISORS),
    ("save_reply", "everybody's becomes one's own", SUPERVISORS),
    ("save_reply", "another's", HIDDEN),
    ("delete_reply", "one's own", MEMBERS),
    ("delete_reply", "everybody's", SUPERVISORS),
    ("delete_reply", "another's", HIDDEN),
    // Contacts.
    ("contact_setting", "", SUPERVISORS),
    ("choose_columns", "", SUPERVISORS),
    ("contact_page", "", SUPERVISORS),
    ("count_contacts", "", SUPERVISORS),
    ("contact_lines", "", SUPERVISORS),
    ("add_contact", "", SUPERVISORS),
    ("save_segment", "a new one", SUPERVISORS),
    ("save_segment", "one that is there", SUPERVISORS),
    ("delete_segment", "", SUPERVISORS),
    ("begin_task", "give a tag", SUPERVISORS),
    ("begin_task", "take a tag", SUPERVISORS),
    ("begin_task", "set an attribute", SUPERVISORS),
    ("begin_task", "export", SUPERVISORS),
    ("latest_tasks", "", SUPERVISORS),
    ("cancel_task", "", SUPERVISORS),
    ("undo_task", "", SUPERVISORS),
    ("find_duplicates", "", SUPERVISORS),
    ("merge_contacts", "", SUPERVISORS),
    ("undo_merge", "", SUPERVISORS),
    ("dismiss_duplicate", "", SUPERVISORS),
    ("list_imports", "", SUPERVISORS),
    ("open_import", "", SUPERVISORS),
    ("import_failures", "", SUPERVISORS),
    ("check_import", "", SUPERVISORS),
    ("start_import", "", SUPERVISORS),
    ("stop_import", "", SUPERVISORS),
    ("delete_import", "", SUPERVISORS),
    // Manage. Its frame comes to whoever is signed in: an agent has their own replies there.
    ("begin_managing", "", ANYBODY),
    ("read_tags", "", SUPERVISORS),
    ("change_tags", "add_category", SUPERVISORS),
    ("change_tags", "rename_category", SUPERVISORS),
    ("change_tags", "move_category", SUPERVISORS),
    ("change_tags", "delete_category", SUPERVISORS),
    ("change_tags", "add_tag", SUPERVISORS),
    ("change_tags", "change_tag", SUPERVISORS),
    ("change_tags", "move_tag", SUPERVISORS),
    ("change_tags", "archive_tag", SUPERVISORS),
    ("change_tags", "restore_tag", SUPERVISORS),
    ("change_tags", "merge_tag", SUPERVISORS),
    ("change_tags", "delete_tag", SUPERVISORS),
    ("change_tags", "add_rule", SUPERVISORS),
    ("change_tags", "change_rule", SUPERVISORS),
    ("change_tags", "move_rule", SUPERVISORS),
    ("change_tags", "delete_rule", SUPERVISORS),
    ("list_attributes", "", SUPERVISORS),
    ("create_attribute", "", SUPERVISORS),
    ("change_attribute", "", SUPERVISORS),
    ("arrange_attributes", "", SUPERVISORS),
    ("archive_attribute", "", SUPERVISORS),
    ("restore_attribute", "", SUPERVISORS),
    ("delete_attribute", "", SUPERVISORS),
    ("list_outcomes", "", SUPERVISORS),
    ("create_outcome", "", SUPERVISORS),
    ("rename_outcome", "", SUPERVISORS),
    ("arrange_outcomes", "", SUPERVISORS),
    ("archive_outcome", "", SUPERVISORS),
    ("restore_outcome", "", SUPERVISORS),
    ("read_settings", "", SUPERVISORS),
    ("change_settings", "", SUPERVISORS),
    ("look_at_hours", "", SUPERVISORS),
    // The world's, not the workspace's.
    ("time_zones", "", MEMBERS),
    ("audit_page", "", SUPERVISORS),
    ("audit_filters", "", SUPERVISORS),
    // Members and secrets.
    ("list_members", "", OWNERS),
    ("change_role", "", OWNERS),
    ("invite_member", "", OWNERS),
    ("withdraw_invite", "", OWNERS),
    ("deactivate_member", "", OWNERS),
    ("reactivate_member", "", OWNERS),
    ("list_api_keys", "", OWNERS),
    ("create_api_key", "", OWNERS),
    ("revoke_api_key", "", OWNERS),
];

/// Every route that people use beside pages and server functions, and who may.
const ROUTES: &[(&str, &str, Rights)] = &[
    ("/live", "", MEMBERS),
    ("/export/contacts/{file}", "", SUPERVISORS),
    ("/export/import/{file}", "", SUPERVISORS),
    ("/export/journey/{file}", "csv, active", SUPERVISORS),
    ("/export/journey/{file}", "json, active", SUPERVISORS),
    ("/export/journey/{file}", "csv, another's", [SignedOut, Forbidden, Unknown, Unknown]),
    ("/export/journey/{file}", "csv, mine", SUPERVISORS),
    ("/import/contacts", "", SUPERVISORS),
    ("/media", "", MEMBERS),
    ("/media/{file}", "one's own", MEMBERS),
    ("/media/{file}", "another's", HIDDEN),
    ("/media/{file}", "everybody's reply's", MEMBERS),
    ("/media/of/{message}", "mine", MEMBERS),
    ("/media/of/{message}", "another's", HIDDEN),
    ("/media/of/{message}", "watched", LEADS),
];

/// What machines call, and what is nobody's secret.
const FOR_MACHINES: [&str; 4] = ["/webhooks/whatsapp/{app}", "/pkg/{*name}", "/favicon.svg", "/health"];

#[sqlx::test(migrations = "../domain/migrations")]
async fn every_server_function_is_for_those_who_may(pool: PgPool) {
    let known: BTreeSet<_> = server_fn_paths().map(|(path, _)| path.trim_start_matches("/api/")).collect();
    let named: BTreeSet<_> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
    let mut wrong = unlike(&named, &known);
    let mut floor = Floor::open(pool).await;
    for (name, case, rights) in FUNCTIONS {
        for ((who, role), expected) in CALLERS.into_iter().zip(*rights) {
            let (me, cookie) = floor.caller(role).await;
            let body = Box::pin(floor.body(name, case, &me)).await;
            let before = floor.print(expected).await;
            let answer = floor.desk.call(name, &cookie, &body).await;
            let (status, said) = (answer.status(), answer.text().await.unwrap());
            let what = format!("{who} calls {name} ({case})");
            if !expected.is(status) {
                wrong.push(format!("{what}: {status} and not {expected:?}, {}", shortly(&said)));
            }
            let changed = floor.changed(expected, before).await;
            if !changed.is_empty() {
                wrong.push(format!("{what}: refused, and changes {changed:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn every_route_is_for_those_who_may(pool: PgPool) {
    let known: BTreeSet<_> = server::router::routes().into_iter().map(|(path, _)| path).collect();
    let named: BTreeSet<_> = ROUTES.iter().map(|(path, ..)| *path).chain(FOR_MACHINES).collect();
    let mut wrong = unlike(&named, &known);
    let mut floor = Floor::open(pool).await;
    for (path, case, rights) in ROUTES {
        for ((who, role), expected) in CALLERS.into_iter().zip(*rights) {
            let (me, cookie) = floor.caller(role).await;
            let request = Box::pin(floor.request(path, case, &me)).await;
            let before = floor.print(expected).await;
            let answer = request.header("cookie", &cookie).header("origin", &floor.desk.url).send().await.unwrap();
            let status = answer.status();
            // A socket's conversation does not end.
            let said =
                if status == StatusCode::SWITCHING_PROTOCOLS { String::new() } else { answer.text().await.unwrap() };
            let what = format!("{who} uses {path} ({case})");
            if !expected.is(status) {
                wrong.push(format!("{what}: {status} and not {expected:?}, {}", shortly(&said)));
            }
            let changed = floor.changed(expected, before).await;
            if !changed.is_empty() {
                wrong.push(format!("{what}: refused, and changes {changed:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What the program has and the table has not, and the other way round.
fn unlike(named: &BTreeSet<&str>, known: &BTreeSet<&str>) -> Vec<String> {
    let missing = known.difference(named).map(|one| format!("say in the table who may use {one}"));
    missing.chain(named.difference(known).map(|one| format!("there is no {one}"))).collect()
}

fn shortly(said: &str) -> String {
    said.chars().take(160).collect()
}

/// What is asked of a chat, beside the chat; `None` for what is not about one.
fn in_chat(name: &str) -> Option<Value> {
    let nothing = Uuid::now_v7();
    Some(match name {
        "open_chat" | "place_within" | "mark_seen" | "typing" | "intervene" | "take_over" | "undo_resolve"
        | "end_watch" | "watch" | "open_profile" | "mentionable" | "reply_values" | "give_tag" | "take_tag"
        | "send_again" => json!({}),
        "older_messages" => json!({"before": 1_000_000}),
        "folded_messages" => json!({"before": null}),
        "transfer" => json!({"note": "n"}),
        "resolve" => json!({"outcome": "Solved", "note": "n"}),
        "send_message" => json!({"id": nothing, "text": "hello"}),
        "save_draft" => json!({"text": "hello"}),
        "journey_page" => json!({"part": "", "doer": "", "before": null}),
        "note_page" => json!({"before": ["2100-01-01T00:00:00Z", nothing]}),
        "rename_contact" => json!({"name": "Renamed"}),
        "set_opted" => json!({"opted": "out"}),
        "set_blocked" => json!({"blocked": true}),
        "set_attribute" => json!({"value": "hello", "version": 0}),
        _ => return None,
    })
}

fn everybody() -> Value {
    json!({"join": "all", "parts": []})
}

fn named(name: &str) -> Group {
    serde_json::from_value(json!({"join": "all", "parts": [{"condition": {"name": {"is": name}}}]})).unwrap()
}

/// A desk at which each call gets a caller, chats and definitions of its own, so that none decides another's outcome.
struct Floor {
    desk: Running,
    /// Makes what callers need.
    owner: Member,
    /// Of everybody's password.
    hash: String,
    /// Chats that nobody has touched.
    fresh: Vec<(ChatId, ContactId)>,
    category: Uuid,
    made: usize,
    prints: String,
}

const PASSWORD: &str = "a right password";

impl Floor {
    async fn open(pool: PgPool) -> Self {
        let tables: Vec<String> = sqlx::query_scalar(
            "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'
             where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
               -- but what the sequencer moves by itself
               and c.relname not like 'feed%' and c.relname <> 'queue_count' order by 1",
        )
        .fetch_all(&pool)
        .await
        .unwrap();
        assert!(tables.len() > 30, "{tables:?}");
        let print = |table: &String| {
            format!(
                "select '{table}', md5(string_agg(t::text, '|' order by t::text)) from {table} t where workspace_id = $1"
            )
        };
        let prints = tables.iter().map(print).collect::<Vec<_>>().join(" union all ");
        let desk = Running::start(pool).await;
        let owner = desk.members[2].clone();
        let hash = domain::member::password::hash(PASSWORD.into()).await.unwrap();
        let mut floor = Self { desk, owner, hash, fresh: Vec::new(), category: Uuid::nil(), made: 0, prints };
        floor.category = floor.category().await;
        floor
    }

    /// What the workspace has, by table, where a call is to be refused.
    async fn print(&self, expected: Answer) -> Vec<(String, Option<String>)> {
        if expected == May {
            return Vec::new();
        }
        let sql = AssertSqlSafe(self.prints.clone());
        let found = sqlx::query_as(sql).bind(self.desk.desk.id().0).fetch_all(self.desk.server.db.pool()).await;
        found.unwrap()
    }

    /// Which tables have changed since.
    async fn changed(&self, expected: Answer, before: Vec<(String, Option<String>)>) -> Vec<String> {
        let (before, after) = (before.into_iter().collect::<BTreeSet<_>>(), self.print(expected).await);
        after.into_iter().filter(|print| !before.contains(print)).map(|(table, _)| table).collect()
    }

    /// A number that nothing else has.
    fn number(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    /// Somebody new with this role, and their session. For nobody, what they ask for is made as for an agent.
    async fn caller(&mut self, role: Option<Role>) -> (Member, String) {
        let me = self.member(role.unwrap_or(Role::Agent)).await;
        if role.is_none() {
            return (me, String::new());
        }
        let (db, now) = (&self.desk.server.db, self.desk.now());
        let token = session::begin(db, me.workspace, me.id, None, now).await.unwrap();
        (me, format!("baton={}", token.reveal()))
    }

    async fn member(&mut self, role: Role) -> Member {
        let n = self.number();
        let (name, email) = (format!("Member {n}"), format!("member-{n}@test.example"));
        let new = NewMember { email: &email, name: &name, role, password_hash: Some(&self.hash) };
        let mut tx = self.desk.desk.begin().await.unwrap();
        let id = domain::member::store::add(&mut tx, &new, self.desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        Member { id, workspace: self.desk.desk.id(), name, email, role, presence: Presence::Away }
    }

    async fn colleague(&mut self) -> MemberId {
        self.member(Role::Agent).await.id
    }

    async fn id(&self, sql: &'static str, named: &str) -> Uuid {
        let found = sqlx::query_scalar(sql).bind(self.desk.desk.id().0).bind(named);
        found.fetch_one(self.desk.server.db.pool()).await.unwrap()
    }

    async fn does(&self, who: &Member, chat: ChatId, command: Command) {
        act::by_member(&self.desk.desk, who, chat, command, self.desk.now()).await.unwrap();
    }

    /// A chat with a customer who has just written, in the bot's hands.
    async fn active(&mut self) -> (ChatId, ContactId) {
        if self.fresh.is_empty() {
            const AT_ONCE: i64 = 100;
            let mut entries = Vec::new();
            for _ in 0..AT_ONCE {
                let n = self.number();
                let one = text(NUMBER, &format!("wamid.{n}"), &format!("4477009{n:05}"), "hello");
                entries.push(serde_json::from_str::<Value>(&one).unwrap()["entry"][0].take());
            }
            let delivery = json!({"object": "whatsapp_business_account", "entry": entries});
            assert_eq!(self.desk.deliver(self.desk.app, SECRET, delivery.to_string()).await, StatusCode::OK);
            let before = self.desk.count("select count(*) from chat").await;
            self.desk.process().await;
            assert_eq!(self.desk.count("select count(*) from chat").await, before + AT_ONCE);
            let newest = "select id, contact_id from chat order by created_at desc, id desc limit $1";
            let found = sqlx::query_as(newest).bind(AT_ONCE).fetch_all(self.desk.server.db.pool()).await;
            let found: Vec<(Uuid, Uuid)> = found.unwrap();
            self.fresh.extend(found.into_iter().map(|(chat, contact)| (ChatId(chat), ContactId(contact))));
        }
        self.fresh.pop().unwrap()
    }

    /// A chat as it stands for somebody.
    async fn chat(&mut self, standing: &str, me: &Member) -> (ChatId, ContactId) {
        let (chat, contact) = self.active().await;
        match standing {
            "active" | "given by hand" | "given by a rule" | "given by the API" => {}
            "mine" => self.does(me, chat, Command::Intervene).await,
            "requested" => self.does(me, chat, Command::AskForPerson(Reason::Member)).await,
            // To a colleague.
            "directed" => {
                self.does(me, chat, Command::AskForPerson(Reason::Member)).await;
                let to = Some(self.colleague().await);
                self.does(&self.owner, chat, Command::Transfer { to, note: String::new() }).await;
            }
            "another's" | "watched" => {
                let holder = self.member(Role::Agent).await;
                self.does(&holder, chat, Command::Intervene).await;
                if standing == "watched" && me.role.supervises() {
                    let screen = self.screen(me).await;
                    let now = self.desk.now();
                    domain::chat::watch::open(&self.desk.desk, me, chat, screen, now).await.unwrap();
                }
            }
            "resolved" => {
                self.does(me, chat, Command::Intervene).await;
                self.does(me, chat, Command::Resolve { outcome: None, note: None }).await;
            }
            other => panic!("how does a chat stand that is {other}?"),
        }
        (chat, contact)
    }

    async fn screen(&self, me: &Member) -> ScreenId {
        let (screen, now) = (ScreenId::at(self.desk.now()), self.desk.now());
        domain::member::presence::active(&self.desk.desk, me.id, screen, now).await.unwrap();
        screen
    }

    async fn define(&self, change: Change) {
        define::change(&self.desk.desk, &self.owner, change, self.desk.now()).await.unwrap();
    }

    async fn category(&mut self) -> Uuid {
        let name = format!("Category {}", self.number());
        self.define(Change::AddCategory { name: name.clone() }).await;
        self.id("select id from tag_category where workspace_id = $1 and name = $2", &name).await
    }

    async fn tag(&mut self, kind: Kind) -> domain::TagId {
        let (category, name) = (domain::TagCategoryId(self.category), format!("Tag {}", self.number()));
        let tag = TagDraft { category, name: name.clone(), colour: Colour::Red, kind };
        self.define(Change::AddTag { tag }).await;
        domain::TagId(self.id("select id from tag where workspace_id = $1 and name = $2", &name).await)
    }

    async fn attribute(&mut self) -> AttributeId {
        let shape: Shape = serde_json::from_value(self.shape()).unwrap();
        domain::attribute::store::create(&self.desk.desk, &self.owner, shape, self.desk.now()).await.unwrap()
    }

    fn shape(&mut self) -> Value {
        let name = format!("Level {}", self.number());
        json!({"name": name, "kind": "text", "options": [], "currency": "", "help": "", "required_on_resolve": false,
            "shown_to_bot": true})
    }

    async fn outcome(&mut self) -> Uuid {
        // There is room for thirty.
        let sql = "update outcome set archived_at = now() where name like 'Ended %' and archived_at is null";
        sqlx::query(sql).execute(self.desk.server.db.pool()).await.unwrap();
        let name = format!("Ended {}", self.number());
        domain::outcome::store::create(&self.desk.desk, &self.owner, &name, self.desk.now()).await.unwrap();
        self.id("select id from outcome where workspace_id = $1 and name = $2", &name).await
    }

    async fn reply(&mut self, of: &Member, own: bool, file: Option<MediaId>) -> ReplyId {
        let code = format!("code-{}", self.number());
        let draft = domain::reply::Draft { code: &code, text: "hello", buttons: &[], file, own };
        domain::reply::store::save(&self.desk.desk, of, None, draft, self.desk.now()).await.unwrap()
    }

    async fn file(&self, of: &Member) -> MediaId {
        let taken = domain::media::sniff::take("words.txt", b"some words".to_vec()).unwrap();
        domain::media::store::add(&self.desk.desk, of, &taken, self.desk.now()).await.unwrap().id
    }

    async fn contact(&mut self) -> ContactId {
        let phone = format!("+4477018{:05}", self.number());
        let draft = domain::contact::Draft { phone, name: "Carl".into(), ..Default::default() };
        domain::contact::edit::add(&self.desk.desk, &self.owner, &draft, self.desk.now()).await.unwrap()
    }

    /// Something begun for a contact. Of those under way there may be five.
    async fn task(&mut self, of: &Member, action: Value) -> TaskId {
        self.end_tasks().await;
        let chosen = domain::task::Target::Chosen(vec![self.contact().await]);
        let (action, now) = (serde_json::from_value(action).unwrap(), self.desk.now());
        domain::task::store::begin(&self.desk.desk, of, action, chosen, now).await.unwrap()
    }

    async fn end_tasks(&self) {
        let sql = "update contact_task set state = 'cancelled', ended_at = now() where state in ('running', 'undoing')";
        sqlx::query(sql).execute(self.desk.server.db.pool()).await.unwrap();
    }

    async fn import(&mut self) -> ImportId {
        let sheet = format!("Phone,Name\n+4477019{:05},Carl\nno number,Dora\n", self.number());
        let sheet = domain::import::parse(sheet.as_bytes()).unwrap();
        let now = self.desk.now();
        domain::import::store::add(&self.desk.desk, &self.owner, "people.csv", &sheet, now).await.unwrap()
    }

    async fn checked_import(&mut self) -> ImportId {
        let import = self.import().await;
        let plan = serde_json::from_value(plan()).unwrap();
        domain::import::store::check(&self.desk.desk, &self.owner, import, plan, self.desk.now()).await.unwrap();
        while domain::import::run::run_once(&self.desk.server.db, self.desk.now()).await.unwrap() > 0 {}
        import
    }

    async fn invitation(&mut self) -> (String, session::Token) {
        let email = format!("guest-{}@test.example", self.number());
        let (desk, now) = (&self.desk.desk, self.desk.now());
        let token = domain::member::invite::invite(desk, &self.owner, &email, Role::Agent, now).await.unwrap();
        (email, token)
    }

    /// What is sent with a call.
    async fn body(&mut self, name: &str, case: &str, me: &Member) -> Value {
        if let Some(asked) = in_chat(name) {
            return Box::pin(self.about_chat(name, case, me, asked)).await;
        }
        if let Some(body) = Box::pin(self.about_contacts(name, case)).await {
            return body;
        }
        if let Some(body) = Box::pin(self.about_definitions(name, case, me)).await {
            return body;
        }
        Box::pin(self.about_members(name, me)).await
    }

    async fn about_chat(&mut self, name: &str, case: &str, me: &Member, mut body: Value) -> Value {
        let (note, standing) = case.strip_prefix("note, ").map_or((false, case), |standing| (true, standing));
        let (chat, contact) = self.chat(standing, me).await;
        let now = self.desk.now();
        body["chat"] = json!(chat);
        if note {
            body["note"] = json!(true);
        }
        match name {
            "transfer" => body["to"] = json!(self.colleague().await),
            "watch" => body["screen"] = json!(self.screen(me).await),
            "set_attribute" => body["attribute"] = json!(self.attribute().await),
            "give_tag" => body["tag"] = json!(self.tag(Kind::Manual).await),
            "take_tag" => {
                let kind = if standing == "given by a rule" { Kind::FirstMessage } else { Kind::Manual };
                let tag = self.tag(kind).await;
                if standing == "given by hand" {
                    domain::tag::store::give(&self.desk.desk, &self.owner, chat, tag, now).await.unwrap();
                } else {
                    let doer = if kind == Kind::Manual { Doer::Api } else { Doer::Clock };
                    let mut tx = self.desk.desk.begin().await.unwrap();
                    domain::tag::store::give_automated(&mut tx, contact, tag, &doer, now).await.unwrap();
                    tx.commit().await.unwrap();
                }
                body["tag"] = json!(tag);
            }
            "send_again" => {
                let id = MessageId::at(now);
                domain::message::store::send(&self.desk.desk, me, chat, id, "hello", now).await.unwrap();
                let failed = "update outbox set state = 'failed' where message_id = $1";
                sqlx::query(failed).bind(id.0).execute(self.desk.server.db.pool()).await.unwrap();
                body["id"] = json!(id);
            }
            "folded_messages" | "place_within" => {
                let (folded, from) = self.active().await;
                domain::contact::merge_store::merge(&self.desk.desk, &self.owner, contact, from, now).await.unwrap();
                if name == "place_within" {
                    body["chat"] = json!(folded);
                } else {
                    body["contact"] = json!(from);
                }
            }
            _ => {}
        }
        body
    }

    async fn about_contacts(&mut self, name: &str, case: &str) -> Option<Value> {
        let now = self.desk.now();
        Some(match name {
            "contact_setting" | "latest_tasks" | "list_imports" => json!({}),
            "choose_columns" => json!({"columns": ["phone"]}),
            "contact_page" => {
                json!({"ask": {"filter": everybody(), "sort": "name", "descending": false}, "after": null})
            }
            "count_contacts" => json!({"filter": everybody()}),
            "contact_lines" => json!({"ids": [self.contact().await]}),
            "begin_chat" => json!({"contact": self.contact().await}),
            "add_contact" => {
                let phone = format!("+4477017{:05}", self.number());
                json!({"draft": {"phone": phone, "name": "Carl", "source": "", "opted": null}})
            }
            "save_segment" | "delete_segment" => {
                let known = format!("Segment {}", self.number());
                let (desk, filter) = (&self.desk.desk, named("Carl"));
                let segment = domain::segment::store::save(desk, &self.owner, None, &known, filter, now).await.unwrap();
                let new = format!("Segment {}", self.number());
                match (name, case) {
                    ("delete_segment", _) => json!({"segment": segment}),
                    (_, "a new one") => json!({"segment": null, "name": new, "filter": named("Dora")}),
                    _ => json!({"segment": segment, "name": new, "filter": named("Dora")}),
                }
            }
            "begin_task" => {
                self.end_tasks().await;
                let action = match case {
                    "give a tag" => json!({"give_tag": self.tag(Kind::Manual).await}),
                    "take a tag" => json!({"take_tag": self.tag(Kind::Manual).await}),
                    "set an attribute" => {
                        json!({"set_attribute": {"attribute": self.attribute().await, "value": "hello"}})
                    }
                    _ => json!({"export": {"columns": ["phone"]}}),
                };
                json!({"action": action, "target": {"chosen": [self.contact().await]}})
            }
            "cancel_task" | "undo_task" => {
                let (owner, tag) = (self.owner.clone(), self.tag(Kind::Manual).await);
                let task = self.task(&owner, json!({"give_tag": tag})).await;
                while name == "undo_task" && domain::task::step::run_once(&self.desk.server.db, now).await.unwrap() > 0
                {
                }
                json!({"task": task})
            }
            "find_duplicates" => json!({"before": null, "merged_before": null}),
            "merge_contacts" => json!({"into": self.active().await.1, "from": self.active().await.1}),
            "dismiss_duplicate" => json!({"one": self.contact().await, "other": self.contact().await}),
            "undo_merge" => {
                let ((_, into), (_, from)) = (self.active().await, self.active().await);
                let merge = domain::contact::merge_store::merge(&self.desk.desk, &self.owner, into, from, now).await;
                json!({"merge": merge.unwrap()})
            }
            "open_import" | "delete_import" => json!({"import": self.import().await}),
            "check_import" => json!({"import": self.import().await, "plan": plan()}),
            "import_failures" => json!({"import": self.checked_import().await, "after": 0}),
            "start_import" => json!({"import": self.checked_import().await}),
            "stop_import" => {
                let import = self.checked_import().await;
                domain::import::store::start(&self.desk.desk, &self.owner, import, now).await.unwrap();
                json!({"import": import})
            }
            _ => return None,
        })
    }

    async fn about_definitions(&mut self, name: &str, case: &str, me: &Member) -> Option<Value> {
        let now = self.desk.now();
        Some(match name {
            "read_tags" | "tag_choices" | "list_attributes" | "list_outcomes" | "outcomes" | "list_replies"
            | "reply_attributes" | "read_settings" | "time_zones" => json!({}),
            "change_tags" => json!({"change": {case: self.tag_change(case).await}}),
            "create_attribute" => json!({"shape": self.shape()}),
            "change_attribute" => {
                json!({"attribute": self.attribute().await, "shape": self.shape(), "gone": "ask"})
            }
            "arrange_attributes" => json!({"order": [self.attribute().await]}),
            "archive_attribute" => json!({"attribute": self.attribute().await}),
            "delete_attribute" => json!({"attribute": self.attribute().await, "values": "None"}),
            "restore_attribute" => {
                let attribute = self.attribute().await;
                let (desk, owner) = (&self.desk.desk, &self.owner);
                domain::attribute::store::archive(desk, owner, attribute, now).await.unwrap();
                json!({"attribute": attribute})
            }
            "create_outcome" => json!({"name": format!("Ended {}", self.number())}),
            "rename_outcome" => {
                json!({"outcome": self.outcome().await, "name": format!("Ended {}", self.number())})
            }
            "arrange_outcomes" => json!({"order": [self.outcome().await]}),
            "archive_outcome" => json!({"outcome": self.outcome().await}),
            "restore_outcome" => {
                let outcome = self.outcome().await;
                let (desk, owner) = (&self.desk.desk, &self.owner);
                domain::outcome::store::archive(desk, owner, domain::OutcomeId(outcome), now).await.unwrap();
                json!({"outcome": outcome})
            }
            "save_reply" | "delete_reply" => {
                let id = match case {
                    "one's own" | "one's own becomes everybody's" => Some(self.reply(me, true, None).await),
                    "everybody's" | "everybody's becomes one's own" => {
                        let owner = self.owner.clone();
                        Some(self.reply(&owner, false, None).await)
                    }
                    "another's" => {
                        let other = self.member(Role::Agent).await;
                        Some(self.reply(&other, true, None).await)
                    }
                    _ => None,
                };
                let own = !matches!(case, "a new one of everybody's" | "one's own becomes everybody's" | "everybody's");
                let code = format!("code-{}", self.number());
                if name == "delete_reply" {
                    json!({"id": id})
                } else {
                    json!({"id": id, "code": code, "text": "hello again", "own": own})
                }
            }
            "change_settings" => {
                let before = domain::setting::store::read(&self.desk.desk, &self.owner).await.unwrap();
                let mut after = before.clone();
                after.accept_within = if before.accept_within == 60 { 90 } else { 60 };
                json!({"before": before, "after": after})
            }
            "look_at_hours" => json!({"hours": {"on": true}}),
            _ => return None,
        })
    }

    async fn tag_change(&mut self, change: &str) -> Value {
        let draft = json!({"category": self.category, "name": format!("Tag {}", self.number()), "colour": "red",
            "kind": "manual"});
        match change {
            "add_category" => json!({"name": format!("Category {}", self.number())}),
            "rename_category" => {
                json!({"category": self.category().await, "name": format!("Category {}", self.number())})
            }
            "move_category" => json!({"category": self.category().await, "towards": "up"}),
            "delete_category" => json!({"category": self.category().await, "into": null}),
            "add_tag" => json!({"tag": draft}),
            "change_tag" => json!({"tag": self.tag(Kind::Manual).await, "to": draft}),
            "move_tag" => json!({"tag": self.tag(Kind::Manual).await, "towards": "up"}),
            "archive_tag" => json!({"tag": self.tag(Kind::Manual).await}),
            "restore_tag" => {
                let tag = self.tag(Kind::Manual).await;
                self.define(Change::ArchiveTag { tag }).await;
                json!({"tag": tag})
            }
            "merge_tag" => json!({"tag": self.tag(Kind::Manual).await, "into": self.tag(Kind::Manual).await}),
            "delete_tag" => json!({"tag": self.tag(Kind::Manual).await, "uses": "take_off"}),
            rule => {
                let tag = self.tag(Kind::FirstMessage).await;
                let words = format!("nobody says {}", self.number());
                let (looks_at, matches) = (LooksAt::Text, Match::Contains);
                let draft = RuleDraft { tag, looks_at, matches, words: words.clone(), enabled: true };
                if rule == "add_rule" {
                    return json!({"rule": draft});
                }
                self.define(Change::AddRule { rule: draft.clone() }).await;
                let id = self.id("select id from tag_rule where workspace_id = $1 and words = $2", &words).await;
                match rule {
                    "change_rule" => json!({"rule": id, "to": RuleDraft { enabled: false, ..draft }}),
                    "move_rule" => json!({"rule": id, "towards": "up"}),
                    "delete_rule" => json!({"rule": id}),
                    other => panic!("say how tags are changed by {other}"),
                }
            }
        }
    }

    async fn about_members(&mut self, name: &str, me: &Member) -> Value {
        let now = self.desk.now();
        match name {
            "who_am_i" | "demo_members" | "sign_out" | "team" | "begin_managing" | "list_members" | "list_api_keys"
            | "audit_filters" | "unread_mentions" => json!({}),
            "sign_in" => json!({"email": me.email, "password": PASSWORD}),
            "sign_in_demo" => json!({"member": me.id}),
            "change_password" => json!({"old": PASSWORD, "new": "another password"}),
            "set_presence" => json!({"presence": "available"}),
            "look_at_invite" => json!({"token": self.invitation().await.1.reveal()}),
            "join" => json!({"token": self.invitation().await.1.reveal(), "name": "Guest", "password": PASSWORD}),
            "inbox_page" => json!({"list": "Active", "after": null}),
            "inbox_history" => json!({"filter": {}, "after": null}),
            "search" => json!({"words": "hello", "filter": {}, "before": null}),
            "take_next" => {
                self.chat("requested", me).await;
                json!({})
            }
            "audit_page" => {
                json!({"filter": {"kind": null, "member": null, "from": null, "until": null}, "before": null})
            }
            "change_role" => json!({"member": self.colleague().await, "role": "manager"}),
            "invite_member" => json!({"email": format!("new-{}@test.example", self.number()), "role": "agent"}),
            "withdraw_invite" => {
                let (email, _) = self.invitation().await;
                json!({"invite": self.id("select id from invite where workspace_id = $1 and email = $2", &email).await})
            }
            "deactivate_member" => json!({"member": self.colleague().await}),
            "reactivate_member" => {
                let member = self.colleague().await;
                domain::member::store::deactivate(&self.desk.desk, &self.owner, member, now).await.unwrap();
                json!({"member": member})
            }
            "create_api_key" => json!({"name": "theirs", "scopes": ["contacts:read"]}),
            "revoke_api_key" => {
                let known = format!("Key {}", self.number());
                let (desk, scopes) = (&self.desk.desk, domain::api_key::Scope::ALL);
                domain::api_key::store::create(desk, &self.owner, &known, scopes, None, now).await.unwrap();
                json!({"key": self.id("select id from api_key where workspace_id = $1 and name = $2", &known).await})
            }
            other => panic!("say what {other} is called with"),
        }
    }

    /// A request to a route, but for who sends it.
    async fn request(&mut self, path: &str, case: &str, me: &Member) -> RequestBuilder {
        let now = self.desk.now();
        let (post, path) = match path {
            "/live" => (None, "/live?after=0".to_owned()),
            "/export/contacts/{file}" => {
                // Whoever began it takes it away; for those who cannot begin one, a supervisor's.
                let of = if me.role.supervises() { me.clone() } else { self.owner.clone() };
                let task = self.task(&of, json!({"export": {"columns": ["phone"]}})).await;
                (None, format!("/export/contacts/{task}.csv"))
            }
            "/export/import/{file}" => (None, format!("/export/import/{}.csv", self.checked_import().await)),
            "/export/journey/{file}" => {
                let (kind, standing) = case.split_once(", ").unwrap();
                (None, format!("/export/journey/{}.{kind}", self.chat(standing, me).await.0))
            }
            "/import/contacts" => {
                let sheet = format!("Phone\n+4477016{:05}\n", self.number());
                (Some(sheet), "/import/contacts?name=people.csv".to_owned())
            }
            "/media" => (Some("some words".to_owned()), "/media?name=words.txt".to_owned()),
            "/media/{file}" => {
                let of = if case == "one's own" { me.clone() } else { self.member(Role::Manager).await };
                let file = self.file(&of).await;
                if case == "everybody's reply's" {
                    self.reply(&of, false, Some(file)).await;
                }
                (None, format!("/media/{file}"))
            }
            "/media/of/{message}" => {
                let (chat, _) = self.chat(case, me).await;
                let found = "select holder::text from chat where workspace_id = $1 and id = $2";
                let holder: String = sqlx::query_scalar(found)
                    .bind(self.desk.desk.id().0)
                    .bind(chat.0)
                    .fetch_one(self.desk.server.db.pool())
                    .await
                    .unwrap();
                let holder = Member { id: holder.parse().unwrap(), role: Role::Agent, ..me.clone() };
                let (message, file) = (MessageId::at(now), Some(self.file(&holder).await));
                let offer = Offer { text: "look", buttons: &[], file };
                let desk = &self.desk.desk;
                domain::message::store::offer(desk, &holder, chat, message, offer, now).await.unwrap();
                (None, format!("/media/of/{message}"))
            }
            other => panic!("say how {other} is used"),
        };
        let url = format!("{}{path}", self.desk.url);
        match post {
            Some(content) => self.desk.client.post(url).body(content),
            None if path.starts_with("/live") => {
                let request = self.desk.client.get(url).header("connection", "Upgrade").header("upgrade", "websocket");
                request.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            }
            None => self.desk.client.get(url),
        }
    }
}

fn plan() -> Value {
    json!({"columns": ["phone", "name"], "country": "", "source": ""})
}
