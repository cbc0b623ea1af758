//! Numbers in every way of writing them, contacts added by hand, opt-in, blocking, and the counters recounted.

use crate::world::{World, noon, seconds};
use domain::chat::{Command, Queue};
use domain::contact::{Draft, Opted, Phone, Source, edit, merge_store, profile_store};
use domain::{ChatId, ContactId, Error, Result};
use sqlx::PgPool;

impl World {
    async fn adds(&self, phone: &str, name: &str) -> Result<ContactId> {
        let draft = Draft { phone: phone.into(), name: name.into(), source: String::new(), opted: Some(Opted::In) };
        edit::add(&self.desk, &self.olivia, &draft, noon()).await
    }

    async fn writes_from(&self, number: &str, who: u64) -> ChatId {
        let mut incoming = self.incoming(who, "Hello", noon());
        incoming.from.phone = Some(Phone::parse(number).unwrap());
        incoming.from.bsuid = None;
        let wamid = incoming.wamid.clone();
        self.receive(incoming, noon()).await.unwrap();
        domain::message::store::chat_of(&self.desk, &wamid).await.unwrap()
    }

    async fn blocks(&self, member: &domain::member::Member, chat: ChatId, blocked: bool) -> Result<()> {
        edit::set_blocked(&self.desk, member, chat, blocked, noon() + seconds(50)).await
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn one_number_is_one_contact_however_it_is_written(pool: PgPool) {
    let world = World::new(pool).await;
    for (n, (first, second)) in [
        ("5511987654321", "551187654321"),
        ("553188887777", "5531988887777"),
        ("5215512345678", "525512345678"),
        ("523312345678", "5213312345678"),
        ("5491123456789", "541123456789"),
        ("543511234567", "5493511234567"),
    ]
    .into_iter()
    .enumerate()
    {
        let who = u64::try_from(n).unwrap();
        assert_eq!(world.writes_from(first, who).await, world.writes_from(second, who).await, "{first} and {second}");
    }
    assert!(world.adds("+54 11 15 2345-6789", "Known").await.is_err(), "known by another way of writing it");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_contact_added_by_hand_is_known_when_they_write(pool: PgPool) {
    let world = World::new(pool).await;
    world.adds("+55 (11) 98765-4321", "  Ana   Lima ").await.unwrap();
    assert!(world.adds("551187654321", "").await.unwrap_err().to_string().contains("already"));
    let chat = world.writes_from("551187654321", 1).await;
    let profile = profile_store::profile(&world.desk, &world.ana, chat).await.unwrap();
    assert_eq!((profile.source, profile.opted.map(|(opted, _)| opted)), (Source::Member, Some(Opted::In)));
    assert!(profile.journey.iter().any(|step| step.what.sentence(&step.by) == "Olivia added this contact"));
    let draft = Draft { phone: "+447700900999".into(), ..Draft::default() };
    assert_eq!(edit::add(&world.desk, &world.ana, &draft, noon()).await.unwrap_err(), Error::Forbidden);
    let draft = Draft { phone: "nonsense".into(), ..Draft::default() };
    assert!(matches!(edit::add(&world.desk, &world.olivia, &draft, noon()).await, Err(Error::Invalid(_))));
}

#[sqlx::test(migrations = "./migrations")]
async fn opt_in_is_noted_by_whoever_sees_the_chat(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let set = |member, opted| edit::set_opted(&world.desk, member, chat, opted, noon() + seconds(40));
    set(&world.ben, Opted::In).await.unwrap();
    set(&world.ben, Opted::In).await.unwrap();
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    assert_eq!(set(&world.ben, Opted::Out).await.unwrap_err(), Error::NotFound);
    assert_eq!(set(&world.olivia, Opted::Out).await.unwrap_err(), Error::NotFound);
    set(&world.ana, Opted::Out).await.unwrap();
    let profile = profile_store::profile(&world.desk, &world.ana, chat).await.unwrap();
    assert_eq!(profile.opted, Some((Opted::Out, noon() + seconds(40))));
    let steps: i64 =
        world.ask("select count(*) from journey where kind = 'opted_changed' and chat_id = $1", chat).await;
    assert_eq!(steps, 2);
}

#[sqlx::test(migrations = "./migrations")]
async fn nothing_is_sent_to_who_is_blocked_and_what_they_write_is_kept(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "Hello", noon()).await;
    assert_eq!(world.blocks(&world.ana, chat, true).await.unwrap_err(), Error::Forbidden, "she does not hold it");
    let queued = "select count(*) from outbox where state = 'queued' and chat_id = $1";
    assert!(world.ask::<i64>(queued, chat).await > 0, "the bot's greeting waits");
    world.blocks(&world.olivia, chat, true).await.unwrap();
    assert_eq!(world.ask::<i64>(queued, chat).await, 0);
    let said: i64 = world.ask("select count(*) from message where chat_id = $1", chat).await;
    assert_eq!(world.asks(1, noon() + seconds(60)).await, chat);
    assert_eq!(world.ask::<i64>("select count(*) from message where chat_id = $1", chat).await, said + 1);
    assert_eq!(world.queue(chat).await, Queue::Active, "no request is opened");
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(61)).await.unwrap();
    let refused = world.sends(&world.ana, chat, "hi", noon() + seconds(62)).await.unwrap_err();
    assert!(refused.to_string().contains("blocked"), "{refused}");
    assert_eq!(world.blocks(&world.olivia, chat, false).await.unwrap_err(), Error::NotFound, "Ana holds it");
    world.blocks(&world.ana, chat, false).await.unwrap();
    world.sends(&world.ana, chat, "hi", noon() + seconds(63)).await.unwrap();
    let kinds: Vec<String> = sqlx::query_scalar("select kind from audit where kind like 'contact%' order by kind")
        .fetch_all(world.db.pool())
        .await
        .unwrap();
    assert_eq!(kinds, ["contact_blocked", "contact_unblocked"]);
}

#[sqlx::test(migrations = "./migrations")]
async fn counters_are_what_the_messages_say_also_of_who_was_merged(pool: PgPool) {
    let world = World::new(pool).await;
    let a = world.asks(1, noon()).await;
    world.does(&world.ana, a, Command::Intervene, noon() + seconds(5)).await.unwrap();
    world.sends(&world.ana, a, "hi", noon() + seconds(6)).await.unwrap();
    let note = domain::MessageId::at(noon());
    domain::message::note::write(&world.desk, &world.ana, a, note, "a note", noon() + seconds(7)).await.unwrap();
    world.does(&world.ana, a, Command::Resolve { outcome: None, note: None }, noon() + seconds(8)).await.unwrap();
    world.asks(1, noon() + seconds(700)).await;
    let b = world.asks(2, noon() + seconds(710)).await;
    let recount = "select sum(n)::bigint from (
        select count(*) filter (where m.author <> 'system' and not m.body ? 'note') as n
        from message m join chat c on c.id = m.chat_id join contact p on p.id = c.contact_id
        where p.id = (select contact_id from chat where id = $1) or p.merged_into = (select contact_id from chat where id = $1)) t";
    let requests = "select count(*) from journey j join contact p on p.id = j.contact_id where j.kind = 'requested'
        and (p.id = (select contact_id from chat where id = $1) or p.merged_into = (select contact_id from chat where id = $1))";
    let check = async |chat: ChatId| {
        let profile = profile_store::profile(&world.desk, &world.olivia, chat).await.unwrap();
        assert_eq!(profile.session_messages, world.ask::<i64>(recount, chat).await);
        assert_eq!(profile.unresolved_queries, world.ask::<i64>(requests, chat).await);
        assert_eq!(profile.template_messages, 0, "no templates are sent yet");
        profile.session_messages
    };
    let apart = check(a).await + check(b).await;
    let contact = async |chat| ContactId(world.ask("select contact_id from chat where id = $1", chat).await);
    let (into, from) = (contact(a).await, contact(b).await);
    merge_store::merge(&world.desk, &world.olivia, into, from, noon() + seconds(720)).await.unwrap();
    assert_eq!(check(a).await, apart);
    world.says(2, "more", noon() + seconds(730)).await;
    check(a).await;
}

/// Wherever it is queued, and whatever put it back there.
#[sqlx::test(migrations = "./migrations")]
async fn what_waits_for_the_blocked_in_another_chat_or_is_tried_again_is_not_sent(pool: PgPool) {
    use domain::outbox::claim;
    use domain::outbox::{Answer, store};
    let world = World::new(pool).await;
    let chat = world.says(1, "Hello", noon()).await;
    let mut tx = world.desk.begin().await.unwrap();
    let app = sqlx::query_scalar("select app_id from channel").fetch_one(world.db.pool()).await.unwrap();
    let number = domain::channel::store::NewChannel {
        app: domain::AppId(app),
        phone_number_id: "second",
        waba_id: "200",
        display_phone: "+1 555 0101",
        name: "Second",
        access_token: "t",
    };
    let second = domain::channel::store::add(&mut tx, &number, noon()).await.unwrap();
    domain::message::receive::receive(&mut tx, second, world.incoming(1, "Hello", noon()), noon()).await.unwrap();
    tx.commit().await.unwrap();
    let claims = claim::claim(&world.db, 64, noon()).await.unwrap();
    let claim = claims.into_iter().find(|claim| claim.chat == chat).unwrap();
    world.blocks(&world.olivia, chat, true).await.unwrap();
    let failure = domain::message::Failure::own("Try again later.");
    store::record(&world.db, &claim, Answer::Later { failure, pair: false }, 0.0, noon()).await.unwrap();
    sqlx::query("update outbox set state = 'queued' where state = 'sending'").execute(world.db.pool()).await.unwrap();
    assert_eq!(world.deliver(noon() + seconds(3600)).await.len(), 0);
    assert_eq!(world.number("select count(*) from outbox where state <> 'withdrawn'").await, 0);
    assert_eq!(world.number("select count(*) from message where author = 'bot' and delivery <> 'withdrawn'").await, 0);
}
