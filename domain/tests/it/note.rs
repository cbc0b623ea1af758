//! Internal notes: who writes them, whom they reach, and everything they must not touch.

use crate::world::{SOCKET, World, noon, seconds};
use domain::chat::{Command, List, Refusal, list, open, watch};
use domain::feed::Frame;
use domain::feed::store::{Follow, after};
use domain::member::{Member, presence};
use domain::message::{Body, note};
use domain::{ChatId, Error, MessageId, Result, ScreenId, Timestamp, contact};
use sqlx::PgPool;

async fn notes(world: &World, member: &Member, chat: ChatId, text: &str, at: Timestamp) -> Result<MessageId> {
    let id = MessageId::at(at);
    note::write(&world.desk, member, chat, id, text, at).await.map(|()| id)
}

fn resolve() -> Command {
    Command::Resolve { outcome: None, note: None }
}

/// Who is mentioned by the last message that the member sees.
async fn mentioned(world: &World, member: &Member, chat: ChatId) -> Vec<String> {
    let thread = open::open(&world.desk, member, chat).await.unwrap();
    match &thread.messages.last().unwrap().body {
        Body::Note { mentions, .. } => mentions.iter().map(|member| member.name.clone()).collect(),
        other => panic!("{other:?}"),
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_note_goes_nowhere_counts_nowhere_and_moves_nothing(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    world.deliver(noon() + seconds(1)).await;
    world.says(2, "somebody newer", noon() + seconds(5)).await;
    let (desk, ana, ben, at) = (&world.desk, &world.ana, &world.ben, noon() + seconds(60));
    let standing = async || -> (i64, i64, i64, String) {
        let sql = "select jsonb_build_array(
            (select count(*) from outbox), (select sum(session_messages) from contact), customer_count,
            (select to_jsonb(c) - 'version' - 'last_seq' from chat c where c.id = $1))::text from chat where id = $1";
        let said: String = world.ask(sql, chat).await;
        let journey: i64 =
            world.ask("select count(*) from journey where kind = 'first_reply' and chat_id = $1", chat).await;
        let seen: i64 = world.ask("select count(*) from seen where chat_id = $1", chat).await;
        let replied: i64 =
            world.ask("select count(*) from episode where first_reply_at is not null and chat_id = $1", chat).await;
        (journey, seen, replied, said)
    };

    // Requested, held, resolved, with the window closed: always possible.
    let row = open::open(desk, ben, chat).await.unwrap().row;
    let mut before = standing().await;
    notes(&world, ana, chat, "wants a refund, see invoice 7", at).await.unwrap();
    assert_eq!(standing().await, before);
    let now = open::open(desk, ben, chat).await.unwrap().row;
    let (was, is) = (row.content.unwrap(), now.content.unwrap());
    assert_eq!((was.unread(), was.last_line, was.last_at), (is.unread(), is.last_line, is.last_at));
    assert_eq!(row.unanswered_since, now.unanswered_since, "a note is no answer");
    let order = list::page(desk, ben, List::Requested, None).await.unwrap().rows;
    assert_eq!(order.iter().map(|row| row.id).collect::<Vec<_>>(), [chat]);

    world.does(ana, chat, Command::Intervene, at + seconds(5)).await.unwrap();
    before = standing().await;
    notes(&world, ana, chat, "called the shop", at + seconds(6)).await.unwrap();
    assert_eq!(standing().await, before);
    world.does(ana, chat, resolve(), at + seconds(7)).await.unwrap();
    before = standing().await;
    notes(&world, ben, chat, "for next time", at + seconds(8)).await.unwrap();
    assert_eq!(standing().await, before);
    domain::chat::clock::close_windows(&world.db, noon() + chrono::TimeDelta::hours(25)).await.unwrap();
    before = standing().await;
    notes(&world, ben, chat, "in History", noon() + chrono::TimeDelta::hours(26)).await.unwrap();
    assert_eq!(standing().await, before);

    assert!(world.deliver(noon() + chrono::TimeDelta::hours(27)).await.is_empty(), "nothing waits to be sent");
    let again = MessageId::at(at);
    for _ in 0..2 {
        note::write(desk, ben, chat, again, "twice", at).await.unwrap();
    }
    let stored: i64 = world.ask("select count(*) from message where body ? 'note' and chat_id = $1", chat).await;
    assert_eq!(stored, 5, "the same id is the same note");
    let told: i64 = world.ask("select count(*) from journey where kind = 'noted' and chat_id = $1", chat).await;
    assert_eq!(told, 5);
    let sent = world
        .ask::<i64>("select count(*) from message where body ? 'note' and delivery is not null and chat_id = $1", chat);
    assert_eq!(sent.await, 0);
    // Nor can it be repeated to the customer, not even by its holder.
    let wakes = noon() + chrono::TimeDelta::hours(28);
    world.says(1, "I am back", wakes).await;
    world.does(ben, chat, Command::Intervene, wakes + seconds(1)).await.unwrap();
    let repeated = domain::message::store::send_again(desk, ben, chat, again, wakes + seconds(2)).await;
    assert!(matches!(repeated, Err(Error::Invalid(_))));
    // The table itself refuses a note that is on its way.
    let forced =
        sqlx::query("update message set delivery = 'queued' where body ? 'note'").execute(world.db.pool()).await;
    assert!(forced.unwrap_err().to_string().contains("message_note"));

    let listed = contact::profile_store::profile(desk, ben, chat).await.unwrap().notes;
    assert_eq!(listed.len(), 5);
    assert_eq!((listed[0].body.line(), listed[0].member.as_ref().unwrap().name.as_str()), ("in History".into(), "Ben"));
}

#[sqlx::test(migrations = "./migrations")]
async fn who_does_not_see_the_chat_writes_no_note_and_who_watches_neither(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let (desk, olivia, at) = (&world.desk, &world.olivia, noon() + seconds(60));
    world.does(&world.ana, chat, Command::Intervene, at).await.unwrap();
    notes(&world, &world.ana, chat, "a secret", at).await.unwrap();
    assert_eq!(notes(&world, &world.ben, chat, "x", at).await.unwrap_err(), Error::NotFound);
    assert_eq!(notes(&world, olivia, chat, "x", at).await.unwrap_err(), Error::NotFound, "she sees the row only");
    assert_eq!(note::mentionable(desk, &world.ben, chat).await.unwrap_err(), Error::NotFound);
    assert_eq!(note::mentionable(desk, olivia, chat).await.unwrap_err(), Error::NotFound);
    let screen = ScreenId::at(at);
    presence::active(desk, olivia.id, screen, at).await.unwrap();
    watch::open(desk, olivia, chat, screen, at).await.unwrap();
    let refused = notes(&world, olivia, chat, "x", at).await.unwrap_err();
    assert_eq!(refused, Error::Refused(Refusal::NotHolder));
    let refused = open::save_note_draft(desk, olivia, chat, "x", at).await.unwrap_err();
    assert_eq!(refused, Error::Refused(Refusal::NotHolder));
    assert!(open::open(desk, olivia, chat).await.unwrap().messages.iter().any(|m| m.body.line() == "a secret"));

    for (text, ok) in
        [("", false), (" \0 ", false), (&"x".repeat(note::LONGEST), true), (&"x".repeat(note::LONGEST + 1), false)]
    {
        assert_eq!(notes(&world, &world.ana, chat, text, at).await.is_ok(), ok);
    }
    // Another contact's chat is open to all; this one's notes are not listed there.
    let other = world.says(2, "hello", at).await;
    assert!(contact::profile_store::profile(desk, &world.ben, other).await.unwrap().notes.is_empty());
}

#[sqlx::test(migrations = "./migrations")]
async fn a_mention_reaches_those_who_see_the_chat_and_nobody_else(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let (desk, ana, at) = (&world.desk, &world.ana, noon() + seconds(60));
    let offered = async |member: &Member| -> Vec<String> {
        note::mentionable(desk, member, chat).await.unwrap().into_iter().map(|member| member.name).collect()
    };
    assert_eq!(offered(ana).await, ["Ben", "Olivia"]);
    world.sequence().await;
    let start = open::open(desk, ana, chat).await.unwrap().cursor;
    notes(&world, ana, chat, "@Ben, please look; @Benno and @Nobody do not exist", at).await.unwrap();
    assert_eq!(mentioned(&world, ana, chat).await, ["Ben"]);

    // Held by Ana: neither Ben nor the supervisor, until she watches.
    world.does(ana, chat, Command::Intervene, at + seconds(1)).await.unwrap();
    assert!(offered(ana).await.is_empty());
    notes(&world, ana, chat, "@Ben @Olivia look", at + seconds(2)).await.unwrap();
    assert!(mentioned(&world, ana, chat).await.is_empty());
    let screen = ScreenId::at(at);
    presence::active(desk, world.olivia.id, screen, at + seconds(3)).await.unwrap();
    watch::open(desk, &world.olivia, chat, screen, at + seconds(3)).await.unwrap();
    assert_eq!(offered(ana).await, ["Olivia"]);
    notes(&world, ana, chat, "@Ben @Olivia @Olivia", at + seconds(4)).await.unwrap();
    assert_eq!(mentioned(&world, ana, chat).await, ["Olivia"], "once");

    // Live, through sight as it is now: Ben hears nothing of a chat that is held.
    world.sequence().await;
    let Follow::Batch(batch) = after(desk, start, at + seconds(5)).await.unwrap() else { panic!("news") };
    let heard = |member: &Member| {
        match batch.frame(member.id, member.role, start) {
        Frame::Changes { changes, .. } => changes
            .into_iter()
            .flat_map(|change| change.messages)
            .filter(|message| matches!(&message.body, Body::Note { mentions, .. } if mentions.iter().any(|m| m.id == member.id)))
            .count(),
        other => panic!("{other:?}"),
    }
    };
    assert_eq!((heard(&world.ben), heard(&world.olivia)), (0, 1));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_note_and_a_reply_are_kept_side_by_side(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let (desk, ana, at) = (&world.desk, &world.ana, noon() + seconds(60));
    world.does(ana, chat, Command::Intervene, at).await.unwrap();
    open::save_draft(desk, ana, chat, "Dear customer", at).await.unwrap();
    open::save_note_draft(desk, ana, chat, "what a day", at).await.unwrap();
    let kept = async || {
        let thread = open::open(desk, ana, chat).await.unwrap();
        (thread.draft, thread.note)
    };
    assert_eq!(kept().await, ("Dear customer".into(), "what a day".into()));
    notes(&world, ana, chat, "what a day", at).await.unwrap();
    assert_eq!(kept().await, ("Dear customer".into(), String::new()));
    open::save_note_draft(desk, ana, chat, "another", at).await.unwrap();
    world.sends(ana, chat, "Dear customer", at).await.unwrap();
    assert_eq!(kept().await, (String::new(), "another".into()));
    open::save_note_draft(desk, ana, chat, " ", at).await.unwrap();
    assert_eq!(kept().await, (String::new(), String::new()));
}

#[sqlx::test(migrations = "./migrations")]
async fn notes_on_whoever_became_one_person_are_read_together_and_page_by_page(pool: PgPool) {
    let world = World::new(pool).await;
    let (a, b) = (world.says(1, "one", noon()).await, world.says(2, "two", noon()).await);
    let (desk, ana, ben) = (&world.desk, &world.ana, &world.ben);
    // Two at one moment, too.
    for n in 0..60_i64 {
        let chat = if n % 3 == 0 { b } else { a };
        notes(&world, ana, chat, &format!("note {n}"), noon() + seconds(n / 2)).await.unwrap();
    }
    let contact =
        async |chat: ChatId| domain::ContactId(world.ask("select contact_id from chat where id = $1", chat).await);
    let (into, from) = (contact(a).await, contact(b).await);
    contact::merge_store::merge(desk, &world.olivia, into, from, noon() + seconds(100)).await.unwrap();
    let profile = contact::profile_store::profile(desk, ana, a).await.unwrap();
    assert_eq!((profile.notes.len(), profile.older_notes), (5, true));
    let (mut all, mut older, mut pages) = (profile.notes, true, 0);
    while older {
        let last = all.last().map(|note| (note.at, note.id)).unwrap();
        let (page, more) = contact::profile_store::note_page(desk, ana, a, last).await.unwrap();
        all.extend(page);
        (older, pages) = (more, pages + 1);
    }
    let mut said: Vec<_> = all.iter().map(|note| note.body.line()).collect();
    assert!(all.is_sorted_by(|a, b| a.at >= b.at), "{said:?}");
    said.sort();
    said.dedup();
    assert_eq!((said.len(), all.len(), pages), (60, 60, 3));

    // They are where the one chat is: with its agent, and back where they came from.
    world.does(ana, a, Command::Intervene, noon() + seconds(110)).await.unwrap();
    let key = (noon() + seconds(999), MessageId::at(noon()));
    assert_eq!(contact::profile_store::note_page(desk, ben, a, key).await.unwrap_err(), Error::NotFound);
    assert_eq!(contact::profile_store::profile(desk, ana, a).await.unwrap().notes.len(), 5);
    world.does(ana, a, resolve(), noon() + seconds(120)).await.unwrap();
    let merge: uuid::Uuid = world.ask("select id from merge where $1 is not null", a).await;
    let merge = domain::MergeId(merge);
    contact::merge_store::undo(desk, &world.olivia, merge, noon() + seconds(130)).await.unwrap();
    let (page, _) = contact::profile_store::note_page(desk, ben, b, key).await.unwrap();
    assert_eq!(page.len(), 20);
    assert!(page.iter().all(|note| note.chat == b));
}

#[sqlx::test(migrations = "./migrations")]
async fn what_was_folded_into_a_held_chat_is_read_there_alone(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, ben, olivia) = (&world.desk, &world.ana, &world.ben, &world.olivia);
    let second = crate::contacts::second_channel(&world).await;
    let elsewhere = async |who: u64, text: &str| {
        let incoming = world.incoming(who, text, noon());
        let wamid = incoming.wamid.clone();
        let mut tx = desk.begin().await.unwrap();
        domain::message::receive::receive(&mut tx, second, incoming, noon()).await.unwrap();
        tx.commit().await.unwrap();
        domain::message::store::chat_of(desk, &wamid).await.unwrap()
    };
    let here = world.says(1, "hello", noon()).await;
    let (held, folded) = (elsewhere(1, "hello there").await, elsewhere(2, "my secret").await);
    notes(&world, ana, folded, "a secret, too", noon() + seconds(1)).await.unwrap();
    let contact =
        async |chat: ChatId| domain::ContactId(world.ask("select contact_id from chat where id = $1", chat).await);
    let (into, from) = (contact(here).await, contact(folded).await);
    contact::merge_store::merge(desk, olivia, into, from, noon() + seconds(10)).await.unwrap();
    let seen = async |member: &Member, chat: ChatId| {
        let profile = contact::profile_store::profile(desk, member, chat).await.unwrap();
        let told = profile.journey.iter().any(|step| step.what.sentence(&step.by).contains("my secret"));
        (profile.notes.len(), told)
    };
    assert_eq!(seen(ana, here).await, (1, true));
    world.does(ben, held, Command::Intervene, noon() + seconds(20)).await.unwrap();
    assert_eq!(seen(ben, held).await, (1, true));
    let withheld = || Error::Refused(domain::chat::Refusal::ContactElsewhere);
    for member in [ana, olivia] {
        assert_eq!(contact::profile_store::profile(desk, member, here).await.unwrap_err(), withheld());
    }
    assert_eq!(domain::journey::export::begin(desk, olivia, here, noon()).await.unwrap_err(), withheld());
    // Whoever watches it sees it, too, and what is told of the customer in it.
    let screen = domain::ScreenId::at(noon());
    domain::member::presence::connected(desk, olivia.id, screen, SOCKET, noon()).await.unwrap();
    domain::chat::watch::open(desk, olivia, held, screen, noon() + seconds(30)).await.unwrap();
    assert_eq!(seen(olivia, held).await, (1, true));
}

#[sqlx::test(migrations = "./migrations")]
async fn a_mention_waits_for_whom_it_is_for_until_they_have_read_it(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, ben, olivia) = (&world.desk, &world.ana, &world.ben, &world.olivia);
    let chat = world.says(1, "hello", noon()).await;
    notes(&world, ana, chat, "@Ben, @Ana, look", noon() + seconds(1)).await.unwrap();
    let seq = open::open(desk, ana, chat).await.unwrap().messages.last().unwrap().seq;
    let waits = note::Mention { chat, seq, by: "Ana".into() };
    let unread = async |member: &Member| note::unread(desk, member).await.unwrap();
    assert_eq!(unread(ben).await, std::slice::from_ref(&waits));
    assert!(unread(ana).await.is_empty() && unread(olivia).await.is_empty(), "nobody mentions themselves");
    // Out of sight it is not told of; it comes back with the chat.
    world.does(ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    assert!(unread(ben).await.is_empty());
    world.does(ana, chat, resolve(), noon() + seconds(10)).await.unwrap();
    assert_eq!(unread(ben).await, [waits]);
    // Read by another it still waits; by Ben no more.
    open::mark_seen(desk, ana, chat, noon() + seconds(20)).await.unwrap();
    assert_eq!(unread(ben).await.len(), 1);
    open::mark_seen(desk, ben, chat, noon() + seconds(21)).await.unwrap();
    assert!(unread(ben).await.is_empty());
}
