//! Attributes: who defines them, who sets them, who was faster, and what is required at Resolve.

use crate::world::{World, noon, seconds};
use domain::attribute::{Edited, Field, Gone, Kind, Shape, Values, store, values};
use domain::chat::{Command, Refusal, watch};
use domain::contact::filter::{Condition, Value, Words};
use domain::contact::profile_store::profile;
use domain::journey::{Doer, Happening};
use domain::member::{Member, Role, presence};
use domain::reply::Draft;
use domain::{AttributeId, ChatId, Error, ScreenId, Timestamp, reply, segment, setting};
use futures::future::join_all;
use sqlx::PgPool;

fn shape(name: &str, kind: Kind) -> Shape {
    Shape {
        name: name.into(),
        kind,
        options: ["Bronze", "Silver"].map(Into::into).to_vec(),
        currency: "EUR".into(),
        help: String::new(),
        required_on_resolve: false,
        shown_to_bot: true,
    }
}

async fn defined(world: &World, name: &str, kind: Kind) -> AttributeId {
    store::create(&world.desk, &world.olivia, shape(name, kind), noon()).await.unwrap()
}

async fn held(world: &World, who: u64) -> ChatId {
    let chat = world.asks(who, noon()).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    chat
}

async fn set(
    world: &World,
    member: &Member,
    chat: ChatId,
    attribute: AttributeId,
    value: &str,
    version: i64,
) -> domain::Result<Edited> {
    values::set(&world.desk, member, chat, attribute, value, version, noon() + seconds(60 + version)).await
}

async fn field(world: &World, member: &Member, chat: ChatId, name: &str) -> Field {
    let profile = profile(&world.desk, member, chat).await.unwrap();
    profile.attributes.into_iter().find(|field| field.definition.shape.name == name).unwrap()
}

async fn count(world: &World, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(world.db.pool()).await.unwrap()
}

fn resolve(outcome: &str) -> Command {
    Command::Resolve { outcome: Some(outcome.into()), note: None }
}

#[sqlx::test(migrations = "./migrations")]
async fn an_agent_corrects_a_value_and_the_journey_tells_before_and_after(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world, 1).await;
    let email = defined(&world, "E-mail", Kind::Email).await;
    assert_eq!(field(&world, &world.ana, chat, "E-mail").await.version, 0, "empty ones are there to be filled in");
    let typo = set(&world, &world.ana, chat, email, "ana@exmaple", 0).await.unwrap_err();
    assert!(matches!(typo, Error::Invalid(_)), "{typo}");
    assert_eq!(set(&world, &world.ana, chat, email, " mia@Example.com", 0).await, Ok(Edited::Done { version: 1 }));
    let fixed = set(&world, &world.ana, chat, email, "mia.l@example.com", 1).await;
    assert_eq!(fixed, Ok(Edited::Done { version: 2 }));
    assert_eq!(field(&world, &world.ana, chat, "E-mail").await.value, "mia.l@example.com");
    assert_eq!(set(&world, &world.ana, chat, email, "  ", 2).await, Ok(Edited::Done { version: 3 }));
    let cleared = field(&world, &world.ana, chat, "E-mail").await;
    assert_eq!((cleared.value.as_str(), cleared.version), ("", 3));
    assert_eq!(set(&world, &world.ana, chat, email, "", 1).await, Ok(Edited::Done { version: 3 }), "nothing to do");

    let profile = profile(&world.desk, &world.ana, chat).await.unwrap();
    let told: Vec<_> = profile
        .journey
        .iter()
        .filter(|step| matches!(step.what, Happening::AttributeSet { .. }))
        .map(|step| (step.what.sentence(&step.by), step.by.name().into_owned()))
        .collect();
    let told: Vec<_> = told.iter().map(|(what, by)| (what.as_str(), by.as_str())).collect();
    assert_eq!(
        told,
        [
            ("Ana set E-mail: mia.l@example.com → nothing", "Ana"),
            ("Ana set E-mail: mia@example.com → mia.l@example.com", "Ana"),
            ("Ana set E-mail: mia@example.com", "Ana"),
        ]
    );
    let profiles = count(&world, "select count(*) from feed_waiting where kind = 'profile'").await;
    assert_eq!(profiles, 3, "screens are told of each");
}

#[sqlx::test(migrations = "./migrations")]
async fn who_was_faster_is_told_and_nothing_is_overwritten(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "hello", noon()).await;
    let level = defined(&world, "Level", Kind::OneOf).await;
    let both = join_all([
        set(&world, &world.ana, chat, level, "Bronze", 0),
        set(&world, &world.ben, chat, level, "Silver", 0),
    ])
    .await;
    let done = both.iter().filter(|one| matches!(one, Ok(Edited::Done { version: 1 }))).count();
    assert_eq!(done, 1, "{both:?}");
    let (winner, value) =
        if matches!(both[0], Ok(Edited::Done { .. })) { (&world.ana, "Bronze") } else { (&world.ben, "Silver") };
    let told = both.into_iter().find_map(|one| match one.unwrap() {
        Edited::Conflict { value, by, version, at } => Some((value, by, version, at)),
        Edited::Done { .. } => None,
    });
    let by = Doer::Member { id: winner.id, name: winner.name.clone() };
    assert_eq!(told, Some((value.to_owned(), by, 1, noon() + seconds(60))));
    assert_eq!(field(&world, &world.ana, chat, "Level").await.value, value);

    // The same choice twice is no conflict; mine after all is.
    assert_eq!(set(&world, &world.ben, chat, level, value, 0).await, Ok(Edited::Done { version: 1 }));
    assert_eq!(set(&world, &world.ben, chat, level, "", 1).await, Ok(Edited::Done { version: 2 }));
    let late = set(&world, &world.ana, chat, level, "Bronze", 1).await.unwrap();
    assert!(
        matches!(late, Edited::Conflict { version: 2, ref value, .. } if value.is_empty()),
        "also a clearing: {late:?}"
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn only_who_holds_the_chat_edits_and_others_do_not_learn_of_it(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world, 1).await;
    let level = defined(&world, "Level", Kind::Text).await;
    assert_eq!(set(&world, &world.ben, chat, level, "x", 0).await.unwrap_err(), Error::NotFound);
    assert_eq!(
        set(&world, &world.olivia, chat, level, "x", 0).await.unwrap_err(),
        Error::NotFound,
        "a row is no content"
    );
    let screen = ScreenId::at(noon());
    presence::active(&world.desk, world.olivia.id, screen, noon()).await.unwrap();
    watch::open(&world.desk, &world.olivia, chat, screen, noon()).await.unwrap();
    assert_eq!(field(&world, &world.olivia, chat, "Level").await.value, "", "a watch sees it");
    let watching = set(&world, &world.olivia, chat, level, "x", 0).await.unwrap_err();
    assert_eq!(watching, Error::Refused(Refusal::NotHolder), "and does not touch it");
    assert!(set(&world, &world.ana, chat, level, "x", 0).await.is_ok());
    world.does(&world.ana, chat, resolve("Solved"), noon() + seconds(90)).await.unwrap();
    assert!(set(&world, &world.ben, chat, level, "y", 1).await.is_ok(), "nobody's chat is everybody's");
    assert_eq!(set(&world, &world.ben, chat, AttributeId::at(noon()), "y", 0).await.unwrap_err(), Error::NotFound);
    assert_eq!(set(&world, &world.ben, ChatId::at(noon()), level, "y", 0).await.unwrap_err(), Error::NotFound);
}

#[sqlx::test(migrations = "./migrations")]
async fn supervisors_define_and_agents_do_not(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, olivia, ana, at) = (&world.desk, &world.olivia, &world.ana, noon());
    let level = defined(&world, "Level", Kind::OneOf).await;
    let shape = |name: &str| shape(name, Kind::Text);
    let forbidden = [
        store::list(desk, ana).await.map(|_| ()),
        store::create(desk, ana, shape("Mine"), at).await.map(|_| ()),
        store::change(desk, ana, level, shape("Mine"), &Gone::Ask, at).await.map(|_| ()),
        store::arrange(desk, ana, &[level], at).await,
        store::archive(desk, ana, level, at).await,
        store::restore(desk, ana, level, at).await,
        store::delete(desk, ana, level, Values::Delete, at).await,
    ];
    assert!(forbidden.iter().all(|answer| *answer == Err(Error::Forbidden)), "{forbidden:?}");
    let manager = Member { role: Role::Manager, ..olivia.clone() };
    let second = store::create(desk, &manager, shape("Second"), at).await.unwrap();
    for taken in [
        store::create(desk, olivia, shape("level "), at).await.map(|_| ()),
        store::change(desk, olivia, second, shape("LEVEL"), &Gone::Ask, at).await.map(|_| ()),
    ] {
        assert!(matches!(taken, Err(Error::Invalid(_))), "{taken:?}");
    }
    let none = Shape { options: Vec::new(), ..self::shape("None", Kind::ManyOf) };
    assert!(matches!(store::create(desk, olivia, none, at).await, Err(Error::Invalid(_))));
    let gone = AttributeId::at(at);
    assert_eq!(store::change(desk, olivia, gone, shape("x"), &Gone::Ask, at).await, Err(Error::NotFound));
    assert_eq!(store::archive(desk, olivia, gone, at).await, Err(Error::NotFound));

    let names = async || -> Vec<String> {
        store::list(desk, olivia).await.unwrap().into_iter().map(|one| one.definition.shape.name).collect()
    };
    assert_eq!(names().await, ["Level", "Second"]);
    store::arrange(desk, olivia, &[second], at).await.unwrap();
    assert_eq!(names().await, ["Second", "Level"]);

    // In use: not deleted by mistake; archived it leaves the profile and comes back with its value.
    let chat = world.says(1, "hello", at).await;
    set(&world, ana, chat, level, "Silver", 0).await.unwrap();
    assert_eq!(store::list(desk, olivia).await.unwrap()[1].used, 1);
    let refused = store::delete(desk, olivia, level, Values::None, at).await.unwrap_err();
    assert_eq!(refused.to_string(), "One contact has a value. Archive it, or delete it with its values.");
    store::archive(desk, olivia, level, at).await.unwrap();
    assert_eq!(profile(desk, ana, chat).await.unwrap().attributes.len(), 1);
    assert_eq!(set(&world, ana, chat, level, "Bronze", 1).await.unwrap_err(), Error::NotFound);
    let other = store::create(desk, olivia, shape("Level"), at).await.unwrap();
    assert!(matches!(store::restore(desk, olivia, level, at).await, Err(Error::Invalid(_))), "its name is taken");
    store::delete(desk, olivia, other, Values::None, at).await.unwrap();
    store::restore(desk, olivia, level, at).await.unwrap();
    assert_eq!(field(&world, ana, chat, "Level").await.value, "Silver");
    // Another kind leaves what there is, readable.
    store::change(desk, olivia, level, self::shape("Level", Kind::Number), &Gone::Ask, at).await.unwrap();
    assert_eq!(field(&world, ana, chat, "Level").await.value, "Silver");
    store::delete(desk, olivia, level, Values::Delete, at).await.unwrap();
    assert_eq!(names().await, ["Second"]);
    assert_eq!(count(&world, "select count(*) from attribute").await, 0);
    let audited = count(&world, "select count(*) from audit where kind like 'attribute%'").await;
    let told = count(&world, "select count(*) from feed_waiting where kind = 'defined'").await;
    assert_eq!((audited, told), (9, 9), "whatever changes is in the audit log and on every screen");
}

#[sqlx::test(migrations = "./migrations")]
async fn there_are_at_most_a_hundred(pool: PgPool) {
    let world = World::new(pool).await;
    for n in 0..100 {
        defined(&world, &format!("Attribute {n}"), Kind::Text).await;
    }
    let more = store::create(&world.desk, &world.olivia, shape("More", Kind::Text), noon()).await.unwrap_err();
    assert!(more.to_string().contains("at most 100"), "{more}");
}

async fn bot_sets(world: &World, chat: ChatId, key: &str, said: &str, at: Timestamp) -> values::Answered {
    let contact: uuid::Uuid = world.ask("select contact_id from chat where id = $1", chat).await;
    let mut tx = world.desk.begin().await.unwrap();
    let contact = domain::ContactId(contact);
    let answered = values::set_by_key(&mut tx, contact, key, said, &Doer::Customer, at).await.unwrap();
    tx.commit().await.unwrap();
    answered
}

#[sqlx::test(migrations = "./migrations")]
async fn what_the_bot_hears_is_never_lost(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "hello", noon()).await;
    bot_sets(&world, chat, "order_number", "20418", noon()).await;
    let number = field(&world, &world.ana, chat, "Order number").await;
    assert_eq!((number.definition.shape.kind, number.value.as_str()), (Kind::Text, "20418"), "an unknown key is text");

    let birthday = defined(&world, "Birthday", Kind::Date).await;
    let read = bot_sets(&world, chat, "birthday", "3 May 1990", noon()).await;
    assert_eq!(read.shown.as_deref(), Some("1990-05-03"), "in its kind's form");
    let raw = bot_sets(&world, chat, "birthday", " some day in May ", noon()).await;
    assert_eq!(raw.shown.as_deref(), Some("some day in May"), "kept as it was said");
    assert_eq!(raw.what.sentence(&Doer::Customer), "The customer set Birthday: 3 May 1990 → some day in May");
    let field = field(&world, &world.ana, chat, "Birthday").await;
    assert_eq!((field.value.as_str(), field.version), ("some day in May", 2));
    let late = set(&world, &world.ana, chat, birthday, "1990-05-03", 1).await.unwrap();
    assert!(matches!(late, Edited::Conflict { by: Doer::Customer, .. }), "the customer can be faster, too: {late:?}");
    assert_eq!(set(&world, &world.ana, chat, birthday, "1990-05-03", 2).await, Ok(Edited::Done { version: 3 }));
}

#[sqlx::test(migrations = "./migrations")]
async fn the_bot_reads_what_it_is_shown(pool: PgPool) {
    let world = World::new(pool).await;
    let offers = async |who: u64| {
        let chat = world.says(who, "hello", noon()).await;
        bot_sets(&world, chat, "country", "France", noon()).await;
        let mut incoming = world.incoming(who, "Offers", noon());
        incoming.heard = Some(domain::flow::Heard::Choice { id: "offers".into(), title: "Offers".into() });
        world.receive(incoming, noon()).await.unwrap();
        world
            .ask::<bool>(
                "select exists (select 1 from message where chat_id = $1 and body::text like '%delivery in France%')",
                chat,
            )
            .await
    };
    let country = defined(&world, "Country", Kind::Text).await;
    assert!(offers(1).await, "it knows the country and does not ask");
    let hidden = Shape { shown_to_bot: false, ..shape("Country", Kind::Text) };
    store::change(&world.desk, &world.olivia, country, hidden, &Gone::Ask, noon()).await.unwrap();
    assert!(!offers(2).await, "it has to ask");
}

#[sqlx::test(migrations = "./migrations")]
async fn what_is_required_is_filled_in_before_resolve(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world, 1).await;
    let (desk, ana, olivia, at) = (&world.desk, &world.ana, &world.olivia, noon() + seconds(70));
    let needed = Shape { required_on_resolve: true, ..shape("Level", Kind::OneOf) };
    let level = store::create(desk, olivia, needed.clone(), noon()).await.unwrap();
    let refused = world.does(ana, chat, resolve("Solved"), at).await.unwrap_err();
    assert_eq!(refused.to_string(), "Before you resolve, fill in: Level.");
    set(&world, ana, chat, level, "Silver", 0).await.unwrap();
    set(&world, ana, chat, level, "", 1).await.unwrap();
    assert!(world.does(ana, chat, resolve("Solved"), at).await.is_err(), "cleared is empty");
    set(&world, ana, chat, level, "Silver", 2).await.unwrap();
    world.does(ana, chat, resolve("Solved"), at).await.unwrap();

    // Who does not see the profile is not asked.
    let other = held(&world, 2).await;
    world.does(olivia, other, resolve("Spam"), at).await.unwrap();
    let third = held(&world, 3).await;
    store::archive(desk, olivia, level, at).await.unwrap();
    world.does(ana, third, resolve("Other"), at).await.unwrap();
}

#[sqlx::test(migrations = "./migrations")]
async fn manage_says_what_asks_for_an_attribute_and_replies_are_offered_those_in_use(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, olivia) = (&world.desk, &world.olivia);
    let (city, level) = (defined(&world, "City", Kind::Text).await, defined(&world, "Level", Kind::OneOf).await);
    let asks = Condition::Attribute { attribute: city, is: Value::Words(Words::Filled) };
    segment::store::save(desk, olivia, None, "With a city", crate::contacts::all([asks]), noon()).await.unwrap();
    for (code, text, own) in
        [("a", "To {city}", false), ("b", "From {city}, {city}", true), ("c", "{city_2} city", true)]
    {
        let draft = Draft { code, text, buttons: &[], file: None, own };
        reply::store::save(desk, olivia, None, draft, noon()).await.unwrap();
    }
    let listed = store::list(desk, olivia).await.unwrap();
    let asked =
        |id| listed.iter().find(|one| one.definition.id == id).map(|one| (one.asked.segments, one.asked.replies));
    assert_eq!((asked(city), asked(level)), (Some((1, 2)), Some((0, 0))));
    // The sample flow asks where they are, and knows of no city.
    let country = defined(&world, "Country", Kind::Text).await;
    let listed = store::list(desk, olivia).await.unwrap();
    let flow = |id| listed.iter().find(|one| one.definition.id == id).map(|one| one.asked.flow);
    assert_eq!((flow(country), flow(city)), (Some(true), Some(false)));
    let mut settings = setting::store::read(desk, olivia).await.unwrap();
    settings.away_message.text = "We write to {city}.".into();
    setting::store::change(desk, olivia, &setting::Settings::default(), &settings, noon()).await.unwrap();
    let listed = store::list(desk, olivia).await.unwrap();
    let automatic = |id| listed.iter().find(|one| one.definition.id == id).map(|one| one.asked.automatic);
    assert_eq!((automatic(city), automatic(country)), (Some(true), Some(false)));
    let offered =
        async || reply::store::attributes(desk).await.unwrap().into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert!(offered().await.contains(&"level".to_owned()));
    store::archive(desk, olivia, level, noon()).await.unwrap();
    assert!(!offered().await.contains(&"level".to_owned()), "an archived one is filled no more");
}

#[sqlx::test(migrations = "./migrations")]
async fn texts_can_name_every_attribute_and_mean_nothing_else_by_it(pool: PgPool) {
    let world = World::new(pool).await;
    let who = world.says(7, "hello", noon()).await;
    let cases = [
        ("Größe", "größe"),
        ("电话", "电话"),
        ("2nd phone", "2nd_phone"),
        ("2024", "attribute_2024"),
        ("Agent", "agent_2"),
        ("Name", "name_2"),
        ("First name", "first_name_2"),
        ("Opens", "opens_2"),
    ];
    for (name, key) in cases {
        let id = defined(&world, name, Kind::Text).await;
        let listed = store::list(&world.desk, &world.olivia).await.unwrap();
        let found = listed.iter().find(|one| one.definition.id == id).unwrap();
        assert_eq!(found.definition.key, key, "{name}");
        values::set(&world.desk, &world.olivia, who, id, "a value", 0, noon()).await.unwrap();
        let values = reply::store::values(&world.desk, &world.olivia, who).await.unwrap();
        assert_eq!(reply::expand(&format!("Here: {{{key}}}"), &values), "Here: a value", "{name}");
    }
}
