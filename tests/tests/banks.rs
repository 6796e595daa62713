//! `docs/BANKS.md`, typed as it stands on the demo market: a loan's patents are pledged, licensed with consent, and sold in a
//! case of its default, one by agreement and one by a lot; others are licensed back, and turned into shares. What each
//! brought is paid out and adds up.

use anyhow::Context as _;
use serde_json::Value;
use std::{fs, path::Path};
use zhiheng_tests::{
    program::zhiheng,
    venue,
    walk::{commands, has_tools, walk},
};

/// Where the page says that the demo market listens.
const ADDRESS: &str = "127.0.0.1:7420";
const PORT: u16 = 7420;

/// Fen, as an amount or its text says them.
fn fen(amount: &Value) -> i64 {
    let text = amount["amount"].as_str().or(amount.as_str()).unwrap_or_default();
    text.replace('.', "").parse().unwrap_or_default()
}

/// What each payee has of a sale of this price, by the record; the table and the page say the same.
fn paid(dir: &Path, name: &str, price: i64) -> anyhow::Result<Vec<i64>> {
    let record: Value = serde_json::from_str(&fs::read_to_string(dir.join(format!("{name}.json")))?)?;
    let distribution = &record["distribution"];
    let statement = &distribution["statement"];
    let lines = statement["lines"].as_array().context("lines")?;
    let payees = distribution["payees"].as_array().context("payees")?;
    let mut each = vec![0; payees.len()];
    for line in lines {
        let payee = line["payee"].as_u64().context("a payee")?;
        each[usize::try_from(payee)?] += fen(&line["paid"]);
    }
    assert_eq!(fen(&statement["gross"]), price);
    assert_eq!(fen(&statement["paid"]) + fen(&statement["surplus"]), price);
    assert_eq!(each.iter().sum::<i64>(), price, "{statement}");

    let table = fs::read_to_string(dir.join(format!("{name}.csv")))?;
    let mut rows = table.lines().filter(|line| !line.is_empty());
    let columns: Vec<&str> = rows.next().context("a heading")?.split(',').collect();
    let column = |name: &str| columns.iter().position(|column| *column == name).context("a column");
    let (row, sum) = (column("row")?, column("paid")?);
    let rows: Vec<Vec<&str>> = rows.map(|line| line.split(',').collect()).collect();
    for kind in ["tier", "line"] {
        let of = rows.iter().filter(|fields| fields[row] == kind);
        assert_eq!(of.map(|fields| fen(&fields[sum].into())).sum::<i64>(), price, "{table}");
    }

    let page = fs::read_to_string(dir.join(format!("{name}.html")))?;
    let sums = page.rsplit("What each payee has").next().context("sums")?;
    let sums = sums.split("<td class=\"sum\">").skip(1);
    let sums: Vec<i64> = sums
        .map(|part| fen(&part.split('<').next().unwrap_or_default().into()))
        .collect();
    assert_eq!(sums, [each.clone(), vec![price]].concat(), "{page}");
    Ok(each)
}

#[test]
fn a_bank_lends_on_patents_and_is_paid_by_agreement_and_by_auction_as_the_page_says() -> anyhow::Result<()> {
    if !has_tools() {
        return Ok(());
    }
    let commands = commands("docs/BANKS.md", "## The walk")?;
    let dir = tempfile::tempdir()?;
    let binary = zhiheng()?;
    let market = venue::demo(binary, dir.path(), PORT, 0)?;
    let address = market.url.trim_start_matches("http://").to_owned();
    let walked = walk(commands, binary, dir.path(), ADDRESS, &address)?;
    let json = |words: &[&str]| -> anyhow::Result<Value> { Ok(serde_json::from_str(walked.of(words)[0])?) };

    let pledge = json(&["look bank /v1/pledges/"])?;
    assert_eq!(pledge["pledge"]["state"], "registered");
    let certificates = walked.of(&["zhiheng certificate verify"]);
    assert!(
        certificates[0].contains("owned by 4") && certificates[0].contains(" 1 pledges"),
        "{certificates:?}"
    );
    assert!(
        certificates[1].contains("owned by 12") && certificates[1].contains(" 0 pledges"),
        "{certificates:?}"
    );

    // Refused without consent, and without a release; with them done.
    assert_eq!(
        json(&["! give firm-c /v1/licences"])?["code"],
        "PLEDGE_CONSENT_REQUIRED"
    );
    assert_eq!(json(&["! give bank /v1/transfers/file"])?["code"], "RELEASE_MISSING");
    let lent = json(&["look bank /v1/loans/$LOAN"])?;
    assert_eq!(
        lent["loan"]["outstanding"]["amount"], "950000.00",
        "the fee paid the debt early"
    );
    for answer in walked.of(&["bank bank-"]).iter().chain(&walked.of(&["venue bank-"])) {
        assert!(answer.is_empty() || answer.contains(r#""status":"done""#), "{answer}");
    }

    let agreed = paid(dir.path(), "agreed", 56_000_000)?;
    assert_eq!(
        agreed[..3],
        [54_500_000, 0, 1_500_000],
        "all but the appraiser's is the bank's"
    );
    let auctioned = paid(dir.path(), "auctioned", 48_000_000)?;
    // What was lent and the annuity, less what was paid; and a day's interest where the day ends meanwhile.
    let owed = 100_000_000 + 120_000 - 5_000_000 - 54_500_000;
    assert!((owed..owed + 20_000).contains(&auctioned[0]), "{auctioned:?}");
    let fee = 384_000;
    assert_eq!(auctioned[1], 48_000_000 - fee - auctioned[0], "the rest is the owner's");

    let closed = walked.of(&["look bank /v1/disposals/$CASE"]);
    assert!(
        closed[0].contains(r#""state":"open""#) && closed[1].contains(r#""state":"closed""#),
        "{closed:?}"
    );
    let repaid = walked.of(&["look guarantor /v1/loans/$LOAN"]);
    assert!(repaid[1].contains(r#""state":"repaid""#), "{repaid:?}");
    let cash = &json(&["look bank /v1/accounts/1"])?["cash"][0];
    let sold = 5_000_000 + agreed[0] + auctioned[0];
    assert_eq!(fen(&cash["total"]), sold);

    let kept = |name: &str| -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&fs::read_to_string(
            dir.path().join(format!("{name}.json")),
        )?)?)
    };
    let state = |name: &str, record: &str| -> anyhow::Result<Value> { Ok(kept(name)?[record]["state"].clone()) };
    // The licence: a fee and the rest, with no more than a day's interest where the day ends meanwhile.
    assert_eq!(kept("licensed")?["loan"]["outstanding"]["amount"], "220000.00");
    assert_eq!(state("settled", "loan")?, "repaid");
    assert_eq!(state("settled-case", "disposal")?, "closed");
    assert_eq!(state("settled-pledge", "pledge")?, "released");
    let licensed = fen(&kept("settled-cash")?["cash"][0]["total"]) - sold;
    assert!((30_000_000..30_010_000).contains(&licensed), "{licensed}");

    // The shares: for the value, not for the claim; a rest below a share stays a debt, and no cash moved.
    let early: Value = serde_json::from_str(walked.of(&["! step"])[0])?;
    assert_eq!(early["code"], "RELEASE_BEFORE_REGISTERED");
    let converted = &kept("converted")?["conversion"];
    assert_eq!(converted["state"], "done");
    assert_eq!(converted["issued"]["shares"], 125_000, "{converted}");
    assert_eq!(kept("converted-loan")?["loan"]["outstanding"]["amount"], "1.00");
    assert_eq!(state("converted-case", "disposal")?, "closed");
    market.stop()
}
