//! A venue that is killed, or stands still, across the end of a lot: the lot is paused, not closed, and every bid and deposit that was
//! acknowledged is there.

use anyhow::{Context as _, ensure};
use gateway::seal;
use protocol::{Timestamp, time::SECOND};
use sequencer::{BookKind, offline};
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use zhiheng_tests::{
    board::{self, Trader, admit, number},
    client::Http,
    program::zhiheng,
    venue::{Running, Venue},
};

/// How long before its end the venue is killed, and how long after it started again, in seconds.
const BEFORE: u64 = 10;
const AFTER: u64 = 50;
/// How long the lot is open before that: for two bidders to enter and to bid.
const OPEN: u64 = 8;

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp(u64::try_from(since.as_nanos()).expect("before 2554"))
}

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
    /// Opens the lot for so many seconds.
    fn open(seconds: u64) -> anyhow::Result<(Self, Running)> {
        let venue = Venue::new(zhiheng()?, 1 << 20)?;
        let server = venue.start()?;
        let operator = Http::new(&server.url, venue.operator.clone());
        let seller = admit(&operator, 1, &["firm", "trader"])?;
        let bidders: Vec<Trader> = (2..4)
            .map(|i| admit(&operator, i, &["trader", "investor"]))
            .collect::<anyhow::Result<_>>()?;
        let right = json!({"asset": {"owner_id": seller.entity, "class": "patent", "office": "US", "number": "11803561",
            "title": "A technology", "texts_sha256": "ab".repeat(32)}, "extract": board::extract()});
        let asset = operator.must("/v1/rights", &json!({"client_id": "right", "rights": [right]}))?;
        let firm = Http::new(&server.url, seller.key.clone());
        let qualifies = now().after(2 * SECOND);
        let opens = qualifies.after(SECOND);
        let ends = opens.after(seconds * SECOND);
        let announced = firm.must(
            "/v1/auctions",
            &json!({"client_id": "lot", "asset_ids": [number(&asset, "asset_id")?], "account_id": seller.account,
                "basis": "venue_rule", "state_owned": false,
                "format": {"ascending": {"start": yuan("1000.00"), "steps": [{"from": yuan("0.00"), "step": yuan("10.00")}],
                    "clock": {"window_seconds": 0, "extension": "from_bid", "extensions_max": 0}, "maxima": false}},
                "deposit": yuan("100.00"), "qualifies_at": qualifies.to_string(), "opens_at": opens.to_string(),
                "closes_at": ends.to_string(), "viewing_days": 0,
                "fees": {"seller": 0, "premium": 0, "commission": false}, "payment_days": 5, "refunds_excess": false,
                "defects_sha256": "11".repeat(32), "notices_sha256": "22".repeat(32)}),
        )?;
        let lot = number(&announced, "deal_id")?;
        let clients: Vec<Http> = bidders
            .iter()
            .map(|bidder| Http::new(&server.url, bidder.key.clone()))
            .collect();
        wait_until(opens);
        for (client, bidder) in clients.iter().zip(&bidders) {
            client.must(
                "/v1/auctions/enter",
                &json!({"client_id": "enter", "lot_id": lot, "account_id": bidder.account}),
            )?;
        }
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

    /// Both outbid each other until this moment. What each holds then.
    fn bid_until(&mut self, until: Timestamp) -> anyhow::Result<Vec<Value>> {
        while now() < until {
            let n = self.bids.len();
            let bid = self.bid(&format!("bid-{n}"), &format!("{}.00", 1_000 + 10 * n));
            let (status, answer) = self.clients[n % 2].post("/v1/auctions/bids", &bid)?;
            ensure!((200..300).contains(&status), "{status} {answer}");
            self.bids.push((n % 2, bid, answer));
            thread::sleep(Duration::from_millis(50));
        }
        ensure!(self.bids.len() > 10, "{} bids", self.bids.len());
        self.cash()
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

    /// An operator lets the lot go on: it has 300 seconds from `since` at least, and takes bids. Then the venue stops, and its journal
    /// says the same to both cores.
    fn goes_on(&self, server: Running, since: Timestamp) -> anyhow::Result<()> {
        self.operator.must(
            "/v1/auctions/resume",
            &json!({"client_id": "resume", "lot_id": self.lot, "evidence_sha256": "ee".repeat(32)}),
        )?;
        let open = self.lot()?;
        assert_eq!(open["state"], "open");
        let left = time(&open["ends_at"])?.0 - since.0;
        ensure!(
            (300 * SECOND..360 * SECOND).contains(&left),
            "{left} ns are left: {open}"
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
    let (mut floor, server) = Floor::open(OPEN + BEFORE)?;
    let kill_at = before(floor.ends, BEFORE * 1_000);
    let held = floor.bid_until(before(kill_at, 1_000))?;
    wait_until(kill_at);
    server.kill()?;

    wait_until(floor.ends.after(AFTER * SECOND));
    let server = floor.venue.start()?;
    let resumed_at = now();
    // The first read after the venue says that it is ready.
    let paused = floor.lot()?;
    floor.stands_still(&paused, &held)?;
    floor.goes_on(server, resumed_at)
}

/// SIGSTOP a second before the end, and SIGCONT three seconds after it. A bid that was sent in time lies in the kernel's buffer meanwhile.
#[test]
fn a_lot_whose_end_falls_into_a_standstill_is_paused_and_keeps_every_bid() -> anyhow::Result<()> {
    let (mut floor, server) = Floor::open(5)?;
    let held = floor.bid_until(before(floor.ends, 1_500))?;
    wait_until(before(floor.ends, 1_000));
    server.freeze()?;
    wait_until(before(floor.ends, 200));
    let sent = thread::scope(|scope| {
        let in_time = scope.spawn(|| floor.clients[0].post("/v1/auctions/bids", &floor.bid("sent", "800000.00")));
        wait_until(floor.ends.after(3_200 * (SECOND / 1_000)));
        let thawed = server.thaw();
        let answered = in_time.join().expect("a client does not panic");
        thawed.and(answered)
    });
    let resumed_at = now();
    let (status, refused) = sent?;
    assert_eq!((status, &refused["code"]), (409, &json!("LOT_PAUSED")), "{refused}");
    let paused = board::wait_for_lot(&floor.operator, floor.lot, "paused")?;
    floor.stands_still(&paused, &held)?;
    floor.goes_on(server, resumed_at)
}
