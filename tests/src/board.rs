//! A small market on an empty venue: traders with keys and accounts, one listed licence.

use crate::client::Http;
use anyhow::{Context as _, bail, ensure};
use gateway::proof::signing::{self, Key, Secret};
use protocol::{KeyId, Timestamp, time::SECOND};
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};

/// What the board trades.
pub const SYMBOL: &str = "US11803561.U";

/// How long a lot may take until it comes to a state.
const PATIENCE: Duration = Duration::from_secs(600);

/// A trader.
#[derive(Clone)]
pub struct Trader {
    /// What it signs with.
    pub key: Key,
    /// Its entity.
    pub entity: u64,
    /// Its account.
    pub account: u64,
}

/// Sets the board up: `count` traders, each with 10 million yuan and 100,000 units of one verified right.
pub fn set_up(operator: &Http, count: usize) -> anyhow::Result<Vec<Trader>> {
    let traders = (0..count)
        .map(|i| admit(operator, i, &["trader", "firm"]))
        .collect::<anyhow::Result<Vec<Trader>>>()?;
    let owner = &traders[0];
    // One account alone can be issued to, the owner's: the others buy their first units from it.
    let supply = 100_000 * count;
    let right = json!({
        "asset": {"owner_id": owner.entity, "class": "patent", "office": "US", "number": "11803561",
                  "title": "Approximation query", "filed_on": "2014-03-31", "texts_sha256": "ab".repeat(32)},
        "extract": extract(),
        "units": {"symbol": SYMBOL, "currency": "CNY", "tick": "0.01", "price_low": "1.00", "price_high": "200.00",
                  "lot": "1", "order_max": "1000000", "supply": supply.to_string()},
    });
    operator.must(
        "/v1/rights",
        &json!({"client_id": "right", "rights": [right], "issue_to_account_id": owner.account}),
    )?;
    let url = operator.url().to_owned();
    let seller = Http::new(&url, owner.key.clone());
    for (i, trader) in traders.iter().enumerate().skip(1) {
        let buyer = Http::new(&url, trader.key.clone());
        for (http, side, account) in [(&seller, "sell", owner.account), (&buyer, "buy", trader.account)] {
            http.must(
                "/v1/orders",
                &json!({"client_id": format!("first-{i}-{side}"), "account_id": account, "symbol": SYMBOL, "side": side,
                        "type": "limit", "price": "1.00", "quantity": "100000"}),
            )?;
        }
    }
    Ok(traders)
}

/// A number in an outcome.
pub fn number(outcome: &Value, name: &str) -> anyhow::Result<u64> {
    outcome[name].as_u64().with_context(|| format!("no {name}: {outcome}"))
}

/// Admits the participant of this number, with a user, a key that may do all a party does, an account and 10 million
/// yuan.
pub fn admit(operator: &Http, i: usize, roles: &[&str]) -> anyhow::Result<Trader> {
    let entity = operator.must(
        "/v1/participants/entities",
        &json!({"client_id": format!("entity-{i}"), "name": format!("Trader {i}"), "kind": "company",
                "legal_id": {"scheme": "uscc", "code": uscc(i)}}),
    )?;
    let entity = number(&entity, "entity_id")?;
    let user = operator.must(
        "/v1/participants/users",
        &json!({"client_id": format!("user-{i}"), "entity_id": entity, "roles": roles}),
    )?;
    let secret = Secret::generate_ed25519()?;
    let public = secret.public_key().context("an Ed25519 key has a public half")?;
    let public: String = public.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = operator.must(
        "/v1/participants/keys",
        &json!({"client_id": format!("key-{i}"), "user_id": user["user_id"], "scopes": ["read", "trade", "list"],
                "material": {"algorithm": "ed25519", "public_key": public}}),
    )?;
    let account = operator.must(
        "/v1/accounts",
        &json!({"client_id": format!("account-{i}"), "entity_id": entity}),
    )?;
    let account = number(&account, "account_id")?;
    operator.must(
        "/v1/accounts/cash-in",
        &json!({"client_id": format!("cash-{i}"), "account_id": account, "currency": "CNY",
                "amount": "10000000.00", "reference": format!("bank-{i}")}),
    )?;
    Ok(Trader {
        key: Key {
            id: KeyId(u32::try_from(number(&key, "key_id")?)?),
            secret,
            label: String::new(),
        },
        entity,
        account,
    })
}

/// This moment.
pub fn now() -> Timestamp {
    Timestamp(signing::now_ms() * 1_000_000)
}

/// How far ahead of its announcement a lot takes bidders, in seconds. Twice as far each time that the announcement came
/// too late.
const LEAD: u64 = 2;
const ANNOUNCED_MAX: u32 = 8;

/// Announces a lot that takes bidders from a moment soon on: `lot` says the rest of it for that moment. Gives its
/// number.
pub fn announce(seller: &Http, name: &str, mut lot: impl FnMut(Timestamp) -> Value) -> anyhow::Result<u64> {
    for attempt in 0..ANNOUNCED_MAX {
        let qualifies = now().after((LEAD << attempt) * SECOND);
        let mut body = lot(qualifies);
        body["client_id"] = json!(format!("{name}-{attempt}"));
        body["qualifies_at"] = json!(qualifies.to_string());
        let (status, answer) = seller.post("/v1/auctions", &body)?;
        if (200..300).contains(&status) {
            return number(&answer["outcome"], "deal_id");
        }
        let came_late = answer["code"] == "LOT_TIMES_INVALID" && now().after(SECOND) > qualifies;
        ensure!(came_late, "{body}: {status} {answer}");
    }
    bail!("no announcement of {name} comes in time")
}

/// A lot, once it is in one of these states.
pub fn wait_for_lot(http: &Http, lot: u64, states: &[&str]) -> anyhow::Result<Value> {
    let since = Instant::now();
    loop {
        let (_, found) = http.get(&format!("/v1/auctions/{lot}"))?;
        if states.iter().any(|state| found["lot"]["state"] == *state) {
            return Ok(found["lot"].clone());
        }
        ensure!(since.elapsed() < PATIENCE, "lot {lot} is not {states:?}: {found}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// An extract of the register, drawn today.
pub fn extract() -> Value {
    json!({"drawn_on": now().venue_date().to_string(), "evidence_sha256": "ee".repeat(32)})
}

/// A social credit code that nobody has, with its check digit (GB 32100-2015).
fn uscc(number: usize) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("9144030019220{number:04}");
    ALPHABET
        .iter()
        .map(|&digit| format!("{body}{}", char::from(digit)))
        .find(|code| protocol::identifiers::uscc(code) == Some(true))
        .expect("one of the digits is the check digit")
}
