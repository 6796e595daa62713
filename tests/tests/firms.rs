//! `docs/FIRMS.md`, typed as it stands on the demo market: a technology is registered, licensed and sold; another sale
//! is refused.

use serde_json::Value;
use zhiheng_tests::{
    program::zhiheng,
    venue,
    walk::{commands, has_tools, walk},
};

/// Where the page says that the demo market listens.
const ADDRESS: &str = "127.0.0.1:7420";
const PORT: u16 = 7420;

#[test]
fn a_firm_lists_licenses_and_sells_a_technology_as_the_page_says() -> anyhow::Result<()> {
    if !has_tools() {
        return Ok(());
    }
    let commands = commands("docs/FIRMS.md", "## The walk")?;
    let dir = tempfile::tempdir()?;
    let binary = zhiheng()?;
    let market = venue::demo(binary, dir.path(), PORT, 0)?;
    let address = market.url.trim_start_matches("http://").to_owned();
    let walked = walk(commands, binary, dir.path(), ADDRESS, &address)?;
    let json = |words: &[&str]| -> anyhow::Result<Value> { Ok(serde_json::from_str(walked.of(words)[0])?) };

    let title = json(&["look firm-c /v1/titles/$ASSET"])?;
    assert_eq!(title["title"]["state"], "verified");
    assert_eq!(title["title"]["kind"], "invention", "told by its number");
    assert_eq!(json(&["look firm-b /v1/licences"])?["licence"]["state"], "recorded");

    let certificates = walked.of(&["zhiheng certificate verify"]);
    assert_eq!(certificates.len(), 3);
    for (certificate, owner) in certificates.iter().zip(["owned by 4", "owned by 5", "owned by 4"]) {
        assert!(certificate.starts_with("the signature holds"), "{certificate}");
        assert!(certificate.contains(owner), "{certificate}");
        assert!(certificate.contains("1 licences, 0 holds, 0 disputes"), "{certificate}");
    }

    let sold = json(&["look firm-c /v1/transfers/$SALE"])?;
    assert_eq!(sold["transfer"]["state"], "released");
    assert_eq!(sold["transfer"]["price"]["amount"], "820000.00");
    assert_eq!(
        sold["transfer"]["surviving_licence_ids"].as_array().map(Vec::len),
        Some(1)
    );
    let refused = json(&["look firm-c /v1/transfers/$REFUSED"])?;
    assert_eq!(refused["transfer"]["state"], "refunded");
    assert_eq!(refused["transfer"]["refused"], "documents");

    // In escrow, then paid once; the second sale's money came back.
    let account = |words: &[&str]| -> anyhow::Result<(String, String)> {
        let account = json(words)?;
        let cny = &account["cash"][0];
        let word = |field: &str| cny[field].as_str().unwrap_or_default().to_owned();
        Ok((word("total"), word("held")))
    };
    let (before, held) = account(&["look ana /v1/accounts/5"])?;
    assert_eq!(held, "820000.00");
    let (after, held) = account(&["/v1/accounts/5?min_seq="])?;
    assert_eq!(held, "0.00");
    let fen = |text: &str| -> i64 { text.replace('.', "").parse().unwrap_or_default() };
    assert_eq!(fen(&before) - fen(&after), 82_000_000);
    market.stop()
}
