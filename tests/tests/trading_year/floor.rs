//! A venue without sockets and disks: the core itself under a clock that the test sets, and what the sequencer hands to
//! the views.

use gateway::json::{LocalNames, read_line};
use protocol::{
    Command, Committed, Date, Outcome, Receipt, Reject, Request, Seq, Stamped, Timestamp, UserId, event::Asked,
    time::SECOND,
};
use sequencer::{BookKind, Replica};
use serde_json::{Value, json};

pub(crate) const PAPER: &str = "7a686968656e67207a686968656e67207a686968656e67207a686968656e6721";

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

/// A participant with a user and an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party {
    pub(crate) entity: u64,
    pub(crate) user: u64,
    pub(crate) account: u64,
}

pub(crate) struct Floor {
    core: Replica,
    names: LocalNames,
    /// The venue's clock. Each command takes a second.
    pub(crate) now: Timestamp,
    told: Committed,
    asked: u64,
    parties: u32,
    rights: u32,
}

fn number(receipt: Receipt) -> u64 {
    match receipt {
        Receipt::Entity(id) => id.0.into(),
        Receipt::User(id) => id.0.into(),
        Receipt::Account(id) => id.0.into(),
        Receipt::Rights(first, _) => first.0.into(),
        Receipt::Order(id) => id.0,
        Receipt::Deal(seq) => seq.0,
        other => panic!("{other:?} has no number"),
    }
}

impl Floor {
    /// A sandbox board that opens on this day, with a calendar and fees.
    pub(crate) fn open(on: Date) -> Self {
        let mut floor = Self {
            core: Replica::new(BookKind::Fast),
            names: LocalNames::default(),
            now: on.start(),
            told: Committed::default(),
            asked: 0,
            parties: 0,
            rights: 0,
        };
        let calendar = json!({ "years": [2026, 2027], "sources": ["国办发明电〔2025〕7号"], "holidays": ["2026-10-01", "2026-10-02"], "working_weekends": ["2026-10-10"] });
        let fees = json!({ "maker_bps": 10, "taker_bps": 20 });
        floor.must(0, json!({ "op": "epoch", "rules_version": 2, "profile": "unit-market", "approval": "sandbox", "fees": fees, "calendar": calendar }));
        floor
    }

    /// Gives a command, written as in a script, to the core.
    pub(crate) fn give(&mut self, by: u64, mut line: Value) -> Result<Receipt, Reject> {
        self.now = self.now.after(SECOND);
        self.asked += 1;
        line["by"] = by.into();
        line["at"] = self.now.to_string().into();
        if line["op"] != "epoch" {
            line["client_id"] = format!("asked-{}", self.asked).into();
        }
        let text = line.to_string();
        let line = read_line(text.as_bytes(), &self.names).unwrap_or_else(|error| panic!("{error}: {text}"));
        self.apply(line.request)
    }

    /// Gives a command that is done; the number of what it brings.
    pub(crate) fn must(&mut self, by: u64, line: Value) -> Receipt {
        let told = line.to_string();
        self.give(by, line)
            .unwrap_or_else(|reject| panic!("{reject:?}: {told}"))
    }

    /// Nothing but time passes, up to this moment.
    pub(crate) fn rest_until(&mut self, at: Timestamp) {
        assert!(at >= self.now);
        self.now = at;
        let tick = Request {
            by: UserId(0),
            client: None,
            command: Command::Tick,
        };
        let _ = self.apply(tick);
    }

    fn apply(&mut self, request: Request) -> Result<Receipt, Reject> {
        let request = Stamped {
            seq: self.core.last().next(),
            at: self.now,
            body: request,
        };
        if let Command::PlaceOrder(order) = &request.body.command {
            let client = request.body.client.clone();
            self.told.asked.push(Asked {
                seq: request.seq,
                by: request.body.by,
                client,
                order: Some(*order),
            });
        }
        let before = self.told.events.len();
        let answer = self.core.apply(&request, &mut self.told.events);
        self.told.events[before..]
            .iter()
            .for_each(|event| self.names.learn(&event.body));
        match answer.outcome {
            Outcome::Done(receipt) => Ok(receipt),
            Outcome::Rejected(reject) => Err(reject),
        }
    }

    /// What was told since this was asked for, as the views get it.
    pub(crate) fn taken(&mut self) -> Committed {
        self.core.check_invariants().expect("every invariant holds");
        let mut told = std::mem::take(&mut self.told);
        (told.up_to, told.at) = (self.core.last(), self.core.last_at());
        told
    }

    pub(crate) fn last(&self) -> Seq {
        self.core.last()
    }

    /// A participant with so much cash, in yuan.
    pub(crate) fn admit(&mut self, yuan: u64) -> Party {
        self.parties += 1;
        let name = format!("主体 {}", self.parties);
        let body = format!("9144030{:03}0000000", self.parties);
        let mut checks = "0123456789ABCDEFGHJKLMNPQRTUWXY"
            .chars()
            .map(|check| format!("{body}{check}"));
        let code = checks
            .find(|code| protocol::identifiers::uscc(code) == Some(true))
            .expect("a code");
        let legal_id = json!({ "scheme": "uscc", "code": code });
        let entity = number(self.must(
            0,
            json!({ "op": "register_entity", "name": name, "kind": "company", "legal_id": legal_id }),
        ));
        let user = json!({ "op": "register_user", "entity_id": entity, "roles": ["trader", "firm"] });
        let user = number(self.must(0, user));
        let account = number(self.must(0, json!({ "op": "open_account", "entity_id": entity })));
        if yuan > 0 {
            self.pay_in(account, yuan);
        }
        Party { entity, user, account }
    }

    pub(crate) fn pay_in(&mut self, account: u64, yuan: u64) {
        let reference = format!("IN-{}", self.asked);
        self.must(0, json!({ "op": "cash_in", "account_id": account, "currency": "CNY", "amount": format!("{yuan}.00"), "reference": reference }));
    }

    /// A verified right of this participant.
    pub(crate) fn right(&mut self, of: Party) -> u64 {
        self.rights += 1;
        let today = self.now.venue_date().to_string();
        let asset = json!({
            "owner_id": of.entity, "class": "trademark", "office": "CN", "number": format!("{}", 12_345_600 + self.rights),
            "title": "云杉", "granted_on": "2024-05-21", "expires_on": "2034-05-21",
            "classifications": [{ "scheme": "nice", "code": "9" }], "texts_sha256": PAPER
        });
        let extract = json!({ "drawn_on": today, "evidence_sha256": PAPER });
        number(self.must(
            0,
            json!({ "op": "register_rights", "rights": [{ "asset": asset, "extract": extract }] }),
        ))
    }

    /// A book of units, of which this participant has 100,000.
    pub(crate) fn list(&mut self, of: Party, symbol: &str) {
        let asset = self.right(of);
        let terms = json!({
            "symbol": symbol, "currency": "CNY", "tick": "0.05", "price_low": "1.00", "price_high": "1000.00", "lot": "1",
            "order_max": "10000", "supply": "1000000"
        });
        self.must(
            of.user,
            json!({ "op": "list_units", "asset_id": asset, "terms": terms }),
        );
        self.must(
            of.user,
            json!({ "op": "issue_units", "symbol": symbol, "account_id": of.account, "quantity": "100000" }),
        );
    }

    /// A lot of this seller's: deposits are taken in ten minutes, bids in twenty, for an hour.
    pub(crate) fn announce(&mut self, seller: Party, format: Value) -> u64 {
        let asset = self.right(seller);
        let minutes = |minutes: u64| self.now.after(60 * minutes * SECOND).to_string();
        let lot = json!({
            "op": "announce_lot", "asset_ids": [asset], "account_id": seller.account, "basis": "venue_rule", "state_owned": false,
            "format": format, "deposit": cny("100.00"), "viewing_days": 0,
            "qualifies_at": minutes(10), "opens_at": minutes(20), "closes_at": minutes(80),
            "fees": { "seller": 0, "premium": 0, "commission": false }, "payment_days": 5,
            "refunds_excess": false, "defects_sha256": PAPER, "notices_sha256": PAPER
        });
        number(self.must(seller.user, lot))
    }
}

pub(crate) fn cny(amount: &str) -> Value {
    json!({ "currency": "CNY", "amount": amount })
}

/// Rising bids from 1,000.00 by 100.00, with maxima.
pub(crate) fn ascending() -> Value {
    json!({ "ascending": {
        "start": cny("1000.00"), "steps": [{ "from": cny("0.00"), "step": cny("100.00") }],
        "clock": { "window_seconds": 60, "extension": "from_bid" }, "buy_now": null, "maxima": true
    } })
}

/// Bids that nobody sees before the close.
pub(crate) fn sealed() -> Value {
    json!({ "sealed": { "start": cny("1000.00"), "pays": "first", "reveal_seconds": 600, "penalty": cny("0.00") } })
}
