//! From a webhook to the frame on a screen; what sockets cost; how soon a server takes its first webhook.

use crate::load::{Line, Pace, at, call, send};
use crate::rig::{Rig, text};
use crate::{Failed, control, heading, row, setting, spread};
use futures::StreamExt;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

type Socket = WebSocketStream<TcpStream>;

/// Connects a screen that knows the feed up to a number, from one of several addresses so that ports do not run out, and
/// reads until it is live.
async fn connect(rig: &Rig, cookie: &str, number: usize, after: i64) -> Result<Socket, Failed> {
    let screen = uuid::Uuid::now_v7();
    let mut request = format!("ws://{}/live?after={after}&screen={screen}", rig.address).into_client_request()?;
    request.headers_mut().insert("cookie", cookie.parse()?);
    request.headers_mut().insert("origin", format!("http://{}", rig.address).parse()?);
    let from = [127, 0, 0, u8::try_from(2 + number % 18)?];
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind(std::net::SocketAddr::from((from, 0)))?;
    let stream = socket.connect(rig.address).await?;
    stream.set_nodelay(true)?;
    let config = tokio_tungstenite::tungstenite::protocol::WebSocketConfig::default().read_buffer_size(4096);
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
    while let Some(word) = socket.next().await {
        if matches!(word?, Message::Text(text) if text.as_str() == "\"live\"") {
            return Ok(socket);
        }
    }
    Err("a socket was closed".into())
}

async fn screens(rig: &Rig, count: usize) -> Result<Vec<Socket>, Failed> {
    let mut cookies = Vec::new();
    for member in 0..rig.members.len() {
        cookies.push(rig.cookie(member).await?);
    }
    let after = domain::feed::store::cursor(&mut rig.desk.snapshot().await?).await?;
    let mut sockets = Vec::with_capacity(count);
    for start in (0..count).step_by(50) {
        let some = (start..(start + 50).min(count)).map(|n| connect(rig, &cookies[n % cookies.len()], n, after));
        for socket in futures::future::join_all(some).await {
            sockets.push(socket?);
        }
    }
    Ok(sockets)
}

/// When each message was due, and how long after that each screen showed it.
struct Watch {
    pace: Pace,
    times: Vec<Duration>,
}

/// Reads frames and notes when a message arrives.
async fn listen(mut socket: Socket, watch: Arc<Mutex<Watch>>) {
    let mut heard = HashSet::new();
    while let Some(Ok(word)) = socket.next().await {
        let Message::Text(text) = word else { continue };
        let now = Instant::now();
        let mut watch = watch.lock().expect("nobody panics with it");
        // The message's words stand in the frame as they were sent.
        for part in text.as_str().split("tick-").skip(1) {
            let number: String = part.chars().take_while(char::is_ascii_digit).collect();
            // A chat's row names its last message once more later.
            if let Some(place) = number.parse().ok().filter(|place| heard.insert(*place)) {
                let late = now.saturating_duration_since(watch.pace.due(place));
                watch.times.push(late);
            }
        }
    }
}

/// Messages at a pace, whether or not earlier ones were answered; each frame's latency counts from when its message was
/// due. Waits for the last frame, however late: none may be left out for being slow.
async fn measure(
    rig: &Rig,
    sockets: Vec<Socket>,
    messages: usize,
    rate: f64,
    run: usize,
) -> Result<Vec<Duration>, Failed> {
    let count = sockets.len();
    let shots: Vec<_> = (0..messages)
        .map(|n| {
            let from = format!("4930{:08}", n % 500);
            rig.webhook(&[text(&from, &format!("wamid.LIVE{count}.{run}.{n}"), &format!("tick-{n}"))])
        })
        .collect();
    let pace = Pace::of(rate);
    let watch = Arc::new(Mutex::new(Watch { pace, times: Vec::with_capacity(messages * count) }));
    let ears: Vec<_> = sockets.into_iter().map(|socket| tokio::spawn(listen(socket, watch.clone()))).collect();
    send(rig.address, &shots, 32, Some(pace)).await?;
    let given_up = Instant::now() + Duration::from_secs(60);
    let heard = || watch.lock().map(|watch| watch.times.len()).map_err(|_| "poisoned");
    while heard()? < messages * count {
        if Instant::now() > given_up {
            return Err(format!("{} of {} frames came", heard()?, messages * count).into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for ear in ears {
        ear.abort();
    }
    let times = std::mem::take(&mut watch.lock().map_err(|_| "poisoned")?.times);
    Ok(times)
}

/// Webhook to frame at 80 messages a second with 50 members, and one event to 1,000 screens.
pub async fn frames(baton: &str, cluster: &str) -> Result<(), Failed> {
    let mut rig = Rig::make(baton, cluster, "baton_bench_live", 50).await?;
    rig.start().await?;
    heading("webhook to frame", &["p50 ms", "p99 ms", "frames"]);
    let sync = sync_cost(&rig).await?;
    let (mut singles, mut hundreds) = (Vec::new(), Vec::new());
    for (name, count, messages, rate) in [
        ("10 messages/s, 1 member", 1, 100, 10.0),
        ("80 messages/s, 50 members", 50, 80 * usize::try_from(setting("BENCH_LIVE_SECONDS", 10))?, 80.0),
        ("one message to 1,000 screens", 1_000, 20, 2.0),
    ] {
        let (single, hundred) = control::pgbench(cluster)?;
        singles.push(single);
        hundreds.push(hundred);
        // Once to warm up: statements are planned and caches filled by the first messages. What counts comes after.
        let sockets = screens(&rig, count).await?;
        measure(&rig, sockets, 20, 20.0, 0).await?;
        let (mut half, mut worst, mut all) = (Vec::new(), Vec::new(), 0);
        for run in 1..=usize::try_from(setting("BENCH_RUNS", 5))? {
            let sockets = screens(&rig, count).await?;
            let mut times = measure(&rig, sockets, messages, rate, run).await?;
            half.push(at(&mut times, 50.0));
            worst.push(at(&mut times, 99.0));
            all += times.len();
        }
        row(name, &[spread(&mut half, 1), spread(&mut worst, 1), all.to_string()]);
    }
    println!("control: one commit waits {sync} ms for the disk (median of 200)");
    control::print_all(&mut singles, &mut hundreds);
    Ok(())
}

async fn sync_cost(rig: &Rig) -> Result<String, Failed> {
    let mut times = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        sqlx::query("insert into sign_in_failure (subject, at) values ('bench', now())").execute(rig.db.pool()).await?;
        times.push(begun.elapsed());
    }
    Ok(format!("{:.1}", at(&mut times, 50.0)))
}

/// The server's memory with open screens.
pub async fn memory(baton: &str, cluster: &str) -> Result<(), Failed> {
    heading("memory with open screens", &["MB", "kB a screen"]);
    let mut rest = 0.0;
    for count in [0, 50, 1_000, 10_000] {
        let mut found = Vec::new();
        for _ in 0..setting("BENCH_RUNS", 5) {
            let mut rig = Rig::make(baton, cluster, "baton_bench_memory", 50).await?;
            rig.start().await?;
            let sockets = screens(&rig, count).await?;
            tokio::time::sleep(Duration::from_secs(2)).await;
            found.push(rig.memory());
            drop(sockets);
        }
        let memory = spread(&mut found, 0);
        // Sorted by now.
        let half = found[found.len() / 2];
        if count == 0 {
            rest = half;
        }
        let each = (half - rest) * 1024.0 / f64::from(u32::try_from(count.max(1))?);
        row(&format!("{count} screens"), &[memory, if count > 0 { format!("{each:.0}") } else { "–".into() }]);
    }
    Ok(())
}

/// From starting the program to the first webhook it takes.
pub async fn cold_start(baton: &str, cluster: &str) -> Result<(), Failed> {
    let mut rig = Rig::make(baton, cluster, "baton_bench_start", 2).await?;
    let mut times = Vec::new();
    for n in 0..setting("BENCH_RUNS", 5) {
        let shot = rig.webhook(&[text("493012345678", &format!("wamid.START{n}"), "hello")]);
        let begun = Instant::now();
        rig.launch()?;
        loop {
            let taken = match Line::connect(rig.address).await {
                Ok(mut line) => line.ask(&shot).await.is_ok_and(|reply| reply.status == 200),
                Err(_) => false,
            };
            if taken {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        call(rig.address, "GET", "/health", &[], b"").await?;
        rig.stop();
    }
    heading("start", &["ms"]);
    row("program started to first webhook taken", &[spread(&mut times, 0)]);
    Ok(())
}
