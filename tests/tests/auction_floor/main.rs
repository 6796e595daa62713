//! A whole rising auction on the real server: five bidders and a watcher on sockets of their own, from the announcement
//! to the delivery of the title. What the watcher wrote down proves who won without asking the venue, and a venue that
//! leaves a bid out is found out.

mod bidder;
mod log;

use anyhow::{Context as _, ensure};
use bidder::{Bidder, Story, Way, cny};
use log::{Files, changed_byte, forge_without, without_a_bid_of};
use protocol::time::SECOND;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;
use zhiheng_tests::{
    board::{self, Trader, admit, announce, number, wait_for_lot},
    client::{Http, Socket},
    program::zhiheng,
    venue::Venue,
};

/// A yuan has so many fen.
const YUAN: i64 = 100;
const START: i64 = 1_000_000 * YUAN;
const STEP: i64 = 10_000 * YUAN;
const DEPOSIT: i64 = 50_000 * YUAN;
/// How far each goes. Two drop out below the maximum; who has priority answers at the step above it and no further.
const LOWEST: i64 = 1_100_000 * YUAN;
const LOW: i64 = 1_160_000 * YUAN;
const MAXIMUM: i64 = 1_230_000 * YUAN;
const PRIORITY: i64 = MAXIMUM + STEP;
const HIGHEST: i64 = 1_300_000 * YUAN;
/// The highest limit leads a step above the maximum, is answered there by priority, and needs one step more: whoever
/// was faster before.
const PRICE: i64 = PRIORITY + STEP;
/// Basis points of the price: for the venue from the seller, and on top from the buyer.
const FEE: i64 = 80;
const PREMIUM: i64 = 100;
/// What each who is admitted brings.
const CASH: i64 = 10_000_000 * YUAN;
/// How many seconds a bid has to be answered by another, at least.
const WINDOW: u64 = 25;

/// A verified patent of `owner`.
fn patent(operator: &Http, owner: &Trader) -> anyhow::Result<u64> {
    let asset = json!({"owner_id": owner.entity, "class": "patent", "office": "CN", "number": "201810731204.0",
        "title": "A technology", "filed_on": "2019-07-05", "granted_on": "2021-05-12", "expires_on": "2038-07-05",
        "texts_sha256": "ab".repeat(32)});
    let rights = json!({"client_id": "right", "rights": [{"asset": asset, "extract": board::extract()}]});
    number(&operator.must("/v1/rights", &rights)?, "asset_id")
}

/// Announces the patent: every bid moves the end to `window` seconds behind it, and one bidder has priority.
fn put_up(seller: &Http, account: u64, asset: u64, privileged: u64, window: u64) -> anyhow::Result<u64> {
    let format = json!({"ascending": {"start": cny(START), "steps": [{"from": cny(0), "step": cny(STEP)}],
        "clock": {"window_seconds": window, "extension": "from_bid"}, "maxima": true}});
    announce(seller, "lot", |qualifies| {
        let opens = qualifies.after(2 * SECOND);
        json!({"asset_ids": [asset], "account_id": account, "basis": "venue_rule", "state_owned": false, "format": format,
            "deposit": cny(DEPOSIT), "opens_at": opens.to_string(), "closes_at": opens.after(window * SECOND).to_string(),
            "viewing_days": 0, "fees": {"seller": FEE, "premium": PREMIUM, "commission": false},
            "priority": [{"entity_id": privileged, "rank": 1}], "payment_days": 5, "refunds_excess": false,
            "defects_sha256": "dd".repeat(32), "notices_sha256": "ee".repeat(32)})
    })
}

/// Follows the lot without a key, from its first step on, and writes down what is sent until the title is delivered.
async fn watch(url: String, lot: u64) -> anyhow::Result<Vec<String>> {
    let mut socket = Socket::anonymous(&url).await?;
    let follow = json!({"op": "subscribe", "channel": "auction", "symbol": format!("LOT-{lot}"), "from_seq": 0});
    socket.send(&follow).await?;
    let mut lines = Vec::new();
    loop {
        let line = socket.next_text().await.context("the venue hung up on the watcher")?;
        let last = line.contains("\"state\":\"delivered\"");
        lines.push(line);
        if last {
            return Ok(lines);
        }
    }
}

/// Free and held yuan of an account, in fen.
fn cash(http: &Http, account: u64) -> anyhow::Result<(i64, i64)> {
    let (_, told) = http.get(&format!("/v1/accounts/{account}"))?;
    let fen = |field: &str| -> anyhow::Result<i64> {
        let text = told["cash"][0][field].as_str().with_context(|| format!("{told}"))?;
        Ok(text.replace('.', "").parse()?)
    };
    Ok((fen("free")?, fen("held")?))
}

/// What each heard of itself: how it stood when it came, what was held of it, that it was outbid, and what came back.
fn check_stories(stories: &[Story], traders: &[Trader], lot: u64) -> anyhow::Result<()> {
    for (i, story) in stories.iter().enumerate() {
        let (own, won) = (&traders[i], i + 1 == stories.len());
        let free = &story.snapshot["accounts"][0]["cash"][0]["free"];
        assert_eq!(*free, json!(cny(CASH))["amount"], "{}", story.snapshot);
        let others = traders.iter().filter(|other| other.entity != own.entity);
        let others: BTreeSet<u64> = others.flat_map(|other| [other.entity, other.account]).collect();
        ensure!(!story.names(&others), "bidder {i} heard of another: {:?}", story.events);
        for event in &story.events {
            let whose = &event["for_entity_id"];
            ensure!(whose.is_null() || *whose == own.entity, "bidder {i}: {event}");
        }
        let postings: Vec<(&str, &str)> = story
            .told("cash_posted")
            .filter(|event| event["deal_id"] == lot)
            .filter_map(|event| event["reason"].as_str().zip(event["held"].as_str()))
            .collect();
        let (deposit, total) = ("50000.00", "1262500.00");
        let back = format!("-{deposit}");
        let paid = format!("-{total}");
        let expected = match won {
            true => vec![("held", deposit), ("released", &back), ("held", total), ("paid", &paid)],
            false => vec![("held", deposit), ("released", &back)],
        };
        assert_eq!(postings, expected, "bidder {i}");
        ensure!(story.told("bid_stands").all(|event| event["number"] == story.number));
        let last = story.told("bid_stands").last().context("a bid of it was taken")?;
        assert_eq!(last["leads"], won, "bidder {i} was outbid, unless it won");
        // Each receipt came over the channel as well, the same and in the same order.
        let answered: Vec<&Value> = story.answers.iter().map(|answer| &answer["receipt"]).collect();
        let receipts = story.frames.iter().map(|frame| &frame["receipt"]);
        let heard: Vec<&Value> = receipts.filter(|receipt| !receipt.is_null()).collect();
        assert_eq!(heard, answered, "bidder {i}");
        assert_eq!(heard.len(), story.told("bid_taken").count(), "bidder {i}");
        // Somebody else was faster, or an answer by priority was; a bid of this floor has no other fault.
        let faults = story.refused.iter().find(|code| *code != "BID_BELOW_STEP");
        ensure!(faults.is_none(), "bidder {i}: {:?}", story.refused);
    }
    Ok(())
}

#[test]
fn five_bidders_and_a_watcher_see_a_title_sold_and_a_bid_that_is_left_out_is_found() -> anyhow::Result<()> {
    let venue = Venue::of_titles(zhiheng()?)?;
    let server = venue.start()?;
    let operator = Http::new(&server.url, venue.operator.clone());
    let since = Instant::now();
    let seller = admit(&operator, 1, &["firm", "trader"])?;
    let traders: Vec<Trader> = (2..7)
        .map(|i| admit(&operator, i, &["trader", "investor"]))
        .collect::<anyhow::Result<_>>()?;
    let asset = patent(&operator, &seller)?;
    let firm = Http::new(&server.url, seller.key.clone());
    // One opens, the next outbids it, a maximum answers; from there on all five are at it at once, and the last goes
    // furthest. So each has a bid that was taken, however their sockets race.
    let all = START + 2 * STEP;
    let ways = [
        (Way::Opens, LOWEST, all),
        (Way::ByStep, LOW, START),
        (Way::ByMaximum, MAXIMUM, START + STEP),
        (Way::ByPriority, PRIORITY, all),
        (Way::ByStep, HIGHEST, all),
    ];
    // Nobody may be so slow that the lot ends while somebody would go further: some forty commands were done up to
    // here.
    let window = WINDOW + since.elapsed().as_secs() / 2;
    let lot = put_up(&firm, seller.account, asset, traders[3].entity, window)?;
    let runtime = Runtime::new()?;
    let mut bidding = Vec::new();
    for (i, ((way, limit, joins), trader)) in ways.into_iter().zip(traders.clone()).enumerate() {
        let thinks = Duration::from_millis(11 + 5 * i as u64);
        let bidder = Bidder {
            trader,
            way,
            limit,
            joins,
            thinks,
        };
        bidding.push(runtime.spawn(bidder.deal(server.url.clone(), lot)));
    }
    wait_for_lot(&operator, lot, &["qualifying", "open"])?;
    let watching = runtime.spawn(watch(server.url.clone(), lot));

    // It ends by itself, the winner pays over its socket, and the title goes the way of any other.
    let paid = wait_for_lot(&operator, lot, &["paid"])?;
    let evidence = "ee".repeat(32);
    let filed = json!({"client_id": "file", "transfer_id": lot, "evidence_sha256": evidence});
    firm.must("/v1/transfers/file", &filed)?;
    let recorded = json!({"client_id": "answer", "transfer_id": lot, "evidence_sha256": evidence});
    operator.must("/v1/transfers/answer", &recorded)?;
    let stories = runtime.block_on(async {
        let mut stories = Vec::new();
        for bidder in bidding {
            stories.push(bidder.await??);
        }
        anyhow::Ok(stories)
    })?;
    let lines = runtime.block_on(watching)??;

    let told = wait_for_lot(&operator, lot, &["delivered"])?;
    let winner = &stories[4];
    for lot in [&paid, &told] {
        assert_eq!(
            (&lot["number"], &lot["price"]),
            (&json!(winner.number), &json!(cny(PRICE))),
            "{lot}"
        );
    }
    let late = told["extensions"].as_u64().context("a count")?;
    ensure!(late > 10, "every bid of this lot comes late: {told}");
    check_stories(&stories, &traders, lot)?;

    let (_, title) = operator.get(&format!("/v1/titles/{asset}"))?;
    assert_eq!(
        title["title"]["owners"],
        json!([{"entity_id": traders[4].entity, "parts": 1}])
    );
    let [fee, premium] = [FEE, PREMIUM].map(|points| PRICE * points / 10_000);
    let read = |trader: &Trader| cash(&operator, trader.account);
    let bidders: Vec<(i64, i64)> = traders.iter().map(read).collect::<anyhow::Result<_>>()?;
    let (sold, house) = (read(&seller)?, cash(&operator, 0)?);
    assert_eq!(bidders[..4], [(CASH, 0); 4], "the losers are whole");
    assert_eq!(bidders[4], (CASH - PRICE - premium, 0), "paid once");
    assert_eq!(sold, (CASH + PRICE - fee, 0), "the price less the fee");
    assert_eq!(house, (fee + premium, 0), "the venue's part");
    let all = bidders.iter().chain([&sold, &house]);
    let sum: i64 = all.map(|(free, held)| free + held).sum();
    assert_eq!(sum, 6 * CASH, "no fen came or went");

    // What the watcher wrote down, and the receipts of all five.
    let (_, key) = operator.get("/v1/certificates/key")?;
    let key = key["public_key"].as_str().context("the venue has a key")?;
    let files = Files::new(key)?;
    let receipts: Vec<&Value> = stories.iter().flat_map(|story| &story.answers).collect();
    files.write_receipts(&receipts)?;
    let (code, said) = files.verify(&lines, true)?;
    assert_eq!(code, Some(0), "{said}");
    let won = format!("winner {} at 1250000.00 CNY", winner.number);
    ensure!(
        said.contains(&won) && said.contains("a late bid moved the end"),
        "{said}"
    );
    ensure!(!said.contains("MISSING"), "{said}");
    // What a bidder wrote down of its own channel does as well, as it stands.
    files.write_receipts(&winner.frames.iter().collect::<Vec<_>>())?;
    let (code, told) = files.verify(&lines, true)?;
    ensure!(
        code == Some(0) && told.matches(": bid_lot of ").count() > 1,
        "{code:?} {told}"
    );
    files.write_receipts(&receipts)?;
    let text = lines.concat();
    ensure!(text.contains("\"matched\":true") && text.contains("\"automatic\":true"));

    for part in 0..12 {
        let (forged, line) = changed_byte(&lines, part, 12)?;
        let (code, said) = files.verify(&forged, false)?;
        // The number is named as well, unless it was what changed.
        let named = [", seq", ":"].map(|next| format!("line {line}{next}"));
        ensure!(
            code == Some(1) && named.iter().any(|place| said.contains(place)),
            "a byte of line {line} was changed: {code:?} {said}\n{}",
            forged[line - 1]
        );
    }
    let (cut, line, seq) = without_a_bid_of(&lines, winner.number)?;
    let (code, said) = files.verify(&cut, false)?;
    ensure!(
        code == Some(1)
            && said.contains(&format!(
                "line {line}, seq {}: seq {} came where {seq}",
                seq + 1,
                seq + 1
            )),
        "{code:?} {said}"
    );

    // A venue that leaves the winning bid out signs a log that holds in itself; the bidder's receipt does not fit into
    // it.
    let forged = forge_without(&lines, winner.number, cny(PRICE), &venue.data_dir())?;
    let (code, said) = files.verify(&forged, false)?;
    let other = format!("winner {} at 1240000.00 CNY", stories[3].number);
    ensure!(code == Some(0) && said.contains(&other), "{code:?} {said}");
    let (code, said) = files.verify(&forged, true)?;
    assert_eq!(code, Some(1), "{said}");
    let missing: Vec<&str> = said.lines().filter(|line| line.contains("MISSING")).collect();
    let last = winner.answers.last().context("it bid")?;
    let place = receipts
        .iter()
        .position(|receipt| *receipt == last)
        .context("it is kept")?
        + 1;
    let at = last["receipt"]["at"].as_str().context("a receipt has a time")?;
    let named = format!(
        "line {place}: bid_lot of {} at {at}: MISSING from the log",
        winner.number
    );
    assert_eq!(missing, [named], "{said}");
    server.stop()
}
