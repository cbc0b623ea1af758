//! Every webhook body we know of, twice: always 200, every update has a row that names what it became, and
//! the second time nothing changes.

use crate::desk::{Running, SECRET};
use domain::channel::store::{NewChannel, add};
use reqwest::StatusCode;
use serde_json::Value;
use sqlx::PgPool;
use std::collections::BTreeSet;
use std::path::Path;

fn bodies() -> Vec<(String, Vec<u8>)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    // Ours; and where a checkout stands beside a collection of recorded ones, those too.
    for folder in [here.join("tests/fixtures"), here.join("../../shared/payloads/inbound")] {
        let Ok(files) = std::fs::read_dir(&folder) else { continue };
        for file in files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"))
        {
            found.push((file.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&file).unwrap()));
        }
    }
    found.sort();
    assert!(found.len() >= 41, "the project's own fixtures are there");
    found
}

fn numbers(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("phone_number_id").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| numbers(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| numbers(value, into)),
        _ => {}
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn every_body_twice(pool: PgPool) {
    let desk = Running::start(pool).await;
    let bodies = bodies();
    let mut all = BTreeSet::new();
    for (name, body) in &bodies {
        numbers(&serde_json::from_slice(body).unwrap_or_else(|error| panic!("{name}: {error}")), &mut all);
    }
    let mut tx = desk.desk.begin().await.unwrap();
    for number in all
        .iter()
        .filter(|number| ![crate::desk::NUMBER, crate::desk::OTHER_NUMBER, "123456123"].contains(&number.as_str()))
    {
        let new = NewChannel {
            app: desk.app,
            phone_number_id: number,
            waba_id: "1",
            display_phone: "+1",
            name: "n",
            access_token: "t",
        };
        add(&mut tx, &new, desk.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let standing = async || {
        let mut counts = Vec::new();
        for sql in [
            "select count(*) from message",
            "select count(*) from contact",
            "select count(*) from chat",
            "select count(*) from journey",
            "select (select count(*) from feed) + (select count(*) from feed_waiting)",
            "select count(*) from outbox",
            "select coalesce(sum(version), 0)::bigint from chat",
            "select coalesce(sum(session_messages + unresolved_queries), 0)::bigint from contact",
        ] {
            counts.push((sql, desk.count(sql).await));
        }
        counts
    };
    for (name, body) in &bodies {
        for round in 1..=2 {
            let before = standing().await;
            assert_eq!(desk.deliver(desk.app, SECRET, body.clone()).await, StatusCode::OK, "{name}");
            desk.process().await;
            let (failure, outcomes): (Option<String>, Vec<String>) = sqlx::query_as(
                "select d.failure, array(select case outcome when 'failed' then 'failed: ' || coalesce(detail, '') else outcome end from delivery_update u where u.delivery_id = d.id order by position)
                 from delivery d order by id desc limit 1",
            )
            .fetch_one(desk.server.db.pool())
            .await
            .unwrap();
            assert_eq!(failure, None, "{name}");
            let updates = server::whatsapp::payload::read(body).unwrap().len();
            assert_eq!(outcomes.len(), updates, "{name}: a row for every update");
            assert!(!outcomes.iter().any(|outcome| outcome.starts_with("failed")), "{name}: {outcomes:?}");
            if round == 2 {
                assert!(!outcomes.iter().any(|outcome| outcome == "stored"), "{name}: {outcomes:?}");
                assert_eq!(standing().await, before, "{name}: the second time nothing changes");
            }
        }
    }
    assert_eq!(desk.count("select count(*) from delivery where processed_at is null").await, 0);
    assert!(desk.count("select count(*) from message where author = 'customer'").await > 20);
}
