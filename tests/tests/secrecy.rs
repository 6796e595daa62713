//! Who bids, with how much behind it, and what is sealed: while a lot is open nobody but the bidder finds it, whatever they read. Two
//! lots run on the real server; every role reads every route and every feed, somebody reads the log at its loudest, every file
//! of the data folder, and what the tools print of them, with the key and without. After the close what shall be told is told.

use anyhow::{Context as _, ensure};
use gateway::{server::document, signing};
use market_data::Channel;
use protocol::{Command as Asked, Timestamp, wire};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};
use zhiheng_tests::{
    board::{self, Trader, admit, number},
    client::{Http, Socket},
    program::{good, zhiheng},
    venue::Venue,
};

// Numbers that nothing else looks like. In the public data stand the deposits and the prices bid step by step, never these.
const MAXIMUM: &str = "7654321.09";
const REFUSED: &str = "8123456.77";
const SEALED: &str = "5642135.79";
const MISMATCHED: &str = "5123457.83";
const DEPOSIT_RISING: &str = "31415.92";
const DEPOSIT_SEALED: &str = "27182.81";
/// What is free of ten million with the first deposit held, and with both.
const FREE: [&str; 2] = ["9968584.08", "9941401.27"];
const FIXED: &str = "9000000.00";

/// What only the bidder may know, as text and as bytes.
struct Secrets {
    texts: Vec<String>,
    bytes: Vec<Vec<u8>>,
}

fn minor(amount: &str) -> i64 {
    amount.replace('.', "").parse().expect("an amount")
}

fn cny(amount: &str) -> Value {
    json!({"currency": "CNY", "amount": amount})
}

impl Secrets {
    fn new(nonce: [u8; 32], commitment: [u8; 32], client_ids: &[&str]) -> Self {
        let mut secrets = Self {
            texts: FREE.map(str::to_owned).to_vec(),
            bytes: Vec::new(),
        };
        for amount in [MAXIMUM, REFUSED, SEALED, MISMATCHED] {
            let number = minor(amount);
            secrets.texts.extend([amount.to_owned(), number.to_string()]);
            let mut varint = Vec::new();
            let mut rest = number.cast_unsigned() << 1;
            while rest >= 0x80 {
                varint.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            varint.push(rest as u8);
            // Five bytes in a row do not come about by chance in these few megabytes.
            secrets.bytes.extend([
                number.to_le_bytes()[..5].to_vec(),
                number.to_be_bytes()[3..].to_vec(),
                varint,
            ]);
        }
        for digest in [nonce, commitment] {
            secrets.texts.push(signing::hex(&digest));
            secrets.bytes.push(digest.to_vec());
        }
        for client_id in client_ids {
            secrets
                .bytes
                .push(wire::client_key(client_id, &Asked::Tick).id.to_vec());
            secrets.texts.push((*client_id).to_owned());
        }
        secrets
    }

    fn check_text(&self, what: &str, text: &str) -> anyhow::Result<()> {
        for secret in &self.texts {
            ensure!(
                !text.contains(secret.as_str()),
                "{what} tells {secret}: {}",
                around(text, secret)
            );
        }
        Ok(())
    }

    fn check_bytes(&self, what: &str, bytes: &[u8]) -> anyhow::Result<()> {
        for secret in self
            .bytes
            .iter()
            .cloned()
            .chain(self.texts.iter().map(|text| text.clone().into_bytes()))
        {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            ensure!(!found, "{what} holds {secret:02x?}");
        }
        Ok(())
    }
}

fn around<'a>(text: &'a str, part: &str) -> &'a str {
    let at = text.find(part).unwrap_or(0);
    let from = (0..=at.saturating_sub(200))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    let to = (at + 200..)
        .find(|&at| at >= text.len() || text.is_char_boundary(at))
        .unwrap_or(at);
    &text[from..to.min(text.len())]
}

/// Where an object of `value` names one of the lots and one of these numbers as somebody's: the lot and its bidder in one breath.
fn names_bidder(value: &Value, lots: &[u64], whose: &Whose) -> Option<String> {
    match value {
        Value::Object(fields) => {
            let of = |names: &[&str], numbers: &[u64]| {
                let found = names.iter().filter_map(|name| fields.get(*name)?.as_u64());
                found.into_iter().any(|number| numbers.contains(&number))
            };
            let lot = of(&["lot_id", "deal_id"], lots);
            let bidder = of(&["entity_id", "for_entity_id", "buyer_id"], &whose.entities)
                || of(&["account_id"], &whose.accounts)
                || of(&["by", "user_id", "by_user_id", "decided_by_user_id"], &whose.users);
            if lot && bidder {
                return Some(value.to_string());
            }
            fields.values().find_map(|value| names_bidder(value, lots, whose))
        }
        Value::Array(items) => items.iter().find_map(|value| names_bidder(value, lots, whose)),
        _ => None,
    }
}

#[derive(Clone, Default)]
struct Whose {
    entities: Vec<u64>,
    accounts: Vec<u64>,
    users: Vec<u64>,
}

/// The auction house and all who come to it.
struct House {
    venue: Venue,
    operator: Http,
    url: String,
    /// The lot whose price rises, and the one whose bids are sealed.
    lots: [u64; 2],
    seller: Trader,
    bidders: [Trader; 3],
    /// The second user of the third bidder.
    second: Http,
    second_user: u64,
}

fn soon(seconds: u64) -> String {
    let at = Timestamp((signing::now_ms() + seconds * 1_000) * 1_000_000);
    at.to_string()
}

impl House {
    fn as_bidder(&self, i: usize) -> Http {
        Http::new(&self.url, self.bidders[i].key.clone())
    }

    fn whose(&self, bidders: &[usize]) -> Whose {
        let of = |number: fn(&Trader) -> u64| bidders.iter().map(|&i| number(&self.bidders[i])).collect();
        Whose {
            entities: of(|bidder| bidder.entity),
            accounts: of(|bidder| bidder.account),
            // Users were registered with their entities, in the same order.
            users: bidders
                .iter()
                .map(|&i| self.bidders[i].entity)
                .chain([self.second_user])
                .collect(),
        }
    }

    /// Opens the venue and announces two lots, of which the second closes for bids within seconds.
    fn open(venue: Venue, url: &str) -> anyhow::Result<Self> {
        let operator = Http::new(url, venue.operator.clone());
        let seller = admit(&operator, 1, &["firm", "trader"])?;
        let bidders = [
            admit(&operator, 2, &["trader", "investor"])?,
            admit(&operator, 3, &["trader", "investor"])?,
            admit(&operator, 4, &["trader", "investor"])?,
        ];
        let (second_user, second) = join(&operator, bidders[2].entity, "second", &["trader", "investor"])?;
        let http = Http::new(url, seller.key.clone());
        let mut lots = [0; 2];
        let rising = json!({"ascending": {"start": cny("1000000.00"), "steps": [{"from": cny("0.00"), "step": cny("10000.00")}],
            "clock": {"window_seconds": 0, "extension": "from_bid"}, "buy_now": cny(FIXED), "maxima": true}});
        let sealed = json!({"sealed": {"start": cny("3000000.00"), "pays": "first", "reveal_seconds": 7200, "penalty": cny("0.00")}});
        for (i, (format, deposit, closes)) in [(rising, DEPOSIT_RISING, 7_200), (sealed, DEPOSIT_SEALED, 8)]
            .into_iter()
            .enumerate()
        {
            let right = json!({"asset": {"owner_id": seller.entity, "class": "patent", "office": "US",
                "number": format!("1180357{i}"), "title": "A technology", "texts_sha256": "ab".repeat(32)},
                "extract": board::extract()});
            let rights = json!({"client_id": format!("right-{i}"), "rights": [right]});
            let asset = number(&operator.must("/v1/rights", &rights)?, "asset_id")?;
            let lot = http.must(
                "/v1/auctions",
                &json!({"client_id": format!("lot-{i}"), "asset_ids": [asset], "account_id": seller.account,
                    "basis": "venue_rule", "state_owned": false, "format": format, "deposit": cny(deposit),
                    "qualifies_at": soon(1), "opens_at": soon(3), "closes_at": soon(closes), "viewing_days": 0,
                    "fees": {"seller": 0, "premium": 0, "commission": false}, "payment_days": 5, "refunds_excess": false,
                    "defects_sha256": "dd".repeat(32), "notices_sha256": "ee".repeat(32)}),
            )?;
            lots[i] = number(&lot, "deal_id")?;
        }
        Ok(Self {
            venue,
            operator,
            url: url.to_owned(),
            lots,
            seller,
            bidders,
            second,
            second_user,
        })
    }

    /// Waits until a lot is in this state.
    fn wait_for(&self, lot: u64, state: &str) -> anyhow::Result<()> {
        let since = Instant::now();
        loop {
            let (_, found) = self.operator.get(&format!("/v1/auctions/{lot}"))?;
            if found["notice"]["lot"]["state"] == state || found["lot"]["state"] == state {
                return Ok(());
            }
            ensure!(
                since.elapsed() < Duration::from_secs(60),
                "{lot} is not {state}: {found}"
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Enters, bids, commits, reveals, proposes, and is refused. Gives the nonce and the commitment.
    fn bid(&self) -> anyhow::Result<([u8; 32], [u8; 32])> {
        let [rising, sealed] = self.lots;
        self.wait_for(rising, "qualifying")?;
        self.wait_for(sealed, "qualifying")?;
        for (i, lot) in [(0, rising), (0, sealed), (1, rising), (1, sealed), (2, rising)] {
            let (http, account) = (self.as_bidder(i), self.bidders[i].account);
            let enter = json!({"client_id": format!("enter-{i}-{lot}"), "lot_id": lot, "account_id": account});
            // No client draws its own number, now or by a proposal.
            let mut chosen = enter.clone();
            chosen["draw"] = json!(7);
            let refused = http.post("/v1/auctions/enter", &chosen)?;
            ensure!(
                refused.0 == 400 && refused.1["code"] == "UNKNOWN_FIELD" && refused.1["field"] == "/draw",
                "{refused:?}"
            );
            chosen["op"] = json!("enter_lot");
            chosen.as_object_mut().context("an object")?.remove("client_id");
            let refused = http.post("/v1/proposals", &json!({"client_id": "chosen", "command": chosen}))?;
            ensure!(
                refused.1["code"] == "UNKNOWN_FIELD" && refused.1["field"] == "/command/draw",
                "{refused:?}"
            );
            // What is sent again gets the first answer: it draws the same.
            let first = http.post("/v1/auctions/enter", &enter)?;
            let again = http.post("/v1/auctions/enter", &enter)?;
            ensure!(first.0 == 200 && again == first, "{first:?} {again:?}");
        }
        self.wait_for(rising, "open")?;
        self.wait_for(sealed, "open")?;
        let [ana, bo, cy] = [0, 1, 2].map(|i| self.as_bidder(i));

        let (nonce, price) = ([0x5A; 32], minor(SEALED));
        let commit = |http: &Http, name: &str| -> anyhow::Result<[u8; 32]> {
            let (_, own) = http.get("/v1/bidders?limit=1000")?;
            let mine = own["items"].as_array().context("a list")?.iter();
            let mut mine = mine.map(|item| &item["record"]["bidder"]).chain(
                own["items"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|item| &item["bidder"]),
            );
            let mine = mine
                .find(|bidder| bidder["lot_id"] == sealed)
                .with_context(|| format!("{own}"))?;
            let mut hash = Sha256::new();
            hash.update(b"IPX-SEAL-v1\0");
            for word in [sealed, number(mine, "number")?, price.unsigned_abs()] {
                hash.update(word.to_be_bytes());
            }
            hash.update(nonce);
            let commitment: [u8; 32] = hash.finalize().into();
            let body = json!({"client_id": name, "lot_id": sealed, "commitment": signing::hex(&commitment)});
            http.must("/v1/auctions/commitments", &body)?;
            Ok(commitment)
        };
        let commitment = commit(&ana, "ana-commits")?;
        commit(&bo, "bo-commits")?;

        let maximum = json!({"client_id": "ana-most", "lot_id": rising, "maximum": cny(MAXIMUM)});
        ana.must("/v1/auctions/maximum", &maximum)?;
        bo.must(
            "/v1/auctions/bids",
            &json!({"client_id": "bo-bids", "lot_id": rising, "price": cny("1050000.00")}),
        )?;
        let off = bo.post(
            "/v1/auctions/bids",
            &json!({"client_id": "bo-off", "lot_id": rising, "price": cny(REFUSED)}),
        )?;
        ensure!(off.0 != 200, "{off:?}");
        // Over a socket as well, where the log could tell frames.
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let mut socket = Socket::connect(&self.url, &self.bidders[1].key).await?;
            let off =
                json!({"op": "bid_lot", "id": 1, "client_id": "bo-socket", "lot_id": rising, "price": cny(REFUSED)});
            socket.send(&off).await?;
            let answer = socket.next().await.context("an answer")?;
            ensure!(answer["code"].is_string(), "{answer}");
            let chosen =
                json!({"op": "enter_lot", "id": 2, "client_id": "x", "lot_id": rising, "account_id": 1, "draw": 7});
            socket.send(&chosen).await?;
            let answer = socket.next().await.context("an answer")?;
            ensure!(answer["code"] == "UNKNOWN_FIELD", "{answer}");
            anyhow::Ok(())
        })?;
        // The third bidder decides by two.
        cy.must(
            "/v1/participants/dual-control",
            &json!({"client_id": "cy-two", "required": true}),
        )?;
        let bid = json!({"op": "bid_lot", "lot_id": rising, "price": cny("1200000.00")});
        let proposal = cy.must("/v1/proposals", &json!({"client_id": "cy-proposes", "command": bid}))?;
        let approve = json!({"client_id": "cy-approves", "proposal_id": number(&proposal, "deal_id")?});
        self.second.must("/v1/proposals/approve", &approve)?;

        self.wait_for(sealed, "revealing")?;
        let reveal = |name: &str, price: &str| json!({"client_id": name, "lot_id": sealed, "price": cny(price), "nonce": signing::hex(&nonce)});
        ana.must("/v1/auctions/reveals", &reveal("ana-reveals", SEALED))?;
        let other = bo.post("/v1/auctions/reveals", &reveal("bo-reveals", MISMATCHED))?;
        ensure!(other.0 != 200, "{other:?}");
        Ok((nonce, commitment))
    }

    /// Everything that can be read at the door: every route that the document names, with every number that there is.
    fn everything(
        &self,
        http: &Http,
        signed: bool,
        mut see: impl FnMut(&str, &str) -> anyhow::Result<()>,
    ) -> anyhow::Result<usize> {
        let mut numbers: BTreeSet<u64> = (0..8).collect();
        numbers.extend(self.lots);
        let mut read = 0;
        let paths = serde_json::to_value(document())?;
        for (path, methods) in paths["paths"].as_object().context("paths")? {
            if methods["get"].is_null() || path == "/v1/ws" || path == "/openapi.json" {
                continue;
            }
            let asked: Vec<String> = if path.contains('{') {
                let fill = |number: &u64| {
                    let mut parts = path.split('/').map(|part| match part.starts_with('{') {
                        true => number.to_string(),
                        false => part.to_owned(),
                    });
                    let first = parts.next().unwrap_or_default();
                    parts.fold(first, |path, part| path + "/" + &part)
                };
                numbers.iter().map(fill).collect()
            } else {
                vec![path.clone(), format!("{path}?limit=1000")]
            };
            for path in asked {
                let (_, text) = http.read(&path, signed)?;
                see(&path, &text).with_context(|| path.clone())?;
                read += 1;
            }
        }
        Ok(read)
    }

    fn tool(&self, args: &[&str], data: &Path) -> anyhow::Result<Command> {
        let mut command = Command::new(zhiheng()?);
        command.args(args).arg(data).env_remove("ZHIHENG_SEAL_KEY");
        Ok(command)
    }

    fn dump(&self, data: &Path) -> anyhow::Result<String> {
        let output = good(&mut self.tool(&["journal", "dump"], data)?)?;
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// A user of an entity, with a key.
fn join(operator: &Http, entity: u64, name: &str, roles: &[&str]) -> anyhow::Result<(u64, Http)> {
    let user = operator.must(
        "/v1/participants/users",
        &json!({"client_id": format!("{name}-user"), "entity_id": entity, "roles": roles}),
    )?;
    let secret = signing::Secret::generate_ed25519()?;
    let public = signing::hex(&secret.public_key().context("a public half")?);
    let key = operator.must(
        "/v1/participants/keys",
        &json!({"client_id": format!("{name}-key"), "user_id": user["user_id"], "scopes": ["read", "trade", "list"],
            "material": {"algorithm": "ed25519", "public_key": public}}),
    )?;
    let key = signing::Key {
        id: protocol::KeyId(u32::try_from(number(&key, "key_id")?)?),
        secret,
        label: String::new(),
    };
    Ok((number(&user, "user_id")?, Http::new(operator.url(), key)))
}

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

#[test]
fn while_a_lot_is_open_nothing_that_anybody_can_read_tells_who_bids_or_what() -> anyhow::Result<()> {
    let venue = Venue::new(zhiheng()?, 1 << 20)?;
    let mut server = venue.spawn_telling("trace")?;
    let url = server.wait_ready()?;
    let house = House::open(venue, &url)?;
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
    let watch = |key: signing::Key| -> anyhow::Result<thread::JoinHandle<String>> {
        let url = url.clone();
        let runtime = tokio::runtime::Runtime::new()?;
        Ok(thread::spawn(move || {
            runtime.block_on(async {
                let mut heard = String::new();
                let Ok(mut socket) = Socket::connect(&url, &key).await else {
                    return heard;
                };
                for channel in Channel::ALL {
                    let _ = socket
                        .send(&json!({"op": "subscribe", "channel": channel.name(), "symbol": "*"}))
                        .await;
                }
                while let Ok(Some(text)) = tokio::time::timeout(Duration::from_secs(12), socket.next_text()).await {
                    heard += &text;
                    heard.push('\n');
                }
                heard
            })
        }))
    };
    let watching = [watch(house.venue.operator.clone())?, watch(stranger.key)?];

    let (nonce, commitment) = house.bid()?;
    let ids = [
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

    // The feeds, and the log at its loudest.
    for watched in watching {
        let heard = watched.join().expect("the watcher does not panic");
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
        secrets.check_bytes(&file.display().to_string(), &fs::read(file)?)?;
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
