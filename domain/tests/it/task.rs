//! What is done to many contacts: once each whatever happens, audited once, and put back where nobody was since.

use crate::contacts::all;
use crate::world::{World, noon, seconds};
use domain::attribute::{self, Kind};
use domain::chat::Command;
use domain::contact::filter::{Condition, Group, Words};
use domain::db::Db;
use domain::task::{Action, State, Target, Task, step, store};
use domain::{Error, TagId, TaskId, Timestamp, tag};
use futures::future::join_all;
use sqlx::PgPool;

impl World {
    async fn begins(&self, action: Action, filter: Group) -> TaskId {
        store::begin(&self.desk, &self.olivia, action, Target::Matching(filter), noon()).await.unwrap()
    }

    async fn task(&self, id: TaskId) -> Task {
        let tasks = store::latest(&self.desk, &self.olivia, noon()).await.unwrap();
        tasks.into_iter().find(|task| task.id == id).unwrap()
    }

    /// Drives the job until nothing is left to do.
    async fn finish(&self, at: Timestamp) {
        while step::run_once(&self.db, at).await.unwrap() > 0 {}
    }

    async fn tagged(&self, tag: TagId) -> i64 {
        let sql = "select count(*) from contact_tag where tag_id = $1";
        sqlx::query_scalar(sql).bind(tag.0).fetch_one(self.db.pool()).await.unwrap()
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_tag_is_given_to_all_that_match_and_taken_back_where_nobody_was_since(pool: PgPool) {
    let world = World::new(pool).await;
    world.guests(240).await;
    let chat = world.says(1, "Hello", noon()).await;
    let held = world.asks(2, noon()).await;
    world.does(&world.ana, held, Command::Intervene, noon() + seconds(1)).await.unwrap();
    let vip = world.manual_tag("VIP").await;
    tag::store::give(&world.desk, &world.ben, chat, vip, noon()).await.unwrap();

    let id = world.begins(Action::GiveTag(vip), Group::default()).await;
    assert_eq!(world.task(id).await.state, State::Running);
    world.finish(noon() + seconds(10)).await;
    let task = world.task(id).await;
    assert_eq!((task.state, task.total, task.visited, task.changed), (State::Done, Some(241), 241, 240));
    assert_eq!((task.by.as_str(), task.words.as_str()), ("Olivia", "Give the tag VIP"));
    assert_eq!(world.tagged(vip).await, 241, "but not whom Ana holds");
    assert_eq!(task.left_out, 1, "she is left out as a number");
    let steps = "select count(*) from journey where kind = 'tag_given' and actor->'member'->>'name' = 'Olivia'";
    assert_eq!(world.number(steps).await, 240, "each change is a step of the journey");
    assert_eq!(
        world.number("select count(*) from audit where kind = 'contacts_changed'").await,
        1,
        "and all one entry"
    );

    // Somebody takes it off one and gives it again; another loses it.
    let guests = "select id from contact where name like 'Guest%' order by name limit 2";
    let guests: Vec<uuid::Uuid> = sqlx::query_scalar(guests).fetch_all(world.db.pool()).await.unwrap();
    for (n, guest) in guests.iter().enumerate() {
        let mut tx = world.desk.begin().await.unwrap();
        let (who, doer) = (domain::ContactId(*guest), domain::journey::Doer::Api);
        tag::store::take_automated(&mut tx, who, vip, &doer, noon() + seconds(20)).await.unwrap();
        if n == 0 {
            tag::store::give_automated(&mut tx, who, vip, &doer, noon() + seconds(21)).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    store::undo(&world.desk, &world.olivia, id, noon() + seconds(30)).await.unwrap();
    world.finish(noon() + seconds(31)).await;
    let task = world.task(id).await;
    assert_eq!((task.state, task.put_back, task.left_alone), (State::Undone, 238, 2));
    assert_eq!(world.tagged(vip).await, 2, "Ben's, and the one that was given again");
    assert!(matches!(store::undo(&world.desk, &world.olivia, id, noon()).await, Err(Error::Invalid(_))));
    assert_eq!(world.number("select count(*) from audit where kind = 'contacts_change_undone'").await, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_tag_that_was_taken_off_comes_back_as_it_was_given(pool: PgPool) {
    let world = World::new(pool).await;
    let chats =
        [world.says(1, "Hello", noon()).await, world.says(2, "Hello", noon()).await, world.says(3, "x", noon()).await];
    let vip = world.manual_tag("VIP").await;
    for chat in chats {
        tag::store::give(&world.desk, &world.ben, chat, vip, noon()).await.unwrap();
    }
    let before = "select md5(string_agg(g::text, '|' order by g::text)) from contact_tag g where contact_id <> (select contact_id from chat where id = $1)";
    let as_it_was: String = world.ask(before, chats[2]).await;
    let id = world.begins(Action::TakeTag(vip), Group::default()).await;
    world.finish(noon() + seconds(10)).await;
    assert_eq!(world.tagged(vip).await, 0);
    // Given and taken by Ana since: that it is off is her word now.
    tag::store::give(&world.desk, &world.ana, chats[2], vip, noon() + seconds(20)).await.unwrap();
    tag::store::take(&world.desk, &world.ana, chats[2], vip, noon() + seconds(21)).await.unwrap();
    store::undo(&world.desk, &world.olivia, id, noon() + seconds(30)).await.unwrap();
    world.finish(noon() + seconds(31)).await;
    let task = world.task(id).await;
    assert_eq!((task.put_back, task.left_alone), (2, 1));
    assert_eq!(world.ask::<String>(before, chats[2]).await, as_it_was);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_value_is_set_as_its_kind_reads_it_and_set_back(pool: PgPool) {
    let world = World::new(pool).await;
    let chats = [world.says(1, "a", noon()).await, world.says(2, "b", noon()).await, world.says(3, "c", noon()).await];
    let level = world.attribute("Level", Kind::OneOf).await;
    let set = async |n: usize, value: &str, version| {
        attribute::values::set(&world.desk, &world.ana, chats[n], level, value, version, noon()).await.unwrap();
    };
    set(0, "Silver", 0).await;
    set(1, "gold", 0).await;
    let wrong = Action::SetAttribute { attribute: level, value: "Platinum".into() };
    let refused = store::begin(&world.desk, &world.olivia, wrong, Target::Matching(Group::default()), noon()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");

    let id = world.begins(Action::SetAttribute { attribute: level, value: " GOLD ".into() }, Group::default()).await;
    world.finish(noon() + seconds(10)).await;
    let values = "select string_agg(coalesce(a.value, '-'), ' ' order by c.name) from contact c
                  left join attribute a on a.contact_id = c.id where $1::uuid is not null";
    assert_eq!(world.ask::<String>(values, chats[0]).await, "Gold Gold Gold");
    let task = world.task(id).await;
    assert_eq!((task.words.as_str(), task.visited, task.changed), ("Set Level to Gold", 3, 2));
    set(2, "Bronze", 1).await;
    store::undo(&world.desk, &world.olivia, id, noon() + seconds(30)).await.unwrap();
    world.finish(noon() + seconds(31)).await;
    assert_eq!(world.ask::<String>(values, chats[0]).await, "Silver Gold Bronze");
    let task = world.task(id).await;
    assert_eq!((task.put_back, task.left_alone), (1, 1));
    let told = "select detail->'attribute_set'->>'before' || '>' || (detail->'attribute_set'->>'after') from journey
                where kind = 'attribute_set' and contact_id = (select contact_id from chat where id = $1) order by at desc limit 1";
    assert_eq!(world.ask::<String>(told, chats[0]).await, "Gold>Silver");
}

/// Of two that became one either may carry the tag or know the value.
#[sqlx::test(migrations = "./migrations")]
async fn what_a_contact_brought_along_is_taken_and_compared_like_its_own(pool: PgPool) {
    let world = World::new(pool).await;
    let (a, b) = (world.says(1, "a", noon()).await, world.says(2, "b", noon()).await);
    let (vip, level) = (world.manual_tag("VIP").await, world.attribute("Level", Kind::OneOf).await);
    for chat in [a, b] {
        tag::store::give(&world.desk, &world.ben, chat, vip, noon()).await.unwrap();
    }
    attribute::values::set(&world.desk, &world.ana, b, level, "Silver", 0, noon()).await.unwrap();
    let mut ids = Vec::new();
    for chat in [a, b] {
        ids.push(domain::ContactId(world.ask("select contact_id from chat where id = $1", chat).await));
    }
    domain::contact::merge_store::merge(&world.desk, &world.olivia, ids[0], ids[1], noon()).await.unwrap();
    let tags = "select md5(string_agg(g::text, '|' order by g::text)) from contact_tag g where $1 is not null";
    let as_it_was: String = world.ask(tags, a).await;

    let id = world.begins(Action::TakeTag(vip), Group::default()).await;
    world.finish(noon() + seconds(10)).await;
    assert_eq!((world.tagged(vip).await, world.task(id).await.changed), (0, 1), "off both, and one contact");
    store::undo(&world.desk, &world.olivia, id, noon() + seconds(30)).await.unwrap();
    world.finish(noon() + seconds(31)).await;
    assert_eq!(world.ask::<String>(tags, a).await, as_it_was, "each has its own again");
    assert_eq!((world.task(id).await.put_back, world.task(id).await.left_alone), (1, 0));

    // A value that the other brought is the value before; the same value is no change.
    let same = world.begins(Action::SetAttribute { attribute: level, value: "Silver".into() }, Group::default()).await;
    world.finish(noon() + seconds(40)).await;
    assert_eq!(world.task(same).await.changed, 0);
    let other = world.begins(Action::SetAttribute { attribute: level, value: "Gold".into() }, Group::default()).await;
    world.finish(noon() + seconds(50)).await;
    assert_eq!(world.task(other).await.changed, 1);
    let told = "select detail->'attribute_set'->>'before' from journey where kind = 'attribute_set' and $1 is not null
                order by at desc limit 1";
    assert_eq!(world.ask::<String>(told, a).await, "Silver");
}

#[sqlx::test(migrations = "./migrations")]
async fn the_chosen_are_changed_and_nobody_else(pool: PgPool) {
    let world = World::new(pool).await;
    world.guests(5).await;
    let vip = world.manual_tag("VIP").await;
    let filter = all([Condition::Name(Words::Contains("1".into()))]);
    let chosen: Vec<_> = world.matching(&world.olivia, filter).await.unwrap().into_iter().map(|line| line.id).collect();
    assert_eq!(chosen.len(), 1);
    let target = Target::Chosen(chosen.clone());
    let id = store::begin(&world.desk, &world.olivia, Action::GiveTag(vip), target, noon()).await.unwrap();
    world.finish(noon()).await;
    assert_eq!((world.tagged(vip).await, world.task(id).await.visited), (1, 1));
    // Of two chosen one is with an agent by then; those who are and were not chosen are not counted.
    let (held, other) = (world.asks(900, noon()).await, world.asks(901, noon()).await);
    let both = Target::Chosen(vec![world.contact(held).await, chosen[0]]);
    for chat in [held, other] {
        world.does(&world.ana, chat, Command::Intervene, noon() + seconds(1)).await.unwrap();
    }
    let id = store::begin(&world.desk, &world.olivia, Action::TakeTag(vip), both, noon()).await.unwrap();
    world.finish(noon()).await;
    let task = world.task(id).await;
    assert_eq!((task.total, task.visited, task.left_out), (Some(1), 1, 1));
    let none = store::begin(&world.desk, &world.olivia, Action::GiveTag(vip), Target::Chosen(Vec::new()), noon()).await;
    assert!(matches!(none, Err(Error::Invalid(_))));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_step_that_dies_changes_nothing_and_the_next_goes_on(pool: PgPool) {
    let world = World::new(pool).await;
    world.guests(550).await;
    let vip = world.manual_tag("VIP").await;
    let id = world.begins(Action::GiveTag(vip), Group::default()).await;
    // Each step is dropped after so many of its turns, as by a process that ends.
    for turns in 0..60 {
        let mut step = Box::pin(step::run_once(&world.db, noon()));
        for _ in 0..turns {
            if futures::poll!(step.as_mut()).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(step);
        // In one statement: a commit that was on its way when its step was dropped may come between two.
        let apart = "select (select count(*) from contact_tag) - (select changed from contact_task)";
        assert_eq!(world.number(apart).await, 0, "what is counted and what is done are one commit");
    }
    world.finish(noon()).await;
    let task = world.task(id).await;
    assert_eq!((task.state, task.visited, task.changed), (State::Done, 550, 550));
    let most =
        "select max(n) from (select count(*) as n from journey where kind = 'tag_given' group by contact_id) each";
    assert_eq!((world.tagged(vip).await, world.number(most).await), (550, 1), "everybody once");
}

#[sqlx::test(migrations = "./migrations")]
async fn who_is_taken_while_a_task_runs_is_counted_among_those_left_out(pool: PgPool) {
    let world = World::new(pool).await;
    world.guests(30).await;
    let (first, second) = (world.asks(1, noon()).await, world.asks(2, noon()).await);
    world.does(&world.ana, first, Command::Intervene, noon()).await.unwrap();
    let vip = world.manual_tag("VIP").await;
    let id = world.begins(Action::GiveTag(vip), Group::default()).await;
    assert_eq!(step::run_once(&world.db, noon()).await.unwrap(), 1, "it is counted");
    assert_eq!((world.task(id).await.total, world.task(id).await.left_out), (Some(31), 1));
    world.does(&world.ana, second, Command::Intervene, noon()).await.unwrap();
    world.finish(noon()).await;
    let task = world.task(id).await;
    assert_eq!((task.state, task.changed, task.left_out), (State::Done, 30, 2));
}

#[sqlx::test(migrations = "./migrations")]
async fn twenty_processes_at_once_visit_everybody_once(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    world.guests(730).await;
    let (vip, late) = (world.manual_tag("VIP").await, world.manual_tag("Late").await);
    let level = world.attribute("Level", Kind::OneOf).await;
    let ids = [
        world.begins(Action::GiveTag(vip), Group::default()).await,
        world.begins(Action::GiveTag(late), all([Condition::Name(Words::Contains("guest".into()))])).await,
        world.begins(Action::SetAttribute { attribute: level, value: "Gold".into() }, Group::default()).await,
    ];
    let process = async |_| {
        let db = Db::new(pool.clone());
        // One that finds all tasks taken comes again, as a job does.
        while world.number("select count(*) from contact_task where state = 'running'").await > 0 {
            step::run_once(&db, noon()).await.unwrap();
        }
    };
    join_all((0..20).map(process)).await;
    for id in ids {
        let task = world.task(id).await;
        assert_eq!((task.state, task.visited, task.changed), (State::Done, 730, 730), "{}", task.words);
    }
    let most = "select max(n) from (select count(*) as n from journey where kind in ('tag_given', 'attribute_set') group by contact_id, kind) each";
    assert_eq!(world.number(most).await, 2, "two tags, one value");
    assert_eq!(
        world.number("select count(*) from journey where kind in ('tag_given', 'attribute_set')").await,
        3 * 730
    );
    assert_eq!(world.number("select max(version) from attribute").await, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_task_is_cancelled_by_a_supervisor_by_losing_the_right_and_by_what_it_is_about(pool: PgPool) {
    let world = World::new(pool).await;
    world.guests(250).await;
    let vip = world.manual_tag("VIP").await;
    let one = async || {
        let id = world.begins(Action::GiveTag(vip), Group::default()).await;
        // Counted, and one batch.
        step::run_once(&world.db, noon()).await.unwrap();
        step::run_once(&world.db, noon()).await.unwrap();
        assert_eq!(world.task(id).await.visited, 100);
        id
    };
    let id = one().await;
    assert_eq!(store::cancel(&world.desk, &world.ana, id, noon()).await.unwrap_err(), Error::Forbidden);
    store::cancel(&world.desk, &world.olivia, id, noon()).await.unwrap();
    world.finish(noon()).await;
    let task = world.task(id).await;
    assert_eq!((task.state, task.changed, world.tagged(vip).await), (State::Cancelled, 100, 100));
    assert!(store::cancel(&world.desk, &world.olivia, id, noon()).await.is_err());
    store::undo(&world.desk, &world.olivia, id, noon()).await.unwrap();
    world.finish(noon()).await;
    assert_eq!(world.tagged(vip).await, 0, "also what was cancelled can be put back");

    let id = one().await;
    tag::define::change(&world.desk, &world.olivia, tag::Change::ArchiveTag { tag: vip }, noon()).await.unwrap();
    world.finish(noon()).await;
    let task = world.task(id).await;
    assert_eq!((task.state, task.visited), (State::Cancelled, 100));
    assert!(task.why.unwrap().contains("archived"));
    tag::define::change(&world.desk, &world.olivia, tag::Change::RestoreTag { tag: vip }, noon()).await.unwrap();

    let id = world.begins(Action::TakeTag(vip), Group::default()).await;
    sqlx::query("update member set role = 'agent' where name = 'Olivia'").execute(world.db.pool()).await.unwrap();
    world.finish(noon()).await;
    let task = world.task(id).await;
    assert_eq!((task.state, task.visited), (State::Cancelled, 0));
    assert!(task.why.unwrap().contains("may not"));
}

#[sqlx::test(migrations = "./migrations")]
async fn agents_begin_nothing_and_old_tasks_are_forgotten(pool: PgPool) {
    let world = World::new(pool).await;
    world.guests(3).await;
    let vip = world.manual_tag("VIP").await;
    let everybody = || Target::Matching(Group::default());
    let refused = store::begin(&world.desk, &world.ana, Action::GiveTag(vip), everybody(), noon()).await;
    assert_eq!(refused.unwrap_err(), Error::Forbidden);
    assert_eq!(store::latest(&world.desk, &world.ana, noon()).await.unwrap_err(), Error::Forbidden);
    let id = world.begins(Action::GiveTag(vip), Group::default()).await;
    world.finish(noon()).await;
    assert_eq!(store::undo(&world.desk, &world.ana, id, noon()).await.unwrap_err(), Error::Forbidden);
    for _ in 0..5 {
        world.begins(Action::TakeTag(vip), Group::default()).await;
    }
    let sixth = store::begin(&world.desk, &world.olivia, Action::GiveTag(vip), everybody(), noon()).await;
    assert!(matches!(sixth, Err(Error::Invalid(_))), "five at once");
    world.finish(noon()).await;
    store::forget(&world.db, noon() + seconds(6 * 86_400)).await.unwrap();
    assert_eq!(world.number("select count(*) from contact_task").await, 6);
    store::forget(&world.db, noon() + seconds(8 * 86_400)).await.unwrap();
    assert_eq!(world.number("select count(*) from contact_task").await, 0);
    assert_eq!(world.number("select count(*) from contact_task_change").await, 0);
}
