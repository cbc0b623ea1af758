//! Several agents share the desk: passing on, taking next, watching, presence, and what the clock does about it.

use crate::world::{SOCKET, World, noon, seconds};
use chrono::TimeDelta;
use domain::chat::{Command, Queue, Reason, Refusal, clock, list, next, open, watch};
use domain::db::Tx;
use domain::feed::{self, Frame, store::Follow};
use domain::member::store::NewMember;
use domain::member::{Member, Presence, Role, presence, session};
use domain::{ChatId, Error, ScreenId, member, setting};
use futures::future::join_all;
use sqlx::PgPool;
use std::collections::HashSet;

async fn agents(world: &World, count: usize) -> Vec<Member> {
    let mut tx = world.desk.begin().await.unwrap();
    let mut agents = Vec::new();
    for n in 0..count {
        let (email, name) = (format!("a{n}@test.example"), format!("Agent {n}"));
        let new = NewMember { email: &email, name: &name, role: Role::Agent, password_hash: None };
        let id = member::store::add(&mut tx, &new, noon()).await.unwrap();
        agents.push(member::store::get(&mut tx, id).await.unwrap().unwrap());
    }
    tx.commit().await.unwrap();
    agents
}

async fn held(world: &World, who: u64) -> ChatId {
    let chat = world.asks(who, noon()).await;
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    chat
}

fn to(member: &Member, note: &str) -> Command {
    Command::Transfer { to: Some(member.id), note: note.into() }
}

/// A transaction that has the chat locked.
async fn holding(world: &World, chat: ChatId) -> Tx<'static> {
    let mut tx = world.desk.begin().await.unwrap();
    domain::chat::store::lock(&mut tx, chat).await.unwrap();
    tx
}

async fn presence_of(world: &World, member: &Member) -> Presence {
    let mut tx = world.desk.snapshot().await.unwrap();
    member::store::get(&mut tx, member.id).await.unwrap().unwrap().presence
}

#[sqlx::test(migrations = "./migrations")]
async fn a_chat_passed_to_one_opens_to_everyone_after_the_time_and_once(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world, 1).await;
    let at = noon() + seconds(60);
    world.does(&world.ana, chat, to(&world.ben, "speaks only Welsh"), at).await.unwrap();
    let row = open::open(&world.desk, &world.ben, chat).await.unwrap().row;
    assert_eq!(row.queue, Queue::Requested);
    assert_eq!(row.directed_to.map(|target| target.id), Some(world.ben.id));
    assert_eq!(row.offer_until, Some(at + seconds(120)), "the default of accept-within");
    assert_eq!(open::open(&world.desk, &world.ana, chat).await.unwrap_err(), Error::NotFound);

    assert_eq!(clock::open_offers(&world.db, at + seconds(119)).await.unwrap(), 0);
    let late = at + seconds(120);
    let crowd = world.crowd().await;
    let opening = (0..6).map(|_| clock::open_offers(&crowd, late));
    let opened = world.at_once(holding(&world, chat).await.rollback(), opening).await;
    crowd.pool().close().await;
    assert_eq!(opened.into_iter().map(Result::unwrap).sum::<usize>(), 1, "six processes, once");
    let row = open::open(&world.desk, &world.ana, chat).await.unwrap().row;
    assert!(row.directed_to.is_none() && row.offer_until.is_none());
    let told: i64 = world.ask("select count(*) from journey where kind = 'opened_to_all' and chat_id = $1", chat).await;
    assert_eq!(told, 1);

    // Whoever takes it reads the note first.
    world.does(&world.ben, chat, Command::Intervene, late + seconds(5)).await.unwrap();
    let handover = open::open(&world.desk, &world.ben, chat).await.unwrap().handover.unwrap();
    let passed = handover.passed.unwrap();
    assert_eq!((passed.by.as_str(), passed.note.as_str()), ("Ana", "speaks only Welsh"));
    let sentence: String = world
        .ask("select detail->'transferred'->>'name' from journey where kind = 'transferred' and chat_id = $1", chat)
        .await;
    assert_eq!(sentence, "Ben", "the journey names whom it was passed to");
}

#[sqlx::test(migrations = "./migrations")]
async fn an_accepted_offer_does_not_open_and_a_redirected_one_waits_anew(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world, 1).await;
    let at = noon() + seconds(60);
    world.does(&world.ana, chat, to(&world.ben, ""), at).await.unwrap();
    world.does(&world.olivia, chat, to(&world.ana, "you know them"), at + seconds(100)).await.unwrap();
    assert_eq!(clock::open_offers(&world.db, at + seconds(130)).await.unwrap(), 0, "a new offer, a new time");
    let elsewhere = world.does(&world.ben, chat, Command::Intervene, at + seconds(131)).await.unwrap_err();
    assert_eq!(elsewhere, Error::NotFound, "it is no longer Ben's");
    world.does(&world.ana, chat, Command::Intervene, at + seconds(140)).await.unwrap();
    assert_eq!(clock::run_once(&world.db, at + seconds(500)).await.unwrap(), 0);
    assert_eq!(world.queue(chat).await, Queue::Intervened);
}

#[sqlx::test(migrations = "./migrations")]
async fn to_everyone_to_nobody_and_to_whom_one_cannot(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world, 1).await;
    let at = noon() + seconds(60);
    let stranger = Command::Transfer { to: Some(domain::MemberId::at(at)), note: String::new() };
    assert_eq!(world.does(&world.ana, chat, stranger, at).await.unwrap_err(), Error::NotFound);
    let self_pass = world.does(&world.ana, chat, to(&world.ana, ""), at).await.unwrap_err();
    assert!(matches!(self_pass, Error::Invalid(_)), "{self_pass}");
    let long = to(&world.ben, &"x".repeat(2001));
    assert!(matches!(world.does(&world.ana, chat, long, at).await.unwrap_err(), Error::Invalid(_)));
    let theft = world.does(&world.ben, chat, to(&world.ben, ""), at).await.unwrap_err();
    assert_eq!(theft, Error::NotFound, "only the holder and supervisors pass on");
    assert_eq!(world.queue(chat).await, Queue::Intervened, "what is refused changes nothing");
    let everyone = Command::Transfer { to: None, note: "off to lunch".into() };
    world.does(&world.ana, chat, everyone, at).await.unwrap();
    assert_eq!(world.queue(chat).await, Queue::Requested);
    assert!(open::open(&world.desk, &world.ben, chat).await.is_ok());
    assert_eq!(clock::run_once(&world.db, at + seconds(900)).await.unwrap(), 0, "nothing left to open");
    // The bot keeps silent: an agent has spoken.
    let before: i64 = world.ask("select count(*) from message where author = 'bot' and chat_id = $1", chat).await;
    world.says(1, "hello?", at + seconds(10)).await;
    let after: i64 = world.ask("select count(*) from message where author = 'bot' and chat_id = $1", chat).await;
    assert_eq!(before, after);
    // Whoever looks at it reads the note, and whoever takes it reads it first.
    let reason = open::open(&world.desk, &world.ben, chat).await.unwrap().row.content.unwrap().reason;
    assert_eq!(reason, Some(Reason::Transferred { note: "off to lunch".into() }));
    world.does(&world.ben, chat, Command::Intervene, at + seconds(20)).await.unwrap();
    let passed = open::open(&world.desk, &world.ben, chat).await.unwrap().handover.unwrap().passed.unwrap();
    assert_eq!((passed.by.as_str(), passed.note.as_str()), ("Ana", "off to lunch"));
}

#[sqlx::test(migrations = "./migrations")]
async fn twenty_take_next_at_once_and_get_twenty_chats(pool: PgPool) {
    let world = World::new(pool).await;
    let agents = agents(&world, 20).await;
    let mut waiting = Vec::new();
    for who in 1..=23 {
        waiting.push(world.asks(who, noon() + seconds(i64::try_from(who).unwrap())).await);
    }
    let at = noon() + seconds(100);
    let crowd = world.crowd().await;
    let desk = &crowd.workspace(world.desk.id());
    let taking = agents.iter().map(|agent| next::take_next(desk, agent, at));
    let taken = world.at_once(holding(&world, waiting[0]).await.rollback(), taking).await;
    let taken: Vec<_> = taken.into_iter().map(|chat| chat.unwrap().expect("somebody waits for each")).collect();
    let distinct: HashSet<_> = taken.iter().copied().collect();
    assert_eq!(distinct.len(), 20);
    assert_eq!(distinct, waiting[..20].iter().copied().collect(), "the twenty that waited longest");
    for (agent, chat) in agents.iter().zip(&taken) {
        let holder: uuid::Uuid = world.ask("select holder from chat where id = $1", *chat).await;
        assert_eq!(holder, agent.id.0);
    }
    // More hands than chats: three get one, the rest are told that nobody waits.
    let taking = agents.iter().map(|agent| next::take_next(desk, agent, at));
    let rest = world.at_once(holding(&world, waiting[20]).await.rollback(), taking).await;
    assert_eq!(rest.into_iter().filter_map(Result::unwrap).count(), 3);
    crowd.pool().close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn take_next_gives_what_is_meant_for_me_and_leaves_what_is_not(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world, 1).await;
    world.does(&world.ana, chat, to(&world.ben, ""), noon() + seconds(30)).await.unwrap();
    let at = noon() + seconds(40);
    assert_eq!(next::take_next(&world.desk, &world.ana, at).await.unwrap(), None);
    assert_eq!(next::take_next(&world.desk, &world.olivia, at).await.unwrap(), None, "not even a supervisor's key");
    assert_eq!(next::take_next(&world.desk, &world.ben, at).await.unwrap(), Some(chat));
    assert_eq!(next::take_next(&world.desk, &world.ben, at).await.unwrap(), None);
}

#[sqlx::test(migrations = "./migrations")]
async fn take_next_passes_no_chat_by_that_is_only_receiving_a_message(pool: PgPool) {
    let world = World::new(pool).await;
    let longest = world.asks(1, noon()).await;
    world.asks(2, noon() + seconds(1)).await;
    let mut receiving = world.desk.begin().await.unwrap();
    domain::chat::store::lock(&mut receiving, longest).await.unwrap();
    let taking = next::take_next(&world.desk, &world.ana, noon() + seconds(5));
    tokio::pin!(taking);
    world.until_blocked(&mut taking).await;
    receiving.commit().await.unwrap();
    assert_eq!(taking.await.unwrap(), Some(longest));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_watch_is_audited_leaves_no_trace_and_ends_with_its_screen(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world, 1).await;
    let (desk, olivia, at) = (&world.desk, &world.olivia, noon() + seconds(60));
    let screen = ScreenId::at(at);
    let unconnected = watch::open(desk, olivia, chat, screen, at).await.unwrap_err();
    assert!(matches!(unconnected, Error::Invalid(_)));
    presence::active(desk, olivia.id, screen, at).await.unwrap();
    assert_eq!(watch::open(desk, &world.ben, chat, screen, at).await.unwrap_err(), Error::NotFound, "no agent watches");
    assert!(open::open(desk, olivia, chat).await.unwrap().row.content.is_none(), "before it, the row only");

    watch::open(desk, olivia, chat, screen, at).await.unwrap();
    watch::open(desk, olivia, chat, screen, at).await.unwrap();
    let audited: i64 = world
        .ask("select count(*) from audit where kind = 'watch' and name = 'Olivia' and detail->>'chat' = $1::text", chat)
        .await;
    assert_eq!(audited, 1, "once, whatever is pressed");
    let thread = open::open(desk, olivia, chat).await.unwrap();
    assert!(thread.row.content.is_some() && !thread.messages.is_empty());
    assert!(domain::contact::profile_store::profile(desk, olivia, chat).await.is_ok());
    assert_eq!(world.sends(olivia, chat, "x", at).await.unwrap_err(), Error::Refused(Refusal::NotHolder));
    let draft = open::save_draft(desk, olivia, chat, "x", at).await.unwrap_err();
    assert_eq!(draft, Error::Refused(Refusal::NotHolder));
    open::mark_seen(desk, olivia, chat, at).await.unwrap();
    let traces: i64 = world.ask("select count(*) from seen where chat_id = $1", chat).await;
    assert_eq!(traces, 0);
    assert_eq!(domain::outbox::receipt::receipt(desk, olivia, chat, false).await.unwrap(), None, "no read receipt");

    // The screen goes; a reload is forgiven, more is not.
    presence::left(desk, olivia.id, screen, SOCKET, at + seconds(10)).await.unwrap();
    presence::fade(&world.db, at + seconds(20)).await.unwrap();
    assert!(open::open(desk, olivia, chat).await.unwrap().row.content.is_some());
    presence::fade(&world.db, at + seconds(25)).await.unwrap();
    assert!(open::open(desk, olivia, chat).await.unwrap().row.content.is_none());
}

#[sqlx::test(migrations = "./migrations")]
async fn a_watch_ends_when_the_chat_leaves_its_agent_and_where_it_is_not_allowed_it_never_begins(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world, 1).await;
    let (desk, olivia, at) = (&world.desk, &world.olivia, noon() + seconds(60));
    let screen = ScreenId::at(at);
    presence::active(desk, olivia.id, screen, at).await.unwrap();
    watch::open(desk, olivia, chat, screen, at).await.unwrap();
    let resolve = Command::Resolve { outcome: None, note: None };
    world.does(&world.ana, chat, resolve, at + seconds(5)).await.unwrap();
    world.does(&world.ben, chat, Command::Intervene, at + seconds(9)).await.unwrap();
    assert!(open::open(desk, olivia, chat).await.unwrap().row.content.is_none(), "Ben's handling is another one");

    let mut tx = desk.begin().await.unwrap();
    setting::store::put(&mut tx, "supervisors_watch", false.into()).await.unwrap();
    tx.commit().await.unwrap();
    let refused = watch::open(desk, olivia, chat, screen, at + seconds(20)).await.unwrap_err();
    assert_eq!(refused, Error::Forbidden);
    // Commands are allowed without looking.
    world.does(olivia, chat, Command::TakeOver, at + seconds(30)).await.unwrap();
    assert_eq!(open::open(desk, &world.ben, chat).await.unwrap_err(), Error::NotFound, "Ben loses it at once");
    assert!(open::open(desk, olivia, chat).await.unwrap().row.content.is_some());
}

#[sqlx::test(migrations = "./migrations")]
async fn turning_watching_off_ends_every_watch_and_tells_its_screens(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, olivia) = (&world.desk, &world.olivia);
    let (one, two) = (held(&world, 1).await, held(&world, 2).await);
    let (screen, at) = (ScreenId::at(noon()), noon() + seconds(60));
    presence::active(desk, olivia.id, screen, at).await.unwrap();
    watch::open(desk, olivia, one, screen, at).await.unwrap();
    watch::open(desk, olivia, two, screen, at).await.unwrap();
    world.sequence().await;
    let number = feed::store::cursor(&mut desk.snapshot().await.unwrap()).await.unwrap();
    let before = setting::Settings::default();
    let other = setting::Settings { away_after: 600, ..before.clone() };
    setting::store::change(desk, olivia, &before, &other, at).await.unwrap();
    assert!(open::open(desk, olivia, one).await.unwrap().row.content.is_some(), "another setting ends nothing");

    let off = setting::Settings { supervisors_watch: false, ..other.clone() };
    setting::store::change(desk, olivia, &other, &off, at + seconds(5)).await.unwrap();
    for chat in [one, two] {
        assert!(open::open(desk, olivia, chat).await.unwrap().row.content.is_none(), "a row, as without a watch");
    }
    assert_eq!(world.number("select count(*) from watch where closed_at is null").await, 0);
    world.sequence().await;
    let Follow::Batch(batch) = feed::store::after(desk, number, at).await.unwrap() else { panic!() };
    let Frame::Changes { changes, .. } = batch.frame(olivia.id, olivia.role, number) else { panic!() };
    let mut emptied: Vec<_> =
        changes.iter().filter(|change| change.row.as_ref().is_some_and(|row| row.content.is_none())).collect();
    emptied.sort_by_key(|change| change.chat);
    let mut both = [one, two];
    both.sort();
    assert_eq!(emptied.iter().map(|change| change.chat).collect::<Vec<_>>(), both, "her screens hear of both");
}

/// Whoever opens a watch while it is turned off has none afterwards, whoever of the two is first.
#[sqlx::test(migrations = "./migrations")]
async fn no_watch_slips_through_while_watching_is_turned_off(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, olivia) = (&world.desk, &world.olivia);
    let (screen, at) = (ScreenId::at(noon()), noon() + seconds(60));
    presence::active(desk, olivia.id, screen, at).await.unwrap();
    let (on, off) =
        (setting::Settings::default(), setting::Settings { supervisors_watch: false, ..Default::default() });
    let chats = join_all((1..=12).map(|who| held(&world, who))).await;
    let crowd = world.crowd().await;
    let many = &crowd.workspace(desk.id());
    for round in 0..4 {
        let opening = join_all(chats.iter().map(|chat| watch::open(many, olivia, *chat, screen, at)));
        let (opened, changed) = tokio::join!(opening, setting::store::change(desk, olivia, &on, &off, at));
        changed.unwrap();
        assert!(opened.iter().all(|done| matches!(done, Ok(()) | Err(Error::Forbidden))), "{opened:?}");
        assert_eq!(world.number("select count(*) from watch where closed_at is null").await, 0, "round {round}");
        setting::store::change(desk, olivia, &off, &on, at).await.unwrap();
    }
    crowd.pool().close().await;
}

#[sqlx::test(migrations = "./migrations")]
async fn away_by_itself_and_back_by_itself(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana) = (&world.desk, &world.ana);
    let (tab, other) = (ScreenId::at(noon()), ScreenId::at(noon()));
    presence::active(desk, ana.id, tab, noon()).await.unwrap();
    presence::active(desk, ana.id, other, noon()).await.unwrap();
    let minutes = |n| noon() + TimeDelta::minutes(n);
    // Fifteen minutes without a key or a click.
    presence::keep_alive(&world.db, &[tab, other], minutes(14)).await.unwrap();
    presence::fade(&world.db, minutes(14)).await.unwrap();
    assert_eq!(presence_of(&world, ana).await, Presence::Available);
    presence::keep_alive(&world.db, &[tab, other], minutes(15)).await.unwrap();
    let crowd = world.crowd().await;
    let mut holding = world.db.pool().begin().await.unwrap();
    let lock = "select id from member where id = $1 for update";
    sqlx::query(lock).bind(ana.id.0).execute(&mut *holding).await.unwrap();
    let fading = (0..4).map(|_| presence::fade(&crowd, minutes(15)));
    let faded = world.at_once(holding.rollback(), fading).await;
    crowd.pool().close().await;
    assert!(faded.iter().all(Result::is_ok));
    assert_eq!(presence_of(&world, ana).await, Presence::Away);
    let told: i64 =
        sqlx::query_scalar("select count(*) from feed_waiting where kind = 'presence' and member_id = $1 and at = $2")
            .bind(ana.id.0)
            .bind(minutes(15))
            .fetch_one(world.db.pool())
            .await
            .unwrap();
    assert_eq!(told, 1, "four processes, once");
    presence::active(desk, ana.id, tab, minutes(20)).await.unwrap();
    assert_eq!(presence_of(&world, ana).await, Presence::Available, "back at the first key");

    // One of two tabs closes: still here. The last one: Away, after the time a reload takes.
    presence::keep_alive(&world.db, &[tab, other], minutes(20)).await.unwrap();
    presence::left(desk, ana.id, tab, SOCKET, minutes(20)).await.unwrap();
    presence::fade(&world.db, minutes(20) + seconds(20)).await.unwrap();
    assert_eq!(presence_of(&world, ana).await, Presence::Available);
    presence::left(desk, ana.id, other, SOCKET, minutes(21)).await.unwrap();
    presence::fade(&world.db, minutes(21) + seconds(5)).await.unwrap();
    assert_eq!(presence_of(&world, ana).await, Presence::Available);
    presence::fade(&world.db, minutes(21) + seconds(20)).await.unwrap();
    assert_eq!(presence_of(&world, ana).await, Presence::Away);
    presence::active(desk, ana.id, tab, minutes(22)).await.unwrap();
    assert_eq!(presence_of(&world, ana).await, Presence::Available);

    // By hand it stays.
    presence::set(desk, ana.id, Presence::Away, minutes(23)).await.unwrap();
    presence::active(desk, ana.id, tab, minutes(24)).await.unwrap();
    assert_eq!(presence_of(&world, ana).await, Presence::Away);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_process_that_died_leaves_no_member_available(pool: PgPool) {
    let world = World::new(pool).await;
    let tab = ScreenId::at(noon());
    presence::active(&world.desk, world.ana.id, tab, noon()).await.unwrap();
    // Nobody keeps its screens alive.
    presence::fade(&world.db, noon() + seconds(80)).await.unwrap();
    assert_eq!(presence_of(&world, &world.ana).await, Presence::Available);
    presence::fade(&world.db, noon() + seconds(91)).await.unwrap();
    assert_eq!(presence_of(&world, &world.ana).await, Presence::Away);
}

#[sqlx::test(migrations = "./migrations")]
async fn an_absent_agents_chat_goes_back_only_when_the_customer_waits_and_once(pool: PgPool) {
    let world = World::new(pool).await;
    let (waits, answered) = (held(&world, 1).await, held(&world, 2).await);
    let at = noon() + seconds(60);
    world.sends(&world.ana, waits, "one moment", at).await.unwrap();
    world.sends(&world.ana, answered, "there you are", at).await.unwrap();
    presence::set(&world.desk, world.ana.id, Presence::Away, at).await.unwrap();
    world.says(1, "are you there?", at + seconds(60)).await;
    // Five minutes from the last of: away, held, waiting.
    assert_eq!(clock::give_back(&world.db, at + seconds(359)).await.unwrap(), 0);
    let crowd = world.crowd().await;
    let giving = (0..5).map(|_| clock::give_back(&crowd, at + seconds(360)));
    let given = world.at_once(holding(&world, waits).await.rollback(), giving).await;
    crowd.pool().close().await;
    assert_eq!(given.into_iter().map(Result::unwrap).sum::<usize>(), 1, "five processes, once");
    assert_eq!(world.queue(waits).await, Queue::Requested);
    assert_eq!(world.queue(answered).await, Queue::Intervened, "nobody waits there");
    assert!(open::open(&world.desk, &world.ben, waits).await.is_ok());
    let told: i64 = world.ask("select count(*) from journey where kind = 'given_back' and chat_id = $1", waits).await;
    assert_eq!(told, 1);
    let lines = open::open(&world.desk, &world.ben, waits).await.unwrap().messages;
    assert!(lines.iter().any(|message| message.body.line() == "Ana went away; waiting for a person again"));
    // Back at her desk Ana keeps what she holds.
    presence::set(&world.desk, world.ana.id, Presence::Available, at + seconds(400)).await.unwrap();
    world.says(2, "one more thing", at + seconds(401)).await;
    assert_eq!(clock::give_back(&world.db, at + TimeDelta::hours(2)).await.unwrap(), 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_deactivated_member_loses_sessions_and_chats_at_once(pool: PgPool) {
    let world = World::new(pool).await;
    let (chat, offered) = (held(&world, 1).await, held(&world, 2).await);
    let at = noon() + seconds(60);
    world.does(&world.ana, offered, to(&world.ben, ""), at).await.unwrap();
    world.does(&world.ben, offered, Command::Intervene, at).await.unwrap();
    world.does(&world.ben, offered, to(&world.ana, ""), at).await.unwrap();
    let token = session::begin(&world.db, world.desk.id(), world.ana.id, None, at).await.unwrap();
    let (desk, ana) = (&world.desk, &world.ana);
    assert_eq!(member::store::deactivate(desk, &world.ben, ana.id, at).await.unwrap_err(), Error::Forbidden);
    let own = member::store::deactivate(desk, &world.olivia, world.olivia.id, at).await.unwrap_err();
    assert!(matches!(own, Error::Invalid(_)));
    assert!(session::member(&world.db, &token, at).await.unwrap().is_some());

    member::store::deactivate(desk, &world.olivia, ana.id, at + seconds(1)).await.unwrap();
    assert!(session::member(&world.db, &token, at).await.unwrap().is_none());
    let told: i64 =
        sqlx::query_scalar("select count(*) from feed_waiting where kind = 'signed_out' and member_id = $1")
            .bind(ana.id.0)
            .fetch_one(world.db.pool())
            .await
            .unwrap();
    assert_eq!(told, 1, "sockets are told");
    for chat in [chat, offered] {
        let row = open::open(desk, &world.ben, chat).await.unwrap().row;
        assert_eq!(row.queue, Queue::Requested);
        assert!(row.directed_to.is_none());
    }
    let told = open::open(desk, &world.ben, chat).await.unwrap().messages;
    let says = "Ana was deactivated; waiting for a person again";
    assert!(told.iter().any(|message| message.body.line() == says), "{told:?}");
    let gone = world.does(&world.olivia, chat, to(ana, ""), at + seconds(2)).await.unwrap_err();
    assert_eq!(gone, Error::NotFound, "nothing can be passed to who is not there");
    assert_eq!(member::store::deactivate(desk, &world.olivia, ana.id, at).await.unwrap_err(), Error::NotFound);
    let team = member::store::team(desk, &world.ben).await.unwrap();
    assert!(team.iter().all(|one| one.id != ana.id), "agents do not see closed accounts");
    member::store::reactivate(desk, &world.olivia, ana.id, at + seconds(3)).await.unwrap();
    assert!(session::member(&world.db, &token, at).await.unwrap().is_none(), "old sessions stay ended");
    assert!(list::page(desk, ana, domain::chat::List::Mine, None).await.unwrap().rows.is_empty());
}

/// Supervisors see what was passed to somebody, and are not called for it: Take next would not give it to them.
#[sqlx::test(migrations = "./migrations")]
async fn who_is_called_is_who_take_next_gives_something(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = held(&world, 1).await;
    world.does(&world.ana, chat, to(&world.ben, ""), noon() + seconds(30)).await.unwrap();
    world.sequence().await;
    for (member, requested, waiting) in [(&world.ana, 0, 0), (&world.ben, 1, 1), (&world.olivia, 1, 0)] {
        let page = list::page(&world.desk, member, domain::chat::List::Requested, None).await.unwrap();
        assert_eq!((page.counts.requested, page.counts.waiting), (requested, waiting), "{}", member.name);
        assert_eq!(page.longest_wait.is_some(), waiting > 0, "{}", member.name);
    }
    for (member, gets) in [(&world.ana, None), (&world.olivia, None), (&world.ben, Some(chat))] {
        assert_eq!(next::take_next(&world.desk, member, noon() + seconds(40)).await.unwrap(), gets, "{}", member.name);
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn who_is_deactivated_while_they_sign_in_gets_no_session(pool: PgPool) {
    let world = World::new(pool).await;
    let mut gone = world.db.pool().begin().await.unwrap();
    let sql = "update member set deactivated_at = now() where id = $1";
    sqlx::query(sql).bind(world.ben.id.0).execute(&mut *gone).await.unwrap();
    let begin = session::begin(&world.db, world.desk.id(), world.ben.id, None, noon());
    let mut begin = Box::pin(async { begin.await.map(|_| ()) });
    world.until_blocked(&mut begin).await;
    gone.commit().await.unwrap();
    assert_eq!(begin.await.unwrap_err(), Error::SignedOut);
    assert_eq!(world.number("select count(*) from session").await, 0);
}

#[sqlx::test(migrations = "./migrations")]
async fn a_watch_ends_with_the_tab_that_leaves_and_goes_on_in_another(pool: PgPool) {
    let world = World::new(pool).await;
    let (chat, at) = (held(&world, 1).await, noon() + seconds(60));
    let (desk, olivia) = (&world.desk, &world.olivia);
    let (one, other) = (ScreenId::at(at), ScreenId::at(at + seconds(1)));
    let sees = async || open::open(desk, olivia, chat).await.unwrap().row.content.is_some();
    for (screen, at) in [(one, at), (other, at + seconds(1))] {
        presence::active(desk, olivia.id, screen, at).await.unwrap();
        watch::open(desk, olivia, chat, screen, at).await.unwrap();
    }
    watch::close(desk, olivia, chat, Some(one), at + seconds(5)).await.unwrap();
    assert!(sees().await, "the other tab looks on");
    watch::close(desk, olivia, chat, Some(other), at + seconds(6)).await.unwrap();
    assert!(!sees().await);
    for (screen, at) in [(one, at + seconds(7)), (other, at + seconds(8))] {
        watch::open(desk, olivia, chat, screen, at).await.unwrap();
    }
    watch::close(desk, olivia, chat, None, at + seconds(9)).await.unwrap();
    assert!(!sees().await, "stopped on purpose, it ends in both");
}

#[sqlx::test(migrations = "./migrations")]
async fn whoever_was_left_unanswered_has_waited_since_then(pool: PgPool) {
    let world = World::new(pool).await;
    let at = noon() + seconds(60);
    let left = held(&world, 1).await;
    world.says(1, "are you there?", at).await;
    let late = world.asks(2, at + seconds(200)).await;
    presence::set(&world.desk, world.ana.id, Presence::Away, at + seconds(10)).await.unwrap();
    clock::give_back(&world.db, at + seconds(600)).await.unwrap();
    assert_eq!(world.queue(left).await, Queue::Requested);
    let first = next::take_next(&world.desk, &world.ben, at + seconds(601)).await.unwrap();
    assert_eq!(first, Some(left), "who was left without an answer is not behind who came later");
    assert_eq!(next::take_next(&world.desk, &world.ben, at + seconds(602)).await.unwrap(), Some(late));
}

#[sqlx::test(migrations = "./migrations")]
async fn whoever_a_request_is_redirected_to_reads_what_was_written_for_them(pool: PgPool) {
    let world = World::new(pool).await;
    let at = noon() + seconds(60);
    let reason = async |chat, of: &Member| open::open(&world.desk, of, chat).await.unwrap().row.content.unwrap().reason;
    let passed = held(&world, 1).await;
    world.does(&world.ana, passed, to(&world.ben, "speaks only Welsh"), at).await.unwrap();
    world.does(&world.olivia, passed, to(&world.ana, "you know them"), at + seconds(5)).await.unwrap();
    let told = |note: &str| Some(Reason::Transferred { note: note.into() });
    assert_eq!(reason(passed, &world.ana).await, told("you know them"));
    // Who asked for a person by themselves is passed on with a note, too, or without one.
    let asked = world.asks(2, at).await;
    let before = reason(asked, &world.ben).await;
    world.does(&world.olivia, asked, to(&world.ben, ""), at + seconds(10)).await.unwrap();
    assert_eq!(reason(asked, &world.ben).await, before);
    world.does(&world.olivia, asked, to(&world.ana, "a regular"), at + seconds(15)).await.unwrap();
    assert_eq!(reason(asked, &world.ana).await, told("a regular"));
}
