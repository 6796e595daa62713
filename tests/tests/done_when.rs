//! What the first issue promises, on the real server: imported rights trade and stream, one journal gives one state
//! however it is replayed, and a follower proves thousands of frames, stops and goes on.

use anyhow::{Context as _, ensure};
use gateway::proof::signing::{self, Key};
use market_data::replica::Replica;
use sequencer::{BookKind, offline};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};
use tokio::{
    runtime,
    time::{sleep, timeout},
};
use zhiheng_tests::{
    board::{self, SYMBOL},
    client::{Http, Socket, put_off},
    program::{apart, good, workspace, zhiheng},
    venue::{self, Venue},
};

/// How long a message may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(600);

fn runtime() -> anyhow::Result<runtime::Runtime> {
    Ok(runtime::Builder::new_current_thread().enable_all().build()?)
}

fn key(dir: &Path, name: &str) -> anyhow::Result<Key> {
    Ok(Key::load(&dir.join(format!("zhiheng-data/keys/{name}.key")))?)
}

/// The symbols of all listed rights.
fn symbols(http: &Http) -> anyhow::Result<BTreeSet<String>> {
    let (mut found, mut cursor) = (BTreeSet::new(), String::new());
    loop {
        let (status, page) = http.get(&format!("/v1/market?limit=50{cursor}"))?;
        ensure!(status == 200, "{status} {page}");
        for item in page["items"].as_array().context("a page has items")? {
            let symbol = item["symbol"].as_str().context("an item has a symbol")?;
            ensure!(found.insert(symbol.to_owned()), "{symbol} stands on two pages");
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(found),
        }
    }
}

#[test]
fn imported_rights_trade_and_stream() -> anyhow::Result<()> {
    let file = workspace().join("../shared/data/patents/uspto_biblio_129.csv");
    if !file.exists() {
        println!("skipped: there is no {}", file.display());
        return Ok(());
    }
    let dir = tempfile::tempdir()?;
    let binary = zhiheng()?;
    let market = venue::demo(binary, dir.path(), 0, 0)?;
    let seller = Http::new(&market.url, key(dir.path(), "firm-a")?);
    let buyer_key = key(dir.path(), "ana")?;
    let buyer = Http::new(&market.url, buyer_key.clone());
    let before = symbols(&buyer)?;

    let mut import = Command::new(binary);
    apart(&mut import)
        .args(["import", "assets"])
        .arg(&file)
        .args(["--owner", "2", "--issue-to", "2", "--units", "1000", "--tick", "0.05"])
        .args(["--url", &market.url])
        .current_dir(dir.path());
    let said = String::from_utf8(good(&mut import)?.stdout)?;
    assert_eq!(said, "129 rights listed\n");
    let listed = symbols(&buyer)?;
    let fresh: Vec<&String> = listed.difference(&before).collect();
    assert_eq!(fresh.len(), 129);
    assert!(listed.is_superset(&before));
    let symbol = fresh[64].as_str();

    runtime()?.block_on(async {
        let mut socket = Socket::connect(&market.url, &buyer_key).await?;
        for channel in ["book.l2", "trades"] {
            socket
                .send(&json!({"op": "subscribe", "id": channel, "channel": channel, "symbol": symbol}))
                .await?;
        }
        let mut copy = Replica::new();
        let (mut snapshots, mut prints, mut proven, mut traded) = (0, Vec::new(), 0, false);
        while prints.is_empty() || proven < 2 {
            let text = timeout(PATIENCE, socket.next_text()).await?;
            let text = text.context("the socket is closed")?;
            let Some(applied) = copy.apply(&text)? else { continue };
            assert_eq!(applied.symbol, symbol);
            if applied.snapshot {
                snapshots += 1;
            } else if applied.channel == "trades" {
                prints.push(serde_json::from_str::<Value>(&text)?);
            } else {
                assert!(applied.proven, "{text}");
                proven += 1;
            }
            if snapshots == 2 && !traded {
                traded = true;
                for (http, side, account, quantity) in [(&seller, "sell", 2, "7"), (&buyer, "buy", 5, "3")] {
                    http.must(
                        "/v1/orders",
                        &json!({"client_id": "pair", "account_id": account, "symbol": symbol, "side": side,
                                "type": "limit", "price": "2.00", "quantity": quantity}),
                    )?;
                }
            }
        }
        assert_eq!(prints.len(), 1, "{prints:?}");
        let print = &prints[0];
        assert_eq!(
            (
                &print["sandbox"],
                &print["price"],
                &print["quantity"],
                &print["taker_side"]
            ),
            (&json!(true), &json!("2.00"), &json!("3"), &json!("buy")),
            "{print}"
        );
        let book = copy.book(symbol).context("a book was copied")?;
        let asks: Vec<_> = book
            .asks
            .iter()
            .map(|level| (&*level.price, &*level.quantity))
            .collect();
        assert_eq!((book.bids.len(), asks), (0, vec![("2.00", "4")]));
        anyhow::Ok(())
    })?;
    market.stop()
}

#[test]
fn one_journal_gives_one_state_however_it_is_replayed() -> anyhow::Result<()> {
    const ORDERS: u64 = 4_000;
    const WINDOW: u64 = 32;
    let binary = zhiheng()?;
    let venue = Venue::new(binary, 1 << 20)?;
    let server = venue.start()?;
    let traders = board::set_up(&Http::new(&server.url, venue.operator.clone()), 2)?;

    // Both sides of both traders around one price: trades, rests, self-trade prevention, refusals and cancels.
    let (mut done, mut refused) = (0, 0);
    runtime()?.block_on(async {
        let mut sockets = Vec::new();
        for trader in &traders {
            sockets.push((
                Socket::connect(&server.url, &trader.key).await?,
                trader.account,
                Vec::new(),
            ));
        }
        for start in (0..ORDERS).step_by(WINDOW as usize) {
            let (socket, account, open) = &mut sockets[(start / WINDOW) as usize % 2];
            let mut under_way = BTreeMap::new();
            for number in start..start + WINDOW {
                let random = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
                let (client_id, cents) = (format!("o-{number}"), 10 + random % 10);
                let order: Option<String> = if random % 7 == 0 { open.pop() } else { None };
                let command = match order {
                    Some(order) => {
                        json!({"op": "cancel_order", "id": number, "client_id": client_id, "order_id": order})
                    }
                    None => json!({"op": "place_order", "id": number, "client_id": client_id, "account_id": *account,
                        "symbol": SYMBOL, "side": if random % 2 == 0 { "buy" } else { "sell" }, "type": "limit",
                        "price": format!("50.{cents}"), "quantity": (random / 16 % 9).to_string()}),
                };
                socket.send(&command).await?;
                under_way.insert(number, command);
            }
            while !under_way.is_empty() {
                let answer = timeout(PATIENCE, socket.next())
                    .await?
                    .context("the socket is closed")?;
                let number = board::number(&answer, "id")?;
                if let Some(pause) = put_off(&answer) {
                    sleep(pause).await;
                    socket.send(&under_way[&number]).await?;
                    continue;
                }
                ensure!(under_way.remove(&number).is_some(), "nobody asked this: {answer}");
                let outcome = &answer["outcome"];
                match outcome["status"].as_str() {
                    Some("done") => done += 1,
                    _ => refused += 1,
                }
                if let Some(order) = outcome["order_id"].as_str() {
                    open.push(order.to_owned());
                }
            }
        }
        anyhow::Ok(())
    })?;
    let reader = Http::new(&server.url, traders[0].key.clone());
    let (_, last) = reader.get(&format!("/v1/market/{SYMBOL}/trades?limit=1"))?;
    let trades = last["items"][0]["seq"].as_u64().unwrap_or(0);
    server.stop()?;
    println!("{done} done, {refused} refused, {trades} trades");
    assert!(
        done > ORDERS / 2 && refused > 0 && trades > 100,
        "{done} {refused} {last}"
    );

    let dir = venue.journal_dir();
    let first = offline::verify(&dir, BookKind::Fast, None, &mut |_| {})?;
    assert!(first.clean && first.commands > ORDERS / 2, "{first:?}");
    assert_eq!(
        first,
        offline::verify(&dir, BookKind::Fast, None, &mut |_| {})?,
        "the same again"
    );
    assert_eq!(
        first,
        offline::verify(&dir, BookKind::Plain, None, &mut |_| {})?,
        "on the plain book"
    );
    let mut dump = Command::new(binary);
    let dump = good(apart(&mut dump).args(["journal", "dump"]).arg(&dir))?;
    let script = tempfile::NamedTempFile::new()?;
    fs::write(script.path(), &dump.stdout)?;
    for book in ["fast", "plain"] {
        let mut apply = Command::new(binary);
        apart(&mut apply)
            .arg("apply")
            .arg(script.path())
            .args(["--state-hash", "--quiet", "--book", book]);
        let applied: Value = serde_json::from_slice(&good(&mut apply)?.stdout)?;
        assert_eq!(applied["state_hash"], signing::hex(&first.state_hash.0), "{book}");
        assert_eq!(applied["journal_seq"], first.last.0, "{book}");
    }
    Ok(())
}

/// Moves all books for a follower that keeps up: for each permit, bids far below the market that stand in one sync, and
/// are then taken back in another. However slow the disk is, many frames come of each.
async fn stir(url: &str, key: &Key, account: u64, permits: mpsc::Receiver<()>) -> anyhow::Result<()> {
    const LEVELS: u64 = 4;
    let (_, page) = Http::new(url, key.clone()).get("/v1/market?limit=50")?;
    let items = page["items"].as_array().context("a page has items")?;
    for (round, ()) in permits.into_iter().enumerate() {
        // A socket of its own each time: it may take long until the next.
        let mut socket = Socket::connect(url, key).await?;
        let mut commands = Vec::new();
        for item in items {
            let last = item["last"]["price"].as_str().context("a price")?;
            let yuan: u64 = last.split('.').next().unwrap_or_default().parse()?;
            for level in 0..LEVELS {
                let number = commands.len();
                commands.push(
                    json!({"op": "place_order", "id": number, "client_id": format!("stir-{round}-{number}"),
                    "account_id": account, "symbol": item["symbol"], "side": "buy", "type": "limit",
                    "price": format!("{}.{}0", yuan * 4 / 5, level), "quantity": "1"}),
                );
            }
        }
        while !commands.is_empty() {
            for command in &commands {
                socket.send(command).await?;
            }
            let mut placed = Vec::new();
            for _ in 0..commands.len() {
                let answer = timeout(PATIENCE, socket.next()).await?;
                let answer = answer.context("the socket is closed")?;
                placed.extend(answer["outcome"]["order_id"].as_str().map(str::to_owned));
            }
            let cancels = placed.iter().enumerate().map(|(number, order)| {
                json!({"op": "cancel_order", "id": number, "client_id": format!("back-{round}-{number}"), "order_id": order})
            });
            let placing = commands[0]["op"] == "place_order";
            commands = if placing { cancels.collect() } else { Vec::new() };
        }
    }
    Ok(())
}

/// A run of `tail` that prints what it follows; killed when dropped.
struct Tail(Child);

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_follower_proves_thousands_of_frames_stops_and_goes_on() -> anyhow::Result<()> {
    /// Frames of each of the two runs, at least.
    const FRAMES: u64 = 2_600;
    /// So many frames are taken in for each time that the books are stirred: nobody is asked to read more than it can.
    const STIRRED: u64 = 96;
    /// Orders a second at most: between the two runs no book moves on by more frames than the exchange remembers.
    const BOTS: u32 = 100;
    let dir = tempfile::tempdir()?;
    let binary = zhiheng()?;
    let market = venue::demo(binary, dir.path(), 0, BOTS)?;

    let (permits, permitted) = mpsc::channel();
    let (url, ana) = (market.url.clone(), key(dir.path(), "ana")?);
    let stirring = thread::spawn(move || runtime()?.block_on(stir(&url, &ana, 5, permitted)));

    // A second judge beside `tail` itself, over what both runs print.
    let mut copy = Replica::new();
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let mut proven = 0;
    for run in 0..2 {
        let mut tail = Command::new(binary);
        let follow = ["tail", "book.l2", "--symbol", "*", "--verify", "--state", "copy"];
        apart(&mut tail)
            .args(follow)
            .args(["--url", &market.url])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(dir.path().join("said"))?);
        let mut tail = Tail(tail.spawn()?);
        let out = BufReader::new(tail.0.stdout.take().context("its output")?);
        // Its own thread reads what it prints: a slow judge is no reason for the exchange to drop it.
        let (prints, printed) = mpsc::channel();
        thread::spawn(move || out.lines().try_for_each(|line| prints.send(line)));
        let (mut frames, mut interrupted) = (0, false);
        let _ = permits.send(());
        for line in printed {
            let applied = copy.apply(&line?)?.context("not a frame")?;
            ensure!(
                !(run == 1 && applied.snapshot),
                "a snapshot of {} on going on",
                applied.symbol
            );
            let had = last.insert(applied.symbol, applied.seq);
            ensure!(
                applied.snapshot || had == Some(applied.seq - 1),
                "a gap behind {had:?}: {}",
                applied.seq
            );
            if !applied.snapshot {
                frames += 1;
                proven += u64::from(applied.proven);
                if frames % STIRRED == 0 {
                    let _ = permits.send(());
                }
            }
            if frames == FRAMES && !interrupted {
                interrupted = true;
                let asked = Command::new("kill").args(["-INT", &tail.0.id().to_string()]).status()?;
                ensure!(asked.success(), "cannot interrupt the follower");
            }
        }
        let status = tail.0.wait()?;
        let said = fs::read_to_string(dir.path().join("said"))?;
        ensure!(
            status.success() && interrupted,
            "{status} after {frames} frames: {said}"
        );
        let snapshots = if run == 0 { 12 } else { 0 };
        let report =
            format!("{frames} frames and {snapshots} snapshots of 12 symbols, {frames} checksums right, no gap");
        ensure!(said.contains(&report), "{said} (printed were {frames} frames)");
    }
    drop(permits);
    stirring.join().expect("nobody panics")?;
    println!("{proven} frames proven");
    assert!(proven >= 2 * FRAMES, "{proven}");
    market.stop()
}
