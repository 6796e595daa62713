//! SIGKILL ten seconds before the end of a lot, and a restart after it: the lot is paused, not closed, and every bid and deposit that was
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
    venue::Venue,
};

/// How long before its end the venue is killed, and how long after it started again, in seconds.
const BEFORE: u64 = 10;
const AFTER: u64 = 50;
/// How long the lot is open before the kill: for two bidders to enter and to bid.
const OPEN: u64 = 8;

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp(u64::try_from(since.as_nanos()).expect("before 2554"))
}

fn wait_until(at: Timestamp) {
    thread::sleep(Duration::from_nanos(at.0.saturating_sub(now().0)));
}

fn yuan(amount: &str) -> Value {
    json!({"currency": "CNY", "amount": amount})
}

fn lot(http: &Http, id: u64) -> anyhow::Result<Value> {
    let (status, told) = http.get(&format!("/v1/auctions/{id}"))?;
    ensure!(status == 200, "{status} {told}");
    Ok(told["lot"].clone())
}

/// What an account holds free and held.
fn cash(http: &Http, account: u64) -> anyhow::Result<Value> {
    let (status, account) = http.get(&format!("/v1/accounts/{account}"))?;
    ensure!(status == 200, "{account}");
    Ok(account["cash"].clone())
}

/// A time in an answer.
fn time(value: &Value) -> anyhow::Result<Timestamp> {
    let text = value.as_str().with_context(|| format!("no time: {value}"))?;
    text.parse().map_err(|_| anyhow::anyhow!("no time: {text}"))
}

#[test]
fn a_lot_whose_end_falls_into_a_crash_is_paused_and_keeps_every_bid() -> anyhow::Result<()> {
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
    let ends = opens.after((OPEN + BEFORE) * SECOND);
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
    let id = number(&announced, "deal_id")?;
    let clients: Vec<Http> = bidders
        .iter()
        .map(|bidder| Http::new(&server.url, bidder.key.clone()))
        .collect();
    wait_until(opens);
    for (client, bidder) in clients.iter().zip(&bidders) {
        client.must(
            "/v1/auctions/enter",
            &json!({"client_id": "enter", "lot_id": id, "account_id": bidder.account}),
        )?;
    }
    // They outbid each other until the kill.
    let kill_at = Timestamp(ends.0 - BEFORE * SECOND);
    let mut bids: Vec<(usize, Value, Value)> = Vec::new();
    while now() < Timestamp(kill_at.0 - SECOND) {
        let n = bids.len();
        let bid =
            json!({"client_id": format!("bid-{n}"), "lot_id": id, "price": yuan(&format!("{}.00", 1_000 + 10 * n))});
        let (status, answer) = clients[n % 2].post("/v1/auctions/bids", &bid)?;
        ensure!((200..300).contains(&status), "{status} {answer}");
        bids.push((n % 2, bid, answer));
        thread::sleep(Duration::from_millis(50));
    }
    ensure!(bids.len() > 10, "{} bids", bids.len());
    let best = yuan(&format!("{}.00", 1_000 + 10 * (bids.len() - 1)));
    let standing: Vec<Value> = clients
        .iter()
        .zip(&bidders)
        .map(|(client, bidder)| cash(client, bidder.account))
        .collect::<anyhow::Result<_>>()?;
    wait_until(kill_at);
    server.kill()?;

    wait_until(ends.after(AFTER * SECOND));
    let server = venue.start()?;
    let count = bids.len();
    let resumed_at = now();
    // Ready is said before the views need show what the core did at its start.
    let paused = board::wait_for_lot(&operator, id, "paused")?;
    assert_eq!(
        (&paused["state"], &paused["best"]),
        (&json!("paused"), &best),
        "{paused}"
    );
    assert_eq!(paused["bids"], json!(count));
    let next = json!({"client_id": "next", "lot_id": id, "price": yuan("900000.00")});
    let (status, refused) = clients[0].post("/v1/auctions/bids", &next)?;
    assert_eq!((status, &refused["code"]), (409, &json!("LOT_PAUSED")), "{refused}");
    for ((client, bidder), before) in clients.iter().zip(&bidders).zip(&standing) {
        assert_eq!(cash(client, bidder.account)?, *before, "what was held is held");
    }
    // Each bid, sent again, gets the answer that it got.
    for (bidder, bid, answer) in &bids {
        let (_, again) = clients[*bidder].post("/v1/auctions/bids", bid)?;
        assert_eq!(again, *answer);
    }

    operator.must(
        "/v1/auctions/resume",
        &json!({"client_id": "resume", "lot_id": id, "evidence_sha256": "ee".repeat(32)}),
    )?;
    let open = lot(&operator, id)?;
    assert_eq!(open["state"], "open");
    let left = time(&open["ends_at"])?.0 - resumed_at.0;
    ensure!(
        (300 * SECOND..360 * SECOND).contains(&left),
        "{left} ns are left: {open}"
    );
    let next = json!({"client_id": "last", "lot_id": id, "price": yuan("900000.00")});
    clients[count % 2].must("/v1/auctions/bids", &next)?;
    server.stop()?;
    let key = seal::given(Some(&venue.seal_key_file()))?.context("the venue has a seal key")?;
    let verify = |book| offline::verify(&venue.journal_dir(), book, Some(key.journal()), &mut |_| {});
    assert_eq!(verify(BookKind::Fast)?, verify(BookKind::Plain)?);
    Ok(())
}
