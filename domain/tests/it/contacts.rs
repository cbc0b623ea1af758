//! The table of contacts: filters against a plain evaluation of the same, orders, sight, and segments.

use crate::world::{World, noon, seconds};
use chrono::TimeDelta;
use domain::attribute::{self, Kind, Shape};
use domain::chat::{Command, Status};
use domain::contact::filter::{Condition, Count, From, Group, Join, Moment, Part, Value, Words};
use domain::contact::table::{Column, Counted, Line, Question, Sort};
use domain::contact::{Opted, Phone, Source, merge_store, table_export, table_store};
use domain::member::Member;
use domain::tag::{self, Colour, TagDraft};
use domain::task::{self, Action, Target};
use domain::{AppId, AttributeId, ChannelId, ContactId, Error, Result, SegmentId, TagId, Timestamp, channel, segment};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use sqlx::PgPool;
use std::collections::HashSet;

pub fn all(parts: impl IntoIterator<Item = Condition>) -> Group {
    Group { join: Join::All, parts: parts.into_iter().map(Part::Condition).collect() }
}

impl World {
    pub async fn manual_tag(&self, name: &str) -> TagId {
        let change = async |change| tag::define::change(&self.desk, &self.olivia, change, noon()).await.unwrap();
        let category = async || tag::define::read(&self.desk, &self.olivia).await.unwrap().categories;
        if category().await.is_empty() {
            change(tag::Change::AddCategory { name: "Kind".into() }).await;
        }
        let of = category().await[0].id;
        let draft = TagDraft { category: of, name: name.into(), colour: Colour::Red, kind: tag::Kind::Manual };
        change(tag::Change::AddTag { tag: draft }).await;
        category().await.remove(0).tags.into_iter().find(|tag| tag.draft.name == name).unwrap().id
    }

    pub async fn attribute(&self, name: &str, kind: Kind) -> AttributeId {
        let shape = Shape {
            name: name.into(),
            kind,
            options: OPTIONS.map(Into::into).to_vec(),
            currency: "EUR".into(),
            help: String::new(),
            required_on_resolve: false,
            shown_to_bot: true,
        };
        attribute::store::create(&self.desk, &self.olivia, shape, noon()).await.unwrap()
    }

    /// Contacts without a chat, as an import leaves them: `Guest 0001` and so on.
    pub async fn guests(&self, many: i32) {
        sqlx::query(
            "insert into contact (workspace_id, id, name, first_seen_at, last_active_at, unresolved_queries, created_at)
             select $1, gen_random_uuid(), 'Guest ' || lpad(n::text, 4, '0'), $2, case when n % 3 > 0 then $2 - make_interval(mins => n % 50) end,
                    n % 4, $2 from generate_series(1, $3) n",
        )
        .bind(self.desk.id().0)
        .bind(noon())
        .bind(many)
        .execute(self.db.pool())
        .await
        .unwrap();
    }

    pub async fn matching(&self, member: &Member, filter: Group) -> Result<Vec<Line>> {
        self.ordered(member, filter, Sort::Name, false).await
    }

    /// Every page of the table.
    async fn ordered(&self, member: &Member, filter: Group, sort: Sort, descending: bool) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        let mut after = None;
        loop {
            let ask = Question { filter: filter.clone(), sort, descending };
            let page = table_store::page(&self.desk, member, ask, after.as_ref(), noon()).await?;
            lines.extend(page.lines);
            after = page.next;
            if after.is_none() {
                return Ok(lines);
            }
        }
    }

    async fn counted(&self, filter: Group) -> Counted {
        table_store::count(&self.desk, &self.olivia, filter, noon()).await.unwrap()
    }
}

const OPTIONS: [&str; 3] = ["Bronze", "Silver", "Gold"];

/// A contact as the plain evaluation knows it.
#[derive(Clone, Debug)]
struct Person {
    id: ContactId,
    name: Option<String>,
    phones: Vec<String>,
    usernames: Vec<String>,
    bsuids: Vec<String>,
    first_messages: Vec<String>,
    statuses: Vec<Status>,
    last_active: Option<Timestamp>,
    first_seen: Timestamp,
    source: From,
    session: i64,
    template: i64,
    unresolved: i64,
    opted: Option<Opted>,
    blocked: bool,
    tags: HashSet<usize>,
    /// Text, number, date, yes or no, one of, many of.
    values: [String; 6],
}

fn ago(days: i64) -> Timestamp {
    noon() - TimeDelta::days(days)
}

fn name() -> impl Strategy<Value = String> {
    // What SQL could trip over is as likely as anything else.
    let letters = prop::sample::select(vec!["a", "B", "z", " ", "%", "_", "\\", "'", "\"", "-", ";", "$1", "é", "{}"]);
    prop::collection::vec(letters, 1..5)
        .prop_map(|letters| letters.concat())
        .prop_filter("words", |name| !name.trim().is_empty())
}

fn number() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "-1000000",
        "-12.5",
        "-12",
        "-1",
        "0",
        "0.5",
        "1",
        "9",
        "10",
        "10.25",
        "100",
        "999999999999999.999999",
    ])
    .prop_map(str::to_owned)
}

fn day() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["1999-12-31", "2026-01-01", "2026-05-03", "2026-12-31", "9999-12-31"])
        .prop_map(str::to_owned)
}

fn option() -> impl Strategy<Value = String> {
    prop::sample::select(OPTIONS.to_vec()).prop_map(str::to_owned)
}

fn or_nothing(value: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    prop_oneof![1 => Just(String::new()), 3 => value].boxed()
}

fn person() -> impl Strategy<Value = Person> {
    let chats = prop::sample::subsequence(vec![Status::Active, Status::Requesting, Status::Closed], 0..=2);
    let named = (prop::option::of(0..9_u32), prop::option::of(0..30_u32), prop::option::of(name()));
    let known = (prop::option::of(name()), prop::option::of(0..30_u32), named, chats);
    let times = (prop::option::of(0..40_i64), 0..400_i64, prop::sample::select(From::ALL.to_vec()));
    let counts = (0..6_i64, 0..3_i64, 0..4_i64);
    let said = (prop::option::of(prop::sample::select(Opted::ALL.to_vec())), any::<bool>());
    let many = prop::sample::subsequence(OPTIONS.to_vec(), 0..=3).prop_map(|some| some.join("\n"));
    let yes_no = prop::sample::select(vec!["yes", "no"]).prop_map(str::to_owned);
    let values =
        (or_nothing(name()), or_nothing(number()), or_nothing(day()), or_nothing(yes_no), or_nothing(option()), many);
    let tags = prop::collection::hash_set(0..3_usize, 0..=3);
    (known, times, counts, said, values, tags).prop_map(|(known, times, counts, said, values, tags)| Person {
        id: ContactId(uuid::Uuid::now_v7()),
        name: known.0,
        phones: Vec::from_iter(known.1.map(|n| format!("4479{n:08}"))),
        usernames: Vec::from_iter(known.2.0.map(|n| format!("user_{n}"))),
        bsuids: Vec::from_iter(known.2.1.map(|n| format!("GB.13491{n:02}"))),
        first_messages: Vec::from_iter(known.2.2),
        statuses: known.3,
        last_active: times.0.map(ago),
        first_seen: ago(times.1),
        source: times.2,
        session: counts.0,
        template: counts.1,
        unresolved: counts.2,
        opted: said.0,
        blocked: said.1,
        tags,
        values: [values.0, values.1, values.2, values.3, values.4, values.5],
    })
}

fn words(text: impl Strategy<Value = String> + 'static) -> BoxedStrategy<Words> {
    let text = text.boxed();
    prop_oneof![
        text.clone().prop_map(Words::Contains),
        text.prop_map(Words::Is),
        Just(Words::Filled),
        Just(Words::Empty)
    ]
    .boxed()
}

fn moment() -> BoxedStrategy<Moment> {
    let days = 1..60_i64;
    prop_oneof![
        days.clone().prop_map(Moment::Within),
        days.clone().prop_map(Moment::LongerAgo),
        days.clone().prop_map(|n| Moment::From(ago(n))),
        days.prop_map(|n| Moment::Before(ago(n))),
        Just(Moment::Never)
    ]
    .boxed()
}

fn many_times() -> BoxedStrategy<Count> {
    (prop::option::of(0..5_i64), prop::option::of(0..5_i64))
        .prop_map(|(least, most)| Count { least, most })
        .prop_filter("an end", |count| count.least.is_some() || count.most.is_some())
        .boxed()
}

fn ends(of: BoxedStrategy<String>) -> BoxedStrategy<Value> {
    (prop::option::of(of.clone()), prop::option::of(of))
        .prop_filter("an end", |(from, to)| from.is_some() || to.is_some())
        .prop_map(|(from, to)| Value::Between(from, to))
        .boxed()
}

fn chosen(of: BoxedStrategy<String>) -> BoxedStrategy<Value> {
    let some = prop::collection::vec(of, 1..3);
    (some, any::<bool>()).prop_map(|(some, any)| if any { Value::AnyOf(some) } else { Value::NoneOf(some) }).boxed()
}

fn value() -> impl Strategy<Value = (usize, Value)> {
    let yes_no = prop::sample::select(vec!["yes".to_owned(), "no".to_owned()]).boxed();
    prop_oneof![
        words(name()).prop_map(|words| (0, Value::Words(words))),
        ends(number().boxed()).prop_map(|is| (1, is)),
        words(number()).prop_map(|words| (1, Value::Words(words))),
        ends(day().boxed()).prop_map(|is| (2, is)),
        chosen(yes_no).prop_map(|is| (3, is)),
        chosen(option().boxed()).prop_map(|is| (4, is)),
        chosen(option().boxed()).prop_map(|is| (5, is)),
    ]
}

/// Three tags and six attributes; the fourth tag and the seventh attribute are gone.
fn condition(tags: [TagId; 4], attributes: [AttributeId; 7]) -> impl Strategy<Value = Condition> {
    let status =
        prop::sample::subsequence(vec![Status::Active, Status::Requesting, Status::Closed, Status::Intervened], 1..=3);
    prop_oneof![
        words(name()).prop_map(Condition::Name),
        words((0..30_u32).prop_map(|n| format!("+44 79 {n:08}"))).prop_map(Condition::Phone),
        words((0..9_u32).prop_map(|n| format!("@USER_{n}"))).prop_map(Condition::Username),
        words((0..30_u32).prop_map(|n| format!("GB.13491{n:02}"))).prop_map(Condition::Bsuid),
        words(name()).prop_map(Condition::FirstMessage),
        status.prop_map(Condition::Status),
        moment().prop_map(Condition::LastActive),
        moment().prop_map(Condition::FirstSeen),
        prop::sample::select(From::ALL.to_vec()).prop_map(Condition::Source),
        words(prop::sample::select(vec!["h", "ORGANIC", "gan"]).prop_map(str::to_owned))
            .prop_map(Condition::SourceWords),
        many_times().prop_map(Condition::SessionMessages),
        many_times().prop_map(Condition::TemplateMessages),
        many_times().prop_map(Condition::Unresolved),
        prop::option::of(prop::sample::select(Opted::ALL.to_vec())).prop_map(Condition::Opted),
        any::<bool>().prop_map(Condition::Blocked),
        (0..4_usize, any::<bool>()).prop_map(move |(n, has)| Condition::Tag { tag: tags[n], has }),
        value().prop_map(move |(n, is)| Condition::Attribute { attribute: attributes[n], is }),
        Just(Condition::Attribute { attribute: attributes[6], is: Value::NoneOf(vec!["x".into()]) }),
    ]
}

fn group(conditions: BoxedStrategy<Condition>, depth: u32) -> BoxedStrategy<Group> {
    let part = if depth == 0 {
        conditions.prop_map(Part::Condition).boxed()
    } else {
        prop_oneof![3 => conditions.clone().prop_map(Part::Condition), 1 => group(conditions, depth - 1).prop_map(Part::Group)].boxed()
    };
    (any::<bool>(), prop::collection::vec(part, 0..4))
        .prop_map(|(all, parts)| Group { join: if all { Join::All } else { Join::Any }, parts })
        .boxed()
}

/// The same rules once more, as plainly as can be.
struct Plain {
    channels: [ChannelId; 2],
    tags: [TagId; 4],
    attributes: [AttributeId; 7],
}

impl Plain {
    fn group(&self, group: &Group, who: &Person) -> bool {
        let part = |part: &Part| match part {
            Part::Group(group) => self.group(group, who),
            Part::Condition(condition) => self.condition(condition, who),
        };
        group.parts.is_empty()
            || match group.join {
                Join::All => group.parts.iter().all(part),
                Join::Any => group.parts.iter().any(part),
            }
    }

    fn condition(&self, condition: &Condition, who: &Person) -> bool {
        match condition {
            Condition::Name(words) => text(words, who.name.as_deref().unwrap_or_default()),
            Condition::Phone(words) => {
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
                match words {
                    Words::Contains(part) => who.phones.iter().any(|phone| phone.contains(&digits(part))),
                    Words::Is(number) => who.phones.contains(&digits(number)),
                    Words::Filled => !who.phones.is_empty(),
                    Words::Empty => who.phones.is_empty(),
                }
            }
            Condition::Username(words) => {
                let words = match words {
                    Words::Contains(part) => Words::Contains(part.replace('@', "")),
                    Words::Is(name) => Words::Is(name.replace('@', "")),
                    other => other.clone(),
                };
                any_text(&words, &who.usernames)
            }
            Condition::Bsuid(words) => any_text(words, &who.bsuids),
            Condition::FirstMessage(words) => any_text(words, &who.first_messages),
            Condition::Status(any) => who.statuses.iter().any(|status| any.contains(status)),
            Condition::LastActive(moment) => when(*moment, who.last_active),
            Condition::FirstSeen(moment) => when(*moment, Some(who.first_seen)),
            Condition::Source(from) => who.source == *from,
            Condition::SourceWords(words) => {
                let said = match who.source {
                    From::Ad => "h",
                    From::Named => "organic",
                    _ => "",
                };
                text(words, said)
            }
            Condition::SessionMessages(count) => times(*count, who.session),
            Condition::TemplateMessages(count) => times(*count, who.template),
            Condition::Unresolved(count) => times(*count, who.unresolved),
            Condition::Opted(opted) => who.opted == *opted,
            Condition::Blocked(blocked) => who.blocked == *blocked,
            Condition::Tag { tag, has } => match self.tags.iter().position(|known| known == tag) {
                Some(n @ 0..=2) => who.tags.contains(&n) == *has,
                _ => false,
            },
            Condition::Attribute { attribute, is } => match self.attributes.iter().position(|known| known == attribute)
            {
                Some(n @ 0..=5) => self.value(is, &who.values[n]),
                _ => false,
            },
        }
    }

    fn value(&self, is: &Value, value: &str) -> bool {
        let sortable = |text: &str| {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let sign = if text.starts_with('-') { -1 } else { 1 };
            let whole: i128 = whole.trim_start_matches('-').parse().unwrap();
            sign * (whole * 1_000_000 + format!("{fraction:0<6}").parse::<i128>().unwrap())
        };
        match is {
            Value::Words(words) => text(words, value),
            Value::Between(from, to) => {
                let order = |a: &str, b: &str| {
                    if a.matches('-').count() == 2 { a.cmp(b) } else { sortable(a).cmp(&sortable(b)) }
                };
                !value.is_empty()
                    && from.as_ref().is_none_or(|from| order(value, from).is_ge())
                    && to.as_ref().is_none_or(|to| order(value, to).is_le())
            }
            Value::AnyOf(options) => value.lines().any(|line| options.iter().any(|option| option == line)),
            Value::NoneOf(options) => !value.lines().any(|line| options.iter().any(|option| option == line)),
        }
    }
}

fn text(words: &Words, text: &str) -> bool {
    match words {
        Words::Contains(part) => text.to_lowercase().contains(&part.to_lowercase()),
        Words::Is(whole) => text.to_lowercase() == whole.to_lowercase(),
        Words::Filled => !text.is_empty(),
        Words::Empty => text.is_empty(),
    }
}

/// Of who is one person with somebody else: either's will do.
fn any_text(words: &Words, texts: &[String]) -> bool {
    match words {
        Words::Empty => texts.is_empty(),
        words => texts.iter().any(|one| text(words, one)),
    }
}

fn when(moment: Moment, at: Option<Timestamp>) -> bool {
    match moment {
        Moment::Within(days) => at.is_some_and(|at| at >= ago(days)),
        Moment::LongerAgo(days) => at.is_some_and(|at| at < ago(days)),
        Moment::From(from) => at.is_some_and(|at| at >= from),
        Moment::Before(before) => at.is_some_and(|at| at < before),
        Moment::Never => at.is_none(),
    }
}

fn times(count: Count, n: i64) -> bool {
    count.least.is_none_or(|least| n >= least) && count.most.is_none_or(|most| n <= most)
}

/// Two that are one person from now on, by the same rules once more: chats apart, which the part has none of.
fn joined(into: &mut Person, part: &Person) {
    if part.first_seen < into.first_seen {
        into.first_seen = part.first_seen;
        into.source = part.source;
    }
    into.last_active = into.last_active.max(part.last_active);
    into.session += part.session;
    into.template += part.template;
    into.unresolved += part.unresolved;
    into.blocked |= part.blocked;
    if into.opted.is_none() || part.opted == Some(Opted::Out) {
        into.opted = part.opted;
    }
    into.name = into.name.take().or_else(|| part.name.clone());
    into.phones.extend(part.phones.clone());
    into.usernames.extend(part.usernames.clone());
    into.bsuids.extend(part.bsuids.clone());
    into.first_messages.extend(part.first_messages.clone());
    into.tags.extend(&part.tags);
}

async fn insert(world: &World, who: &Person, plain: &Plain) {
    let workspace = world.desk.id().0;
    let source = match who.source {
        From::Ad => json!({"ad": {"headline": "h", "url": "u"}}),
        From::Named => json!({"named": {"text": "organic"}}),
        word => json!(word.as_str()),
    };
    let mut tx = world.db.pool().begin().await.unwrap();
    sqlx::query(
        "insert into contact (workspace_id, id, name, first_seen_at, last_active_at, source, session_messages,
            template_messages, unresolved_queries, opted, opted_at, blocked_at, created_at, first_message)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $10 is not null then $4 end, case when $11 then $4 end, $4, $12)",
    )
    .bind(workspace)
    .bind(who.id.0)
    .bind(&who.name)
    .bind(who.first_seen)
    .bind(who.last_active)
    .bind(source)
    .bind(who.session)
    .bind(who.template)
    .bind(who.unresolved)
    .bind(who.opted.map(Opted::as_str))
    .bind(who.blocked)
    .bind(who.first_messages.first())
    .execute(&mut *tx)
    .await
    .unwrap();
    for (kind, values) in [("phone", &who.phones), ("username", &who.usernames), ("bsuid", &who.bsuids)] {
        let Some(value) = values.first() else { continue };
        sqlx::query("insert into identity values ($1, $2, $3, $4, $4, now()) on conflict do nothing")
            .bind(workspace)
            .bind(who.id.0)
            .bind(kind)
            .bind(value)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    for (n, status) in who.statuses.iter().enumerate() {
        let channel = plain.channels[n];
        sqlx::query(
            "insert into chat (workspace_id, id, channel_id, contact_id, state, requested_since, window_open, resolved_by, last_at, created_at)
             values ($1, gen_random_uuid(), $2, $3, $4, $5, $6, $7, now(), now())",
        )
        .bind(workspace)
        .bind(channel.0)
        .bind(who.id.0)
        .bind(if *status == Status::Requesting { "requested" } else { "active" })
        .bind((*status == Status::Requesting).then(noon))
        // Closed: resolved within the window.
        .bind(true)
        .bind((*status == Status::Closed).then_some(world.ana.id.0))
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    for tag in &who.tags {
        sqlx::query("insert into contact_tag (workspace_id, contact_id, tag_id, given_at, given_by) values ($1, $2, $3, now(), '\"clock\"')")
            .bind(workspace)
            .bind(who.id.0)
            .bind(plain.tags[*tag].0)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    for (n, value) in who.values.iter().enumerate() {
        sqlx::query("insert into attribute (workspace_id, contact_id, definition_id, value, set_by, set_at) values ($1, $2, $3, $4, '\"customer\"', now())")
            .bind(workspace)
            .bind(who.id.0)
            .bind(plain.attributes[n].0)
            .bind(value)
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

/// A contact has one chat with each number.
pub async fn second_channel(world: &World) -> ChannelId {
    let app = sqlx::query_scalar("select app_id from channel").fetch_one(world.db.pool()).await.map(AppId).unwrap();
    let number = channel::store::NewChannel {
        app,
        phone_number_id: "101",
        waba_id: "200",
        display_phone: "+1 555 0101",
        name: "Second",
        access_token: "t",
    };
    let mut tx = world.desk.begin().await.unwrap();
    let id = channel::store::add(&mut tx, &number, noon()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// The same cases every time, unless `BATON_SEED` asks for others.
fn runner() -> TestRunner {
    let seed = std::env::var("BATON_SEED").ok().map(|seed| seed.parse::<u64>().expect("BATON_SEED is a number"));
    seed.map_or_else(TestRunner::deterministic, |seed| {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed.to_le_bytes().repeat(4));
        TestRunner::new_with_rng(ProptestConfig::default(), rng)
    })
}

#[sqlx::test(migrations = "./migrations")]
async fn a_filter_finds_whom_a_plain_evaluation_finds(pool: PgPool) {
    let world = World::new(pool).await;
    let mut tags = Vec::new();
    for name in ["one", "two", "three", "gone"] {
        tags.push(world.manual_tag(name).await);
    }
    tag::define::change(&world.desk, &world.olivia, tag::Change::ArchiveTag { tag: tags[3] }, noon()).await.unwrap();
    let mut attributes = Vec::new();
    for kind in [Kind::Text, Kind::Number, Kind::Date, Kind::YesNo, Kind::OneOf, Kind::ManyOf, Kind::Email] {
        attributes.push(world.attribute(kind.title(), kind).await);
    }
    attribute::store::archive(&world.desk, &world.olivia, attributes[6], noon()).await.unwrap();
    let channels = [world.channel, second_channel(&world).await];
    let plain = Plain { channels, tags: tags.try_into().unwrap(), attributes: attributes.try_into().unwrap() };
    let mut runner = runner();
    let mut people: Vec<Person> = Vec::new();
    while people.len() < 80 {
        let who = person().new_tree(&mut runner).unwrap().current();
        // A number belongs to one of them, and so does an id.
        let theirs = |other: &Person| {
            let (phone, bsuid) = (who.phones.first(), who.bsuids.first());
            (phone.is_some() && other.phones.first() == phone) || (bsuid.is_some() && other.bsuids.first() == bsuid)
        };
        if !people.iter().any(theirs) {
            insert(&world, &who, &plain).await;
            people.push(who);
        }
    }
    // Some of them turn out to be one person, and some of these not to be one after all.
    let mut n = 0;
    while let Some(place) = people.iter().rposition(|who| who.statuses.is_empty()).filter(|_| n < 15) {
        let part = people.remove(place);
        let into = &mut people[n];
        let at = noon() + seconds(i64::try_from(n).unwrap());
        let id = merge_store::merge(&world.desk, &world.olivia, into.id, part.id, at).await.unwrap();
        if n % 5 == 4 {
            merge_store::undo(&world.desk, &world.olivia, id, at).await.unwrap();
            people.insert(40, part);
        } else {
            joined(into, &part);
        }
        n += 1;
    }
    assert_eq!(n, 15);
    let filters = group(condition(plain.tags, plain.attributes).boxed(), 2);
    let (mut some, mut compared) = (0, 0);
    for _ in 0..400 {
        let filter = filters.new_tree(&mut runner).unwrap().current();
        let Ok(filter) = filter.checked() else { continue };
        let expected: HashSet<_> = people.iter().filter(|who| plain.group(&filter, who)).map(|who| who.id).collect();
        let found: HashSet<_> =
            world.matching(&world.olivia, filter.clone()).await.unwrap().into_iter().map(|line| line.id).collect();
        let odd: Vec<_> = people.iter().filter(|who| expected.contains(&who.id) != found.contains(&who.id)).collect();
        assert!(odd.is_empty(), "{filter:#?}\nis judged otherwise for {odd:#?}");
        assert_eq!(world.counted(filter).await.matching, i64::try_from(expected.len()).unwrap());
        compared += 1;
        some += usize::from(!expected.is_empty() && expected.len() < people.len());
    }
    assert!(
        compared > 300 && some > 150,
        "{some} of {compared} filters tell contacts apart: too few to prove anything"
    );
}

#[sqlx::test(migrations = "./migrations")]
async fn hostile_words_are_words(pool: PgPool) {
    let world = World::new(pool).await;
    world.guests(3).await;
    let attribute = world.attribute("Words", Kind::Text).await;
    let evil =
        ["'; drop table contact; --", "%", "_", "\\", "$1", "{0}", "') or true --", "\u{202e}x", "'||pg_sleep(9)||'"];
    for text in evil {
        let text = text.to_owned();
        let both = |words: fn(String) -> Words| {
            let on = |condition| Part::Condition(condition);
            vec![
                on(Condition::Name(words(text.clone()))),
                on(Condition::Phone(words(text.clone()))),
                on(Condition::Username(words(text.clone()))),
                on(Condition::Attribute { attribute, is: Value::Words(words(text.clone())) }),
                on(Condition::Attribute { attribute, is: Value::AnyOf(vec![text.clone()]) }),
            ]
        };
        for words in [Words::Contains, Words::Is] {
            let filter = Group { join: Join::Any, parts: both(words) };
            assert_eq!(world.matching(&world.olivia, filter).await.unwrap(), [], "{text}");
        }
    }
    let nul = all([Condition::Name(Words::Is("a\0".into()))]);
    assert!(matches!(world.matching(&world.olivia, nul).await, Err(Error::Invalid(_))));
    assert_eq!(world.counted(Group::default()).await.matching, 3);
}

#[sqlx::test(migrations = "./migrations")]
async fn every_order_pages_through_everybody_once(pool: PgPool) {
    let world = World::new(pool).await;
    world.guests(350).await;
    sqlx::query("update contact set name = null where name like '%7'").execute(world.db.pool()).await.unwrap();
    for sort in Sort::ALL.iter().copied() {
        for descending in [false, true] {
            let lines = world.ordered(&world.olivia, Group::default(), sort, descending).await.unwrap();
            let key = |line: &Line| match sort {
                Sort::Name => (line.name.clone().unwrap_or_default().to_lowercase(), 0, line.id),
                Sort::LastActive => (String::new(), line.last_active.map_or(i64::MIN, |at| at.timestamp()), line.id),
                Sort::FirstSeen => (String::new(), line.first_seen.timestamp(), line.id),
                Sort::Unresolved => (String::new(), line.unresolved, line.id),
            };
            let mut sorted = lines.clone();
            sorted.sort_by_key(key);
            if descending {
                sorted.reverse();
            }
            assert_eq!(lines.len(), 350, "{sort} descending {descending}");
            assert!(
                lines.iter().map(|line| line.id).eq(sorted.iter().map(|line| line.id)),
                "{sort} descending {descending}"
            );
        }
    }
    let first = Question { filter: Group::default(), sort: Sort::Name, descending: false };
    let next = table_store::page(&world.desk, &world.olivia, first, None, noon()).await.unwrap().next;
    let other = Question { filter: Group::default(), sort: Sort::Unresolved, descending: false };
    assert!(table_store::page(&world.desk, &world.olivia, other, next.as_ref(), noon()).await.is_err());
}

#[sqlx::test(migrations = "./migrations")]
async fn whoever_is_with_an_agent_is_left_out_and_told_as_a_number(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    world.says(2, "Hello", noon()).await;
    let everybody = Group::default;
    let names = async || -> Vec<String> {
        world.matching(&world.olivia, everybody()).await.unwrap().iter().map(Line::title).collect()
    };
    assert_eq!(names().await, ["Customer 1", "Customer 2"]);
    let line = world.matching(&world.olivia, everybody()).await.unwrap().remove(0);
    assert_eq!(line.chat.unwrap().0, chat);
    assert_eq!(line.chat.unwrap().2, Status::Requesting);
    assert_eq!(line.phone, Some(Phone::parse("447700900001").unwrap()));
    assert_eq!(line.source, Source::Organic);

    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    assert_eq!(names().await, ["Customer 2"]);
    assert_eq!(world.counted(everybody()).await, Counted { matching: 1, left_out: 1 });
    // A filter tells nothing about who is left out.
    for text in ["Customer 1", "Somebody else"] {
        let filter = all([Condition::Name(Words::Is(text.into()))]);
        assert_eq!(world.counted(filter).await, Counted { matching: 0, left_out: 1 }, "{text}");
    }
    let again = table_store::again(&world.desk, &world.olivia, &[line.id]).await.unwrap();
    assert_eq!(again, [], "nor does asking by id");
    let file = Action::Export { columns: vec![Column::Phone] };
    let whom = Target::Matching(everybody());
    let file = task::store::begin(&world.desk, &world.olivia, file, whom, noon()).await.unwrap();
    let other = table_export::begin(&world.desk, &world.ana, file, noon()).await;
    assert_eq!(other.unwrap_err(), Error::Forbidden);
    let (export, headings, (rows, next)) = table_export::begin(&world.desk, &world.olivia, file, noon()).await.unwrap();
    assert_eq!(
        (headings, rows),
        (vec!["Name".to_owned(), "Phone".into()], vec![vec!["Customer 2".to_owned(), "+447700900002".into()]])
    );
    assert!(next.is_none());

    // Merged into another, they hide that one too.
    let other = world.matching(&world.olivia, everybody()).await.unwrap()[0].id;
    let merged = "update contact set merged_into = $1 where id = $2";
    sqlx::query(merged).bind(other.0).bind(line.id.0).execute(world.db.pool()).await.unwrap();
    assert_eq!(names().await, Vec::<String>::new());
    assert_eq!(world.counted(everybody()).await, Counted { matching: 0, left_out: 1 });
    sqlx::query("update contact set merged_into = null").execute(world.db.pool()).await.unwrap();

    // To the holder nothing is hidden; back with the bot, to nobody.
    world.does(&world.olivia, chat, Command::TakeOver, noon() + seconds(6)).await.unwrap();
    assert_eq!(names().await, ["Customer 1", "Customer 2"]);
    assert_eq!(world.counted(everybody()).await.left_out, 0);

    // Agents get nothing of it, and a member who is one by now no further page of a file.
    let ask = Question { filter: everybody(), sort: Sort::Name, descending: false };
    let now = noon();
    assert_eq!(table_store::page(&world.desk, &world.ana, ask, None, now).await.unwrap_err(), Error::Forbidden);
    assert_eq!(table_store::count(&world.desk, &world.ana, everybody(), now).await.unwrap_err(), Error::Forbidden);
    assert_eq!(table_store::again(&world.desk, &world.ana, &[line.id]).await.unwrap_err(), Error::Forbidden);
    assert_eq!(table_store::setting(&world.desk, &world.ana, now).await.unwrap_err(), Error::Forbidden);
    assert_eq!(table_store::choose_columns(&world.desk, &world.ana, &[]).await.unwrap_err(), Error::Forbidden);
    sqlx::query("update member set role = 'agent' where name = 'Olivia'").execute(world.db.pool()).await.unwrap();
    assert_eq!(table_export::next(&world.desk, &export, line.id, now).await.unwrap_err(), Error::Forbidden);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_segment_is_saved_renamed_and_says_what_is_gone(pool: PgPool) {
    let world = World::new(pool).await;
    world.guests(4).await;
    let (tag, level) = (world.manual_tag("VIP").await, world.attribute("Level", Kind::OneOf).await);
    let filter = Group {
        join: Join::Any,
        parts: vec![
            Part::Condition(Condition::Tag { tag, has: false }),
            Part::Condition(Condition::Attribute { attribute: level, is: Value::NoneOf(vec!["Gold".into()]) }),
        ],
    };
    let save = async |id: Option<SegmentId>, name: &str, filter: Group| {
        segment::store::save(&world.desk, &world.olivia, id, name, filter, noon()).await
    };
    let segments = async || table_store::setting(&world.desk, &world.olivia, noon()).await.unwrap().segments;
    let id = save(None, "  Newcomers  ", filter.clone()).await.unwrap();
    let names = |segments: &[segment::Segment]| segments.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&segments().await), ["Newcomers"]);
    assert_eq!(segments().await[0].gone, 0);
    assert_eq!(world.counted(filter.clone()).await.matching, 4);
    for (id, name) in [(None, "newcomers"), (None, ""), (None, "x\0".repeat(61).as_str())] {
        assert!(matches!(save(id, name, filter.clone()).await, Err(Error::Invalid(_))), "{name}");
    }
    assert!(matches!(save(None, "Everybody", Group::default()).await, Err(Error::Invalid(_))));
    save(Some(id), "Newcomers!", filter.clone()).await.unwrap();
    assert_eq!(names(&segments().await), ["Newcomers!"]);
    let unknown = save(Some(SegmentId::at(noon())), "Unknown", filter.clone()).await;
    assert_eq!(unknown.unwrap_err(), Error::NotFound);
    let forbidden = segment::store::save(&world.desk, &world.ana, None, "Mine", filter.clone(), noon()).await;
    assert_eq!(forbidden.unwrap_err(), Error::Forbidden);
    assert_eq!(segment::store::delete(&world.desk, &world.ana, id, noon()).await.unwrap_err(), Error::Forbidden);

    tag::define::change(&world.desk, &world.olivia, tag::Change::ArchiveTag { tag }, noon()).await.unwrap();
    assert_eq!(segments().await[0].gone, 1);
    assert_eq!(world.counted(filter.clone()).await.matching, 4, "the other condition holds still");
    attribute::store::delete(&world.desk, &world.olivia, level, attribute::Values::Delete, noon()).await.unwrap();
    assert_eq!(segments().await[0].gone, 2);
    assert_eq!(world.counted(filter.clone()).await.matching, 0, "what is gone means nobody, also as “has not”");
    tag::define::change(&world.desk, &world.olivia, tag::Change::RestoreTag { tag }, noon()).await.unwrap();
    assert_eq!((segments().await[0].gone, world.counted(filter).await.matching), (1, 4));

    segment::store::delete(&world.desk, &world.olivia, id, noon()).await.unwrap();
    assert_eq!(segments().await, []);
    assert_eq!(segment::store::delete(&world.desk, &world.olivia, id, noon()).await.unwrap_err(), Error::NotFound);
    let audited: i64 = sqlx::query_scalar("select count(*) from audit where kind like 'segment_%'")
        .fetch_one(world.db.pool())
        .await
        .unwrap();
    assert_eq!(audited, 3);
}

#[sqlx::test(migrations = "./migrations")]
async fn columns_are_remembered_for_each_member(pool: PgPool) {
    let world = World::new(pool).await;
    let level = world.attribute("Level", Kind::OneOf).await;
    let columns = async || table_store::setting(&world.desk, &world.olivia, noon()).await.unwrap().columns;
    assert_eq!(columns().await, Column::USUAL);
    let chosen = vec![Column::Attribute(level), Column::FirstSeen];
    table_store::choose_columns(&world.desk, &world.olivia, &chosen).await.unwrap();
    assert_eq!(columns().await, chosen);
    attribute::store::archive(&world.desk, &world.olivia, level, noon()).await.unwrap();
    assert_eq!(columns().await, [Column::FirstSeen], "an attribute that is gone is no column");
    let many = vec![Column::Phone; 41];
    assert!(table_store::choose_columns(&world.desk, &world.olivia, &many).await.is_err());
}

#[sqlx::test(migrations = "./migrations")]
async fn whoever_was_merged_is_found_by_what_is_theirs(pool: PgPool) {
    let world = World::new(pool).await;
    let (stays, goes, other) =
        (world.says(1, "a", noon()).await, world.says(2, "b", noon()).await, world.says(3, "c", noon()).await);
    let contact =
        async |chat: domain::ChatId| ContactId(world.ask("select contact_id from chat where id = $1", chat).await);
    let (stays, goes, other) = (contact(stays).await, contact(goes).await, contact(other).await);
    let (vip, late) = (world.manual_tag("VIP").await, world.manual_tag("Late").await);
    let (city, level) = (world.attribute("City", Kind::Text).await, world.attribute("Level", Kind::OneOf).await);
    let mut tx = world.db.pool().begin().await.unwrap();
    for (of, tag) in [(goes, vip), (stays, late), (other, late)] {
        sqlx::query("insert into contact_tag (workspace_id, contact_id, tag_id, given_at, given_by) values ($1, $2, $3, now(), '\"clock\"')")
            .bind(world.desk.id().0).bind(of.0).bind(tag.0).execute(&mut *tx).await.unwrap();
    }
    for (of, attribute, value) in
        [(stays, city, "Lyon"), (goes, city, "Rome"), (goes, level, "Gold"), (other, level, "Silver")]
    {
        sqlx::query("insert into attribute (workspace_id, contact_id, definition_id, value, set_by, set_at) values ($1, $2, $3, $4, '\"customer\"', now())")
            .bind(world.desk.id().0).bind(of.0).bind(attribute.0).bind(value).execute(&mut *tx).await.unwrap();
    }
    sqlx::query("insert into identity values ($1, $2, 'username', 'Rosa_R', 'rosa_r', now())")
        .bind(world.desk.id().0)
        .bind(goes.0)
        .execute(&mut *tx)
        .await
        .unwrap();
    sqlx::query("delete from identity where contact_id = $1 and kind = 'username'")
        .bind(stays.0)
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    merge_store::merge(&world.desk, &world.olivia, stays, goes, noon() + seconds(100)).await.unwrap();

    let of = |is| Condition::Attribute { attribute: city, is: Value::Words(is) };
    let level = |is| Condition::Attribute { attribute: level, is };
    let number: String = sqlx::query_scalar("select value from identity where contact_id = $1 and kind = 'phone'")
        .bind(goes.0)
        .fetch_one(world.db.pool())
        .await
        .unwrap();
    for (condition, found) in [
        (Condition::Phone(Words::Is(number.clone())), vec![stays]),
        (Condition::Phone(Words::Contains(number[4..].into())), vec![stays]),
        (Condition::Username(Words::Is("@rosa_r".into())), vec![stays]),
        (Condition::Username(Words::Contains("OSA".into())), vec![stays]),
        (Condition::FirstMessage(Words::Is("A".into())), vec![stays]),
        (Condition::FirstMessage(Words::Contains("B".into())), vec![stays]),
        (Condition::FirstMessage(Words::Is("c".into())), vec![other]),
        (Condition::FirstMessage(Words::Empty), vec![]),
        (Condition::Tag { tag: vip, has: true }, vec![stays]),
        (Condition::Tag { tag: vip, has: false }, vec![other]),
        (Condition::Tag { tag: late, has: true }, vec![stays, other]),
        (level(Value::AnyOf(vec!["Gold".into()])), vec![stays]),
        (level(Value::NoneOf(vec!["Gold".into()])), vec![other]),
        // The contact's own value stands before the other one's, as on the profile.
        (of(Words::Is("Lyon".into())), vec![stays]),
        (of(Words::Is("Rome".into())), vec![]),
        (of(Words::Empty), vec![other]),
    ] {
        let lines = world.matching(&world.olivia, all([condition.clone()])).await.unwrap();
        let ids: HashSet<_> = lines.iter().map(|line| line.id).collect();
        assert_eq!(ids, found.into_iter().collect(), "{condition:?}");
    }
    // And the table shows them.
    let lines = world.matching(&world.olivia, all([Condition::Tag { tag: vip, has: true }])).await.unwrap();
    let [line] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(line.username.as_deref(), Some("Rosa_R"));
    assert_eq!(HashSet::from_iter(line.tags.clone()), HashSet::from([vip, late]));
    let values: HashSet<_> = line.values.iter().map(|(_, value)| value.as_str()).collect();
    assert_eq!(values, HashSet::from(["Lyon", "Gold"]));
}
