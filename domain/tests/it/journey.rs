//! The timeline: every page once, filtered before it is cut; handlings; what another chat of the customer hides; export.

use crate::world::{World, noon, seconds, wamid};
use domain::chat::{Command, Refusal, open, watch};
use domain::contact::directory::{self, Change};
use domain::contact::profile_store::{self, journey_page};
use domain::contact::{Opted, Phone, Source, edit};
use domain::journey::{Doer, DoerKind, Filter, Happening, JourneyStep, Part, export};
use domain::member::{Member, presence};
use domain::message::{Delivery, Failure, note};
use domain::outbox::Answer;
use domain::outbox::settle::Status;
use domain::{ChatId, Error, MemberId, MessageId, ScreenId, Timestamp, channel, message, outbox};
use sqlx::PgPool;
use std::collections::HashSet;

/// A long life: some handlings, notes, a changed name.
async fn lived(world: &World) -> (ChatId, Timestamp) {
    let mut at = noon();
    let mut chat = world.says(1, "hello", at).await;
    for round in 0..12 {
        at += seconds(1800);
        chat = world.asks(1, at).await;
        world.deliver(at + seconds(1)).await;
        world.does(&world.ana, chat, Command::Intervene, at + seconds(60)).await.unwrap();
        world.sends(&world.ana, chat, "good day", at + seconds(70)).await.unwrap();
        let id = MessageId::at(at);
        note::write(&world.desk, &world.ana, chat, id, "a note", at + seconds(80)).await.unwrap();
        let resolve = Command::Resolve { outcome: Some("Solved".into()), note: Some(format!("round {round}")) };
        world.does(&world.ana, chat, resolve, at + seconds(120)).await.unwrap();
    }
    let mut renamed = world.incoming(1, "I married", at + seconds(900));
    renamed.from.name = Some("Customer Newname".into());
    world.receive(renamed, at + seconds(900)).await.unwrap();
    (chat, at + seconds(900))
}

async fn walk(world: &World, member: &Member, chat: ChatId, filter: Filter) -> Vec<JourneyStep> {
    let mut all: Vec<JourneyStep> = Vec::new();
    loop {
        let before = all.last().map(JourneyStep::key);
        let (page, older) = journey_page(&world.desk, member, chat, filter, before).await.unwrap();
        assert!(page.len() <= 30 && (!older || page.len() == 30), "a page is full where there is more");
        all.extend(page);
        if !older {
            return all;
        }
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn every_filter_walks_through_its_steps_once_and_all_of_them_together_through_everything(pool: PgPool) {
    let world = World::new(pool).await;
    let (chat, _) = lived(&world).await;
    let all = walk(&world, &world.ben, chat, Filter::default()).await;
    let stored: i64 = world
        .ask("select count(*) from journey j join chat c on c.contact_id = j.contact_id where c.id = $1", chat)
        .await;
    assert_eq!(all.len(), usize::try_from(stored).unwrap());
    assert!(all.len() > 70, "several pages");
    assert!(all.windows(2).all(|pair| pair[0].key() > pair[1].key()), "newest first, each once");
    let kinds: HashSet<_> = all.iter().map(|step| std::mem::discriminant(&step.what)).collect();
    assert!(kinds.len() >= 8);

    let mut parts = 0;
    for part in Part::ALL {
        let found = walk(&world, &world.ben, chat, Filter { part: Some(*part), ..Filter::default() }).await;
        assert!(found.iter().all(|step| step.what.part() == *part));
        parts += found.len();
        let mut both = 0;
        for doer in DoerKind::ALL {
            let found =
                walk(&world, &world.ben, chat, Filter { part: Some(*part), doer: Some(*doer), ..Filter::default() })
                    .await;
            assert!(found.iter().all(|step| step.by.kind() == *doer), "{doer}");
            both += found.len();
        }
        assert_eq!(both, found.len(), "{part}: every step has one kind of doer");
    }
    assert_eq!(parts, all.len(), "every step is about one thing");
    let notes = walk(
        &world,
        &world.ben,
        chat,
        Filter { part: Some(Part::Messages), doer: Some(DoerKind::Member), ..Filter::default() },
    )
    .await;
    assert_eq!(notes.len(), 12);
    let of = |all: &[JourneyStep], who: MemberId| {
        all.iter()
            .filter(|step| matches!(&step.by, Doer::Member { id, .. } if *id == who))
            .map(|step| step.id)
            .collect()
    };
    for (who, acts) in [(&world.ana, true), (&world.ben, false)] {
        let filter = Filter::of("", &who.id.to_string()).unwrap();
        let found: Vec<_> = walk(&world, &world.ben, chat, filter).await.iter().map(|step| step.id).collect();
        let theirs: Vec<_> = of(&all, who.id);
        assert_eq!((found, theirs.is_empty()), (theirs, !acts), "{}", who.name);
    }
    assert!(matches!(Filter::of("", "somebody"), Err(Error::Invalid(_))));
    let actors = profile_store::profile(&world.desk, &world.ben, chat).await.unwrap().actors;
    assert_eq!(actors.iter().map(|one| one.id).collect::<Vec<_>>(), [world.ana.id], "only who did something");
    assert!(
        all.iter().any(|step| matches!(&step.what, Happening::Renamed { after, .. } if after == "Customer Newname"))
    );
    assert_eq!(all.iter().filter(|step| matches!(step.what, Happening::BotHandedOver { .. })).count(), 12);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_step_knows_its_handling_and_its_place(pool: PgPool) {
    let world = World::new(pool).await;
    let (chat, at) = lived(&world).await;
    let all = walk(&world, &world.ben, chat, Filter::default()).await;
    let mut episodes = HashSet::new();
    for step in &all {
        let within = matches!(
            step.what,
            Happening::Requested { .. } | Happening::Intervened { .. } | Happening::Resolved { .. } | Happening::Noted
        );
        if !within {
            continue;
        }
        assert_eq!((step.waited, step.handled, step.open), (Some(60), Some(60), false));
        episodes.insert(step.episode.unwrap_or_else(|| panic!("{step:?}")));
        let (seq, chat) = (step.seq.unwrap(), step.chat.unwrap());
        let (there, _) = open::older(&world.desk, &world.ben, chat, seq + 1).await.unwrap();
        assert_eq!(there.last().unwrap().seq, seq);
    }
    assert_eq!(episodes.len(), 12);
    assert!(all.iter().any(|step| step.episode.is_none()), "the name was changed in none");

    world.does(&world.ana, chat, Command::Intervene, at + seconds(60)).await.unwrap();
    let all = walk(&world, &world.ana, chat, Filter::default()).await;
    let step = &all[0];
    assert!(step.episode.is_some() && step.open && step.handled.is_none());
    assert!(step.waited.is_none(), "nobody had asked: {step:?}");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_step_beside_the_thread_leads_to_what_was_said_last_before_it(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "hello", noon()).await;
    edit::set_opted(&world.desk, &world.ana, chat, Opted::In, noon() + seconds(30)).await.unwrap();
    world.says(1, "and later", noon() + seconds(60)).await;
    let mut renamed = world.incoming(1, "I married", noon() + seconds(90));
    renamed.from.name = Some("Customer Newname".into());
    world.receive(renamed, noon() + seconds(90)).await.unwrap();
    let all = walk(&world, &world.ben, chat, Filter::default()).await;
    let step = |is: fn(&Happening) -> bool| all.iter().find(|step| is(&step.what)).unwrap();
    let opted = step(|what| matches!(what, Happening::OptedChanged { .. }));
    assert_eq!(opted.what.sentence(&opted.by), "Ana noted that the customer opted in to campaigns");
    let before: i64 =
        world.ask("select max(seq) from message where chat_id = $1 and at <= '2026-06-01T12:00:30Z'", chat).await;
    assert_eq!((opted.chat, opted.seq), (Some(chat), Some(before)));
    let renamed = step(|what| matches!(what, Happening::Renamed { .. }));
    let says = "The customer changed their name on WhatsApp: Customer 1 → Customer Newname";
    assert_eq!(renamed.what.sentence(&renamed.by), says);
    let last: i64 =
        world.ask("select max(seq) from message where chat_id = $1 and at <= '2026-06-01T12:01:30Z'", chat).await;
    assert_eq!(renamed.seq, Some(last));
}

/// A message that brings a number or a username, too, is looked at more closely: its name is news all the same.
#[sqlx::test(migrations = "./migrations")]
async fn a_new_name_is_told_also_where_other_things_are_new(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "hello", noon()).await;
    let mut renamed = world.incoming(1, "I married", noon() + seconds(90));
    renamed.from.name = Some("Customer Newname".into());
    renamed.from.username = Some("newname".into());
    world.receive(renamed, noon() + seconds(90)).await.unwrap();
    let all = walk(&world, &world.ben, chat, Filter::default()).await;
    let before = Happening::Renamed { before: "Customer 1".into(), after: "Customer Newname".into() };
    assert_eq!(all.iter().filter(|step| step.what == before).count(), 1);
    let name: String =
        world.ask("select c.name from contact c join chat h on h.contact_id = c.id where h.id = $1", chat).await;
    assert_eq!(name, "Customer Newname");
}

#[sqlx::test(migrations = "./migrations")]
async fn the_bots_unsent_words_are_told_when_they_are_withdrawn(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(1)).await.unwrap();
    let all = walk(&world, &world.ana, chat, Filter { part: Some(Part::Bot), ..Filter::default() }).await;
    let withdrawn: i64 =
        world.ask("select count(*) from message where delivery = 'withdrawn' and chat_id = $1", chat).await;
    assert!(withdrawn > 0);
    let told = Happening::BotWithdrawn { messages: withdrawn };
    assert_eq!(all.iter().filter(|step| step.what == told).count(), 1);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_message_that_does_not_arrive_is_told_once_and_why(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let at = noon() + seconds(60);
    world.deliver(at).await;
    world.does(&world.ana, chat, Command::Intervene, at).await.unwrap();
    let refused = world.sends(&world.ana, chat, "refused at once", at + seconds(1)).await.unwrap();
    for claim in outbox::claim::claim(&world.db, 10, at + seconds(2)).await.unwrap() {
        let answer = Answer::Refused(Failure::from_code(131_026, "x".into()));
        outbox::store::record(&world.db, &claim, answer, 0.0, at + seconds(2)).await.unwrap();
    }
    world.sends(&world.ana, chat, "refused later", at + seconds(3)).await.unwrap();
    world.deliver(at + seconds(4)).await;
    let wamid: String = world.ask("select wamid from message where chat_id = $1 order by seq desc limit 1", chat).await;
    let failed = Status {
        wamid,
        delivery: Delivery::Failed,
        at: at + seconds(5),
        failure: Some(Failure::from_code(131_049, "x".into())),
        attempt: None,
    };
    for _ in 0..2 {
        let mut tx = world.desk.begin().await.unwrap();
        outbox::settle::status(&mut tx, world.channel, failed.clone(), at + seconds(6)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let all = walk(&world, &world.ana, chat, Filter { part: Some(Part::Messages), ..Filter::default() }).await;
    let told: Vec<_> = all
        .iter()
        .filter_map(|step| if let Happening::NotDelivered { why } = &step.what { Some((step.seq, why)) } else { None })
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].1.contains("marketing") && told[1].1.contains("may not use WhatsApp"));
    let (there, _) = open::older(&world.desk, &world.ana, chat, told[1].0.unwrap() + 1).await.unwrap();
    assert_eq!(there.last().unwrap().id, refused);
}

#[sqlx::test(migrations = "./migrations")]
async fn what_happens_in_another_chat_of_the_customer_shows_where_that_one_is_in_sight(pool: PgPool) {
    let world = World::new(pool).await;
    let here = world.says(1, "hello", noon()).await;
    let mut tx = world.desk.begin().await.unwrap();
    let app = channel::store::NewApp { name: "second", verify_token: "v", secret: "s" };
    let app = channel::store::add_app(&mut tx, &app, noon()).await.unwrap();
    let number = channel::store::NewChannel {
        app,
        phone_number_id: "101",
        waba_id: "200",
        display_phone: "+1 555 0101",
        name: "Second",
        access_token: "t",
    };
    let second = channel::store::add(&mut tx, &number, noon()).await.unwrap();
    let mut incoming = world.incoming(1, "the other number", noon() + seconds(5));
    incoming.wamid = wamid();
    let key = incoming.wamid.clone();
    message::receive::receive(&mut tx, second, incoming, noon() + seconds(5)).await.unwrap();
    tx.commit().await.unwrap();
    let there = message::store::chat_of(&world.desk, &key).await.unwrap();
    assert_ne!(here, there);
    let at = noon() + seconds(60);
    world.does(&world.ana, there, Command::Intervene, at).await.unwrap();
    let id = MessageId::at(at);
    note::write(&world.desk, &world.ana, there, id, "between Ana and herself", at).await.unwrap();

    let sees = async |member| {
        let steps = walk(&world, member, here, Filter::default()).await;
        assert!(steps.iter().any(|step| step.chat == Some(here)) && steps.iter().any(|step| step.chat == Some(there)));
        let profile = domain::contact::profile_store::profile(&world.desk, member, here).await.unwrap();
        assert!(!profile.notes.is_empty());
    };
    sees(&world.ana).await;
    // While Ana has one of them, the customer is out of sight for everybody else, in the other one, too.
    let elsewhere = Error::Refused(Refusal::ContactElsewhere);
    for member in [&world.ben, &world.olivia] {
        let journey = journey_page(&world.desk, member, here, Filter::default(), None).await;
        assert_eq!(journey.unwrap_err(), elsewhere, "{}", member.name);
    }
    assert_eq!(export::begin(&world.desk, &world.olivia, here, at).await.unwrap_err(), elsewhere);
    let journey = journey_page(&world.desk, &world.ben, there, Filter::default(), None).await;
    assert_eq!(journey.unwrap_err(), Error::NotFound);
    world.does(&world.ana, there, Command::Resolve { outcome: None, note: None }, at + seconds(5)).await.unwrap();
    sees(&world.ben).await;
    let (lines, _) = export::begin(&world.desk, &world.olivia, here, at + seconds(6)).await.unwrap();
    assert!(lines.iter().any(|line| line.chat == Some(there)));
}

#[sqlx::test(migrations = "./migrations")]
async fn supervisors_export_what_they_see_and_it_is_audited(pool: PgPool) {
    let world = World::new(pool).await;
    let (chat, at) = lived(&world).await;
    let (desk, olivia) = (&world.desk, &world.olivia);
    assert_eq!(export::begin(desk, &world.ana, chat, at).await.unwrap_err(), Error::Forbidden);
    let (lines, after) = export::begin(desk, olivia, chat, at).await.unwrap();
    let mut shown = walk(&world, olivia, chat, Filter::default()).await;
    shown.reverse();
    assert!(after.is_none());
    let words: Vec<_> = lines.iter().map(|line| line.words.clone()).collect();
    assert_eq!(words, shown.iter().map(|step| step.what.sentence(&step.by)).collect::<Vec<_>>());
    assert!(lines.iter().any(|line| line.note.as_deref() == Some("round 3")));
    // The page after any step goes on with the next.
    let (rest, _) = export::next(desk, olivia, chat, shown[9].key()).await.unwrap();
    assert_eq!(rest.len(), lines.len() - 10);

    world.does(&world.ana, chat, Command::Intervene, at + seconds(5)).await.unwrap();
    assert_eq!(export::begin(desk, olivia, chat, at).await.unwrap_err(), Error::NotFound, "held");
    assert_eq!(export::next(desk, olivia, chat, shown[9].key()).await.unwrap_err(), Error::NotFound, "also half way");
    assert_eq!(
        export::begin(desk, &world.ana, chat, at).await.unwrap_err(),
        Error::Forbidden,
        "no agent, not the holder"
    );
    let screen = ScreenId::at(at);
    presence::active(desk, olivia.id, screen, at).await.unwrap();
    watch::open(desk, olivia, chat, screen, at).await.unwrap();
    assert!(export::begin(desk, olivia, chat, at).await.is_ok(), "full sight");
    let audited: i64 = world
        .ask("select count(*) from audit where kind = 'journey_exported' and name = 'Olivia' and detail->>'chat' = $1::text", chat)
        .await;
    assert_eq!(audited, 2, "what was refused is not an export");
}

#[sqlx::test(migrations = "./migrations")]
async fn an_ad_that_somebody_known_taps_is_a_step_and_not_their_source(pool: PgPool) {
    let world = World::new(pool).await;
    let by = |headline: &str| Source::Ad {
        headline: headline.into(),
        body: "Now cheaper".into(),
        url: "https://example.com/ad".into(),
    };
    let mut chats = Vec::new();
    for (who, ads) in [(1, &["Spring", "Summer", ""][..]), (2, &["Autumn"])] {
        let chat = world.says(who, "Hello", noon()).await;
        for (n, ad) in ads.iter().enumerate() {
            let at = noon() + seconds(60 + i64::try_from(n).unwrap());
            let mut incoming = world.incoming(who, "Is it still there?", at);
            incoming.source = by(ad);
            world.receive(incoming, at).await.unwrap();
        }
        chats.push(chat);
    }
    let mut first = world.incoming(3, "Hello", noon());
    first.source = by("Winter");
    world.receive(first.clone(), noon()).await.unwrap();
    chats.push(message::store::chat_of(&world.desk, &first.wamid).await.unwrap());
    let told = async |chat| {
        let profile = profile_store::profile(&world.desk, &world.ana, chat).await.unwrap();
        let steps: Vec<_> =
            profile.journey.into_iter().filter(|step| matches!(step.what, Happening::CameByAd { .. })).collect();
        assert!(steps.iter().all(|step| step.seq.is_some() && step.by == Doer::Customer));
        (profile.source, steps.iter().map(|step| step.what.sentence(&step.by)).collect::<Vec<_>>())
    };
    let steps = ["Came by an ad", "Came by an ad: Summer", "Came by an ad: Spring"].map(str::to_owned).to_vec();
    assert_eq!(told(chats[0]).await, (Source::Organic, steps));
    assert_eq!(told(chats[1]).await, (Source::Organic, vec!["Came by an ad: Autumn".to_owned()]));
    assert_eq!(told(chats[2]).await, (by("Winter"), Vec::new()), "the first one is their source");
}

#[sqlx::test(migrations = "./migrations")]
async fn what_a_customer_chose_of_the_bot_is_a_step(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "hello", noon()).await;
    let mut tapped = world.incoming(1, "Offers", noon() + seconds(5));
    tapped.heard = Some(domain::flow::Heard::Choice { id: "offers".into(), title: "Offers".into() });
    world.receive(tapped, noon() + seconds(5)).await.unwrap();
    let profile = domain::contact::profile_store::profile(&world.desk, &world.ana, chat).await.unwrap();
    let steps: Vec<_> = profile.journey.iter().filter(|step| step.what.part() == domain::journey::Part::Bot).collect();
    let chose = steps.iter().find(|step| step.what.sentence(&step.by) == "Customer chose “Offers”");
    let tapped: i64 = world.ask("select max(seq) from message where author = 'customer' and chat_id = $1", chat).await;
    assert_eq!(
        chose.and_then(|step| step.seq),
        Some(tapped),
        "it leads to the tap, not to what the bot said then: {steps:?}"
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn what_the_api_did_in_no_chat_leads_to_its_place_and_is_found_by_its_kind(pool: PgPool) {
    let world = World::new(pool).await;
    let named = world.says(2, "hello", noon()).await;
    sqlx::query("update contact set name = null from chat where chat.contact_id = contact.id and chat.id = $1")
        .bind(named.0)
        .execute(world.db.pool())
        .await
        .unwrap();
    let chat = world.says(1, "hello", noon() + seconds(10)).await;
    world.says(1, "and later", noon() + seconds(60)).await;
    let change = |name: Option<&str>| Change {
        name: name.map(Into::into),
        tags: vec!["From the shop".into()],
        opted: Some(Opted::In),
        ..Change::default()
    };
    let shop = Doer::Key { name: "Shop".into() };
    for (who, name, at) in [(1, None, noon() + seconds(30)), (2, Some("Known by now"), noon() + seconds(30))] {
        let mut tx = world.desk.begin().await.unwrap();
        let phone = Phone::parse(&format!("4477009{who:05}")).unwrap();
        directory::put(&mut tx, phone, None, &change(name), &shop, at).await.unwrap();
        tx.commit().await.unwrap();
    }
    let of = async |words: &str| walk(&world, &world.ben, chat, Filter::of(words, "").unwrap()).await;
    let before: i64 =
        world.ask("select max(seq) from message where chat_id = $1 and at <= '2026-06-01T12:00:30Z'", chat).await;
    for (words, is) in [
        ("tags", (|what| matches!(what, Happening::TagGiven { .. })) as fn(&Happening) -> bool),
        ("consent", |what| matches!(what, Happening::OptedChanged { .. })),
    ] {
        let steps = of(words).await;
        assert!(steps.len() == 1 && is(&steps[0].what), "{words}: {steps:?}");
        assert_eq!((steps[0].chat, steps[0].seq), (None, Some(before)), "{words}");
    }
    assert!(of("attributes").await.is_empty() && of("merges").await.is_empty());
    assert!(of("profile").await.len() >= 2);
    let by_systems = Filter { doer: Some(DoerKind::Api), ..Filter::default() };
    assert!(walk(&world, &world.ben, chat, by_systems).await.iter().any(|step| step.by == shop));
    // Who had no name until the API gave one.
    let named = walk(&world, &world.ben, named, Filter::default()).await;
    let step = Happening::Renamed { before: String::new(), after: "Known by now".into() };
    assert_eq!(named.iter().filter(|one| one.what == step && one.by == shop).count(), 1);
}
