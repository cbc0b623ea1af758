//! Tags: who gives and takes which, what first messages earn, and what Manage changes about them.

use crate::world::{World, noon, seconds};
use domain::chat::{Command, Refusal, watch};
use domain::contact::filter::{Condition, Group, Join, Part};
use domain::contact::table::Line;
use domain::contact::{Profile, Source, profile_store, table_store};
use domain::journey::{Doer, Happening};
use domain::member::{Member, Role, presence};
use domain::message::receive::Incoming;
use domain::tag::{
    Category, Change, Colour, Given, Kind, LooksAt, Match, RuleDraft, Tag, TagDraft, Towards, Uses, define, store,
};
use domain::{ChatId, ContactId, Error, Result, ScreenId, TagCategoryId, TagId, segment};
use futures::future::join_all;
use sqlx::PgPool;

impl World {
    async fn defines(&self, change: Change) -> Result<()> {
        define::change(&self.desk, &self.olivia, change, noon()).await
    }

    async fn categories(&self) -> Vec<Category> {
        define::read(&self.desk, &self.olivia).await.unwrap().categories
    }

    async fn category(&self, name: &str) -> TagCategoryId {
        self.defines(Change::AddCategory { name: name.into() }).await.unwrap();
        self.categories().await.into_iter().find(|category| category.name == name).unwrap().id
    }

    async fn tag(&self, category: TagCategoryId, name: &str, kind: Kind) -> TagId {
        self.defines(Change::AddTag { tag: draft(category, name, kind) }).await.unwrap();
        self.found(name).await.unwrap().id
    }

    async fn found(&self, name: &str) -> Option<Tag> {
        self.categories().await.into_iter().flat_map(|category| category.tags).find(|tag| tag.draft.name == name)
    }

    async fn profile(&self, chat: ChatId) -> Profile {
        profile_store::profile(&self.desk, &self.olivia, chat).await.unwrap()
    }

    /// The names of a chat's customer's tags.
    async fn tags(&self, chat: ChatId) -> Vec<String> {
        self.profile(chat).await.tags.into_iter().map(|given| given.label.name).collect()
    }

    async fn gives(&self, member: &Member, chat: ChatId, tag: TagId) -> Result<()> {
        store::give(&self.desk, member, chat, tag, noon() + seconds(30)).await
    }

    async fn takes(&self, member: &Member, chat: ChatId, tag: TagId) -> Result<()> {
        store::take(&self.desk, member, chat, tag, noon() + seconds(40)).await
    }

    async fn rule(&self, tag: TagId, looks_at: LooksAt, words: &str) {
        let rule = RuleDraft { tag, looks_at, matches: Match::Contains, words: words.into(), enabled: true };
        self.defines(Change::AddRule { rule }).await.unwrap();
    }

    async fn told(&self, kind: &'static str) -> i64 {
        sqlx::query_scalar("select count(*) from feed_waiting where kind = $1")
            .bind(kind)
            .fetch_one(self.db.pool())
            .await
            .unwrap()
    }
}

fn draft(category: TagCategoryId, name: &str, kind: Kind) -> TagDraft {
    TagDraft { category, name: name.into(), colour: Colour::Teal, kind }
}

#[track_caller]
fn invalid<T: std::fmt::Debug>(result: Result<T>, says: &str) {
    let error = result.unwrap_err();
    assert!(matches!(&error, Error::Invalid(text) if text.contains(says)), "{error:?}");
}

#[sqlx::test(migrations = "./migrations")]
async fn agents_give_and_take_manual_tags_and_everybody_sees_who_did(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "Hello", noon()).await;
    let interest = world.category("Interest").await;
    let vip = world.tag(interest, "VIP", Kind::Manual).await;
    world.gives(&world.ana, chat, vip).await.unwrap();
    assert_eq!(world.told("profile").await, 1);
    // A second time changes nothing and tells nobody.
    world.gives(&world.ben, chat, vip).await.unwrap();
    assert_eq!(world.told("profile").await, 1);
    let profile = world.profile(chat).await;
    let [Given { label, by, at, automation: None }] = profile.tags.as_slice() else { panic!("{:?}", profile.tags) };
    assert_eq!((label.name.as_str(), label.category.as_str(), label.colour), ("VIP", "Interest", Colour::Teal));
    assert_eq!((label.kind, by.as_str(), *at), (Kind::Manual, "Ana", noon() + seconds(30)));
    let step = &profile.journey[0];
    assert_eq!(step.what.sentence(&step.by), "Ana gave the tag Interest · VIP");
    assert!(!step.what.in_thread());

    world.takes(&world.ben, chat, vip).await.unwrap();
    world.takes(&world.ben, chat, vip).await.unwrap();
    let profile = world.profile(chat).await;
    assert!(profile.tags.is_empty());
    assert_eq!(profile.journey[0].what.sentence(&profile.journey[0].by), "Ben took off the tag Interest · VIP");
    let steps: i64 = world.ask("select count(*) from journey where kind like 'tag_%' and chat_id = $1", chat).await;
    assert_eq!(steps, 2);
}

#[sqlx::test(migrations = "./migrations")]
async fn only_who_sees_a_chat_and_handles_it_changes_its_tags(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let interest = world.category("Interest").await;
    let vip = world.tag(interest, "VIP", Kind::Manual).await;
    let cold = world.tag(interest, "Cold", Kind::Manual).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    world.gives(&world.ana, chat, vip).await.unwrap();
    assert_eq!(world.gives(&world.ben, chat, cold).await.unwrap_err(), Error::NotFound, "held by Ana");
    assert_eq!(world.takes(&world.ben, chat, vip).await.unwrap_err(), Error::NotFound);
    assert_eq!(world.gives(&world.olivia, chat, cold).await.unwrap_err(), Error::NotFound, "she sees the row only");
    let screen = ScreenId::at(noon());
    presence::active(&world.desk, world.olivia.id, screen, noon()).await.unwrap();
    watch::open(&world.desk, &world.olivia, chat, screen, noon() + seconds(6)).await.unwrap();
    let watching = Error::Refused(Refusal::NotHolder);
    assert_eq!(world.gives(&world.olivia, chat, cold).await.unwrap_err(), watching, "who watches does not edit");
    assert_eq!(world.takes(&world.olivia, chat, vip).await.unwrap_err(), watching);
    assert_eq!(world.gives(&world.ana, chat, TagId::at(noon())).await.unwrap_err(), Error::NotFound);
    assert_eq!(world.tags(chat).await, ["VIP"]);
}

#[sqlx::test(migrations = "./migrations")]
async fn automated_tags_are_not_given_by_hand_and_taken_only_by_supervisors(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "Hello", noon()).await;
    let contact: uuid::Uuid = world.ask("select contact_id from chat where id = $1", chat).await;
    let contact = ContactId(contact);
    let category = world.category("Interest").await;
    let first = world.tag(category, "From ad", Kind::FirstMessage).await;
    let old = world.tag(category, "Old", Kind::Manual).await;
    invalid(world.gives(&world.ana, chat, first).await, "by automation only");
    invalid(world.gives(&world.olivia, chat, first).await, "by automation only");
    world.defines(Change::ArchiveTag { tag: old }).await.unwrap();
    invalid(world.gives(&world.ana, chat, old).await, "archived");

    let mut tx = world.desk.begin().await.unwrap();
    let bought = store::by_name_or_make_api_tag(&mut tx, "  Bought   twice ", noon()).await.unwrap();
    assert_eq!(store::by_name_or_make_api_tag(&mut tx, "bought TWICE", noon()).await.unwrap(), bought);
    assert_eq!(store::by_name_or_make_api_tag(&mut tx, "from ad", noon()).await.unwrap(), first);
    invalid(store::by_name_or_make_api_tag(&mut tx, "OLD", noon()).await, "archived");
    invalid(store::by_name_or_make_api_tag(&mut tx, " ", noon()).await, "name");
    assert!(store::give_automated(&mut tx, contact, bought, &Doer::Api, noon() + seconds(9)).await.unwrap());
    assert!(!store::give_automated(&mut tx, contact, bought, &Doer::Api, noon()).await.unwrap(), "once");
    assert!(!store::give_automated(&mut tx, contact, old, &Doer::Api, noon()).await.unwrap(), "archived");
    tx.commit().await.unwrap();
    let profile = world.profile(chat).await;
    let given = &profile.tags[0];
    assert_eq!((given.label.category.as_str(), given.label.name.as_str()), ("API", "Bought twice"));
    assert_eq!((given.label.kind, given.by.as_str()), (Kind::Api, "the API"));
    assert_eq!(profile.journey[0].what.sentence(&profile.journey[0].by), "The API gave the tag API · Bought twice");

    assert_eq!(world.takes(&world.ana, chat, bought).await.unwrap_err(), Error::Forbidden);
    assert_eq!(world.tags(chat).await, ["Bought twice"]);
    world.takes(&world.olivia, chat, bought).await.unwrap();
    assert!(world.tags(chat).await.is_empty());
    // A manual tag that the API gave is an automation's on this contact.
    let plain = world.tag(category, "Plain", Kind::Manual).await;
    let mut tx = world.desk.begin().await.unwrap();
    store::give_automated(&mut tx, contact, plain, &Doer::Api, noon() + seconds(9)).await.unwrap();
    tx.commit().await.unwrap();
    let given = world.profile(chat).await.tags.remove(0);
    assert_eq!((given.label.kind, given.automation, given.automated()), (Kind::Manual, Some(Kind::Api), true));
    assert_eq!(world.takes(&world.ana, chat, plain).await.unwrap_err(), Error::Forbidden);
    world.takes(&world.olivia, chat, plain).await.unwrap();
    world.gives(&world.ana, chat, plain).await.unwrap();
    assert!(!world.profile(chat).await.tags[0].automated());
    world.takes(&world.ben, chat, plain).await.unwrap();
    world.defines(Change::ArchiveTag { tag: plain }).await.unwrap();

    let left = store::choices(&world.desk).await.unwrap();
    assert!(
        left.iter().all(|label| label.id != plain && label.kind != Kind::Manual),
        "archived, it is no choice: {left:?}"
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn a_first_message_earns_its_tags_once_and_later_messages_none(pool: PgPool) {
    let world = World::new(pool).await;
    let category = world.category("Came for").await;
    let price = world.tag(category, "Price", Kind::FirstMessage).await;
    let spring = world.tag(category, "Spring ad", Kind::FirstMessage).await;
    let gone = world.tag(category, "Gone", Kind::FirstMessage).await;
    world.rule(price, LooksAt::Text, "prix").await;
    world.rule(price, LooksAt::Text, "price").await;
    world.rule(spring, LooksAt::Ad, "spring").await;
    world.rule(gone, LooksAt::Text, "price").await;
    world.defines(Change::ArchiveTag { tag: gone }).await.unwrap();

    let chat = world.says(1, "Quel est le PRIX? price?", noon()).await;
    let profile = world.profile(chat).await;
    let [given] = profile.tags.as_slice() else { panic!("{:?}", profile.tags) };
    assert_eq!((given.label.name.as_str(), given.by.as_str()), ("Price", "a First Message rule"));
    let steps = || profile.journey.iter().filter(|step| matches!(step.what, Happening::TagGiven { .. }));
    assert_eq!(steps().count(), 1);
    assert_eq!(steps().next().unwrap().what.sentence(&Doer::Clock), "First message gave the tag Came for · Price");
    assert_eq!(steps().next().unwrap().seq, Some(1));

    // Taken off, it does not come back with what is written later.
    world.takes(&world.olivia, chat, price).await.unwrap();
    world.says(1, "and the price in euro?", noon() + seconds(60)).await;
    assert!(world.tags(chat).await.is_empty());

    // Whole words past the line of lists, and two at once: one by an ad, one whose second message would match.
    let ad =
        Source::Ad { headline: "Spring Collection".into(), body: String::new(), url: "https://example.com".into() };
    let by_ad = Incoming { source: ad, ..world.incoming(2, "Hi", noon()) };
    let long = format!("{} price", "so ".repeat(100));
    let group: Vec<_> = [
        by_ad,
        world.incoming(3, "hello", noon()),
        world.incoming(3, "the price?", noon()),
        world.incoming(4, &long, noon()),
    ]
    .into_iter()
    .map(|incoming| (world.channel, incoming))
    .collect();
    let wamids: Vec<_> = group.iter().map(|(_, incoming)| incoming.wamid.clone()).collect();
    let mut tx = world.desk.begin().await.unwrap();
    domain::message::receive::receive_all(&mut tx, group, noon()).await.unwrap();
    tx.commit().await.unwrap();
    for (wamid, tags) in [(0, &["Spring ad"][..]), (1, &[]), (3, &["Price"])] {
        let chat = domain::message::store::chat_of(&world.desk, &wamids[wamid]).await.unwrap();
        assert_eq!(world.tags(chat).await, tags, "{wamid}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn manage_says_how_many_segments_ask_for_a_tag(pool: PgPool) {
    let world = World::new(pool).await;
    let category = world.category("Interest").await;
    let (vip, other) =
        (world.tag(category, "VIP", Kind::Manual).await, world.tag(category, "Other", Kind::Manual).await);
    for (name, has) in [("VIPs", true), ("The rest", false)] {
        let filter = crate::contacts::all([Condition::Tag { tag: vip, has }]);
        segment::store::save(&world.desk, &world.olivia, None, name, filter, noon()).await.unwrap();
    }
    let asked =
        [world.found("VIP").await.unwrap(), world.found("Other").await.unwrap()].map(|tag| (tag.id, tag.segments));
    assert_eq!(asked, [(vip, 2), (other, 0)]);
}

#[sqlx::test(migrations = "./migrations")]
async fn segments_that_asked_for_a_merged_tag_ask_for_the_one_that_stays(pool: PgPool) {
    let world = World::new(pool).await;
    let category = world.category("Interest").await;
    let mut tags = Vec::new();
    for name in ["VIP", "Gold", "Other"] {
        tags.push(world.tag(category, name, Kind::Manual).await);
    }
    let [vip, gold, other] = tags[..] else { panic!() };
    let (one, two) = (world.says(1, "Hello", noon()).await, world.says(2, "Hello", noon()).await);
    world.gives(&world.ana, one, vip).await.unwrap();
    world.gives(&world.ana, two, gold).await.unwrap();
    let asks = |tag, has| Part::Condition(Condition::Tag { tag, has });
    let inner = Group { join: Join::Any, parts: vec![asks(vip, true), asks(other, true)] };
    let filter = Group { join: Join::All, parts: vec![Part::Group(inner), asks(other, false)] };
    segment::store::save(&world.desk, &world.olivia, None, "VIPs", filter, noon()).await.unwrap();
    let segment = async || {
        let setting = table_store::setting(&world.desk, &world.olivia, noon()).await.unwrap();
        let [segment] = setting.segments.as_slice() else { panic!("{:?}", setting.segments) };
        let found = world.matching(&world.olivia, segment.filter.clone()).await.unwrap();
        (segment.gone, found.iter().map(Line::title).collect::<Vec<_>>())
    };
    assert_eq!(segment().await, (0, vec!["Customer 1".to_owned()]));
    world.defines(Change::MergeTag { tag: vip, into: gold }).await.unwrap();
    assert_eq!(segment().await, (0, vec!["Customer 1".to_owned(), "Customer 2".to_owned()]));
    assert_eq!(world.found("Gold").await.unwrap().segments, 1);
    world.defines(Change::DeleteTag { tag: gold, uses: Some(Uses::TakeOff) }).await.unwrap();
    assert_eq!(segment().await, (1, Vec::new()), "nothing takes its place");
}

#[sqlx::test(migrations = "./migrations")]
async fn what_has_no_rule_in_force_gives_nothing(pool: PgPool) {
    let world = World::new(pool).await;
    let category = world.category("Came for").await;
    let price = world.tag(category, "Price", Kind::FirstMessage).await;
    let vip = world.tag(category, "VIP", Kind::Manual).await;
    let rule = RuleDraft {
        tag: price,
        looks_at: LooksAt::Text,
        matches: Match::Contains,
        words: "price".into(),
        enabled: false,
    };
    invalid(
        world.defines(Change::AddRule { rule: RuleDraft { tag: vip, ..rule.clone() } }).await,
        "not a First Message",
    );
    invalid(world.defines(Change::AddRule { rule: RuleDraft { words: " ?".into(), ..rule.clone() } }).await, "words");
    world.defines(Change::AddRule { rule: rule.clone() }).await.unwrap();
    let chat = world.says(1, "price", noon()).await;
    assert!(world.tags(chat).await.is_empty(), "switched off");
    let id = define::read(&world.desk, &world.olivia).await.unwrap().rules[0].id;
    world.defines(Change::ChangeRule { rule: id, to: RuleDraft { enabled: true, ..rule } }).await.unwrap();
    let chat = world.says(2, "price", noon()).await;
    assert_eq!(world.tags(chat).await, ["Price"]);
    let to = draft(category, "Price", Kind::Manual);
    invalid(world.defines(Change::ChangeTag { tag: price, to }).await, "rules");
    world.defines(Change::DeleteRule { rule: id }).await.unwrap();
    let chat = world.says(3, "price", noon()).await;
    assert!(world.tags(chat).await.is_empty());
}

#[sqlx::test(migrations = "./migrations")]
async fn a_tag_in_use_is_deleted_only_with_an_answer_to_what_becomes_of_it(pool: PgPool) {
    let world = World::new(pool).await;
    let category = world.category("Interest").await;
    let [a, b, c] = ["A", "B", "C"].map(|name| (name, Kind::Manual));
    let (a, b, c) =
        (world.tag(category, a.0, a.1).await, world.tag(category, b.0, b.1).await, world.tag(category, c.0, c.1).await);
    let (one, two) = (world.says(1, "Hello", noon()).await, world.says(2, "Hello", noon()).await);
    world.gives(&world.ana, one, a).await.unwrap();
    world.gives(&world.ben, one, b).await.unwrap();
    world.gives(&world.ana, two, a).await.unwrap();
    assert_eq!(world.found("A").await.unwrap().uses, 2);
    invalid(world.defines(Change::DeleteTag { tag: a, uses: None }).await, "Contacts carry “A”");
    invalid(world.defines(Change::MergeTag { tag: a, into: a }).await, "itself");
    assert_eq!(world.tags(one).await, ["A", "B"], "what is refused changes nothing");

    world.defines(Change::MergeTag { tag: a, into: b }).await.unwrap();
    assert_eq!((world.tags(one).await, world.tags(two).await), (vec!["B".to_owned()], vec!["B".to_owned()]));
    assert_eq!(world.profile(one).await.tags[0].by, "Ben", "who carried both keeps the other as it was given");
    assert_eq!(world.profile(two).await.tags[0].by, "Ana");
    assert!(world.found("A").await.is_none());
    world.defines(Change::DeleteTag { tag: b, uses: Some(Uses::Move(c)) }).await.unwrap();
    assert_eq!(world.tags(two).await, ["C"]);
    world.defines(Change::DeleteTag { tag: c, uses: Some(Uses::TakeOff) }).await.unwrap();
    assert!(world.tags(one).await.is_empty() && world.tags(two).await.is_empty());
    let steps = world.profile(two).await.journey;
    let mut said: Vec<_> = steps.iter().map(|step| step.what.sentence(&step.by)).collect();
    said.retain(|said| said.starts_with("Olivia"));
    said.sort();
    let told = [
        "Olivia merged the tag Interest · A into B",
        "Olivia merged the tag Interest · B into C",
        "Olivia took off the tag Interest · C",
    ];
    assert_eq!(said, told, "each customer's journey tells it");
    world.defines(Change::DeleteCategory { category, into: None }).await.unwrap();
    assert!(world.categories().await.is_empty());
    let audited: i64 =
        world.ask("select count(*) from audit, chat where audit.kind = 'tags' and chat.id = $1", one).await;
    assert_eq!(audited, 8, "each change that was made, and no refused one");
}

#[sqlx::test(migrations = "./migrations")]
async fn definitions_are_for_supervisors_ordered_and_named_once(pool: PgPool) {
    let world = World::new(pool).await;
    let marco = Member { role: Role::Manager, ..world.olivia.clone() };
    let new = Change::AddCategory { name: "  Interest ".into() };
    assert_eq!(define::change(&world.desk, &world.ana, new.clone(), noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(define::read(&world.desk, &world.ana).await.unwrap_err(), Error::Forbidden);
    define::change(&world.desk, &marco, new.clone(), noon()).await.unwrap();
    assert_eq!(world.told("defined").await, 1);
    invalid(world.defines(Change::AddCategory { name: "INTEREST".into() }).await, "already");
    invalid(world.defines(Change::AddCategory { name: "x".repeat(41) }).await, "40");
    let interest = world.categories().await[0].id;
    assert_eq!(world.categories().await[0].name, "Interest");
    let stage = world.category("Stage").await;
    let (lead, won) = (world.tag(stage, "Lead", Kind::Manual).await, world.tag(stage, "Won", Kind::Manual).await);
    invalid(world.defines(Change::AddTag { tag: draft(stage, "lead", Kind::Manual) }).await, "already");
    invalid(world.defines(Change::AddTag { tag: draft(stage, "Bot", Kind::Broadcast) }).await, "by hand");
    let nowhere = draft(TagCategoryId::at(noon()), "Lead", Kind::Manual);
    assert_eq!(world.defines(Change::AddTag { tag: nowhere }).await.unwrap_err(), Error::NotFound);

    let names = async || -> Vec<(String, Vec<String>)> {
        let tags = |category: Category| category.tags.into_iter().map(|tag| tag.draft.name).collect();
        world.categories().await.into_iter().map(|category| (category.name.clone(), tags(category))).collect()
    };
    let list = |pairs: &[(&str, &[&str])]| -> Vec<(String, Vec<String>)> {
        let owned = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect();
        pairs.iter().map(|(name, tags)| ((*name).to_owned(), owned(tags))).collect()
    };
    assert_eq!(names().await, list(&[("Interest", &[]), ("Stage", &["Lead", "Won"])]));
    world.defines(Change::MoveTag { tag: won, towards: Towards::Up }).await.unwrap();
    world.defines(Change::MoveCategory { category: stage, towards: Towards::Up }).await.unwrap();
    world.defines(Change::MoveCategory { category: stage, towards: Towards::Up }).await.unwrap();
    assert_eq!(names().await, list(&[("Stage", &["Won", "Lead"]), ("Interest", &[])]));
    world.defines(Change::ChangeTag { tag: lead, to: draft(interest, "Leads", Kind::Manual) }).await.unwrap();
    world.defines(Change::RenameCategory { category: stage, name: "Stages".into() }).await.unwrap();
    invalid(world.defines(Change::RenameCategory { category: stage, name: "interest".into() }).await, "already");
    invalid(world.defines(Change::DeleteCategory { category: stage, into: None }).await, "has tags");
    world.defines(Change::DeleteCategory { category: stage, into: Some(interest) }).await.unwrap();
    assert_eq!(names().await, list(&[("Interest", &["Leads", "Won"])]));

    // Two at once with one name: one of them.
    let same = (0..4).map(|_| world.defines(Change::AddTag { tag: draft(interest, "Same", Kind::Manual) }));
    assert_eq!(join_all(same).await.into_iter().filter(Result::is_ok).count(), 1);
}
