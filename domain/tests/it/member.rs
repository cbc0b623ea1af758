//! Members as Owners manage them: roles, the last Owner, invitations.

use crate::world::{World, noon, seconds};
use domain::member::{Member, Role, account, invite, session, store};
use domain::{Error, MemberId};
use sqlx::PgPool;

async fn member(world: &World, id: MemberId) -> Member {
    let mut tx = world.desk.snapshot().await.unwrap();
    store::get(&mut tx, id).await.unwrap().unwrap()
}

async fn count(world: &World, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(world.db.pool()).await.unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn owners_change_roles_but_not_their_own(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, ben, olivia) = (&world.desk, &world.ana, &world.ben, &world.olivia);
    let mut manager = ben.clone();
    manager.role = Role::Manager;
    for who in [ana, &manager] {
        for target in [ana.id, ben.id, olivia.id] {
            assert_eq!(account::set_role(desk, who, target, Role::Owner, noon()).await.unwrap_err(), Error::Forbidden);
        }
        assert_eq!(account::all(desk, who).await.unwrap_err(), Error::Forbidden);
        assert_eq!(invite::open(desk, who, noon()).await.unwrap_err(), Error::Forbidden);
        let invited = invite::invite(desk, who, "new@test.example", Role::Owner, noon()).await;
        assert_eq!(invited.err(), Some(Error::Forbidden));
    }
    let own = account::set_role(desk, olivia, olivia.id, Role::Agent, noon()).await.unwrap_err();
    assert!(matches!(own, Error::Invalid(_)), "{own}");
    let nobody = account::set_role(desk, olivia, MemberId::at(noon()), Role::Agent, noon()).await.unwrap_err();
    assert_eq!(nobody, Error::NotFound);

    account::set_role(desk, olivia, ana.id, Role::Manager, noon()).await.unwrap();
    account::set_role(desk, olivia, ana.id, Role::Manager, noon()).await.unwrap();
    assert_eq!(member(&world, ana.id).await.role, Role::Manager);
    let told = "select count(*) from feed_waiting where kind = 'member'";
    assert_eq!(count(&world, told).await, 1, "sockets are told, once");
    assert_eq!(count(&world, "select count(*) from audit where kind = 'member_role'").await, 1);
    let all = account::all(desk, olivia).await.unwrap();
    let shown: Vec<_> = all.iter().map(|one| (one.who.name.as_str(), one.who.role, one.seen)).collect();
    assert_eq!(shown, [("Ana", Role::Manager, None), ("Ben", Role::Agent, None), ("Olivia", Role::Owner, None)]);
    session::begin(&world.db, desk.id(), ana.id, None, noon() + seconds(5)).await.unwrap();
    let seen = account::all(desk, olivia).await.unwrap()[0].seen;
    assert_eq!(seen, Some(noon() + seconds(5)), "whoever signs in was here");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_workspace_keeps_an_owner(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, olivia) = (&world.desk, &world.olivia);
    account::set_role(desk, olivia, world.ana.id, Role::Owner, noon()).await.unwrap();
    let ana = member(&world, world.ana.id).await;
    // Each takes the other's role at once: one wins, the other is no Owner any more.
    let (one, other) = tokio::join!(
        account::set_role(desk, olivia, ana.id, Role::Agent, noon()),
        account::set_role(desk, &ana, olivia.id, Role::Agent, noon()),
    );
    assert_eq!([&one, &other].iter().filter(|done| done.is_ok()).count(), 1, "{one:?} {other:?}");
    assert!([one, other].contains(&Err(Error::Forbidden)));
    let owners = "select count(*) from member where role = 'owner' and deactivated_at is null";
    assert_eq!(count(&world, owners).await, 1);

    // The same where one deactivates.
    let left: uuid::Uuid =
        sqlx::query_scalar("select id from member where role = 'owner'").fetch_one(world.db.pool()).await.unwrap();
    let left = member(&world, MemberId(left)).await;
    account::set_role(desk, &left, world.ben.id, Role::Owner, noon()).await.unwrap();
    let ben = member(&world, world.ben.id).await;
    let (one, other) = tokio::join!(
        store::deactivate(desk, &left, ben.id, noon()),
        account::set_role(desk, &ben, left.id, Role::Manager, noon()),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(count(&world, owners).await, 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_invitation_leads_in_once(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, olivia) = (&world.desk, &world.olivia);
    let token = invite::invite(desk, olivia, " Carla@Test.example ", Role::Manager, noon()).await.unwrap();
    let stored: Vec<Vec<u8>> =
        sqlx::query_scalar("select token_hash from invite").fetch_all(world.db.pool()).await.unwrap();
    assert!(stored.iter().all(|hash| hex::encode(hash) != token.reveal()), "only the hash is kept");
    let shown = invite::look(&world.db, &token, noon()).await.unwrap();
    assert_eq!(
        (shown.workspace.as_str(), shown.email.as_str(), shown.role),
        ("Test", "carla@test.example", Role::Manager)
    );

    let join = |name: &'static str, word: &'static str| {
        invite::join(&world.db, &token, name, word.into(), None, noon() + seconds(60))
    };
    assert!(matches!(join(" ", "correct horse").await.err(), Some(Error::Invalid(_))), "a name is needed");
    assert!(matches!(join("Carla", "short").await.err(), Some(Error::Invalid(_))), "and a password");
    let tries = futures::future::join_all((0..3).map(|_| join("Carla", "correct horse"))).await;
    let mut done: Vec<_> = tries.into_iter().filter_map(Result::ok).collect();
    assert_eq!(done.len(), 1, "three at once, one joins");
    let session = done.remove(0);
    let carla = session::member(&world.db, &session, noon() + seconds(61)).await.unwrap().expect("signed in");
    assert_eq!((carla.name.as_str(), carla.role, carla.workspace), ("Carla", Role::Manager, desk.id()));
    assert!(invite::look(&world.db, &token, noon()).await.is_err(), "the link is used up");
    assert!(invite::open(desk, olivia, noon()).await.unwrap().is_empty());
    let again = session::sign_in(&world.db, "carla@test.example", "correct horse".into(), "", None, noon()).await;
    assert!(again.is_ok(), "the password is hers");
    let taken = invite::invite(desk, olivia, "carla@test.example", Role::Agent, noon()).await;
    assert!(matches!(taken.err(), Some(Error::Invalid(_))), "a member needs no invitation");
}

#[sqlx::test(migrations = "./migrations")]
async fn an_invitation_ends_by_time_by_hand_by_a_new_one_and_with_its_owner(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, olivia) = (&world.desk, &world.olivia);
    let ask = async |email: &str| invite::invite(desk, olivia, email, Role::Agent, noon()).await.unwrap();
    let leads = async |token: &session::Token, at| invite::look(&world.db, token, at).await.is_ok();
    for bad in ["", "carla", "@x.example", "carla@", "a b@x.example", "carla@nowhere"] {
        let refused = invite::invite(desk, olivia, bad, Role::Agent, noon()).await.err();
        assert!(matches!(refused, Some(Error::Invalid(_))), "{bad}");
    }
    let first = ask("carla@test.example").await;
    assert!(leads(&first, noon() + invite::OPEN_FOR - seconds(1)).await);
    let late = noon() + invite::OPEN_FOR;
    assert!(!leads(&first, late).await);
    assert!(invite::join(&world.db, &first, "Carla", "correct horse".into(), None, late).await.is_err());
    assert!(invite::open(desk, olivia, late).await.unwrap().is_empty());

    let second = ask("carla@test.example").await;
    assert!(!leads(&first, noon()).await && leads(&second, noon()).await, "a new link replaces the old one");
    let open = invite::open(desk, olivia, noon()).await.unwrap();
    assert_eq!(open.len(), 1);
    let agent = invite::withdraw(desk, &world.ana, open[0].id, noon()).await.unwrap_err();
    assert_eq!(agent, Error::Forbidden);
    invite::withdraw(desk, olivia, open[0].id, noon()).await.unwrap();
    assert!(!leads(&second, noon()).await);
    assert_eq!(invite::withdraw(desk, olivia, open[0].id, noon()).await.unwrap_err(), Error::NotFound);

    let third = ask("carla@test.example").await;
    account::set_role(desk, olivia, world.ana.id, Role::Owner, noon()).await.unwrap();
    let ana = member(&world, world.ana.id).await;
    account::set_role(desk, &ana, olivia.id, Role::Agent, noon()).await.unwrap();
    assert!(!leads(&third, noon()).await, "who is no Owner any more invites nobody");
    assert!(!leads(&session::Token::from_cookie("invented"), noon()).await);
}
