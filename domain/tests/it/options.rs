//! What becomes of values and segments when an option leaves its list, and of values when their attribute goes.

use crate::contacts::all;
use crate::world::{World, noon, seconds};
use domain::attribute::{Changed, Gone, Kind, Shape, Values, store, values};
use domain::contact::filter::{Condition, Part, Value};
use domain::contact::profile_store::profile;
use domain::contact::table_store;
use domain::{AttributeId, ChatId, Error, segment};
use sqlx::PgPool;
use std::sync::atomic::{AtomicI64, Ordering};

fn shape(kind: Kind, options: &[&str]) -> Shape {
    Shape {
        name: "Level".into(),
        kind,
        options: options.iter().map(|&option| option.to_owned()).collect(),
        currency: String::new(),
        help: String::new(),
        required_on_resolve: false,
        shown_to_bot: true,
    }
}

async fn level(world: &World, kind: Kind, options: &[&str], values: &[&str]) -> (AttributeId, Vec<ChatId>) {
    let id = store::create(&world.desk, &world.olivia, shape(kind, options), noon()).await.unwrap();
    let mut chats = Vec::new();
    for (who, value) in (1..).zip(values) {
        let chat = world.says(who, "hello", noon()).await;
        values::set(&world.desk, &world.ana, chat, id, value, 0, noon() + seconds(1)).await.unwrap();
        chats.push(chat);
    }
    (id, chats)
}

/// Each later than the one before.
async fn change(world: &World, id: AttributeId, shape: Shape, gone: Gone) -> domain::Result<Changed> {
    static TIMES: AtomicI64 = AtomicI64::new(60);
    let at = noon() + seconds(TIMES.fetch_add(1, Ordering::Relaxed));
    store::change(&world.desk, &world.olivia, id, shape, &gone, at).await
}

async fn said(world: &World, chats: &[ChatId]) -> Vec<String> {
    let mut said = Vec::new();
    for chat in chats {
        let found = profile(&world.desk, &world.ana, *chat).await.unwrap();
        said.extend(found.attributes.into_iter().map(|field| field.value));
    }
    said
}

async fn told(world: &World, chat: ChatId) -> String {
    let step = profile(&world.desk, &world.ana, chat).await.unwrap().journey.swap_remove(0);
    step.what.sentence(&step.by)
}

#[sqlx::test(migrations = "./migrations")]
async fn an_option_in_use_goes_with_an_answer_to_what_becomes_of_it(pool: PgPool) {
    let world = World::new(pool).await;
    let (id, chats) = level(&world, Kind::OneOf, &["Gold", "Silver", "Tin"], &["Gold", "Silver", "Gold"]).await;
    let without = |gone: &[&str]| {
        let options: Vec<_> = ["Gold", "Silver", "Tin"].into_iter().filter(|one| !gone.contains(one)).collect();
        shape(Kind::OneOf, &options)
    };
    assert_eq!(change(&world, id, without(&["Tin"]), Gone::Ask).await, Ok(Changed::Done), "nobody has it");
    let asks = Changed::Asks { options: vec!["Gold".into()], contacts: 2, segments: 0 };
    assert_eq!(change(&world, id, without(&["Gold", "Tin"]), Gone::Ask).await, Ok(asks));
    assert_eq!(said(&world, &chats).await, ["Gold", "Silver", "Gold"], "asking changes nothing");
    let no = change(&world, id, without(&["Gold", "Tin"]), Gone::Become("Gold".into())).await;
    assert_eq!(no, Err(Error::Invalid("Choose an option that stays.".into())));

    let silver = Gone::Become("Silver".into());
    assert_eq!(change(&world, id, without(&["Gold", "Tin"]), silver).await, Ok(Changed::Done));
    assert_eq!(said(&world, &chats).await, ["Silver", "Silver", "Silver"]);
    assert_eq!(told(&world, chats[0]).await, "Olivia set Level: Gold → Silver");
    assert_eq!(told(&world, chats[1]).await, "Ana set Level: Silver", "who had another has no step");

    let other = shape(Kind::OneOf, &["Bronze"]);
    assert_eq!(change(&world, id, other.clone(), Gone::Keep).await, Ok(Changed::Done));
    assert_eq!(said(&world, &chats).await, ["Silver", "Silver", "Silver"], "kept as it was");
    let last = shape(Kind::OneOf, &["Iron"]);
    assert_eq!(change(&world, id, last, Gone::Ask).await, Ok(Changed::Done), "nobody has what goes now");
}

#[sqlx::test(migrations = "./migrations")]
async fn of_several_options_only_what_goes_is_changed(pool: PgPool) {
    let world = World::new(pool).await;
    let (id, chats) = level(&world, Kind::ManyOf, &["A", "B", "C"], &["A\nB", "B\nC", "A", "C"]).await;
    let become_c = change(&world, id, shape(Kind::ManyOf, &["c", "B"]), Gone::Become("c".into())).await;
    assert_eq!(become_c, Ok(Changed::Done), "what is only written otherwise is the same option");
    assert_eq!(said(&world, &chats).await, ["c\nB", "c\nB", "c", "c"], "each once, in the list's order");
    let cleared = change(&world, id, shape(Kind::ManyOf, &["B"]), Gone::Clear).await;
    assert_eq!(cleared, Ok(Changed::Done));
    assert_eq!(said(&world, &chats).await, ["B", "B", "", ""]);
    assert_eq!(told(&world, chats[3]).await, "Olivia set Level: c → nothing");
}

#[sqlx::test(migrations = "./migrations")]
async fn segments_ask_for_what_an_option_becomes(pool: PgPool) {
    let world = World::new(pool).await;
    let (id, _) = level(&world, Kind::OneOf, &["Gold", "Silver"], &["Silver"]).await;
    let asks = |options: &[&str]| {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Condition::Attribute { attribute: id, is: Value::AnyOf(options) }
    };
    segment::store::save(&world.desk, &world.olivia, None, "Best", all([asks(&["Gold", "Silver"])]), noon())
        .await
        .unwrap();
    let asked = Changed::Asks { options: vec!["Gold".into()], contacts: 0, segments: 1 };
    assert_eq!(change(&world, id, shape(Kind::OneOf, &["Silver"]), Gone::Ask).await, Ok(asked));
    change(&world, id, shape(Kind::OneOf, &["Silver"]), Gone::Become("Silver".into())).await.unwrap();
    let setting = table_store::setting(&world.desk, &world.olivia, noon()).await.unwrap();
    assert_eq!(setting.segments[0].filter.parts, [Part::Condition(asks(&["Silver"]))]);
}

#[sqlx::test(migrations = "./migrations")]
async fn values_that_go_with_their_attribute_are_told_in_the_journey(pool: PgPool) {
    let world = World::new(pool).await;
    let (id, chats) = level(&world, Kind::OneOf, &["Gold"], &["Gold"]).await;
    store::delete(&world.desk, &world.olivia, id, Values::Delete, noon() + seconds(60)).await.unwrap();
    assert_eq!(told(&world, chats[0]).await, "Olivia set Level: Gold → nothing");
}
