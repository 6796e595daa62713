//! A venue that is killed, or stands still, across the end of a lot: the lot is paused, not closed, and every bid and
//! deposit that was acknowledged is there.

use anyhow::{Context as _, bail, ensure};
use gateway::proof::seal;
use protocol::{Timestamp, time::SECOND};
use sequencer::{BookKind, offline};
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};
use zhiheng_tests::{
    board::{self, Trader, admit, announce, now, number},
    client::Http,
    program::zhiheng,
    venue::{Running, Venue},
};

/// How long before its end the venue is killed, and how long after it started again, in seconds.
const BEFORE: u64 = 10;
const AFTER: u64 = 50;
/// After how long a pause the venue knows that it stood still, in seconds: a loaded machine pauses for less. How long
/// before the end of the lot it is stopped, and how long it stands still and is gone beyond that end at least.
const STANDSTILL: u64 = 10;
const STOPPED: u64 = 12;
const BEYOND: u64 = 3;
/// For how many seconds two bidders can enter and bid before that. Where that was too short for the machine, all begins
/// again with more.
const ROOMS: [u64; 4] = [9, 40, 160, 640];
/// How often they bid.
const BIDS: std::ops::RangeInclusive<usize> = 12..=200;

fn wait_until(at: Timestamp) {
    thread::sleep(Duration::from_nanos(at.0.saturating_sub(now().0)));
}

fn before(at: Timestamp, ms: u64) -> Timestamp {
    Timestamp(at.0 - ms * (SECOND / 1_000))
}

fn yuan(amount: &str) -> Value {
    json!({"currency": "CNY", "amount": amount})
}

/// A time in an answer.
fn time(value: &Value) -> anyhow::Result<Timestamp> {
    let text = value.as_str().with_context(|| format!("no time: {value}"))?;
    text.parse().map_err(|_| anyhow::anyhow!("no time: {text}"))
}

/// Does it until there was room enough.
fn with_room(mut what: impl FnMut(u64) -> anyhow::Result<Option<()>>) -> anyhow::Result<()> {
    for room in ROOMS {
        if what(room)?.is_some() {
            return Ok(());
        }
        println!("{room} seconds are too short: again with more");
    }
    bail!("there is no room on this machine")
}

/// A lot that is open, its end fixed, and two bidders who entered it.
struct Floor {
    venue: Venue,
    operator: Http,
    bidders: Vec<Trader>,
    clients: Vec<Http>,
    lot: u64,
    ends: Timestamp,
    /// Who bid, what, and the answer.
    bids: Vec<(usize, Value, Value)>,
}

impl Floor {
    /// Opens the lot, and waits until it is open: for `room` seconds, or longer where the venue's first commands take
    /// their time, and for `rest` seconds more.
    fn open(venue: Venue, room: u64, rest: u64) -> anyhow::Result<(Self, Running)> {
        let server = venue.start()?;
        let since = Instant::now();
        let operator = Http::new(&server.url, venue.operator.clone());
        let seller = admit(&operator, 1, &["firm", "trader"])?;
        let bidders: Vec<Trader> = (2..4)
            .map(|i| admit(&operator, i, &["trader", "investor"]))
            .collect::<anyhow::Result<_>>()?;
        let right = json!({"asset": {"owner_id": seller.entity, "class": "patent", "office": "US", "number": "11803561",
            "title": "A technology", "filed_on": "2014-03-31", "texts_sha256": "ab".repeat(32)}, "extract": board::extract()});
        let asset = operator.must("/v1/rights", &json!({"client_id": "right", "rights": [right]}))?;
        let firm = Http::new(&server.url, seller.key.clone());
        let asset = number(&asset, "asset_id")?;
        // What was done up to here is as much as what is still to be done.
        let room = room + 2 * since.elapsed().as_secs();
        let (mut opens, mut ends) = (Timestamp(0), Timestamp(0));
        let lot = announce(&firm, "lot", |qualifies| {
            opens = qualifies.after(SECOND);
            ends = opens.after((room + rest) * SECOND);
            json!({"asset_ids": [asset], "account_id": seller.account, "basis": "venue_rule", "state_owned": false,
                "format": {"ascending": {"start": yuan("1000.00"), "steps": [{"from": yuan("0.00"), "step": yuan("10.00")}],
                    "clock": {"window_seconds": 0, "extension": "from_bid", "extensions_max": 0}, "maxima": false}},
                "deposit": yuan("100.00"), "opens_at": opens.to_string(),
                "closes_at": ends.to_string(), "viewing_days": 0,
                "fees": {"seller": 0, "premium": 0, "commission": false}, "payment_days": 5, "refunds_excess": false,
                "defects_sha256": "11".repeat(32), "notices_sha256": "22".repeat(32)})
        })?;
        let clients: Vec<Http> = bidders
            .iter()
            .map(|bidder| Http::new(&server.url, bidder.key.clone()))
            .collect();
        wait_until(opens);
        let floor = Self {
            venue,
            operator,
            bidders,
            clients,
            lot,
            ends,
            bids: Vec::new(),
        };
        Ok((floor, server))
    }

    fn bid(&self, client_id: &str, amount: &str) -> Value {
        json!({"client_id": client_id, "lot_id": self.lot, "price": yuan(amount)})
    }

    /// Both enter and outbid each other until this moment. What each holds then; nothing if that was too soon for them.
    fn bid_until(&mut self, until: Timestamp) -> anyhow::Result<Option<Vec<Value>>> {
        for i in 0..2 {
            let enter = json!({"client_id": "enter", "lot_id": self.lot, "account_id": self.bidders[i].account});
            if self.sent(i, "/v1/auctions/enter", &enter)?.is_none() {
                return Ok(None);
            }
        }
        while now() < until && self.bids.len() < *BIDS.end() {
            let n = self.bids.len();
            let bid = self.bid(&format!("bid-{n}"), &format!("{}.00", 1_000 + 10 * n));
            let Some(answer) = self.sent(n % 2, "/v1/auctions/bids", &bid)? else {
                return Ok(None);
            };
            self.bids.push((n % 2, bid, answer));
            thread::sleep(Duration::from_millis(40));
        }
        let held = self.cash()?;
        Ok((BIDS.contains(&self.bids.len()) && now() < self.ends).then_some(held))
    }

    /// The answer to a command that must be done, unless the lot has ended meanwhile.
    fn sent(&self, bidder: usize, path: &str, body: &Value) -> anyhow::Result<Option<Value>> {
        let (status, answer) = self.clients[bidder].post(path, body)?;
        let done = (200..300).contains(&status);
        ensure!(done || now().after(SECOND) >= self.ends, "{status} {answer}");
        Ok(done.then_some(answer))
    }

    /// What each bidder holds free and held.
    fn cash(&self) -> anyhow::Result<Vec<Value>> {
        let both = self.clients.iter().zip(&self.bidders);
        both.map(|(client, bidder)| {
            let (status, account) = client.get(&format!("/v1/accounts/{}", bidder.account))?;
            ensure!(status == 200, "{account}");
            Ok(account["cash"].clone())
        })
        .collect()
    }

    fn lot(&self) -> anyhow::Result<Value> {
        let (status, told) = self.operator.get(&format!("/v1/auctions/{}", self.lot))?;
        ensure!(status == 200, "{status} {told}");
        Ok(told["lot"].clone())
    }

    /// The lot is paused, and nothing of what was acknowledged is lost: this is what each of them held.
    fn stands_still(&self, paused: &Value, held: &[Value]) -> anyhow::Result<()> {
        let best = yuan(&format!("{}.00", 1_000 + 10 * (self.bids.len() - 1)));
        assert_eq!(
            (&paused["state"], &paused["best"]),
            (&json!("paused"), &best),
            "{paused}"
        );
        assert_eq!(paused["bids"], json!(self.bids.len()));
        let next = self.bid("next", "900000.00");
        let (status, refused) = self.clients[0].post("/v1/auctions/bids", &next)?;
        assert_eq!((status, &refused["code"]), (409, &json!("LOT_PAUSED")), "{refused}");
        assert_eq!(self.cash()?, held, "what was held is held");
        // Each bid, sent again, gets the answer that it got.
        for (bidder, bid, answer) in &self.bids {
            let (_, again) = self.clients[*bidder].post("/v1/auctions/bids", bid)?;
            assert_eq!(again, *answer);
        }
        Ok(())
    }

    /// An operator lets the lot go on: it has 300 seconds from then on at least, and takes bids. Then the venue stops,
    /// and its journal says the same to both cores.
    fn goes_on(&self, server: Running) -> anyhow::Result<()> {
        let asked = now();
        self.operator.must(
            "/v1/auctions/resume",
            &json!({"client_id": "resume", "lot_id": self.lot, "evidence_sha256": "ee".repeat(32)}),
        )?;
        let answered = now();
        let open = self.lot()?;
        assert_eq!(open["state"], "open");
        // The venue's clock and ours may differ by a moment.
        let ends = [before(asked, 1_000), answered.after(SECOND)].map(|moment| moment.after(300 * SECOND));
        ensure!(
            (ends[0]..=ends[1]).contains(&time(&open["ends_at"])?),
            "resumed between {asked} and {answered}: {open}"
        );
        let next = self.bid("last", "900000.00");
        self.clients[self.bids.len() % 2].must("/v1/auctions/bids", &next)?;
        server.stop()?;
        let key = seal::given(Some(&self.venue.seal_key_file()))?.context("the venue has a seal key")?;
        let verify = |book| offline::verify(&self.venue.journal_dir(), book, Some(key.journal()), &mut |_| {});
        assert_eq!(verify(BookKind::Fast)?, verify(BookKind::Plain)?);
        Ok(())
    }
}

/// SIGKILL ten seconds before the end, and a restart after it.
#[test]
fn a_lot_whose_end_falls_into_a_crash_is_paused_and_keeps_every_bid() -> anyhow::Result<()> {
    with_room(|room| {
        let (mut floor, server) = Floor::open(Venue::new(zhiheng()?, 1 << 20)?, room, BEFORE)?;
        let kill_at = before(floor.ends, BEFORE * 1_000);
        let Some(held) = floor.bid_until(before(kill_at, 1_000))? else {
            return Ok(None);
        };
        wait_until(kill_at);
        server.kill()?;
        if now() >= floor.ends {
            return Ok(None);
        }

        wait_until(floor.ends.after(AFTER * SECOND));
        let server = floor.venue.start()?;
        // The first read after the venue says that it is ready.
        let paused = floor.lot()?;
        floor.stands_still(&paused, &held)?;
        floor.goes_on(server).map(Some)
    })
}

/// SIGSTOP before the end, and SIGCONT after it. A bid that was sent in time lies in the kernel's buffer meanwhile.
#[test]
fn a_lot_whose_end_falls_into_a_standstill_is_paused_and_keeps_every_bid() -> anyhow::Result<()> {
    with_room(|room| {
        let venue = Venue::noticing(zhiheng()?, STANDSTILL * 1_000)?;
        let (mut floor, server) = Floor::open(venue, room, STOPPED)?;
        let stop_at = before(floor.ends, STOPPED * 1_000);
        let Some(held) = floor.bid_until(before(stop_at, 1_000))? else {
            return Ok(None);
        };
        wait_until(stop_at);
        server.freeze()?;
        let stopped = now();
        if stopped >= floor.ends {
            return Ok(None);
        }
        let gone_on = floor
            .ends
            .max(stopped.after(STANDSTILL * SECOND))
            .after(BEYOND * SECOND);
        let sent = thread::scope(|scope| {
            let in_time = scope.spawn(|| floor.clients[0].post("/v1/auctions/bids", &floor.bid("sent", "800000.00")));
            wait_until(gone_on);
            let thawed = server.thaw();
            let answered = in_time.join().expect("a client does not panic");
            thawed.and(answered)
        });
        let (status, refused) = sent?;
        assert_eq!((status, &refused["code"]), (409, &json!("LOT_PAUSED")), "{refused}");
        let paused = board::wait_for_lot(&floor.operator, floor.lot, &["paused"])?;
        floor.stands_still(&paused, &held)?;
        floor.goes_on(server).map(Some)
    })
}
