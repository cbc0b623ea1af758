//! Search: every identity, every script, every filter; all of it once, and nothing that is out of sight.

use crate::world::{World, noon, seconds};
use domain::chat::Queue;
use domain::chat::begin::begin;
use domain::chat::{Command, watch};
use domain::contact::Known;
use domain::contact::profile_store::profile;
use domain::contact::{Draft, edit};
use domain::journey::Doer;
use domain::member::{Member, presence};
use domain::message::{Body, Choice, Placeholder, note};
use domain::search::store::{PAGE, search};
use domain::search::{Filter, Found, Key, Kind, Sender, index};
use domain::{ChatId, ContactId, Error, MessageId, ScreenId, Timestamp, attribute, tag};
use sqlx::PgPool;
use std::collections::BTreeSet;

/// Takes in everything that waits.
async fn read(world: &World) {
    while index::run_once(&world.db).await.unwrap() > 0 {}
}

async fn find(world: &World, member: &Member, typed: &str) -> Found {
    search(&world.desk, member, typed, &Filter::default(), None).await.unwrap()
}

/// The chats of the customers who are found.
async fn people(world: &World, member: &Member, typed: &str) -> Vec<ChatId> {
    find(world, member, typed).await.people.into_iter().filter_map(|person| person.chat).map(|(chat, _)| chat).collect()
}

fn text(found: &Found) -> Vec<String> {
    found.messages.iter().map(|hit| hit.excerpt.iter().map(|(piece, _)| piece.as_str()).collect()).collect()
}

async fn messages(world: &World, member: &Member, typed: &str) -> Vec<String> {
    text(&find(world, member, typed).await)
}

async fn contact_of(world: &World, chat: ChatId) -> ContactId {
    ContactId(world.ask("select contact_id from chat where id = $1", chat).await)
}

#[sqlx::test(migrations = "./migrations")]
async fn a_customer_is_found_by_whatever_they_are_known_by(pool: PgPool) {
    let world = World::new(pool).await;
    let mut incoming = world.incoming(7, "hello", noon());
    incoming.from = Known {
        phone: Some(domain::contact::Phone::parse("551187654321").unwrap()),
        bsuid: Some("BR.13491208655302741918".into()),
        username: Some("jose_da.silva".into()),
        name: Some("José Álvares 王小明".into()),
    };
    let wamid = incoming.wamid.clone();
    world.receive(incoming, noon()).await.unwrap();
    let chat = domain::message::store::chat_of(&world.desk, &wamid).await.unwrap();
    world.says(8, "somebody else", noon()).await;
    let mut tx = world.desk.begin().await.unwrap();
    let contact = contact_of(&world, chat).await;
    attribute::values::set_by_key(&mut tx, contact, "city", "São Tomé", &Doer::Customer, noon()).await.unwrap();
    let label = tag::store::by_name_or_make_api_tag(&mut tx, "Großkunde", noon()).await.unwrap();
    tag::store::give_automated(&mut tx, contact, label, &Doer::Api, noon()).await.unwrap();
    tx.commit().await.unwrap();

    let ways = [
        ("jose", "as it is named, without accents"),
        ("ÁLVARES jo", "two words in any order"),
        ("小明", "a piece of a Chinese name"),
        ("明", "its last letter"),
        ("+55 (11) 8765-4321", "the number as it was written"),
        ("+55 11 98765-4321", "the number with its ninth digit"),
        ("011 98765", "within the country"),
        ("4321", "its last digits"),
        ("lvar", "a piece of the name"),
        ("jose_da", "the username"),
        ("@jose_da.silva", "the username as it is shown"),
        ("BR.1349120", "the WhatsApp id"),
        ("sao tome", "an attribute's value"),
        ("grosskunde", "a tag"),
    ];
    // While it waits to be taken in, and after that.
    for taken_in in [false, true] {
        for (typed, way) in ways {
            assert_eq!(people(&world, &world.ben, typed).await, [chat], "{way}: {typed}, taken in: {taken_in}");
        }
        for typed in ["joseph", "4322", "alvares maria", "customer 9"] {
            assert!(people(&world, &world.ben, typed).await.is_empty(), "{typed}");
        }
        read(&world).await;
    }
    let found = find(&world, &world.ben, "sao tome").await;
    assert_eq!(
        found.people[0].about,
        [("City · ".to_owned(), false), ("São".to_owned(), true), (" ".to_owned(), false), ("Tomé".to_owned(), true)]
    );
    assert_eq!(found.people[0].title, [("José Álvares 王小明".to_owned(), false)]);
}

#[sqlx::test(migrations = "./migrations")]
async fn what_a_customer_is_no_longer_known_by_finds_nothing(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "hello", noon()).await;
    let contact = contact_of(&world, chat).await;
    let set = async |value: &str| {
        let mut tx = world.desk.begin().await.unwrap();
        attribute::values::set_by_key(&mut tx, contact, "city", value, &Doer::Customer, noon()).await.unwrap();
        tx.commit().await.unwrap();
    };
    set("Lisbon").await;
    read(&world).await;
    assert_eq!(people(&world, &world.ana, "lisbon").await, [chat]);
    let mut renamed = world.incoming(1, "hello", noon() + seconds(1));
    renamed.from.name = Some("Zelda".into());
    world.receive(renamed, noon() + seconds(1)).await.unwrap();
    set("Porto").await;
    let mut tx = world.desk.begin().await.unwrap();
    let label = tag::store::by_name_or_make_api_tag(&mut tx, "Gold", noon()).await.unwrap();
    tag::store::give_automated(&mut tx, contact, label, &Doer::Api, noon()).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..2 {
        for (typed, expected) in [("lisbon", 0), ("porto", 1), ("customer", 0), ("zelda", 1), ("gold", 1)] {
            assert_eq!(people(&world, &world.ana, typed).await.len(), expected, "{typed}");
        }
        read(&world).await;
    }
    sqlx::query("update tag set name = 'Platinum' where id = $1").bind(label.0).execute(world.db.pool()).await.unwrap();
    read(&world).await;
    assert!(people(&world, &world.ana, "gold").await.is_empty());
    assert_eq!(people(&world, &world.ana, "platinum").await, [chat]);
    sqlx::query("delete from contact_tag").execute(world.db.pool()).await.unwrap();
    sqlx::query("delete from identity where kind = 'phone'").execute(world.db.pool()).await.unwrap();
    read(&world).await;
    assert!(people(&world, &world.ana, "platinum").await.is_empty());
    assert!(people(&world, &world.ana, "4477009").await.is_empty());
}

#[sqlx::test(migrations = "./migrations")]
async fn messages_are_found_in_every_script(pool: PgPool) {
    let world = World::new(pool).await;
    let said = [
        ("Your Invoice INV-2044 is payed, crème brûlée", "invoice"),
        ("مَرْحَبًا بِكُم في المدرسة", "مرحبا"),
        ("שָׁלוֹם לכולם", "שלום"),
        ("我的订单号码是九", "订单号"),
        ("東京タワーまでの道", "タワー"),
        ("주문을 취소하고 싶어요", "취소"),
        ("สวัสดีครับ", "สวัส"),
        ("Где моя посылка?", "ПОСЫЛКА"),
    ];
    for (n, (words, _)) in said.iter().enumerate() {
        world.says(1, words, noon() + seconds(i64::try_from(n).unwrap())).await;
    }
    for taken_in in [false, true] {
        for (words, typed) in said {
            let found = find(&world, &world.ana, typed).await;
            assert_eq!(text(&found), [words], "{typed}, taken in: {taken_in}");
            assert!(found.messages[0].excerpt.iter().any(|(_, marked)| *marked), "{typed}");
            assert_eq!(found.messages[0].title, "Customer 1");
        }
        for (typed, many) in [
            ("inv", 1),
            ("inv 20", 1),
            ("creme brule", 1),
            ("invoices", 0),
            ("voice", 0),
            ("号", 1),
            ("单九", 0),
            ("المدرسه", 1),
        ] {
            assert_eq!(messages(&world, &world.ana, typed).await.len(), many, "{typed}, taken in: {taken_in}");
        }
        read(&world).await;
    }
    for typed in ["", "x", "👍", "'|!"] {
        let refused = search(&world.desk, &world.ana, typed, &Filter::default(), None).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{typed}");
    }
    // Nothing that is typed is an order to Postgres.
    for typed in ["invoice' | 'x", "invoice \\ ~", "!invoice & <-> (", "%invoice_"] {
        let _ = search(&world.desk, &world.ana, typed, &Filter::default(), None).await.unwrap();
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn filters_leave_what_was_asked_for(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let at = |days: i64| noon() + chrono::TimeDelta::days(days);
    world.does(&world.ana, chat, Command::Intervene, at(0) + seconds(5)).await.unwrap();
    world.sends(&world.ana, chat, "about the parcel", at(0) + seconds(6)).await.unwrap();
    note::write(&world.desk, &world.ana, chat, MessageId::at(at(0)), "parcel is lost", at(0) + seconds(7))
        .await
        .unwrap();
    let mut photo = world.incoming(1, "x", at(3));
    photo.heard = None;
    let picture = |text: &str| Placeholder { kind: "image".into(), label: "Photo".into(), text: Some(text.into()) };
    photo.body = Body::Placeholder(picture("my parcel"));
    world.receive(photo, at(3)).await.unwrap();
    let mut choice = world.incoming(1, "x", at(5));
    choice.heard = None;
    choice.body = Body::Reply { id: "p".into(), title: "Parcel".into(), description: None };
    world.receive(choice, at(5)).await.unwrap();
    world.says(1, "where is my parcel", at(9)).await;
    let find =
        async |filter: Filter| search(&world.desk, &world.ana, "parcel", &filter, None).await.unwrap().messages.len();
    let any = Filter::default();
    for taken_in in [false, true] {
        let counts = [
            (any, 5),
            (Filter { sender: Some(Sender::Customer), ..any }, 3),
            (Filter { sender: Some(Sender::Member), ..any }, 1),
            (Filter { sender: Some(Sender::Note), ..any }, 1),
            (Filter { sender: Some(Sender::Bot), ..any }, 0),
            (Filter { kind: Some(Kind::Media), ..any }, 1),
            (Filter { kind: Some(Kind::Choice), ..any }, 1),
            (Filter { kind: Some(Kind::Text), sender: Some(Sender::Customer), ..any }, 1),
            (Filter { since: Some(at(3)), ..any }, 3),
            (Filter { until: Some(at(3)), ..any }, 2),
            (Filter { since: Some(at(3)), until: Some(at(5)), ..any }, 1),
            (Filter { since: Some(at(10)), ..any }, 0),
        ];
        for (filter, expected) in counts {
            assert_eq!(find(filter).await, expected, "{filter:?}, taken in: {taken_in}");
        }
        read(&world).await;
    }
    let buttons = Body::Buttons {
        text: "Well?".into(),
        buttons: vec![Choice { id: "a".into(), title: "Track it".into(), description: None }],
    };
    assert_eq!(Kind::of(&buttons), Some(Kind::Choice));
    // What the bot offers is found by its buttons' words, too.
    world.says(2, "hello", noon()).await;
    let offered =
        search(&world.desk, &world.ana, "talk to a person", &Filter { sender: Some(Sender::Bot), ..any }, None).await;
    assert!(!offered.unwrap().messages.is_empty());
}

/// Everything, page by page.
async fn all(world: &World, member: &Member, typed: &str) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    loop {
        let before = keys.last().copied();
        let found = search(&world.desk, member, typed, &Filter::default(), before).await.unwrap();
        assert!(found.messages.len() <= PAGE);
        assert!(before.is_none() || found.people.is_empty());
        keys.extend(found.messages.iter().map(|hit| hit.key));
        if !found.more {
            return keys;
        }
        assert_eq!(found.messages.len(), PAGE);
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn paging_comes_through_everything_once_newest_first(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let chat = world.says(1, "needle", noon()).await;
    // Eleven years, more than is walked through before the index is asked, several at the same moment; rare words and common ones.
    sqlx::query(
        "insert into message (workspace_id, id, chat_id, seq, author, body, at, arrived_at)
         select $1, gen_random_uuid(), $2, 1000 + n, 'customer',
            jsonb_build_object('text', jsonb_build_object('text', 'hay' || case when n % 97 = 0 then ' needle' else '' end)), t, t
         from generate_series(1, 5000) n, lateral (select $3 - (n / 3) * interval '11 hours' as t) w",
    )
    .bind(world.desk.id().0)
    .bind(chat.0)
    .bind(noon())
    .execute(&pool)
    .await
    .unwrap();
    let wait = "insert into message_words_waiting select workspace_id, id from message where author = 'customer' on conflict do nothing";
    sqlx::query(wait).execute(&pool).await.unwrap();
    while index::run_once(&world.db).await.unwrap() > 0 {}
    let needles = all(&world, &world.ben, "needl").await;
    assert_eq!(needles.len(), 5000 / 97 + 1);
    assert!(needles.windows(2).all(|pair| pair[0] > pair[1]), "newest first, each once");
    // Whichever of the words ends, and however many have it; the newest says nothing else.
    for typed in ["hay needl", "needle ha"] {
        assert_eq!(all(&world, &world.ben, typed).await, needles[1..], "{typed}");
    }
    let hay = all(&world, &world.ben, "hay").await;
    assert_eq!(hay.len(), 5000);
    assert!(hay.windows(2).all(|pair| pair[0] > pair[1]));

    // A page that was begun before something was taken in goes on after it, and what comes meanwhile moves nothing.
    world.says(1, "needle in the tail", noon() + seconds(60)).await;
    let first = search(&world.desk, &world.ben, "needle", &Filter::default(), None).await.unwrap();
    assert_eq!(first.messages[0].key.at, noon() + seconds(60));
    read(&world).await;
    world.says(1, "needle again", noon() + seconds(90)).await;
    let next = search(&world.desk, &world.ben, "needle", &Filter::default(), Some(first.messages[PAGE - 1].key))
        .await
        .unwrap();
    assert_eq!(next.messages[0].key, needles[PAGE - 1]);
}

#[sqlx::test(migrations = "./migrations")]
async fn nothing_of_a_chat_that_somebody_else_holds_is_found(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let at = noon() + seconds(10);
    world.says(1, "xylophone", noon() + seconds(1)).await;
    note::write(&world.desk, &world.ben, chat, MessageId::at(at), "glockenspiel", at).await.unwrap();
    world.says(2, "xylophone elsewhere", noon()).await;
    let sees = async |member: &Member| {
        let count = async |typed: &str| messages(&world, member, typed).await.len();
        [
            count("xylophone").await,
            count("glockenspiel").await,
            people(&world, member, "customer 1").await.len(),
            people(&world, member, "477009 00001").await.len(),
        ]
    };
    for taken_in in [false, true] {
        if taken_in {
            read(&world).await;
        }
        for member in [&world.ana, &world.ben, &world.olivia] {
            assert_eq!(sees(member).await, [2, 1, 1, 1], "{}", member.name);
        }
        world.does(&world.ana, chat, Command::Intervene, at + seconds(5)).await.unwrap();
        assert_eq!(sees(&world.ana).await, [2, 1, 1, 1], "who holds it");
        assert_eq!(sees(&world.ben).await, [1, 0, 0, 0], "another agent, taken in: {taken_in}");
        assert_eq!(sees(&world.olivia).await, [1, 0, 0, 0], "a supervisor");
        // Who watches looks at one chat; that does not widen what is found.
        let screen = ScreenId::at(at);
        presence::active(&world.desk, world.olivia.id, screen, at).await.unwrap();
        watch::open(&world.desk, &world.olivia, chat, screen, at + seconds(6)).await.unwrap();
        assert_eq!(sees(&world.olivia).await, [1, 0, 0, 0], "a supervisor who watches");
        let pass = Command::Transfer { to: Some(world.ben.id), note: String::new() };
        world.does(&world.ana, chat, pass, at + seconds(7)).await.unwrap();
        assert_eq!(sees(&world.ana).await, [1, 0, 0, 0], "it is offered to somebody else");
        assert_eq!(sees(&world.ben).await, [2, 1, 1, 1]);
        assert_eq!(sees(&world.olivia).await, [2, 1, 1, 1]);
        world.does(&world.ben, chat, Command::Intervene, at + seconds(8)).await.unwrap();
        world.does(&world.ben, chat, Command::Resolve { outcome: None, note: None }, at + seconds(9)).await.unwrap();
        assert_eq!(sees(&world.ana).await, [2, 1, 1, 1]);
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn sight_comes_before_the_limit(pool: PgPool) {
    let world = World::new(pool).await;
    let old = world.says(1, "marimba", noon()).await;
    // More than a page that Ben may not see, all of it newer.
    for n in 0..30 {
        let at = noon() + seconds(60 + 20 * n);
        let who = 100 + u64::try_from(n).unwrap();
        let chat = world.asks(who, at).await;
        world.says(who, "marimba", at + seconds(1)).await;
        world.does(&world.ana, chat, Command::Intervene, at + seconds(2)).await.unwrap();
    }
    for _ in 0..2 {
        let found = find(&world, &world.ben, "marimba").await;
        assert_eq!((found.messages.len(), found.more), (1, false));
        assert_eq!(people(&world, &world.ben, "customer").await, [old]);
        assert_eq!(find(&world, &world.ana, "marimba").await.messages.len(), PAGE);
        read(&world).await;
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_contact_is_hidden_while_any_of_its_chats_is(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let chat = world.asks(1, noon()).await;
    let other = world.says(2, "hello", noon()).await;
    let (one, two) = (contact_of(&world, chat).await, contact_of(&world, other).await);
    read(&world).await;
    let merge = "update contact set merged_into = $1 where id = $2";
    sqlx::query(merge).bind(one.0).bind(two.0).execute(&pool).await.unwrap();
    assert_eq!(people(&world, &world.ben, "customer").await.len(), 1, "one customer, though there are two rows");
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    for typed in ["customer 1", "customer 2"] {
        assert!(people(&world, &world.ben, typed).await.is_empty(), "{typed}");
        assert_eq!(people(&world, &world.ana, typed).await.len(), 1, "{typed}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_contact_without_a_chat_is_found_after_the_others_and_can_be_opened(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let spoken = world.says(1, "hello", noon()).await;
    let draft = Draft { phone: "+4915112345678".into(), name: "Customer Imported".into(), ..Draft::default() };
    let contact = edit::add(&world.desk, &world.olivia, &draft, noon()).await.unwrap();
    // While the words are being made, and from the index.
    for _ in 0..2 {
        let found = find(&world, &world.ana, "customer").await.people;
        let chats: Vec<_> = found.iter().map(|person| person.chat.map(|(chat, _)| chat)).collect();
        assert_eq!(chats, [Some(spoken), None]);
        let title: String = found[1].title.iter().map(|(piece, _)| piece.as_str()).collect();
        assert_eq!((found[1].contact, title.as_str(), found[1].last_at), (contact, "Customer Imported", None));
        assert_eq!(find(&world, &world.ana, "4915112345678").await.people[0].contact, contact);
        read(&world).await;
    }
    // It is opened once, however many do so, and stands in History as long as the customer does not write.
    let at = noon() + seconds(60);
    let opening = [&world.ana, &world.ben, &world.olivia].map(|member| begin(&world.desk, member, contact, at));
    let opened: BTreeSet<_> = futures::future::join_all(opening).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(opened.len(), 1, "{opened:?}");
    let (queue, chat) = opened.into_iter().next().unwrap();
    assert_eq!((queue, world.queue(chat).await), (Queue::History, Queue::History));
    let profile = profile(&world.desk, &world.ana, chat).await.unwrap();
    assert_eq!((profile.contact, profile.session_messages), (contact, 0));
    assert_eq!(people(&world, &world.ana, "customer imported").await, [chat]);
    // Nobody's chat is told of to whom it is not for.
    let held = world.asks(2, noon()).await;
    world.does(&world.ana, held, Command::Intervene, at).await.unwrap();
    let theirs = contact_of(&world, held).await;
    assert_eq!(begin(&world.desk, &world.ben, theirs, at).await.unwrap_err(), domain::Error::NotFound);
    assert_eq!(begin(&world.desk, &world.ana, theirs, at).await.unwrap(), (Queue::Intervened, held));
}

/// More than are looked at one by one: an import, say, or a tag for all.
#[sqlx::test(migrations = "./migrations")]
async fn who_is_known_is_found_while_very_many_are_taken_in_anew(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let chat = world.says(1, "hello", noon()).await;
    let gone = world.says(2, "hello", noon()).await;
    read(&world).await;
    assert!(!find(&world, &world.ana, "customer").await.indexing);
    // One of the two has another name by now; both wait behind six hundred others.
    sqlx::query("update contact c set name = 'Somebody else' from chat h where h.contact_id = c.id and h.id = $1")
        .bind(gone.0)
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query(
        "insert into contact_words_waiting (workspace_id, contact_id) select workspace_id, contact_id from chat",
    )
    .execute(&pool)
    .await
    .unwrap();
    let guests = "with guest as (insert into contact (workspace_id, id, name, first_seen_at, created_at)
        select $1, gen_random_uuid(), 'Guest', $2, $2 from generate_series(1, 600) returning workspace_id, id)
        select count(*) from guest";
    let made: i64 = sqlx::query_scalar(guests).bind(world.desk.id().0).bind(noon()).fetch_one(&pool).await.unwrap();
    let waiting: i64 = sqlx::query_scalar("select count(*) from contact_words_waiting").fetch_one(&pool).await.unwrap();
    assert!(waiting > made, "{waiting} wait");
    let found = find(&world, &world.ana, "customer").await;
    let chats: Vec<_> = found.people.iter().filter_map(|person| person.chat).map(|(chat, _)| chat).collect();
    assert_eq!(chats, [chat], "by the words that they still have");
    assert!(found.indexing, "somebody may be missing, and it says so");
    read(&world).await;
    assert!(!find(&world, &world.ana, "customer").await.indexing);
}

#[sqlx::test(migrations = "./migrations")]
async fn several_processes_take_in_each_message_once(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let mut chats = BTreeSet::new();
    for n in 0..60 {
        chats.insert(world.says(n, &format!("needle {n}"), noon() + seconds(i64::try_from(n).unwrap())).await);
    }
    let searched: i64 =
        sqlx::query_scalar("select count(*) from message where author <> 'system'").fetch_one(&pool).await.unwrap();
    let waits = || sqlx::query_scalar::<_, i64>("select count(*) from message_words_waiting").fetch_one(&pool);
    assert_eq!(waits().await.unwrap(), searched, "everything but changes of state waits");
    let runs = (0..6).map(|_| async {
        let mut done = 0;
        for _ in 0..20 {
            done += index::run_once(&world.db).await.unwrap();
        }
        done
    });
    let done: usize = futures::future::join_all(runs).await.into_iter().sum();
    assert_eq!(waits().await.unwrap(), 0);
    let kept: i64 = sqlx::query_scalar("select count(*) from message_words").fetch_one(&pool).await.unwrap();
    assert_eq!(kept, searched, "each message of this test has words");
    assert!(done >= usize::try_from(searched).unwrap());
    assert_eq!(all(&world, &world.ana, "needle").await.len(), 60);
    // What is altered waits again, and is found by what it says now.
    let alter = "with said as (update message set body = jsonb_build_object('text', jsonb_build_object('text', 'pin'))
            where body -> 'text' ->> 'text' = 'needle 7' returning workspace_id, id)
        insert into message_words_waiting select workspace_id, id from said";
    assert_eq!(sqlx::query(alter).execute(&pool).await.unwrap().rows_affected(), 1);
    read(&world).await;
    assert_eq!(all(&world, &world.ana, "needle").await.len(), 59);
    assert_eq!(all(&world, &world.ana, "pin").await.len(), 1);
    // A message that is gone leaves nothing behind.
    let chat = *chats.first().unwrap();
    sqlx::query("delete from message where chat_id = $1").bind(chat.0).execute(&pool).await.unwrap();
    assert_eq!(all(&world, &world.ana, "needle").await.len(), 58);
}

#[sqlx::test(migrations = "./migrations")]
async fn the_search_of_one_workspace_finds_nothing_of_another(pool: PgPool) {
    let ours = World::of(domain::db::Db::new(pool.clone()), "a").await;
    let theirs = World::of(ours.db.clone(), "b").await;
    theirs.says(1, "marimba", noon()).await;
    for _ in 0..2 {
        let found = find(&ours, &ours.olivia, "marimba").await;
        assert!(found.messages.is_empty() && found.people.is_empty());
        assert!(people(&ours, &ours.olivia, "customer").await.is_empty());
        assert_eq!(messages(&theirs, &theirs.olivia, "marimba").await.len(), 1);
        read(&ours).await;
    }
    // The functions that run as the owner stand behind the wall, too: asked for a workspace that is not acted in, they
    // find nothing, and nobody else may call them.
    let ever: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
    for (acting, many) in [(&ours, 0), (&theirs, 1)] {
        let begin = format!("begin; set local role baton_desk; set local baton.workspace = '{}'", acting.desk.id());
        let mut tx = pool.begin_with(sqlx::AssertSqlSafe(begin)).await.unwrap();
        let said = "select count(*) from find_messages($1, $2, true, '''~marimba''', '1970-01-01', $3, $2, 9)";
        let said: i64 = sqlx::query_scalar(said)
            .bind(theirs.desk.id().0)
            .bind(theirs.olivia.id.0)
            .bind(ever)
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        let known = "select count(*) from find_people($1, $2, true, '''~customer''', '', 9, '{}')";
        let known: i64 = sqlx::query_scalar(known)
            .bind(theirs.desk.id().0)
            .bind(theirs.olivia.id.0)
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        let few: i32 = sqlx::query_scalar("select coalesce(cardinality(find_few($1, '''~customer''', 9, '{}')), 0)")
            .bind(theirs.desk.id().0)
            .fetch_one(&mut *tx)
            .await
            .unwrap();
        assert_eq!((said, known, i64::from(few)), (many, many, many));
        tx.rollback().await.unwrap();
    }
    let open: bool = sqlx::query_scalar(
        "select bool_or(has_function_privilege('public', p.oid, 'execute')) from pg_proc p where p.prosecdef and p.pronamespace = 'public'::regnamespace",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(!open, "what runs as the owner is for the desk alone");
}

#[sqlx::test(migrations = "./migrations")]
async fn nobody_is_found_by_an_attribute_that_is_archived(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "Hello", noon()).await;
    let contact = ContactId(world.ask("select contact_id from chat where id = $1", chat).await);
    let mut tx = world.desk.begin().await.unwrap();
    attribute::values::set_by_key(&mut tx, contact, "city", "Reykjavik", &Doer::Customer, noon()).await.unwrap();
    tx.commit().await.unwrap();
    let city = domain::AttributeId(
        world.ask("select id from attribute_definition where key = 'city' and $1 is not null", chat).await,
    );
    let found = async || people(&world, &world.ana, "reykjavik").await;
    read(&world).await;
    assert_eq!(found().await, [chat]);
    attribute::store::archive(&world.desk, &world.olivia, city, noon()).await.unwrap();
    assert_eq!(found().await, [], "before it is taken in");
    read(&world).await;
    assert_eq!(found().await, []);
    attribute::store::restore(&world.desk, &world.olivia, city, noon()).await.unwrap();
    read(&world).await;
    assert_eq!(found().await, [chat]);
}
