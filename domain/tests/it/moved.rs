//! A customer gets another number or user id and stays one contact; whose number it was before is nobody's.

use crate::world::{World, noon, seconds};
use domain::contact::moved::{Moved, heed_all};
use domain::contact::{Known, Phone, duplicates, profile_store};
use domain::delivery::Outcome;
use domain::{ChatId, Timestamp};
use sqlx::PgPool;

const BEFORE: &str = "4917612345678";
const AFTER: &str = "4917699999999";

fn phone(digits: &str) -> Known {
    Known { phone: Some(Phone::parse(digits).unwrap()), ..Known::default() }
}

fn bsuid(id: &str) -> Known {
    Known { bsuid: Some(id.into()), ..Known::default() }
}

impl World {
    /// WhatsApp says that a customer is known by something else.
    async fn moves(&self, from: Known, to: Known, at: Timestamp, now: Timestamp) -> Option<Outcome> {
        let key = format!("h:{from:?}{to:?}{at}");
        let mut tx = self.desk.begin().await.unwrap();
        let said = [(self.channel, Moved { from, to, at, key })];
        let outcome = heed_all(&mut tx, &said, now).await.unwrap().into_iter().next().unwrap();
        tx.commit().await.unwrap();
        outcome
    }

    async fn writes_as(&self, known: Known, who: u64, at: Timestamp) -> ChatId {
        let mut incoming = self.incoming(who, "Hello", at);
        incoming.from = known;
        let wamid = incoming.wamid.clone();
        self.receive(incoming, at).await.unwrap();
        domain::message::store::chat_of(&self.desk, &wamid).await.unwrap()
    }

    async fn known_as(&self, chat: ChatId) -> Vec<(String, String)> {
        profile_store::profile(&self.desk, &self.ana, chat).await.unwrap().identities
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn with_another_number_they_are_the_same_customer_and_the_old_one_is_nobodys(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.writes_as(phone(BEFORE), 1, noon()).await;
    let (at, now) = (noon() + seconds(50), noon() + seconds(60));
    assert_eq!(world.moves(phone(BEFORE), phone(AFTER), at, now).await, Some(Outcome::Stored));
    assert_eq!(world.moves(phone(BEFORE), phone(AFTER), at, now).await, Some(Outcome::Repeated));
    let known = world.known_as(chat).await;
    let told = |kind: &str, digits: &str| (kind.to_owned(), format!("+{digits}"));
    assert!(known.contains(&told("Phone", AFTER)) && known.contains(&told("Former number", BEFORE)), "{known:?}");
    assert_eq!(world.writes_as(phone(AFTER), 1, now + seconds(1)).await, chat);
    let profile = profile_store::profile(&world.desk, &world.ana, chat).await.unwrap();
    let said: Vec<_> = profile.journey.iter().map(|step| step.what.sentence(&step.by)).collect();
    assert!(said.iter().any(|said| said.contains("also known as +4917699999999")), "{said:?}");
    // Who has the number now is somebody else.
    assert_ne!(world.writes_as(phone(BEFORE), 2, now + seconds(5)).await, chat);
}

#[sqlx::test(migrations = "./migrations")]
async fn who_wrote_with_the_new_number_before_the_news_came_is_joined(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.writes_as(phone(BEFORE), 1, noon()).await;
    let changed = noon() + seconds(50);
    world.writes_as(phone(AFTER), 1, changed + seconds(10)).await;
    world.moves(phone(BEFORE), phone(AFTER), changed, changed + seconds(20)).await;
    assert_eq!(world.writes_as(phone(AFTER), 1, changed + seconds(30)).await, chat);
}

#[sqlx::test(migrations = "./migrations")]
async fn whose_number_it_was_long_before_is_suggested_and_not_joined(pool: PgPool) {
    let world = World::new(pool).await;
    let owner = world.writes_as(phone(AFTER), 2, noon()).await;
    let chat = world.writes_as(phone(BEFORE), 1, noon() + seconds(10)).await;
    let changed = noon() + seconds(5000);
    assert_eq!(world.moves(phone(BEFORE), phone(AFTER), changed, changed).await, Some(Outcome::Stored));
    assert_eq!(world.writes_as(phone(AFTER), 2, changed + seconds(10)).await, owner);
    assert_ne!(owner, chat);
    assert_ne!(world.writes_as(phone(BEFORE), 3, changed + seconds(15)).await, chat, "the old one is nobody's");
    let found = duplicates::find(&world.desk, &world.olivia, None, None).await.unwrap();
    let [pair] = found.pairs.as_slice() else { panic!("{:?}", found.pairs) };
    assert!(pair.why.contains("WhatsApp says that they have the number +4917699999999"), "{}", pair.why);
}

#[sqlx::test(migrations = "./migrations")]
async fn with_another_user_id_they_are_the_same_customer(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.writes_as(bsuid("DE.1"), 1, noon()).await;
    let at = noon() + seconds(50);
    assert_eq!(world.moves(bsuid("DE.1"), bsuid("DE.2"), at, at).await, Some(Outcome::Stored));
    assert_eq!(world.writes_as(bsuid("DE.2"), 1, at + seconds(1)).await, chat);
    // Whoever wrote first is joined: an id is never anybody else's.
    let late = world.writes_as(bsuid("DE.3"), 1, at + seconds(5)).await;
    assert_ne!(late, chat);
    world.moves(bsuid("DE.2"), bsuid("DE.3"), at + seconds(20), at + seconds(20)).await;
    assert_eq!(world.writes_as(bsuid("DE.3"), 1, at + seconds(30)).await, chat);
}

#[sqlx::test(migrations = "./migrations")]
async fn news_of_nobody_makes_nobody(pool: PgPool) {
    let world = World::new(pool).await;
    assert_eq!(world.moves(phone(BEFORE), phone(AFTER), noon(), noon()).await, Some(Outcome::Kept));
    assert_eq!(world.moves(Known::default(), phone(AFTER), noon(), noon()).await, None);
    let contacts: i64 = sqlx::query_scalar("select count(*) from contact").fetch_one(world.db.pool()).await.unwrap();
    assert_eq!(contacts, 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn back_and_forth_and_told_twice_they_stay_one(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.writes_as(phone(BEFORE), 1, noon()).await;
    let mut at = noon();
    for n in 0..4 {
        at += seconds(50);
        let (from, to) = if n % 2 == 0 { (BEFORE, AFTER) } else { (AFTER, BEFORE) };
        assert_eq!(world.moves(phone(from), phone(to), at, at).await, Some(Outcome::Stored), "{n}");
        assert_eq!(world.writes_as(phone(to), 1, at + seconds(5)).await, chat, "{n}");
    }
    let known = world.known_as(chat).await;
    assert_eq!(known.len(), 2, "one that is theirs and one that was: {known:?}");
    // The same news by another of the business's numbers.
    let mut tx = world.desk.begin().await.unwrap();
    let writer = domain::contact::moved::writer(&mut tx, &phone(AFTER)).await.unwrap();
    assert_eq!(writer, Some(phone(BEFORE)));
    assert_eq!(domain::contact::moved::writer(&mut tx, &phone(BEFORE)).await.unwrap(), None, "it is theirs");
    assert_eq!(domain::contact::moved::writer(&mut tx, &phone("4915112345678")).await.unwrap(), None);
}
