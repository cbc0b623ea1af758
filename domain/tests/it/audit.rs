//! The audit log: what is written, who reads it, in what pages.

use crate::world::{World, noon, seconds};
use domain::Error;
use domain::audit::Filter;
use domain::audit::store::{PAGE, add, filters, page};
use domain::member::{Role, password, session};
use sqlx::PgPool;

#[sqlx::test(migrations = "./migrations")]
async fn sign_ins_and_passwords_are_noted(pool: PgPool) {
    let world = World::new(pool).await;
    let hash = password::hash("correct horse".into()).await.unwrap();
    sqlx::query("update member set password_hash = $1 where id = $2")
        .bind(hash)
        .bind(world.ana.id.0)
        .execute(world.db.pool())
        .await
        .unwrap();
    let sign_in = |email: &'static str, word: &'static str, at| {
        session::sign_in(&world.db, email, word.into(), "10.0.0.1", None, at)
    };
    assert!(sign_in("ana@test.example", "wrong", noon()).await.is_err());
    assert!(sign_in("nobody@test.example", "wrong", noon() + seconds(1)).await.is_err());
    sign_in("ana@test.example", "correct horse", noon() + seconds(2)).await.unwrap();
    let change =
        |old: &str, at| session::change_password(&world.db, &world.ana, old.into(), "battery staple".into(), at);
    assert!(change("wrong", noon() + seconds(3)).await.is_err());
    change("correct horse", noon() + seconds(4)).await.unwrap();
    let (entries, more) = page(&world.desk, &world.olivia, &Filter::default(), None).await.unwrap();
    let said: Vec<_> = entries.iter().map(|entry| format!("{} {}", entry.name, entry.what)).collect();
    assert_eq!(
        said,
        [
            "Ana changed their password; every other session ended",
            "Ana signed in from 10.0.0.1",
            "Ana failed to sign in with a wrong password from 10.0.0.1",
        ]
    );
    assert!(!more);
}

#[sqlx::test(migrations = "./migrations")]
async fn supervisors_read_it_in_pages_and_by_filters(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, olivia) = (&world.desk, &world.ana, &world.olivia);
    assert_eq!(page(desk, ana, &Filter::default(), None).await.unwrap_err(), Error::Forbidden);
    assert_eq!(filters(desk, ana).await.unwrap_err(), Error::Forbidden);
    let mut manager = ana.clone();
    manager.role = Role::Manager;
    assert!(page(desk, &manager, &Filter::default(), None).await.unwrap().0.is_empty());
    assert!(filters(desk, &manager).await.unwrap().kinds.is_empty());

    let mut tx = desk.begin().await.unwrap();
    let many = i64::try_from(PAGE).unwrap() * 2 + 5;
    for n in 0..many {
        // Many at one moment: the page's edge falls between them.
        let at = noon() + seconds(n / 40);
        let (who, kind) = if n % 2 == 0 { (ana, "watch") } else { (olivia, "settings") };
        add(&mut tx, who, kind, serde_json::json!({"n": [0, n]}), at).await.unwrap();
    }
    tx.commit().await.unwrap();
    let read = async |filter: Filter| {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let (entries, more) = page(desk, olivia, &filter, before).await.unwrap();
            assert!(entries.len() <= PAGE);
            before = entries.last().map(|entry| (entry.at, entry.id));
            all.extend(entries);
            if !more {
                return all;
            }
        }
    };
    let all = read(Filter::default()).await;
    let mut ids: Vec<_> = all.iter().map(|entry| entry.id).collect();
    assert!(all.is_sorted_by(|a, b| (a.at, a.id) > (b.at, b.id)), "newest first");
    ids.dedup();
    assert_eq!(i64::try_from(ids.len()).unwrap(), many, "each once");

    let watches = read(Filter { kind: Some("watch".into()), ..Filter::default() }).await;
    assert!(watches.len() == 53 && watches.iter().all(|entry| entry.name == "Ana"));
    let hers = read(Filter { member: Some(olivia.id), ..Filter::default() }).await;
    assert!(hers.len() == 52 && hers.iter().all(|entry| entry.name == "Olivia"));
    let (from, until) = (Some(noon() + seconds(1)), Some(noon() + seconds(2)));
    assert_eq!(read(Filter { from, until, ..Filter::default() }).await.len(), 40);
    let known = filters(desk, olivia).await.unwrap();
    assert_eq!(known.kinds, [("Settings".into(), "settings".into()), ("Watch".into(), "watch".into())]);
    assert_eq!(known.members.len(), 3);
}
