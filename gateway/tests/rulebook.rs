//! The worked examples of the rule book (RULES.md 2.3, 5, 7.8), as a user meets them: JSON lines through `zhiheng apply`'s own code.
//! The vectors come from `docs/rules/vectors.json`.

mod script_support;

use protocol::{Date, Receipt};
use script_support::{OPERATOR, PAPER, Party, Venue, application, cny, date, texts, vectors};
use serde_json::{Value, json};

// 2.3: units that are consumed.

#[test]
fn consumption_rounds_up_over_all_reports_or_over_each() {
    for (cumulative, expected) in [(true, ["2", "2"]), (false, ["2", "3"])] {
        let mut venue = Venue::new("unit-market", "2026-03-02".parse().unwrap());
        let (ana, bo) = (venue.party(), venue.party());
        let cash =
            json!({"op": "cash_in", "account_id": bo.account, "currency": "CNY", "amount": "100.00", "reference": "r"});
        venue.must(OPERATOR, cash);
        venue.right(ana, |right| {
            right["units"] = json!({"symbol": "U", "currency": "CNY", "tick": "0.05", "price_low": "1.00", "price_high": "9.00", "lot": "1", "order_max": "10", "supply": "10"});
        });
        venue.must(
            ana.user,
            json!({"op": "issue_units", "symbol": "U", "account_id": ana.account, "quantity": "10"}),
        );
        let contract =
            json!({"op": "set_unit_contract", "symbol": "U", "size": 100, "cumulative": cumulative, "report_days": 0});
        venue.must(ana.user, contract);
        let open = json!({"op": "open_tranche", "symbol": "U", "account_id": ana.account, "price": cny("5.00"), "quantity": "5", "opens_at": "2026-03-02T02:00:00Z"});
        let tranche = venue.deal(ana.user, open);
        let take = json!({"op": "subscribe_tranche", "tranche_id": tranche, "account_id": bo.account, "quantity": "4"});
        venue.must(bo.user, take);
        for (products, consumed) in [150, 30].into_iter().zip(expected) {
            let report =
                json!({"op": "report_consumption", "symbol": "U", "account_id": bo.account, "products": products});
            venue.must(bo.user, report);
            let told = venue.record("consumption");
            assert_eq!(
                told["consumed"], consumed,
                "{products} products, cumulative: {cumulative}"
            );
        }
    }
}

// 2.3: which licences can stand together.

/// A licence: how exclusive, to the first or the second licensee, in which territories and fields, from and until when.
type Grant<'a> = (Option<&'a str>, usize, &'a [&'a str], &'a [&'a str], &'a str, &'a str);

fn whole(kind: &str, licensee: usize) -> Grant<'_> {
    (Some(kind), licensee, &[], &[], "2026-03-02", "2030-01-01")
}

fn exclusive<'a>(
    licensee: usize,
    territories: &'a [&'a str],
    fields: &'a [&'a str],
    (from, until): (&'a str, &'a str),
) -> Grant<'a> {
    (Some("exclusive"), licensee, territories, fields, from, until)
}

#[test]
fn licences_conflict_over_territory_field_and_time() {
    let mut venue = Venue::cn();
    let ana = venue.party();
    let licensees = [venue.party(), venue.party()];
    let offer = |venue: &mut Venue, asset: u32, (kind, licensee, territories, fields, from, until): Grant<'_>| {
        let scope = json!({"territories": territories, "fields": fields, "from_on": from, "until_on": until});
        let offer = json!({"op": "offer_licence", "asset_id": asset, "licensee_id": licensees[licensee].entity, "kind": kind, "scope": scope, "sublicence": false, "fee": cny("0.00"), "account_id": ana.account, "contract_sha256": PAPER});
        venue.give(ana.user, offer)
    };
    let (open, shut) = (None, Some("LICENCE_CONFLICT"));
    let unspecified = (None, 1, &[][..], &[][..], "2026-03-02", "2030-01-01");
    let (year, next) = (("2026-03-02", "2027-03-02"), ("2027-03-02", "2028-03-02"));
    for (first, second, expected) in [
        // By kind, everywhere and for everything.
        (whole("exclusive", 0), whole("exclusive", 1), shut),
        (whole("exclusive", 0), whole("sole", 1), shut),
        (whole("exclusive", 0), whole("non_exclusive", 1), shut),
        (whole("exclusive", 0), whole("non_exclusive", 0), shut),
        (whole("sole", 0), whole("exclusive", 1), shut),
        (whole("sole", 0), whole("sole", 1), shut),
        (whole("sole", 0), whole("non_exclusive", 1), shut),
        (whole("sole", 0), whole("non_exclusive", 0), open),
        (whole("non_exclusive", 0), whole("exclusive", 1), shut),
        (whole("non_exclusive", 0), whole("sole", 1), shut),
        (whole("non_exclusive", 0), whole("non_exclusive", 1), open),
        (whole("non_exclusive", 0), unspecified, open),
        (whole("exclusive", 0), unspecified, shut),
        // By territory: none named is everywhere.
        (exclusive(0, &["CN"], &[], year), exclusive(1, &["US"], &[], year), open),
        (
            exclusive(0, &["CN", "US"], &[], year),
            exclusive(1, &["US", "JP"], &[], year),
            shut,
        ),
        (exclusive(0, &[], &[], year), exclusive(1, &["US"], &[], year), shut),
        // By field: a subclass lies in its class, and none named is all.
        (
            exclusive(0, &[], &["G06Q"], year),
            exclusive(1, &[], &["H04W"], year),
            open,
        ),
        (
            exclusive(0, &[], &["G06Q"], year),
            exclusive(1, &[], &["G06Q 50/18"], year),
            shut,
        ),
        (
            exclusive(0, &[], &["H04W 36/00"], year),
            exclusive(1, &[], &[], year),
            shut,
        ),
        // By time: the last day is the one before.
        (exclusive(0, &[], &[], year), exclusive(1, &[], &[], next), open),
        (
            exclusive(0, &[], &[], (year.0, "2027-03-03")),
            exclusive(1, &[], &[], next),
            shut,
        ),
        // Two that differ in one of the three do not meet.
        (
            exclusive(0, &["CN"], &["G06Q"], year),
            exclusive(1, &["CN"], &["H04W"], year),
            open,
        ),
        (
            exclusive(0, &["CN"], &["G06Q"], year),
            exclusive(1, &["CN"], &["G06Q"], next),
            open,
        ),
        (
            exclusive(0, &["CN"], &["G06Q"], year),
            exclusive(1, &["CN"], &["G06Q"], year),
            shut,
        ),
    ] {
        let asset = venue.right(ana, |_| {});
        let Ok(Receipt::Deal(licence)) = offer(&mut venue, asset, first) else {
            panic!("{first:?}")
        };
        let accept = json!({"op": "accept_licence", "licence_id": licence.0});
        venue.must(licensees[0].user, accept);
        assert_eq!(
            offer(&mut venue, asset, second).err(),
            expected,
            "{first:?} and then {second:?}"
        );
    }
}

// 5: identifiers.

#[test]
fn social_credit_codes_are_checked_and_evidence_overrides_the_digit_alone() {
    let mut venue = Venue::cn();
    for code in texts("uscc_valid") {
        assert!(venue.entity("uscc", &code, None).is_ok(), "{code}");
        assert_eq!(venue.entity("uscc", &code, None), Err("ENTITY_EXISTS"));
    }
    let mut overridden = 0;
    for code in texts("uscc_invalid") {
        // What the alphabet lacks is no code at all; a digit that fails needs a second look (RULES.md F10).
        let malformed = code.contains(['I', 'O', 'S', 'V', 'Z']);
        let expected = if malformed {
            "IDENTIFIER_INVALID"
        } else {
            "WARN_NEEDS_REVIEW"
        };
        assert_eq!(venue.entity("uscc", &code, None), Err(expected), "{code}");
        assert_eq!(venue.entity("uscc", &code, Some(PAPER)).is_ok(), !malformed, "{code}");
        overridden += u32::from(!malformed);
    }
    assert_eq!(overridden, 2);
    for code in texts("lei_valid") {
        assert!(venue.entity("lei", &code, None).is_ok(), "{code}");
    }
    for code in texts("lei_invalid") {
        assert_eq!(
            venue.entity("lei", &code, Some(PAPER)),
            Err("IDENTIFIER_INVALID"),
            "{code}"
        );
    }
}

#[test]
fn application_numbers_are_checked_by_their_digit() {
    let mut venue = Venue::cn();
    let ana = venue.party();
    let register = |venue: &mut Venue, number: &str| {
        let asset = json!({"owner_id": ana.entity, "class": "patent", "office": "CN", "number": number, "title": "示范方法", "classifications": [], "texts_sha256": PAPER});
        venue.give(ana.user, json!({"op": "register_rights", "rights": [{"asset": asset}]}))
    };
    for number in texts("cn_app_valid") {
        assert!(register(&mut venue, &number).is_ok(), "{number}");
        let written = format!("ZL{}", number.replace('.', ""));
        assert_eq!(
            register(&mut venue, &written),
            Err("ASSET_EXISTS"),
            "the same, written otherwise"
        );
    }
    for number in texts("cn_app_invalid") {
        assert_eq!(register(&mut venue, &number), Err("NUMBER_INVALID"), "{number}");
    }
}

#[test]
fn a_design_ends_by_the_law_of_its_filing_day() {
    let mut venue = Venue::cn();
    let ana = venue.party();
    let cases = vectors("design_term");
    for (serial, case) in (1..).zip(cases.as_array().unwrap()) {
        let asset = venue.right(ana, |right| {
            right["asset"] = json!({"owner_id": ana.entity, "class": "patent", "office": "CN", "number": application(3, serial), "title": "示范外观", "filed_on": case["filed"], "classifications": [], "texts_sha256": PAPER});
            right["extract"] = Value::Null;
        });
        let extract = venue.extract();
        venue.must(
            OPERATOR,
            json!({"op": "verify_asset", "asset_id": asset, "extract": extract}),
        );
        assert_eq!(venue.record("title")["expires_on"], case["expires"], "{case}");
    }
}

// 7.8: the lock between buying and selling.

impl Venue {
    fn list(&mut self, asset: u32, seller: Party, disclosure_days: u32) -> Result<Receipt, &'static str> {
        let list = json!({"op": "list_transfer", "asset_ids": [asset], "account_id": seller.account, "ask": cny("100.00"), "increment": cny("1.00"), "basis": "venue_rule", "disclosure_days": disclosure_days, "bidding_days": 1, "state_owned": false, "disclosure": "full", "anonymous": false});
        self.give(seller.user, list)
    }

    /// A right of the first that is sold to the second on this day, and verified anew.
    fn sold_on(first: Date) -> (Self, u32, [Party; 2]) {
        // Four days before, and the next working day, the sale is listed and its disclosure ends.
        // A venue that may loosen the lock, with the numbers of a Chinese one.
        let mut venue = Self::new("unit-market", Date(first.0 - 4));
        venue.rule(Some(200), 5);
        let [ana, bo] = [venue.party(), venue.party()];
        let cash =
            json!({"op": "cash_in", "account_id": bo.account, "currency": "CNY", "amount": "100.00", "reference": "r"});
        venue.must(OPERATOR, cash);
        let asset = venue.right(ana, |_| {});
        let Ok(Receipt::Deal(sale)) = venue.list(asset, ana, 1) else {
            panic!()
        };
        let step = |op: &str| json!({"op": op, "transfer_id": sale.0});
        let with = |op: &str, field: &str, value: Value| {
            let mut command = step(op);
            command[field] = value;
            command
        };
        venue.must(bo.user, with("express_interest", "account_id", json!(bo.account)));
        let mut qualify = with("qualify_interest", "evidence_sha256", json!(PAPER));
        (qualify["entity_id"], qualify["qualified"]) = (json!(bo.entity), json!(true));
        venue.must(OPERATOR, qualify);
        venue.today = first;
        venue.must(bo.user, with("bid_transfer", "price", cny("100.00")));
        venue.must(ana.user, with("sign_contract", "contract_sha256", json!(PAPER)));
        venue.must(bo.user, with("sign_contract", "contract_sha256", json!(PAPER)));
        venue.must(bo.user, step("fund_escrow"));
        venue.must(ana.user, with("file_recordal", "evidence_sha256", json!(PAPER)));
        venue.must(OPERATOR, with("answer_recordal", "evidence_sha256", json!(PAPER)));
        let extract = venue.extract();
        venue.must(
            OPERATOR,
            json!({"op": "verify_asset", "asset_id": asset, "extract": extract}),
        );
        (venue, asset, [ana, bo])
    }
}

#[test]
fn five_trading_days_lie_between_buying_and_selling_and_selling_and_buying() {
    let vectors = vectors("t5");
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!((vectors["calendar"].as_str(), cases.len()), (Some("Mon-Fri"), 4));
    for case in cases {
        let (mut venue, asset, [ana, bo]) = Venue::sold_on(date(&case["on"]));
        let found = match (case["first"].as_str().unwrap(), case["then"].as_str().unwrap()) {
            ("buy", "sell") => {
                venue.today = date(&case["try"]);
                venue.list(asset, bo, 1)
            }
            // The buyer may sell at once, while there is no lock; the seller may not buy it back once there is.
            ("sell", "buy") => {
                venue.rule(Some(200), 0);
                let Ok(Receipt::Deal(sale)) = venue.list(asset, bo, 20) else {
                    panic!()
                };
                venue.rule(Some(200), 5);
                venue.today = date(&case["try"]);
                let express = json!({"op": "express_interest", "transfer_id": sale.0, "account_id": ana.account});
                venue.give(ana.user, express)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(found.map_or_else(|code| code, |_| "ok"), case["out"], "{case}");
    }
}

// 7.8: the cap of holders.

/// A product and its holders: licensees, of whom each counts.
struct Product {
    venue: Venue,
    asset: u32,
    ana: Party,
    holders: Vec<(Party, u64)>,
}

impl Product {
    fn of(holders: u64) -> Self {
        let mut venue = Venue::cn();
        let ana = venue.party();
        let asset = venue.right(ana, |_| {});
        let mut product = Self {
            venue,
            asset,
            ana,
            holders: vec![],
        };
        for _ in 0..holders {
            let party = product.venue.party();
            let licence = product.license(party).unwrap();
            product.holders.push((party, licence));
        }
        product
    }

    /// Licenses to a participant for nothing: offered, accepted, begun.
    fn license(&mut self, party: Party) -> Result<u64, &'static str> {
        let scope = json!({"from_on": "2026-03-02", "until_on": "2030-01-01"});
        let offer = json!({"op": "offer_licence", "asset_id": self.asset, "licensee_id": party.entity, "scope": scope, "sublicence": false, "fee": cny("0.00"), "account_id": self.ana.account, "contract_sha256": PAPER});
        let licence = self.venue.deal(self.ana.user, offer);
        self.venue
            .give(party.user, json!({"op": "accept_licence", "licence_id": licence}))?;
        let pay = json!({"op": "pay_licence", "licence_id": licence, "account_id": party.account});
        self.venue.give(party.user, pay).map(|_| licence)
    }
}

#[test]
fn two_hundred_hold_a_product_and_no_more_ever() {
    let vectors = vectors("holder_cap");
    let cap = vectors["cap"].as_u64().unwrap();
    // The owner is a holder, and so many licensees beside it.
    let mut product = Product::of(cap - 2);
    for case in vectors["cases"].as_array().unwrap() {
        let (what, expected) = case
            .as_str()
            .unwrap()
            .rsplit_once(": ")
            .unwrap_or_else(|| panic!("{case}"));
        let found = match what {
            "200th distinct beneficial owner" | "201st" => {
                let party = product.venue.party();
                let found = product.license(party);
                if let Ok(licence) = found {
                    assert_eq!(product.venue.record("holders")["count"], cap);
                    product.holders.push((party, licence));
                }
                found
            }
            "existing holder adds" => product.license(product.holders[0].0),
            "200 ever-holders, one left, a new one" => {
                let (party, licence) = product.holders[1];
                let give_up = json!({"op": "terminate_licence", "licence_id": licence, "evidence_sha256": PAPER});
                product.venue.must(party.user, give_up);
                let party = product.venue.party();
                product.license(party)
            }
            other => panic!("{other}"),
        };
        assert_eq!(found.map_or_else(|code| code, |_| "ok"), expected, "{case}");
    }
    let describe = |party: Party, behind: &[u32]| json!({"op": "describe_entity", "entity_id": party.entity, "country": "CN", "beneficiary_ids": behind, "evidence_sha256": PAPER});
    // Who holds for those who hold already is nobody new, and who takes an open licence is not counted (专利法 51).
    let trust = product.venue.party();
    let behind = [product.holders[0].0.entity, product.holders[1].0.entity];
    product.venue.must(OPERATOR, describe(trust, &behind));
    assert!(product.license(trust).is_ok());
    let ask = json!({"op": "ask_open_licence", "asset_id": product.asset, "price": cny("0.00"), "days": 30, "account_id": product.ana.account});
    let open = product.venue.deal(product.ana.user, ask);
    let taker = product.venue.party();
    let take = json!({"op": "take_open_licence", "open_licence_id": open, "account_id": taker.account});
    product.venue.must(taker.user, take);
    assert_eq!(
        product.license(taker),
        Err("HOLDER_CAP_200"),
        "it still is nobody who was counted"
    );
}
