//! A sale of title, from its listing to the office's record, with the server killed at every step: nothing acknowledged
//! is lost, nothing is posted twice, and the same command sent again gets the answer that it got, or would have got.

use anyhow::{Context as _, ensure};
use sequencer::{BookKind, offline};
use serde_json::{Value, json};
use std::{thread, time::Duration};
use zhiheng_tests::{
    board::{self, Trader, admit, number},
    client::Http,
    program::zhiheng,
    venue::Venue,
};

/// Who gives a step.
#[derive(Clone, Copy)]
enum By {
    Operator,
    Seller,
    Buyer,
}

/// The steps of a sale that is recorded, or refused.
fn steps(transfer: u64, buyer: &Trader, refused: bool) -> Vec<(By, &'static str, Value)> {
    let contract = json!({"transfer_id": transfer, "contract_sha256": "cc".repeat(32)});
    let evidence = "ee".repeat(32);
    let mut answer = json!({"transfer_id": transfer, "evidence_sha256": evidence});
    if refused {
        answer["refused"] = json!("documents");
    }
    vec![
        (
            By::Buyer,
            "interest",
            json!({"transfer_id": transfer, "account_id": buyer.account}),
        ),
        (
            By::Operator,
            "qualify",
            json!({"transfer_id": transfer, "entity_id": buyer.entity, "qualified": true, "evidence_sha256": evidence}),
        ),
        (By::Seller, "end-disclosure", json!({"transfer_id": transfer})),
        (
            By::Buyer,
            "bids",
            json!({"transfer_id": transfer, "price": {"currency": "CNY", "amount": "1234567.89"}}),
        ),
        (By::Seller, "sign", contract.clone()),
        (By::Buyer, "sign", contract),
        (By::Buyer, "fund", json!({"transfer_id": transfer})),
        (
            By::Seller,
            "file",
            json!({"transfer_id": transfer, "evidence_sha256": evidence}),
        ),
        (By::Operator, "answer", answer),
    ]
}

/// Cash, free and held, in fen.
fn cash(http: &Http, account: u64) -> anyhow::Result<(String, String)> {
    let (_, account) = http.get(&format!("/v1/accounts/{account}"))?;
    let cny = account["cash"]
        .as_array()
        .and_then(|cash| cash.iter().find(|cash| cash["currency"] == "CNY"))
        .with_context(|| format!("no yuan: {account}"))?;
    let word = |field: &str| cny[field].as_str().map(str::to_owned).with_context(|| format!("{cny}"));
    Ok((word("free")?, word("held")?))
}

#[test]
fn a_kill_at_any_step_of_a_sale_loses_nothing_and_repeats_no_posting() -> anyhow::Result<()> {
    let venue = Venue::new(zhiheng()?, 1 << 20)?;
    let server = venue.start()?;
    let operator = Http::new(&server.url, venue.operator.clone());
    let (seller, buyer) = (
        admit(&operator, 1, &["firm", "trader"])?,
        admit(&operator, 2, &["trader", "investor"])?,
    );
    let rules = json!({"holder_cap": null, "lock_days": 0, "extract_days": 30, "disclosure_days": 0,
        "state_disclosure_days": 20, "priority_days": 5, "step_days": 5, "print_delay_days": 30, "recordal_months": 3,
        "preservation_months": 6, "court_hold_months": 12, "grace_months": 6, "proposal_days": 7});
    operator.must("/v1/rules/numbers", &json!({"client_id": "rules", "rules": rules}))?;
    server.stop()?;

    for (round, refused) in [false, true].into_iter().enumerate() {
        let server = venue.start()?;
        let operator = Http::new(&server.url, venue.operator.clone());
        let firm = Http::new(&server.url, seller.key.clone());
        let right = json!({"asset": {"owner_id": seller.entity, "class": "patent", "office": "US",
            "number": format!("1180356{round}"), "title": "A technology", "filed_on": "2014-03-31", "texts_sha256": "ab".repeat(32)},
            "extract": board::extract()});
        let asset = operator.must(
            "/v1/rights",
            &json!({"client_id": format!("right-{round}"), "rights": [right]}),
        )?;
        let asset = number(&asset, "asset_id")?;
        let sale = firm.must(
            "/v1/transfers",
            &json!({"client_id": format!("sale-{round}"), "asset_ids": [asset], "account_id": seller.account,
                "ask": {"currency": "CNY", "amount": "1000000.00"}, "increment": {"currency": "CNY", "amount": "0.01"},
                "basis": "venue_rule", "disclosure_days": 5, "bidding_days": 1, "state_owned": false,
                "disclosure": "full", "anonymous": false}),
        )?;
        let transfer = number(&sale, "deal_id")?;
        let before = cash(&operator, buyer.account)?;
        server.stop()?;

        for (i, (by, verb, mut body)) in steps(transfer, &buyer, refused).into_iter().enumerate() {
            let key = match by {
                By::Operator => venue.operator.clone(),
                By::Seller => seller.key.clone(),
                By::Buyer => buyer.key.clone(),
            };
            body["client_id"] = json!(format!("sale-{round}-{i}"));
            let path = format!("/v1/transfers/{verb}");
            // The kill falls before the command arrives, while it is under way, or after its answer.
            let server = venue.start()?;
            let http = Http::new(&server.url, key.clone());
            let sent = thread::spawn({
                let (path, body) = (path.clone(), body.clone());
                move || http.post(&path, &body).ok().filter(|(status, _)| *status == 200)
            });
            thread::sleep(Duration::from_micros(700 * (i as u64 % 5)));
            server.kill()?;
            let first = sent.join().expect("the client does not panic");

            let server = venue.start()?;
            let http = Http::new(&server.url, key);
            let again = http.post(&path, &body)?;
            ensure!(again.0 == 200, "{path}: {} {}", again.0, again.1);
            if let Some(first) = first {
                ensure!(
                    first.1["journal_seq"] == again.1["journal_seq"],
                    "{path}: {first:?} {again:?}"
                );
            }
            server.kill()?;
        }

        let server = venue.start()?;
        let operator = Http::new(&server.url, venue.operator.clone());
        let (_, record) = operator.get(&format!("/v1/transfers/{transfer}"))?;
        let (_, title) = operator.get(&format!("/v1/titles/{asset}"))?;
        let owner = &title["title"]["owners"][0]["entity_id"];
        let (sold, bought) = (cash(&operator, seller.account)?, cash(&operator, buyer.account)?);
        let paid = |free: &str| (free.to_owned(), "0.00".to_owned());
        if refused {
            assert_eq!(record["transfer"]["state"], "refunded");
            assert_eq!(*owner, json!(seller.entity));
            assert_eq!(bought, before, "the buyer has all of it back");
            assert_eq!(sold, paid("11234567.89"));
        } else {
            assert_eq!(record["transfer"]["state"], "released");
            assert_eq!(*owner, json!(buyer.entity));
            assert_eq!(bought, paid("8765432.11"), "paid once");
            assert_eq!(sold, paid("11234567.89"), "received once");
        }
        server.stop()?;
        let verify = |book| offline::verify(&venue.journal_dir(), book, None, &mut |_| {});
        assert_eq!(
            verify(BookKind::Fast)?.state_hash,
            verify(BookKind::Plain)?.state_hash,
            "both books come to one state"
        );
    }
    Ok(())
}
