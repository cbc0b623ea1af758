//! Signing in.

use crate::world::{World, noon, seconds};
use domain::Error;
use domain::member::{password, session};
use sqlx::PgPool;

async fn with_password(world: &World, word: &str) {
    let hash = password::hash(word.into()).await.unwrap();
    sqlx::query("update member set password_hash = $1 where id = $2")
        .bind(hash)
        .bind(world.ana.id.0)
        .execute(world.db.pool())
        .await
        .unwrap();
}

#[sqlx::test(migrations = "./migrations")]
async fn a_session_begins_anew_at_sign_in_and_ends_with_the_password(pool: PgPool) {
    let world = World::new(pool).await;
    with_password(&world, "correct horse").await;
    let sign_in =
        |before| session::sign_in(&world.db, "ANA@test.example", "correct horse".into(), "10.0.0.1", before, noon());
    let first = sign_in(None).await.unwrap();
    let second = sign_in(Some(&first)).await.unwrap();
    assert_ne!(first.reveal(), second.reveal(), "a new id at every sign-in");
    assert!(session::member(&world.db, &first, noon()).await.unwrap().is_none(), "the old one ends");
    let other = sign_in(None).await.unwrap();
    let member = session::member(&world.db, &second, noon()).await.unwrap().expect("signed in");
    assert_eq!(member.id, world.ana.id);
    let stored: Vec<Vec<u8>> =
        sqlx::query_scalar("select token_hash from session").fetch_all(world.db.pool()).await.unwrap();
    assert!(stored.iter().all(|hash| hex::encode(hash) != second.reveal()), "tokens are stored hashed");

    let change =
        |old: &str| session::change_password(&world.db, &world.ana, old.into(), "battery staple".into(), noon());
    assert!(change("wrong").await.is_err());
    let new = change("correct horse").await.unwrap();
    for ended in [&second, &other] {
        assert!(session::member(&world.db, ended, noon()).await.unwrap().is_none());
    }
    assert!(session::member(&world.db, &new, noon()).await.unwrap().is_some());
    let idle = noon() + session::IDLE + seconds(1);
    assert!(session::member(&world.db, &new, idle).await.unwrap().is_none(), "unused for too long");
}

#[sqlx::test(migrations = "./migrations")]
async fn guessing_is_slowed_down_and_unknown_addresses_look_the_same(pool: PgPool) {
    let world = World::new(pool).await;
    with_password(&world, "correct horse").await;
    let guess = |email: &'static str, word: &'static str, at| {
        session::sign_in(&world.db, email, word.into(), "10.0.0.1", None, at)
    };
    let wrong = guess("ana@test.example", "wrong", noon()).await.err().unwrap();
    let nobody = guess("nobody@test.example", "wrong", noon()).await.err().unwrap();
    assert_eq!(wrong, nobody);
    for _ in 0..session::MOST_FAILURES {
        let _ = guess("ana@test.example", "wrong", noon()).await;
    }
    let throttled = guess("ana@test.example", "correct horse", noon() + seconds(1)).await.err().unwrap();
    assert!(matches!(throttled, Error::Throttled { .. }), "{throttled:?}");
    let later = noon() + session::THROTTLE_WINDOW + seconds(1);
    assert!(guess("ana@test.example", "correct horse", later).await.is_ok());
}
