//! A full disk under the real server: everything is refused before anything is done, nothing acknowledged is lost, and
//! the venue goes on by itself when there is room again.
#![cfg(target_os = "linux")]

use anyhow::{Context as _, ensure};
use protocol::{Command as Order, Seq, command::ClientKey, wire};
use sequencer::{BookKind, offline};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};
use zhiheng_tests::{
    board::{self, SYMBOL, Trader},
    client::Http,
    program::zhiheng,
    venue::{Running, Venue},
};

const SEGMENT: u64 = 1 << 20;
const BALLAST: usize = 2 << 20;
/// How long a full disk, or room again, may take to show on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(1_800);
/// So many orders of each client stand before the disk is filled.
const ORDERS: usize = 20;
/// So many rights at once fill the most of the disk with few syncs; then fewer, until there is room for a few orders.
const RIGHTS: [usize; 2] = [200, 40];

/// A small file system of its own; taken away when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this is not permitted.
    fn mount(at: &Path) -> anyhow::Result<Option<Self>> {
        fs::create_dir_all(at)?;
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs"])
            .arg(at)
            .output();
        Ok(match mount {
            Ok(output) if output.status.success() => Some(Self(at.to_owned())),
            Ok(output) => {
                println!("skipped: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                println!("skipped: mount: {error}");
                None
            }
        })
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// A trader with its own record of what was acknowledged.
struct Client {
    http: Http,
    account: u64,
    number: usize,
    sent: u64,
    /// Each with its answer.
    acknowledged: Vec<(Value, Value)>,
}

impl Client {
    fn new(url: &str, number: usize, trader: &Trader) -> Self {
        Self {
            http: Http::new(url, trader.key.clone()),
            account: trader.account,
            number,
            sent: 0,
            acknowledged: Vec::new(),
        }
    }

    /// The next order: a buy that rests.
    fn next(&mut self) -> Value {
        self.sent += 1;
        json!({"client_id": format!("{}-{}", self.number, self.sent), "account_id": self.account, "symbol": SYMBOL,
               "side": "buy", "type": "limit", "price": format!("1.{:02}", self.sent % 50), "quantity": "1"})
    }

    /// Sends an order; whether it was acknowledged, or the disk is full.
    fn send(&mut self, order: &Value) -> anyhow::Result<bool> {
        let (status, answer) = self.http.post("/v1/orders", order)?;
        if !(200..300).contains(&status) {
            is_full(status, &answer)?;
            return Ok(false);
        }
        ensure!(answer["outcome"]["status"] == "done", "{answer}");
        self.acknowledged.push((order.clone(), answer));
        Ok(true)
    }

    /// Sends orders until the disk is full. Returns the order that was refused.
    fn fill(&mut self) -> anyhow::Result<Value> {
        let since = Instant::now();
        loop {
            let order = self.next();
            if !self.send(&order)? {
                return Ok(order);
            }
            ensure!(since.elapsed() < PATIENCE, "the disk never fills");
        }
    }

    /// How it stands: its account and the book. An order may be answered before the views show it, so it waits for the
    /// last one first.
    fn view(&self, last: u64) -> anyhow::Result<(Value, Value)> {
        let read = |path: &str| -> anyhow::Result<Value> {
            let (status, body) = self.http.get(path)?;
            ensure!(status == 200, "{path}: {status} {body}");
            Ok(body)
        };
        Ok((
            read(&format!("/v1/accounts/{}?min_seq={last}", self.account))?,
            read(&format!("/v1/market/{SYMBOL}/book?depth=10"))?,
        ))
    }
}

fn is_full(status: u16, answer: &Value) -> anyhow::Result<()> {
    ensure!(
        status == 503 && answer["code"] == "STORAGE_FULL" && answer["retry_after_ms"].is_u64(),
        "{status} {answer}"
    );
    Ok(())
}

/// A value of the metrics.
fn metric(metrics: &Http, name: &str) -> anyhow::Result<f64> {
    let (status, text) = metrics.read("/metrics", false)?;
    ensure!(status == 200, "{status} {text}");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    Ok(line.with_context(|| format!("no {name} in {text}"))?.parse()?)
}

/// How often the server has said this.
fn said(server: &Running, words: &str) -> usize {
    server.said().matches(words).count()
}

/// What it says at the beginning, and at the end.
const FULL: &str = "the disk is full: commands are refused";
const ROOM: &str = "the disk has room again: commands are taken";

/// The last command that was acknowledged.
fn last(clients: &[Client]) -> anyhow::Result<u64> {
    let answers = clients.iter().flat_map(|client| &client.acknowledged);
    let seqs = answers.filter_map(|(_, answer)| answer["journal_seq"].as_u64());
    seqs.max().context("many were acknowledged")
}

/// Registers rights, ever fewer at a time, until not even a few find room.
fn fill_roughly(operator: &Http, owner: u64, round: &str) -> anyhow::Result<()> {
    let since = Instant::now();
    let mut sent = 0;
    for count in RIGHTS {
        loop {
            let rights: Vec<Value> = (0..count)
                .map(|i| right(owner, &format!("{round}{sent:04}{i:03}")))
                .collect();
            let command = json!({"client_id": format!("rights-{round}-{sent}"), "rights": rights});
            let (status, answer) = operator.post("/v1/rights", &command)?;
            if !(200..300).contains(&status) {
                is_full(status, &answer)?;
                break;
            }
            sent += 1;
            ensure!(since.elapsed() < PATIENCE, "the disk never fills");
        }
    }
    println!("{sent} times rights, then orders");
    Ok(())
}

/// A right without units.
fn right(owner: u64, number: &str) -> Value {
    json!({"asset": {"owner_id": owner, "class": "patent", "office": "US", "number": number, "title": "A technology ".repeat(12).trim(),
                     "filed_on": "2014-03-31", "texts_sha256": "ab".repeat(32)}, "extract": board::extract()})
}

/// All clients at once, until each met the full disk.
fn fill(clients: &mut [Client]) -> anyhow::Result<Vec<Value>> {
    thread::scope(|scope| {
        let threads: Vec<_> = clients.iter_mut().map(|client| scope.spawn(|| client.fill())).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a client does not panic"))
            .collect()
    })
}

#[test]
fn a_full_disk_refuses_loses_nothing_and_ends_by_itself() -> anyhow::Result<()> {
    let venue = Venue::new(zhiheng()?, SEGMENT)?;
    let Some(disk) = SmallDisk::mount(&venue.data_dir())? else {
        return Ok(());
    };
    let ballast = disk.0.join("ballast");
    fs::write(&ballast, vec![1; BALLAST])?;
    let server = venue.start()?;
    let operator = Http::new(&server.url, venue.operator.clone());
    let traders = board::set_up(&operator, 3)?;
    let numbered = traders.iter().enumerate();
    let mut clients: Vec<Client> = numbered
        .map(|(number, trader)| Client::new(&server.url, number, trader))
        .collect();

    for client in &mut clients {
        for _ in 0..ORDERS {
            let order = client.next();
            assert!(client.send(&order)?, "full too soon");
        }
    }
    fill_roughly(&operator, traders[0].entity, "1")?;
    let refused = fill(&mut clients)?;
    let taken: usize = clients.iter().map(|client| client.acknowledged.len()).sum();
    println!("{taken} orders, then the disk is full");

    // What the other clients had under way gave a little room back: it is used up, then all are refused.
    let client = &mut clients[0];
    let mut in_a_row = 0;
    while in_a_row < 10 {
        let order = client.next();
        in_a_row = if client.send(&order)? { 0 } else { in_a_row + 1 };
    }
    let last_seq = last(&clients)?;
    let client = &mut clients[0];
    let before = client.view(last_seq)?;
    // One of the latest: the core keeps a bounded number of answers for each participant.
    let (first, answer) = client.acknowledged.last().context("many were acknowledged")?.clone();
    let order_id = answer["outcome"]["order_id"]
        .as_str()
        .context("an order has a number")?;
    let cancel = format!("/v1/orders/{order_id}?client_id=cancel");
    for _ in 0..5 {
        let (status, answer) = client.http.delete(&cancel)?;
        is_full(status, &answer)?;
        let (status, answer) = client.http.post("/v1/orders", &refused[0])?;
        is_full(status, &answer)?;
    }
    assert_eq!(client.view(last_seq)?, before, "a refusal leaves the state as it was");

    // It shows: to who asks whether it is ready, to who watches its numbers, and once in the log.
    let metrics = Http::new(
        server.metrics.as_deref().context("metrics are served")?,
        venue.operator.clone(),
    );
    let (status, told) = client.http.get("/readyz")?;
    is_full(status, &told)?;
    assert_eq!(metric(&metrics, "zhiheng_disk_full")?, 1.0);
    assert_eq!(metric(&metrics, "zhiheng_ready")?, 0.0);
    assert!(metric(&metrics, "zhiheng_commands_refused_by_disk_total")? >= 20.0);
    assert!(metric(&metrics, "zhiheng_disk_free_bytes")? < SEGMENT as f64);
    assert!(metric(&metrics, "zhiheng_journal_room_bytes")? < 1_024.0);
    // More than the acknowledged orders: the participants and the board were set up by commands, too.
    let done = metric(&metrics, "zhiheng_commands_done_total")?;
    assert!(done >= taken as f64 && done <= last_seq as f64, "{done} of {last_seq}");
    assert_eq!((said(&server, FULL), said(&server, ROOM)), (1, 0), "{}", server.said());

    fs::remove_file(&ballast)?;
    let since = Instant::now();
    while client.http.read("/readyz", false)?.0 != 200 {
        ensure!(since.elapsed() < PATIENCE, "there is room and it is not ready");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(metric(&metrics, "zhiheng_disk_full")?, 0.0);
    assert_eq!((said(&server, FULL), said(&server, ROOM)), (1, 1), "{}", server.said());
    // The same client id: the refusals did not use it.
    let since = Instant::now();
    while !client.send(&refused[0])? {
        ensure!(since.elapsed() < PATIENCE, "there is room and orders are refused");
        thread::sleep(Duration::from_millis(50));
    }
    let (status, cancelled) = client.http.delete(&cancel)?;
    assert!((200..300).contains(&status), "{status} {cancelled}");
    let (_, again) = client.http.post("/v1/orders", &first)?;
    assert_eq!(again, answer, "the answer of before the full disk");

    // Full again, and stopped while it is.
    fill_roughly(&operator, traders[0].entity, "2")?;
    fill(&mut clients)?;
    server.stop()?;
    let mut journal: HashMap<Seq, Option<ClientKey>> = HashMap::new();
    offline::dump(&venue.journal_dir(), Seq(1), &mut |stamped| {
        journal.insert(stamped.seq, stamped.body.client.as_ref().map(|client| client.key));
        true
    })?;
    let mut acknowledged = 0;
    for (order, answer) in clients.iter().flat_map(|client| &client.acknowledged) {
        let seq = Seq(answer["journal_seq"].as_u64().context("an answer has its place")?);
        let id = wire::client_key(order["client_id"].as_str().unwrap_or_default(), &Order::Tick).id;
        let found = journal.get(&seq).copied().flatten();
        assert_eq!(found.map(|client| client.id), Some(id), "lost: {order} {answer}");
        acknowledged += 1;
    }
    println!("{acknowledged} acknowledged, none lost");
    let fast = offline::verify(&venue.journal_dir(), BookKind::Fast, None, &mut |_| {})?;
    let plain = offline::verify(&venue.journal_dir(), BookKind::Plain, None, &mut |_| {})?;
    assert!(fast.clean, "an end mark always fits: {fast:?}");
    assert_eq!(fast, plain);

    // It starts on the full disk, too: all that was is there to be read, nothing new is taken.
    let server = venue.start()?;
    let last_seq = last(&clients)?;
    let client = &mut clients[0];
    let orders = client.view(last_seq)?;
    let (status, told) = client.http.get("/readyz")?;
    is_full(status, &told)?;
    let order = client.next();
    assert!(!client.send(&order)?, "taken on a full disk");
    let (_, again) = client.http.post("/v1/orders", &first)?;
    is_full(503, &again)?;
    assert_eq!(client.view(last_seq)?, orders);
    server.stop()?;
    let last = offline::verify(&venue.journal_dir(), BookKind::Plain, None, &mut |_| {})?;
    assert_eq!((last.last, last.state_hash), (fast.last, fast.state_hash));
    Ok(())
}
