//! Measures a running demo server and prints what it found. `make bench` starts one and calls this:
//! `bench <url> <webhook url> <database url>`.

use futures::future::join_all;
use hmac::{Hmac, Mac};
use reqwest::Client;
use serde_json::{Value, json};
use server::demo::{APP_SECRET, PHONE_NUMBER_ID};
use sha2::Sha256;
use sqlx::PgPool;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long each load lasts.
const LASTS: Duration = Duration::from_secs(5);
/// Customers who write.
const CUSTOMERS: u64 = 5_000;

static NUMBER: AtomicU64 = AtomicU64::new(0);

type Failed = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, webhook, database] = arguments.as_slice() else {
        return Err("usage: bench <url> <webhook url> <database url>".into());
    };
    let pool = PgPool::connect(database).await?;
    let client = Client::builder().no_proxy().build()?;
    println!("{}\n", machine());
    println!("{:<34} {:>12} {:>9} {:>9} {:>14}", "webhooks", "taken/s", "p50 ms", "p99 ms", "processed/s");
    for (connections, batch) in [(1, 1), (8, 1), (32, 1), (8, 100)] {
        let begun = Instant::now();
        let (sent, mut times) = load(&client, webhook, connections, batch).await?;
        let processed = processed(&pool, begun).await?;
        let rate = f64::from(u32::try_from(sent)?) / LASTS.as_secs_f64();
        let name = format!("{batch} in one, {connections} connections");
        println!("{name:<34} {rate:>12.0} {:>9.2} {:>9.2} {processed:>14.0}", at(&mut times, 50), at(&mut times, 99));
    }
    let cookie = sign_in(&client, url).await?;
    println!("\n{:<34} {:>12} {:>9} {:>9}", "pages, one after the other", "", "p50 ms", "p99 ms");
    let list = json!({"list": "Active", "after": null});
    let mut times = Vec::new();
    for _ in 0..300 {
        times.push(call(&client, url, "inbox_page", &cookie, &list).await?.0);
    }
    println!("{:<34} {:>12} {:>9.2} {:>9.2}", "inbox page with counts", "", at(&mut times, 50), at(&mut times, 99));
    let (_, page) = call(&client, url, "inbox_page", &cookie, &list).await?;
    let chat = json!({"chat": page["rows"][0]["id"]});
    times.clear();
    for _ in 0..300 {
        times.push(call(&client, url, "open_chat", &cookie, &chat).await?.0);
    }
    println!("{:<34} {:>12} {:>9.2} {:>9.2}", "thread", "", at(&mut times, 50), at(&mut times, 99));
    let (contacts, messages): (i64, i64) =
        sqlx::query_as("select (select count(*) from contact), (select count(*) from message)")
            .fetch_one(&pool)
            .await?;
    println!("\nat the end: {contacts} contacts, {messages} messages");
    Ok(())
}

/// Posts as fast as answers come; updates sent, and each answer's time.
async fn load(client: &Client, webhook: &str, connections: u64, batch: u64) -> Result<(u64, Vec<Duration>), Failed> {
    let end = Instant::now() + LASTS;
    let posting = (0..connections).map(|_| async move {
        let mut times = Vec::new();
        while Instant::now() < end {
            let body = delivery(batch);
            let begun = Instant::now();
            let signature = sign(&body);
            let request = client.post(webhook).header("x-hub-signature-256", signature).body(body);
            let status = request.send().await?.status();
            if status != 200 {
                return Err(format!("a webhook was answered {status}").into());
            }
            times.push(begun.elapsed());
        }
        Ok::<_, Failed>(times)
    });
    let mut times = Vec::new();
    for one in join_all(posting).await {
        times.extend(one?);
    }
    Ok((u64::try_from(times.len())? * batch, times))
}

/// Updates processed each second, watched until the ledger is empty or for twenty seconds; what is left then is
/// thrown away, so that the next load begins with nothing.
async fn processed(pool: &PgPool, begun: Instant) -> Result<f64, Failed> {
    let count = "select count(*) from delivery_update where kind = 'message'";
    loop {
        let left: i64 =
            sqlx::query_scalar("select count(*) from delivery where processed_at is null").fetch_one(pool).await?;
        if left == 0 || begun.elapsed() > Duration::from_secs(20) {
            let done: i64 = sqlx::query_scalar(count).fetch_one(pool).await?;
            let rate = f64::from(u32::try_from(done)?) / begun.elapsed().as_secs_f64();
            sqlx::query("delete from delivery").execute(pool).await?;
            return Ok(rate);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn delivery(batch: u64) -> String {
    let now = chrono::Utc::now().timestamp().to_string();
    let changes: Vec<Value> = (0..batch)
        .map(|_| {
            let n = NUMBER.fetch_add(1, Ordering::Relaxed);
            let from = format!("4930{:08}", n % CUSTOMERS);
            json!({"field": "messages", "value": {"messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "1", "phone_number_id": PHONE_NUMBER_ID},
                "contacts": [{"profile": {"name": format!("Customer {from}")}, "wa_id": from}],
                "messages": [{"from": from, "id": format!("wamid.BENCH{n}"), "timestamp": now, "type": "text",
                              "text": {"body": "Where is my order?"}}]}})
        })
        .collect();
    json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}).to_string()
}

fn sign(body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).expect("a key of any length");
    format!("sha256={}", hex::encode(mac.chain_update(body).finalize().into_bytes()))
}

async fn sign_in(client: &Client, url: &str) -> Result<String, Failed> {
    let body = json!({"email": "olivia@sunny.example", "password": server::demo::PASSWORD});
    let request = client.post(format!("{url}/api/sign_in")).header("content-type", "application/json");
    let answer = request.header("origin", url).body(body.to_string()).send().await?;
    let cookie = answer.headers().get("set-cookie").ok_or("no cookie")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

async fn call(client: &Client, url: &str, name: &str, cookie: &str, body: &Value) -> Result<(Duration, Value), Failed> {
    let begun = Instant::now();
    let request = client.post(format!("{url}/api/{name}")).header("content-type", "application/json");
    let answer = request.header("origin", url).header("cookie", cookie).body(body.to_string()).send().await?;
    let answer: Value = answer.error_for_status()?.json().await?;
    Ok((begun.elapsed(), answer))
}

/// A percentile in milliseconds.
fn at(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}

fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = read("/proc/loadavg");
    format!(
        "{} · {cores} cores · load before {} · server, Postgres and this client on the same machine",
        model.trim_start_matches([' ', '\t', ':']),
        load.split(' ').next().unwrap_or_default(),
    )
}
