//! Who trusts `/readyz`, or the word `ready`, finds a market, and gives an order.
#![cfg(unix)]

mod house;
mod server_support;

use house::{Exchange, House};
use serde_json::Value;
use server_support::{Venue, config};
use std::{
    net::TcpListener,
    process::Stdio,
    time::{Duration, Instant},
};

/// Status and body of a read.
fn get(url: &str) -> Option<(u16, Value)> {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.get(url).call().ok()?;
    let text = answer.body_mut().read_to_string().ok()?;
    Some((
        answer.status().as_u16(),
        serde_json::from_str(&text).unwrap_or_default(),
    ))
}

#[test]
fn the_demo_is_ready_once_its_market_is_filled() {
    let house = House::new("");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    let mut demo = house
        .command(&["--data-dir", "data", "--listen", &listen])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (since, mut filling) = (Instant::now(), 0);
    let symbols = loop {
        assert!(since.elapsed() < Duration::from_secs(120), "it is never ready");
        match get(&format!("http://{listen}/readyz")) {
            Some((200, _)) => break get(&format!("http://{listen}/v1/listings")).unwrap().1,
            Some((503, problem)) if problem["hint"] == "the market is being set up" => filling += 1,
            _ => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    let symbols = symbols["items"].as_array().unwrap();
    let quoted = symbols.iter().filter(|symbol| {
        let symbol = symbol["symbol"].as_str().unwrap();
        let book = get(&format!("http://{listen}/v1/market/{symbol}/book")).unwrap().1;
        book["bids"].as_array().is_some_and(|bids| !bids.is_empty())
    });
    let (count, quoted) = (symbols.len(), quoted.count());
    demo.kill().unwrap();
    demo.wait().unwrap();
    assert_eq!((count, quoted), (12, 12));
    assert!(filling > 0, "nobody was told that it is being filled");
}

#[test]
fn what_the_demo_sells_by_rising_bids_was_pledged_for_a_loan_in_default() {
    let house = House::new("");
    let market = Exchange::start(&house, &["--data-dir", "data", "--listen", "127.0.0.1:0"]);
    for name in ["bank=", "bank-2=", "guarantor=", "fund="] {
        assert!(market.printed.contains(name), "{}", market.printed);
    }
    let read = |who: &str, path: &str| market.get(&house, path, Some(&format!("data/keys/{who}.key")));
    let case = &read("bank-2", "/v1/disposals")["items"][0]["disposal"];
    assert_eq!(case["state"], "open", "{case}");
    let since = Instant::now();
    let lot = loop {
        let lots = read("ana", "/v1/auctions");
        let lots = lots["items"].as_array().unwrap().iter().map(|item| &item["lot"]);
        let mut rising = lots.filter(|lot| lot["format"]["ascending"].is_object());
        if let Some(lot) = rising.next() {
            break lot.clone();
        }
        assert!(since.elapsed() < Duration::from_secs(120), "no lot is announced");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(lot["asset_ids"], case["asset_ids"], "{lot}");
    let loans = read("guarantor", "/v1/loans");
    assert_eq!(loans["items"][0]["loan"]["state"], "running", "{loans}");
    let facts = &read("bank", "/v1/facts")["items"][0]["entity"];
    assert_eq!(facts["dual_control"], true, "its two people act together: {facts}");
    market.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fresh_venue_that_says_ready_has_room_for_an_order() {
    for _ in 0..5 {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        // The first segment promises half a kilobyte, which is no order's: that takes what is prepared beside it.
        let journal = &mut config.sequencer.journal;
        (journal.batch_bytes_max, journal.prepared_ahead) = (1 << 20, 16);
        journal.segment_bytes = journal.batch_bytes_max + 1_024;
        let venue = Venue::open(config).await;
        assert!(venue.ready.handle.has_room());
        assert_eq!(venue.nobody().get("/readyz").await.status, 200);
        venue.stop().await.unwrap();
    }
}
