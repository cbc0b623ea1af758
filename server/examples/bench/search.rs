//! Search over years of messages: how fast they are taken in, and how fast people and words that are rare, less rare
//! and everywhere are found. Most of the index is made at once by a statement, which the job would take an hour for; what
//! the job makes of the rest is compared with it.

use crate::load::at;
use crate::rig::Rig;
use crate::{Failed, heading, history, row, setting};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor};
use std::time::{Duration, Instant};

/// Different words that are said.
const WORDS: u32 = 50_000;

/// Messages that are left to the job.
const SAMPLED: i64 = 100_000;

/// The words and the week of such messages, as `domain::search::index` makes them.
const WORDS_OF: &str = "array_to_tsvector(array(select distinct word from unnest(
    string_to_array(m.body #>> '{text,text}', ' ') || array['=customer', '=text']) word))";
const WEEK_OF: &str = "floor(extract(epoch from m.at) / 604800)::int";

/// Prints how long it takes to find things.
pub async fn run(baton: &str, cluster: &str) -> Result<(), Failed> {
    let contacts = usize::try_from(setting("BENCH_CONTACTS", 1_000_000))?;
    let each = usize::try_from(setting("BENCH_MESSAGES_EACH", 10))?;
    let mut rig = Rig::make(baton, cluster, "baton_bench_search", 2).await?;
    if !rig.reused {
        make(&rig, contacts, each).await?;
    }
    rig.start().await?;
    heading("search, one after the other, whole HTTP requests", &["p50 ms", "p95 ms", "p99 ms", "found"]);
    // Of the nth word in fifty thousand, one message in n/0.74 has it.
    for (name, words) in
        [("a word of every other message", 1), ("of one in 14", 10), ("of one in 140", 100), ("of one in 1,400", 1000)]
    {
        ask(&rig, name, |n| format!("w{}x", words + n % 2), json!({})).await?;
    }
    ask(&rig, "of one in 60,000", |n| format!("w{}x", 44_000 + n), json!({})).await?;
    ask(&rig, "a word that nobody said", |n| format!("zz{n}"), json!({})).await?;
    ask(&rig, "two common words", |n| format!("w{}x w{}x", 1 + n % 5, 10 + n % 7), json!({})).await?;
    ask(&rig, "a common word in notes only", |n| format!("w{}x", 1 + n % 3), json!({"sender": "note"})).await?;
    ask(&rig, "the beginning of many words", |n| format!("w{}", 1 + n % 9), json!({})).await?;
    let place = |n: usize| (n * 7919) % contacts;
    ask(&rig, "a person by number", |n| format!("+49 30 {:08}", place(n)), json!({})).await?;
    ask(&rig, "a person by a number's last digits", |n| format!("{:06}", place(n) % 1_000_000), json!({})).await?;
    ask(&rig, "a person by name", |n| format!("customer 4930{:08}", place(n)), json!({})).await?;
    ask(&rig, "a name that everybody has", |_| "customer".into(), json!({})).await?;
    heading("in History, one after the other, whole HTTP requests", &["p50 ms", "p95 ms", "p99 ms", "found"]);
    within(&rig, "a person by name", |n| format!("customer 4930{:08}", place(n))).await?;
    within(&rig, "a person by a number's last digits", |n| format!("{:06}", place(n) % 1_000_000)).await?;
    within(&rig, "a name that everybody has", |_| "customer".into()).await?;
    within(&rig, "a name that nobody has", |n| format!("zz{n}")).await?;
    rig.stop();
    Ok(())
}

/// The messages, and what is searched of them.
async fn make(rig: &Rig, contacts: usize, each: usize) -> Result<(), Failed> {
    history::fill(rig, contacts, 1).await?;
    talk(rig, each).await?;
    let begun = Instant::now();
    let mut taken = 0_usize;
    loop {
        match domain::search::index::run_once(&rig.db).await? {
            0 => break,
            more => taken += more,
        }
    }
    let lasted = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a count for people")]
    let pace = taken as f64 / lasted.max(0.001);
    println!("\n{taken} messages and contacts taken in within {lasted:.0} s: {pace:.0} a second");
    let odd = format!(
        "select count(*) from sampled s join message m on m.id = s.id
         left join message_words w on w.workspace_id = m.workspace_id and w.message_id = m.id
         where (w.words, w.week) is distinct from ({WORDS_OF}, {WEEK_OF})"
    );
    let odd: i64 = sqlx::query_scalar(AssertSqlSafe(odd)).fetch_one(&mut rig.owner().await?).await?;
    if odd > 0 {
        return Err(format!("the job makes other words of {odd} messages than the statement").into());
    }
    rig.analyze().await
}

/// People and messages.
async fn ask(rig: &Rig, name: &str, words: impl Fn(usize) -> String, filter: Value) -> Result<(), Failed> {
    let body = |n| json!({"words": words(n), "filter": filter, "before": null});
    measure(rig, name, "search", body, &["people", "messages"]).await
}

/// Chats of History.
async fn within(rig: &Rig, name: &str, who: impl Fn(usize) -> String) -> Result<(), Failed> {
    let body = |n| json!({"filter": {"who": who(n)}, "after": null});
    measure(rig, name, "inbox_history", body, &["rows"]).await
}

async fn measure(
    rig: &Rig,
    name: &str,
    endpoint: &str,
    body: impl Fn(usize) -> Value,
    lists: &[&str],
) -> Result<(), Failed> {
    let cookie = rig.cookie(1).await?;
    let mut times: Vec<Duration> = Vec::new();
    let mut found = 0;
    for n in 0..200 {
        let (lasted, reply) = rig.ask(endpoint, &cookie, &body(n)).await?;
        times.push(lasted);
        let answer: Value = serde_json::from_slice(&reply.body)?;
        found += lists.iter().filter_map(|kind| answer[kind].as_array()).map(Vec::len).sum::<usize>();
    }
    let [half, most, worst] = [50.0, 95.0, 99.0].map(|percent| format!("{:.1}", at(&mut times, percent)));
    row(name, &[half, most, worst, format!("{}", found / 200)]);
    Ok(())
}

/// Two years of messages of eight words each, which lie in the table as they came, as in life; the nth word is said 1/n
/// times as often as the first.
async fn talk(rig: &Rig, each: usize) -> Result<(), Failed> {
    let mut owner = rig.owner().await?;
    owner.execute("set session_replication_role = replica").await?;
    owner.execute("set synchronous_commit = off").await?;
    sqlx::query(
        "insert into message (workspace_id, id, chat_id, seq, author, body, at, arrived_at)
         select c.workspace_id, gen_random_uuid(), c.id, 1 + s, 'customer', jsonb_build_object('text', jsonb_build_object('text',
                (select string_agg('w' || floor(exp(random() * ln($2)))::int || 'x', ' ') from generate_series(1, 8) where s > 0 and c.id is not null))),
                said.at, said.at
         from chat c, generate_series(1, $1 - 1) s, lateral (select now() - random() * interval '730 days' as at
            where s > 0 and c.id is not null) said
         order by said.at",
    )
    .bind(i32::try_from(each)?)
    .bind(f64::from(WORDS))
    .execute(&mut owner)
    .await?;
    sqlx::query(
        "create table sampled as
            (select workspace_id, id from message where seq = 1 limit $1 / 2) union all
            (select workspace_id, id from message where seq > 1 limit $1 / 2)",
    )
    .bind(SAMPLED)
    .execute(&mut owner)
    .await?;
    let indexes: Vec<String> = sqlx::query_scalar(
        "select indexdef from pg_indexes where tablename = 'message_words' and indexname <> 'message_words_pkey' order by indexname",
    )
    .fetch_all(&mut owner)
    .await?;
    owner.execute("drop index message_words_newest, message_words_sliced; set maintenance_work_mem = '1GB'").await?;
    let fill = format!(
        "insert into message_words (workspace_id, message_id, chat_id, at, week, words)
         select m.workspace_id, m.id, m.chat_id, m.at, {WEEK_OF}, {WORDS_OF} from message m
         where not exists (select from sampled s where s.id = m.id) order by m.at"
    );
    owner.execute(AssertSqlSafe(fill)).await?;
    for index in indexes {
        owner.execute(AssertSqlSafe(index)).await?;
    }
    owner.execute("insert into message_words_waiting select workspace_id, id from sampled").await?;
    owner
        .execute("insert into contact_words_waiting (workspace_id, contact_id) select workspace_id, id from contact")
        .await?;
    rig.analyze().await
}
