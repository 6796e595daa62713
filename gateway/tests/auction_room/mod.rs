//! An auction room on a socket: a seller with a right, bidders with cash, and lots that run for seconds.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use crate::server_support::*;
use gateway::proof::signing;
use protocol::{KeyId, Timestamp};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};
use tempfile::TempDir;

/// By how much the venue's clock and this one may differ.
const SLACK_MS: u64 = 1_000;
pub const PAPER: &str = "7a686968656e67207a686968656e67207a686968656e67207a686968656e6721";

pub struct Room {
    pub venue: Venue,
    pub seller: Dealer,
    pub bidders: Vec<Dealer>,
    pub dir: TempDir,
    rights: u32,
    /// When each lot ends, in milliseconds, if nothing moves its end.
    closes: BTreeMap<u64, u64>,
}

/// A lot had ended before all was in that should be: the machine was slower than its times.
#[derive(Debug)]
pub struct Late;

/// Plays a scene in a room of its own, with lots that run so many milliseconds. A scene that came late is played again with more time:
/// it is short where it can be, and what it asserts holds at any speed.
pub async fn play(bidders: u8, scene: impl AsyncFn(Room, u64) -> Result<(), Late>) {
    for runs_ms in [1_500, 6_000, 24_000, 96_000] {
        if scene(Room::open(bidders).await, runs_ms).await.is_ok() {
            return;
        }
    }
    panic!("late for the longest of its lots, too");
}

pub fn cny(amount: &str) -> Value {
    json!({ "currency": "CNY", "amount": amount })
}

/// This moment in milliseconds, as it is written.
fn written(ms: u64) -> Value {
    serde_json::to_value(Timestamp(ms * 1_000_000)).unwrap()
}

impl Room {
    async fn open(bidders: u8) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = config(dir.path());
        config.views.queue_frames = 512;
        let venue = Venue::open(config).await;
        let seller = venue.admit(11, "0").await;
        let mut room = Self {
            venue,
            seller,
            bidders: vec![],
            dir,
            rights: 0,
            closes: BTreeMap::new(),
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

    /// Announces a lot that opens soon and runs so long; its number.
    pub async fn announce(&mut self, format: Value, runs_ms: u64, change: impl FnOnce(&mut Value)) -> u64 {
        let right = self.right().await;
        let mut lot = json!({
            "asset_ids": [right], "account_id": self.seller.account, "basis": "venue_rule", "state_owned": false, "format": format,
            "deposit": cny("100.00"), "viewing_days": 0, "fees": { "seller": 0, "premium": 0, "commission": false }, "payment_days": 5,
            "refunds_excess": false, "defects_sha256": PAPER, "notices_sha256": PAPER
        });
        change(&mut lot);
        // Deposits may not be taken from a moment on that is over when the announcement arrives: then it is made with later times.
        for lead_ms in [200, 1_000, 5_000, 25_000] {
            let qualifies = signing::now_ms() + lead_ms;
            let opens = qualifies + 300;
            let closes = opens + runs_ms;
            for (time, ms) in [("qualifies_at", qualifies), ("opens_at", opens), ("closes_at", closes)] {
                lot[time] = written(ms);
            }
            lot["client_id"] = fresh_id().into();
            let answer = self.seller.send("POST", "/v1/auctions", &lot).await;
            if answer.body["code"] == "LOT_TIMES_INVALID" && signing::now_ms() + SLACK_MS > qualifies {
                continue;
            }
            let id = answer.ok()["outcome"]["deal_id"].as_u64().unwrap();
            self.closes.insert(id, closes);
            return id;
        }
        panic!("no announcement arrives in time");
    }

    /// When a lot ends if nothing moves its end, in milliseconds.
    pub fn closes(&self, lot: u64) -> u64 {
        self.closes[&lot]
    }

    /// What comes late: only from its end on may a lot say so.
    fn late(&self, lot: u64, why: &Value) -> Late {
        assert!(
            signing::now_ms() + SLACK_MS >= self.closes[&lot],
            "lot {lot} ended too early: {why}"
        );
        Late
    }

    /// The answer to a command on a lot, where it was not too late.
    pub fn in_time(&self, lot: u64, answer: Value) -> Result<Value, Late> {
        match answer["code"].as_str() {
            None => Ok(answer),
            Some("CLOSED" | "NOT_REVEALING") => Err(self.late(lot, &answer)),
            Some(_) => panic!("{answer}"),
        }
    }

    /// Gives a command on a lot, which must be done; the whole answer.
    pub async fn give(&self, dealer: &Dealer, path: &str, mut body: Value) -> Result<Value, Late> {
        let lot = body["lot_id"].as_u64().expect("a lot");
        body["client_id"] = fresh_id().into();
        self.in_time(lot, dealer.send("POST", path, &body).await.body)
    }

    /// Every bidder enters, once deposits are taken; then the lot is open.
    pub async fn enter(&self, lot: u64) -> Result<Vec<Value>, Late> {
        self.until(lot, &["qualifying", "open"]).await?;
        let mut answers = vec![];
        for bidder in &self.bidders {
            let enter = json!({ "lot_id": lot, "account_id": bidder.account });
            answers.push(self.give(bidder, "/v1/auctions/enter", enter).await?);
        }
        self.until(lot, &["open"]).await?;
        Ok(answers)
    }

    /// Waits for one of these states; late, if the lot is past them.
    pub async fn until(&self, lot: u64, states: &[&str]) -> Result<Value, Late> {
        const COURSE: [&[&str]; 4] = [
            &["announced", "qualifying"],
            &["open"],
            &["revealing"],
            &["sold", "negotiating"],
        ];
        let place = |state: &str| COURSE.iter().position(|stage| stage.contains(&state));
        let last = states.iter().filter_map(|state| place(state)).max();
        let patience = 3 * PATIENCE.as_millis() as u64;
        while signing::now_ms() < self.closes[&lot] + patience {
            let mut seen = self.venue.nobody().get(&format!("/v1/auctions/{lot}")).await.ok();
            let state = seen["lot"]["state"].as_str().unwrap();
            if states.contains(&state) {
                return Ok(seen["lot"].take());
            }
            // Nobody bid, as nobody was there in time.
            let unsold = state == "unsold" && last < place("sold");
            assert!(unsold || place(state).is_some(), "{seen} instead of {states:?}");
            if unsold || place(state) > last {
                return Err(self.late(lot, &seen));
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

    pub async fn bid(&self, bidder: usize, lot: u64, price: &str) -> Result<Value, Late> {
        let bid = json!({ "lot_id": lot, "price": cny(price) });
        self.give(&self.bidders[bidder], "/v1/auctions/bids", bid).await
    }

    /// The venue's public key.
    pub async fn key(&self) -> String {
        let key = self.venue.nobody().get("/v1/certificates/key").await.ok();
        key["public_key"].as_str().unwrap().to_owned()
    }
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

/// Whether a frame of the private channel tells of what was so by this command.
pub fn is_up_to(frame: &Value, answer: &Value) -> bool {
    let (told, seq) = (&frame["event"]["journal_seq"], &answer["journal_seq"]);
    told.as_u64().expect("an event") <= seq.as_u64().expect("a number")
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

/// Another user of a participant, with a key of its own.
pub async fn second_user(room: &Room, of: &Dealer, seed: u8) -> Dealer {
    let operator = &room.venue.operator;
    let user = json!({ "entity_id": of.entity, "roles": ["trader"] });
    let user = operator.done("POST", "/v1/participants/users", user).await["user_id"].clone();
    let public = signing::hex(&secret(seed).public_key().unwrap());
    let key = json!({
        "user_id": user, "material": { "algorithm": "ed25519", "public_key": public }, "scopes": ["read", "trade"], "networks": []
    });
    let key = operator.done("POST", "/v1/participants/keys", key).await["key_id"].clone();
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    Dealer {
        key: Some(signing::Key {
            id: KeyId(number(&key)),
            secret: secret(seed),
            label: String::new(),
        }),
        user: number(&user),
        ..of.clone()
    }
}
