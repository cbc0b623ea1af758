//! What the machine's Postgres can do at all, asked in the same minute: pgbench.

use crate::{Failed, spread};
use std::process::Command;

const TABLE: &str = "drop table if exists control; create table control (id uuid primary key default gen_random_uuid(), body bytea not null, at timestamptz not null default now())";

/// Commits a second: one row each at 32 clients; and rows a second: a hundred rows in a commit at four clients.
pub fn pgbench(url: &str) -> Result<(f64, f64), Failed> {
    // A body of the size of a webhook with one message.
    let row = "decode(repeat('ab', 650), 'hex')";
    psql(url, TABLE)?;
    let single = run(url, &format!("insert into control (body) values ({row});"), 32)?;
    let hundred = run(url, &format!("insert into control (body) select {row} from generate_series(1, 100);"), 4)?;
    psql(url, "drop table control")?;
    Ok((single, hundred * 100.0))
}

/// Prints what it could each time it was asked, within a minute of what was measured.
pub fn print_all(singles: &mut [f64], hundreds: &mut [f64]) {
    println!("control: pgbench, one row a commit, 32 clients: {} commits/s", spread(singles, 0));
    println!("control: pgbench, 100 rows a commit, 4 clients: {} rows/s", spread(hundreds, 0));
}

fn run(url: &str, script: &str, clients: u32) -> Result<f64, Failed> {
    let file = std::env::temp_dir().join(format!("baton-bench-{}.sql", std::process::id()));
    std::fs::write(&file, script)?;
    let output = Command::new(tool("pgbench"))
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=1", "--time=4"])
        .arg(format!("--client={clients}"))
        .arg("--file")
        .arg(&file)
        .arg(url)
        .output()?;
    std::fs::remove_file(&file)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tps =
        text.lines().find_map(|line| line.strip_prefix("tps = ")).and_then(|rest| rest.split(' ').next()?.parse().ok());
    tps.ok_or_else(|| format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)).into())
}

fn psql(url: &str, sql: &str) -> Result<(), Failed> {
    let output = Command::new(tool("psql")).args(["-q", "-v", "ON_ERROR_STOP=1", "-c", sql, url]).output()?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned().into()) }
}

/// Debian keeps Postgres's tools out of the path.
fn tool(name: &str) -> String {
    let mut found: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin").join(name))
        .filter(|path| path.exists())
        .collect();
    found.sort();
    found.pop().map_or_else(|| name.to_owned(), |path| path.to_string_lossy().into_owned())
}
