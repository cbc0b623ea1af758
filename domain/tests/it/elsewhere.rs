//! A customer who writes to two numbers: while one of their chats is another member's, what is known of them is hidden.

use crate::world::{SOCKET, World, noon, seconds};
use domain::chat::{Command, Refusal, open, watch};
use domain::contact::{Opted, Profile, edit, naming, profile_store};
use domain::feed::store::Follow;
use domain::feed::{self, Frame};
use domain::journey::Filter;
use domain::member::{Member, presence};
use domain::message::receive::receive;
use domain::{
    AppId, AttributeId, ChatId, Error, MessageId, Result, ScreenId, TagId, attribute, channel, message, reply, tag,
};
use sqlx::PgPool;

pub struct Two {
    pub world: World,
    pub anas: ChatId,
    pub other: ChatId,
}

/// Ana holds the customer's chat on one number; on another one there is a second chat.
pub async fn two(pool: PgPool) -> Two {
    let world = World::new(pool).await;
    let app = sqlx::query_scalar("select id from app").fetch_one(world.db.pool()).await.unwrap();
    let mut tx = world.desk.begin().await.unwrap();
    let number = channel::store::NewChannel {
        app: AppId(app),
        phone_number_id: "second",
        waba_id: "200",
        display_phone: "+1 555 0101",
        name: "Second",
        access_token: "t",
    };
    let second = channel::store::add(&mut tx, &number, noon()).await.unwrap();
    let incoming = world.incoming(1, "hello", noon());
    let wamid = incoming.wamid.clone();
    receive(&mut tx, second, incoming, noon()).await.unwrap();
    tx.commit().await.unwrap();
    let other = message::store::chat_of(&world.desk, &wamid).await.unwrap();
    let anas = world.asks(1, noon() + seconds(1)).await;
    assert_ne!(anas, other);
    Two { world, anas, other }
}

fn withheld<T: std::fmt::Debug>(answer: Result<T>) {
    assert_eq!(answer.unwrap_err(), Error::Refused(Refusal::ContactElsewhere));
}

impl Two {
    async fn profile(&self, member: &Member) -> Result<Profile> {
        profile_store::profile(&self.world.desk, member, self.other).await
    }

    /// The profiles that a member's screen is told to load again after a number, and the number it has then.
    async fn told(&self, member: &Member, number: i64) -> (Vec<ChatId>, i64) {
        self.world.sequence().await;
        let at = noon() + seconds(100);
        let Follow::Batch(batch) = feed::store::after(&self.world.desk, number, at).await.unwrap() else { panic!() };
        let Frame::Changes { profiles, upto, .. } = batch.frame(member.id, member.role, number) else { panic!() };
        (profiles, upto)
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn the_profile_is_withheld_and_not_changed_while_another_chat_is_held(pool: PgPool) {
    let two = two(pool).await;
    let (desk, ana, ben, olivia) = (&two.world.desk, &two.world.ana, &two.world.ben, &two.world.olivia);
    assert!(two.profile(ben).await.is_ok());
    let at = noon() + seconds(10);
    two.world.does(ana, two.anas, Command::Intervene, at).await.unwrap();

    let thread = open::open(desk, ben, two.other).await.unwrap();
    assert!(thread.row.content.is_some() && !thread.messages.is_empty(), "the chat itself stays in sight");
    let (tag, attribute) = (TagId::at(at), AttributeId::at(at));
    for member in [ben, olivia] {
        withheld(two.profile(member).await);
        withheld(profile_store::journey_page(desk, member, two.other, Filter::default(), None).await);
        withheld(profile_store::note_page(desk, member, two.other, (at, MessageId::at(at))).await);
        withheld(naming::rename(desk, member, two.other, "Somebody", at).await);
        withheld(tag::store::give(desk, member, two.other, tag, at).await);
        withheld(tag::store::take(desk, member, two.other, tag, at).await);
        withheld(attribute::values::set(desk, member, two.other, attribute, "x", 0, at).await);
        withheld(edit::set_opted(desk, member, two.other, Opted::In, at).await);
        withheld(edit::set_blocked(desk, member, two.other, true, at).await);
    }
    // Ana sees both of the chats.
    assert!(two.profile(ana).await.is_ok());
    assert!(profile_store::profile(desk, ana, two.anas).await.is_ok());
    // Whoever watches the other chat sees all of it.
    let screen = ScreenId::at(at);
    presence::connected(desk, olivia.id, screen, SOCKET, at).await.unwrap();
    watch::open(desk, olivia, two.anas, screen, at).await.unwrap();
    assert!(two.profile(olivia).await.is_ok());
    watch::close(desk, olivia, two.anas, None, at).await.unwrap();
    withheld(two.profile(olivia).await);

    // Who cannot see what is missing is not asked for it at Resolve.
    let sql = "insert into attribute_definition (workspace_id, id, key, name, kind, position, created_at, required_on_resolve)
               values ($1, $2, 'order', 'Order', 'text', 100, $3, true)";
    let query = sqlx::query(sql).bind(desk.id().0).bind(attribute.0).bind(at);
    query.execute(two.world.db.pool()).await.unwrap();
    two.world.does(ben, two.other, Command::Intervene, at).await.unwrap();
    let resolve = Command::Resolve { outcome: None, note: None };
    two.world.does(ben, two.other, resolve.clone(), at).await.unwrap();
    assert!(two.world.does(ana, two.anas, resolve, at).await.unwrap_err().to_string().contains("fill in"));
    // Nor does it fill the blanks of a reply.
    attribute::values::set(desk, ana, two.anas, attribute, "77", 0, at).await.unwrap();
    let blank = ("order".to_owned(), "77".to_owned());
    assert!(reply::store::values(desk, ana, two.anas).await.unwrap().contains(&blank));
    assert!(!reply::store::values(desk, ben, two.other).await.unwrap().contains(&blank));
}

#[sqlx::test(migrations = "./migrations")]
async fn an_open_profile_follows_what_becomes_of_the_other_chat(pool: PgPool) {
    let two = two(pool).await;
    let (desk, ana, ben, olivia) = (&two.world.desk, &two.world.ana, &two.world.ben, &two.world.olivia);
    two.world.sequence().await;
    let number = feed::store::cursor(&mut desk.snapshot().await.unwrap()).await.unwrap();
    let at = noon() + seconds(10);
    two.world.does(ana, two.anas, Command::Intervene, at).await.unwrap();
    let (told, number) = (two.told(ben, number).await.0, two.told(olivia, number).await);
    assert_eq!(told, [two.other], "lost");
    assert_eq!(number.0, [two.other]);
    let number = number.1;
    two.world.says(1, "one more thing", at).await;
    assert_eq!(two.told(ben, number).await.0, [], "nothing of what happens there");

    let screen = ScreenId::at(at);
    presence::connected(desk, olivia.id, screen, SOCKET, at).await.unwrap();
    let number = two.told(olivia, number).await.1;
    watch::open(desk, olivia, two.anas, screen, at).await.unwrap();
    let (told, number) = two.told(olivia, number).await;
    assert_eq!(told, [two.other], "watched");
    two.world.does(ana, two.anas, Command::Resolve { outcome: None, note: None }, at).await.unwrap();
    let (told, number) = two.told(ben, number).await;
    assert_eq!(told, [two.other], "gained");
    assert!(two.profile(ben).await.is_ok());

    // Of a chat that is itself out of sight nothing is told.
    two.world.does(ana, two.other, Command::Intervene, at).await.unwrap();
    two.world.does(ana, two.anas, Command::Intervene, at).await.unwrap();
    let (told, _) = two.told(ben, number).await;
    assert_eq!(told, [] as [ChatId; 0]);
}
