//! Who counts as sitting there: a screen that is there says nothing of a person.

use crate::world::{SOCKET, World, noon, seconds};
use chrono::TimeDelta;
use domain::chat::{Command, Queue, clock};
use domain::member::{self, Presence, presence};
use domain::{ScreenId, SocketId, Timestamp};
use sqlx::PgPool;

fn minutes(n: i64) -> Timestamp {
    noon() + TimeDelta::minutes(n)
}

async fn anas(world: &World) -> Presence {
    let mut tx = world.desk.snapshot().await.unwrap();
    member::store::get(&mut tx, world.ana.id).await.unwrap().unwrap().presence
}

async fn fade(world: &World, tab: ScreenId, at: Timestamp) -> Presence {
    presence::keep_alive(&world.db, &[tab], at).await.unwrap();
    presence::fade(&world.db, at).await.unwrap();
    anas(world).await
}

#[sqlx::test(migrations = "./migrations")]
async fn a_socket_that_is_cut_again_and_again_keeps_nobody_available(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, tab) = (&world.desk, world.ana.id, ScreenId::at(noon()));
    let chat = world.asks(1, noon()).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    presence::connected(desk, ana, tab, SOCKET, noon()).await.unwrap();
    presence::active(desk, ana, tab, noon()).await.unwrap();
    for minute in [4, 9, 14] {
        presence::left(desk, ana, tab, SOCKET, minutes(minute)).await.unwrap();
        presence::connected(desk, ana, tab, SOCKET, minutes(minute) + seconds(3)).await.unwrap();
        assert_eq!(fade(&world, tab, minutes(minute) + seconds(4)).await, Presence::Available);
    }
    assert_eq!(fade(&world, tab, minutes(15)).await, Presence::Away, "fifteen minutes without a key");
    for minute in [16, 18] {
        presence::left(desk, ana, tab, SOCKET, minutes(minute)).await.unwrap();
        presence::connected(desk, ana, tab, SOCKET, minutes(minute) + seconds(3)).await.unwrap();
        assert_eq!(fade(&world, tab, minutes(minute) + seconds(4)).await, Presence::Away, "nobody has come back");
    }
    assert_eq!(clock::give_back(&world.db, minutes(20)).await.unwrap(), 1, "and nobody waits for her");
    assert_eq!(world.queue(chat).await, Queue::Requested);
    presence::active(desk, ana, tab, minutes(21)).await.unwrap();
    assert_eq!(anas(&world).await, Presence::Available, "at the first key");
}

#[sqlx::test(migrations = "./migrations")]
async fn who_was_away_only_because_the_last_tab_was_gone_is_back_with_it(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, tab) = (&world.desk, world.ana.id, ScreenId::at(noon()));
    presence::active(desk, ana, tab, noon()).await.unwrap();
    presence::left(desk, ana, tab, SOCKET, minutes(1)).await.unwrap();
    presence::fade(&world.db, minutes(2)).await.unwrap();
    assert_eq!(anas(&world).await, Presence::Away);
    presence::connected(desk, ana, tab, SOCKET, minutes(3)).await.unwrap();
    assert_eq!(anas(&world).await, Presence::Available);
    assert_eq!(fade(&world, tab, minutes(14)).await, Presence::Available);
    assert_eq!(fade(&world, tab, minutes(15)).await, Presence::Away, "the connection was no key");

    // Gone, and back only when there had been no key for too long.
    presence::active(desk, ana, tab, minutes(20)).await.unwrap();
    presence::left(desk, ana, tab, SOCKET, minutes(30)).await.unwrap();
    presence::fade(&world.db, minutes(31)).await.unwrap();
    assert_eq!(anas(&world).await, Presence::Away);
    presence::connected(desk, ana, tab, SOCKET, minutes(36)).await.unwrap();
    assert_eq!(anas(&world).await, Presence::Away);

    // By hand it stays.
    presence::active(desk, ana, tab, minutes(40)).await.unwrap();
    presence::set(desk, ana, Presence::Away, minutes(41)).await.unwrap();
    presence::left(desk, ana, tab, SOCKET, minutes(42)).await.unwrap();
    presence::fade(&world.db, minutes(43)).await.unwrap();
    presence::connected(desk, ana, tab, SOCKET, minutes(44)).await.unwrap();
    assert_eq!(anas(&world).await, Presence::Away);
}

/// A tab has come back by another socket, maybe to another process, before the one that it had is found dead.
#[sqlx::test(migrations = "./migrations")]
async fn a_socket_that_is_found_dead_late_says_nothing_of_a_tab_that_came_back(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, tab) = (&world.desk, world.ana.id, ScreenId::at(noon()));
    let (old, new) = (SocketId::at(noon()), SocketId::at(noon() + seconds(1)));
    presence::connected(desk, ana, tab, old, noon()).await.unwrap();
    presence::active(desk, ana, tab, noon()).await.unwrap();
    presence::connected(desk, ana, tab, new, noon() + seconds(60)).await.unwrap();
    presence::left(desk, ana, tab, old, noon() + seconds(70)).await.unwrap();
    presence::fade(&world.db, noon() + seconds(100)).await.unwrap();
    assert_eq!(anas(&world).await, Presence::Available);
    presence::left(desk, ana, tab, new, noon() + seconds(110)).await.unwrap();
    presence::fade(&world.db, noon() + seconds(130)).await.unwrap();
    assert_eq!(anas(&world).await, Presence::Away);
}
