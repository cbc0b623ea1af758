//! Two workspaces on one installation, and what is left between them when the first wall, the workspace in every
//! query, is taken away: row-level security.

use crate::world::{World, noon, seconds};
use domain::chat::{Command, rows, watch};
use domain::db::{Db, Tx};
use domain::journey::Doer;
use domain::member::presence;
use domain::{
    ChatId, ContactId, ScreenId, api_key, attribute, audit, channel, delivery, feed, flow, journey, media, member,
    message, outbox, outcome, search, segment, setting, tag, task,
};
use sqlx::{AssertSqlSafe, PgPool};

/// Tables that belong to no workspace, and why.
const ABOVE: [&str; 2] = [
    // sqlx's own list of migrations
    "_sqlx_migrations",
    // counted before anybody has signed in
    "sign_in_failure",
];

/// Two workspaces on one installation, with something in every table.
async fn both_lived_in(db: &Db) -> (World, World) {
    let both = (lived_in(db.clone(), "a").await, lived_in(db.clone(), "b").await);
    while search::index::run_once(db).await.unwrap() > 0 {}
    // What waits for the sequencer and for search.
    for world in [&both.0, &both.1] {
        world.says(4, "one more thing", noon() + seconds(700)).await;
    }
    both
}

/// A workspace with something in as many tables as the stores fill.
async fn lived_in(db: Db, mark: &str) -> World {
    let world = World::of(db, mark).await;
    let chat = world.asks(1, noon()).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    world.sends(&world.ana, chat, "hello", noon() + seconds(6)).await.unwrap();
    world.deliver(noon() + seconds(7)).await;
    let screen = ScreenId::at(noon());
    presence::active(&world.desk, world.olivia.id, screen, noon() + seconds(8)).await.unwrap();
    watch::open(&world.desk, &world.olivia, chat, screen, noon() + seconds(9)).await.unwrap();
    let other = world.says(2, "good day", noon() + seconds(10)).await;
    domain::chat::open::mark_seen(&world.desk, &world.ana, other, noon() + seconds(11)).await.unwrap();
    domain::chat::open::save_draft(&world.desk, &world.ana, other, "draft", noon() + seconds(11)).await.unwrap();
    for chat in [chat, other] {
        let note = domain::MessageId::at(noon());
        message::note::write(&world.desk, &world.ana, chat, note, "@Ben, a note", noon() + seconds(11)).await.unwrap();
    }
    member::session::begin(&world.db, world.desk.id(), world.ana.id, None, noon()).await.unwrap();
    let reply = domain::reply::Draft { code: "hi", text: "hello", buttons: &[], file: None, own: true };
    domain::reply::store::save(&world.desk, &world.ana, None, reply, noon()).await.unwrap();
    let guest = format!("guest{mark}@test.example");
    member::invite::invite(&world.desk, &world.olivia, &guest, member::Role::Agent, noon()).await.unwrap();
    let early = outbox::settle::Status {
        wamid: "wamid.unknown".into(),
        delivery: message::Delivery::Read,
        at: noon(),
        failure: None,
        attempt: None,
    };
    let mut tx = world.desk.begin().await.unwrap();
    setting::store::put(&mut tx, "accept_within", 60.into()).await.unwrap();
    let on = serde_json::json!({"on": true, "text": "Please wait.", "minutes": 10});
    setting::store::put(&mut tx, "delayed_message", on).await.unwrap();
    outbox::settle::status(&mut tx, world.channel, early, noon()).await.unwrap();
    audit::store::add(&mut tx, &world.olivia, "test", serde_json::json!({}), noon()).await.unwrap();
    let contact = contact_of(&world, chat).await;
    let tag = tag::store::by_name_or_make_api_tag(&mut tx, "Tag", noon()).await.unwrap();
    tag::store::give_automated(&mut tx, contact, tag, &journey::Doer::Api, noon()).await.unwrap();
    attribute::values::set_by_key(&mut tx, contact, "email", "a@b.example", &Doer::Customer, noon()).await.unwrap();
    tx.commit().await.unwrap();
    world.asks(3, noon()).await;
    domain::automatic::store::run_once(&world.db, noon() + seconds(600)).await.unwrap();
    merged_and_imported(&world).await;
    file_handed_over(&world, chat).await;
    managed(&world, contact_of(&world, other).await).await;
    machines_came(&world).await;
    world.sequence().await;
    world
}

async fn contact_of(world: &World, chat: ChatId) -> ContactId {
    ContactId(world.ask("select contact_id from chat where id = $1", chat).await)
}

/// What supervisors do: a rule that gives tags, a segment, columns of the table, something done to many.
async fn managed(world: &World, contact: ContactId) {
    use domain::contact::filter::{Condition, Words};
    use domain::contact::{table::Column, table_store};
    use domain::tag::{Change, Colour, Kind, LooksAt, Match, RuleDraft, TagDraft, define};
    let (desk, olivia) = (&world.desk, &world.olivia);
    let given = world.manual_tag("VIP").await;
    let category = define::read(desk, olivia).await.unwrap().categories[0].id;
    let tag = TagDraft { category, name: "Advert".into(), colour: Colour::Red, kind: Kind::FirstMessage };
    define::change(desk, olivia, Change::AddTag { tag }, noon()).await.unwrap();
    let tags = define::read(desk, olivia).await.unwrap().categories.remove(0).tags;
    let tag = tags.iter().find(|tag| tag.draft.name == "Advert").unwrap().id;
    let words = "ref=shop".to_owned();
    let rule = RuleDraft { tag, looks_at: LooksAt::Text, matches: Match::Contains, words, enabled: true };
    define::change(desk, olivia, Change::AddRule { rule }, noon()).await.unwrap();
    let filter = crate::contacts::all([Condition::Name(Words::Contains("a".into()))]);
    segment::store::save(desk, olivia, None, "Some", filter, noon()).await.unwrap();
    table_store::choose_columns(desk, olivia, &[Column::Phone]).await.unwrap();
    let (action, target) = (task::Action::GiveTag(given), task::Target::Chosen(vec![contact]));
    task::store::begin(desk, olivia, action, target, noon()).await.unwrap();
    while task::step::run_once(&world.db, noon()).await.unwrap() > 0 {}
}

/// A webhook of WhatsApp's, and a call of the REST API.
async fn machines_came(world: &World) {
    let (db, desk) = (&world.db, &world.desk);
    let scopes = api_key::Scope::ALL;
    let text = api_key::store::create(desk, &world.olivia, "shop", scopes, None, noon()).await.unwrap();
    let caller = api_key::store::authenticate(db, &text, noon()).await.unwrap().unwrap();
    api_key::pace::count(db, &caller, std::num::NonZeroU32::MIN, noon()).await.unwrap();
    let mut tx = desk.begin().await.unwrap();
    api_key::once::begin(&mut tx, caller.key, "again", b"hash", noon()).await.unwrap();

    let app = channel::store::apps(&mut tx).await.unwrap()[0];
    let raw = delivery::store::Raw { app, workspace: desk.id(), body: b"{}".to_vec(), arrived_at: noon() };
    delivery::store::keep(db, &[raw]).await.unwrap();
    let id = tx.deliveries(None, 1, 1000).await.unwrap()[0].id;
    let outcome = delivery::Outcome::Kept;
    let noted = delivery::store::Noted { delivery: id, position: 0, kind: "x".into(), outcome, detail: None };
    tx.processed(&[noted], &[(id, None)], noon()).await.unwrap();
    tx.commit().await.unwrap();
}

/// A file that was said, and that WhatsApp has.
async fn file_handed_over(world: &World, chat: domain::ChatId) {
    let taken = media::sniff::take("a.txt", b"some words".to_vec()).unwrap();
    let file = media::store::add(&world.desk, &world.ana, &taken, noon()).await.unwrap();
    let offer = message::Offer { text: "read this", buttons: &[], file: Some(file.id) };
    let id = domain::MessageId::at(noon());
    message::store::offer(&world.desk, &world.ana, chat, id, offer, noon() + seconds(600)).await.unwrap();
    let claims = world.deliver(noon() + seconds(601)).await;
    let claim = claims.iter().find(|claim| claim.message == id).unwrap();
    media::handed::remember(&world.db, claim, file.id, "1", noon()).await.unwrap();
}

/// A file that is half way, one that failed, two contacts that are one, and two that are not.
async fn merged_and_imported(world: &World) {
    use domain::contact::{Draft, apart, edit, merge_store};
    use domain::import::{Column, Plan, parse, run, store};
    let sheet = parse(b"Phone\nbanana\n+447700900555\n").unwrap();
    let import = store::add(&world.desk, &world.olivia, "people.csv", &sheet, noon()).await.unwrap();
    let plan = Plan { columns: vec![Column::Phone], ..Plan::default() };
    store::check(&world.desk, &world.olivia, import, plan, noon()).await.unwrap();
    while run::run_once(&world.db, noon()).await.unwrap() > 0 {}
    let mut added = Vec::new();
    for n in 0..3 {
        let draft = Draft { phone: format!("+44770090070{n}"), ..Draft::default() };
        added.push(edit::add(&world.desk, &world.olivia, &draft, noon()).await.unwrap());
    }
    merge_store::merge(&world.desk, &world.olivia, added[0], added[1], noon()).await.unwrap();
    apart::dismiss(&world.desk, &world.olivia, added[0], added[2], noon()).await.unwrap();
}

async fn tables(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select c.relname::text from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

async fn number(executor: impl sqlx::PgExecutor<'_>, sql: String) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(executor).await.unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn every_table_stands_behind_the_wall(pool: PgPool) {
    for table in tables(&pool).await {
        if ABOVE.contains(&table.as_str()) {
            let open: bool = sqlx::query_scalar("select has_table_privilege('baton_desk', $1, 'select')")
                .bind(&table)
                .fetch_one(&pool)
                .await
                .unwrap();
            assert!(!open, "{table} names no workspace and must not be open to one");
            continue;
        }
        let (enabled, forced, policies): (bool, bool, i64) = sqlx::query_as(
            "select relrowsecurity, relforcerowsecurity, (select count(*) from pg_policy p where p.polrelid = c.oid
                and p.polname = 'desk' and p.polroles = array['baton_desk'::regrole::oid])
             from pg_class c where c.oid = $1::text::regclass",
        )
        .bind(&table)
        .fetch_one(&pool)
        .await
        .unwrap();
        assert!(enabled && forced && policies == 1, "{table}: call wall('{table}') in its migration");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn without_a_filter_a_workspace_still_finds_only_its_own(pool: PgPool) {
    let (ours, theirs) = both_lived_in(&Db::new(pool.clone())).await;
    let (our_id, their_id) = (ours.desk.id(), theirs.desk.id());
    let mut empty = Vec::new();
    for table in tables(&pool).await {
        if ABOVE.contains(&table.as_str()) {
            continue;
        }
        let key = if table == "workspace" { "id" } else { "workspace_id" };
        let own = number(&pool, format!("select count(*) from {table} where {key} = '{our_id}'")).await;
        let all = number(&pool, format!("select count(*) from {table}")).await;
        if own == 0 || own == all {
            empty.push(table);
            continue;
        }
        // No workspace in any of these queries.
        let mut tx = acting(&pool, our_id).await;
        assert_eq!(number(&mut *tx, format!("select count(*) from {table}")).await, own, "{table}: reading");
        let updated = sqlx::query(AssertSqlSafe(format!("update {table} set {key} = {key}"))).execute(&mut *tx).await;
        assert_eq!(updated.unwrap().rows_affected(), u64::try_from(own).unwrap(), "{table}: writing");
        // And theirs in these.
        let gone = sqlx::query(AssertSqlSafe(format!("delete from {table} where {key} = '{their_id}'")));
        assert_eq!(gone.execute(&mut *tx).await.unwrap().rows_affected(), 0, "{table}: deleting");
        refused(tx, &table, format!("update {table} set {key} = '{their_id}'")).await;
        let columns = columns(&pool, &table).await;
        let values = columns.replace(&format!("\"{key}\""), &format!("'{their_id}'"));
        let copied = format!("insert into {table} ({columns}) select {values} from {table} limit 1");
        refused(acting(&pool, our_id).await, &table, copied).await;
        let mut tx = acting_nowhere(&pool).await;
        assert_eq!(number(&mut *tx, format!("select count(*) from {table}")).await, 0, "{table}: no workspace named");
    }
    assert!(empty.is_empty(), "nothing is proved where there are no rows of both; fill them in `lived_in`: {empty:?}");
}

/// Nothing comes or goes to another workspace.
async fn refused(mut tx: sqlx::Transaction<'static, sqlx::Postgres>, table: &str, sql: String) {
    let refused = sqlx::query(AssertSqlSafe(sql.clone())).execute(&mut *tx).await.expect_err(&sql).to_string();
    assert!(refused.contains("row-level security"), "{table}: {refused}");
}

/// The columns of a table that can be written, quoted.
async fn columns(pool: &PgPool, table: &str) -> String {
    let sql = "select string_agg('\"' || attname || '\"', ', ' order by attnum) from pg_attribute
               where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attidentity <> 'a'";
    sqlx::query_scalar(sql).bind(table).fetch_one(pool).await.unwrap()
}

async fn acting(pool: &PgPool, workspace: domain::WorkspaceId) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let begin = format!("begin; set local role baton_desk; set local baton.workspace = '{workspace}'");
    pool.begin_with(AssertSqlSafe(begin)).await.unwrap()
}

async fn acting_nowhere(pool: &PgPool) -> sqlx::Transaction<'static, sqlx::Postgres> {
    pool.begin_with("begin; set local role baton_desk").await.unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn stores_that_ask_for_the_wrong_workspace_find_nothing(pool: PgPool) {
    let (ours, theirs) = both_lived_in(&Db::new(pool.clone())).await;
    let (chat, contact): (uuid::Uuid, uuid::Uuid) =
        sqlx::query_as("select id, contact_id from chat where workspace_id = $1 and state = 'intervened'")
            .bind(theirs.desk.id().0)
            .fetch_one(&pool)
            .await
            .unwrap();
    let (chat, contact) = (ChatId(chat), ContactId(contact));
    let app = sqlx::query_scalar("select id from app where workspace_id = $1").bind(theirs.desk.id().0);
    let app = domain::AppId(app.fetch_one(&pool).await.unwrap());
    let whose = Theirs { world: &theirs, chat, contact, app };
    let mut own = theirs.desk.begin().await.unwrap();
    for (what, found) in whose.found(&mut own).await {
        assert!(found, "{what}: it is there for whom it belongs to");
    }
    own.rollback().await.unwrap();

    // The first wall falls: every query names their workspace. The transaction is still ours.
    let mut tx = ours.desk.begin().await.unwrap();
    tx.workspace = theirs.desk.id();
    for (what, found) in whose.found(&mut tx).await {
        assert!(!found, "{what}");
    }
    assert!(setting::store::put(&mut tx, "accept_within", 1.into()).await.is_err(), "and writes nothing");
}

/// What one workspace has and another asks for.
struct Theirs<'a> {
    world: &'a World,
    chat: ChatId,
    contact: ContactId,
    app: domain::AppId,
}

impl Theirs<'_> {
    /// Whether stores find something of it.
    async fn found(&self, tx: &mut Tx<'_>) -> Vec<(&'static str, bool)> {
        use domain::chat::{by_api, list, store};
        use domain::contact::directory;
        let (chat, contact, ana) = (self.chat, self.contact, &self.world.ana);
        let reader = journey::store::Reader { contact, chat, member: ana };
        let standing = feed::store::standing(tx).await.unwrap();
        vec![
            ("rows", !rows(tx, None, &[chat]).await.unwrap().is_empty()),
            ("a row", list::row(tx, ana, chat).await.is_ok()),
            ("a chat to change", store::lock(tx, chat).await.is_ok()),
            ("chats by the API", !by_api::page(tx, by_api::Filter::default(), None, 9).await.unwrap().is_empty()),
            ("messages", !message::store::page(tx, chat, None).await.unwrap().0.is_empty()),
            ("messages by the API", message::by_api::page(tx, chat, 0, 9).await.is_ok_and(|found| !found.is_empty())),
            ("notes", !message::note::page(tx, reader, None).await.unwrap().0.is_empty()),
            ("steps", !journey::store::page(tx, reader, journey::Filter::default(), None).await.unwrap().0.is_empty()),
            ("who acted", !journey::store::actors(tx, contact).await.unwrap().is_empty()),
            ("a name", domain::contact::store::name(tx, contact).await.is_ok()),
            ("what the bot knows", flow::store::known(tx, contact).await.is_ok()),
            ("contacts", !directory::page(tx, None, 9).await.unwrap().is_empty()),
            ("a contact", directory::get(tx, contact).await.is_ok()),
            ("fields", !attribute::values::fields(tx, contact).await.unwrap().is_empty()),
            ("attributes", !attribute::by_api::definitions(tx).await.unwrap().is_empty()),
            ("tags of a contact", !tag::store::given(tx, contact).await.unwrap().is_empty()),
            ("tags of many", !tag::by_api::of_all(tx, &[contact.0]).await.unwrap().is_empty()),
            ("tags", !tag::by_api::categories(tx).await.unwrap().is_empty()),
            ("an outcome", outcome::store::named(tx, "Solved").await.is_ok()),
            ("members", !member::store::all(tx).await.unwrap().is_empty()),
            ("a member", member::store::get(tx, ana.id).await.unwrap().is_some()),
            ("apps", !channel::store::apps(tx).await.unwrap().is_empty()),
            ("a number", channel::store::of_app(tx, self.app, "100b").await.unwrap().is_some()),
            ("a flow", flow::store::enabled(tx).await.unwrap().is_some()),
            ("watches", !watch::watches(tx, &[chat]).await.unwrap().is_empty()),
            ("settings", setting::store::load(tx).await.unwrap() != setting::Settings::default()),
            ("the feed's number", standing.number > 0 || feed::store::cursor(tx).await.unwrap() > 0),
            ("counts", !standing.chats.is_empty()),
            ("who waits", !standing.waiting.is_empty()),
        ]
    }
}

#[sqlx::test(migrations = false)]
async fn the_program_is_neither_owner_nor_superuser(pool: PgPool) {
    let options = (*pool.connect_options()).clone();
    let db = Db::open(options.clone(), 2).await.unwrap();
    // The second start finds everything there.
    let db_again = Db::open(options, 2).await.unwrap();
    db_again.pool().close().await;
    let who = "select current_user::text, rolsuper or rolbypassrls,
                      (select count(*) from pg_class where relowner = r.oid) from pg_roles r where rolname = current_user";
    let (name, above, owns): (String, bool, i64) = sqlx::query_as(who).fetch_one(db.pool()).await.unwrap();
    assert_eq!((name.as_str(), above, owns), ("baton_program", false, 0));
    let world = World::of(db.clone(), "").await;
    world.asks(1, noon()).await;
    world.sequence().await;
    let name: String = sqlx::query_scalar("select current_user::text").fetch_one(db.pool()).await.unwrap();
    assert_eq!(name, "baton_program", "back to it after transactions");
    let named: Option<String> = sqlx::query_scalar("select nullif(current_setting('baton.workspace', true), '')")
        .fetch_one(db.pool())
        .await
        .unwrap();
    assert_eq!(named, None, "no workspace leaks into the next one on this connection");
    assert!(sqlx::query("drop table chat").execute(db.pool()).await.is_err());
    db.pool().close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn what_runs_past_the_policies_asks_whose_transaction_it_is(pool: PgPool) {
    let functions: Vec<(String, String)> = sqlx::query_as(
        "select p.proname, p.prosrc from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname = 'public' and p.prosecdef
           and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let names: Vec<_> = functions.iter().map(|(name, _)| name.as_str()).collect();
    for known in ["find_messages", "find_people"] {
        assert!(names.contains(&known), "{known} among {names:?}");
    }
    for (name, source) in &functions {
        assert!(source.contains("acting_workspace()"), "{name} runs as the owner and does not ask for whom");
    }
}
