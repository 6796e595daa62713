//! An auction room on a socket: a seller with a right, bidders with cash, and lots that run for seconds.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use crate::server_support::*;
use gateway::signing;
use protocol::Timestamp;
use serde_json::{Value, json};
use std::{path::Path, time::Duration};

pub const PAPER: &str = "7a686968656e67207a686968656e67207a686968656e67207a686968656e6721";

pub struct Room {
    pub venue: Venue,
    pub seller: Dealer,
    pub bidders: Vec<Dealer>,
    rights: u32,
}

pub fn cny(amount: &str) -> Value {
    json!({ "currency": "CNY", "amount": amount })
}

/// A moment so many milliseconds from now.
fn after(ms: u64) -> String {
    let at = Timestamp((signing::now_ms() + ms) * 1_000_000);
    serde_json::to_value(at).unwrap().as_str().unwrap().to_owned()
}

impl Room {
    pub async fn open(dir: &Path, bidders: u8) -> Self {
        let mut config = config(dir);
        config.genesis.epoch.rules_version = 2;
        config.views.queue_frames = 512;
        let venue = Venue::open(config).await;
        let seller = venue.admit(11, "0").await;
        let mut room = Self {
            venue,
            seller,
            bidders: vec![],
            rights: 0,
        };
        for seed in 0..bidders {
            room.bidders.push(room.venue.admit(21 + seed, "900000.00").await);
        }
        room
    }

    /// A verified right of the seller.
    pub async fn right(&mut self) -> Value {
        self.rights += 1;
        let today = Timestamp(signing::now_ms() * 1_000_000).venue_date().to_string();
        let asset = json!({
            "owner_id": self.seller.entity, "class": "trademark", "office": "CN", "number": format!("{}", 12_345_600 + self.rights),
            "title": "云杉", "granted_on": "2024-05-21", "expires_on": "2034-05-21",
            "classifications": [{ "scheme": "nice", "code": "9" }], "texts_sha256": PAPER
        });
        let rights =
            json!({ "rights": [{ "asset": asset, "extract": { "drawn_on": today, "evidence_sha256": PAPER } }] });
        self.venue.operator.done("POST", "/v1/rights", rights).await["asset_id"].clone()
    }

    /// Announces a lot that opens in half a second and runs so long; its number.
    pub async fn announce(&mut self, format: Value, runs_ms: u64, change: impl FnOnce(&mut Value)) -> u64 {
        let right = self.right().await;
        let mut lot = json!({
            "asset_ids": [right], "account_id": self.seller.account, "basis": "venue_rule", "state_owned": false, "format": format,
            "deposit": cny("100.00"), "qualifies_at": after(200), "opens_at": after(500), "closes_at": after(500 + runs_ms),
            "viewing_days": 0, "fees": { "seller": 0, "premium": 0, "commission": false }, "payment_days": 5,
            "refunds_excess": false, "defects_sha256": PAPER, "notices_sha256": PAPER
        });
        change(&mut lot);
        self.seller.done("POST", "/v1/auctions", lot).await["deal_id"]
            .as_u64()
            .unwrap()
    }

    /// Every bidder enters, once deposits are taken; then the lot is open.
    pub async fn enter(&self, lot: u64) -> Vec<Value> {
        self.until(lot, &["qualifying", "open"]).await;
        let mut answers = vec![];
        for bidder in &self.bidders {
            let enter = json!({ "lot_id": lot, "account_id": bidder.account });
            answers.push(give(bidder, "/v1/auctions/enter", enter).await);
        }
        self.until(lot, &["open"]).await;
        answers
    }

    /// Waits for one of these states.
    pub async fn until(&self, lot: u64, states: &[&str]) -> Value {
        for _ in 0..400 {
            let seen = self.venue.nobody().get(&format!("/v1/auctions/{lot}")).await.ok();
            if states.iter().any(|state| seen["lot"]["state"] == *state) {
                return seen["lot"].clone();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("lot {lot} does not come to {states:?}");
    }

    /// The public log of a lot.
    pub async fn log(&self, lot: u64) -> String {
        let answer = self.venue.nobody().get(&format!("/v1/auctions/{lot}/log")).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("application/jsonl"))
        );
        answer.text
    }

    pub async fn bid(&self, bidder: usize, lot: u64, price: &str) -> Value {
        let bid = json!({ "lot_id": lot, "price": cny(price) });
        give(&self.bidders[bidder], "/v1/auctions/bids", bid).await
    }

    /// The venue's public key.
    pub async fn key(&self) -> String {
        let key = self.venue.nobody().get("/v1/certificates/key").await.ok();
        key["public_key"].as_str().unwrap().to_owned()
    }
}

/// Gives a command, which must be done; the whole answer.
pub async fn give(dealer: &Dealer, path: &str, mut body: Value) -> Value {
    body["client_id"] = fresh_id().into();
    dealer.send("POST", path, &body).await.ok()
}

/// Rising bids from 1,000.00 by 100.00, and the end moves with a bid in the last second.
pub fn ascending() -> Value {
    json!({ "ascending": {
        "start": cny("1000.00"), "steps": [{ "from": cny("0.00"), "step": cny("100.00") }],
        "clock": { "window_seconds": 1, "extension": "from_bid" }, "buy_now": null, "maxima": true
    } })
}

/// Asks for the private channel, from its snapshot or from behind this number on.
pub fn follow(from_seq: Option<u64>) -> Value {
    let mut message = json!({ "op": "subscribe", "channel": "executions" });
    if let Some(seq) = from_seq {
        message["from_seq"] = seq.into();
    }
    message
}

/// The next frame of the private channel.
pub async fn frame(socket: &mut Socket) -> Value {
    loop {
        let heard = socket.hear().await;
        if heard["channel"] == "executions" && heard["type"].is_string() {
            return heard;
        }
    }
}
