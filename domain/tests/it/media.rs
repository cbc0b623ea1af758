//! Files: whose they are, what is sent of them, how often WhatsApp gets them, when they go.

use crate::world::{World, noon, seconds};
use chrono::TimeDelta;
use domain::chat::{Command, open};
use domain::media::{File, handed, sniff, store};
use domain::member::Member;
use domain::message::{Body, Offer};
use domain::reply::Draft;
use domain::{ChatId, Error, MediaId, MessageId, Result, message, outbox, reply, search};
use sqlx::PgPool;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of a small picture";
const SOUND: &[u8] = b"ID3\x03 and the rest of a song";

impl World {
    async fn brings(&self, member: &Member, name: &str, content: &[u8]) -> File {
        let taken = sniff::take(name, content.to_vec()).unwrap();
        store::add(&self.desk, member, &taken, noon()).await.unwrap()
    }

    async fn shows(&self, member: &Member, chat: ChatId, text: &str, file: MediaId) -> Result<MessageId> {
        let id = MessageId::at(noon());
        let offer = Offer { text, buttons: &[], file: Some(file) };
        message::store::offer(&self.desk, member, chat, id, offer, noon() + seconds(20)).await.map(|()| id)
    }

    async fn held(&self, who: u64) -> ChatId {
        let chat = self.asks(who, noon()).await;
        self.deliver(noon() + seconds(1)).await;
        self.does(&self.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
        chat
    }

    async fn reads(&self, member: &Member, file: MediaId) -> Result<Vec<u8>> {
        store::read(&self.desk, member, file).await.map(|(_, content)| content)
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_file_is_its_uploaders_until_it_is_said_and_then_the_chats(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.held(1).await;
    let file = world.brings(&world.ana, "../the parcel.svg", PNG).await;
    assert_eq!((file.name.as_str(), file.content_type.as_str()), ("the parcel.svg.png", "image/png"));
    assert_eq!(world.reads(&world.ana, file.id).await.unwrap(), PNG);
    for other in [&world.ben, &world.olivia] {
        assert_eq!(world.reads(other, file.id).await, Err(Error::NotFound));
        assert!(world.shows(other, chat, "mine", file.id).await.is_err(), "neither the chat nor the file is theirs");
    }
    let said = world.shows(&world.ana, chat, "Your  parcel", file.id).await.unwrap();
    // It goes with one message; the same call twice is that message.
    let again = Offer { text: "Your  parcel", buttons: &[], file: Some(file.id) };
    message::store::offer(&world.desk, &world.ana, chat, said, again, noon() + seconds(21)).await.unwrap();
    assert_eq!(world.shows(&world.ana, chat, "twice", file.id).await, Err(Error::NotFound));
    assert_eq!(world.reads(&world.ana, file.id).await.unwrap(), PNG, "her screen may just be asking for it");
    let look = async |member: &Member| store::read_said(&world.desk, member, said).await.map(|(_, content)| content);
    assert_eq!(look(&world.ana).await.unwrap(), PNG);
    for other in [&world.ben, &world.olivia] {
        assert_eq!(look(other).await, Err(Error::NotFound), "held by Ana");
    }
    let to = Command::Transfer { to: Some(world.ben.id), note: String::new() };
    world.does(&world.ana, chat, to, noon() + seconds(30)).await.unwrap();
    assert_eq!(look(&world.ben).await.unwrap(), PNG);
    assert_eq!(look(&world.ana).await, Err(Error::NotFound), "passed on");
    for member in [&world.ana, &world.ben, &world.olivia] {
        assert_eq!(world.reads(member, file.id).await, Err(Error::NotFound), "and no other way leads to it");
    }

    // It counts, stands in the list and is found like any other message.
    let line: String = world.ask("select last_line from chat where id = $1", chat).await;
    assert_eq!(line, "Photo: Your parcel");
    let sent = world.number("select count(*) from message where author <> 'system'").await;
    assert_eq!(world.number("select session_messages from contact").await, sent);
    search::index::run_once(&world.db).await.unwrap();
    for words in ["parcel", "the parcel.svg"] {
        let filter = search::Filter { kind: Some(search::Kind::Media), ..search::Filter::default() };
        let found = search::store::search(&world.desk, &world.ben, words, &filter, None).await.unwrap();
        assert_eq!(found.messages.len(), 1, "{words}");
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_replys_file_is_for_whom_the_reply_is_and_survives_it_in_messages(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, ben, olivia) = (&world.desk, &world.ana, &world.ben, &world.olivia);
    let save = async |member, id, text: &str, file: Option<MediaId>, own| {
        reply::store::save(desk, member, id, Draft { code: "prices", text, buttons: &[], file, own }, noon()).await
    };
    let mine = world.brings(ana, "a.png", PNG).await;
    assert_eq!(save(ben, None, "Prices", Some(mine.id), true).await, Err(Error::NotFound), "it is Ana's");
    let own = save(ana, None, "", Some(mine.id), true).await.unwrap();
    let listed = reply::store::all(desk, ana).await.unwrap();
    assert_eq!(listed[0].file.as_ref(), Some(&mine));
    assert_eq!(world.reads(ben, mine.id).await, Err(Error::NotFound));
    let empty = save(ana, Some(own), " ", None, true).await.unwrap_err();
    assert_eq!(empty, Error::Invalid("Write what the reply says, or attach a file.".into()));
    let long = "x".repeat(1025);
    assert!(matches!(save(ana, Some(own), &long, Some(mine.id), true).await, Err(Error::Invalid(_))));

    let shared = world.brings(olivia, "b.png", PNG).await;
    let everybodys = save(olivia, None, "Prices", Some(shared.id), false).await.unwrap();
    let chat = world.held(1).await;
    for member in [ana, ben] {
        assert_eq!(world.reads(member, shared.id).await.unwrap(), PNG);
    }
    // As often as one likes.
    let first = world.shows(ana, chat, "one", shared.id).await.unwrap();
    world.shows(ana, chat, "two", shared.id).await.unwrap();
    // A draft keeps it, also when the reply goes.
    let keep = Offer { text: "", buttons: &[], file: Some(shared.id) };
    open::save_offer_draft(desk, ana, chat, keep, noon() + seconds(22)).await.unwrap();
    reply::store::delete(desk, olivia, everybodys, noon() + seconds(23)).await.unwrap();
    assert_eq!(world.reads(ben, shared.id).await, Err(Error::NotFound));
    assert_eq!(open::open(desk, ana, chat).await.unwrap().file, Some(shared.clone()));
    let foreign = Offer { text: "", buttons: &[], file: Some(MediaId::at(noon())) };
    let refused = open::save_offer_draft(desk, ana, chat, foreign, noon() + seconds(24)).await;
    assert_eq!(refused, Err(Error::NotFound));

    // What nothing refers to goes after a day; messages and drafts hold what is theirs.
    let loose = world.brings(ana, "loose.png", PNG).await;
    reply::store::delete(desk, ana, own, noon()).await.unwrap();
    assert_eq!(store::sweep(&world.db, noon() + TimeDelta::hours(23)).await.unwrap(), 0);
    assert_eq!(store::sweep(&world.db, noon() + TimeDelta::hours(25)).await.unwrap(), 2);
    assert_eq!(world.reads(ana, loose.id).await, Err(Error::NotFound));
    assert_eq!(store::read_said(desk, ana, first).await.unwrap().0, shared);
    world.shows(ana, chat, "from the draft", shared.id).await.unwrap();
    assert_eq!(open::open(desk, ana, chat).await.unwrap().file, None, "sent, and the draft with it");
}

#[sqlx::test(migrations = "./migrations")]
async fn a_sound_goes_before_its_words_and_whatsapp_gets_a_file_once_a_month(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.held(1).await;
    let sound = world.brings(&world.ana, "hello", SOUND).await;
    assert_eq!(sound.name, "hello.mp3");
    world.shows(&world.ana, chat, "Listen!", sound.id).await.unwrap();
    let at = noon() + seconds(20);
    let claim = outbox::claim::claim(&world.db, 9, at).await.unwrap().remove(0);
    let Body::File { file, text, .. } = &claim.body else { panic!("{:?}", claim.body) };
    assert_eq!((file, text.as_str()), (&sound, ""));
    let known = async |at| handed::known(&world.db, &claim, sound.id, at).await.unwrap();
    assert_eq!(known(at).await, None);
    assert_eq!(handed::bytes(&world.db, &claim, sound.id).await.unwrap(), SOUND);
    handed::remember(&world.db, &claim, sound.id, "101", at).await.unwrap();
    handed::remember(&world.db, &claim, sound.id, "102", at).await.unwrap();
    assert_eq!(known(at + TimeDelta::days(28)).await.as_deref(), Some("102"));
    assert_eq!(known(at + TimeDelta::days(29)).await, None, "before WhatsApp forgets it");
    handed::forget(&world.db, &claim, sound.id).await.unwrap();
    assert_eq!(known(at).await, None);
    let answer = outbox::Answer::Accepted { wamid: crate::world::wamid() };
    outbox::store::record(&world.db, &claim, answer, 0.0, at).await.unwrap();
    assert_eq!(outbox::claim::claim(&world.db, 9, at).await.unwrap()[0].body, Body::text("Listen!"));
}
