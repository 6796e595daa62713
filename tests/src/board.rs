//! A small market on an empty venue: traders with keys and accounts, one listed licence.

use crate::client::Http;
use anyhow::Context as _;
use gateway::signing::{Key, Secret};
use protocol::KeyId;
use serde_json::{Value, json};

/// What the board trades.
pub const SYMBOL: &str = "US11803561.U";

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

/// Sets the board up: `count` traders, each with 10 million yuan and 100,000 units.
pub fn set_up(operator: &Http, count: usize) -> anyhow::Result<Vec<Trader>> {
    let number = |outcome: &Value, name: &str| outcome[name].as_u64().with_context(|| format!("no {name}: {outcome}"));
    let mut traders = Vec::new();
    for i in 0..count {
        let entity = operator.must(
            "/v1/participants/entities",
            &json!({"client_id": format!("entity-{i}"), "name": format!("Trader {i}"), "kind": "company",
                    "legal_id": {"scheme": "uscc", "code": uscc(i)}}),
        )?;
        let entity = number(&entity, "entity_id")?;
        let user = operator.must(
            "/v1/participants/users",
            &json!({"client_id": format!("user-{i}"), "entity_id": entity, "roles": ["trader", "firm"]}),
        )?;
        let secret = Secret::generate_ed25519()?;
        let public = secret.public_key().context("an Ed25519 key has a public half")?;
        let public: String = public.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = operator.must(
            "/v1/participants/keys",
            &json!({"client_id": format!("key-{i}"), "user_id": user["user_id"], "scopes": ["read", "trade"],
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
        let id = KeyId(u32::try_from(number(&key, "key_id")?)?);
        traders.push(Trader {
            key: Key {
                id,
                secret,
                label: String::new(),
            },
            entity,
            account,
        });
    }
    let owner = &traders[0];
    let asset = operator.must(
        "/v1/assets",
        &json!({"client_id": "asset", "owner_id": owner.entity, "class": "patent", "office": "US", "number": "11803561",
                "title": "Approximation query", "texts_sha256": "ab".repeat(32)}),
    )?;
    operator.must(
        "/v1/listings",
        &json!({"client_id": "listing", "asset_id": asset["asset_id"],
                "terms": {"symbol": SYMBOL, "currency": "CNY", "tick": "0.01", "price_low": "1.00",
                          "price_high": "200.00", "lot": "1", "order_max": "1000000", "supply": "100000000"}}),
    )?;
    // One account alone can be issued to, the owner's: the others buy their first units from it.
    let units = 100_000 * count;
    operator.must(
        "/v1/listings/issue",
        &json!({"client_id": "issue", "symbol": SYMBOL, "account_id": owner.account, "quantity": units.to_string()}),
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
