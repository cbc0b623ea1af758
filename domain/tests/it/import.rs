//! Imports: every problem named, everything written once, restarts, what is hidden, and who may.

use crate::world::{World, noon, seconds};
use domain::attribute::{Kind as AttributeKind, Shape};
use domain::chat::Command;
use domain::contact::{Opted, Source, profile_store};
use domain::import::{Column, Opened, Plan, Stage, Tally, download, parse, run, store};
use domain::tag::{Change, Colour, Kind, TagDraft, define};
use domain::{AttributeId, ChatId, Error, ImportId, Result};
use sqlx::PgPool;

impl World {
    async fn uploads(&self, text: &str) -> ImportId {
        let sheet = parse(text.as_bytes()).unwrap();
        store::add(&self.desk, &self.olivia, "people.csv", &sheet, noon()).await.unwrap()
    }

    async fn plans(&self, id: ImportId, change: impl FnOnce(&mut Plan)) -> Result<()> {
        let mut plan = self.opened(id).await.plan;
        change(&mut plan);
        store::check(&self.desk, &self.olivia, id, plan, noon()).await
    }

    async fn opened(&self, id: ImportId) -> Opened {
        store::open(&self.desk, &self.olivia, id).await.unwrap()
    }

    /// The job, until it finds nothing to do.
    async fn works(&self) {
        while run::run_once(&self.db, noon() + seconds(60)).await.unwrap() > 0 {}
    }

    /// The whole way, with the columns as they are guessed.
    pub async fn imports(&self, text: &str) -> Tally {
        let id = self.uploads(text).await;
        self.plans(id, |_| ()).await.unwrap();
        self.works().await;
        store::start(&self.desk, &self.olivia, id, noon()).await.unwrap();
        self.works().await;
        let opened = self.opened(id).await;
        assert_eq!(opened.import.stage, Stage::Done);
        opened.import.tally
    }

    async fn defines_attribute(&self, name: &str, kind: AttributeKind) -> AttributeId {
        let shape = Shape {
            name: name.into(),
            kind,
            options: if kind.chosen() { vec!["Red".into(), "Blue".into()] } else { Vec::new() },
            currency: String::new(),
            help: String::new(),
            required_on_resolve: false,
            shown_to_bot: true,
        };
        domain::attribute::store::create(&self.desk, &self.olivia, shape, noon()).await.unwrap()
    }

    async fn defines_tag(&self, name: &str) {
        let change = |change| define::change(&self.desk, &self.olivia, change, noon());
        change(Change::AddCategory { name: format!("{name}s") }).await.unwrap();
        let category = define::read(&self.desk, &self.olivia).await.unwrap().categories.pop().unwrap().id;
        let draft = TagDraft { category, name: name.into(), colour: Colour::Teal, kind: Kind::Manual };
        change(Change::AddTag { tag: draft }).await.unwrap();
    }

    async fn steps(&self, chat: ChatId) -> Vec<String> {
        let profile = profile_store::profile(&self.desk, &self.olivia, chat).await.unwrap();
        profile.journey.iter().map(|step| step.what.sentence(&step.by)).collect()
    }
}

fn tally(new: i64, changed: i64, unchanged: i64, failed: i64, held: i64) -> Tally {
    Tally { new, changed, unchanged, failed, held }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_check_names_every_problem_by_row_and_column_and_changes_nothing(pool: PgPool) {
    let world = World::new(pool).await;
    world.defines_attribute("Colour", AttributeKind::OneOf).await;
    world.defines_attribute("Birthday", AttributeKind::Date).await;
    world.defines_tag("VIP").await;
    let id = world
        .uploads(
            "Phone,Name,Colour,Birthday,Tags,Opt-in\n\
             +55 11 98765-4321,Ana,Red,2001-02-03,vip,yes\n\
             banana,Bo,Red,,,\n\
             +447700900123,Cy,Green,31.31.2001,\"VIP, Nobody\",perhaps\n\
             +55 11 8765-4321,Ana again,,,,\n\
             ,,,,,\n\
             ,Nameless,,,,\n",
        )
        .await;
    let before = world.number("select count(*) from contact").await;
    world.plans(id, |_| ()).await.unwrap();
    world.works().await;
    let opened = world.opened(id).await;
    assert_eq!((opened.import.stage, opened.import.tally), (Stage::Checked, tally(1, 0, 0, 5, 0)));
    assert_eq!(world.number("select count(*) from contact").await, before);
    let told: Vec<(i32, Vec<String>)> = opened
        .failures
        .iter()
        .map(|failure| (failure.row, failure.problems.iter().map(|problem| problem.sentence()).collect()))
        .collect();
    let [bad, many, again, empty, none] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(bad.0, 3);
    assert!(bad.1[0].starts_with("Phone, “banana”: A phone number has 7 to 15 digits"), "{bad:?}");
    assert_eq!((many.0, many.1.len()), (4, 4));
    for (sentence, begins) in many.1.iter().zip([
        "Colour, “Green”: Choose from: Red, Blue",
        "Birthday, “31.31.2001”",
        "Tags, “VIP, Nobody”: There is no tag “Nobody”",
        "Opt-in, “perhaps”: Write yes or no.",
    ]) {
        assert!(sentence.starts_with(begins), "{sentence}");
    }
    // The Brazilian number with and without its ninth digit is one.
    assert_eq!(again, &(5, vec!["Row 2 has the same phone number.".to_owned()]));
    assert_eq!(empty, &(6, vec!["This row is empty.".to_owned()]));
    assert_eq!(none, &(7, vec!["Phone: There is no phone number.".to_owned()]));
}

/// What a file says is taken in or told; its rows are counted as the spreadsheet counts them.
#[sqlx::test(migrations = "./migrations")]
async fn what_does_not_fit_is_told_by_its_row_and_nothing_of_it_is_taken(pool: PgPool) {
    let world = World::new(pool).await;
    let (name, long) = ("n".repeat(121), "x".repeat(5001));
    let file = format!(
        "Phone,Name,Source\n\n+447700900001,Ana,web,left over\n\n\n+447700900002,{name},web\n+447700900003,Cy,{long}\n\
         +447700900004,{},web\n",
        "n".repeat(120)
    );
    let id = world.uploads(&file).await;
    world.plans(id, |_| ()).await.unwrap();
    world.works().await;
    store::start(&world.desk, &world.olivia, id, noon()).await.unwrap();
    world.works().await;
    let opened = world.opened(id).await;
    assert_eq!(opened.import.tally, tally(1, 0, 0, 3, 0));
    let told: Vec<(i32, String)> = opened
        .failures
        .iter()
        .map(|failure| (failure.row, failure.problems.iter().map(|problem| problem.sentence()).collect::<String>()))
        .collect();
    assert_eq!(told[0], (3, "This row has more cells than the heading: “left over”.".into()));
    assert!(told[1].0 == 6 && told[1].1.ends_with("A name takes at most 120 characters."), "{told:?}");
    assert!(told[2].0 == 7 && told[2].1.ends_with("A cell takes at most 5000 characters."), "{told:?}");
    let rows = download::failed_rows(&world.desk, &world.olivia, id, 0).await.unwrap();
    assert_eq!(rows[0].1, ["+447700900001", "Ana", "web", "left over"], "the download has it all");
}

/// Of two that became one, what either knows is known: a second import changes nothing, and says what was before.
#[sqlx::test(migrations = "./migrations")]
async fn who_became_a_part_of_another_is_compared_by_what_both_know(pool: PgPool) {
    let world = World::new(pool).await;
    world.defines_attribute("Colour", AttributeKind::OneOf).await;
    world.defines_tag("VIP").await;
    let file = "Phone,Colour,Tags\n+447700900001,,\n+447700900002,Red,VIP\n";
    assert_eq!(world.imports(file).await, tally(2, 0, 0, 0, 0));
    let mut ids = Vec::new();
    for number in ["447700900001", "447700900002"] {
        let of = sqlx::query_scalar("select contact_id from identity where value = $1").bind(number);
        ids.push(domain::ContactId(of.fetch_one(world.db.pool()).await.unwrap()));
    }
    domain::contact::merge_store::merge(&world.desk, &world.olivia, ids[0], ids[1], noon()).await.unwrap();
    let steps = world.number("select count(*) from journey").await;
    assert_eq!(world.imports("Phone,Colour,Tags\n+447700900001,Red,VIP\n").await, tally(0, 0, 1, 0, 0));
    assert_eq!(world.number("select count(*) from journey").await, steps);
    assert_eq!(world.imports("Phone,Colour,Tags\n+447700900001,Blue,VIP\n").await, tally(0, 1, 0, 0, 0));
    let before: String = sqlx::query_scalar(
        "select detail->'attribute_set'->>'before' from journey where detail->'attribute_set'->>'after' = 'Blue'",
    )
    .fetch_one(world.db.pool())
    .await
    .unwrap();
    assert_eq!(before, "Red");
}

/// A tag beyond the most that a contact takes is not dropped unseen: its row is told of, by the check already.
#[sqlx::test(migrations = "./migrations")]
async fn a_row_with_more_tags_than_its_contact_takes_is_told_of(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    world.defines_tag("VIP").await;
    assert_eq!(world.imports("Phone\n+447700900001\n+447700900002\n").await, tally(2, 0, 0, 0, 0));
    for filled in [
        "insert into tag (workspace_id, id, category_id, name, colour, kind, position, created_at)
         select c.workspace_id, gen_random_uuid(), c.id, 'Tag ' || n, 'red', 'manual', n, now()
         from tag_category c, generate_series(1, 50) n",
        "insert into contact_tag (workspace_id, contact_id, tag_id, given_at, given_by)
         select i.workspace_id, i.contact_id, t.id, now(), '\"clock\"' from identity i
         join tag t on t.workspace_id = i.workspace_id and t.name <> 'VIP' where i.value = '447700900001'",
    ] {
        sqlx::query(filled).execute(&pool).await.unwrap();
    }
    let id = world.uploads("Phone,Tags\n+447700900001,Tag 7\n+447700900001,VIP\n+447700900002,VIP\n").await;
    world.plans(id, |_| ()).await.unwrap();
    world.works().await;
    assert_eq!(world.opened(id).await.import.tally, tally(0, 2, 0, 1, 0), "the second row repeats the number");
    let id = world.uploads("Phone,Tags\n+447700900001,VIP\n+447700900002,VIP\n").await;
    world.plans(id, |_| ()).await.unwrap();
    world.works().await;
    let checked = world.opened(id).await;
    assert_eq!(checked.import.tally, tally(0, 1, 0, 1, 0));
    let why = &checked.failures[0].problems[0].why;
    assert_eq!(why, "This contact has 50 tags by now, and takes at most 50.");
    store::start(&world.desk, &world.olivia, id, noon()).await.unwrap();
    world.works().await;
    assert_eq!(world.opened(id).await.import.tally, tally(0, 1, 0, 1, 0));
    assert_eq!(world.number("select count(*) from contact_tag").await, 51);
    assert_eq!(world.imports("Phone,Tags\n+447700900001,Tag 7\n").await, tally(0, 0, 1, 0, 0), "it has that one");
}

#[sqlx::test(migrations = "./migrations")]
async fn new_contacts_get_everything_and_known_ones_only_what_is_mapped(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "Hello", noon()).await;
    world.defines_attribute("Colour", AttributeKind::OneOf).await;
    world.defines_tag("VIP").await;
    let file = "Phone,Colour,Tags,Opt-in,Shoe size\n\
                +447700900001,red,VIP,yes,44\n\
                +447700900555,Blue,,no,\n";
    assert_eq!(world.imports(file).await, tally(1, 1, 0, 0, 0));
    let profile = profile_store::profile(&world.desk, &world.ana, chat).await.unwrap();
    assert_eq!(profile.attributes[0].value, "Red");
    assert_eq!(profile.tags[0].label.name, "VIP");
    assert_eq!(profile.opted.map(|(opted, _)| opted), Some(Opted::In));
    assert_eq!(profile.source, Source::Organic, "where a known contact came from does not change");
    let name: Option<String> = world
        .ask("select contact.name from contact join chat on chat.contact_id = contact.id where chat.id = $1", chat)
        .await;
    assert_eq!(name.as_deref(), Some("Customer 1"), "the name was not mapped");
    let steps = world.steps(chat).await;
    for step in [
        "Olivia imported this contact from people.csv",
        "Olivia set Colour: Red",
        "Olivia gave the tag VIPs · VIP",
        "Olivia noted that the customer opted in to campaigns",
    ] {
        assert!(steps.iter().any(|told| told == step), "{step} in {steps:?}");
    }
    // The new one is known when they write.
    let new = world.says(555, "Hi", noon() + seconds(90)).await;
    let profile = profile_store::profile(&world.desk, &world.ana, new).await.unwrap();
    assert_eq!((profile.source, profile.attributes[0].value.as_str()), (Source::Import, "Blue"));
    assert_eq!(profile.first_message.as_deref(), Some("Hi"));
    assert_eq!(profile.opted.map(|(opted, _)| opted), Some(Opted::Out));

    // A second time there is nothing new, and the journey says nothing more; an opt-out stays.
    let told = world.number("select count(*) from journey").await;
    let again = "Phone,Colour,Tags,Opt-in\n+447700900001,Red,VIP,yes\n+447700900555,,,yes\n";
    assert_eq!(world.imports(again).await, tally(0, 0, 2, 0, 0));
    assert_eq!(world.number("select count(*) from journey").await, told);
    assert_eq!(world.number("select count(*) from contact where opted = 'out'").await, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn contacts_held_by_somebody_else_are_left_out_as_a_number(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    let file = "Phone,Name\n+447700900001,Somebody\n+447700900002,Else\n";
    assert_eq!(world.imports(file).await, tally(1, 0, 0, 0, 1));
    let held: i64 = world.number("select count(*) from contact where name = 'Somebody'").await;
    assert_eq!(held, 0);
    assert_eq!(world.number("select count(*) from import_failure").await, 0, "no row tells who is held");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_restart_goes_on_and_no_row_is_done_twice(pool: PgPool) {
    let world = World::new(pool).await;
    let rows: String = (0..2500).map(|n| format!("+4479000{n:05},Person {n},web\n")).collect();
    let id = world.uploads(&format!("Phone,Name,Source\n{rows}")).await;
    world.plans(id, |_| ()).await.unwrap();
    assert!(matches!(store::start(&world.desk, &world.olivia, id, noon()).await, Err(Error::Invalid(_))));
    world.works().await;
    store::start(&world.desk, &world.olivia, id, noon()).await.unwrap();
    // Two processes, in turn and at once.
    let other = domain::db::Db::new(world.db.pool().clone());
    assert_eq!(run::run_once(&world.db, noon()).await.unwrap(), 1);
    assert_eq!(world.opened(id).await.import.done, 1000);
    store::stop(&world.desk, &world.olivia, id, noon()).await.unwrap();
    assert_eq!(run::run_once(&other, noon()).await.unwrap(), 0, "it is stopped");
    store::start(&world.desk, &world.olivia, id, noon()).await.unwrap();
    let both = futures::future::join(run::run_once(&other, noon()), run::run_once(&world.db, noon())).await;
    assert!(both.0.unwrap() + both.1.unwrap() >= 1);
    world.works().await;
    let opened = world.opened(id).await;
    assert_eq!((opened.import.stage, opened.import.tally), (Stage::Done, tally(2500, 0, 0, 0, 0)));
    assert_eq!(world.number("select count(*) from contact").await, 2500);
    assert_eq!(world.number("select count(*) from identity").await, 2500);
    assert_eq!(world.number("select count(*) from journey where kind = 'imported'").await, 2500);
    assert_eq!(world.number(r#"select count(*) from contact where source = '{"named": {"text": "web"}}'"#).await, 2500);
    assert_eq!(world.number("select count(*) from import_chunk").await, 0, "the file is not kept");
    assert_eq!(world.number("select count(*) from import_key").await, 0);
    assert_eq!(world.number("select count(*) from audit where kind = 'import_done' and name = 'Olivia'").await, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn who_writes_while_a_file_is_read_is_one_contact(pool: PgPool) {
    let world = World::new(pool).await;
    let rows: String = (1..=200).map(|n| format!("+4477009{n:05}\n")).collect();
    let id = world.uploads(&format!("Phone\n{rows}")).await;
    world.plans(id, |_| ()).await.unwrap();
    world.works().await;
    store::start(&world.desk, &world.olivia, id, noon()).await.unwrap();
    let writing = async {
        for who in 1..=20 {
            let incoming = world.incoming(who, "Hello", noon());
            world.receive(incoming, noon()).await.unwrap();
        }
    };
    futures::future::join(writing, world.works()).await;
    world.works().await;
    assert_eq!(world.number("select count(*) from contact").await, 200);
    assert_eq!(world.number("select count(*) from identity where kind = 'phone'").await, 200);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_plan_that_makes_no_sense_is_refused_and_agents_may_nothing(pool: PgPool) {
    let world = World::new(pool).await;
    let id = world.uploads("a,b\n1,2\n").await;
    for (columns, country, says) in [
        (vec![Column::Name, Column::Skip], "", "phone number"),
        (vec![Column::Phone, Column::Phone], "", "cannot hold the same"),
        (vec![Column::Phone, Column::Skip], "XX", "country"),
    ] {
        let plan = |plan: &mut Plan| (plan.columns, plan.country) = (columns, country.into());
        let error = world.plans(id, plan).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    let (desk, ana) = (&world.desk, &world.ana);
    let sheet = parse(b"phone\n1\n").unwrap();
    assert_eq!(store::add(desk, ana, "x", &sheet, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(store::list(desk, ana).await.unwrap_err(), Error::Forbidden);
    assert_eq!(store::open(desk, ana, id).await.unwrap_err(), Error::Forbidden);
    assert_eq!(store::check(desk, ana, id, Plan::default(), noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(store::start(desk, ana, id, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(store::stop(desk, ana, id, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(store::delete(desk, ana, id, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(store::failures(desk, ana, id, 0).await.unwrap_err(), Error::Forbidden);
    assert_eq!(download::failed_rows(desk, ana, id, 0).await.unwrap_err(), Error::Forbidden);
    assert_eq!(download::take_away(desk, ana, id, noon()).await.unwrap_err(), Error::Forbidden);
    store::delete(desk, &world.olivia, id, noon()).await.unwrap();
    assert_eq!(store::open(desk, &world.olivia, id).await.unwrap_err(), Error::NotFound);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_name_from_a_file_is_told_and_reaches_lists(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "Hello", noon()).await;
    world.sequence().await;
    let before = domain::feed::store::cursor(&mut world.desk.snapshot().await.unwrap()).await.unwrap();
    assert_eq!(
        world.imports("Phone,Name,Opt-in\n+447700900001,Ada,\n+447700900777,Bo,no\n").await,
        tally(1, 1, 0, 0, 0)
    );
    assert!(world.steps(chat).await.contains(&"Olivia changed the name: Customer 1 → Ada".to_owned()));
    world.sequence().await;
    let follow = domain::feed::store::after(&world.desk, before, noon()).await.unwrap();
    let domain::feed::store::Follow::Batch(batch) = follow else { panic!("{follow:?}") };
    let frame = batch.frame(world.ben.id, world.ben.role, before);
    let domain::feed::Frame::Changes { changes, .. } = frame else { panic!("{frame:?}") };
    let titles: Vec<_> =
        changes.iter().filter_map(|change| Some(change.row.as_ref()?.content.as_ref()?.title())).collect();
    assert_eq!(titles, ["Ada"]);
    // A new contact's word is told, too.
    let new = world.says(777, "Hi", noon() + seconds(90)).await;
    let told = "Olivia noted that the customer opted out of campaigns";
    assert!(world.steps(new).await.iter().any(|step| step == told), "{:?}", world.steps(new).await);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_import_stops_when_who_began_it_may_not_go_on(pool: PgPool) {
    let world = World::new(pool).await;
    let rows: String = (0..1500).map(|n| format!("+4479000{n:05},Person {n}\n")).collect();
    let id = world.uploads(&format!("Phone,Name\n{rows}")).await;
    world.plans(id, |_| ()).await.unwrap();
    world.works().await;
    store::start(&world.desk, &world.olivia, id, noon()).await.unwrap();
    assert_eq!(run::run_once(&world.db, noon()).await.unwrap(), 1);
    sqlx::query("update member set role = 'agent' where id = $1")
        .bind(world.olivia.id.0)
        .execute(world.db.pool())
        .await
        .unwrap();
    world.works().await;
    assert_eq!(world.number("select count(*) from contact").await, 1000);
    assert_eq!(world.opened(id).await.import.stage, Stage::Stopped);
    assert_eq!(world.number("select count(*) from audit where kind = 'import_stopped'").await, 1);
    // Another supervisor goes on with it, to the end.
    sqlx::query("update member set role = 'manager' where id = $1")
        .bind(world.ben.id.0)
        .execute(world.db.pool())
        .await
        .unwrap();
    let ben =
        domain::member::store::get(&mut world.desk.snapshot().await.unwrap(), world.ben.id).await.unwrap().unwrap();
    store::start(&world.desk, &ben, id, noon()).await.unwrap();
    world.works().await;
    assert_eq!(world.number("select count(*) from contact").await, 1500);
    let done = store::open(&world.desk, &ben, id).await.unwrap().import;
    assert_eq!(done.stage, Stage::Done);
}

/// Whoever is just intervening has the chat before the file is written, or after it.
#[sqlx::test(migrations = "./migrations")]
async fn who_is_taken_while_a_chunk_waits_is_left_out_of_it(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let id = world.uploads("Phone,Name\n+447700900001,Somebody\n").await;
    world.plans(id, |_| ()).await.unwrap();
    world.works().await;
    store::start(&world.desk, &world.olivia, id, noon()).await.unwrap();
    let mut taking = world.desk.begin().await.unwrap();
    let mut locked = domain::chat::store::lock(&mut taking, chat).await.unwrap();
    let mut job = Box::pin(run::run_once(&world.db, noon() + seconds(9)));
    world.until_blocked(&mut job).await;
    let actor = domain::chat::Actor::Member(world.ana.id, world.ana.role);
    let doer = domain::journey::Doer::Member { id: world.ana.id, name: world.ana.name.clone() };
    let at = noon() + seconds(9);
    domain::chat::act::command_on(&mut taking, &mut locked, &Command::Intervene, actor, &doer, at).await.unwrap();
    locked.save(&mut taking, at).unwrap();
    taking.commit().await.unwrap();
    job.await.unwrap();
    world.works().await;
    assert_eq!(world.opened(id).await.import.tally, tally(0, 0, 0, 0, 1));
    assert_eq!(world.number("select count(*) from contact where name = 'Somebody'").await, 0);
}
