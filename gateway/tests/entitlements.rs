//! Entitlements: who has the market's data at which level, on every road that tells of quotes and prints.

mod server_support;

use gateway::{
    json::scalar::read_time,
    server::{Entitlements, Level, ServerConfig},
};
use protocol::EntityId;
use serde_json::{Value, json};
use server_support::*;
use std::{path::Path, time::Duration};

const SYMBOL: &str = "SONG.U";

/// What is sold.
const SOLD: [&str; 10] = [
    "book.l1",
    "book.l2",
    "book.l2.10",
    "book.l2.100ms",
    "book.l3",
    "trades",
    "ticker",
    "candles.1m",
    "candles.1h",
    "candles.1d",
];
/// What of it `conflated` holds.
const MERGED: [&str; 7] = [
    "book.l1",
    "book.l2.10",
    "book.l2.100ms",
    "ticker",
    "candles.1m",
    "candles.1h",
    "candles.1d",
];
/// What is nobody's product.
const FREE: [&str; 2] = ["status", "instruments"];

fn selling(dir: &Path, entitlements: Entitlements) -> ServerConfig {
    let mut config = config(dir);
    config.entitlements = entitlements;
    config
}

/// The sold channels that somebody may follow; the others are refused with the code.
async fn follows(who: &Dealer) -> Vec<&'static str> {
    let mut socket = who.websocket().await;
    let mut followed = vec![];
    for channel in SOLD {
        let asked = json!({ "op": "subscribe", "channel": channel, "symbol": SYMBOL });
        let (answer, _) = socket.ask(asked).await;
        if answer["op"] == "subscribe" {
            followed.push(channel);
        } else {
            assert_eq!(answer["code"], "DATA_NOT_ENTITLED", "{channel}: {answer}");
            assert_eq!((&answer["status"], &answer["field"]), (&json!(403), &json!("/channel")));
        }
        // By `*` it is no other thing.
        let all = json!({ "op": "subscribe", "channel": channel, "symbol": "*" });
        let (answer, _) = socket.ask(all).await;
        let code = &answer["code"];
        let expected = if followed.contains(&channel) {
            "SUBSCRIPTION_OVERLAP"
        } else {
            "DATA_NOT_ENTITLED"
        };
        assert_eq!(code, expected, "{channel}: {answer}");
    }
    for channel in FREE {
        let asked = json!({ "op": "subscribe", "channel": channel, "symbol": SYMBOL });
        let (answer, _) = socket.ask(asked).await;
        assert_eq!(answer["op"], "subscribe", "{channel}: {answer}");
    }
    followed
}

async fn level(who: &Dealer) -> Value {
    who.get("/v1/venue").await.ok()["market_data"].clone()
}

async fn items(who: &Dealer, path: &str) -> Vec<Value> {
    who.get(path).await.ok()["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_level_has_what_the_venue_sells_it_and_nobody_less_than_the_anonymous() {
    let dir = tempfile::tempdir().unwrap();
    // Who is admitted below: ana is participant 1, bo 2, a data consumer 3.
    let sold = Entitlements {
        anonymous: Level::EndOfDay,
        participants: Level::Live,
        data_consumers: Level::Delayed,
        of: [(EntityId(2), Level::Conflated)].into(),
        delay: Entitlements::DELAY_MAX,
    };
    let venue = Venue::open(selling(dir.path(), sold.clone())).await;
    let [ana, bo] = [venue.admit(11, "500.00").await, venue.admit(12, "10000.00").await];
    let vendor = venue.admit_with(13, "0", &["data_consumer"], &["read"]).await;
    let regulator = venue.admit_with(14, "0", &["regulator"], &["read"]).await;
    assert_eq!((ana.entity, bo.entity, vendor.entity), (1, 2, 3));
    let nobody = venue.nobody();
    venue.list(&ana, SYMBOL).await;
    ana.place(SYMBOL, "sell", "120.00", "5").await;
    let last = bo.place(SYMBOL, "buy", "125.00", "3").await["journal_seq"]
        .as_u64()
        .unwrap();

    for (who, word, channels) in [
        (&ana, "live", &SOLD[..]),
        (&venue.operator, "live", &SOLD),
        (&regulator, "live", &SOLD),
        (&bo, "conflated", &MERGED),
        (&vendor, "delayed", &[]),
        (&nobody, "end_of_day", &[]),
    ] {
        assert_eq!(level(who).await, json!({ "level": word, "delay_s": 86_400 }));
        assert_eq!(follows(who).await, channels, "{word}");
    }

    let book = format!("/v1/market/{SYMBOL}/book");
    let trades = format!("/v1/market/{SYMBOL}/trades");
    let candles = format!("/v1/market/{SYMBOL}/candles?resolution=1m");
    for who in [&ana, &bo, &regulator] {
        let fresh = format!("{book}?min_seq={last}");
        assert_eq!(who.get(&fresh).await.ok()["asks"][0], json!(["120.00", "2", 1]));
        assert_eq!(items(who, &trades).await.len(), 1);
        assert_eq!(items(who, &format!("{candles}&min_seq={last}")).await.len(), 1);
        assert_eq!(items(who, "/v1/market").await[0]["last"]["price"], "120.00");
    }
    for who in [&vendor, &nobody] {
        who.get(&book).await.refused(403, "DATA_NOT_ENTITLED");
        assert_eq!(items(who, &trades).await, Vec::<Value>::new());
        assert_eq!(items(who, &candles).await, Vec::<Value>::new());
        assert_eq!(
            items(who, &format!("{candles}&until=2500-01-01T00:00:00Z")).await,
            Vec::<Value>::new()
        );
        let glance = items(who, "/v1/market").await[0].clone();
        for member in ["bid", "ask", "last"] {
            assert_eq!(glance[member], Value::Null, "{member}");
        }
        assert_eq!(glance["status"], "trading");
    }
    // What is one's own is live whatever one bought.
    let own = bo
        .get(&format!("/v1/fills?account_id={}&min_seq={last}", bo.account))
        .await
        .ok();
    assert_eq!(own["items"][0]["price"], "120.00");
    venue.stop().await.unwrap();

    // The same venue with a shorter delay: what is older than that is shown, to the print.
    let short = Entitlements {
        delay: Duration::from_secs(1),
        ..sold
    };
    let venue = Venue::open(selling(dir.path(), short)).await;
    let vendor = Dealer {
        address: venue.address,
        ..vendor
    };
    let shown = loop {
        let shown = items(&vendor, &trades).await;
        if !shown.is_empty() {
            break shown;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(
        (&shown[0]["price"], &shown[0]["quantity"]),
        (&json!("120.00"), &json!("3"))
    );
    assert_eq!(items(&vendor, "/v1/market").await[0]["last"]["price"], "120.00");
    assert_eq!(items(&vendor, "/v1/market").await[0]["ask"], Value::Null);
    let nobody = venue.nobody();
    for print in items(&nobody, &trades).await {
        let day = |at: &Value| read_time(at.as_str().unwrap()).unwrap().venue_date();
        let now = venue.operator.get("/v1/venue").await.ok();
        assert!(day(&print["matched_at"]) < day(&now["at"]), "midnight came between");
    }
    venue.stop().await.unwrap();
}
