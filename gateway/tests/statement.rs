//! A defaulted loan's patent is sold and paid out: the statement of it in each form, who reads it; and what a certificate
//! of the right says of the pledge before and after.

mod server_support;

use gateway::proof::{request, signing};
use protocol::{Date, Timestamp};
use serde_json::{Value, json};
use server_support::*;
use std::{collections::BTreeMap, path::Path};

const PAPER: &str = "7a686968656e67207a686968656e67207a686968656e67207a686968656e6721";

fn cny(amount: &str) -> Value {
    json!({ "currency": "CNY", "amount": amount })
}

fn fen(amount: &Value) -> i64 {
    let text = amount["amount"]
        .as_str()
        .or(amount.as_str())
        .unwrap_or_else(|| panic!("{amount}"));
    text.replace('.', "").parse().unwrap()
}

fn today() -> Date {
    Timestamp(signing::now_ms() * 1_000_000).venue_date()
}

/// A bank's loan to a firm with a patent under a pledge, and who else is there.
struct House {
    venue: Venue,
    bank: Dealer,
    firm: Dealer,
    buyer: Dealer,
    rival: Dealer,
    regulator: Dealer,
    asset: Value,
    loan: Value,
    pledge: Value,
}

impl House {
    async fn open(dir: &Path) -> Self {
        let venue = Venue::open(config(dir)).await;
        let operator = venue.operator.clone();
        let numbers = json!({
            "lock_days": 0, "extract_days": 30, "disclosure_days": 0, "state_disclosure_days": 20, "priority_days": 5,
            "step_days": 5, "print_delay_days": 30, "recordal_months": 3, "preservation_months": 6,
            "court_hold_months": 12, "grace_months": 6, "proposal_days": 7
        });
        operator
            .done("POST", "/v1/rules/numbers", json!({ "rules": numbers }))
            .await;
        let scopes = ["read", "trade", "list"];
        let bank = venue.admit_with(11, "0", &["bank"], &scopes).await;
        let firm = venue.admit(12, "0").await;
        let buyer = venue.admit(13, "900000.00").await;
        let rival = venue.admit_with(14, "0", &["bank"], &scopes).await;
        let regulator = venue.admit_with(15, "0", &["regulator"], &["read"]).await;
        let today = today();
        let patent = json!({
            "owner_id": firm.entity, "class": "patent", "office": "CN", "number": "202310745518.7",
            "title": "一种柔性屏的折痕检测方法", "filed_on": "2023-06-21", "granted_on": "2025-02-11",
            "texts_sha256": PAPER
        });
        let extract = json!({ "drawn_on": today.to_string(), "evidence_sha256": PAPER });
        let rights = json!({ "rights": [{ "asset": patent, "extract": extract }] });
        let asset = operator.done("POST", "/v1/rights", rights).await["asset_id"].clone();
        let (drawn, due) = (today.to_string(), today.plus_months(12).to_string());
        let loan = json!({
            "creditors": [{ "entity_id": bank.entity, "parts": 1 }], "debtor_id": firm.entity,
            "terms": {
                "principal": cny("400000.00"), "drawn_on": drawn, "due_on": due, "day_count": "act_360",
                "rates": [{ "from_on": drawn, "rate_e6": 43_500 }], "settlement": { "cycle": "at_end" },
                "compounding": "none", "order": "interest_first"
            },
            "reference": "L-1", "contract_sha256": PAPER
        });
        let loan = bank.done("POST", "/v1/loans", loan).await["deal_id"].clone();
        let application = json!({
            "loan_id": loan, "pledgor_id": firm.entity, "rights": [{ "asset_id": asset }], "amount": cny("400000.00"),
            "contract": { "states": ["parties", "claim", "debt_term", "rights", "cover"], "sha256": PAPER },
            "intake": { "kind": "company", "taxes_sha256": PAPER }, "mandate_sha256": PAPER
        });
        let filed = operator
            .done("POST", "/v1/pledges", json!({ "applications": [application] }))
            .await;
        let pledge = filed["pledge_id"].clone();
        let answer = json!({ "registered": { "number": "Y1", "evidence_sha256": PAPER } });
        let answer = json!({ "pledge_id": pledge, "answer": answer });
        operator.done("POST", "/v1/pledges/answer", answer).await;
        Self {
            venue,
            bank,
            firm,
            buyer,
            rival,
            regulator,
            asset,
            loan,
            pledge,
        }
    }

    /// Sells the patent in a case of the loan's default, by agreement, and pays out: the sale.
    async fn sell(&self) -> Value {
        let Self {
            venue,
            bank,
            firm,
            buyer,
            asset,
            loan,
            ..
        } = self;
        let operator = &venue.operator;
        let plan = json!({
            "currency": "CNY",
            "payees": [
                { "participant": { "entity_id": bank.entity, "account_id": bank.account } },
                { "participant": { "entity_id": firm.entity, "account_id": firm.account } },
                { "outsider": { "name": "<b>评估 & 公司</b>" } }
            ],
            "tiers": [
                { "kind": "sale_costs", "payees": [{ "payee": 2, "weight": 1, "cap": cny("20000.00") }] },
                { "kind": "earlier_tax" }, { "kind": "secured" }, { "kind": "later_tax" }, { "kind": "attaching" },
                { "kind": "surplus" }
            ]
        });
        bank.done("POST", "/v1/loans/plan", json!({ "loan_id": loan, "plan": plan }))
            .await;
        let proposed = bank.get(&format!("/v1/loan-plans/{loan}")).await.ok();
        let digest = proposed["loan_plan"]["proposed"]["plan_sha256"].clone();
        firm.done(
            "POST",
            "/v1/loans/plan/sign",
            json!({ "loan_id": loan, "plan_sha256": digest }),
        )
        .await;
        let default = json!({ "loan_id": loan, "cause": "agreed_event", "evidence_sha256": PAPER });
        bank.done("POST", "/v1/loans/default", default).await;
        let open = json!({ "loan_id": loan, "road": "mandate", "instrument_sha256": PAPER, "floor_bps": 8000 });
        let case = bank.done("POST", "/v1/disposals", open).await["deal_id"].clone();
        let valued = json!({
            "asset_id": asset, "basis": { "agreed": { "amount": cny("500000.00") } }, "expires_on": today().plus_months(6).to_string(),
            "evidence_sha256": PAPER
        });
        operator.done("POST", "/v1/valuations", valued).await;
        let offer = json!({
            "asset_ids": [asset], "account_id": firm.account, "ask": cny("450000.00"), "increment": cny("1000.00"),
            "basis": "venue_rule", "disclosure_days": 20, "bidding_days": 5, "state_owned": false, "disclosure": "full",
            "anonymous": false
        });
        let sale = bank.done("POST", "/v1/transfers", offer).await["deal_id"].clone();
        let of = |more: Value| {
            let mut body = json!({ "transfer_id": sale });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let interest = of(json!({ "account_id": buyer.account }));
        buyer.done("POST", "/v1/transfers/interest", interest).await;
        let good = of(json!({ "entity_id": buyer.entity, "qualified": true, "evidence_sha256": PAPER }));
        operator.done("POST", "/v1/transfers/qualify", good).await;
        bank.done("POST", "/v1/transfers/end-disclosure", of(json!({}))).await;
        buyer
            .done("POST", "/v1/transfers/bids", of(json!({ "price": cny("460000.00") })))
            .await;
        for side in [bank, buyer] {
            side.done("POST", "/v1/transfers/sign", of(json!({ "contract_sha256": PAPER })))
                .await;
        }
        buyer.done("POST", "/v1/transfers/fund", of(json!({}))).await;
        let release = of(json!({ "disposal_id": case, "evidence_sha256": PAPER }));
        bank.done("POST", "/v1/disposals/release", release).await;
        bank.done("POST", "/v1/transfers/file", of(json!({ "evidence_sha256": PAPER })))
            .await;
        operator
            .done("POST", "/v1/transfers/answer", of(json!({ "evidence_sha256": PAPER })))
            .await;
        let trust = operator.done("POST", "/v1/accounts", json!({ "entity_id": 0 })).await["account_id"].clone();
        let costs = json!([{ "payee": 2, "kind": "appraiser", "amount": cny("15000.00") }]);
        let paid = of(json!({ "disposal_id": case, "claims": { "costs": costs }, "trust_account_id": trust }));
        bank.done("POST", "/v1/disposals/distribute", paid).await;
        sale
    }
}

/// What somebody reads there who takes this kind of text.
async fn accepting(dealer: &Dealer, path: &str, accept: &str) -> Answer {
    let key = dealer.key.as_ref().unwrap();
    let signed = request::headers(&dealer.venue_id, key, "GET", path, b"");
    let mut headers: Vec<_> = signed.map(|(name, value)| (name.to_owned(), value)).to_vec();
    headers.push(("accept".to_owned(), accept.to_owned()));
    http(dealer.address, "GET", path, &headers, b"").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_distribution_adds_up_in_each_form_and_only_its_readers_have_any() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path()).await;
    let sale = house.sell().await;
    let path = format!("/v1/distributions/{sale}");
    let record = house.bank.get(&path).await.ok();
    let statement = &record["distribution"]["statement"];
    assert_eq!(fen(&statement["gross"]), 46_000_000);
    assert_eq!(fen(&statement["paid"]) + fen(&statement["surplus"]), 46_000_000);
    let lines = statement["lines"].as_array().unwrap();
    assert_eq!(lines.iter().map(|line| fen(&line["paid"])).sum::<i64>(), 46_000_000);
    assert_eq!(accepting(&house.bank, &path, "*/*").await.ok(), record);

    let table = house.bank.get(&format!("{path}?format=csv")).await;
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(accepting(&house.firm, &path, "text/csv").await.text, table.text);
    let mut reader = csv::Reader::from_reader(table.text.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    let of = |kind: &str| rows.iter().filter(|row| row["row"] == kind).collect::<Vec<_>>();
    let (tiers, told) = (of("tier"), of("line"));
    assert_eq!(tiers.len(), statement["tiers"].as_array().unwrap().len());
    assert_eq!(told.len(), lines.len());
    for (rows, of) in [(&tiers, &statement["tiers"]), (&told, &statement["lines"])] {
        for (row, record) in rows.iter().zip(of.as_array().unwrap()) {
            for field in ["asked", "paid", "short"] {
                assert_eq!(row[field], record[field]["amount"], "{row:?}");
            }
            assert_eq!(row["kind"], record["kind"]);
        }
    }

    let page = accepting(&house.bank, &path, "text/html").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(house.bank.get(&format!("{path}?format=html")).await.text, page.text);
    for record in lines.iter().chain(statement["tiers"].as_array().unwrap()) {
        let sum = format!("<td class=\"sum\">{}</td>", record["paid"]["amount"].as_str().unwrap());
        assert!(page.text.contains(&sum), "{sum}");
    }
    let sums = page.text.rsplit("What each payee has").next().unwrap();
    let sums = sums.split("<td class=\"sum\">").skip(1);
    let sums: Vec<i64> = sums.map(|part| fen(&part.split('<').next().into())).collect();
    let (all, each) = sums.split_last().unwrap();
    assert_eq!((*all, each.iter().sum::<i64>()), (46_000_000, 46_000_000));
    assert!(page.text.contains("&lt;b&gt;评估 &amp; 公司&lt;/b&gt;") && !page.text.contains("<b>"));

    // In no form for anybody else, and for who reads by office in each as it is: noted.
    for form in ["json", "csv", "html"] {
        let path = format!("{path}?format={form}");
        for stranger in [&house.buyer, &house.rival] {
            stranger.get(&path).await.refused(404, "UNKNOWN_TRANSFER");
        }
        house.venue.nobody().get(&path).await.refused(404, "UNKNOWN_TRANSFER");
    }
    assert_eq!(
        house.regulator.get(&format!("{path}?format=csv")).await.text,
        table.text
    );
    let reads = house.firm.get("/v1/reads").await;
    assert!(reads.text.contains(&format!("\"record\":\"{path}\"")), "{}", reads.text);
    house
        .bank
        .get(&format!("{path}?format=xml"))
        .await
        .refused(400, "QUERY_INVALID");
    let other = format!("/v1/loans/{}?format=csv", house.loan);
    house.bank.get(&other).await.refused(400, "QUERY_INVALID");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_tells_the_pledge_and_its_consents_while_they_stand() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path()).await;
    let consent =
        json!({ "pledge_id": house.pledge, "act": "transfer", "floor": cny("450000.00"), "proceeds": "prepay" });
    house.bank.done("POST", "/v1/pledges/consent", consent).await;
    let licence = json!({ "pledge_id": house.pledge, "act": "licence", "proceeds": "escrow" });
    house.bank.done("POST", "/v1/pledges/consent", licence).await;
    house
        .bank
        .done(
            "POST",
            "/v1/pledges/revoke",
            json!({ "pledge_id": house.pledge, "act": "licence" }),
        )
        .await;
    let path = format!("/v1/certificates/{}", house.asset);
    let before = house.firm.get(&path).await.ok()["statement"].take();
    let pledged = &before["pledges"][0];
    assert_eq!(before["pledges"].as_array().map(Vec::len), Some(1), "{before}");
    assert_eq!((&pledged["pledge_id"], &pledged["rank"]), (&house.pledge, &json!(1)));
    assert_eq!(pledged["pledgees"][0]["entity_id"], house.bank.entity);
    assert_eq!(
        (&pledged["state"], &pledged["number"]),
        (&json!("registered"), &json!("Y1"))
    );
    let consents = pledged["consents"].as_array().unwrap();
    assert_eq!(consents.len(), 1, "what was taken back is none: {pledged}");
    assert_eq!(consents[0]["act"], "transfer");
    assert_eq!(consents[0]["floor"], cny("450000.00"));

    house.sell().await;
    let after = house.buyer.get(&path).await.ok()["statement"].take();
    assert_eq!(after["title"]["owners"][0]["entity_id"], house.buyer.entity);
    assert_eq!(after["pledges"], json!([]), "the price took the pledge's place");
    house.rival.get(&path).await.refused(404, "UNKNOWN_ASSET");
}
