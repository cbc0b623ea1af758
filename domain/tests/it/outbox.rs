//! Sending: a claim is one claim, a chat is in order, doubt is settled or shown.

use crate::world::{World, noon, seconds, wamid};
use domain::ChatId;
use domain::chat::Command;
use domain::message::{Body, Delivery, Failure};
use domain::outbox::claim;
use domain::outbox::settle::{self, Status};
use domain::outbox::{Answer, SETTLE, store};
use futures::future::join_all;
use sqlx::PgPool;

async fn held(world: &World) -> ChatId {
    let chat = world.asks(1, noon()).await;
    world.deliver(noon() + seconds(1)).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(2)).await.unwrap();
    chat
}

async fn delivery(world: &World, message: domain::MessageId) -> String {
    sqlx::query_scalar("select delivery from message where id = $1")
        .bind(message.0)
        .fetch_one(world.db.pool())
        .await
        .unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn a_chat_is_sent_in_order_and_each_message_claimed_once(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world).await;
    let mut at = noon() + seconds(10);
    for n in 1..=5 {
        at += seconds(1);
        world.sends(&world.ana, chat, &format!("line {n}"), at).await.unwrap();
    }
    let mut said = Vec::new();
    for _ in 0..5 {
        let tries = join_all((0..8).map(|_| claim::claim(&world.db, 10, at))).await;
        let claims: Vec<_> = tries.into_iter().flat_map(Result::unwrap).collect();
        assert_eq!(claims.len(), 1, "eight claim at once, one gets the chat's next message");
        let Body::Text { text } = &claims[0].body else { panic!("{:?}", claims[0].body) };
        said.push(text.clone());
        store::record(&world.db, &claims[0], Answer::Accepted { wamid: wamid() }, 0.0, at).await.unwrap();
    }
    assert_eq!(said, ["line 1", "line 2", "line 3", "line 4", "line 5"]);
    assert!(claim::claim(&world.db, 10, at).await.unwrap().is_empty());
}

#[sqlx::test(migrations = "./migrations")]
async fn the_bot_says_nothing_more_once_an_agent_has_intervened(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(1)).await.unwrap();
    assert!(claim::claim(&world.db, 10, noon() + seconds(2)).await.unwrap().is_empty());
    let withdrawn: i64 = world
        .ask("select count(*) from message where author = 'bot' and delivery = 'withdrawn' and chat_id = $1", chat)
        .await;
    let bots: i64 = world.ask("select count(*) from message where author = 'bot' and chat_id = $1", chat).await;
    assert!(withdrawn > 0 && withdrawn == bots, "{withdrawn} of {bots}");
    let before: i64 = world.ask("select last_seq from chat where id = $1", chat).await;
    world.says(1, "track my order", noon() + seconds(3)).await;
    let after: i64 = world.ask("select last_seq from chat where id = $1", chat).await;
    assert_eq!(after, before + 1, "the customer's word and no answer");
}

#[sqlx::test(migrations = "./migrations")]
async fn doubt_is_settled_by_a_status_or_shown(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world).await;
    let at = noon() + seconds(10);
    let first = world.sends(&world.ana, chat, "first", at).await.unwrap();
    let claim = claim::claim(&world.db, 1, at).await.unwrap().remove(0);
    store::record(&world.db, &claim, Answer::Unknown, 0.0, at).await.unwrap();
    // The status arrives before anybody asks, naming the attempt.
    let status = Status {
        wamid: wamid(),
        delivery: Delivery::Delivered,
        at: at + seconds(1),
        failure: None,
        attempt: Some(claim.attempt),
    };
    let mut tx = world.desk.begin().await.unwrap();
    settle::status(&mut tx, world.channel, status, at + seconds(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(delivery(&world, first).await, "delivered");

    // Nothing comes: after two minutes it says so, and is not sent again by itself.
    let second = world.sends(&world.ana, chat, "second", at + seconds(5)).await.unwrap();
    let claim = claim::claim(&world.db, 1, at + seconds(5)).await.unwrap().remove(0);
    store::record(&world.db, &claim, Answer::Unknown, 0.0, at + seconds(6)).await.unwrap();
    let late = at + seconds(6) + SETTLE + seconds(60);
    store::give_up(&world.db, late).await.unwrap();
    assert_eq!(delivery(&world, second).await, "unknown");
    assert!(claim::claim(&world.db, 9, late).await.unwrap().is_empty());
    // The agent decides.
    domain::message::store::send_again(&world.desk, &world.ana, chat, second, late).await.unwrap();
    let again = claim::claim(&world.db, 9, late).await.unwrap().remove(0);

    // An answer comes after the attempt was given up: a limit is no reason to send it after all, a refusal is an answer.
    let over = late + SETTLE + SETTLE;
    for _ in 0..2 {
        store::give_up(&world.db, over).await.unwrap();
    }
    let refused = || Failure::from_code(131_026, "undeliverable".into());
    store::record(&world.db, &claim, Answer::Refused(refused()), 0.0, over).await.unwrap();
    store::record(&world.db, &again, Answer::Later { failure: refused(), pair: false }, 0.0, over).await.unwrap();
    assert_eq!(delivery(&world, second).await, "unknown", "neither is the answer to this attempt, to be acted on");
    assert!(claim::claim(&world.db, 9, over + seconds(900)).await.unwrap().is_empty());
    store::record(&world.db, &again, Answer::Refused(refused()), 0.0, over).await.unwrap();
    assert_eq!(delivery(&world, second).await, "failed");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_process_that_dies_leaves_its_claim_to_doubt_not_to_a_second_send(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world).await;
    let at = noon() + seconds(10);
    let message = world.sends(&world.ana, chat, "hello", at).await.unwrap();
    assert_eq!(claim::claim(&world.db, 1, at).await.unwrap().len(), 1);
    let later = at + domain::outbox::LEASE + seconds(1);
    store::give_up(&world.db, later).await.unwrap();
    assert!(claim::claim(&world.db, 9, later).await.unwrap().is_empty(), "it may have been sent");
    store::give_up(&world.db, later + SETTLE + SETTLE).await.unwrap();
    assert_eq!(delivery(&world, message).await, "unknown");
}

#[sqlx::test(migrations = "./migrations")]
async fn ticks_never_go_back_and_a_status_may_come_before_the_answer(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world).await;
    let at = noon() + seconds(10);
    let message = world.sends(&world.ana, chat, "hello", at).await.unwrap();
    let claim = claim::claim(&world.db, 1, at).await.unwrap().remove(0);
    let id = wamid();
    for (delivery, attempt) in
        [(Delivery::Read, None), (Delivery::Delivered, Some(claim.attempt)), (Delivery::Sent, Some(claim.attempt))]
    {
        let status = Status { wamid: id.clone(), delivery, at: at + seconds(1), failure: None, attempt };
        for _ in 0..2 {
            let mut tx = world.desk.begin().await.unwrap();
            settle::status(&mut tx, world.channel, status.clone(), at + seconds(1)).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
    store::record(&world.db, &claim, Answer::Accepted { wamid: id }, 0.0, at + seconds(2)).await.unwrap();
    assert_eq!(delivery(&world, message).await, "read");
}

#[sqlx::test(migrations = "./migrations")]
async fn limits_are_waited_for_and_refusals_are_final(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world).await;
    let at = noon() + seconds(10);
    let message = world.sends(&world.ana, chat, "hello", at).await.unwrap();
    let claim = claim::claim(&world.db, 1, at).await.unwrap().remove(0);
    let failure = Failure::from_code(131_056, "pair rate".into());
    store::record(&world.db, &claim, Answer::Later { failure, pair: true }, 0.0, at).await.unwrap();
    assert!(claim::claim(&world.db, 1, at).await.unwrap().is_empty(), "not at once");
    let claim = claim::claim(&world.db, 1, at + seconds(90)).await.unwrap().remove(0);
    let failure = Failure::from_code(131_026, "undeliverable".into());
    store::record(&world.db, &claim, Answer::Refused(failure), 0.0, at + seconds(90)).await.unwrap();
    assert_eq!(delivery(&world, message).await, "failed");
    assert!(claim::claim(&world.db, 1, at + seconds(900)).await.unwrap().is_empty());
}

#[sqlx::test(migrations = "./migrations")]
async fn what_cannot_be_taken_holds_up_its_own_chat_alone_and_loses_no_claim(pool: PgPool) {
    let world = World::new(pool).await;
    let chats = [world.says(1, "Hello", noon()).await, world.says(2, "Hello", noon()).await];
    // The chat that is claimed second holds what this version cannot read.
    let first: uuid::Uuid = sqlx::query_scalar("select chat_id from outbox order by not_before, seq limit 1")
        .fetch_one(world.db.pool())
        .await
        .unwrap();
    let [good, bad] = if chats[0].0 == first { chats } else { [chats[1], chats[0]] };
    let strange = "update message set body = '{\"hologram\": {}}' where chat_id = $1 and author = 'bot'";
    sqlx::query(strange).bind(bad.0).execute(world.db.pool()).await.unwrap();
    let at = noon() + seconds(1);
    let claims = claim::claim(&world.db, 64, at).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.chat).collect::<Vec<_>>(), [good]);
    let states = "select count(*) from outbox where state = 'sending'";
    assert_eq!(world.number(states).await, 1, "nothing else is under way");
    // It is tried again, and does not stand before others at once.
    let next: domain::Timestamp = world.ask("select min(not_before) from outbox where chat_id = $1", bad).await;
    assert_eq!(next, at + seconds(60));
    let plain = "update message set body = '{\"text\": {\"text\": \"hi\"}}' where chat_id = $1 and author = 'bot'";
    sqlx::query(plain).bind(bad.0).execute(world.db.pool()).await.unwrap();
    let claims = claim::claim(&world.db, 64, next).await.unwrap();
    assert!(claims.iter().any(|claim| claim.chat == bad));
}
