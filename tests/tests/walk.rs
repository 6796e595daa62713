//! The walk with curl of `docs/WALK.md`, typed as it stands, on the demo market.

use serde_json::Value;
use zhiheng_tests::{
    program::zhiheng,
    venue,
    walk::{commands, has_tools, walk},
};

/// Where the README says that the demo market listens.
const ADDRESS: &str = "127.0.0.1:7420";
const PORT: u16 = 7420;

#[test]
fn every_command_of_the_walk_through_works_as_typed() -> anyhow::Result<()> {
    let commands = commands("docs/WALK.md", "# A walk with curl · 用 curl 走一遍")?;
    if !has_tools() {
        return Ok(());
    }

    let dir = tempfile::tempdir()?;
    let binary = zhiheng()?;
    let market = venue::demo(binary, dir.path(), PORT, 20)?;
    let address = market.url.trim_start_matches("http://").to_owned();

    let walked = walk(commands, binary, dir.path(), ADDRESS, &address)?;
    let of = |words: &[&str]| walked.of(words);

    let listed: Value = serde_json::from_str(of(&["/v1/market?limit=3"])[0])?;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(3), "{listed}");
    let book: Value = serde_json::from_str(of(&["/book?depth=3"])[0])?;
    for side in ["bids", "asks"] {
        assert!(book[side].as_array().is_some_and(|levels| !levels.is_empty()), "{book}");
    }
    let bought = of(&["-d \"$BUY\""])[0];
    assert!(bought.contains(r#""status":"done""#), "{bought}");
    let held: Value = serde_json::from_str(of(&["/v1/accounts/5/holdings?min_seq"])[0])?;
    assert_eq!(held["items"][0]["total"], "1002", "{held}");
    let trades: Value = serde_json::from_str(of(&["/trades?limit=2"])[0])?;
    assert!(
        trades["items"].as_array().is_some_and(|trades| !trades.is_empty()),
        "{trades}"
    );
    let answers = of(&["-d \"$ORDER\""]);
    assert_eq!(answers.len(), 2, "an order and its repeat");
    assert!(answers[0].contains(r#""status":"done""#), "{}", answers[0]);
    assert_eq!(answers[0], answers[1], "the repeat is answered as before");
    let cancelled: Value = serde_json::from_str(of(&["-X DELETE"])[0])?;
    assert_eq!(cancelled["outcome"]["status"], "done", "{cancelled}");
    let account: Value = serde_json::from_str(of(&["/v1/accounts/5\" "])[0])?;
    assert_eq!(account["account_id"], 5, "{account}");
    for word in ["\"$ENTER\"", "\"$MOST\""] {
        let answer: Value = serde_json::from_str(of(&["-d", word])[0])?;
        assert_eq!(answer["outcome"]["status"], "done", "{answer}");
        assert!(answer["receipt"]["signature"].is_string(), "{answer}");
    }
    let bidders: Value = serde_json::from_str(of(&["/v1/bidders\""])[0])?;
    let own = &bidders["items"][0]["bidder"];
    assert_eq!(own["maximum"]["amount"], "60000.00", "{bidders}");
    assert_eq!(own["leads"], true, "{bidders}");
    let proof = of(&["auction verify"])[0];
    assert!(proof.contains("holds") && proof.contains("best bid"), "{proof}");
    assert_eq!(
        of(&["zhiheng tail", "--count 5"])[0].lines().count(),
        6,
        "a snapshot and five changes"
    );
    let said = &walked.said;
    assert!(said.contains("5 checksums right, no gap"), "{said}");
    // While the desks quote on, both come to one state, for they stop at one place.
    let proofs = ["journal verify", "zhiheng apply"].map(|word| state_hash(of(&[word])[0]));
    assert!(proofs[0].is_some() && proofs[0] == proofs[1], "{proofs:?}");
    Ok(())
}

/// The 64 digits behind the word `state_hash`.
fn state_hash(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("state_hash")?;
    let hash: String = rest
        .chars()
        .skip_while(|char| !char.is_ascii_hexdigit())
        .take_while(char::is_ascii_hexdigit)
        .collect();
    (hash.len() == 64).then_some(hash)
}
