//! Downloads: who gets them, how they are served, and that a spreadsheet finds no formula in them.

use crate::desk::{NUMBER, Running, SECRET, text};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrations = "../domain/migrations")]
async fn supervisors_take_a_journey_away(pool: PgPool) {
    let desk = Running::start(pool).await;
    let evil = "=HYPERLINK(\"https://evil.example\",\"x\")";
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", &evil.replace('"', "\\\""))).await;
    desk.process().await;
    let chat: uuid::Uuid = sqlx::query_scalar("select id from chat").fetch_one(desk.server.db.pool()).await.unwrap();
    let (ana, olivia) = (desk.cookie(0).await, desk.cookie(2).await);
    let resolve = json!({"chat": chat, "outcome": "Solved", "note": evil});
    assert_eq!(desk.call("intervene", &ana, &json!({"chat": chat})).await.status(), StatusCode::OK);
    let get = async |file: String, cookie: &str| {
        let url = format!("{}/export/journey/{file}", desk.url);
        desk.client.get(url).header("cookie", cookie).send().await.unwrap()
    };
    assert_eq!(get(format!("{chat}.csv"), &olivia).await.status(), StatusCode::NOT_FOUND, "held, and not watched");
    assert_eq!(desk.call("resolve", &ana, &resolve).await.status(), StatusCode::OK);

    for (file, cookie, expected) in [
        (format!("{chat}.csv"), "", StatusCode::UNAUTHORIZED),
        (format!("{chat}.csv"), "baton=0123", StatusCode::UNAUTHORIZED),
        (format!("{chat}.csv"), ana.as_str(), StatusCode::FORBIDDEN),
        (format!("{chat}.json"), ana.as_str(), StatusCode::FORBIDDEN),
        (format!("{chat}.pdf"), olivia.as_str(), StatusCode::NOT_FOUND),
        (chat.to_string(), olivia.as_str(), StatusCode::NOT_FOUND),
        (format!("{}.csv", uuid::Uuid::now_v7()), olivia.as_str(), StatusCode::NOT_FOUND),
        ("x.csv".into(), olivia.as_str(), StatusCode::NOT_FOUND),
    ] {
        let answer = get(file.clone(), cookie).await;
        assert_eq!(answer.status(), expected, "{file}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
    assert_eq!(desk.count("select count(*) from audit where kind = 'journey_exported'").await, 0);

    // More than a page.
    let many = "insert into journey (workspace_id, id, contact_id, chat_id, kind, part, actor, detail, seq, at)
        select c.workspace_id, gen_random_uuid(), c.contact_id, c.id, 'window_opened', 'messages', '\"customer\"', '\"window_opened\"', 1,
               now() - make_interval(mins => n) from chat c, generate_series(1, 1200) n";
    sqlx::query(many).execute(desk.server.db.pool()).await.unwrap();
    let steps = usize::try_from(desk.count("select count(*) from journey").await).unwrap();
    let answer = get(format!("{chat}.csv"), &olivia).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("cache-control"), "no-store");
    assert!(header("content-type").starts_with("text/csv"));
    assert_eq!(header("content-disposition"), format!("attachment; filename=\"journey-{chat}.csv\""));
    let csv = answer.text().await.unwrap();
    assert_eq!(csv.matches("\r\n").count(), steps + 1);
    assert!(csv.contains("\"'=HYPERLINK(\"\"https://evil.example\"\""), "{}", &csv[csv.len() - 900..]);
    assert!(!csv.contains(",\"=") && !csv.contains(",="));

    let json: Value = get(format!("{chat}.json"), &olivia).await.json().await.unwrap();
    let lines = json.as_array().unwrap();
    assert_eq!(lines.len(), steps);
    assert!(lines.iter().any(|line| line["kind"] == "resolved" && line["note"] == evil && line["waited"].is_null()));
    let at = |line: &Value| line["at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert!(lines.windows(2).all(|pair| at(&pair[0]) <= at(&pair[1])));
    assert_eq!(desk.count("select count(*) from audit where kind = 'journey_exported' and name = 'Olivia'").await, 2);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn supervisors_take_contacts_away(pool: PgPool) {
    let desk = Running::start(pool).await;
    let many = "insert into contact (workspace_id, id, name, first_seen_at, unresolved_queries, created_at)
        select $1, gen_random_uuid(), case when n = 7 then '=1+1' else 'Guest ' || n end, now(), n % 3, now() from generate_series(1, 1203) n";
    sqlx::query(many).bind(desk.desk.id().0).execute(desk.server.db.pool()).await.unwrap();
    desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "hello")).await;
    desk.process().await;
    let chat: uuid::Uuid = sqlx::query_scalar("select id from chat").fetch_one(desk.server.db.pool()).await.unwrap();
    let (ana, olivia) = (desk.cookie(0).await, desk.cookie(2).await);
    let begin = async |columns: Value, target: Value, cookie: &str| {
        let action = json!({"export": {"columns": columns}});
        desk.call("begin_task", cookie, &json!({"action": action, "target": target})).await
    };
    let everybody = || json!({"matching": {"join": "all", "parts": []}});
    let take = async |task: &str, cookie: &str| {
        let url = format!("{}/export/contacts/{task}.csv", desk.url);
        desk.client.get(url).header("cookie", cookie).send().await.unwrap()
    };
    let task = async |columns: Value, target: Value| -> String {
        let answer = begin(columns, target, &olivia).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    };
    let latest = async || -> Value {
        let tasks: Value = desk.call("latest_tasks", &olivia, &json!({})).await.json().await.unwrap();
        tasks[0].clone()
    };
    assert_eq!(begin(json!(["phone"]), everybody(), &ana).await.status(), StatusCode::FORBIDDEN);
    assert!(begin(json!(["password"]), everybody(), &olivia).await.status().is_client_error());
    assert_eq!(desk.count("select count(*) from audit where kind = 'contacts_exported'").await, 0);

    let all = task(json!(["phone", "unresolved"]), everybody()).await;
    assert_eq!((&latest().await["state"], &latest().await["total"]), (&json!("running"), &Value::Null));
    // The jobs that change contacts leave it to its download.
    domain::task::step::run_once(&desk.server.db, desk.server.clock.now()).await.unwrap();
    let nobody = uuid::Uuid::nil().to_string();
    for (task, cookie, expected) in [
        (all.as_str(), "", StatusCode::UNAUTHORIZED),
        (all.as_str(), ana.as_str(), StatusCode::FORBIDDEN),
        (nobody.as_str(), olivia.as_str(), StatusCode::NOT_FOUND),
        ("nonsense", olivia.as_str(), StatusCode::NOT_FOUND),
    ] {
        let answer = take(task, cookie).await;
        assert_eq!(answer.status(), expected, "{task}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
    let answer = take(&all, &olivia).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"contacts.csv\"");
    let csv = answer.text().await.unwrap();
    let lines: Vec<_> = csv.trim_start_matches('\u{feff}').split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 1 + 1204, "more than two pages");
    assert_eq!(lines[0], "\"Name\",\"Phone\",\"Unresolved\"");
    assert!(lines.contains(&"\"'=1+1\",\"\",\"1\""), "no formula");
    assert!(lines.contains(&"\"Carla Customer\",\"'+16505551234\",\"0\""));
    let distinct: std::collections::HashSet<_> = lines.iter().collect();
    assert_eq!(distinct.len(), lines.len(), "everybody once");
    let done = latest().await;
    assert_eq!((&done["state"], &done["total"], &done["changed"]), (&json!("done"), &json!(1204), &json!(1204)));
    assert_eq!(take(&all, &olivia).await.status(), StatusCode::NOT_FOUND, "a file is taken once");
    let undone = desk.call("undo_task", &olivia, &json!({"task": all})).await;
    assert_eq!(undone.status(), StatusCode::UNPROCESSABLE_ENTITY, "it changed nothing");

    let filter = json!({"join": "all", "parts": [{"condition": {"unresolved": {"least": 2, "most": null}}}]});
    let some = task(json!([]), json!({"matching": filter})).await;
    assert_eq!(take(&some, &olivia).await.text().await.unwrap().matches("\r\n").count(), 1 + 401);

    let carla: uuid::Uuid =
        sqlx::query_scalar("select contact_id from chat").fetch_one(desk.server.db.pool()).await.unwrap();
    let other: uuid::Uuid = sqlx::query_scalar("select id from contact where name = 'Guest 8'")
        .fetch_one(desk.server.db.pool())
        .await
        .unwrap();
    assert_eq!(desk.call("intervene", &ana, &json!({"chat": chat})).await.status(), StatusCode::OK);
    let chosen = task(json!(["phone"]), json!({"chosen": [carla, other]})).await;
    let csv = take(&chosen, &olivia).await.text().await.unwrap();
    assert!(csv.contains("Guest 8") && csv.matches("\r\n").count() == 2, "those who are chosen: {csv}");
    assert!(!csv.contains("Carla") && !csv.contains("16505551234"), "held by Ana: left out");
    let done = latest().await;
    assert_eq!((&done["total"], &done["changed"], &done["left_out"]), (&json!(1), &json!(1), &json!(1)), "and said so");
    assert_eq!(desk.count("select count(*) from audit where kind = 'contacts_exported' and name = 'Olivia'").await, 3);

    // Stopped before it is taken, there is no file; left alone, it ends by itself.
    let stopped = task(json!([]), everybody()).await;
    assert_eq!(desk.call("cancel_task", &olivia, &json!({"task": stopped})).await.status(), StatusCode::OK);
    assert_eq!(take(&stopped, &olivia).await.status(), StatusCode::NOT_FOUND);
    task(json!([]), everybody()).await;
    let later = desk.server.clock.now() + chrono::TimeDelta::minutes(11);
    domain::task::store::forget(&desk.server.db, later).await.unwrap();
    assert_eq!(latest().await["state"], "cancelled");
}
