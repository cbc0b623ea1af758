//! What time does, for everybody: no workspace and no chat keeps the others waiting.

use crate::world::{SOCKET, World, noon, seconds};
use chrono::TimeDelta;
use domain::chat::{Command, Queue, clock, open};
use domain::db::Db;
use domain::member::{self, Member, Presence, presence};
use domain::{ChatId, Error, Timestamp, setting};
use sqlx::PgPool;

async fn held(world: &World, by: &Member, who: u64, at: Timestamp) -> ChatId {
    let chat = world.asks(who, at).await;
    world.does(by, chat, Command::Intervene, at + seconds(5)).await.unwrap();
    chat
}

async fn passed(world: &World, who: u64, at: Timestamp) -> ChatId {
    let chat = held(world, &world.ana, who, at).await;
    let pass = Command::Transfer { to: Some(world.ben.id), note: "speaks only Welsh".into() };
    world.does(&world.ana, chat, pass, at + seconds(10)).await.unwrap();
    chat
}

/// Makes a chat whose row cannot be read.
async fn broken(world: &World, chat: ChatId) {
    let sql = "update chat set last_author = 'nobody' where id = $1 returning id";
    let _: uuid::Uuid = world.ask(sql, chat).await;
}

/// Two hundred and some more chats of an absent agent than are looked at in one go, none of which is due for a day.
async fn held_for_a_day(world: &World) {
    let mut tx = world.desk.begin().await.unwrap();
    setting::store::put(&mut tx, "give_back_after", 86_400.into()).await.unwrap();
    tx.commit().await.unwrap();
    // Whatever they are asked for by, they come first but for when they are due.
    let ids: Vec<_> = (1..=210).map(uuid::Uuid::from_u128).collect();
    for sql in [
        "insert into contact (workspace_id, id, name, first_seen_at, created_at)
         select $1, id, 'Customer', $4, $4 from unnest($2::uuid[]) id where $3::uuid is not null and $5::uuid is not null",
        "insert into chat (workspace_id, id, channel_id, contact_id, state, holder, held_since, unanswered_since, last_at, created_at)
         select $1, id, $3, id, 'intervened', $5, $4, $4, $4, $4 from unnest($2::uuid[]) id",
    ] {
        let query = sqlx::query(sql).bind(world.desk.id().0).bind(&ids).bind(world.channel.0).bind(noon());
        query.bind(world.ana.id.0).execute(world.db.pool()).await.unwrap();
    }
    presence::set(&world.desk, world.ana.id, Presence::Away, noon()).await.unwrap();
}

#[sqlx::test(migrations = "./migrations")]
async fn one_busy_workspace_keeps_no_other_from_getting_its_chats_back(pool: PgPool) {
    let busy = World::of(Db::new(pool.clone()), "-busy").await;
    held_for_a_day(&busy).await;
    let world = World::of(Db::new(pool), "-small").await;
    let chat = held(&world, &world.ana, 1, noon()).await;
    let at = noon() + seconds(60);
    presence::set(&world.desk, world.ana.id, Presence::Away, at).await.unwrap();
    assert_eq!(clock::give_back(&world.db, at + seconds(299)).await.unwrap(), 0, "the default of give back after");
    assert_eq!(clock::give_back(&world.db, at + seconds(300)).await.unwrap(), 1);
    assert_eq!(world.queue(chat).await, Queue::Requested);

    let theirs = held(&world, &world.ben, 2, at).await;
    member::store::deactivate(&world.desk, &world.olivia, world.ben.id, at + seconds(30)).await.unwrap();
    assert_eq!(world.queue(theirs).await, Queue::Requested, "at once");
    let sql = "select count(*) from chat where state = 'intervened'";
    assert_eq!(world.number(sql).await, 210, "what is not due stays");
    assert_eq!(clock::give_back(&world.db, noon() + seconds(86_400)).await.unwrap(), 200, "then in portions");
    assert_eq!(clock::give_back(&world.db, noon() + seconds(86_400)).await.unwrap(), 10);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_chat_that_fails_keeps_nothing_else_from_being_done(pool: PgPool) {
    let world = World::new(pool).await;
    let (bad_window, window) =
        (world.says(1, "hello", noon()).await, world.says(2, "hello", noon() + seconds(1)).await);
    let late = noon() + TimeDelta::hours(23);
    let (bad_offer, offer) = (passed(&world, 3, late).await, passed(&world, 4, late + seconds(1)).await);
    let bad_held = held(&world, &world.ana, 5, late).await;
    let kept = held(&world, &world.ana, 6, late + seconds(1)).await;
    presence::set(&world.desk, world.ana.id, Presence::Away, late + seconds(20)).await.unwrap();
    for chat in [bad_window, bad_offer, bad_held] {
        broken(&world, chat).await;
    }
    let moved = clock::run_once(&world.db, noon() + TimeDelta::hours(24) + seconds(1)).await.unwrap();
    assert_eq!(moved, 3, "one of each");
    assert_eq!(world.queue(window).await, Queue::History);
    assert_eq!(open::open(&world.desk, &world.olivia, offer).await.unwrap().row.directed_to, None);
    assert_eq!(world.queue(kept).await, Queue::Requested);
    assert_eq!(world.queue(bad_held).await, Queue::Intervened);
}

#[sqlx::test(migrations = "./migrations")]
async fn what_waits_for_one_who_goes_away_is_everyones_at_once(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, ben) = (&world.desk, &world.ana, &world.ben);
    let chat = passed(&world, 1, noon()).await;
    assert_eq!(open::open(desk, ana, chat).await.unwrap_err(), Error::NotFound);
    presence::set(desk, ben.id, Presence::Away, noon() + seconds(20)).await.unwrap();
    let row = open::open(desk, ana, chat).await.unwrap().row;
    assert_eq!((row.queue, row.directed_to, row.offer_until), (Queue::Requested, None, None));
    assert_eq!(row.requested_since, Some(noon()), "unanswered since then");
    let told: i64 = world.ask("select count(*) from journey where kind = 'opened_to_all' and chat_id = $1", chat).await;
    assert_eq!(told, 1);

    // Who is Away already was chosen all the same: there is time to accept.
    let at = noon() + seconds(100);
    let other = passed(&world, 2, at).await;
    assert_eq!(clock::run_once(&world.db, at + seconds(129)).await.unwrap(), 0);
    assert_eq!(clock::run_once(&world.db, at + seconds(130)).await.unwrap(), 1);
    assert_eq!(open::open(desk, ana, other).await.unwrap().row.directed_to, None);

    // Nobody sits at Ben's screen any more: the same.
    let screen = domain::ScreenId::at(at);
    presence::set(desk, ben.id, Presence::Available, at + seconds(200)).await.unwrap();
    presence::active(desk, ben.id, screen, at + seconds(200)).await.unwrap();
    let third = passed(&world, 3, at + seconds(200)).await;
    presence::left(desk, ben.id, screen, SOCKET, at + seconds(215)).await.unwrap();
    presence::fade(&world.db, at + seconds(231)).await.unwrap();
    assert_eq!(open::open(desk, ana, third).await.unwrap().row.directed_to, None);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_note_for_the_next_agent_is_not_read_by_those_after_them(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, ben, olivia) = (&world.desk, &world.ana, &world.ben, &world.olivia);
    let note = async |member: &Member, chat| {
        let handover = open::open(desk, member, chat).await.unwrap().handover.unwrap();
        handover.passed.map(|passed| passed.note)
    };
    let (back, taken) = (passed(&world, 1, noon()).await, passed(&world, 2, noon()).await);
    for chat in [back, taken] {
        world.does(ben, chat, Command::Intervene, noon() + seconds(20)).await.unwrap();
        assert_eq!(note(ben, chat).await.as_deref(), Some("speaks only Welsh"));
    }
    world.does(olivia, taken, Command::TakeOver, noon() + seconds(30)).await.unwrap();
    assert_eq!(note(olivia, taken).await, None, "it was for Ben");
    presence::set(desk, ben.id, Presence::Away, noon() + seconds(30)).await.unwrap();
    assert_eq!(clock::give_back(&world.db, noon() + seconds(330)).await.unwrap(), 1);
    world.does(ana, back, Command::Intervene, noon() + seconds(340)).await.unwrap();
    assert_eq!(note(ana, back).await, None, "given back by the clock, it says nothing new");
    // What is passed on again is read.
    let pass = Command::Transfer { to: Some(olivia.id), note: "angry".into() };
    world.does(ana, back, pass, noon() + seconds(350)).await.unwrap();
    world.does(olivia, back, Command::Intervene, noon() + seconds(360)).await.unwrap();
    assert_eq!(note(olivia, back).await.as_deref(), Some("angry"));
}
