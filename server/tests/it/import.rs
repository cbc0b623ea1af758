//! Bringing a file over HTTP: who may, what is refused, and what is taken away again.

use crate::desk::Running;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use sqlx::PgPool;

impl Running {
    async fn brings(&self, cookie: &str, name: &str, body: impl Into<Vec<u8>>) -> Response {
        let headers = [("cookie", cookie), ("origin", self.url.as_str())];
        self.post(&format!("{}/import/contacts?name={name}", self.url), &headers, body.into()).await
    }

    async fn works(&self) {
        while domain::import::run::run_once(&self.server.db, self.now()).await.unwrap() > 0 {}
    }

    async fn failed_rows(&self, cookie: &str, file: &str) -> Response {
        let url = format!("{}/export/import/{file}", self.url);
        self.client.get(url).header("cookie", cookie).send().await.unwrap()
    }
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_file_is_brought_checked_imported_and_its_failed_rows_taken_away(pool: PgPool) {
    let desk = Running::start(pool).await;
    let olivia = desk.cookie(2).await;
    let file = "Phone,Name\n+447700900123,Ana\n=1+1,\"=HYPERLINK(\"\"x\"\")\"\n";
    let answer = desk.brings(&olivia, "my%20people.csv", file).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let id: uuid::Uuid = answer.text().await.unwrap().parse().unwrap();
    let opened: Value = desk.call("open_import", &olivia, &json!({"import": id})).await.json().await.unwrap();
    assert_eq!((&opened["import"]["name"], &opened["import"]["rows"]), (&json!("my people.csv"), &json!(2)));
    assert_eq!(opened["plan"]["columns"], json!(["phone", "name"]));
    let checked = desk.call("check_import", &olivia, &json!({"import": id, "plan": opened["plan"]})).await;
    assert_eq!(checked.status(), StatusCode::OK);
    desk.works().await;
    assert_eq!(desk.call("start_import", &olivia, &json!({"import": id})).await.status(), StatusCode::OK);
    desk.works().await;
    let opened: Value = desk.call("open_import", &olivia, &json!({"import": id})).await.json().await.unwrap();
    assert_eq!(opened["import"]["stage"], "done");
    assert_eq!((&opened["import"]["tally"]["new"], &opened["import"]["tally"]["failed"]), (&json!(1), &json!(1)));

    let answer = desk.failed_rows(&olivia, &format!("{id}.csv")).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let csv = String::from_utf8(answer.bytes().await.unwrap().to_vec()).unwrap();
    assert!(csv.starts_with("\u{feff}\"row\",\"reason\",\"Phone\",\"Name\"\r\n"), "{csv}");
    assert!(csv.contains("\r\n\"3\",\"Phone, “=1+1”: A phone number has"), "{csv}");
    // A spreadsheet finds no formula in it.
    assert!(csv.contains(",\"'=1+1\",\"'=HYPERLINK(\"\"x\"\")\"\r\n"), "{csv}");
    assert_eq!(csv.matches("\r\n").count(), 2);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn what_is_no_file_and_who_may_not_are_refused_in_words(pool: PgPool) {
    let desk = Running::start(pool).await;
    let (ana, olivia) = (desk.cookie(0).await, desk.cookie(2).await);
    let good = b"Phone\n+447700900123\n".to_vec();
    let mut large = b"Phone\n".to_vec();
    large.resize(domain::import::LARGEST + 1, b'1');
    for (cookie, body, status, says) in [
        ("", good.clone(), StatusCode::UNAUTHORIZED, "signed out"),
        (ana.as_str(), good.clone(), StatusCode::FORBIDDEN, "right"),
        (&olivia, b"PK\x03\x04 a zip".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "Excel"),
        (&olivia, vec![0, 1, 2, 3], StatusCode::UNPROCESSABLE_ENTITY, "not a CSV"),
        (&olivia, Vec::new(), StatusCode::UNPROCESSABLE_ENTITY, "empty"),
        (&olivia, large, StatusCode::UNPROCESSABLE_ENTITY, "64 MB"),
    ] {
        let answer = desk.brings(cookie, "x.csv", body).await;
        let (found, words) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(found, status, "{words}");
        assert!(words.contains(says), "{words}");
    }
    // Another site's page.
    let headers = [("cookie", olivia.as_str()), ("origin", "https://evil.example")];
    let answer = desk.post(&format!("{}/import/contacts", desk.url), &headers, good.clone()).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(desk.count("select count(*) from import").await, 0);

    let id = desk.brings(&olivia, "x.csv", good).await.text().await.unwrap();
    for (cookie, file, status) in [
        ("", format!("{id}.csv"), StatusCode::UNAUTHORIZED),
        (&ana, format!("{id}.csv"), StatusCode::FORBIDDEN),
        (&olivia, id.clone(), StatusCode::NOT_FOUND),
        (&olivia, format!("{}.csv", uuid::Uuid::now_v7()), StatusCode::NOT_FOUND),
        (&olivia, format!("{id}.csv"), StatusCode::OK),
    ] {
        assert_eq!(desk.failed_rows(cookie, &file).await.status(), status, "{file}");
    }
}
