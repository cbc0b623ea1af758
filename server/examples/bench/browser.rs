//! The page in a real Chromium: the figures come from `end2end/bench.mjs`; this makes the database, the server and the
//! messages that arrive meanwhile.

use crate::load::Line;
use crate::rig::{Rig, text};
use crate::{Failed, history, setting};
use std::time::{Duration, Instant};

/// Prints the page, and an agent at work with 50 messages a second arriving among many chats; as the control, the same
/// without any.
pub async fn run(baton: &str, cluster: &str) -> Result<(), Failed> {
    let chats = usize::try_from(setting("BENCH_CHATS", 100_000))?;
    let mut rig = Rig::make(baton, cluster, "baton_bench_browser", 2).await?;
    history::fill(&rig, chats, 3).await?;
    rig.start().await?;
    let cookie = rig.cookie(0).await?;
    let token = cookie.split_once('=').map_or("", |(_, token)| token).to_owned();
    let url = format!("http://{}", rig.address);
    let play = |part: &str, words: &str| {
        tokio::process::Command::new("node").arg("end2end/bench.mjs").args([part, &url, &token, words]).spawn()
    };
    succeeded(play("page", "")?.wait().await?)?;
    succeeded(play("work", &format!("no messages, {chats} chats"))?.wait().await?)?;
    let mut child = play("work", &format!("50 messages/s, {chats} chats"))?;
    let mut line = Line::connect(rig.address).await?;
    let begun = Instant::now();
    let mut n = 0_u32;
    loop {
        let due = begun + Duration::from_millis(20) * n;
        tokio::select! {
            ended = child.wait() => {
                println!("messages that arrived: {:.1} a second", f64::from(n) / begun.elapsed().as_secs_f64());
                return succeeded(ended?);
            }
            () = tokio::time::sleep_until(due.into()) => {}
        }
        let from = format!("4930{:08}", (n * 7919) % u32::try_from(chats)?);
        line.ask(&rig.webhook(&[text(&from, &format!("wamid.B{n}"), &format!("arriving {n}"))])).await?;
        n += 1;
    }
}

fn succeeded(status: std::process::ExitStatus) -> Result<(), Failed> {
    if status.success() { Ok(()) } else { Err("the browser's part failed".into()) }
}
