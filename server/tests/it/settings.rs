//! Settings and buttons over HTTP: who may do it, and what becomes of it on the way to WhatsApp.

use crate::desk::{NUMBER, Running, SECRET, text};
use domain::outbox::claim::claim;
use reqwest::StatusCode;
use serde_json::{Value, json};
use server::whatsapp::graph;
use sqlx::PgPool;

#[sqlx::test(migrations = "../domain/migrations")]
async fn settings_are_the_supervisors_to_see_and_to_change(pool: PgPool) {
    let desk = Running::start(pool).await;
    let (agent, owner, manager) = (desk.cookie(0).await, desk.cookie(2).await, desk.cookie(3).await);
    let change = |from: i64, to: i64| json!({"before": {"accept_within": from}, "after": {"accept_within": to}});
    let asks =
        [("read_settings", json!({})), ("change_settings", change(120, 60)), ("look_at_hours", json!({"hours": {}}))];
    for (name, body) in &asks {
        assert_eq!(desk.call(name, &agent, body).await.status(), StatusCode::FORBIDDEN, "an agent calls {name}");
        assert_eq!(desk.call(name, "", body).await.status(), StatusCode::UNAUTHORIZED, "nobody calls {name}");
    }
    assert_eq!(desk.call("time_zones", "", &json!({})).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(desk.count("select count(*) from setting").await, 0);
    assert_eq!(desk.call("change_settings", &manager, &change(120, 60)).await.status(), StatusCode::OK);
    // From a page that has not heard of it.
    let late = desk.call("change_settings", &owner, &change(120, 90)).await;
    assert_eq!(late.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text().await.unwrap().contains("Somebody else has changed accept within meanwhile."));
    let held: Value = desk.call("read_settings", &owner, &json!({})).await.json().await.unwrap();
    assert_eq!(held["accept_within"], 60);
    let zones: Vec<String> = desk.call("time_zones", &owner, &json!({})).await.json().await.unwrap();
    assert!(zones.contains(&"America/Sao_Paulo".to_owned()));
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn buttons_go_to_whatsapp_and_a_tap_comes_back(pool: PgPool) {
    let desk = Running::start(pool).await;
    let ana = desk.cookie(0).await;
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "hello")).await;
    desk.process().await;
    let chat: uuid::Uuid = sqlx::query_scalar("select id from chat").fetch_one(desk.server.db.pool()).await.unwrap();
    assert_eq!(desk.call("intervene", &ana, &json!({"chat": chat})).await.status(), StatusCode::OK);
    let id = uuid::Uuid::now_v7();
    let send = |buttons: &[&str]| json!({"chat": chat, "id": id, "text": "Is it here?", "buttons": buttons});
    for wrong in [&["a", "b", "c", "d"][..], &["Yes", "yes"], &["more than twenty letters"]] {
        let refused = desk.call("send_message", &ana, &send(wrong)).await.status();
        assert_eq!(refused, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
    }
    assert_eq!(desk.call("send_message", &ana, &send(&["Yes", "Not yet"])).await.status(), StatusCode::OK);
    let claims = claim(&desk.server.db, 10, desk.now()).await.unwrap();
    let sent = claims.iter().find(|claim| claim.message.0 == id).unwrap();
    let call = graph::request(sent, None);
    assert_eq!(call["type"], "interactive");
    assert_eq!(
        call["interactive"],
        json!({"type": "button", "body": {"text": "Is it here?"}, "action": {"buttons": [
            {"type": "reply", "reply": {"id": format!("{id}.0"), "title": "Yes"}},
            {"type": "reply", "reply": {"id": format!("{id}.1"), "title": "Not yet"}}]}})
    );
    let mut tap: Value = serde_json::from_str(&text(NUMBER, "wamid.2", "16505551234", "")).unwrap();
    let message = &mut tap["entry"][0]["changes"][0]["value"]["messages"][0];
    message["type"] = "interactive".into();
    message["interactive"] =
        json!({"type": "button_reply", "button_reply": {"id": format!("{id}.1"), "title": "Not yet"}});
    desk.deliver(desk.app, SECRET, tap.to_string()).await;
    desk.process().await;
    let thread: Value = desk.call("open_chat", &ana, &json!({"chat": chat})).await.json().await.unwrap();
    let last = thread["messages"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["author"], &last["body"]["reply"]["title"]), (&json!("customer"), &json!("Not yet")));
}
