//! Requests over plain keep-alive connections, rendered beforehand so that the client costs little of what is
//! measured. With a rate, arrivals are open-loop: a request is due at its time whether or not earlier ones have been
//! answered, and its latency counts from then (no coordinated omission).

use crate::Failed;
use futures::future::join_all;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
pub struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
}

/// What a load found.
pub struct Found {
    /// Requests answered 200.
    pub answered: usize,
    /// From the first to the last answer.
    pub lasted: Duration,
    /// Each answer's latency.
    pub times: Vec<Duration>,
}

/// When each request is due, answered or not what came before it.
#[derive(Clone, Copy)]
pub struct Pace {
    begun: Instant,
    rate: f64,
}

impl Pace {
    /// So many a second, from in a moment on.
    pub fn of(rate: f64) -> Self {
        Self { begun: Instant::now() + Duration::from_millis(20), rate }
    }

    /// When the request at this place is due.
    pub fn due(&self, place: usize) -> Instant {
        #[expect(clippy::cast_precision_loss, reason = "a place in a list")]
        let after = Duration::from_secs_f64(place as f64 / self.rate);
        self.begun + after
    }
}

/// Sends requests over `connections`, at a pace or as fast as answers come.
pub async fn send(
    address: SocketAddr,
    requests: &[Vec<u8>],
    connections: usize,
    pace: Option<Pace>,
) -> Result<Found, Failed> {
    let begun = pace.map_or_else(Instant::now, |pace| pace.begun);
    let lanes = (0..connections).map(|lane| async move {
        let mut line = Line::connect(address).await?;
        let mut times = Vec::with_capacity(requests.len() / connections + 1);
        for (place, request) in requests.iter().enumerate().skip(lane).step_by(connections) {
            let due = match pace {
                Some(pace) => {
                    let due = pace.due(place);
                    tokio::time::sleep_until(due.into()).await;
                    due
                }
                None => Instant::now(),
            };
            let reply = line.ask(request).await?;
            if reply.status != 200 {
                return Err(Failed::from(format!("a webhook was answered {}", reply.status)));
            }
            times.push(due.elapsed());
        }
        Ok::<_, Failed>(times)
    });
    let mut times = Vec::with_capacity(requests.len());
    for lane in join_all(lanes).await {
        times.extend(lane?);
    }
    Ok(Found { answered: times.len(), lasted: begun.elapsed(), times })
}

/// One request on a connection of its own.
pub async fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Reply, Failed> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let mut bytes = request.into_bytes();
    bytes.extend_from_slice(body);
    Line::connect(address).await?.ask(&bytes).await
}

/// A keep-alive connection.
pub struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    pub async fn connect(address: SocketAddr) -> Result<Self, Failed> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8192) })
    }

    /// Sends a rendered request and reads its answer (with a length, or in chunks).
    pub async fn ask(&mut self, request: &[u8]) -> Result<Reply, Failed> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text = String::from_utf8_lossy(&self.buffer[..head]).to_lowercase();
        let status = text.get(9..12).and_then(|code| code.parse().ok()).ok_or("no HTTP answer")?;
        let length =
            text.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|n| n.trim().parse().ok());
        if let Some(length) = length {
            let length: usize = length;
            while self.buffer.len() < head + length {
                self.more().await?;
            }
            return Ok(Reply { status, body: self.buffer[head..head + length].to_vec() });
        }
        let mut body = Vec::new();
        let mut at = head;
        loop {
            let end = loop {
                if let Some(end) = self.buffer[at..].windows(2).position(|two| two == b"\r\n") {
                    break at + end;
                }
                self.more().await?;
            };
            let size = usize::from_str_radix(std::str::from_utf8(&self.buffer[at..end])?.trim(), 16)?;
            while self.buffer.len() < end + 2 + size + 2 {
                self.more().await?;
            }
            body.extend_from_slice(&self.buffer[end + 2..end + 2 + size]);
            at = end + 2 + size + 2;
            if size == 0 {
                return Ok(Reply { status, body });
            }
        }
    }

    async fn more(&mut self) -> Result<(), Failed> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the connection was closed".into());
        }
        Ok(())
    }
}

/// A percentile in milliseconds.
pub fn at(times: &mut [Duration], percent: f64) -> f64 {
    times.sort_unstable();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    let place = ((times.len() as f64 * percent / 100.0) as usize).min(times.len().saturating_sub(1));
    times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}
