//! A real installation from nothing: the commands, as the program runs them, then signing in and a signed webhook.

use crate::desk::{sign, text};
use reqwest::{Client, StatusCode};
use sqlx::PgPool;
use std::process::{Child, Command, Output, Stdio};

const SECRET: &str = "an app's secret";

/// The program on the test's database.
struct Program {
    url: String,
    address: String,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
        command.env("DATABASE_URL", &self.url).env("BATON_ADDRESS", &self.address).env("BATON_PUBLIC_URL", "");
        command.env("BATON_APP_SECRET", SECRET).env("BATON_ACCESS_TOKEN", "a token");
        command.env("BATON_DEMO", "0").env("BATON_LOG", "warn").env("BATON_SENDING", "0");
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command().args(words).output().unwrap()
    }

    fn says(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn refuses(&self, words: &[&str], why: &str) {
        let output = self.run(words);
        assert!(!output.status.success(), "{words:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(why), "{words:?}: {said}");
    }
}

struct Serving(Child);

impl Serving {
    /// Waits until something is so, as long as the program runs, two minutes at most.
    async fn until(&mut self, mut so: impl AsyncFnMut() -> bool) {
        let begun = std::time::Instant::now();
        while !so().await {
            assert_eq!(self.0.try_wait().unwrap(), None, "the program ended");
            assert!(begun.elapsed().as_secs() < 120, "it takes too long");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn after<'a>(said: &'a str, word: &str) -> &'a str {
    said.split(word).nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or_else(|| panic!("{word}: {said}"))
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn from_nothing_to_the_first_message(pool: PgPool) {
    let options = pool.connect_options();
    let name = options.get_database().unwrap().to_owned();
    let base = std::env::var("DATABASE_URL").unwrap();
    let (server, _) = base.rsplit_once('/').unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let program = Program { url: format!("{server}/{name}"), address: free.to_string() };
    let number = ["connect", "100200300", "400500600", "+49 30 901820"];

    program.refuses(&number, "There is no workspace yet");
    program.refuses(&["found", "Sunny Goods", "olivia", "Olivia"], "not an e-mail address");
    program.refuses(&["found", " ", "olivia@sunny.example", "Olivia"], "A name has");
    program.refuses(&["found", "Sunny Goods"], "baton found");
    let made: i64 = sqlx::query_scalar("select count(*) from workspace").fetch_one(&pool).await.unwrap();
    assert_eq!(made, 0, "what is refused makes nothing");
    let said = program.says(&["found", "Sunny Goods", "Olivia@Sunny.example", "Olivia Owner"]);
    let password = after(&said, "password ").to_owned();
    program.refuses(&["found", "Again", "olivia@sunny.example", "Olivia"], "belongs to a member");
    program.refuses(&["found", "Sunny Goods", "other@sunny.example", "Other"], "There is a workspace");
    program.refuses(&["connect", "a number", "4", "+1"], "phone number id");
    let said = program.says(&number);
    let (webhook, token) = (after(&said, "Callback URL   "), after(&said, "Verify token   "));
    program.refuses(&number, "connected already");
    let second = program.says(&["connect", "100200301", "400500600", "+49 30 901821", "Sunny Goods"]);
    assert_eq!(after(&second, "Callback URL   "), webhook, "numbers of one app have one webhook");
    program.refuses(&["connect", "100200302", "4", "+1", "Nobody's"], "Say which workspace: Sunny Goods");

    let mut serving = Serving(program.command().arg("serve").stdout(Stdio::null()).spawn().unwrap());
    let client = Client::new();
    let url = format!("http://{}", program.address);
    serving.until(async || client.get(format!("{url}/health")).send().await.is_ok()).await;
    let challenge = [("hub.mode", "subscribe"), ("hub.challenge", "42"), ("hub.verify_token", token)];
    assert_eq!(client.get(webhook).query(&challenge).send().await.unwrap().text().await.unwrap(), "42");
    let body = text("100200300", "wamid.first", "4917612345678", "Hello").into_bytes();
    let signed = client.post(webhook).header("x-hub-signature-256", sign(SECRET, &body)).body(body);
    assert_eq!(signed.send().await.unwrap().status(), StatusCode::OK);
    let bot = "select count(*) from message where author = 'bot'";
    serving.until(async || sqlx::query_scalar::<_, i64>(bot).fetch_one(&pool).await.unwrap() > 0).await;
    let sign_in = serde_json::json!({"email": "olivia@sunny.example", "password": password});
    let answer = client.post(format!("{url}/api/sign_in")).header("origin", &url).json(&sign_in).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
}
