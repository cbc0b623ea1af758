//! Two contacts that are one person: what joins them, what is shown then, and that nothing is lost or kept back.

use crate::world::{World, noon, seconds, wamid};
use domain::attribute::values;
use domain::chat::{Command, List, list, open};
use domain::contact::{Duplicates, Opted, Phone, Profile, apart, duplicates, edit, merge_store, naming, profile_store};
use domain::feed::{self, Frame, store::Follow};
use domain::journey::{Doer, Happening};
use domain::message::{Body, receive::Incoming, store};
use domain::{ChatId, ContactId, Error, MergeId, Result, Timestamp, search};
use sqlx::PgPool;

impl World {
    pub async fn contact(&self, chat: ChatId) -> ContactId {
        ContactId(self.ask("select contact_id from chat where id = $1", chat).await)
    }

    async fn opts(&self, chat: ChatId, opted: Opted, after: i64) {
        edit::set_opted(&self.desk, &self.olivia, chat, opted, noon() + seconds(after)).await.unwrap();
    }

    async fn blocks_all(&self, chat: ChatId, blocked: bool, after: i64) {
        edit::set_blocked(&self.desk, &self.olivia, chat, blocked, noon() + seconds(after)).await.unwrap();
    }

    async fn undoes(&self, id: MergeId) {
        merge_store::undo(&self.desk, &self.olivia, id, noon() + seconds(500)).await.unwrap();
    }

    /// What the profile says that a merge may change, beside the counters.
    async fn said(&self, chat: ChatId) -> (Option<String>, bool, Option<Opted>) {
        let profile = self.seen(chat).await;
        (profile.name, profile.blocked.is_some(), profile.opted.map(|(opted, _)| opted))
    }

    /// The newest steps about merges, newest first.
    async fn told_of(&self, chat: ChatId) -> Vec<String> {
        let journey = self.seen(chat).await.journey;
        let steps =
            journey.iter().filter(|step| matches!(step.what, Happening::Merged { .. } | Happening::Unmerged { .. }));
        steps.map(|step| step.what.sentence(&step.by)).collect()
    }

    pub async fn merges(&self, into: ChatId, from: ChatId) -> Result<MergeId> {
        let (into, from) = (self.contact(into).await, self.contact(from).await);
        merge_store::merge(&self.desk, &self.olivia, into, from, noon() + seconds(100)).await
    }

    async fn seen(&self, chat: ChatId) -> Profile {
        profile_store::profile(&self.desk, &self.olivia, chat).await.unwrap()
    }

    async fn duplicates(&self) -> Duplicates {
        duplicates::find(&self.desk, &self.olivia, None, None).await.unwrap()
    }

    /// The ids in every list of the desk.
    async fn listed(&self) -> Vec<ChatId> {
        let mut ids = Vec::new();
        for of in [List::Active, List::Requested, List::Mine, List::History] {
            ids.extend(list::page(&self.desk, &self.ana, of, None).await.unwrap().rows.iter().map(|row| row.id));
        }
        ids
    }

    async fn thread(&self, chat: ChatId) -> Vec<String> {
        let thread = open::open(&self.desk, &self.ana, chat).await.unwrap();
        thread.messages.iter().map(|message| message.body.line()).collect()
    }

    async fn wrote(&self, incoming: Incoming, at: Timestamp) -> ChatId {
        let wamid = incoming.wamid.clone();
        self.receive(incoming, at).await.unwrap();
        store::chat_of(&self.desk, &wamid).await.unwrap()
    }

    /// One who is known by a BSUID alone, and the number of another.
    /// One who is known by a number alone, and one by WhatsApp's own id.
    async fn strangers(&self) -> (ChatId, ChatId) {
        let mut numbered = self.incoming(1, "by number", noon());
        numbered.from.bsuid = None;
        let a = self.wrote(numbered, noon()).await;
        (a, self.wrote(self.unnumbered(7, noon()), noon() + seconds(5)).await)
    }

    /// A message that shows the two to be one.
    fn shared(&self, at: Timestamp) -> Incoming {
        let mut shared = self.incoming(7, "my number", at);
        shared.from.phone = Some(phone(1));
        shared
    }

    fn unnumbered(&self, who: u64, at: Timestamp) -> Incoming {
        let mut incoming = self.incoming(who, "hidden", at);
        incoming.from.phone = None;
        incoming.wamid = wamid();
        incoming
    }
}

fn phone(who: u64) -> Phone {
    Phone::parse(&format!("4477009{who:05}")).unwrap()
}

#[sqlx::test(migrations = "./migrations")]
async fn a_merge_shows_both_and_undoing_it_gives_each_its_own_back(pool: PgPool) {
    let world = World::new(pool).await;
    let a = world.says(1, "from one", noon()).await;
    let b = world.says(2, "from two", noon() + seconds(10)).await;
    let (one, two) = (world.contact(a).await, world.contact(b).await);
    let mut tx = world.desk.begin().await.unwrap();
    for (contact, key, value) in [(one, "city", "Lyon"), (two, "city", "Rome"), (two, "email", "a@b.example")] {
        values::set_by_key(&mut tx, contact, key, value, &Doer::Customer, noon()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (before_a, before_b) = (world.seen(a).await, world.seen(b).await);
    world.sequence().await;
    let number = feed::store::cursor(&mut world.desk.snapshot().await.unwrap()).await.unwrap();

    let id = world.merges(a, b).await.unwrap();
    let both = world.seen(a).await;
    assert_eq!(both.session_messages, before_a.session_messages + before_b.session_messages);
    assert_eq!((both.first_seen, both.last_active), (noon(), Some(noon() + seconds(10))));
    assert_eq!(both.first_message.as_deref(), Some("from one"));
    assert_eq!(both.identities.len(), 4, "{:?}", both.identities);
    let value = |profile: &Profile, key: &str| {
        profile.attributes.iter().find(|field| field.definition.key == key).map(|field| field.value.clone()).unwrap()
    };
    assert_eq!((value(&both, "city").as_str(), value(&both, "email").as_str()), ("Lyon", "a@b.example"));
    let told: Vec<_> = both.journey.iter().map(|step| step.what.sentence(&step.by)).collect();
    assert!(told.contains(&"Olivia said that Customer 2 is the same person".to_owned()), "{told:?}");
    assert_eq!(told.iter().filter(|step| step.starts_with("First message")).count(), 2, "{told:?}");

    // One chat stands in the lists; the other is read within it, and old links lead there.
    assert_eq!(world.listed().await, [a]);
    assert!(world.thread(a).await.contains(&"Olivia said that Customer 2 is the same person".to_owned()));
    assert_eq!(open::open(&world.desk, &world.ana, b).await.unwrap().row.id, a);
    let (folded, older) = open::folded(&world.desk, &world.ana, a, two, None).await.unwrap();
    assert!(!older && folded[0].body == Body::text("from two"));
    let everywhere = search::Filter::default();
    let found = search::store::search(&world.desk, &world.ana, "447700900002", &everywhere, None).await.unwrap();
    assert_eq!(
        found.people.iter().filter_map(|who| who.chat.map(|(chat, _)| chat)).collect::<Vec<_>>(),
        [a],
        "found by the other's number"
    );
    for result in [
        world.does(&world.ana, b, Command::Intervene, noon() + seconds(101)).await,
        world.sends(&world.ana, b, "x", noon() + seconds(101)).await.map(|_| ()),
        open::mark_seen(&world.desk, &world.ana, b, noon()).await,
    ] {
        assert_eq!(result.unwrap_err(), Error::NotFound, "nothing is done in a chat that is read elsewhere");
    }
    // Screens hear that it is gone from the lists.
    world.sequence().await;
    let Follow::Batch(batch) = feed::store::after(&world.desk, number, noon()).await.unwrap() else { panic!() };
    let Frame::Changes { changes, .. } = batch.frame(world.ana.id, world.ana.role, number) else { panic!() };
    assert!(changes.iter().any(|change| change.chat == b && change.row.is_none()));
    let counts = list::page(&world.desk, &world.ana, List::Active, None).await.unwrap().counts;
    assert_eq!((counts.active, counts.requested, counts.others, counts.history), (1, 0, 0, 0));

    // What either writes now is in the one chat.
    assert_eq!(world.says(2, "again", noon() + seconds(110)).await, a);
    assert_eq!(world.says(1, "and again", noon() + seconds(111)).await, a);
    let steps: i64 = world.ask("select count(*) from journey where kind = 'first_message' and $1 is not null", a).await;
    assert_eq!(steps, 2, "nobody writes for the first time a second time");

    merge_store::undo(&world.desk, &world.olivia, id, noon() + seconds(120)).await.unwrap();
    let mut listed = world.listed().await;
    listed.sort();
    assert_eq!(listed, [a, b]);
    assert_eq!(world.seen(b).await.identities, before_b.identities);
    assert_eq!(value(&world.seen(b).await, "city"), "Rome");
    assert_eq!(value(&world.seen(a).await, "email"), "");
    assert_eq!(world.says(2, "own", noon() + seconds(130)).await, b);
    assert_eq!(open::folded(&world.desk, &world.ana, a, two, None).await.unwrap_err(), Error::NotFound);
    assert_eq!(merge_store::undo(&world.desk, &world.olivia, id, noon()).await.unwrap_err(), Error::NotFound);
    let audited: i64 = world
        .ask("select count(*) from audit where kind in ('contacts_merged', 'contacts_unmerged') and $1 is not null", a)
        .await;
    assert_eq!(audited, 2);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_request_waits_on_in_the_chat_that_stays(pool: PgPool) {
    let world = World::new(pool).await;
    let a = world.says(1, "hello", noon()).await;
    let b = world.asks(2, noon() + seconds(20)).await;
    world.merges(a, b).await.unwrap();
    let page = list::page(&world.desk, &world.ana, List::Requested, None).await.unwrap();
    assert_eq!(
        page.rows.iter().map(|row| (row.id, row.requested_since)).collect::<Vec<_>>(),
        [(a, Some(noon() + seconds(20)))]
    );
    world.does(&world.ana, a, Command::Intervene, noon() + seconds(140)).await.unwrap();
    let handover = open::open(&world.desk, &world.ana, a).await.unwrap().handover.unwrap();
    assert_eq!(handover.waited, Some(120));
}

#[sqlx::test(migrations = "./migrations")]
async fn nothing_is_joined_while_an_agent_holds_one_of_them(pool: PgPool) {
    let world = World::new(pool).await;
    let a = world.says(1, "hello", noon()).await;
    let b = world.asks(2, noon()).await;
    world.does(&world.ana, b, Command::Intervene, noon() + seconds(5)).await.unwrap();
    for (into, from) in [(a, b), (b, a)] {
        let error = world.merges(into, from).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid(words) if words.contains("with an agent")), "{error:?}");
    }
    assert_eq!(world.listed().await.len(), 2);
    let contacts = (world.contact(a).await, world.contact(b).await);
    let (desk, ana) = (&world.desk, &world.ana);
    let unknown = ContactId::at(noon());
    assert_eq!(merge_store::merge(desk, ana, contacts.0, contacts.1, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(apart::dismiss(desk, ana, contacts.0, contacts.1, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(merge_store::undo(desk, ana, MergeId::at(noon()), noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(duplicates::find(desk, ana, None, None).await.unwrap_err(), Error::Forbidden);
    assert_eq!(
        merge_store::merge(desk, &world.olivia, contacts.0, unknown, noon()).await.unwrap_err(),
        Error::NotFound
    );
    let itself = merge_store::merge(desk, &world.olivia, contacts.0, contacts.0, noon()).await.unwrap_err();
    assert!(matches!(itself, Error::Invalid(_)));
    // Once it is resolved, it can be done; until it is undone the survivor can be held.
    world.does(&world.ana, b, Command::Resolve { outcome: None, note: None }, noon() + seconds(20)).await.unwrap();
    let id = world.merges(a, b).await.unwrap();
    world.does(&world.ana, a, Command::Intervene, noon() + seconds(130)).await.unwrap();
    assert!(merge_store::undo(&world.desk, &world.olivia, id, noon()).await.is_err());
}

#[sqlx::test(migrations = "./migrations")]
async fn chains_lead_to_one_and_come_apart_in_any_order(pool: PgPool) {
    let world = World::new(pool).await;
    let (a, b, c) = (
        world.says(1, "a", noon()).await,
        world.says(2, "b", noon() + seconds(1)).await,
        world.says(3, "c", noon() + seconds(2)).await,
    );
    let first = world.merges(b, c).await.unwrap();
    let second = world.merges(a, b).await.unwrap();
    // Whoever is meant, it is the one that stays.
    assert!(matches!(world.merges(c, a).await.unwrap_err(), Error::Invalid(_)));
    assert_eq!(world.seen(a).await.identities.len(), 6);
    assert_eq!(world.listed().await, [a]);
    assert_eq!(world.says(3, "c again", noon() + seconds(200)).await, a);
    merge_store::undo(&world.desk, &world.olivia, second, noon() + seconds(210)).await.unwrap();
    assert_eq!(world.seen(b).await.identities.len(), 4, "what had joined it before went with it");
    assert_eq!(world.says(3, "c to b", noon() + seconds(220)).await, b);
    merge_store::undo(&world.desk, &world.olivia, first, noon() + seconds(230)).await.unwrap();
    assert_eq!(world.says(3, "c alone", noon() + seconds(240)).await, c);
    let pointers: i64 =
        world.ask("select count(*) from contact where merged_into is not null and $1 is not null", a).await;
    assert_eq!(pointers, 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn who_shares_the_phone_of_another_becomes_one_with_them_by_itself(pool: PgPool) {
    let world = World::new(pool).await;
    let (a, b) = world.strangers().await;
    assert_ne!(a, b);
    // One delivery with both names, and after it in the same group one by the BSUID alone.
    let shared = world.shared(noon() + seconds(10));
    let after = world.unnumbered(7, noon() + seconds(11));
    let mut tx = world.desk.begin().await.unwrap();
    let group = vec![
        (world.channel, world.unnumbered(7, noon() + seconds(9))),
        (world.channel, shared),
        (world.channel, after),
    ];
    domain::message::receive::receive_all(&mut tx, group, noon() + seconds(12)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.listed().await, [a], "the one who was here first stays");
    let thread = world.thread(a).await;
    assert_eq!(thread.iter().filter(|line| *line == "hidden").count(), 2, "{thread:?}");
    let step = "Baton found that Customer 7 is the same person: they wrote with the phone number +447700900001";
    assert!(world.seen(a).await.journey.iter().any(|one| one.what.sentence(&one.by) == step));
    assert_eq!(world.wrote(world.unnumbered(7, noon()), noon() + seconds(20)).await, a);
    // What is written to them goes to the number.
    world.does(&world.ana, a, Command::Intervene, noon() + seconds(30)).await.unwrap();
    world.sends(&world.ana, a, "hi", noon() + seconds(31)).await.unwrap();
    let sent = world.deliver(noon() + seconds(32)).await;
    let to_number = |claim: &domain::outbox::Claim| matches!(&claim.to, domain::outbox::Recipient::Phone(number) if number == "+447700900001");
    assert!(sent.iter().filter(|claim| claim.chat == a).all(to_number));
}

#[sqlx::test(migrations = "./migrations")]
async fn held_chats_are_not_torn_from_agents_by_a_shared_phone(pool: PgPool) {
    let world = World::new(pool).await;
    let (a, b) = world.strangers().await;
    world.does(&world.ana, b, Command::Intervene, noon() + seconds(6)).await.unwrap();
    world.does(&world.ben, a, Command::Intervene, noon() + seconds(6)).await.unwrap();
    assert_eq!(world.wrote(world.shared(noon()), noon() + seconds(10)).await, b, "both are held: it has to wait");
    assert!(world.duplicates().await.pairs.is_empty(), "held by others");
    let resolve = || Command::Resolve { outcome: None, note: None };
    world.does(&world.ben, a, resolve(), noon() + seconds(20)).await.unwrap();
    // Ana keeps the chat that she is in.
    assert_eq!(world.wrote(world.shared(noon()), noon() + seconds(30)).await, b);
    assert_eq!(world.listed().await, [b]);
    world.sends(&world.ana, b, "still here", noon() + seconds(31)).await.unwrap();
}

#[sqlx::test(migrations = "./migrations")]
async fn duplicates_are_suggested_until_they_are_dealt_with(pool: PgPool) {
    let world = World::new(pool).await;
    let mut chats = Vec::new();
    for who in 1..=5 {
        chats.push(world.says(who, "hello", noon() + seconds(i64::try_from(who).unwrap())).await);
    }
    let shape = |name: &str, kind| domain::attribute::Shape {
        name: name.into(),
        kind,
        options: Vec::new(),
        currency: String::new(),
        help: String::new(),
        required_on_resolve: false,
        shown_to_bot: true,
    };
    let (desk, olivia) = (&world.desk, &world.olivia);
    for (name, kind) in [("E-mail", domain::attribute::Kind::Email), ("Second number", domain::attribute::Kind::Phone)]
    {
        domain::attribute::store::create(desk, olivia, shape(name, kind), noon()).await.unwrap();
    }
    let mut tx = desk.begin().await.unwrap();
    for (place, key, value) in [
        (0, "e_mail", "same@b.example"),
        (1, "e_mail", "Same@b.example"),
        (2, "second_number", "+447700900004"),
        (4, "e_mail", "other@b.example"),
    ] {
        let contact = world.contact(chats[place]).await;
        values::set_by_key(&mut tx, contact, key, value, &Doer::Customer, noon()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let found = world.duplicates().await;
    let mut told: Vec<_> =
        found.pairs.iter().map(|pair| (pair.one.title(), pair.other.title(), pair.why.clone())).collect();
    told.sort();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((told[0].0.as_str(), told[0].1.as_str()), ("Customer 1", "Customer 2"));
    assert!(told[0].2.to_lowercase().starts_with("both have the e-mail address same@b.example"), "{told:?}");
    assert_eq!(told[1].0, "Customer 3");
    assert_eq!(told[1].1, "Customer 4");
    assert_eq!(told[1].2, "Both have the phone number +447700900004");
    // Not the same: remembered. Merged: listed as such, and suggested no more after it was undone.
    let (three, four) = (world.contact(chats[2]).await, world.contact(chats[3]).await);
    apart::dismiss(desk, olivia, four, three, noon()).await.unwrap();
    let id = world.merges(chats[0], chats[1]).await.unwrap();
    let found = world.duplicates().await;
    assert!(found.pairs.is_empty());
    assert_eq!((found.joined[0].id, found.joined[0].from.as_str()), (id, "Customer 2"));
    merge_store::undo(desk, olivia, id, noon()).await.unwrap();
    let found = world.duplicates().await;
    assert!(found.pairs.is_empty() && found.joined.is_empty());
}

#[sqlx::test(migrations = "./migrations")]
async fn what_was_folded_in_is_found_by_those_alone_who_see_the_whole(pool: PgPool) {
    let world = World::new(pool).await;
    let a = world.says(1, "from one", noon()).await;
    world.says(2, "marimba from two", noon() + seconds(10)).await;
    let b = world.says(2, "and more", noon() + seconds(11)).await;
    world.merges(a, b).await.unwrap();
    let finds = async |member| {
        let everywhere = search::Filter::default();
        search::store::search(&world.desk, member, "marimba", &everywhere, None).await.unwrap().messages.len()
    };
    assert_eq!(finds(&world.ben).await, 1);
    world.does(&world.ana, a, Command::Intervene, noon() + seconds(200)).await.unwrap();
    assert_eq!((finds(&world.ana).await, finds(&world.ben).await, finds(&world.olivia).await), (1, 0, 0), "unindexed");
    while search::index::run_once(&world.db).await.unwrap() > 0 {}
    assert_eq!((finds(&world.ana).await, finds(&world.ben).await, finds(&world.olivia).await), (1, 0, 0), "indexed");
}

fn name_of(who: u64) -> Option<String> {
    Some(format!("Customer {who}"))
}

#[sqlx::test(migrations = "./migrations")]
async fn what_a_merge_brought_goes_with_it_and_the_journey_says_so(pool: PgPool) {
    let world = World::new(pool).await;
    let (a, b) = (world.says(1, "one", noon()).await, world.says(2, "two", noon() + seconds(1)).await);
    world.opts(a, Opted::In, 10).await;
    world.opts(b, Opted::Out, 20).await;
    world.blocks_all(b, true, 30).await;
    let since = world.seen(b).await.blocked;
    let id = world.merges(a, b).await.unwrap();
    assert_eq!(world.said(a).await, (name_of(1), true, Some(Opted::Out)));
    assert_eq!(world.seen(a).await.blocked, since);
    let said = "Olivia said that Customer 2 is the same person · blocked and opted out like them";
    assert_eq!(world.told_of(a).await, [said]);
    assert!(world.thread(a).await.contains(&said.to_owned()));
    // Named as they last wrote, until they are told apart.
    world.says(2, "me", noon() + seconds(110)).await;
    assert_eq!(world.said(a).await.0, name_of(2));
    world.undoes(id).await;
    assert_eq!(world.said(a).await, (name_of(1), false, Some(Opted::In)));
    assert_eq!(world.said(b).await, (name_of(2), true, Some(Opted::Out)));
    assert_eq!(
        world.told_of(a).await[0],
        "Olivia told Customer 2 apart again · no longer blocked and opted out like them"
    );
    assert_eq!(world.told_of(b).await, ["Olivia told Customer 1 apart again"]);
}

#[sqlx::test(migrations = "./migrations")]
async fn what_was_decided_since_a_merge_outlives_it(pool: PgPool) {
    let world = World::new(pool).await;
    let (a, b) = (world.says(1, "one", noon()).await, world.says(2, "two", noon() + seconds(1)).await);
    world.opts(b, Opted::Out, 20).await;
    world.blocks_all(b, true, 30).await;
    let id = world.merges(a, b).await.unwrap();
    world.blocks_all(a, false, 200).await;
    world.blocks_all(a, true, 201).await;
    world.opts(a, Opted::In, 202).await;
    naming::rename(&world.desk, &world.olivia, a, "Both", noon() + seconds(203)).await.unwrap();
    world.undoes(id).await;
    assert_eq!(world.said(a).await, (Some("Both".into()), true, Some(Opted::In)));
    assert_eq!(world.told_of(a).await[0], "Olivia told Customer 2 apart again");
}

#[sqlx::test(migrations = "./migrations")]
async fn of_several_parts_each_takes_its_own_along(pool: PgPool) {
    let world = World::new(pool).await;
    let mut chats = Vec::new();
    for (who, at) in [(1, 30), (2, 20), (3, 10), (4, 40)] {
        chats.push(world.says(who, &format!("from {who}"), noon() + seconds(at)).await);
    }
    let [a, b, c, d] = chats[..] else { panic!() };
    world.blocks_all(b, true, 50).await;
    world.blocks_all(c, true, 51).await;
    world.opts(c, Opted::Out, 52).await;
    let mut alone = Vec::new();
    for chat in [a, b, c, d] {
        alone.push(world.seen(chat).await);
    }
    let facts = |profile: &Profile| {
        (
            profile.first_seen,
            profile.last_active,
            profile.first_message.clone(),
            profile.session_messages,
            profile.blocked,
        )
    };
    // c into b, b into a, d into a; then the innermost, the last and the first of them are undone.
    let inner = world.merges(b, c).await.unwrap();
    let outer = world.merges(a, b).await.unwrap();
    let last = world.merges(a, d).await.unwrap();
    let all = world.seen(a).await;
    assert_eq!(all.session_messages, alone.iter().map(|one| one.session_messages).sum::<i64>());
    assert_eq!((all.first_seen, all.last_active), (noon() + seconds(10), Some(noon() + seconds(40))));
    assert_eq!(all.first_message.as_deref(), Some("from 3"));
    world.undoes(inner).await;
    let without = world.seen(a).await;
    assert_eq!((without.first_seen, without.blocked, without.opted), (noon() + seconds(20), alone[1].blocked, None));
    assert_eq!(without.session_messages, all.session_messages - alone[2].session_messages);
    assert_eq!(facts(&world.seen(c).await), facts(&alone[2]));
    world.undoes(last).await;
    assert_eq!(world.seen(a).await.last_active, Some(noon() + seconds(30)));
    world.undoes(outer).await;
    for (chat, alone) in [(a, &alone[0]), (b, &alone[1]), (c, &alone[2]), (d, &alone[3])] {
        assert_eq!(facts(&world.seen(chat).await), facts(alone));
    }
    let kept: i64 = world.ask("select count(*) from contact where own is not null and $1 is not null", a).await;
    assert_eq!(kept, 0);
}

/// Who was faster is known though the value that both saw was the other contact's.
#[sqlx::test(migrations = "./migrations")]
async fn a_value_that_a_merge_brought_is_not_overwritten_unseen(pool: PgPool) {
    use domain::attribute::Edited;
    let world = World::new(pool).await;
    let (a, b) = (world.says(1, "one", noon()).await, world.says(2, "two", noon()).await);
    let two = world.contact(b).await;
    let mut tx = world.desk.begin().await.unwrap();
    values::set_by_key(&mut tx, two, "city", "Rome", &Doer::Customer, noon()).await.unwrap();
    tx.commit().await.unwrap();
    world.merges(a, b).await.unwrap();
    let seen = world.seen(a).await;
    let field = seen.attributes.iter().find(|field| field.definition.key == "city").unwrap();
    let (id, version) = (field.definition.id, field.version);
    let set = |member, value: &'static str, version| values::set(&world.desk, member, a, id, value, version, noon());
    let Edited::Done { version: newer } = set(&world.ana, "Lyon", version).await.unwrap() else { panic!() };
    assert!(newer > version);
    let second = set(&world.ben, "Oslo", version).await.unwrap();
    assert!(matches!(second, Edited::Conflict { ref value, .. } if value == "Lyon"), "{second:?}");
    let Edited::Done { .. } = set(&world.ben, "Oslo", newer).await.unwrap() else { panic!() };
}

#[sqlx::test(migrations = "./migrations")]
async fn the_bot_and_resolve_know_what_a_merge_brought(pool: PgPool) {
    let world = World::new(pool).await;
    let (a, b) = (world.says(1, "one", noon()).await, world.says(2, "two", noon()).await);
    let (one, two) = (world.contact(a).await, world.contact(b).await);
    let mut tx = world.desk.begin().await.unwrap();
    for (contact, key, value) in [(two, "city", "Rome"), (two, "country", "France"), (one, "city", "Lyon")] {
        values::set_by_key(&mut tx, contact, key, value, &Doer::Customer, noon()).await.unwrap();
    }
    tx.commit().await.unwrap();
    sqlx::query("update attribute_definition set shown_to_bot = true, required_on_resolve = key = 'city'")
        .execute(world.db.pool())
        .await
        .unwrap();
    world.merges(a, b).await.unwrap();
    let mut tx = world.desk.snapshot().await.unwrap();
    let (_, known) = domain::flow::store::known(&mut tx, one).await.unwrap();
    let both = [("city", "Lyon"), ("country", "France")];
    assert_eq!(known.iter().map(|(key, value)| (&**key, &**value)).collect::<Vec<_>>(), both);
    assert!(values::missing(&mut tx, one).await.unwrap().is_empty());
    drop(tx);
    // The bot that answers does not ask for what the other contact said.
    let mut incoming = world.incoming(1, "Offers", noon() + seconds(200));
    incoming.heard = Some(domain::flow::Heard::Choice { id: "offers".into(), title: "Offers".into() });
    world.receive(incoming, noon() + seconds(200)).await.unwrap();
    let offers = "select exists (select 1 from message where chat_id = $1 and body::text like '%delivery in France%')";
    assert!(world.ask::<bool>(offers, a).await, "{:?}", world.thread(a).await);
    // Cleared on the one that stays it is empty on the profile, and needed.
    let city: uuid::Uuid = sqlx::query_scalar("select id from attribute_definition where key = 'city'")
        .fetch_one(world.db.pool())
        .await
        .unwrap();
    let version = world.seen(a).await.attributes.iter().find(|field| field.definition.key == "city").unwrap().version;
    values::set(&world.desk, &world.ana, a, domain::AttributeId(city), "", version, noon()).await.unwrap();
    let mut tx = world.desk.snapshot().await.unwrap();
    assert_eq!(values::missing(&mut tx, one).await.unwrap(), ["City"]);
}

/// A message waits for the chat of a contact who becomes a part of another meanwhile: it is filed where it is read, and
/// the request that it makes waits in a list.
#[sqlx::test(migrations = "./migrations")]
async fn who_asks_for_a_person_while_they_are_joined_is_not_lost(pool: PgPool) {
    let world = World::new(pool).await;
    let from = world.says(1, "from", noon()).await;
    let into = world.says(2, "into", noon() + seconds(1)).await;
    assert!(from < into, "chats are locked in this order");
    let mut other = world.desk.begin().await.unwrap();
    domain::chat::store::lock(&mut other, into).await.unwrap();
    let merging = Box::pin(world.merges(into, from));
    let asking = Box::pin(world.asks(1, noon() + seconds(200)));
    let (mut merging, mut asking) = (merging, asking);
    world.until_blocked(&mut merging).await;
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    loop {
        tokio::select! {
            done = &mut merging => panic!("{done:?} came without waiting"),
            done = &mut asking => panic!("{done:?} came without waiting"),
            waiting = world.number(waiting) => if waiting > 1 { break },
        }
    }
    other.commit().await.unwrap();
    let (merged, asked) = futures::future::join(merging, asking).await;
    merged.unwrap();
    assert_eq!(asked, into);
    assert_eq!(world.queue(into).await, domain::chat::Queue::Requested);
    assert!(world.thread(into).await.iter().any(|line| line == "Talk to a person"));
}

#[sqlx::test(migrations = "./migrations")]
async fn who_was_told_apart_stays_apart_whatever_they_write_with(pool: PgPool) {
    let world = World::new(pool).await;
    let (a, b) = world.strangers().await;
    world.wrote(world.shared(noon()), noon() + seconds(10)).await;
    assert_eq!(world.listed().await, [a]);
    let merge = sqlx::query_scalar("select id from merge").fetch_one(world.db.pool()).await.unwrap();
    world.undoes(MergeId(merge)).await;
    assert_eq!(
        world.wrote(world.shared(noon()), noon() + seconds(20)).await,
        b,
        "filed by the id that is WhatsApp's own"
    );
    assert_eq!(world.listed().await.len(), 2, "a supervisor has said that they are two");
    assert!(world.duplicates().await.pairs.is_empty());
}

#[sqlx::test(migrations = "./migrations")]
async fn who_asked_twice_has_waited_since_they_first_did(pool: PgPool) {
    let world = World::new(pool).await;
    let late = world.asks(1, noon() + seconds(50)).await;
    let early = world.asks(2, noon() + seconds(20)).await;
    world.merges(late, early).await.unwrap();
    let page = list::page(&world.desk, &world.ana, List::Requested, None).await.unwrap();
    let waits: Vec<_> = page.rows.iter().map(|row| (row.id, row.requested_since, row.unanswered_since)).collect();
    let since = Some(noon() + seconds(20));
    assert_eq!(waits, [(late, since, since)]);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_merge_of_long_ago_is_found_and_undone(pool: PgPool) {
    let world = World::new(pool).await;
    let mut made = Vec::new();
    for n in 0..33 {
        let (a, b) = (world.says(2 * n, "hello", noon()).await, world.says(2 * n + 1, "hello", noon()).await);
        let (a, b) = (world.contact(a).await, world.contact(b).await);
        let at = noon() + seconds(100 + i64::try_from(n).unwrap());
        made.push(merge_store::merge(&world.desk, &world.olivia, a, b, at).await.unwrap());
    }
    made.reverse();
    let ids = |found: &Duplicates| found.joined.iter().map(|one| one.id).collect::<Vec<_>>();
    let latest = world.duplicates().await;
    assert_eq!(ids(&latest), made[..30]);
    let find = async |before| duplicates::find(&world.desk, &world.olivia, None, before).await.unwrap();
    let earlier = find(latest.joined_further).await;
    assert_eq!((ids(&earlier).as_slice(), earlier.joined_further), (&made[30..], None));
    merge_store::undo(&world.desk, &world.olivia, made[32], noon() + seconds(200)).await.unwrap();
    assert_eq!(ids(&find(latest.joined_further).await), made[30..32]);
}
