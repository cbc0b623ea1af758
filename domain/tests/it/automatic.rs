//! Messages that are said by themselves: to whom, when, how often, and when not.

use crate::world::{World, noon, seconds};
use chrono::TimeDelta;
use domain::automatic::{Away, Delayed, Welcome, Welcomes, store};
use domain::chat::Command;
use domain::hours::Hours;
use domain::member::{Presence, presence};
use domain::setting::{Settings, store as setting};
use domain::{ChatId, Timestamp};
use futures::future::join_all;
use sqlx::PgPool;

async fn set(world: &World, change: impl FnOnce(&mut Settings)) {
    let mut tx = world.desk.snapshot().await.unwrap();
    let before = setting::load(&mut tx).await.unwrap();
    drop(tx);
    let mut after = before.clone();
    change(&mut after);
    setting::change(&world.desk, &world.olivia, &before, &after, noon()).await.unwrap();
}

/// What the bot has said in a chat, oldest first, and how far each has come.
async fn said(world: &World, chat: ChatId) -> Vec<(String, String)> {
    sqlx::query_as(
        "select coalesce(body->'text'->>'text', body->'buttons'->>'text'), delivery from message
         where chat_id = $1 and author = 'bot' order by seq",
    )
    .bind(chat.0)
    .fetch_all(world.db.pool())
    .await
    .unwrap()
}

async fn texts(world: &World, chat: ChatId) -> Vec<String> {
    said(world, chat).await.into_iter().map(|(text, _)| text).collect()
}

fn minutes(n: i64) -> TimeDelta {
    TimeDelta::minutes(n)
}

const MENU: &str = "What can I do for you?";

#[sqlx::test(migrations = "./migrations")]
async fn the_welcome_takes_the_greeting_s_place_once_a_window(pool: PgPool) {
    let world = World::new(pool).await;
    let plain = world.says(1, "hi", noon()).await;
    assert_eq!(
        texts(&world, plain).await,
        ["Hello Customer! I am the assistant of Sunny Goods.", MENU],
        "off by default"
    );
    let text = "Welcome, {first_name}.".to_owned();
    set(&world, |settings| settings.welcome_message = Welcome { on: true, text, to: Welcomes::Window }).await;
    let chat = world.says(2, "hi", noon()).await;
    assert_eq!(texts(&world, chat).await, ["Welcome, Customer.", MENU]);
    world.says(2, "hm", noon() + seconds(5)).await;
    let later = noon() + TimeDelta::hours(30);
    domain::chat::clock::close_windows(&world.db, later).await.unwrap();
    world.says(2, "hi again", later).await;
    let all = texts(&world, chat).await;
    assert_eq!(all.iter().filter(|text| *text == "Welcome, Customer.").count(), 2, "once for each window: {all:?}");

    // Only to those who are new: the others are greeted as ever.
    set(&world, |settings| settings.welcome_message.to = Welcomes::First).await;
    let new = world.says(3, "hi", later).await;
    assert_eq!(texts(&world, new).await[0], "Welcome, Customer.");
    world.says(1, "hi again", later).await;
    assert!(!texts(&world, plain).await.contains(&"Welcome, Customer.".to_owned()));

    // A message that comes twice is welcomed once.
    let twice = world.incoming(4, "hi", later);
    world.receive(twice.clone(), later).await.unwrap();
    world.receive(twice.clone(), later).await.unwrap();
    let chat = domain::message::store::chat_of(&world.desk, &twice.wamid).await.unwrap();
    assert_eq!(texts(&world, chat).await, ["Welcome, Customer.", MENU]);
}

#[sqlx::test(migrations = "./migrations")]
async fn nobody_is_welcomed_where_an_agent_is_or_the_window_is_over(pool: PgPool) {
    let world = World::new(pool).await;
    set(&world, |settings| settings.welcome_message.on = true).await;
    let held = world.asks(1, noon()).await;
    world.does(&world.ana, held, Command::Intervene, noon() + seconds(5)).await.unwrap();
    let before = texts(&world, held).await;
    assert_eq!(before[0], "Hello Customer, thank you for writing to us.", "before whatever the bot answers");
    world.says(1, "hello?", noon() + seconds(10)).await;
    assert_eq!(texts(&world, held).await, before, "the bot is silent there");
    let mut late = world.incoming(2, "hi", noon());
    late.said_at = noon() - TimeDelta::hours(25);
    let wamid = late.wamid.clone();
    world.receive(late, noon()).await.unwrap();
    let late = domain::message::store::chat_of(&world.desk, &wamid).await.unwrap();
    assert!(texts(&world, late).await.is_empty());

    // Intervene withdraws a welcome that has not gone out.
    let quick = world.says(3, "hi", noon()).await;
    world.does(&world.ana, quick, Command::Intervene, noon() + seconds(1)).await.unwrap();
    assert!(said(&world, quick).await.iter().all(|(_, delivery)| delivery == "withdrawn"));
}

#[sqlx::test(migrations = "./migrations")]
async fn without_a_flow_the_welcome_is_all_that_is_said(pool: PgPool) {
    let world = World::new(pool).await;
    sqlx::query("update flow set enabled = false").execute(world.db.pool()).await.unwrap();
    let chat = world.says(1, "an agent please", noon()).await;
    assert!(texts(&world, chat).await.is_empty());
    set(&world, |settings| settings.welcome_message.on = true).await;
    let chat = world.says(2, "an agent please", noon()).await;
    world.says(2, "hello?", noon() + seconds(1)).await;
    assert_eq!(texts(&world, chat).await, ["Hello Customer, thank you for writing to us."]);
}

/// Monday to Friday, 9 to 18 in Berlin; `noon` is a Monday, 14:00 there.
fn office() -> Hours {
    Hours { on: true, zone: "Europe/Berlin".into(), ..Hours::default() }
}

#[sqlx::test(migrations = "./migrations")]
async fn outside_hours_and_with_nobody_there_the_customer_hears_when_somebody_is(pool: PgPool) {
    let world = World::new(pool).await;
    let evening = noon() + TimeDelta::hours(8);
    set(&world, |settings| settings.hours = office()).await;
    let at_work = world.asks(1, noon()).await;
    assert!(texts(&world, at_work).await[0].starts_with("I am getting a person"));
    let flows = world.asks(2, evening).await;
    let own = "Nobody is at the desk right now. Your question is kept, and people answer tomorrow at 09:00.";
    assert_eq!(texts(&world, flows).await, [own], "the flow's words use the hours");
    set(&world, |settings| {
        settings.away_message = Away { on: true, text: "Back {opens} ({opens_date} {opens_time}).".into() }
    })
    .await;
    let away = world.asks(3, evening).await;
    assert_eq!(texts(&world, away).await, ["Back tomorrow at 09:00 (2026-06-02 09:00)."]);
    assert_eq!(world.queue(away).await, domain::chat::Queue::Requested, "the request waits all the same");

    // Within hours, but nobody is Available.
    for member in [&world.ana, &world.ben, &world.olivia] {
        presence::set(&world.desk, member.id, Presence::Away, noon()).await.unwrap();
    }
    let alone = world.asks(4, noon()).await;
    assert_eq!(texts(&world, alone).await, ["Back as soon as somebody is back ()."]);

    // What has not gone out when an agent comes is not sent.
    world.does(&world.ana, alone, Command::Intervene, noon() + seconds(1)).await.unwrap();
    assert_eq!(said(&world, alone).await[0].1, "withdrawn");
}

fn waits(settings: &mut Settings) {
    settings.delayed_message = Delayed { on: true, text: "Please wait, {first_name}.".into(), minutes: 10 };
}

async fn told(world: &World, chat: ChatId) -> usize {
    texts(world, chat).await.iter().filter(|text| *text == "Please wait, Customer.").count()
}

async fn run(world: &World, now: Timestamp) -> usize {
    join_all((0..4).map(|_| store::run_once(&world.db, now))).await.into_iter().map(Result::unwrap).sum()
}

#[sqlx::test(migrations = "./migrations")]
async fn whoever_waits_long_is_told_once_for_each_wait(pool: PgPool) {
    let world = World::new(pool).await;
    let (asking, held, bots) =
        (world.asks(1, noon()).await, world.asks(2, noon()).await, world.says(3, "hi", noon()).await);
    world.deliver(noon()).await;
    world.does(&world.ana, held, Command::Intervene, noon() + seconds(1)).await.unwrap();
    world.sends(&world.ana, held, "Hello", noon() + seconds(2)).await.unwrap();
    world.says(2, "my question", noon() + minutes(5)).await;
    assert_eq!(run(&world, noon() + minutes(60)).await, 0, "off by default");
    set(&world, waits).await;
    assert_eq!(run(&world, noon() + minutes(10) - seconds(1)).await, 0);
    assert_eq!(run(&world, noon() + minutes(10)).await, 1, "four processes, one message");
    assert_eq!(run(&world, noon() + minutes(14)).await, 0);
    assert_eq!(run(&world, noon() + minutes(15)).await, 1, "the agent has not answered for ten minutes");
    assert_eq!(run(&world, noon() + minutes(90)).await, 0, "once for each wait");
    for (chat, times) in [(asking, 1), (held, 1), (bots, 0)] {
        assert_eq!(told(&world, chat).await, times);
    }
    // Told is not answered: the wait goes on, and an answer ends it.
    let since: Option<Timestamp> = world.ask("select unanswered_since from chat where id = $1", held).await;
    assert_eq!(since, Some(noon() + minutes(5)));
    world.sends(&world.ana, held, "Here it is", noon() + minutes(91)).await.unwrap();
    world.says(2, "one more thing", noon() + minutes(92)).await;
    assert_eq!(run(&world, noon() + minutes(101)).await, 0);
    assert_eq!(run(&world, noon() + minutes(102)).await, 1, "a new wait");
    assert_eq!(told(&world, held).await, 2);

    // Passed on or taken over, the customer still waits for the same.
    world.does(&world.ben, asking, Command::Intervene, noon() + minutes(103)).await.unwrap();
    assert_eq!(run(&world, noon() + minutes(120)).await, 0);
    // What was said and not sent yet is withdrawn by whoever comes.
    let next = world.asks(4, noon() + minutes(120)).await;
    assert_eq!(run(&world, noon() + minutes(130)).await, 1);
    world.does(&world.ana, next, Command::Intervene, noon() + minutes(131)).await.unwrap();
    assert_eq!(said(&world, next).await.last().unwrap().1, "withdrawn");
}

#[sqlx::test(migrations = "./migrations")]
async fn nobody_is_told_at_night_or_after_the_window(pool: PgPool) {
    let world = World::new(pool).await;
    set(&world, |settings| {
        waits(settings);
        settings.hours = office();
    })
    .await;
    let evening = noon() + TimeDelta::hours(8);
    let chat = world.asks(1, evening).await;
    assert_eq!(run(&world, evening + minutes(60)).await, 0, "nobody is expected to answer");
    // 07:00 UTC is nine in Berlin.
    let morning: Timestamp = "2026-06-02T07:00:00Z".parse().unwrap();
    assert_eq!(run(&world, morning + minutes(9)).await, 0, "the night does not count");
    assert_eq!(run(&world, morning + minutes(10)).await, 1);
    assert_eq!(told(&world, chat).await, 1);
    let late = world.asks(2, noon()).await;
    let end = noon() + TimeDelta::hours(24);
    set(&world, |settings| settings.hours.on = false).await;
    assert_eq!(run(&world, end - seconds(60)).await, 0, "the window is as good as closed");
    assert_eq!(told(&world, late).await, 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn who_is_blocked_is_not_told_to_wait(pool: PgPool) {
    let world = World::new(pool).await;
    let (blocked, other) = (world.asks(1, noon()).await, world.asks(2, noon() + seconds(1)).await);
    set(&world, waits).await;
    domain::contact::edit::set_blocked(&world.desk, &world.olivia, blocked, true, noon() + seconds(2)).await.unwrap();
    assert_eq!(run(&world, noon() + minutes(11)).await, 1);
    assert_eq!((told(&world, blocked).await, told(&world, other).await), (0, 1));
    domain::contact::edit::set_blocked(&world.desk, &world.olivia, blocked, false, noon() + minutes(12)).await.unwrap();
    assert_eq!(run(&world, noon() + minutes(13)).await, 1, "they wait still");
}

#[sqlx::test(migrations = "./migrations")]
async fn how_long_the_bot_is_quiet_after_a_resolve_is_a_setting(pool: PgPool) {
    let world = World::new(pool).await;
    let mut answers = Vec::new();
    for (who, quiet) in [(1, 600), (2, 60)] {
        set(&world, |settings| settings.quiet_after = quiet).await;
        let chat = world.asks(who, noon()).await;
        world.does(&world.ana, chat, Command::Intervene, noon() + seconds(1)).await.unwrap();
        let resolve = Command::Resolve { outcome: Some("Solved".into()), note: None };
        world.does(&world.ana, chat, resolve, noon() + seconds(2)).await.unwrap();
        let before = texts(&world, chat).await.len();
        world.says(who, "thanks!", noon() + seconds(120)).await;
        answers.push(texts(&world, chat).await.len() - before);
    }
    assert_eq!(answers, [0, 1], "the second has waited longer than it is quiet");
}
