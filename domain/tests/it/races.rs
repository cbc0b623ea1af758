//! What several do at once.

use crate::world::{World, noon, seconds};
use domain::chat::{Command, Queue, Refusal, act};
use domain::delivery::Outcome;
use domain::member::Role;
use domain::member::store::NewMember;
use domain::{Error, member};
use futures::future::join_all;
use sqlx::PgPool;

#[sqlx::test(migrations = "./migrations")]
async fn twenty_intervene_at_once_and_one_wins(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let mut tx = world.desk.begin().await.unwrap();
    let mut agents = Vec::new();
    for n in 0..20 {
        let (email, name) = (format!("a{n}@test.example"), format!("Agent {n}"));
        let new = NewMember { email: &email, name: &name, role: Role::Agent, password_hash: None };
        let id = member::store::add(&mut tx, &new, noon()).await.unwrap();
        agents.push(member::store::get(&mut tx, id).await.unwrap().unwrap());
    }
    tx.commit().await.unwrap();
    let at = noon() + seconds(30);
    let crowd = world.crowd().await;
    let desk = &crowd.workspace(world.desk.id());
    let tries = agents.iter().map(|agent| act::by_member(desk, agent, chat, Command::Intervene, at));
    let mut holding = world.desk.begin().await.unwrap();
    domain::chat::store::lock(&mut holding, chat).await.unwrap();
    let results = world.at_once(holding.rollback(), tries).await;
    crowd.pool().close().await;
    let winners: Vec<_> = agents.iter().zip(&results).filter(|(_, result)| result.is_ok()).collect();
    assert_eq!(winners.len(), 1);
    let winner = winners[0].0;
    for result in results.iter().filter(|result| result.is_err()) {
        let told = Error::Refused(Refusal::AlreadyHeld { by: winner.id, name: Some(winner.name.clone()) });
        assert_eq!(result.as_ref().unwrap_err(), &told, "the others are told who was faster");
    }
    let holder: uuid::Uuid = world.ask("select holder from chat where id = $1", chat).await;
    assert_eq!(holder, winner.id.0);
    let told: i64 = world.ask("select count(*) from journey where kind = 'intervened' and chat_id = $1", chat).await;
    assert_eq!(told, 1, "the journey tells of one");
}

#[sqlx::test(migrations = "./migrations")]
async fn one_message_twenty_times_at_once_is_filed_once(pool: PgPool) {
    let world = World::new(pool).await;
    let incoming = world.incoming(1, "Hello", noon());
    let crowd = world.crowd().await;
    let (desk, channel) = (&crowd.workspace(world.desk.id()), world.channel);
    let results = join_all((0..20).map(|_| {
        let incoming = incoming.clone();
        async move {
            let mut tx = desk.begin().await?;
            let outcome = domain::message::receive::receive(&mut tx, channel, incoming, noon()).await?;
            tx.commit().await.map(|()| outcome)
        }
    }))
    .await;
    crowd.pool().close().await;
    let filed = results.iter().filter(|result| matches!(result, Ok(Outcome::Stored))).count();
    let repeated = results.iter().filter(|result| matches!(result, Ok(Outcome::Repeated))).count();
    assert_eq!((filed, repeated), (1, 19));
    let chat = domain::message::store::chat_of(&world.desk, &incoming.wamid).await.unwrap();
    let by_customer: i64 =
        world.ask("select count(*) from message where author = 'customer' and chat_id = $1", chat).await;
    let greetings: i64 = world.ask("select count(*) from message where author = 'bot' and chat_id = $1", chat).await;
    assert_eq!((by_customer, greetings), (1, 2), "the message once, answered once: greeting and menu");
}

#[sqlx::test(migrations = "./migrations")]
async fn new_customers_who_write_several_things_at_once_are_one_contact(pool: PgPool) {
    let world = World::new(pool).await;
    let all = (0..12).map(|n| world.receive(world.incoming(7, &format!("word {n}"), noon()), noon()));
    for result in join_all(all).await {
        assert_eq!(result.unwrap(), Outcome::Stored);
    }
    let pool = world.db.pool();
    let contacts: i64 = sqlx::query_scalar("select count(*) from contact").fetch_one(pool).await.unwrap();
    let chats: i64 = sqlx::query_scalar("select count(*) from chat").fetch_one(pool).await.unwrap();
    assert_eq!((contacts, chats), (1, 1));
    let gaps: i64 = sqlx::query_scalar("select max(seq) - count(*) from message").fetch_one(pool).await.unwrap();
    assert_eq!(gaps, 0, "places in a thread are dense");
}

#[sqlx::test(migrations = "./migrations")]
async fn intervening_and_resolving_while_the_customer_writes_leaves_a_true_chat(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    for round in 0..6_i64 {
        let at = noon() + seconds(60 + round * 10);
        let writes = join_all((0..4).map(|n| {
            let (world, text) = (&world, format!("round {round} word {n}"));
            async move { world.receive(world.incoming(1, &text, at), at).await.map(|_| ()) }
        }));
        let command = if round % 2 == 0 { Command::Intervene } else { Command::Resolve { outcome: None, note: None } };
        let acts = world.does(&world.ana, chat, command, at);
        let (writes, acted) = futures::join!(writes, acts);
        for write in writes {
            write.unwrap();
        }
        acted.unwrap();
        let expected = if round % 2 == 0 { Queue::Intervened } else { Queue::Active };
        // After a resolve the bot may have asked for a person again: it did not understand.
        let queue = world.queue(chat).await;
        assert!(queue == expected || (expected == Queue::Active && queue == Queue::Requested), "{round}: {queue:?}");
        if round % 2 == 0 {
            let unsent: i64 = world
                .ask(
                    "select count(*) from outbox o join message m on m.id = o.message_id
                      where o.state = 'queued' and m.author = 'bot' and o.chat_id = $1",
                    chat,
                )
                .await;
            assert_eq!(unsent, 0, "nothing of the bot's waits to be sent while Ana holds the chat");
        }
    }
}
