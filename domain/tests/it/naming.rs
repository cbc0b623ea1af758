//! What a contact is called: the business's word stays, whatever customers call themselves on WhatsApp.

use crate::elsewhere::{Two, two};
use crate::world::{World, noon, seconds};
use domain::chat::{Command, List, list};
use domain::contact::directory::{self, Change};
use domain::contact::{Draft, Phone, edit, naming, profile_store};
use domain::journey::Doer;
use domain::{ChatId, Error};
use sqlx::PgPool;

impl World {
    async fn called(&self, chat: ChatId) -> Option<String> {
        profile_store::profile(&self.desk, &self.ana, chat).await.unwrap().name
    }

    async fn named_in(&self, chat: ChatId) -> Vec<String> {
        let profile = profile_store::profile(&self.desk, &self.ana, chat).await.unwrap();
        let steps = profile.journey.iter().map(|step| step.what.sentence(&step.by));
        steps.filter(|step| step.contains("name")).collect()
    }

    /// The REST API's `PUT /contacts/{phone}`.
    async fn puts(&self, who: u64, name: &str) {
        let mut tx = self.desk.begin().await.unwrap();
        let change = Change { name: Some(name.into()), ..Change::default() };
        let by = Doer::Key { name: "Shop".into() };
        directory::put(&mut tx, number(who), None, &change, &by, noon()).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn number(who: u64) -> Phone {
    Phone::parse(&format!("4477009{who:05}")).unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn what_the_business_calls_somebody_stays_when_they_write(pool: PgPool) {
    let world = World::new(pool).await;
    world.puts(1, "By API").await;
    let draft = Draft { phone: "+447700900002".into(), name: " By  hand ".into(), ..Draft::default() };
    edit::add(&world.desk, &world.olivia, &draft, noon()).await.unwrap();
    world.imports("Phone,Name\n+447700900003,By file\n").await;
    for (who, name) in [(1, "By API"), (2, "By hand"), (3, "By file")] {
        for n in 1..=2 {
            let chat = world.says(who, "Hello", noon() + seconds(n)).await;
            assert_eq!(world.called(chat).await.as_deref(), Some(name));
            assert_eq!(world.named_in(chat).await, Vec::<String>::new(), "nobody was renamed");
        }
    }
    // Who came without a name is called as they call themselves.
    let draft = Draft { phone: "+447700900004".into(), ..Draft::default() };
    edit::add(&world.desk, &world.olivia, &draft, noon()).await.unwrap();
    let chat = world.says(4, "Hello", noon() + seconds(5)).await;
    assert_eq!(world.called(chat).await.as_deref(), Some("Customer 4"));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_name_given_later_stays_too_also_where_it_is_their_own(pool: PgPool) {
    let world = World::new(pool).await;
    let mut chats = Vec::new();
    for who in 1..=4 {
        chats.push(world.says(who, "Hello", noon()).await);
    }
    world.puts(1, "By API").await;
    world.imports("Phone,Name\n+447700900002,By file\n+447700900004,Customer 4\n").await;
    world.puts(3, "Customer 3").await;
    for (who, name) in [(1, "By API"), (2, "By file"), (3, "Customer 3"), (4, "Customer 4")] {
        let mut incoming = world.incoming(who, "Me again", noon() + seconds(9));
        incoming.from.name = Some("Newname".into());
        world.receive(incoming, noon() + seconds(9)).await.unwrap();
        let chat = chats[usize::try_from(who).unwrap() - 1];
        assert_eq!(world.called(chat).await.as_deref(), Some(name));
    }
    assert_eq!(world.named_in(chats[0]).await, ["Shop (API) changed the name: Customer 1 → By API"]);
    assert_eq!(world.named_in(chats[2]).await, Vec::<String>::new());
}

#[sqlx::test(migrations = "./migrations")]
async fn a_member_in_full_sight_names_the_customer(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let names = |member, name: &'static str| naming::rename(&world.desk, member, chat, name, noon() + seconds(40));
    names(&world.ben, "Mr  Smith").await.unwrap();
    names(&world.ben, "Mr Smith").await.unwrap();
    assert_eq!(world.named_in(chat).await, ["Ben changed the name: Customer 1 → Mr Smith"]);
    let rows = list::page(&world.desk, &world.ana, List::Requested, None).await.unwrap().rows;
    assert_eq!(rows[0].content.as_ref().unwrap().name.as_deref(), Some("Mr Smith"));
    let long = "x".repeat(121);
    for name in ["", " \0 ", &long] {
        let refused = naming::rename(&world.desk, &world.ben, chat, name, noon()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{name:?}");
    }
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(50)).await.unwrap();
    assert_eq!(names(&world.ben, "Out of sight").await.unwrap_err(), Error::NotFound);
    assert_eq!(names(&world.olivia, "Out of sight").await.unwrap_err(), Error::NotFound);
    names(&world.ana, "Ms Smith").await.unwrap();
    assert_eq!(world.called(chat).await.as_deref(), Some("Ms Smith"));
    let nameless = world.says(2, "Hello", noon()).await;
    sqlx::query("update contact set name = null").execute(world.db.pool()).await.unwrap();
    naming::rename(&world.desk, &world.ana, nameless, "Zoe", noon()).await.unwrap();
    assert_eq!(world.named_in(nameless).await, ["Ana named the customer Zoe"]);
}

/// A customer of two numbers, renamed through both chats at once: whoever comes second waits, and none for each other.
#[sqlx::test(migrations = "./migrations")]
async fn two_who_rename_a_customer_of_two_numbers_do_not_wait_for_each_other(pool: PgPool) {
    let Two { world, anas, other } = two(pool).await;
    let renames = (0..40).map(|n| {
        let (world, chat) = (&world, if n % 2 == 0 { anas } else { other });
        async move { naming::rename(&world.desk, &world.ana, chat, &format!("Name {n}"), noon() + seconds(n)).await }
    });
    for renamed in futures::future::join_all(renames).await {
        renamed.unwrap();
    }
    assert_eq!(world.number("select count(*) from journey where kind = 'renamed'").await, 40);
}
