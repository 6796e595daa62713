//! The worked examples of the rule book on auctions (RULES.md F3, 7.1 to 7.4), and real court listings, as a user meets them: JSON lines
//! through `zhiheng apply`'s own code.

mod script_support;

use protocol::{Date, Receipt};
use script_support::{OPERATOR, PAPER, Party, Venue, cny, vectors};
use serde_json::{Value, json, value::RawValue};
use sha2::{Digest as _, Sha256};
use std::{fs, path::Path};

/// Minor units as a decimal.
fn yuan(minor: i64) -> Value {
    cny(&format!("{}.{:02}", minor / 100, minor % 100))
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// A room: who sells, who bids, and the lots' times of day.
struct Room {
    venue: Venue,
    seller: Party,
    bidders: Vec<Party>,
    /// How many numbers were drawn.
    drawn: u64,
}

impl Room {
    fn new() -> Self {
        Self::on("2026-03-02".parse().unwrap(), 3)
    }

    fn on(today: Date, bidders: usize) -> Self {
        let mut venue = Venue::new("cn-venue", today);
        let seller = venue.party();
        let bidders: Vec<_> = (0..bidders).map(|_| venue.party()).collect();
        for bidder in &bidders {
            let cash = json!({"op": "cash_in", "account_id": bidder.account, "currency": "CNY", "amount": "90000000.00", "reference": format!("bank-{}", bidder.account)});
            venue.must(OPERATOR, cash);
        }
        Self {
            venue,
            seller,
            bidders,
            drawn: 0,
        }
    }

    fn right(&mut self) -> u32 {
        self.venue.right(self.seller, |_| {})
    }

    /// The usual terms: under the venue's rules, without fees, a deposit of 1.00.
    fn terms(&self, right: u32, format: Value, [opens, closes]: [&str; 2]) -> Value {
        json!({"op": "announce_lot", "asset_ids": [right], "account_id": self.seller.account, "basis": "venue_rule", "state_owned": false, "format": format, "deposit": yuan(100), "qualifies_at": opens, "opens_at": opens, "closes_at": closes, "viewing_days": 0, "fees": {"seller": 0, "premium": 0, "commission": false}, "payment_days": 5, "refunds_excess": false, "defects_sha256": PAPER, "notices_sha256": PAPER})
    }

    fn announce(&mut self, terms: Value) -> u64 {
        self.venue.deal(self.seller.user, terms)
    }

    fn enter(&mut self, at: &str, lot: u64, bidder: usize) {
        self.drawn += 1;
        let Party { user, account, .. } = self.bidders[bidder];
        let enter = json!({"op": "enter_lot", "lot_id": lot, "account_id": account, "draw": self.drawn});
        self.venue.give_at(at, user, enter).unwrap();
    }

    fn bid(&mut self, at: &str, lot: u64, bidder: usize, minor: i64) -> Result<Receipt, &'static str> {
        let bid = json!({"op": "bid_lot", "lot_id": lot, "price": yuan(minor)});
        self.venue.give_at(at, self.bidders[bidder].user, bid)
    }

    /// Does what an operator does to a lot, or nothing.
    fn operate(&mut self, at: &str, op: &str, lot: u64) {
        let command = match op {
            "tick" => json!({"op": op}),
            _ => json!({"op": op, "lot_id": lot, "evidence_sha256": PAPER}),
        };
        self.venue.give_at(at, OPERATOR, command).unwrap();
    }

    /// The lot as the last command left it.
    fn lot(&self) -> Value {
        self.told("lot")
    }

    fn told(&self, notice: &str) -> Value {
        let events = self.venue.script.events();
        let events = events.map(|event| serde_json::to_value(&event).unwrap());
        let told = events.filter_map(|event| event["notice"].get(notice).cloned());
        told.last().unwrap_or_else(|| panic!("no {notice} was told"))
    }

    /// When the lot ends after the bid that was just taken.
    fn ends_at(&self) -> String {
        let events = self.venue.script.events();
        let events = events.map(|event| serde_json::to_value(&event).unwrap());
        let bid = events.filter(|event| event["type"] == "lot_bid").last();
        bid.expect("a bid was taken")["ends_at"].as_str().unwrap().to_owned()
    }
}

fn steps(minor: i64) -> Value {
    json!([{"from": yuan(0), "step": yuan(minor)}])
}

fn courts_clock() -> Value {
    json!({"window_seconds": 300, "extension": "from_bid"})
}

fn ascending(start: i64, step: i64) -> Value {
    json!({"ascending": {"start": yuan(start), "steps": steps(step), "clock": courts_clock(), "maxima": false}})
}

/// A time of the vectors, on the third of March.
fn on_the_third(time: &str) -> String {
    format!("2026-03-03T{time}000000Z")
}

/// Milliseconds of the day, on the third of March.
fn of_the_day(milliseconds: i64) -> String {
    let (s, ms) = (milliseconds / 1_000, milliseconds % 1_000);
    format!(
        "2026-03-03T{:02}:{:02}:{:02}.{ms:03}000000Z",
        s / 3_600,
        s / 60 % 60,
        s % 60
    )
}

// 7.1

#[test]
fn late_bids_move_the_end_and_refused_ones_do_not() {
    let mut room = Room::new();
    let right = room.right();
    let terms = room.terms(
        right,
        ascending(10_000, 100),
        ["2026-03-03T08:00:00Z", "2026-03-03T10:00:00Z"],
    );
    let lot = room.announce(terms);
    for bidder in 0..2 {
        room.enter("2026-03-03T08:00:00Z", lot, bidder);
    }
    for (place, case) in vectors("anti_snipe").as_array().unwrap().iter().enumerate() {
        let at = on_the_third(case[0].as_str().unwrap());
        let price = 10_000 + place as i64 * 100;
        // A refused bid moves nothing: below the start, below the step.
        assert!(room.bid(&at, lot, place % 2, price - 100).is_err(), "{case}");
        let outcome = room.bid(&at, lot, place % 2, price);
        if case[1] == true {
            outcome.unwrap();
            assert_eq!(room.ends_at(), of_the_day(number(&case[2])), "{case}");
        } else {
            assert_eq!(outcome, Err("CLOSED"), "{case}");
        }
    }
}

#[test]
fn a_paused_lot_goes_on_with_five_minutes_at_least() {
    let vector = vectors("pause");
    let time = |name: &str| on_the_third(vector[name].as_str().unwrap());
    let mut room = Room::new();
    let right = room.right();
    let terms = room.terms(right, ascending(10_000, 100), ["2026-03-03T08:00:00Z", &time("end")]);
    let lot = room.announce(terms);
    room.operate(&time("pause"), "pause_lot", lot);
    assert_eq!(room.lot()["state"], "paused");
    room.operate(&time("resume"), "resume_lot", lot);
    assert_eq!(room.lot()["ends_at"], time("out_end").as_str());
}

// 7.2

/// Terms of a court's lot, and what stands behind them: a right that was valued, parties that were told three days before.
struct Court {
    room: Room,
    right: u32,
    valuation: u64,
}

impl Court {
    fn new(today: Date, value: Value) -> Self {
        let mut room = Room::on(today, 2);
        let right = room.right();
        let expires = Date(today.0 + 360);
        let valuation = json!({"op": "record_valuation", "asset_id": right, "basis": {"agreed": {"amount": value}}, "expires_on": expires.to_string(), "evidence_sha256": PAPER});
        let valuation = room.venue.deal(OPERATOR, valuation);
        Self { room, right, valuation }
    }

    /// A lot that opens at ten o'clock so many days from now, for a day.
    fn terms(&self, days: i32, format: Value, deposit: Value, after: Option<u64>) -> Value {
        let today = self.room.venue.today;
        let day = |days: i32| format!("{}T02:00:00Z", Date(today.0 + days));
        let mut terms = self.room.terms(self.right, format, [&day(days), &day(days + 1)]);
        terms["basis"] = json!("judicial");
        terms["deposit"] = deposit;
        terms["valuation_id"] = json!(self.valuation);
        terms["after_lot_id"] = json!(after);
        terms["court"] = json!({"notified_on": Date(today.0 - 3).to_string(), "prior_claims": cny("0.00"), "insisted": false, "order_sha256": PAPER});
        terms
    }

    fn give(&mut self, terms: Value) -> Result<Receipt, &'static str> {
        self.room.venue.give(OPERATOR, terms)
    }

    /// Announces a lot that nobody bids for, and lets its time pass.
    fn unsold(&mut self, days: i32, format: Value, deposit: Value, after: Option<u64>) -> u64 {
        let terms = self.terms(days, format, deposit, after);
        let Ok(Receipt::Deal(lot)) = self.give(terms.clone()) else {
            panic!("{:?}", self.give(terms));
        };
        let closes = Date(self.room.venue.today.0 + days + 1);
        self.room.venue.today = closes;
        self.room.operate(&format!("{closes}T02:00:00Z"), "tick", lot.0);
        assert_eq!(self.room.lot()["state"], "unsold");
        lot.0
    }
}

#[test]
fn rounds_start_at_their_floors_and_deposits_lie_in_their_range() {
    let vector = vectors("rounds");
    let minor = |name: &str| number(&vector[name]);
    let pair = |name: &str| [number(&vector[name][0]), number(&vector[name][1])];
    let mut court = Court::new("2026-03-02".parse().unwrap(), yuan(minor("appraisal")));
    let mut check = |days, start: i64, range: [i64; 2], after| {
        for (start, deposit, expected) in [
            (start - 1, range[0], "START_TOO_LOW"),
            (start, range[0] - 1, "DEPOSIT_OUT_OF_RANGE"),
            (start, range[1] + 1, "DEPOSIT_OUT_OF_RANGE"),
        ] {
            let terms = court.terms(days, ascending(start, 100), yuan(deposit), after);
            assert_eq!(court.give(terms), Err(expected), "{start} {deposit}");
        }
        court.unsold(days, ascending(start, 100), yuan(range[0]), after)
    };
    let first = check(30, minor("S1_min"), pair("dep1"), None);
    check(15, minor("S2_min"), pair("dep2"), Some(first));

    // The round case: 5,000,000.00, 3,500,000.00, 2,800,000.00.
    let mut court = Court::new("2026-03-02".parse().unwrap(), cny("5000000.00"));
    let first = court.unsold(30, ascending(350_000_000, 100), cny("350000.00"), None);
    court.unsold(15, ascending(280_000_000, 100), cny("280000.00"), Some(first));
}

// 7.3

/// A sealed auction with these bids, the first of the list committed first; what the winner's place and price are.
fn sealed(pays: &str, reserve: i64, bids: &[i64]) -> Option<(usize, i64)> {
    let mut room = Room::new();
    let right = room.right();
    let format = json!({"sealed": {"start": yuan(1), "pays": pays, "reveal_seconds": 3_600, "penalty": yuan(0)}});
    let mut terms = room.terms(right, format, ["2026-03-03T08:00:00Z", "2026-03-03T10:00:00Z"]);
    terms["reserve"] = yuan(reserve);
    let lot = room.announce(terms);
    let mut numbers = vec![];
    for (bidder, &minor) in bids.iter().enumerate() {
        room.enter("2026-03-03T08:00:00Z", lot, bidder);
        let entered = room.venue.record("bidder");
        numbers.push(entered["number"].as_u64().unwrap());
        let commitment = commitment(lot, numbers[bidder], minor, [0x11; 32]);
        let commit = json!({"op": "commit_bid", "lot_id": lot, "commitment": commitment});
        let by = room.bidders[bidder].user;
        room.venue.give_at("2026-03-03T09:00:00Z", by, commit).unwrap();
    }
    for (bidder, &minor) in bids.iter().enumerate() {
        let reveal = json!({"op": "reveal_bid", "lot_id": lot, "price": yuan(minor), "nonce": "11".repeat(32)});
        let by = room.bidders[bidder].user;
        room.venue.give_at("2026-03-03T10:00:00Z", by, reveal).unwrap();
    }
    room.operate("2026-03-03T11:00:00Z", "tick", lot);
    let lot = room.lot();
    let price = lot["price"]["amount"].as_str()?;
    let winner = numbers
        .iter()
        .position(|number| Some(*number) == lot["number"].as_u64());
    Some((winner.unwrap(), price.replace('.', "").parse().unwrap()))
}

fn commitment(lot: u64, number: u64, minor: i64, nonce: [u8; 32]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"IPX-SEAL-v1\0");
    for word in [lot, number, minor.unsigned_abs()] {
        hash.update(word.to_be_bytes());
    }
    hash.update(nonce);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn sealed_bids_pay_the_first_or_the_second_price() {
    assert_eq!(
        commitment(7, 42, 420_000_000, [0x11; 32]),
        vectors("seal").as_str().unwrap()
    );
    for case in vectors("second_price").as_array().unwrap() {
        let bids: Vec<_> = case["bids"].as_array().unwrap().iter().map(number).collect();
        let expected = case["out"]
            .as_array()
            .map(|out| (number(&out[0]) as usize, number(&out[1])));
        assert_eq!(sealed("second", number(&case["reserve"]), &bids), expected, "{case}");
    }
    let bids = [420_000_000, 390_000_000, 310_000_000];
    assert_eq!(sealed("first", 350_000_000, &bids), Some((0, 420_000_000)));
}

#[test]
fn the_first_to_take_a_falling_price_has_it() {
    let vector = vectors("dutch");
    let minor = |name: &str| number(&vector[name]);
    let mut room = Room::new();
    let right = room.right();
    let format = json!({"descending": {"start": yuan(minor("start")), "step": yuan(minor("step")), "every_seconds": minor("interval_s"), "floor": yuan(minor("floor")), "hold_seconds": 600}});
    let terms = room.terms(right, format, ["2026-03-03T10:00:00Z", "2026-03-03T18:00:00Z"]);
    let lot = room.announce(terms);
    room.enter("2026-03-03T10:00:00Z", lot, 0);
    let after: String = vector["accept_after_s"]
        .to_string()
        .chars()
        .filter(|c| *c != '.')
        .collect();
    let at = of_the_day(10 * 3_600_000 + after.parse::<i64>().unwrap() * 100);
    room.bid(&at, lot, 0, minor("start")).unwrap();
    assert_eq!(room.lot()["price"], yuan(minor("out")));
}

// 7.4

#[test]
fn a_forfeited_deposit_pays_costs_then_the_gap() {
    for case in vectors("forfeit").as_array().unwrap() {
        let minor = |name: &str| number(&case[name]);
        let out = |name: &str| yuan(number(&case["out"][name]));
        let mut room = Room::new();
        let right = room.right();
        // bo buys and does not pay; cy buys the next time, and pays.
        let sold = |room: &mut Room, day: &str, after: Option<u64>, bidder: usize, price: i64| {
            let time = |time: &str| format!("{day}T{time}Z");
            let mut terms = room.terms(
                right,
                ascending(300_000_000, 100),
                [&time("02:00:00"), &time("03:00:00")],
            );
            terms["deposit"] = yuan(minor("D"));
            terms["after_lot_id"] = json!(after);
            let seller = room.seller.user;
            let Ok(Receipt::Deal(lot)) = room.venue.give_at(&time("01:00:00"), seller, terms) else {
                panic!()
            };
            room.enter(&time("02:00:00"), lot.0, bidder);
            room.bid(&time("02:30:00"), lot.0, bidder, price).unwrap();
            room.operate(&time("03:00:00"), "tick", lot.0);
            assert_eq!(room.lot()["price"], yuan(price));
            lot.0
        };
        let first = sold(&mut room, "2026-03-03", None, 0, minor("orig"));
        // Five working days later nothing was paid.
        room.operate("2026-03-12T01:00:00Z", "tick", first);
        let again = sold(&mut room, "2026-03-12", Some(first), 1, minor("resale"));
        let pay = json!({"op": "pay_lot", "lot_id": again});
        let buyer = room.bidders[1].user;
        room.venue.give_at("2026-03-12T03:00:01Z", buyer, pay).unwrap();
        let settle =
            json!({"op": "settle_default", "lot_id": first, "resale_lot_id": again, "costs": yuan(minor("cost"))});
        room.venue.give_at("2026-03-12T03:00:02Z", OPERATOR, settle).unwrap();
        let forfeit = room.venue.record("forfeit");
        for (field, expected) in [
            ("costs", out("costs")),
            ("gap", out("gap_paid")),
            ("debt", out("debt_offset")),
            ("refund", yuan(0)),
            ("uncovered", out("uncovered")),
        ] {
            assert_eq!(forfeit[field], expected, "{case}: {field}");
        }
    }
}

#[test]
fn a_defaulter_is_barred_from_the_resale() {
    let mut room = Room::new();
    let right = room.right();
    let terms = room.terms(
        right,
        ascending(10_000, 100),
        ["2026-03-03T02:00:00Z", "2026-03-03T03:00:00Z"],
    );
    let lot = room.announce(terms);
    room.enter("2026-03-03T02:00:00Z", lot, 0);
    room.bid("2026-03-03T02:30:00Z", lot, 0, 10_000).unwrap();
    room.operate("2026-03-12T01:00:00Z", "tick", lot);
    room.venue.today = "2026-03-12".parse().unwrap();
    let mut terms = room.terms(
        right,
        ascending(10_000, 100),
        ["2026-03-13T02:00:00Z", "2026-03-13T03:00:00Z"],
    );
    terms["after_lot_id"] = json!(lot);
    let again = room.announce(terms);
    let Party { user, account, .. } = room.bidders[0];
    let enter = json!({"op": "enter_lot", "lot_id": again, "account_id": account, "draw": 1});
    assert_eq!(
        room.venue.give_at("2026-03-13T02:00:00Z", user, enter),
        Err("BARRED_DEFAULTER")
    );
}

// F3

#[test]
fn a_legal_basis_refuses_the_formats_it_does_not_know() {
    let second = json!({"sealed": {"start": yuan(100), "pays": "second", "reveal_seconds": 60, "penalty": yuan(0)}});
    let descending = json!({"descending": {"start": yuan(500), "step": yuan(100), "every_seconds": 60, "floor": yuan(100), "hold_seconds": 60}});
    let mut from_end = ascending(100, 100);
    from_end["ascending"]["clock"]["extension"] = json!("from_end");
    for case in vectors("legal_basis").as_array().unwrap() {
        let format = match (case["format"].as_str(), case["extension"].as_str()) {
            (Some("sealed_second_price"), _) => &second,
            (Some("descending"), _) => &descending,
            (_, Some("from_end")) => &from_end,
            _ => panic!("{case}"),
        };
        let mut room = Room::new();
        let right = room.right();
        let mut terms = room.terms(right, format.clone(), ["2026-03-03T02:00:00Z", "2026-03-03T03:00:00Z"]);
        terms["basis"] = json!(case["basis"].as_str().unwrap().to_lowercase());
        if case["basis"] == "JUDICIAL" {
            terms["court"] = json!({"notified_on": "2026-02-26", "prior_claims": cny("0.00"), "insisted": false, "order_sha256": PAPER});
        }
        if case["priority_holder"] == true {
            terms["priority"] = json!([{"entity_id": room.bidders[0].entity, "rank": 1}]);
        }
        let by = if case["basis"] == "JUDICIAL" {
            OPERATOR
        } else {
            room.seller.user
        };
        let outcome = room.venue.give(by, terms).map(|_| ());
        let expected = if case["out"] == "ok" {
            Ok(())
        } else {
            Err("FORMAT_FORBIDDEN")
        };
        assert_eq!(outcome, expected, "{case}");
    }
}

// Listings of courts as they were published.

/// A listing, its numbers as they are written.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing<'a> {
    title: String,
    #[serde(borrow)]
    initial_price: &'a RawValue,
    #[serde(borrow)]
    consult_price: &'a RawValue,
    #[serde(borrow)]
    bail: &'a RawValue,
    #[serde(borrow)]
    mark_up: &'a RawValue,
    start: String,
    end: String,
    delay_period: String,
    sell_off: u32,
}

#[test]
fn listings_of_real_courts_can_be_announced_on_patents() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/judicial_listings/listings.json");
    let Ok(text) = fs::read_to_string(&file) else {
        println!("skipped: there is no {}", file.display());
        return;
    };
    let listings: Vec<Listing<'_>> = serde_json::from_str(&text).unwrap();
    let minor = |amount: &RawValue| -> i64 {
        let (whole, cents) = amount.get().split_once('.').unwrap();
        format!("{whole}{cents:0<2}").parse().unwrap()
    };
    // Times of the listings are Beijing's.
    let utc = |text: &str| {
        let (date, time) = text.split_once(' ').unwrap();
        let (hour, rest) = time.split_at(2);
        let hour = hour.parse::<u32>().unwrap().checked_sub(8).expect("in office hours");
        (date.parse::<Date>().unwrap(), format!("{date}T{hour:02}{rest}Z"))
    };
    let (mut firsts, mut sell_offs) = (0, 0);
    for listing in &listings {
        assert_eq!(listing.delay_period, "5分钟");
        let (price, value) = (minor(listing.initial_price), minor(listing.consult_price));
        let (deposit, step) = (minor(listing.bail), minor(listing.mark_up));
        let ((opens_on, opens), (mut closes_on, mut closes)) = (utc(&listing.start), utc(&listing.end));
        // One tells when it ended, a day after its first bid: it was announced for sixty days as the others were.
        if listing.sell_off == 1 && closes_on < Date(opens_on.0 + 60) {
            closes_on = Date(opens_on.0 + 60);
            closes = opens.replace(&opens_on.to_string(), &closes_on.to_string());
        }
        // A sell-off comes after two rounds that nobody bid in: seventy per cent of the value, and the price that it stands at.
        let lead = if listing.sell_off == 1 { 70 } else { 31 };
        let mut court = Court::new(Date(opens_on.0 - lead), yuan(value));
        let mut after = None;
        let format = if listing.sell_off == 1 {
            let round = |start: i64| (ascending(start, step), yuan((start + 19) / 20));
            let floor = (value * 70 + 99) / 100;
            let (format, deposit) = round(floor);
            let first = court.unsold(30, format, deposit, None);
            let (format, deposit) = round(price);
            after = Some(court.unsold(15, format, deposit, Some(first)));
            json!({"sell_off": {"start": yuan(price), "runs_seconds": 86_400, "steps": steps(step), "clock": courts_clock()}})
        } else {
            ascending(price, step)
        };
        // Thirty days of notice for a first round, fifteen for what follows one.
        court.room.venue.today = Date(opens_on.0 - if listing.sell_off == 1 { 15 } else { 31 });
        let mut terms = court.terms(15, format, yuan(deposit), after);
        (terms["qualifies_at"], terms["opens_at"], terms["closes_at"]) = (json!(opens), json!(opens), json!(closes));
        let outcome = court.give(terms);
        assert!(outcome.is_ok(), "{}: {outcome:?}", listing.title);
        *(if listing.sell_off == 1 {
            &mut sell_offs
        } else {
            &mut firsts
        }) += 1;
    }
    assert_eq!((firsts, sell_offs), (2, 3));
}
