//! A file of contacts: how fast its rows are checked and written by a running server, as new contacts and as known
//! ones.

use crate::load::call;
use crate::rig::Rig;
use crate::{Failed, heading, row, setting};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Prints rows a second for each step, with a name, an e-mail address and a number in each row.
pub async fn run(baton: &str, cluster: &str) -> Result<(), Failed> {
    let mut rig = Rig::make(baton, cluster, "baton_bench_import", 1).await?;
    define(&rig).await?;
    rig.start().await?;
    print(&rig, "into an empty workspace", "4930").await?;
    rig.stop();
    Ok(())
}

/// The attribute that the file fills.
pub async fn define(rig: &Rig) -> Result<(), Failed> {
    let shape = json!({"name": "E-mail", "kind": "email", "options": [], "currency": "", "help": "",
        "required_on_resolve": false, "shown_to_bot": true});
    domain::attribute::store::create(&rig.desk, &rig.members[0], serde_json::from_value(shape)?, chrono::Utc::now())
        .await?;
    Ok(())
}

/// Imports a file of numbers that begin with `area` into a running server, and once more with every row changed.
pub async fn print(rig: &Rig, whereto: &str, area: &str) -> Result<(), Failed> {
    let rows = usize::try_from(setting("BENCH_ROWS", 200_000))?;
    // What a run before this one left is changed by it, too.
    let run = chrono::Utc::now().timestamp();
    let cookie = rig.cookie(0).await?;
    heading(&format!("{rows} rows {whereto}"), &["rows/s", "seconds"]);
    for (name, greeting) in [("new contacts", "Customer"), ("known contacts, all changed", "Client")] {
        let mut file = String::from("Phone,Name,E-mail\n");
        for n in 0..rows {
            writeln!(file, "+{area}{n:08},{greeting} {n},{greeting}{n}@{run}.example")?;
        }
        let begun = Instant::now();
        let origin = format!("http://{}", rig.address);
        let headers = [("cookie", cookie.as_str()), ("content-type", "text/csv"), ("origin", origin.as_str())];
        let reply = call(rig.address, "POST", "/import/contacts?name=bench.csv", &headers, file.as_bytes()).await?;
        let id = String::from_utf8(reply.body)?;
        tell(&format!("{name}: upload"), rows, begun.elapsed());
        let opened = open(rig, &cookie, &id).await?;
        let begun = Instant::now();
        rig.ask("check_import", &cookie, &json!({"import": id, "plan": opened["plan"]})).await?;
        wait(rig, &cookie, &id, "checked").await?;
        tell(&format!("{name}: check"), rows, begun.elapsed());
        let begun = Instant::now();
        rig.ask("start_import", &cookie, &json!({"import": id})).await?;
        let done = wait(rig, &cookie, &id, "done").await?;
        tell(&format!("{name}: import"), rows, begun.elapsed());
        let tally = &done["import"]["tally"];
        let counted = tally["new"].as_u64().unwrap_or(0) + tally["changed"].as_u64().unwrap_or(0);
        if usize::try_from(counted)? != rows {
            return Err(format!("not every row was imported: {tally}").into());
        }
    }
    Ok(())
}

fn tell(name: &str, rows: usize, took: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let speed = rows as f64 / took.as_secs_f64();
    row(name, &[format!("{speed:.0}"), format!("{:.1}", took.as_secs_f64())]);
}

async fn open(rig: &Rig, cookie: &str, id: &str) -> Result<Value, Failed> {
    let (_, reply) = rig.ask("open_import", cookie, &json!({"import": id})).await?;
    Ok(serde_json::from_slice(&reply.body)?)
}

async fn wait(rig: &Rig, cookie: &str, id: &str, stage: &str) -> Result<Value, Failed> {
    loop {
        let opened = open(rig, cookie, id).await?;
        if opened["import"]["stage"] == stage {
            return Ok(opened);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
