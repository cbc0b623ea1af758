//! How often a key may call: counted once, whoever counts.

use crate::world::{World, noon, seconds};
use domain::api_key::pace::{Standing, count};
use domain::api_key::store::{authenticate, create};
use domain::api_key::{Scope, store::Caller};
use futures::future::join_all;
use sqlx::PgPool;
use std::num::NonZeroU32;

async fn key(world: &World) -> Caller {
    let text = create(&world.desk, &world.olivia, "test", Scope::ALL, None, noon()).await.unwrap();
    authenticate(&world.db, &text, noon()).await.unwrap().unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn of_many_calls_at_once_so_many_are_let_in_and_they_come_back_one_by_one(pool: PgPool) {
    let world = World::new(pool).await;
    let (caller, other) = (key(&world).await, key(&world).await);
    let limit = NonZeroU32::new(6).unwrap();
    let at = async |after: i64| count(&world.db, &caller, limit, noon() + seconds(after)).await.unwrap();
    assert_eq!(at(0).await, Standing { limit: 6, left: 5, wait: None });
    let many = join_all((0..20).map(|_| at(0))).await;
    assert_eq!(many.iter().filter(|standing| standing.wait.is_none()).count(), 5);
    assert!(many.iter().all(|standing| standing.wait.is_none_or(|wait| wait == 10)));
    assert_eq!(at(9).await, Standing { limit: 6, left: 0, wait: Some(1) });
    assert_eq!(at(10).await, Standing { limit: 6, left: 0, wait: None });
    assert_eq!(at(10).await.wait, Some(10), "what was refused costs nothing");
    assert_eq!(count(&world.db, &other, limit, noon()).await.unwrap().left, 5, "another key");
    assert_eq!(at(600).await, Standing { limit: 6, left: 5, wait: None }, "no more than all of them come back");
}

#[sqlx::test(migrations = "./migrations")]
async fn who_is_refused_is_told_what_others_took_meanwhile(pool: PgPool) {
    let world = World::new(pool).await;
    let caller = key(&world).await;
    let limit = NonZeroU32::new(6).unwrap();
    let at = |after: i64| count(&world.db, &caller, limit, noon() + seconds(after));
    at(0).await.unwrap();
    let mut others = world.db.pool().begin().await.unwrap();
    sqlx::query("update api_key_pace set full_at = $1").bind(noon() + seconds(60)).execute(&mut *others).await.unwrap();
    let refused = at(0);
    tokio::pin!(refused);
    world.until_blocked(&mut refused).await;
    others.commit().await.unwrap();
    assert_eq!(refused.await.unwrap(), Standing { limit: 6, left: 0, wait: Some(10) });
}
