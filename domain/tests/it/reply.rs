//! Canned replies: whose they are, and what fills them.

use crate::world::{World, noon, seconds};
use domain::chat::Command;
use domain::db::Desk;
use domain::journey::Doer;
use domain::member::Member;
use domain::member::Role;
use domain::message::Offer;
use domain::message::buttons::LONGEST_ABOVE;
use domain::reply::store::{all, attributes, delete, values};
use domain::reply::{Draft, store};
use domain::reply::{LONGEST_TEXT, expand};
use domain::{Error, MessageId, ReplyId, Result, Timestamp, attribute, message};
use sqlx::PgPool;

/// Saves a reply without buttons.
async fn save(
    desk: &Desk,
    member: &Member,
    id: Option<ReplyId>,
    code: &str,
    text: &str,
    own: bool,
    now: Timestamp,
) -> Result<ReplyId> {
    store::save(desk, member, id, Draft { code, text, buttons: &[], file: None, own }, now).await
}

#[sqlx::test(migrations = "./migrations")]
async fn a_code_is_taken_once_by_each_member_and_once_by_everybody(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, ben, olivia) = (&world.desk, &world.ana, &world.ben, &world.olivia);
    let own = save(desk, ana, None, " /Hi ", "Hello from Ana", true, noon()).await.unwrap();
    let again = save(desk, ana, None, "hi", "Hello again", true, noon()).await.unwrap_err();
    assert_eq!(again, Error::Invalid("There is a reply /hi already.".into()));
    save(desk, ben, None, "hi", "Hello from Ben", true, noon()).await.unwrap();
    let shared = save(desk, olivia, None, "hi", "Hello from us", false, noon()).await.unwrap();
    assert!(save(desk, olivia, None, "hi", "Hello", false, noon()).await.is_err());
    let found = all(desk, ana).await.unwrap();
    let texts: Vec<_> = found.iter().map(|reply| (reply.code.as_str(), reply.text.as_str(), reply.own)).collect();
    assert_eq!(texts, [("hi", "Hello from Ana", true), ("hi", "Hello from us", false)], "one's own first");

    // Saving it under its own code is a change, not a clash.
    save(desk, ana, Some(own), "hi", "Hello, this is Ana", true, noon()).await.unwrap();
    let other = save(desk, ana, None, "bye", "Bye", true, noon()).await.unwrap();
    assert!(save(desk, ana, Some(other), "hi", "Bye", true, noon()).await.is_err());
    // A supervisor makes what was theirs everybody's, unless the code is taken there.
    let theirs = save(desk, olivia, None, "hi", "Olivia here", true, noon()).await.unwrap();
    assert!(save(desk, olivia, Some(theirs), "hi", "Olivia here", false, noon()).await.is_err());
    delete(desk, olivia, shared, noon()).await.unwrap();
    save(desk, olivia, Some(theirs), "hi", "Olivia here", false, noon()).await.unwrap();
    assert_eq!(all(desk, ben).await.unwrap().len(), 2);

    let both = futures::future::join_all((0..4).map(|_| save(desk, ana, None, "race", "first", true, noon()))).await;
    assert_eq!(both.iter().filter(|done| done.is_ok()).count(), 1, "four at once, one is saved");
}

#[sqlx::test(migrations = "./migrations")]
async fn agents_keep_to_their_own(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana, ben, olivia) = (&world.desk, &world.ana, &world.ben, &world.olivia);
    let mut manager = ben.clone();
    manager.role = Role::Manager;
    let shared = save(desk, &manager, None, "hours", "Nine to five", false, noon()).await.unwrap();
    let own = save(desk, ana, None, "mine", "My words", true, noon()).await.unwrap();

    assert_eq!(save(desk, ana, None, "new", "x", false, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(save(desk, ana, Some(own), "mine", "x", false, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(save(desk, ana, Some(shared), "hours", "x", false, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(save(desk, ana, Some(shared), "hours", "x", true, noon()).await.unwrap_err(), Error::Forbidden);
    assert_eq!(delete(desk, ana, shared, noon()).await.unwrap_err(), Error::Forbidden);
    for other in [ben, olivia] {
        assert_eq!(save(desk, other, Some(own), "mine", "x", true, noon()).await.unwrap_err(), Error::NotFound);
        assert_eq!(delete(desk, other, own, noon()).await.unwrap_err(), Error::NotFound);
        assert!(all(desk, other).await.unwrap().iter().all(|reply| reply.id != own));
    }
    delete(desk, olivia, shared, noon() + seconds(1)).await.unwrap();
    delete(desk, ana, own, noon()).await.unwrap();
    assert!(all(desk, ana).await.unwrap().is_empty());
    let told: i64 = sqlx::query_scalar("select count(*) from feed_waiting where kind = 'defined'")
        .fetch_one(world.db.pool())
        .await
        .unwrap();
    assert_eq!(told, 4, "screens hear of every change");
    let noted: Vec<String> =
        sqlx::query_scalar("select kind from audit order by at, id").fetch_all(world.db.pool()).await.unwrap();
    assert_eq!(noted, ["reply_saved", "reply_deleted"], "what is everybody's is in the audit log");
}

#[sqlx::test(migrations = "./migrations")]
async fn what_does_not_fit_is_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let long = "x".repeat(LONGEST_TEXT + 1);
    let code = "c".repeat(33);
    for (code, text) in [("", "x"), ("a b", "x"), ("a/b", "x"), (code.as_str(), "x"), ("a", " \0 "), ("a", &long)] {
        let refused = save(&world.desk, &world.ana, None, code, text, true, noon()).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{code:?}: {refused}");
    }
    save(&world.desk, &world.ana, None, "grüße", &long[1..], true, noon()).await.unwrap();
}

#[sqlx::test(migrations = "./migrations")]
async fn blanks_are_filled_from_the_profile_through_sight(pool: PgPool) {
    let world = World::new(pool).await;
    let chat = world.asks(1, noon()).await;
    let contact = domain::ContactId(world.ask("select contact_id from chat where id = $1", chat).await);
    let mut tx = world.desk.begin().await.unwrap();
    attribute::values::set_by_key(&mut tx, contact, "email", "a@b.example", &Doer::Customer, noon()).await.unwrap();
    tx.commit().await.unwrap();
    world.does(&world.ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    let known = values(&world.desk, &world.ana, chat).await.unwrap();
    let filled = expand("{first_name} / {name}, {email}: {agent}. {phone_number}", &known);
    assert_eq!(filled, "Customer / Customer 1, a@b.example: Ana. {phone_number}");
    for other in [&world.ben, &world.olivia] {
        assert_eq!(values(&world.desk, other, chat).await.unwrap_err(), Error::NotFound);
    }
    assert!(attributes(&world.desk).await.unwrap().iter().any(|(key, _)| key == "email"));
}

fn titles(titles: &[&str]) -> Vec<String> {
    titles.iter().map(|title| (*title).to_owned()).collect()
}

#[sqlx::test(migrations = "./migrations")]
async fn buttons_are_kept_with_a_reply(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana) = (&world.desk, &world.ana);
    let keep = async |id, text: &str, buttons: &[String]| {
        store::save(desk, ana, id, Draft { code: "ok", text, buttons, file: None, own: true }, noon()).await
    };
    let id = keep(None, "Is it here?", &titles(&[" Yes ", "", "Not yet"])).await.unwrap();
    assert_eq!(all(desk, ana).await.unwrap()[0].buttons, ["Yes", "Not yet"]);
    let long = "x".repeat(LONGEST_ABOVE + 1);
    for (text, buttons) in [
        ("Is it?", titles(&["a", "b", "c", "d"])),
        ("Is it?", titles(&["Yes", "yes"])),
        ("Is it?", titles(&["more than twenty letters"])),
        (long.as_str(), titles(&["Yes"])),
    ] {
        let refused = keep(Some(id), text, &buttons).await.unwrap_err();
        assert!(matches!(refused, Error::Invalid(_)), "{buttons:?}: {refused}");
    }
    assert_eq!(all(desk, ana).await.unwrap()[0].text, "Is it here?", "what is refused changes nothing");
    keep(Some(id), &long, &[]).await.unwrap();
    assert!(all(desk, ana).await.unwrap()[0].buttons.is_empty());
}

#[sqlx::test(migrations = "./migrations")]
async fn a_message_with_buttons_is_sent_once_and_its_draft_kept_with_them(pool: PgPool) {
    let world = World::new(pool).await;
    let (desk, ana) = (&world.desk, &world.ana);
    let chat = world.asks(1, noon()).await;
    let (id, at) = (MessageId::at(noon()), noon() + seconds(10));
    let yes = titles(&["Yes", "No"]);
    let send = async |member| {
        message::store::offer(desk, member, chat, id, Offer { text: "Is it here?", buttons: &yes, file: None }, at)
            .await
    };
    assert!(matches!(send(ana).await, Err(Error::Refused(_))), "only the holder");
    world.does(ana, chat, Command::Intervene, noon() + seconds(5)).await.unwrap();
    let keep = async |member, buttons: &[String]| {
        domain::chat::open::save_offer_draft(desk, member, chat, Offer { text: "Is it", buttons, file: None }, at).await
    };
    keep(ana, &yes).await.unwrap();
    assert_eq!(keep(&world.ben, &yes).await.unwrap_err(), Error::NotFound);
    assert!(keep(ana, &titles(&["a", "b", "c", "d"])).await.is_err());
    let thread = domain::chat::open::open(desk, ana, chat).await.unwrap();
    assert_eq!((thread.draft.as_str(), &thread.buttons), ("Is it", &yes));

    assert_eq!(send(&world.ben).await.unwrap_err(), Error::NotFound);
    send(ana).await.unwrap();
    send(ana).await.unwrap();
    let thread = domain::chat::open::open(desk, ana, chat).await.unwrap();
    assert!(thread.draft.is_empty() && thread.buttons.is_empty());
    let sent = world.deliver(at).await;
    let claim = sent.last().unwrap();
    let message::Body::Buttons { text, buttons } = &claim.body else { panic!("{:?}", claim.body) };
    let offered: Vec<_> = buttons.iter().map(|button| (button.id.clone(), button.title.as_str())).collect();
    assert_eq!(text, "Is it here?");
    assert_eq!(offered, [(format!("{id}.0"), "Yes"), (format!("{id}.1"), "No")]);
    assert_eq!(sent.iter().filter(|claim| claim.message == id).count(), 1);
    let four = titles(&["a", "b", "c", "d"]);
    let offer = Offer { text: "Which?", buttons: &four, file: None };
    let refused = message::store::offer(desk, ana, chat, MessageId::at(at), offer, at).await.unwrap_err();
    assert_eq!(refused, Error::Invalid("WhatsApp takes at most 3 buttons.".into()));
}
