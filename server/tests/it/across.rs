//! What is done through one process ends sight on the screens of another: nothing of it lives in a process.

use crate::desk::{NUMBER, OTHER_NUMBER, SECRET, settle, sign, text};
use crate::live::{Socket, catch_up, connect_to, hear};
use crate::processes::{Baton, database_of};
use domain::db::{Db, Desk};
use domain::feed::{ChatChange, Frame};
use domain::member::{Member, session};
use domain::{AppId, ChatId};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::time::Duration;

/// A socket looks at its session by itself every thirty seconds: whoever is told sooner was told by the feed.
const BEFORE_IT_LOOKS: Duration = Duration::from_secs(20);

/// Two programs: everything is done through the first one, every screen is at the second.
struct Two {
    first: Baton,
    second: Baton,
    client: Client,
    db: Db,
    desk: Desk,
    app: AppId,
    members: Vec<Member>,
}

impl Two {
    async fn start(pool: PgPool) -> Self {
        let database = database_of(&pool).await;
        let db = Db::new(pool);
        let (desk, apps, members) = settle(&db, "", [NUMBER, OTHER_NUMBER]).await;
        let client = Client::builder().no_proxy().build().unwrap();
        let (mut first, mut second) = (Baton::start(&database), Baton::start(&database));
        first.ready(&client).await;
        second.ready(&client).await;
        Self { first, second, client, db, desk, app: apps[0], members }
    }

    async fn cookie(&self, member: usize) -> String {
        let (id, now) = (self.members[member].id, chrono::Utc::now());
        let token = session::begin(&self.db, self.desk.id(), id, None, now).await.unwrap();
        format!("baton={}", token.reveal())
    }

    async fn does(&self, cookie: &str, name: &str, body: Value) {
        let request = self.client.post(format!("{}/api/{name}", self.first.url));
        let request = request.header("cookie", cookie).header("origin", &self.first.url);
        let answer = request.json(&body).send().await.unwrap();
        let status = answer.status();
        assert_eq!(status, StatusCode::OK, "{name}: {}", answer.text().await.unwrap());
    }

    async fn writes(&self, wamid: &str, words: &str) {
        let body = text(NUMBER, wamid, "16505551234", words);
        let signature = sign(SECRET, body.as_bytes());
        let request = self.client.post(format!("{}/webhooks/whatsapp/{}", self.first.url, self.app));
        let answer = request.header("x-hub-signature-256", signature).body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }

    async fn screen(&self, cookie: &str, id: uuid::Uuid) -> Socket {
        let mut socket = connect_to(&self.second.url, cookie, &format!("after=0&screen={id}")).await;
        catch_up(&mut socket).await;
        socket
    }
}

/// Hears until a change is as wanted; what was heard before it, as it came.
async fn until(socket: &mut Socket, wanted: impl Fn(&ChatChange) -> bool) -> (ChatChange, String) {
    let mut before = String::new();
    let heard = async {
        loop {
            let frame = hear(socket).await.expect("the socket stands");
            if let Frame::Changes { changes, .. } = &frame
                && let Some(change) = changes.iter().find(|change| wanted(change))
            {
                return change.clone();
            }
            before += &serde_json::to_string(&frame).unwrap();
        }
    };
    let change = tokio::time::timeout(BEFORE_IT_LOOKS, heard).await.expect("it is told");
    (change, before)
}

/// Hears the last frame of a socket that is closed.
async fn last(socket: &mut Socket) -> Option<Frame> {
    let heard = async {
        let mut last = None;
        while let Some(frame) = hear(socket).await {
            last = Some(frame);
        }
        last
    };
    tokio::time::timeout(BEFORE_IT_LOOKS, heard).await.expect("it is closed")
}

fn seen(change: &ChatChange) -> bool {
    change.row.as_ref().is_some_and(|row| row.content.is_some())
}

fn gone(change: &ChatChange) -> bool {
    change.row.is_none()
}

fn row_only(change: &ChatChange) -> bool {
    change.row.as_ref().is_some_and(|row| row.content.is_none())
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_chat_that_is_taken_through_another_process_leaves_the_screen(pool: PgPool) {
    let two = Two::start(pool).await;
    let (ana, ben, olivia) = (two.cookie(0).await, two.cookie(1).await, two.cookie(2).await);
    let (tab, watching) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let (mut bens, mut olivias) = (two.screen(&ben, tab).await, two.screen(&olivia, watching).await);
    two.writes("wamid.1", "a first word").await;
    let chat: ChatId = until(&mut bens, seen).await.0.chat;
    until(&mut olivias, seen).await;

    two.does(&ana, "intervene", json!({"chat": chat})).await;
    let (lost, _) = until(&mut bens, gone).await;
    assert!(lost.messages.is_empty(), "{lost:?}");
    let (held, _) = until(&mut olivias, row_only).await;
    assert!(held.messages.is_empty(), "{held:?}");
    two.writes("wamid.2", "quite confidential").await;

    // A watch opens and ends there, too.
    two.does(&olivia, "watch", json!({"chat": chat, "screen": watching})).await;
    let (_, before) = until(&mut olivias, seen).await;
    assert!(!before.contains("confidential"), "{before}");
    two.does(&olivia, "end_watch", json!({"chat": chat})).await;
    until(&mut olivias, row_only).await;

    two.does(&ana, "resolve", json!({"chat": chat, "outcome": "Solved", "note": null})).await;
    let (back, before) = until(&mut bens, seen).await;
    assert!(back.gained);
    assert!(!before.contains("confidential"), "{before}");
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_role_or_an_account_that_ends_through_another_process_ends_its_sockets(pool: PgPool) {
    let two = Two::start(pool).await;
    let (ben, olivia, max) = (two.cookie(1).await, two.cookie(2).await, two.cookie(3).await);
    let mut bens = two.screen(&ben, uuid::Uuid::now_v7()).await;
    let mut maxs = two.screen(&max, uuid::Uuid::now_v7()).await;
    two.does(&olivia, "change_role", json!({"member": two.members[3].id, "role": "agent"})).await;
    assert!(matches!(last(&mut maxs).await, Some(Frame::Resync)), "it begins anew with the new role");
    two.does(&olivia, "deactivate_member", json!({"member": two.members[1].id})).await;
    assert!(matches!(last(&mut bens).await, Some(Frame::SignedOut)));
}
