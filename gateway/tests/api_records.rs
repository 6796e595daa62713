//! Who reads which record, and what a reading tells: on the socket, with the keys of everyone concerned.

mod server_support;

use gateway::proof::signing;
use protocol::Timestamp;
use serde_json::{Value, json};
use server_support::*;
use std::{
    path::Path,
    time::{Duration, Instant},
};

const PAPER: &str = "7a686968656e67207a686968656e67207a686968656e67207a686968656e6721";

/// A venue whose sellers may end a disclosure on the day it began.
async fn venue(dir: &Path) -> Venue {
    let venue = Venue::open(config(dir)).await;
    let numbers = json!({
        "lock_days": 0, "extract_days": 30, "disclosure_days": 0, "state_disclosure_days": 20, "priority_days": 5, "step_days": 5,
        "print_delay_days": 30, "recordal_months": 3, "preservation_months": 6, "court_hold_months": 12, "grace_months": 6,
        "proposal_days": 7
    });
    let operator = &venue.operator;
    operator
        .done("POST", "/v1/rules/numbers", json!({ "rules": numbers }))
        .await;
    venue
}

/// A verified trademark of these owners, by parts.
async fn mark(venue: &Venue, owners: &[(&Dealer, u32)]) -> Value {
    let parts: Vec<Value> = owners
        .iter()
        .map(|(owner, parts)| json!({ "entity_id": owner.entity, "parts": parts }))
        .collect();
    let now = Timestamp(signing::now_ms() * 1_000_000);
    let extract = json!({ "drawn_on": now.venue_date().to_string(), "evidence_sha256": PAPER });
    let asset = json!({
        "owner_id": owners[0].0.entity, "class": "trademark", "office": "CN", "number": "12345678", "title": "云杉",
        "granted_on": "2024-05-21", "expires_on": "2034-05-21", "classifications": [{ "scheme": "nice", "code": "9" }],
        "texts_sha256": PAPER
    });
    let mut right = json!({ "asset": asset, "extract": extract });
    if owners.len() > 1 {
        right["owners"] = parts.into();
    }
    let rights = json!({ "rights": [right] });
    venue.operator.done("POST", "/v1/rights", rights).await["asset_id"].clone()
}

/// Gives a command; its place in the journal.
async fn give(dealer: &Dealer, path: &str, mut body: Value) -> u64 {
    body["client_id"] = fresh_id().into();
    let answer = dealer.send("POST", path, &body).await.ok();
    assert_eq!(answer["outcome"]["status"], "done", "{answer}");
    answer["journal_seq"].as_u64().expect("a number")
}

/// The records that somebody reads at this path, as of this command.
async fn read(dealer: &Dealer, path: &str, seq: u64) -> Value {
    dealer.get(&format!("{path}?min_seq={seq}")).await.ok()["items"].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_cannot_tell_from_an_interest_who_bids_and_a_regulator_can() {
    let dir = tempfile::tempdir().unwrap();
    let venue = venue(dir.path()).await;
    let [seller, ana, bo] = [
        venue.admit(11, "0").await,
        venue.admit(12, "9000.00").await,
        venue.admit(13, "9000.00").await,
    ];
    let regulator = venue.admit_with(14, "0", &["regulator"], &["read"]).await;
    let asset = mark(&venue, &[(&seller, 1)]).await;
    let cny = |amount: &str| json!({ "currency": "CNY", "amount": amount });
    let sale = give(
        &seller,
        "/v1/transfers",
        json!({
            "asset_ids": [asset], "account_id": seller.account, "ask": cny("1000.00"), "increment": cny("10.00"),
            "basis": "venue_rule", "disclosure_days": 20, "bidding_days": 5, "state_owned": false, "disclosure": "full",
            "anonymous": false
        }),
    )
    .await;
    for buyer in [&ana, &bo] {
        let interest = json!({ "transfer_id": sale, "account_id": buyer.account });
        give(buyer, "/v1/transfers/interest", interest).await;
        let qualify = json!({
            "transfer_id": sale, "entity_id": buyer.entity, "qualified": true, "evidence_sha256": PAPER
        });
        give(&venue.operator, "/v1/transfers/qualify", qualify).await;
    }
    let ended = give(&seller, "/v1/transfers/end-disclosure", json!({ "transfer_id": sale })).await;

    let staff = &venue.operator;
    let before = read(staff, "/v1/interests", ended).await;
    assert_eq!(before.as_array().map(Vec::len), Some(2), "{before}");
    let own = read(&ana, "/v1/interests", ended).await;
    let bid = json!({ "transfer_id": sale, "price": cny("1200.00") });
    let seq = give(&ana, "/v1/transfers/bids", bid).await;

    // To the operator nothing moved: neither what she bids nor since when her interest is as it is.
    assert_eq!(read(staff, "/v1/interests", seq).await, before);
    let told = before.to_string();
    assert!(!told.contains("1200.00") && !told.contains("\"best\":true"), "{told}");
    let other = read(&bo, "/v1/interests", seq).await;
    assert!(!other.to_string().contains("1200.00"), "{other}");
    // She sees her bid, and so does the regulator.
    let hers = read(&ana, "/v1/interests", seq).await;
    assert_ne!(hers[0]["at"], own[0]["at"]);
    assert!(hers.to_string().contains("1200.00"), "{hers}");
    let all = read(&regulator, "/v1/interests", seq).await;
    assert!(all.to_string().contains("1200.00"), "{all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_co_owner_is_told_who_read_their_title() {
    let dir = tempfile::tempdir().unwrap();
    let venue = venue(dir.path()).await;
    let [first, second, stranger] = [
        venue.admit(11, "0").await,
        venue.admit(12, "0").await,
        venue.admit(13, "0").await,
    ];
    let regulator = venue.admit_with(14, "0", &["regulator"], &["read"]).await;
    let asset = mark(&venue, &[(&first, 60), (&second, 40)]).await;
    let path = format!("/v1/titles/{asset}");
    // Their own reads are nobody's business, and a stranger's finds nothing.
    first.get(&path).await.ok();
    second.get(&path).await.ok();
    stranger.get(&path).await.refused(404, "UNKNOWN_ASSET");
    assert_eq!(read(&first, "/v1/reads", 0).await, json!([]));

    regulator.get(&path).await.ok();
    let certificate = format!("/v1/certificates/{asset}");
    regulator.get(&certificate).await.ok();
    let tried = Instant::now();
    for owner in [&first, &second] {
        // A read is durable before it is answered; the views may show it a moment later.
        let mut reads = read(owner, "/v1/reads", 0).await;
        while reads.as_array().is_none_or(|reads| reads.len() < 2) && tried.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(5)).await;
            reads = read(owner, "/v1/reads", 0).await;
        }
        let told: Vec<_> = reads
            .as_array()
            .expect("a list")
            .iter()
            .map(|read| &read["read"])
            .map(|read| (&read["reader_id"], &read["entity_id"], &read["record"]))
            .collect();
        let (reader, of) = (&json!(regulator.entity), &json!(owner.entity));
        let (title, proof) = (&json!(path), &json!(certificate));
        assert_eq!(told, [(reader, of, title), (reader, of, proof)], "{reads}");
    }
    assert_eq!(read(&stranger, "/v1/reads", 0).await, json!([]));
}

/// Everything of a list, an entry a page, and how many pages that took.
async fn walk(who: &Dealer, list: &str) -> (Vec<Value>, usize) {
    let (mut items, mut path) = (Vec::new(), format!("{list}?limit=1"));
    for pages in 1..200 {
        let page = who.get(&path).await.ok();
        items.extend(page["items"].as_array().expect("a list").clone());
        match page["next"].as_str() {
            Some(next) => path = format!("{list}?limit=1&cursor={next}"),
            None => return (items, pages),
        }
    }
    panic!("{list} does not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_through_the_reads_ends_and_two_offices_keep_nobody_busy() {
    let dir = tempfile::tempdir().unwrap();
    let venue = venue(dir.path()).await;
    let owner = venue.admit(11, "0").await;
    let regulator = venue.admit_with(14, "0", &["regulator"], &["read"]).await;
    let asset = mark(&venue, &[(&owner, 100)]).await;
    for _ in 0..5 {
        regulator.get(&format!("/v1/titles/{asset}")).await.ok();
    }
    // The operator reads by its office who read, which is noted, and ends all the same.
    let (reads, pages) = walk(&venue.operator, "/v1/reads").await;
    let by = |reads: &[Value], who: &Dealer| {
        reads
            .iter()
            .filter(|read| read["read"]["reader_id"] == who.entity)
            .count()
    };
    assert_eq!(by(&reads, &regulator), 5);
    assert!(pages <= 1 + 2 * 5, "{pages} pages");
    let (reads, _) = walk(&venue.operator, "/v1/reads").await;
    assert!(by(&reads, &venue.operator) >= 5, "{reads:?}");

    // Both follow everything, in turn. What one is noted for is news to the other once, and makes no news itself.
    let mut from = [0_u64; 2];
    let mut rounds = 0;
    loop {
        let mut news = 0;
        for (office, from) in [&venue.operator, &regulator].into_iter().zip(&mut from) {
            let page = office.get(&format!("/v1/changes?from={from}&limit=1000")).await.ok();
            news += page["items"].as_array().expect("a list").len();
            *from = page["next"].as_u64().unwrap();
        }
        rounds += 1;
        if news == 0 {
            break;
        }
        assert!(rounds < 20, "{news} more, for ever");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The owner was told of each office, and can go through all of it.
    let (told, _) = walk(&owner, "/v1/reads").await;
    assert!(by(&told, &regulator) > 5 && by(&told, &venue.operator) > 5, "{told:?}");
}
