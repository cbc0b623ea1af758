//! Measures Baton and prints what it found. `make bench` builds everything, starts a cluster and calls this:
//! `bench <baton> <url of the cluster> [part …]`, where a part is `start`, `webhooks`, `number`, `held`, `live`, `memory`,
//! `import`, `history`, `contacts`, `search`, or, when asked for, `browser`. Each part starts a server of its own on a
//! database of its own.

mod browser;
mod contacts;
mod control;
mod history;
mod import;
mod live;
mod load;
mod number;
mod rig;
mod search;
mod webhooks;

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let (Some(baton), Some(cluster)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bench <baton> <url of the cluster> [part …]".into());
    };
    let parts: Vec<String> = arguments.collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|one| one == part);
    println!("{}", machine());
    if wanted("start") {
        quiet().await;
        live::cold_start(&baton, &cluster).await?;
    }
    if wanted("webhooks") {
        webhooks::run(&baton, &cluster).await?;
    }
    if wanted("number") {
        number::run(&baton, &cluster, false).await?;
    }
    if wanted("held") {
        number::run(&baton, &cluster, true).await?;
    }
    if wanted("live") {
        live::frames(&baton, &cluster).await?;
    }
    if wanted("memory") {
        live::memory(&baton, &cluster).await?;
    }
    if parts.iter().any(|part| part == "browser") {
        browser::run(&baton, &cluster).await?;
    }
    if wanted("import") {
        import::run(&baton, &cluster).await?;
    }
    if wanted("history") {
        history::run(&baton, &cluster).await?;
    }
    if wanted("contacts") {
        contacts::run(&baton, &cluster).await?;
    }
    if wanted("search") {
        search::run(&baton, &cluster).await?;
    }
    Ok(())
}

/// Waits until nothing else keeps the machine busy, two minutes at most, and says how busy it was.
async fn quiet() {
    let begun = std::time::Instant::now();
    while load() >= 1.0 && begun.elapsed().as_secs() < setting("BENCH_PATIENCE", 120) {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    let found = load();
    println!(
        "\nload before: {found:.2}{}",
        if found < 1.0 { "" } else { ": the machine was busy with something else" }
    );
}

/// The machine's load over the last minute.
fn load() -> f64 {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().and_then(|one| one.parse().ok()).unwrap_or(0.0)
}

/// How many cores the machine has, whichever of them this process may use.
fn cores() -> usize {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    cpu.lines().filter(|line| line.starts_with("processor")).count().max(1)
}

/// A setting of the benchmark, from the environment.
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A heading with its columns.
fn heading(title: &str, columns: &[&str]) {
    print!("\n{title:<44}");
    for column in columns {
        print!("{column:>22}");
    }
    println!();
}

/// A row of figures.
fn row(name: &str, values: &[String]) {
    print!("{name:<44}");
    for value in values {
        print!("{value:>22}");
    }
    println!();
}

/// `median (lowest–highest)` of several runs.
fn spread(runs: &mut [f64], digits: usize) -> String {
    runs.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (runs.first(), runs.last()) else { return "–".into() };
    format!("{:.digits$} ({low:.digits$}–{high:.digits$})", runs[runs.len() / 2])
}

fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let memory = read("/proc/meminfo");
    let memory: u64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0);
    format!(
        "{} · {} cores · {} GB · Baton and Postgres have all of it, this client the last core",
        model.trim_start_matches([' ', '\t', ':']),
        cores(),
        memory / 1_000_000,
    )
}
