//! While one agent holds a chat, every read by another is as if it did not exist.

use crate::world::{World, noon, seconds};
use domain::chat::{Command, List, Refusal, list, open};
use domain::search::Filter;
use domain::search::store::search;
use domain::{Error, MessageId, contact};
use sqlx::PgPool;

#[sqlx::test(migrations = "./migrations")]
async fn another_agent_finds_nothing_of_a_held_chat(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    world.says(2, "somebody else", noon()).await;
    let at = noon() + seconds(10);
    world.does(&world.ana, chat, Command::Intervene, at).await.unwrap();
    let (desk, ben) = (&world.desk, &world.ben);

    for kind in [List::Active, List::Requested, List::Mine, List::Others, List::History] {
        let page = list::page(desk, ben, kind, None).await.unwrap();
        assert!(page.rows.iter().all(|row| row.id != chat), "{kind:?}");
    }
    for words in ["Customer 1", "447700900001", "7700900001", "+44 7700 900001"] {
        let found = search(desk, ben, words, &Filter::default(), None).await.unwrap();
        assert!(found.people.iter().all(|person| person.chat.is_none_or(|(other, _)| other != chat)), "{words}");
        let found = search(desk, &world.ana, words, &Filter::default(), None).await.unwrap();
        assert!(
            found.people.iter().any(|person| person.chat.is_some_and(|(other, _)| other == chat)),
            "its holder finds it by {words}"
        );
    }
    assert_eq!(open::open(desk, ben, chat).await.unwrap_err(), Error::NotFound);
    assert_eq!(open::older(desk, ben, chat, 99).await.unwrap_err(), Error::NotFound);
    assert_eq!(open::mark_seen(desk, ben, chat, at).await.unwrap_err(), Error::NotFound);
    assert_eq!(open::save_draft(desk, ben, chat, "x", at).await.unwrap_err(), Error::NotFound);
    assert_eq!(open::save_note_draft(desk, ben, chat, "x", at).await.unwrap_err(), Error::NotFound);
    assert_eq!(contact::profile_store::profile(desk, ben, chat).await.unwrap_err(), Error::NotFound);
    assert_eq!(world.sends(ben, chat, "x", at).await.unwrap_err(), Error::NotFound);
    let resolve = Command::Resolve { outcome: None, note: None };
    assert_eq!(world.does(ben, chat, resolve.clone(), at).await.unwrap_err(), Error::NotFound);

    // A supervisor sees that it is held, by whom and since when, and nothing else.
    let others = list::page(desk, &world.olivia, List::Others, None).await.unwrap();
    let row = others.rows.iter().find(|row| row.id == chat).expect("supervisors see the row");
    assert_eq!(row.holder.as_ref().map(|holder| holder.id), Some(world.ana.id));
    assert!(row.content.is_none());
    let opened = open::open(desk, &world.olivia, chat).await.unwrap();
    assert!(opened.row.content.is_none() && opened.messages.is_empty() && opened.handover.is_none());
    assert_eq!(open::older(desk, &world.olivia, chat, 99).await.unwrap_err(), Error::NotFound);
    assert_eq!(contact::profile_store::profile(desk, &world.olivia, chat).await.unwrap_err(), Error::NotFound);
    let refused = world.sends(&world.olivia, chat, "x", at).await.unwrap_err();
    assert_eq!(refused, Error::Refused(Refusal::NotHolder));

    // Resolved, it is everybody's.
    world.does(&world.ana, chat, resolve, at + seconds(5)).await.unwrap();
    assert!(open::open(desk, ben, chat).await.is_ok());
    assert!(!search(desk, ben, "Customer 1", &Filter::default(), None).await.unwrap().people.is_empty());
}

#[sqlx::test(migrations = "./migrations")]
async fn a_directed_request_is_for_its_target_and_supervisors(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let at = noon() + seconds(10);
    world.does(&world.ana, chat, Command::Intervene, at).await.unwrap();
    let pass = Command::Transfer { to: Some(world.ben.id), note: "please".into() };
    world.does(&world.ana, chat, pass, at + seconds(5)).await.unwrap();
    let (desk, ana) = (&world.desk, &world.ana);
    assert_eq!(open::open(desk, ana, chat).await.unwrap_err(), Error::NotFound);
    assert!(open::open(desk, &world.ben, chat).await.is_ok());
    assert!(open::open(desk, &world.olivia, chat).await.is_ok());
    let waiting = list::page(desk, ana, List::Requested, None).await.unwrap();
    assert!(waiting.rows.is_empty());
    assert_eq!(world.does(ana, chat, Command::Intervene, at + seconds(6)).await.unwrap_err(), Error::NotFound);
    world.does(&world.ben, chat, Command::Intervene, at + seconds(7)).await.unwrap();
}

#[sqlx::test(migrations = "./migrations")]
async fn another_workspace_has_no_such_chat(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.says(1, "Hello", noon()).await;
    let elsewhere = domain::workspace::store::add(&world.db, "Elsewhere", false, noon()).await.unwrap();
    let mut stranger = world.olivia.clone();
    stranger.workspace = elsewhere.id();
    assert_eq!(open::open(&elsewhere, &stranger, chat).await.unwrap_err(), Error::NotFound);
    let found = search(&elsewhere, &stranger, "Customer", &Filter::default(), None).await.unwrap();
    assert!(found.people.is_empty() && found.messages.is_empty());
    let sent = domain::message::store::send(&elsewhere, &stranger, chat, MessageId::at(noon()), "x", noon()).await;
    assert_eq!(sent.unwrap_err(), Error::NotFound);
    let took = domain::chat::act::by_member(&elsewhere, &stranger, chat, Command::Intervene, noon()).await;
    assert_eq!(took.unwrap_err(), Error::NotFound);
}
