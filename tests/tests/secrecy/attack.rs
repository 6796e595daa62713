//! What an attacker did who was the venue's own operator, or had its dump: halve what an account has free, and put lines
//! of its own into a script.

use crate::{house::House, secrets::Secrets};
use anyhow::ensure;
use serde_json::{Value, json};
use std::{fs, path::Path};
use zhiheng_tests::program::good;

/// What every account was filled with, in fen.
const FILLED: u64 = 1_000_000_000;

/// Twenty halvings of an amount, in yuan.
fn halvings() -> impl Iterator<Item = String> {
    (0..20)
        .map(|i| FILLED >> i)
        .map(|fen| format!("{}.{:02}", fen / 100, fen % 100))
}

/// While the lots are open the operator and a rival ask for each bidder's cash, in halves, and are answered alike for
/// every amount and every account.
pub(crate) fn halve(house: &House) -> anyhow::Result<()> {
    for asker in [&house.operator, &house.as_bidder(2)] {
        let mut answers = Vec::new();
        for (i, amount) in halvings().enumerate() {
            for (j, bidder) in house.bidders[..2].iter().enumerate() {
                let asked = json!({"client_id": format!("halve-{i}-{j}"), "account_id": bidder.account,
                    "amount": {"currency": "CNY", "amount": amount}});
                let (status, answer) = asker.post("/v1/accounts/withdraw", &asked)?;
                answers.push((status, answer["code"].clone()));
            }
        }
        ensure!(answers[0].0 == 403 || answers[0].0 == 404, "{:?}", answers[0]);
        ensure!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
    // Nor does the operator find a request to approve, refuse or pay that nobody made.
    for path in ["approve-withdrawal", "refuse-withdrawal", "cash-out"] {
        let mut asked = json!({"client_id": path, "withdrawal_id": 7});
        match path {
            "refuse-withdrawal" => asked["reason"] = json!("returned"),
            "cash-out" => asked["reference"] = json!("probe"),
            _ => {}
        }
        let (status, answer) = house.operator.post(&format!("/v1/accounts/{path}"), &asked)?;
        ensure!(
            (status, &answer["code"]) == (404, &json!("UNKNOWN_WITHDRAWAL")),
            "{answer}"
        );
    }
    Ok(())
}

/// Lines behind a dump, and between its sealed ones, ask the core what the bids are: it says what it would say without
/// them, to the letter.
pub(crate) fn append(house: &House, dump: &str, dir: &Path, secrets: &Secrets) -> anyhow::Result<()> {
    let lines: Vec<Value> = dump.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut behind = Vec::new();
    for amount in halvings() {
        for (i, bidder) in house.bidders.iter().enumerate() {
            // Users were registered with their entities, in the same order.
            behind.push(
                json!({"by": bidder.entity, "op": "request_withdrawal", "account_id": bidder.account,
                "amount": {"currency": "CNY", "amount": amount}, "client_id": format!("{amount}-{i}")}),
            );
        }
    }
    let last = lines.iter().rposition(is_sealed);
    let late = json!({"by": 0, "op": "tick", "at": "2036-01-01T00:00:00.000000000Z"});
    for place in [lines.len(), last.unwrap_or_default()] {
        let mut attacked = lines.clone();
        let own = behind.iter().cloned().chain([late.clone()]);
        attacked.splice(place..place, own);
        // A line without a time comes at that of the line before it.
        for i in 0..attacked.len() {
            if attacked[i]["at"].is_null() {
                attacked[i]["at"] = attacked[i - 1]["at"].clone();
            }
        }
        let without: Vec<_> = attacked
            .iter()
            .map(|line| match is_sealed(line) {
                true => json!({"by": 0, "op": "tick", "at": line["at"]}),
                false => line.clone(),
            })
            .collect();
        let told = applied(house, &attacked, dir)?;
        secrets.check_text("apply, attacked", &told.join("\n"))?;
        let expected = applied(house, &without, dir)?;
        ensure!(told.len() > 20 && expected.len() > told.len(), "{} lines", told.len());
        // What a tick is answered, a sealed line is not.
        let mut expected = expected.iter();
        for line in &told {
            ensure!(expected.any(|other| other == line), "told for its sealed lines: {line}");
        }
        let answers = lines.iter().filter(|line| is_sealed(line)).count();
        ensure!(
            told.iter().any(|line| line.contains("lot_disclosed")),
            "the lots ended: {answers} sealed lines"
        );
    }
    Ok(())
}

fn is_sealed(line: &Value) -> bool {
    line["op"] == "sealed"
}

/// What is printed of a script.
fn applied(house: &House, lines: &[Value], dir: &Path) -> anyhow::Result<Vec<String>> {
    let script = dir.join("attacked");
    let text: Vec<_> = lines.iter().map(Value::to_string).collect();
    fs::write(&script, text.join("\n"))?;
    let mut command = house.tool(&["apply", "--answers"], &script)?;
    command.arg("--seal-key-file").arg(house.venue.seal_key_file());
    let told = String::from_utf8(good(&mut command)?.stdout)?;
    Ok(told.lines().map(Into::into).collect())
}
