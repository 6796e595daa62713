//! Who bids, with how much behind it, and what is sealed: while a lot is open nobody but the bidder finds it, whatever
//! they read. Two lots run on the real server; every role reads every route and every feed, somebody reads the log at
//! its loudest, every file of the data folder, and what the tools print of them, with the key and without. After the
//! close what shall be told is told.

mod attack;
mod claims;
mod house;
mod secrets;

use anyhow::{Context as _, bail, ensure};
use gateway::proof::signing;
use house::House;
use market_data::Channel;
use secrets::*;
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};
use zhiheng_tests::{
    board::{admit, number},
    client::{Http, Socket},
    program::{good, zhiheng},
    venue::Venue,
};

/// How many seconds the sealed lot takes bids, at least.
const SEALED_FOR: u64 = 20;
/// How long a watcher waits for the last bid on a loaded machine, and how long it listens on behind that.
const PATIENCE: Duration = Duration::from_secs(600);
const QUIET: Duration = Duration::from_secs(2);

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let into = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &into)?;
        } else {
            fs::copy(entry.path(), into)?;
        }
    }
    Ok(())
}

fn files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

/// The bidders' commands of a dump.
fn bids(dump: &str) -> Vec<&str> {
    let ops = [
        "enter_lot",
        "bid_lot",
        "set_maximum",
        "buy_lot",
        "commit_bid",
        "reveal_bid",
        "approve",
        "propose",
    ];
    let is_bid = |line: &&str| ops.iter().any(|op| line.contains(&format!("\"op\":\"{op}\"")));
    dump.lines().filter(is_bid).collect()
}

/// Follows every feed, and passes on what it hears.
fn watch(url: String, key: signing::Key) -> Receiver<String> {
    let (hears, heard) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let mut socket = Socket::connect(&url, &key).await?;
            for channel in Channel::ALL {
                let follow = json!({"op": "subscribe", "channel": channel.name(), "symbol": "*"});
                socket.send(&follow).await?;
            }
            while let Some(text) = socket.next_text().await {
                hears.send(text)?;
            }
            anyhow::Ok(())
        })
    });
    heard
}

/// All that a watcher heard: up to the last bid of the rising lot, and a while longer.
fn heard_by(watcher: &Receiver<String>) -> anyhow::Result<String> {
    let (mut heard, mut all) = (String::new(), false);
    loop {
        match watcher.recv_timeout(if all { QUIET } else { PATIENCE }) {
            Ok(text) => {
                all |= text.contains(LAST);
                heard += &text;
                heard.push('\n');
            }
            Err(_) if all => return Ok(heard),
            Err(error) => bail!("a watcher never hears of the last bid, {error}: {heard}"),
        }
    }
}

#[test]
fn while_a_lot_is_open_nothing_that_anybody_can_read_tells_who_bids_or_what() -> anyhow::Result<()> {
    let venue = Venue::new(zhiheng()?, 1 << 20)?;
    let mut server = venue.spawn_telling("trace")?;
    let url = server.wait_ready()?;
    let since = Instant::now();
    let mut house = House::open(venue, &url)?;
    // Of every office one, before the bids, so that what these change is seen by all.
    let mut readers = vec![("operator", Http::new(&url, house.venue.operator.clone()))];
    let offices = [
        "regulator",
        "agency_ip",
        "agency_central_bank",
        "agency_banking",
        "agency_local_finance",
        "court",
        "appraiser",
    ];
    for (i, role) in offices.into_iter().enumerate() {
        let office = admit(&house.operator, 10 + i, &[role])?;
        readers.push((role, Http::new(&url, office.key)));
    }
    let stranger = admit(&house.operator, 30, &["trader", "firm", "bank", "data_consumer"])?;
    readers.push(("stranger", Http::new(&url, stranger.key.clone())));
    let watching = [
        watch(url.clone(), house.venue.operator.clone()),
        watch(url.clone(), stranger.key),
    ];
    // The sealed lot is open for long enough: some seventy commands were done up to here, and a tenth of that is to be
    // done in it.
    house.announce(SEALED_FOR + since.elapsed().as_secs() / 3)?;

    let (nonce, commitment) = house.bid()?;
    let ids = [
        "ana-asks",
        "ana-most",
        "ana-commits",
        "ana-reveals",
        "bo-bids",
        "bo-off",
        "bo-socket",
        "cy-proposes",
        "cy-approves",
    ];
    let secrets = Secrets::new(nonce, commitment, &ids);
    let all = house.whose(&[0, 1, 2]);
    let [rising, sealed] = house.lots;

    // Every role at every route, and nobody at all.
    readers.push(("seller", Http::new(&url, house.seller.key.clone())));
    let mut read = 0;
    let look = |who: &str, whose: &Whose, path: &str, text: &str| -> anyhow::Result<()> {
        secrets.check_text(&format!("{path}, read as {who},"), text)?;
        if who == "regulator" && path.starts_with("/v1/asked-questions") {
            return Ok(());
        }
        if let Ok(value) = serde_json::from_str::<Value>(text) {
            let told = names_bidder(&value, &house.lots, whose);
            ensure!(told.is_none(), "{path} tells {who} who bids: {told:?}");
        }
        Ok(())
    };
    for (who, http) in &readers {
        read += house.everything(http, true, |path, text| look(who, &all, path, text))?;
    }
    read += house.everything(&house.operator, false, |path, text| look("nobody", &all, path, text))?;
    ensure!(read > 1_000, "only {read} reads");
    // A bidder reads its own and nobody else's. The third knows nothing of the first two's numbers.
    let others = house.whose(&[0, 1]);
    house.everything(&house.as_bidder(2), true, |path, text| {
        let own = text.replace(FREE[0], "");
        secrets
            .check_text(path, &own.replace("cy-", ""))
            .and_then(|()| match serde_json::from_str::<Value>(text) {
                Ok(value) => {
                    let told = names_bidder(&value, &house.lots, &others);
                    ensure!(told.is_none(), "{path}: {told:?}");
                    Ok(())
                }
                Err(_) => Ok(()),
            })
    })?;
    // Who asked about a lot is told to the asker and to the regulator, whose read is noted: to the asker, and to no operator.
    let asked = format!("/v1/auctions/{rising}/questions");
    let (_, questions) = house.operator.get(&asked)?;
    ensure!(
        questions["items"][0]["question"] == "Until when are its annuities paid?",
        "{questions}"
    );
    let own = |http: &Http, path: &str| http.get(path).map(|(_, told)| told.to_string());
    let entity = format!("\"entity_id\":{}", house.bidders[0].entity);
    for (who, http) in &readers {
        let told = own(http, "/v1/asked-questions?limit=1000")?;
        ensure!(told.contains(&entity) == (*who == "regulator"), "{who}: {told}");
        let reads = own(http, "/v1/reads?limit=1000")?;
        ensure!(
            reads.contains("asked-questions") == (*who == "regulator"),
            "{who}: {reads}"
        );
    }
    for path in ["/v1/asked-questions?limit=1000", "/v1/reads?limit=1000"] {
        let told = own(&house.as_bidder(0), path)?;
        ensure!(told.contains("asked"), "{path}: {told}");
    }
    // The venue sees a bidder's cash as if nothing were held.
    for bidder in &house.bidders {
        let (_, account) = house.operator.get(&format!("/v1/accounts/{}", bidder.account))?;
        let cash = &account["cash"][0];
        ensure!(cash["total"] == "10000000.00" && cash["held"] == "0.00", "{account}");
    }
    let (_, own) = house
        .as_bidder(0)
        .get(&format!("/v1/accounts/{}", house.bidders[0].account))?;
    ensure!(
        own["cash"][0]["free"] == FREE[1],
        "the bidder itself sees what is held: {own}"
    );

    attack::halve(&house)?;

    // The feeds, and the log at its loudest.
    for watcher in watching {
        let heard = heard_by(&watcher)?;
        ensure!(heard.contains("subscribe"), "{heard}");
        look("a watcher", &all, "/v1/ws", &heard)?;
        for line in heard.lines() {
            look("a watcher", &all, "/v1/ws", line)?;
        }
    }
    let said = server.said();
    ensure!(said.contains("the journal was replayed"), "the log is heard: {said}");
    secrets.check_text("the log", &said)?;

    // The disk, and what the tools make of it.
    let data = house.venue.data_dir();
    let all_files = files(&data)?;
    ensure!(
        all_files
            .iter()
            .any(|file| file.extension().is_some_and(|kind| kind == "journal")),
        "{all_files:?}"
    );
    for file in &all_files {
        let (name, bytes) = (file.display().to_string(), fs::read(file)?);
        if file.parent().is_some_and(|folder| folder.ends_with("history")) {
            secrets.check_told(&name, &bytes)?;
        } else {
            secrets.check_bytes(&name, &bytes)?;
        }
    }
    let key = fs::read(house.venue.seal_key_file())?;
    for file in &all_files {
        let bytes = fs::read(file)?;
        let raw = signing::unhex(std::str::from_utf8(&key)?.trim()).context("hex")?;
        for part in [&key, &raw] {
            ensure!(
                !bytes.windows(part.len()).any(|window| window == part),
                "the key lies in {}",
                file.display()
            );
        }
    }
    let elsewhere = tempfile::tempdir()?;
    let bare = elsewhere.path().join("data");
    copy(&data, &bare)?;
    for (what, dump) in [("with the key", house.dump(&data)?), ("without", house.dump(&bare)?)] {
        secrets.check_text(what, &dump)?;
        ensure!(bids(&dump).is_empty(), "{what}: {:?}", bids(&dump));
        // Five who entered, sent twice; two commitments; the others one by one.
        let closed = dump.lines().filter(|line| line.contains("\"op\":\"sealed\"")).count();
        ensure!(closed >= 5 * 2 + 2 + 1 + 2 + 1 + 2 + 2, "{what}: {closed}");
        for line in dump.lines() {
            let told = names_bidder(&serde_json::from_str(line)?, &house.lots, &all);
            ensure!(told.is_none(), "{what}: {told:?}");
        }
    }
    let verified = good(&mut house.tool(&["journal", "verify"], &data)?)?;
    let blind = house.tool(&["journal", "verify"], &bare)?.output()?;
    let why = String::from_utf8(blind.stderr)?;
    ensure!(!blind.status.success() && why.contains("no key to open it"), "{why}");
    secrets.check_text("verify without the key", &why)?;
    secrets.check_text("verify", &String::from_utf8(verified.stdout)?)?;
    let script = elsewhere.path().join("script");
    fs::write(&script, house.dump(&data)?)?;
    let apply = |key: bool| -> anyhow::Result<Command> {
        let mut command = house.tool(&["apply", "--answers", "--state-hash"], &script)?;
        if key {
            command.arg("--seal-key-file").arg(house.venue.seal_key_file());
        }
        Ok(command)
    };
    let applied = String::from_utf8(good(&mut apply(true)?)?.stdout)?;
    secrets.check_text("apply", &applied)?;
    for line in applied.lines() {
        let told = names_bidder(&serde_json::from_str(line)?, &house.lots, &all);
        ensure!(told.is_none(), "apply: {told:?}");
    }
    attack::append(&house, &fs::read_to_string(&script)?, elsewhere.path(), &secrets)?;
    let blind = apply(false)?.output()?;
    let why = String::from_utf8(blind.stderr)?;
    ensure!(!blind.status.success() && why.contains("no key to open it"), "{why}");

    // The close: what shall be told is told, to the venue, in the account, and by the tools.
    house
        .as_bidder(1)
        .must("/v1/auctions/buy", &json!({"client_id": "bo-buys", "lot_id": rising}))?;
    let withdraw = json!({"client_id": "ends", "lot_id": sealed, "evidence_sha256": "ee".repeat(32)});
    house.operator.must("/v1/auctions/withdraw", &withdraw)?;
    let (_, told) = house.operator.get("/v1/bidders?limit=1000")?;
    ensure!(told["items"].as_array().is_some_and(|items| items.len() == 5), "{told}");
    ensure!(
        told.to_string().contains(MAXIMUM) && told.to_string().contains(SEALED),
        "{told}"
    );
    ensure!(names_bidder(&told, &house.lots, &all).is_some(), "{told}");
    let (_, account) = house
        .operator
        .get(&format!("/v1/accounts/{}", house.bidders[1].account))?;
    ensure!(
        account["cash"][0]["held"] == DEPOSIT_RISING,
        "the buyer's deposit is still held: {account}"
    );
    let dump = house.dump(&data)?;
    for part in [MAXIMUM, SEALED, REFUSED, "\"op\":\"approve\"", "\"op\":\"propose\""] {
        ensure!(dump.contains(part), "{part} is not in the dump after the close");
    }
    ensure!(!dump.contains("\"op\":\"sealed\""), "both lots have closed");
    // Without the key it all stays closed, and a dump of either kind leads to the state that was verified.
    fs::remove_dir_all(&bare)?;
    copy(&data, &bare)?;
    let closed = house.dump(&bare)?;
    secrets.check_text("a dump without the key, after the close,", &closed)?;
    let report = String::from_utf8(good(&mut house.tool(&["journal", "verify"], &data)?)?.stdout)?;
    let state = report
        .lines()
        .find_map(|line| line.strip_prefix("state_hash"))
        .context("a state")?
        .trim();
    for dump in [dump, closed] {
        fs::write(&script, dump)?;
        let applied = String::from_utf8(good(&mut apply(true)?)?.stdout)?;
        ensure!(
            applied.contains(state),
            "a dump leads to {state}: {:?}",
            applied.lines().last()
        );
    }
    server.stop()?;

    // Another key, or none, and the venue does not open; nothing is changed by trying.
    let file = house.venue.seal_key_file();
    for (key, part) in [
        (None, "there is no seal key at"),
        (Some("12".repeat(32)), "does not open"),
    ] {
        match key {
            None => fs::remove_file(&file)?,
            Some(key) => signing::write_private(&file, key.as_bytes())?,
        }
        let mut refused = house.venue.spawn()?;
        let why = refused.wait_ready().err().context("it must not start")?.to_string();
        ensure!(why.contains(part), "{why}");
    }
    fs::write(&file, key)?;
    house.venue.start()?.stop()
}

/// What the house's numbers say, but for the room on a disk that others use as well, and for how many are connected:
/// whoever reads is.
fn numbers(metrics: &Http) -> anyhow::Result<Vec<String>> {
    let (status, text) = metrics.read("/metrics", false)?;
    ensure!(status == 200, "{text}");
    let apart = ["zhiheng_disk_free_bytes", "zhiheng_connections"];
    let lines = text
        .lines()
        .filter(|line| !apart.iter().any(|name| line.starts_with(name)));
    // They come in any order.
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    lines.sort();
    Ok(lines)
}

#[test]
fn numbers_and_lines_of_the_house_do_not_tell_when_somebody_bids_unseen() -> anyhow::Result<()> {
    let venue = Venue::new(zhiheng()?, 1 << 20)?;
    let mut server = venue.spawn_telling("trace")?;
    let url = server.wait_ready()?;
    let metrics = server.metrics.clone().context("metrics are served")?;
    let mut house = House::open(venue, &url)?;
    let metrics = Http::new(&metrics, house.venue.operator.clone());
    house.announce(SEALED_FOR)?;
    let [rising, _] = house.lots;
    house.wait_for(rising, &["qualifying", "open"])?;
    let [ana, bo, cy] = [0, 1, 2].map(|i| house.as_bidder(i));
    for (i, http) in [&ana, &bo].into_iter().enumerate() {
        let enter = json!({"client_id": "enters", "lot_id": rising, "account_id": house.bidders[i].account});
        http.must("/v1/auctions/enter", &enter)?;
    }
    house.wait_for(rising, &["open"])?;
    cy.must(
        "/v1/participants/dual-control",
        &json!({"client_id": "two", "required": true}),
    )?;
    let most = |name: &str, amount: &str| json!({"client_id": name, "lot_id": rising, "maximum": cny(amount)});
    ana.must("/v1/auctions/maximum", &most("first", "1204321.09"))?;

    let runtime = tokio::runtime::Runtime::new()?;
    let mut socket = runtime.block_on(Socket::connect(&url, &house.bidders[0].key))?;
    // What waits settles with the last answers.
    let settled = |before: &[String]| -> anyhow::Result<Vec<String>> {
        let since = Instant::now();
        loop {
            let now = numbers(&metrics)?;
            if now == before || since.elapsed() > QUIET {
                return Ok(now);
            }
            thread::sleep(Duration::from_millis(50));
        }
    };
    // Whoever signs first asks for the venue's id.
    house.second.get("/v1/market")?;
    thread::sleep(QUIET);
    let (before, lines) = (numbers(&metrics)?, server.said());
    ensure!(
        lines.contains("/v1/participants/dual-control"),
        "the log is heard: {lines}"
    );
    ensure!(
        !lines.contains("/v1/auctions/enter") && !lines.contains("/v1/auctions/maximum"),
        "{lines}"
    );

    // The leader raises unseen, over both roads; then the rules refuse, the body is none, the signature is old.
    ana.must("/v1/auctions/maximum", &most("raises", "1304321.09"))?;
    let mut spoken = |message: Value| {
        let answer = async {
            socket.send(&message).await?;
            socket.next().await.context("an answer")
        };
        runtime.block_on(answer)
    };
    let mut raise = most("again", "1404321.09");
    (raise["op"], raise["id"]) = ("set_maximum".into(), 1.into());
    ensure!(spoken(raise)?["outcome"]["status"] == "done");
    let mut lower = most("lower", "1104321.09");
    let refused = ana.post("/v1/auctions/maximum", &lower)?;
    ensure!(refused.1["code"] == "MAXIMUM_LOWERED", "{refused:?}");
    (lower["op"], lower["id"], lower["client_id"]) = ("set_maximum".into(), 2.into(), "lower-2".into());
    ensure!(spoken(lower)?["code"] == "MAXIMUM_LOWERED");
    let stranger = cy.post(
        "/v1/auctions/bids",
        &json!({"client_id": "x", "lot_id": rising, "price": cny("1104321.09")}),
    )?;
    ensure!(stranger.0 == 403 || stranger.0 == 409, "{stranger:?}");
    let torn = bo.post("/v1/auctions/bids", &json!({"client_id": "y", "lot_id": rising}))?;
    ensure!(torn.0 == 400, "{torn:?}");
    let bid = json!({"op": "enter_lot", "lot_id": rising, "account_id": house.bidders[2].account});
    let proposal = cy.must("/v1/proposals", &json!({"client_id": "z", "command": bid}))?;
    let approve = json!({"client_id": "z2", "proposal_id": number(&proposal, "deal_id")?});
    house.second.must("/v1/proposals/approve", &approve)?;

    let after = settled(&before)?;
    for (one, other) in before.iter().zip(&after) {
        ensure!(one == other, "a number tells of it: {one} and then {other}");
    }
    ensure!(before.len() == after.len());
    let told = server.said();
    ensure!(told == lines, "a line tells of it: {}", &told[lines.len()..]);
    // What is nobody's secret is counted at once, and stands in the log.
    let open = ana.post("/v1/accounts", &json!({"client_id": "not-hers"}))?;
    ensure!(open.0 != 200, "{open:?}");
    ensure!(numbers(&metrics)? != before && server.said() != lines);
    Ok(())
}
