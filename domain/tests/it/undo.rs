//! A resolve that is taken back leaves everything as it was, whoever had resolved it.

use crate::world::{World, noon, seconds};
use domain::chat::{Command, Queue, Reason, Refusal, clock, open};
use domain::{ChatId, Error, Timestamp, member};
use sqlx::PgPool;

const RESOLVE: Command = Command::Resolve { outcome: None, note: None };
const UNDO: Command = Command::UndoResolve { resolved_by: None, resolved_at: None, was: None };

async fn when(world: &World, column: &'static str, chat: ChatId) -> Option<Timestamp> {
    world.ask(column, chat).await
}

const WAITS: &str = "select unanswered_since from chat where id = $1";

#[sqlx::test(migrations = "./migrations")]
async fn a_supervisors_resolve_goes_back_to_the_agent_who_held_the_chat(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, olivia) = (&world.desk, &world.ana, &world.olivia);
    let chat = world.asks(1, noon()).await;
    world.does(ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    let before = open::open(desk, ana, chat).await.unwrap().row;
    assert_eq!(when(&world, WAITS, chat).await, Some(noon()));
    world.does(olivia, chat, RESOLVE, noon() + seconds(10)).await.unwrap();
    assert_eq!(world.queue(chat).await, Queue::Active);
    assert_eq!(when(&world, WAITS, chat).await, None);
    let others = world.does(ana, chat, UNDO, noon() + seconds(12)).await.unwrap_err();
    assert_eq!(others, Error::Refused(Refusal::TooLate), "only who resolved");

    world.does(olivia, chat, UNDO, noon() + seconds(14)).await.unwrap();
    let after = open::open(desk, ana, chat).await.unwrap().row;
    assert_eq!((after.queue, &after.holder, after.held_since), (before.queue, &before.holder, before.held_since));
    assert_eq!(after.unanswered_since, before.unanswered_since, "the customer waits since then");
    assert!(open::open(desk, olivia, chat).await.unwrap().row.content.is_none(), "it is not Olivia's");
    world.sends(ana, chat, "I am still here", noon() + seconds(15)).await.unwrap();
    let open: i64 = world
        .ask("select count(*) from episode where chat_id = $1 and ended_at is null and outcome is null", chat)
        .await;
    assert_eq!(open, 1, "the same episode goes on");
    assert_eq!(
        world.does(olivia, chat, UNDO, noon() + seconds(16)).await.unwrap_err(),
        Error::Refused(Refusal::TooLate)
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn an_agent_who_is_no_longer_there_does_not_get_it_back(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    world.does(&world.olivia, chat, RESOLVE, noon() + seconds(10)).await.unwrap();
    member::store::deactivate(&world.desk, &world.olivia, world.ana.id, noon() + seconds(12)).await.unwrap();
    world.does(&world.olivia, chat, UNDO, noon() + seconds(14)).await.unwrap();
    clock::run_once(&world.db, noon() + seconds(15)).await.unwrap();
    let row = open::open(&world.desk, &world.ben, chat).await.unwrap().row;
    assert_eq!((row.queue, row.directed_to), (Queue::Requested, None), "it waits for everyone");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_dismissed_request_waits_again_as_it_did(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, ben, olivia) = (&world.desk, &world.ana, &world.ben, &world.olivia);
    let plain = world.asks(1, noon()).await;
    let chat = world.asks(2, noon()).await;
    world.does(ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    let pass = Command::Transfer { to: Some(ben.id), note: "speaks only Welsh".into() };
    world.does(ana, chat, pass, noon() + seconds(10)).await.unwrap();
    for chat in [plain, chat] {
        let before = open::open(desk, olivia, chat).await.unwrap();
        let speaks: bool = world.ask("select bot_speaks from chat where id = $1", chat).await;
        world.does(olivia, chat, RESOLVE, noon() + seconds(60)).await.unwrap();
        assert_eq!(world.queue(chat).await, Queue::Active);
        world.does(olivia, chat, UNDO, noon() + seconds(65)).await.unwrap();
        let after = open::open(desk, olivia, chat).await.unwrap();
        let reason = |thread: &domain::chat::Thread| thread.row.content.as_ref().unwrap().reason.clone();
        assert_eq!(after.row.queue, Queue::Requested);
        assert_eq!(after.row.requested_since, before.row.requested_since);
        assert_eq!(after.row.directed_to, before.row.directed_to);
        assert_eq!(after.row.unanswered_since, before.row.unanswered_since);
        assert_eq!(reason(&after), reason(&before));
        assert_eq!(after.handover, before.handover);
        assert_eq!(world.ask::<bool>("select bot_speaks from chat where id = $1", chat).await, speaks);
    }
    assert_eq!(open::open(desk, ana, chat).await.unwrap_err(), Error::NotFound, "it is directed to Ben");
    let row = open::open(desk, ben, chat).await.unwrap().row;
    assert_eq!(row.offer_until, Some(noon() + seconds(65 + 120)), "who has time to accept");
    assert!(matches!(row.content.unwrap().reason, Some(Reason::Transferred { .. })));
}

#[sqlx::test(migrations = "./migrations")]
async fn what_comes_back_after_its_window_has_closed_expires_all_the_same(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    let end = noon() + chrono::TimeDelta::hours(24);
    world.does(&world.ana, chat, RESOLVE, end - seconds(2)).await.unwrap();
    clock::close_windows(&world.db, end + seconds(1)).await.unwrap();
    world.does(&world.ana, chat, UNDO, end + seconds(3)).await.unwrap();
    assert_eq!(world.queue(chat).await, Queue::Intervened);
    clock::close_windows(&world.db, end + seconds(4)).await.unwrap();
    assert_eq!(world.queue(chat).await, Queue::History);
    let outcome: Option<String> = world.ask("select outcome from episode where chat_id = $1", chat).await;
    assert_eq!(outcome.as_deref(), Some("expired"));
}

/// Whoever asks for a person by the API while the window is closed has none that could close.
#[sqlx::test(migrations = "./migrations")]
async fn a_request_in_a_closed_window_waits_again_and_is_not_missed_by_it(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "hello", noon()).await;
    let late = noon() + chrono::TimeDelta::hours(30);
    clock::close_windows(&world.db, late).await.unwrap();
    world.does(&world.olivia, chat, Command::AskForPerson(Reason::Member), late).await.unwrap();
    world.does(&world.olivia, chat, RESOLVE, late + seconds(5)).await.unwrap();
    world.does(&world.olivia, chat, UNDO, late + seconds(8)).await.unwrap();
    clock::close_windows(&world.db, late + seconds(9)).await.unwrap();
    assert_eq!(world.queue(chat).await, Queue::Requested);
}
