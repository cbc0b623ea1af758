//! What customers say about campaigns in WhatsApp's own menu.

use crate::world::{World, noon, seconds};
use domain::contact::preference::{Preference, heed_all};
use domain::contact::profile_store::profile;
use domain::contact::{Known, Opted, edit};
use domain::delivery::Outcome;
use domain::{ChatId, Timestamp};
use sqlx::PgPool;

async fn says(world: &World, who: Known, opted: Opted, at: Timestamp) -> Option<Outcome> {
    let key = format!("h:{opted}{at}");
    let said = Preference { from: who, opted, at, key };
    let mut tx = world.desk.begin().await.unwrap();
    let outcome = heed_all(&mut tx, &[(world.channel, said)], noon() + seconds(600)).await.unwrap();
    tx.commit().await.unwrap();
    outcome[0]
}

async fn opted(world: &World, chat: ChatId) -> (Option<(Opted, Timestamp)>, Vec<String>) {
    let profile = profile(&world.desk, &world.ana, chat).await.unwrap();
    let told = profile.journey.iter().map(|step| step.what.sentence(&step.by)).filter(|told| told.contains("opted"));
    (profile.opted, told.collect())
}

#[sqlx::test(migrations = "./migrations")]
async fn a_customers_own_word_holds_and_is_told(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "hello", noon()).await;
    let who = || Known { name: None, username: None, ..world.incoming(1, "", noon()).from };
    let at = |n| noon() + seconds(n);
    assert_eq!(says(&world, who(), Opted::Out, at(60)).await, Some(Outcome::Stored));
    let out = "The customer opted out of campaigns".to_owned();
    assert_eq!(opted(&world, chat).await, (Some((Opted::Out, at(60))), vec![out.clone()]));
    assert_eq!(says(&world, who(), Opted::Out, at(60)).await, Some(Outcome::Repeated));
    // Told late: it was said before what holds.
    assert_eq!(says(&world, who(), Opted::In, at(30)).await, Some(Outcome::Stored));
    assert_eq!(opted(&world, chat).await, (Some((Opted::Out, at(60))), vec![out.clone()]));
    says(&world, who(), Opted::In, at(90)).await;
    let both = vec!["The customer opted in to campaigns".to_owned(), out];
    assert_eq!(opted(&world, chat).await, (Some((Opted::In, at(90))), both));
    // A member hears it otherwise, later.
    edit::set_opted(&world.desk, &world.ana, chat, Opted::Out, at(120)).await.unwrap();
    says(&world, who(), Opted::In, at(100)).await;
    assert_eq!(opted(&world, chat).await.0, Some((Opted::Out, at(120))));
}

#[sqlx::test(migrations = "./migrations")]
async fn who_never_wrote_is_known_by_their_word_and_nobody_by_none(pool: PgPool) {
    let world = World::new(pool).await;
    let nobody = says(&world, Known::default(), Opted::Out, noon()).await;
    assert_eq!(nobody, None);
    let who = world.incoming(1, "", noon()).from;
    let at = noon() + seconds(1);
    assert_eq!(says(&world, who, Opted::Out, at).await, Some(Outcome::Stored));
    let chat = world.says(1, "hello", noon() + seconds(700)).await;
    assert_eq!(opted(&world, chat).await.0, Some((Opted::Out, at)));
}
