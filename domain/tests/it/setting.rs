//! Settings: who changes them, what two who change at once get, and what is noted of it.

use crate::world::{World, noon, seconds};
use domain::audit::Filter;
use domain::hours::Hours;
use domain::member::Role;
use domain::setting::Settings;
use domain::setting::store::{change, look_at_hours, read};
use domain::{Error, audit};
use sqlx::PgPool;

#[sqlx::test(migrations = "./migrations")]
async fn supervisors_change_them_and_agents_do_not(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, olivia) = (&world.desk, &world.ana, &world.olivia);
    let mut manager = world.ben.clone();
    manager.role = Role::Manager;
    let before = read(desk, olivia).await.unwrap();
    assert_eq!(before, Settings::default());
    let mut after = before.clone();
    after.hours.on = true;
    after.accept_within = 60;
    assert_eq!(read(desk, ana).await.unwrap_err(), Error::Forbidden);
    assert_eq!(change(desk, ana, &before, &after, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(look_at_hours(ana, &after.hours, noon()).unwrap_err(), Error::Forbidden);
    assert_eq!(change(desk, &manager, &before, &after, noon()).await.unwrap(), after);
    assert_eq!(read(desk, olivia).await.unwrap(), after);
    // Back to what holds by default: no rows are left.
    change(desk, olivia, &after, &before, noon() + seconds(1)).await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from setting").fetch_one(world.db.pool()).await.unwrap();
    assert_eq!(left, 0);
    let (entries, _) = audit::store::page(desk, olivia, &Filter::default(), None).await.unwrap();
    let said: Vec<_> = entries.into_iter().map(|entry| format!("{} {}", entry.name, entry.what)).collect();
    assert_eq!(
        said,
        [
            "Olivia changed settings: accept within, 60 → 120 seconds; business hours: on → off",
            "Ben changed settings: accept within, 120 → 60 seconds; business hours: off → on",
        ]
    );
    let told: i64 = sqlx::query_scalar("select count(*) from feed_waiting where kind = 'defined'")
        .fetch_one(world.db.pool())
        .await
        .unwrap();
    assert_eq!(told, 2, "other screens hear of it");
}

#[sqlx::test(migrations = "./migrations")]
async fn two_who_change_at_once_lose_nothing(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, olivia) = (&world.desk, &world.olivia);
    let seen = Settings::default();
    let mut hers = seen.clone();
    hers.asking.words = vec!["help".into()];
    change(desk, olivia, &seen, &hers, noon()).await.unwrap();
    // Something else, from a page that does not know of it: both hold.
    let mut his = seen.clone();
    his.away_after = 600;
    let both = change(desk, olivia, &seen, &his, noon()).await.unwrap();
    assert_eq!((both.away_after, &both.asking), (600, &hers.asking));
    // The same setting: refused, and nothing of it is changed.
    let mut clash = seen.clone();
    clash.asking.misses = None;
    clash.give_back_after = 60;
    let refused = change(desk, olivia, &seen, &clash, noon()).await.unwrap_err();
    let says = "Somebody else has changed asking for a person meanwhile. Look at theirs first.";
    assert_eq!(refused, Error::Invalid(says.into()));
    assert_eq!(read(desk, olivia).await.unwrap(), both);
    // The same change twice is one.
    assert_eq!(change(desk, olivia, &seen, &hers, noon()).await.unwrap(), both);
    let noted: i64 = sqlx::query_scalar("select count(*) from audit").fetch_one(world.db.pool()).await.unwrap();
    assert_eq!(noted, 2);
}

#[sqlx::test(migrations = "./migrations")]
async fn what_makes_no_sense_is_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let seen = Settings::default();
    let refused = async |spoil: fn(&mut Settings)| {
        let mut after = seen.clone();
        spoil(&mut after);
        let refused = change(&world.desk, &world.olivia, &seen, &after, noon()).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{refused}");
        refused.to_string()
    };
    assert_eq!(
        refused(|settings| settings.hours.zone = "Europe/Nowhere".into()).await,
        "“Europe/Nowhere” is not a time zone."
    );
    refused(|settings| settings.accept_within = 1).await;
    refused(|settings| settings.asking.words = vec!["!".into()]).await;
    refused(|settings| settings.hours.week[0][0].to = 540).await;
    refused(|settings| settings.welcome_message.text = "x".repeat(2001)).await;
    assert_eq!(read(&world.desk, &world.olivia).await.unwrap(), seen);
}

#[sqlx::test(migrations = "./migrations")]
async fn hours_are_looked_at_before_they_are_saved(pool: PgPool) {
    let world = World::new(pool).await;
    let look = |hours: &Hours| look_at_hours(&world.olivia, hours, noon());
    let mut hours = Hours { on: true, ..Hours::default() };
    assert_eq!(look(&hours), Ok((true, "Open now.".into())));
    hours.zone = "Pacific/Auckland".into();
    assert_eq!(look(&hours), Ok((false, "Closed now. Opens today at 09:00.".into())));
    hours.week = Default::default();
    assert_eq!(look(&hours), Ok((false, "Closed, and never open within a year.".into())));
    assert_eq!(look(&Hours::default()), Ok((true, "Always open.".into())));
    hours.zone = "Nowhere".into();
    assert!(look(&hours).is_err());
}
