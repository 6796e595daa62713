//! The feeds over a bad line: `zhiheng tail` rebuilds a book from each of its channels while connections are cut,
//! read slowly and lost with the server itself, and ends with the venue's own book, every checksum right.
//!
//! `ZHIHENG_EVENTS=1000000` makes it as many events of the book as that; else it is a few thousand.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime,
    task::JoinSet,
    time::sleep,
};
use zhiheng_tests::{
    board::{self, SYMBOL, Trader},
    client::{Http, Socket},
    program::{apart, zhiheng},
    venue::Venue,
};

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(600);
/// The channels that tell a book.
const CHANNELS: [&str; 5] = ["book.l1", "book.l2", "book.l2.10", "book.l2.100ms", "book.l3"];
/// How many sockets give orders.
const SOCKETS: usize = 16;

/// A line to the venue that is cut after so many bytes, and lets some connections read slowly.
struct Line {
    address: SocketAddr,
    /// How many connections were cut.
    cuts: Arc<AtomicU64>,
    /// Nothing is cut or slow from here on.
    is_good: Arc<AtomicBool>,
}

impl Line {
    fn to(venue: SocketAddr, bytes: u64) -> anyhow::Result<Self> {
        let (cuts, is_good) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        thread::spawn({
            let (cuts, is_good) = (cuts.clone(), is_good.clone());
            move || {
                runtime.block_on(async move {
                    for number in 0_u64.. {
                        let Ok((client, _)) = listener.accept().await else {
                            return;
                        };
                        let (cuts, is_good) = (cuts.clone(), is_good.clone());
                        tokio::spawn(async move {
                            // Each third is slow, and each is cut somewhere else.
                            let most = bytes / 2 + bytes * (number * 7 % 11) / 11;
                            if carry(client, venue, (most, number % 3 == 2), &is_good).await {
                                cuts.fetch_add(1, Ordering::Relaxed);
                            }
                        });
                    }
                });
            }
        });
        Ok(Self { address, cuts, is_good })
    }
}

/// Carries a connection both ways; whether it was cut.
async fn carry(mut client: TcpStream, venue: SocketAddr, (most, is_slow): (u64, bool), is_good: &AtomicBool) -> bool {
    let Ok(mut venue) = TcpStream::connect(venue).await else {
        return false;
    };
    let (mut from_client, mut to_client) = client.split();
    let (mut from_venue, mut to_venue) = venue.split();
    let asks = tokio::io::copy(&mut from_client, &mut to_venue);
    let tells = async {
        let mut carried = 0;
        let mut buffer = vec![0; 4 << 10];
        loop {
            let read = from_venue.read(&mut buffer).await.unwrap_or(0);
            if read == 0 || to_client.write_all(&buffer[..read]).await.is_err() {
                return false;
            }
            carried += read as u64;
            if is_good.load(Ordering::Relaxed) {
                continue;
            }
            if carried > most {
                return true;
            }
            if is_slow {
                sleep(Duration::from_millis(5)).await;
            }
        }
    };
    tokio::select! {
        _ = asks => false,
        cut = tells => cut,
    }
}

/// A run of `tail` that prints what it follows; killed when dropped.
struct Tail {
    channel: &'static str,
    child: Child,
    /// The last frame that it printed.
    last: Arc<Mutex<String>>,
    said: tempfile::NamedTempFile,
}

impl Tail {
    fn follow(channel: &'static str, line: &Line) -> anyhow::Result<Self> {
        let said = tempfile::NamedTempFile::new()?;
        let mut command = Command::new(zhiheng()?);
        apart(&mut command)
            .args(["tail", channel, "--symbol", SYMBOL, "--verify", "--reconnect"])
            .args(["--url", &format!("http://{}", line.address)])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(said.reopen()?);
        let mut child = command.spawn()?;
        let last = Arc::new(Mutex::new(String::new()));
        let out = BufReader::new(child.stdout.take().context("its output")?);
        thread::spawn({
            let last = last.clone();
            move || {
                for line in out.lines().map_while(Result::ok) {
                    *last.lock().unwrap_or_else(PoisonError::into_inner) = line;
                }
            }
        });
        Ok(Self {
            channel,
            child,
            last,
            said,
        })
    }

    /// Whether it has come to this book.
    fn has(&self, book: &Value) -> anyhow::Result<bool> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if last.is_empty() {
            return Ok(false);
        }
        let frame: Value = serde_json::from_str(&last)?;
        let best = |side: &str, most: usize| {
            let levels = book[side].as_array().map(Vec::as_slice).unwrap_or_default();
            levels[..levels.len().min(most)].to_vec()
        };
        Ok(match self.channel {
            "book.l1" => {
                let touch = |side: &str| best(side, 1).pop().unwrap_or(Value::Null);
                frame["bid"] == touch("bids") && frame["ask"] == touch("asks")
            }
            "book.l2.10" => frame["bids"] == json!(best("bids", 10)) && frame["asks"] == json!(best("asks", 10)),
            _ => frame["seq"] == book["seq"] && frame["checksum"] == book["checksum"],
        })
    }

    /// Interrupts it; what it says of itself.
    fn end(mut self) -> anyhow::Result<String> {
        let asked = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status()?;
        ensure!(asked.success(), "cannot interrupt the follower");
        let status = self.child.wait()?;
        let said = fs::read_to_string(self.said.path())?;
        ensure!(status.success(), "{}: {status}: {said}", self.channel);
        Ok(said)
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Orders that come to rest, trade and are taken back, until the book has changed so often; how often it did.
async fn stir(url: &str, traders: &[Trader], (round, events): (usize, u64)) -> anyhow::Result<u64> {
    let mut all = JoinSet::new();
    for number in 0..SOCKETS {
        let trader = traders[number % 2].clone();
        let mut socket = Socket::connect(url, &trader.key).await?.unheld();
        all.spawn(async move {
            let mut changes = 0;
            for step in 0.. {
                if changes >= events.div_ceil(SOCKETS as u64) {
                    break;
                }
                let side = ["sell", "buy"][(step / 8 + number) % 2];
                // Now and then at a price at which both meet.
                let price = match (step % 8, side) {
                    (0, _) => "2.00".to_owned(),
                    (_, "sell") => format!("2.{:02}", 1 + step * 7 % 40),
                    _ => format!("1.{:02}", 60 + step * 7 % 40),
                };
                let client_id = format!("s-{round}-{number}-{step}");
                let place = json!({"op": "place_order", "client_id": client_id, "account_id": trader.account,
                                   "symbol": SYMBOL, "side": side, "type": "limit", "price": price,
                                   "quantity": (1 + step % 3).to_string()});
                socket.send(&place).await?;
                let answer = socket.next().await.context("the socket was closed")?;
                let order = answer["outcome"]["order_id"]
                    .as_str()
                    .with_context(|| answer.to_string())?;
                changes += 1;
                // Some stay.
                if step % 50 == 49 {
                    continue;
                }
                let cancel = json!({"op": "cancel_order", "client_id": format!("c-{client_id}"), "order_id": order});
                socket.send(&cancel).await?;
                let answer = socket.next().await.context("the socket was closed")?;
                changes += u64::from(answer["journal_seq"].is_u64());
            }
            anyhow::Ok(changes)
        });
    }
    let mut changes = 0;
    while let Some(one) = all.join_next().await {
        changes += one??;
    }
    Ok(changes)
}

#[test]
fn a_book_is_rebuilt_from_every_channel_over_a_line_that_is_cut_slow_and_lost() -> anyhow::Result<()> {
    let events: u64 = env::var("ZHIHENG_EVENTS").map_or(Ok(6_000), |events| events.parse())?;
    let venue = Venue::new(zhiheng()?, 64 << 20)?;
    let running = venue.start()?;
    let traders = board::set_up(&Http::new(&venue.url(), venue.operator.clone()), 2)?;
    let to = venue.url().trim_start_matches("http://").parse()?;
    // Each connection carries a twentieth of a channel's frames, more or less.
    let line = Line::to(to, events * 260 / 20)?;
    let tails = CHANNELS
        .into_iter()
        .map(|channel| Tail::follow(channel, &line))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let begun = Instant::now();
    let mut changes = runtime.block_on(stir(&venue.url(), &traders, (1, events / 2)))?;
    running.stop()?;
    let running = venue.start()?;
    changes += runtime.block_on(stir(&venue.url(), &traders, (2, events / 2)))?;
    let took = begun.elapsed();
    line.is_good.store(true, Ordering::Relaxed);
    let http = Http::new(&venue.url(), venue.operator.clone());
    let (status, book) = http.get(&format!("/v1/market/{SYMBOL}/book?depth=1000"))?;
    ensure!(status == 200, "{book}");
    let since = Instant::now();
    for tail in &tails {
        while !tail.has(&book)? {
            ensure!(since.elapsed() < PATIENCE, "{} did not come to {book}", tail.channel);
            thread::sleep(Duration::from_millis(20));
        }
    }
    let cuts = line.cuts.load(Ordering::Relaxed);
    println!("{changes} changes of the book in {took:.0?}, {cuts} connections cut, one restart");
    for tail in tails {
        let channel = tail.channel;
        let said = tail.end()?;
        let report = said
            .lines()
            .find(|line| line.starts_with(channel))
            .with_context(|| said.clone())?;
        println!("{report}");
        let proof = if channel == "book.l1" { "gap" } else { "checksums right" };
        ensure!(report.contains(proof) && report.contains("connections"), "{report}");
    }
    ensure!(changes >= events, "{changes}");
    ensure!(cuts >= 5, "only {cuts} connections were cut");
    running.stop()
}
