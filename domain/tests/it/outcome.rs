//! Outcomes: kept by supervisors, chosen at Resolve.

use crate::world::{World, noon, seconds};
use domain::chat::{Command, Queue};
use domain::member::{Member, Role};
use domain::outcome::{Outcome, store};
use domain::{Error, OutcomeId};
use sqlx::PgPool;

async fn listed(world: &World) -> Vec<Outcome> {
    store::list(&world.desk, &world.olivia).await.unwrap()
}

async fn named(world: &World, name: &str) -> OutcomeId {
    listed(world).await.into_iter().find(|outcome| outcome.name == name).unwrap().id
}

#[sqlx::test(migrations = "./migrations")]
async fn a_handling_ends_with_one_of_the_list(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, olivia, at) = (&world.desk, &world.olivia, noon() + seconds(60));
    assert_eq!(store::names(desk).await.unwrap(), ["Solved", "Not solved", "Spam", "Other"], "where it begins");
    let chat = world.asks(1, noon()).await;
    world.does(&world.ana, chat, Command::Intervene, noon()).await.unwrap();
    let resolve = |outcome: &str| Command::Resolve { outcome: Some(outcome.into()), note: None };
    let unknown = world.does(&world.ana, chat, resolve("Solved!"), at).await.unwrap_err();
    assert!(matches!(unknown, Error::Invalid(_)), "{unknown}");
    store::archive(desk, olivia, named(&world, "Spam").await, at).await.unwrap();
    assert!(world.does(&world.ana, chat, resolve("Spam"), at).await.is_err());
    assert_eq!(world.queue(chat).await, Queue::Intervened);
    world.does(&world.ana, chat, resolve("Solved"), at).await.unwrap();
    let words: String = world.ask("select outcome from episode where chat_id = $1", chat).await;
    assert_eq!(words, "Solved");

    // Renamed it is still the same one.
    let solved = named(&world, "Solved").await;
    store::rename(desk, olivia, solved, " All  good ", at).await.unwrap();
    let all = listed(&world).await;
    assert_eq!((all[0].name.as_str(), all[0].used), ("All good", 1));
    let undo = Command::UndoResolve { resolved_by: None, resolved_at: None, was: None };
    world.does(&world.ana, chat, undo, at + seconds(3)).await.unwrap();
    assert_eq!(listed(&world).await[0].used, 0, "an undone resolve is no use");
}

#[sqlx::test(migrations = "./migrations")]
async fn supervisors_keep_the_list_and_agents_do_not(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, olivia, ana, at) = (&world.desk, &world.olivia, &world.ana, noon());
    let spam = named(&world, "Spam").await;
    let forbidden = [
        store::list(desk, ana).await.map(|_| ()),
        store::create(desk, ana, "Mine", at).await,
        store::rename(desk, ana, spam, "Mine", at).await,
        store::arrange(desk, ana, &[spam], at).await,
        store::archive(desk, ana, spam, at).await,
        store::restore(desk, ana, spam, at).await,
    ];
    assert!(forbidden.iter().all(|answer| *answer == Err(Error::Forbidden)), "{forbidden:?}");
    let manager = Member { role: Role::Manager, ..olivia.clone() };
    store::create(desk, &manager, "Refunded", at).await.unwrap();
    store::arrange(desk, olivia, &[named(&world, "Refunded").await], at).await.unwrap();
    assert_eq!(store::names(desk).await.unwrap(), ["Refunded", "Solved", "Not solved", "Spam", "Other"]);
    for wrong in ["", " ", "solved", &"x".repeat(41)] {
        assert!(matches!(store::create(desk, olivia, wrong, at).await, Err(Error::Invalid(_))), "{wrong}");
        assert!(matches!(store::rename(desk, olivia, spam, wrong, at).await, Err(Error::Invalid(_))), "{wrong}");
    }
    assert_eq!(store::archive(desk, olivia, OutcomeId::at(at), at).await, Err(Error::NotFound));
    assert_eq!(store::rename(desk, olivia, OutcomeId::at(at), "New", at).await, Err(Error::NotFound));
    // One that was there comes back instead of standing there twice.
    store::archive(desk, olivia, spam, at).await.unwrap();
    store::create(desk, olivia, "SPAM", at).await.unwrap();
    let back = listed(&world).await;
    assert_eq!((back.len(), back[4].id, back[4].name.as_str()), (5, spam, "SPAM"));
    store::archive(desk, olivia, spam, at).await.unwrap();
    store::restore(desk, olivia, spam, at).await.unwrap();
    for outcome in &back[..4] {
        store::archive(desk, olivia, outcome.id, at).await.unwrap();
    }
    let last = store::archive(desk, olivia, spam, at).await.unwrap_err();
    assert!(last.to_string().contains("last"), "{last}");
    let audited: i64 = sqlx::query_scalar("select count(*) from audit where kind like 'outcome%'")
        .fetch_one(world.db.pool())
        .await
        .unwrap();
    assert_eq!(audited, 10);
}
