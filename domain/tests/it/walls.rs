//! Two workspaces on one installation, and what is left between them when the first wall, the workspace in every
//! query, is taken away: row-level security.

use crate::world::{World, noon, seconds};
use domain::chat::{Command, rows, watch};
use domain::db::Db;
use domain::journey::Doer;
use domain::member::presence;
use domain::{ScreenId, attribute, audit, feed, flow, journey, media, member, message, outbox, setting, tag};
use sqlx::{AssertSqlSafe, PgPool};

/// Tables that belong to no workspace, and why.
const ABOVE: [&str; 2] = [
    // sqlx's own list of migrations
    "_sqlx_migrations",
    // counted before anybody has signed in
    "sign_in_failure",
];

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
    let note = domain::MessageId::at(noon());
    message::note::write(&world.desk, &world.ana, other, note, "a note", noon() + seconds(11)).await.unwrap();
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
    let contact = sqlx::query_scalar("select contact_id from chat where id = $1")
        .bind(chat.0)
        .fetch_one(world.db.pool())
        .await
        .map(domain::ContactId)
        .unwrap();
    let tag = tag::store::by_name_or_make_api_tag(&mut tx, "Tag", noon()).await.unwrap();
    tag::store::give_automated(&mut tx, contact, tag, &journey::Doer::Api, noon()).await.unwrap();
    attribute::values::set_by_key(&mut tx, contact, "email", "a@b.example", &Doer::Customer, noon()).await.unwrap();
    tx.commit().await.unwrap();
    world.asks(3, noon()).await;
    domain::automatic::store::run_once(&world.db, noon() + seconds(600)).await.unwrap();
    merged_and_imported(&world).await;
    file_handed_over(&world, chat).await;
    world.sequence().await;
    world
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
    use domain::contact::{Draft, edit, merge_store};
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
    merge_store::dismiss(&world.desk, &world.olivia, added[0], added[2], noon()).await.unwrap();
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
    let db = Db::new(pool.clone());
    let ours = lived_in(db.clone(), "a").await;
    let theirs = lived_in(db.clone(), "b").await;
    let (our_id, their_id) = (ours.desk.id(), theirs.desk.id());
    let mut filled = 0;
    for table in tables(&pool).await {
        if ABOVE.contains(&table.as_str()) {
            continue;
        }
        let key = if table == "workspace" { "id" } else { "workspace_id" };
        let own = number(&pool, format!("select count(*) from {table} where {key} = '{our_id}'")).await;
        let all = number(&pool, format!("select count(*) from {table}")).await;
        filled += usize::from(own > 0 && all > own);
        // No workspace in any of these queries.
        let mut tx = acting(&pool, our_id).await;
        assert_eq!(number(&mut *tx, format!("select count(*) from {table}")).await, own, "{table}: reading");
        let updated = sqlx::query(AssertSqlSafe(format!("update {table} set {key} = {key}"))).execute(&mut *tx).await;
        assert_eq!(updated.unwrap().rows_affected(), u64::try_from(own).unwrap(), "{table}: writing");
        if own > 0 {
            let moved =
                sqlx::query(AssertSqlSafe(format!("update {table} set {key} = '{their_id}'"))).execute(&mut *tx).await;
            let refused = moved.expect_err("nothing moves to another workspace").to_string();
            assert!(refused.contains("row-level security"), "{table}: {refused}");
        }
        tx.rollback().await.unwrap();
        let mut tx = acting_nowhere(&pool).await;
        assert_eq!(number(&mut *tx, format!("select count(*) from {table}")).await, 0, "{table}: no workspace named");
    }
    assert!(filled >= 26, "only {filled} tables had rows of both: the test would prove too little");
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
    let db = Db::new(pool.clone());
    let ours = lived_in(db.clone(), "a").await;
    let theirs = lived_in(db, "b").await;
    let (chat, contact): (uuid::Uuid, uuid::Uuid) =
        sqlx::query_as("select id, contact_id from chat where workspace_id = $1 and state = 'intervened'")
            .bind(theirs.desk.id().0)
            .fetch_one(&pool)
            .await
            .unwrap();
    let (chat, contact) = (domain::ChatId(chat), domain::ContactId(contact));
    let mut own = theirs.desk.snapshot().await.unwrap();
    assert!(!rows(&mut own, None, &[chat]).await.unwrap().is_empty(), "it is there for whom it belongs to");

    // The first wall falls: every query names their workspace. The transaction is still ours.
    let mut tx = ours.desk.begin().await.unwrap();
    tx.workspace = theirs.desk.id();
    let tx = &mut tx;
    assert!(rows(tx, None, &[chat]).await.unwrap().is_empty());
    assert!(domain::chat::store::lock(tx, chat).await.is_err());
    assert!(message::store::page(tx, chat, None).await.unwrap().0.is_empty());
    assert!(attribute::values::fields(tx, contact).await.unwrap().is_empty());
    assert!(domain::contact::store::name(tx, contact).await.is_err());
    let reader = journey::store::Reader { contact, chat, member: &theirs.ana };
    assert!(journey::store::page(tx, reader, journey::Filter::default(), None).await.unwrap().0.is_empty());
    assert!(message::note::page(tx, reader, None).await.unwrap().0.is_empty());
    assert!(member::store::all(tx).await.unwrap().is_empty());
    assert!(flow::store::enabled(tx).await.unwrap().is_none());
    let standing = feed::store::standing(tx).await.unwrap();
    assert!(standing.number == 0 && standing.chats.is_empty() && standing.waiting.is_empty(), "{standing:?}");
    assert!(watch::watches(tx, &[chat]).await.unwrap().is_empty());
    assert_eq!(setting::store::load(tx).await.unwrap(), setting::Settings::default());
    assert!(setting::store::put(tx, "accept_within", 1.into()).await.is_err(), "and writes nothing");
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
