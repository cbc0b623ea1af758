//! Contacts: the table, a tag filter, a segment of two conditions, a name, profiles, their journeys and an import at a
//! million, with ten messages and twenty journey steps each.

use crate::load::at;
use crate::rig::Rig;
use crate::{Failed, heading, history, import, row, setting};
use serde_json::{Value, json};
use sqlx::Executor;
use std::time::Instant;

/// How often each is asked.
const ASKED: i64 = 300;

/// One in ten has a tag, one in a hundred another; every second has an amount and a level.
async fn describe(rig: &Rig, each: i32) -> Result<(), Failed> {
    let mut owner = rig.owner().await?;
    let workspace = rig.desk.id().0;
    owner.execute("set session_replication_role = replica").await?;
    owner.execute("set synchronous_commit = off").await?;
    let steps = [
        "update member set role = 'manager' where workspace_id = $1",
        "insert into tag_category (workspace_id, id, name, position, created_at) values ($1, gen_random_uuid(), 'Kind', 1, now())",
        "insert into tag (workspace_id, id, category_id, name, colour, kind, position, created_at)
         select $1, gen_random_uuid(), c.id, 'Tag ' || n, 'red', 'manual', n, now() from tag_category c, generate_series(1, 2) n where c.workspace_id = $1",
        "insert into attribute_definition (workspace_id, id, key, name, kind, options, position, created_at) values
         ($1, gen_random_uuid(), 'spent', 'Spent', 'number', '[]', 100, now()), ($1, gen_random_uuid(), 'level', 'Level', 'one_of', '[\"Gold\", \"Silver\"]', 101, now())",
        "with numbered as (select id, row_number() over (order by id) as n from contact where workspace_id = $1)
         insert into contact_tag (workspace_id, contact_id, tag_id, given_at, given_by)
         select $1, numbered.id, tag.id, now(), '\"clock\"' from numbered
         join tag on tag.workspace_id = $1 and numbered.n % (case tag.position when 1 then 10 else 100 end) = 3",
        "with numbered as (select id, row_number() over (order by id) as n from contact where workspace_id = $1)
         insert into attribute (workspace_id, contact_id, definition_id, value, set_by, set_at)
         select $1, numbered.id, d.id, case d.key when 'spent' then (n % 5000)::text else (array['Gold', 'Silver'])[1 + n % 2] end, '\"customer\"', now()
         from numbered join attribute_definition d on d.workspace_id = $1 and d.key in ('spent', 'level') where n % 2 = 1",
    ];
    for sql in steps {
        sqlx::query(sql).bind(workspace).execute(&mut owner).await?;
    }
    sqlx::query(
        "insert into journey (workspace_id, id, contact_id, chat_id, kind, part, actor, detail, seq, at)
         select $1, gen_random_uuid(), contact_id, id, 'window_opened', 'messages', '\"customer\"', '\"window_opened\"', 1, now() - make_interval(days => n)
         from chat, generate_series(1, $2) n where workspace_id = $1",
    )
    .bind(workspace)
    .bind(each)
    .execute(&mut owner)
    .await?;
    rig.analyze().await
}

async fn measure(rig: &Rig, cookie: &str, name: &str, call: &str, bodies: &[Value]) -> Result<(), Failed> {
    let mut times = Vec::new();
    for n in 0..usize::try_from(ASKED)? {
        times.push(rig.ask(call, cookie, &bodies[n % bodies.len()]).await?.0);
    }
    row(name, &[format!("{:.2}", at(&mut times, 50.0)), format!("{:.2}", at(&mut times, 99.0))]);
    Ok(())
}

/// Prints the times.
pub async fn run(baton: &str, cluster: &str) -> Result<(), Failed> {
    let contacts = usize::try_from(setting("BENCH_CONTACTS", 1_000_000))?;
    let mut rig = Rig::make(baton, cluster, "baton_bench_contacts", 2).await?;
    let begun = Instant::now();
    let each = usize::try_from(setting("BENCH_MESSAGES_EACH", 10))?;
    let steps = i32::try_from(setting("BENCH_STEPS_EACH", 20))?;
    if !rig.reused {
        history::fill(&rig, contacts, each).await?;
        describe(&rig, steps).await?;
        import::define(&rig).await?;
    }
    println!(
        "\n{contacts} contacts with tags, attributes, {each} messages and {steps} journey steps each made in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    rig.start().await?;
    let cookie = rig.cookie(0).await?;
    let (_, reply) = rig.ask("contact_setting", &cookie, &json!({})).await?;
    let defined: Value = serde_json::from_slice(&reply.body)?;
    let tag = |name: &str| {
        let of = |tag: &&Value| tag[0]["name"] == name;
        json!({"condition": {"tag": {"tag": defined["tags"].as_array().and_then(|tags| tags.iter().find(of)).map(|tag| tag[0]["id"].clone()), "has": true}}})
    };
    let attribute = |key: &str, is: Value| {
        let of = |one: &&Value| one["key"] == key;
        let id = defined["attributes"].as_array().and_then(|all| all.iter().find(of)).map(|one| one["id"].clone());
        json!({"condition": {"attribute": {"attribute": id, "is": is}}})
    };
    let group = |parts: Vec<Value>| json!({"join": "all", "parts": parts});
    let ask =
        |filter: &Value| json!({"ask": {"filter": filter, "sort": "last_active", "descending": true}, "after": null});
    let everybody = group(vec![]);
    let tagged = [group(vec![tag("Tag 1")]), group(vec![tag("Tag 2")])];
    let spent = attribute("spent", json!({"between": ["100", "400"]}));
    let gold = attribute("level", json!({"any_of": ["Gold"]}));
    let segments = [group(vec![tag("Tag 2"), spent]), group(vec![tag("Tag 1"), gold])];
    let names: Vec<_> =
        (0..20).map(|n| group(vec![json!({"condition": {"name": {"contains": format!("0000{n:02}")}}})])).collect();
    // Anybody of the million, each asked for once: nothing is warm but what all of them share.
    let chats = "select id::text from chat order by md5(id::text || clock_timestamp()::text) limit $1";
    let chats: Vec<String> = sqlx::query_scalar(chats).bind(ASKED * 2).fetch_all(&mut rig.owner().await?).await?;
    let (profiles, journeys) = chats.split_at(chats.len() / 2);
    heading("contacts, one after the other, whole HTTP requests", &["p50 ms", "p99 ms"]);
    let profiles: Vec<_> = profiles.iter().map(|chat| json!({"chat": chat})).collect();
    measure(&rig, &cookie, "profile", "open_profile", &profiles).await?;
    let steps = |chat: &String| json!({"chat": chat, "part": "", "doer": "", "before": null});
    let steps: Vec<_> = journeys.iter().map(steps).collect();
    measure(&rig, &cookie, "journey page", "journey_page", &steps).await?;
    measure(&rig, &cookie, "everybody, by last active", "contact_page", &[ask(&everybody)]).await?;
    measure(&rig, &cookie, "tag filter", "contact_page", &tagged.each_ref().map(ask)).await?;
    measure(&rig, &cookie, "segment of two conditions", "contact_page", &segments.each_ref().map(ask)).await?;
    let counted = segments.each_ref().map(|filter| json!({"filter": filter}));
    measure(&rig, &cookie, "its count", "count_contacts", &counted).await?;
    measure(&rig, &cookie, "a part of a name", "contact_page", &names.iter().map(ask).collect::<Vec<_>>()).await?;
    import::print(&rig, &format!("beside {contacts} contacts"), "4940").await?;
    rig.stop();
    Ok(())
}
