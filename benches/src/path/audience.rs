//! Orders with an audience and without: many follow one book in its paced form and every print of it, a tenth of them
//! reads nothing, and the traders go on. Both take turns, so that noise hits both alike.
//!
//! The followers live on a thread of their own in this process: what they cost is part of what is measured.

use super::{
    row::{Measured, Row, Size, folder},
    venue::{RATE, Venue},
};
use crate::measure;
use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::{self, Runtime},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use zhiheng_tests::{
    board::{self, SYMBOL, Trader},
    client::{Http, Socket},
};

/// How many sockets give orders, each one at a time. Half of the orders trade, so each thousand of them is half a million
/// prints that go to a thousand followers: with many under way no machine writes so many, whatever it holds.
const SOCKETS: usize = 2;
/// How long a round is, with an audience and without: so long that who reads nothing is found out.
const ROUND: Duration = Duration::from_secs(8);
/// The same where the figures count for nothing.
const SHORT_ROUND: Duration = Duration::from_secs(1);
/// One follower of so many looks at the clock.
const SAMPLED: usize = 20;
/// One follower of so many reads nothing.
const DEAF: usize = 10;
/// The pacing interval of what they follow.
const PACE: Duration = Duration::from_millis(100);
/// How long the followers may take to have read everything, once no more orders come.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the followers saw of a round.
struct Seen {
    /// Delays of paced frames and prints, in nanoseconds.
    delays: Vec<u64>,
    /// How many of those that read nothing were closed with 4008, of how many.
    closed: (usize, usize),
}

pub(super) fn rows(size: Size) -> anyhow::Result<[Row; 2]> {
    eprintln!("orders before {} followers", size.followers);
    let folder = folder()?;
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    let venue = Venue::start(&runtime, &folder.path().join("data"), RATE)?;
    let traders = board::set_up(&Http::new(&venue.url, venue.operator.clone()), 2)?;
    let rounds = size.rounds.div_ceil(2);
    let length = if size.short.is_some() { SHORT_ROUND } else { ROUND };
    let (mut with, mut without, mut delays) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        without.push(trade(&runtime, &venue.url, &traders, (2 * round, length))?);
        let audience = Audience::gather(&venue.url, size.followers)?;
        with.push(trade(&runtime, &venue.url, &traders, (2 * round + 1, length))?);
        let last = last_print(&venue.url)?;
        let mut seen = audience.end(last)?;
        eprintln!(
            "  round {}: {:.0} of {:.0} orders/s; of {} that read nothing {} were closed with 4008",
            round + 1,
            with[round],
            without[round],
            seen.closed.1,
            seen.closed.0
        );
        delays.append(&mut seen.delays);
    }
    venue.stop(&runtime)?;
    let what = format!(
        "Orders over {SOCKETS} sockets, one at a time, before {} followers of their book",
        size.followers
    );
    let pace = PACE.as_nanos() as u64;
    Ok([
        Row {
            what,
            measured: Measured::Rate(measure::median(&mut with)),
            beside: "the same orders without followers".to_owned(),
            floor: Measured::Rate(measure::median(&mut without)),
        },
        Row {
            what: "From the match to a follower of `book.l2.100ms` and `trades`, beside those orders".to_owned(),
            measured: Measured::Latency(measure::percentiles(&mut delays)),
            beside: "the pacing interval".to_owned(),
            floor: Measured::Latency([pace; 3]),
        },
    ])
}

/// Orders for a round; how many a second were answered.
fn trade(runtime: &Runtime, url: &str, traders: &[Trader], (round, length): (usize, Duration)) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let done = runtime.block_on(async {
        let mut sockets = JoinSet::new();
        for number in 0..SOCKETS {
            let socket = Socket::connect(url, &traders[number % 2].key).await?.unheld();
            let account = traders[number % 2].account;
            sockets.spawn(give(socket, account, (round, number), length));
        }
        let mut done = 0;
        while let Some(one) = sockets.join_next().await {
            done += one??;
        }
        anyhow::Ok(done)
    })?;
    Ok(done as f64 / begun.elapsed().as_secs_f64())
}

/// Gives orders over one socket until the round ends; how many were taken. The even sockets offer units and ask for some
/// in turn, and the odd ones take both, so that nobody runs out.
async fn give(
    mut socket: Socket,
    account: u64,
    (round, number): (usize, usize),
    length: Duration,
) -> anyhow::Result<usize> {
    let begun = Instant::now();
    let mut given = 0;
    while begun.elapsed() < length {
        let (side, price) = match (number % 2, given % 2) {
            (0, 0) => ("sell", format!("2.{:02}", given % 10)),
            (0, _) => ("buy", format!("1.{:02}", 40 + given % 10)),
            (_, 0) => ("buy", "2.09".to_owned()),
            (_, _) => ("sell", "1.40".to_owned()),
        };
        let order = json!({"op": "place_order", "id": given, "client_id": format!("a-{round}-{number}-{given}"),
                               "account_id": account, "symbol": SYMBOL, "side": side, "type": "limit",
                               "price": price, "quantity": "1"});
        socket.send(&order).await?;
        given += 1;
        let answer = socket.next().await.context("the socket was closed")?;
        ensure!(answer["outcome"]["order_id"].is_string(), "{answer}");
    }
    Ok(given)
}

/// The number of the last print.
fn last_print(url: &str) -> anyhow::Result<u64> {
    let (status, text) = read(url, &format!("/v1/market/{SYMBOL}/trades?limit=1"))?;
    ensure!(status == 200, "{status} {text}");
    let page: Value = serde_json::from_str(&text)?;
    page["items"][0]["seq"].as_u64().context("there were prints")
}

fn read(url: &str, path: &str) -> anyhow::Result<(u16, String)> {
    let secret = gateway::proof::signing::Secret::generate_ed25519()?;
    let key = gateway::proof::signing::Key {
        id: protocol::KeyId(0),
        secret,
        label: String::new(),
    };
    Http::new(url, key).read(path, false)
}

/// Many followers on a thread of their own.
struct Audience {
    thread: thread::JoinHandle<anyhow::Result<Seen>>,
    /// The last print that each is to see, once it is known.
    last: watch::Sender<Option<u64>>,
}

impl Audience {
    /// Comes back once each follows.
    fn gather(url: &str, followers: usize) -> anyhow::Result<Self> {
        let address: SocketAddr = url.trim_start_matches("http://").parse()?;
        let (last, told) = watch::channel(None);
        let ready = Arc::new(AtomicU64::new(0));
        let has_failed = Arc::new(AtomicBool::new(false));
        let thread = thread::Builder::new().name("audience".into()).spawn({
            let (ready, has_failed) = (ready.clone(), has_failed.clone());
            move || {
                let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
                let seen = runtime.block_on(follow(address, followers, &ready, told));
                has_failed.store(seen.is_err(), Ordering::Relaxed);
                seen
            }
        })?;
        while ready.load(Ordering::Relaxed) < followers as u64 {
            if has_failed.load(Ordering::Relaxed) || thread.is_finished() {
                thread.join().map_err(|_| anyhow::anyhow!("the audience panicked"))??;
                bail!("the audience ended early");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Self { thread, last })
    }

    /// Lets them read up to this print, and says what they saw. Each that reads must have seen every print.
    fn end(self, last: u64) -> anyhow::Result<Seen> {
        self.last.send_replace(Some(last));
        self.thread
            .join()
            .map_err(|_| anyhow::anyhow!("the audience panicked"))?
    }
}

async fn follow(
    address: SocketAddr,
    followers: usize,
    ready: &Arc<AtomicU64>,
    last: watch::Receiver<Option<u64>>,
) -> anyhow::Result<Seen> {
    let mut all = JoinSet::new();
    for number in 0..followers {
        let mut follower = Follower::connect(address).await?;
        let ready = ready.clone();
        let mut last = last.clone();
        all.spawn(async move {
            ready.fetch_add(1, Ordering::Relaxed);
            if number % DEAF == DEAF - 1 {
                // Reads nothing until all is over, and then how it ended.
                last.wait_for(Option::is_some).await?;
                return Ok((vec![], Some(timeout(PATIENCE, follower.farewell()).await??)));
            }
            let is_sampled = number % SAMPLED == 0;
            loop {
                tokio::select! {
                    more = follower.take(is_sampled) => ensure!(more?, "a follower that reads was closed"),
                    _ = last.wait_for(Option::is_some) => break,
                }
            }
            let last = last.borrow().context("it was told")?;
            let rest = async {
                while follower.print < last {
                    ensure!(follower.take(false).await?, "a follower that reads was closed");
                }
                anyhow::Ok(())
            };
            let seen = timeout(PATIENCE, rest).await;
            seen.with_context(|| format!("a follower saw print {}, and the last is {last}", follower.print))??;
            anyhow::Ok((follower.delays, None))
        });
    }
    let mut seen = Seen {
        delays: vec![],
        closed: (0, 0),
    };
    while let Some(one) = all.join_next().await {
        let (mut delays, closed) = one??;
        seen.delays.append(&mut delays);
        if let Some(code) = closed {
            seen.closed.1 += 1;
            seen.closed.0 += usize::from(code == 4008);
        }
    }
    Ok(seen)
}

/// A follower that reads as little of a frame as it can: so it costs little.
struct Follower {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// The number of the last print that it saw.
    print: u64,
    delays: Vec<u64>,
}

impl Follower {
    async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        let hello = format!(
            "GET /v1/ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(hello.as_bytes()).await?;
        let mut follower = Self {
            stream,
            buffer: vec![],
            print: 0,
            delays: vec![],
        };
        let end = loop {
            if let Some(at) = follower.buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break at + 4;
            }
            ensure!(follower.more().await?, "closed before the upgrade");
        };
        ensure!(follower.buffer.starts_with(b"HTTP/1.1 101"), "not upgraded");
        follower.buffer.drain(..end);
        for channel in ["book.l2.100ms", "trades"] {
            let ask = json!({"op": "subscribe", "channel": channel, "symbol": SYMBOL}).to_string();
            // Masked with noughts: a mask that changes nothing.
            let mut frame = vec![0x81, 0x80 | u8::try_from(ask.len())?, 0, 0, 0, 0];
            frame.extend_from_slice(ask.as_bytes());
            follower.stream.write_all(&frame).await?;
        }
        Ok(follower)
    }

    /// Reads what is there; `false` at the end.
    async fn more(&mut self) -> anyhow::Result<bool> {
        self.buffer.reserve(16 << 10);
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    /// Takes in whatever comes next. `false` where the connection ended. Cancel-safe.
    async fn take(&mut self, is_sampled: bool) -> anyhow::Result<bool> {
        if !self.more().await? {
            return Ok(false);
        }
        let now = board::now().0;
        let mut at = 0;
        while let Some((opcode, payload, end)) = message(&self.buffer[at..]) {
            let text = &self.buffer[at..][payload];
            at += end;
            if opcode == 8 {
                return Ok(false);
            }
            if opcode != 1 || !text.starts_with(b"{\"type\":\"") {
                continue;
            }
            let is_delta = text.starts_with(b"{\"type\":\"delta\"");
            if let Some(seq) = print_of(text) {
                ensure!(!is_delta || seq == self.print + 1, "print {seq} behind {}", self.print);
                self.print = seq;
            }
            if is_sampled && is_delta {
                let frame: Value = serde_json::from_slice(text)?;
                let matched: protocol::Timestamp = serde_json::from_value(frame["matched_at"].clone())?;
                self.delays.push(now.saturating_sub(matched.0));
            }
        }
        self.buffer.drain(..at);
        Ok(true)
    }

    /// Reads to the end; the close code, 0 where there was none.
    async fn farewell(&mut self) -> anyhow::Result<u16> {
        let mut at = 0;
        loop {
            while let Some((opcode, payload, end)) = message(&self.buffer[at..]) {
                let said = &self.buffer[at..][payload];
                if opcode == 8 {
                    return Ok(said.first_chunk().map_or(0, |code| u16::from_be_bytes(*code)));
                }
                at += end;
            }
            if !timeout(Duration::from_secs(2), self.more())
                .await
                .unwrap_or(Ok(false))?
            {
                return Ok(0);
            }
        }
    }
}

/// Opcode and payload of the first message here, and where the next one begins, if it is whole.
fn message(bytes: &[u8]) -> Option<(u8, std::ops::Range<usize>, usize)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    let (from, length) = match second & 0x7f {
        126 => (4, u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?) as usize),
        127 => (
            10,
            usize::try_from(u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?)).ok()?,
        ),
        short => (2, short as usize),
    };
    let end = from + length;
    (bytes.len() >= end).then_some((first & 0x0f, from..end, end))
}

/// The number of a frame of `trades`, by what each of them begins with.
fn print_of(text: &[u8]) -> Option<u64> {
    const BEGINNINGS: [&str; 2] = [
        "{\"type\":\"delta\",\"channel\":\"trades\",\"symbol\":\"",
        "{\"type\":\"snapshot\",\"channel\":\"trades\",\"symbol\":\"",
    ];
    let begins = |beginning: &&&str| text.starts_with(beginning.as_bytes());
    let from = BEGINNINGS.iter().find(begins)?.len() + SYMBOL.len() + "\",\"seq\":".len();
    let digits = text[from..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}
