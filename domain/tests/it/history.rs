//! Who is looked for within History.

use crate::world::{World, noon, seconds};
use chrono::TimeDelta;
use domain::chat::{Command, HistoryFilter, List, clock, history, list};
use domain::journey::Doer;
use domain::member::Member;
use domain::{ChatId, attribute, search, tag};
use sqlx::PgPool;
use std::collections::HashSet;

fn who(typed: &str) -> HistoryFilter {
    HistoryFilter { who: typed.into(), ..HistoryFilter::default() }
}

/// Every page of those, newest first.
async fn found(world: &World, member: &Member, filter: HistoryFilter) -> Vec<ChatId> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = history::page(&world.desk, member, &filter, after.as_ref()).await.unwrap();
        all.extend(page.rows.iter().map(|row| row.id));
        after = page.rows.last().map(|row| List::History.key(row));
        if !page.more {
            return all;
        }
    }
}

async fn read(world: &World) {
    while search::index::run_once(&world.db).await.unwrap() > 0 {}
}

#[sqlx::test(migrations = "./migrations")]
async fn customers_are_found_by_whatever_they_are_known_by_before_and_after_it_is_taken_in(pool: PgPool) {
    let world = World::new(pool).await;
    let one = world.says(1, "hello", noon()).await;
    let two = world.says(2, "hello", noon() + seconds(60)).await;
    let open = world.says(3, "hello", noon() + TimeDelta::hours(29)).await;
    let tag = world.manual_tag("Großkunde").await;
    tag::store::give(&world.desk, &world.ana, one, tag, noon() + seconds(70)).await.unwrap();
    let mut tx = world.desk.begin().await.unwrap();
    let contact = world.contact(one).await;
    attribute::values::set_by_key(&mut tx, contact, "city", "São Tomé", &Doer::Customer, noon()).await.unwrap();
    tx.commit().await.unwrap();
    clock::run_once(&world.db, noon() + TimeDelta::hours(30)).await.unwrap();
    for taken_in in [false, true] {
        for (typed, chats) in [
            ("customer", vec![two, one]),
            ("CUST omer", vec![two, one]),
            ("customer omera", vec![]),
            ("stomer 1", vec![one]),
            ("900002", vec![two]),
            ("grosskunde", vec![one]),
            ("sao tome", vec![one]),
            ("sao grosskunde", vec![one]),
            ("customer 3", vec![]),
            // Too little to look for narrows nothing.
            ("", vec![two, one]),
            (" a ", vec![two, one]),
            ("'&|!:*~", vec![two, one]),
        ] {
            assert_eq!(found(&world, &world.ben, who(typed)).await, chats, "{typed}, taken in: {taken_in}");
        }
        let tagged = HistoryFilter { tag: Some(tag), ..who("customer") };
        assert_eq!(found(&world, &world.ben, tagged).await, [one], "with the other filters");
        read(&world).await;
    }
    // Through a merge, by what either of them is known by; and no more by what is no longer so.
    world.merges(one, two).await.unwrap();
    clock::run_once(&world.db, noon() + TimeDelta::hours(30)).await.unwrap();
    read(&world).await;
    assert_eq!(found(&world, &world.ben, who("900002")).await, [one]);
    tag::store::take(&world.desk, &world.ana, one, tag, noon() + TimeDelta::hours(30)).await.unwrap();
    assert!(found(&world, &world.ben, who("grosskunde")).await.is_empty());
    assert_eq!(world.queue(open).await, domain::chat::Queue::Active);
}

#[sqlx::test(migrations = "./migrations")]
async fn customers_of_whom_another_chat_is_out_of_sight_are_not_found(pool: PgPool) {
    let two = crate::elsewhere::two(pool).await;
    let world = &two.world;
    clock::run_once(&world.db, noon() + TimeDelta::hours(30)).await.unwrap();
    let anas = world.asks(1, noon() + TimeDelta::hours(31)).await;
    assert_eq!(anas, two.anas);
    for taken_in in [false, true] {
        assert_eq!(found(world, &world.ben, who("customer")).await, [two.other]);
        world.does(&world.ana, anas, Command::Intervene, noon() + TimeDelta::hours(31)).await.unwrap();
        assert_eq!(found(world, &world.ana, who("customer")).await, [two.other], "taken in: {taken_in}");
        for other in [&world.ben, &world.olivia] {
            assert!(found(world, other, who("customer")).await.is_empty(), "taken in: {taken_in}");
            assert_eq!(found(world, other, who("")).await, [two.other], "its row stays");
        }
        let resolve = Command::Resolve { outcome: None, note: None };
        world.does(&world.ana, anas, resolve, noon() + TimeDelta::hours(31)).await.unwrap();
        world.asks(1, noon() + TimeDelta::hours(31)).await;
        read(world).await;
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_name_that_very_many_have_is_paged_to_the_oldest(pool: PgPool) {
    let world = World::new(pool).await;
    // The newest are of others, and so many have the name that they are not named one by one.
    for (name, many, days) in [("Guest", 2050, 9), ("Visitor", 1100, 2)] {
        sqlx::query(
            "with guest as (
                insert into contact (workspace_id, id, name, first_seen_at, created_at)
                select $1, gen_random_uuid(), $5 || ' ' || n, $2, $2 from generate_series(1, $3) n returning id)
             insert into chat (workspace_id, id, channel_id, contact_id, state, window_open, last_at, created_at)
             select $1, gen_random_uuid(), $4, id, 'active', false, $2, $2 from guest",
        )
        .bind(world.desk.id().0)
        .bind(noon() - TimeDelta::days(days))
        .bind(many)
        .bind(world.channel.0)
        .bind(name)
        .execute(world.db.pool())
        .await
        .unwrap();
    }
    read(&world).await;
    let guests = found(&world, &world.ben, who("guest")).await;
    assert_eq!((guests.len(), guests.iter().collect::<HashSet<_>>().len()), (2050, 2050));
    assert_eq!(found(&world, &world.ben, who("guest 205")).await.len(), 3, "205, 1205 and 2050");
    let first = history::page(&world.desk, &world.ben, &who("visitor"), None).await.unwrap();
    assert_eq!((i64::try_from(first.rows.len()).unwrap(), first.more), (list::PAGE, true));
}
