//! What only a bidder may know, and whether a text or a file tells it.

use anyhow::ensure;
use gateway::proof::signing;
use protocol::{Command, wire};
use serde_json::{Value, json};

// Numbers that nothing else looks like. In the public data stand the deposits and the prices bid step by step, never
// these.
pub(crate) const MAXIMUM: &str = "7654321.09";
pub(crate) const REFUSED: &str = "8123456.77";
pub(crate) const SEALED: &str = "5642135.79";
pub(crate) const MISMATCHED: &str = "5123457.83";
pub(crate) const DEPOSIT_RISING: &str = "31415.92";
pub(crate) const DEPOSIT_SEALED: &str = "27182.81";
/// What is free of ten million with the first deposit held, and with both.
pub(crate) const FREE: [&str; 2] = ["9968584.08", "9941401.27"];
/// The last that is bid for the rising lot, by the maximum: it answers the proposal that was approved.
pub(crate) const LAST: &str = "1214321.09";
pub(crate) const FIXED: &str = "9000000.00";

/// What only the bidder may know, as text and as bytes.
pub(crate) struct Secrets {
    pub(crate) texts: Vec<String>,
    pub(crate) bytes: Vec<Vec<u8>>,
    /// What the bidder committed to: public, by its number, as nobody can tell the bid from it. Who made it is not.
    commitment: [u8; 32],
}

pub(crate) fn minor(amount: &str) -> i64 {
    amount.replace('.', "").parse().expect("an amount")
}

pub(crate) fn cny(amount: &str) -> Value {
    json!({"currency": "CNY", "amount": amount})
}

impl Secrets {
    pub(crate) fn new(nonce: [u8; 32], commitment: [u8; 32], client_ids: &[&str]) -> Self {
        let mut secrets = Self {
            texts: FREE.map(str::to_owned).to_vec(),
            bytes: Vec::new(),
            commitment,
        };
        for amount in [MAXIMUM, REFUSED, SEALED, MISMATCHED] {
            let number = minor(amount);
            secrets.texts.extend([amount.to_owned(), number.to_string()]);
            let mut varint = Vec::new();
            let mut rest = number.cast_unsigned() << 1;
            while rest >= 0x80 {
                varint.push(rest as u8 | 0x80);
                rest >>= 7;
            }
            varint.push(rest as u8);
            // Five bytes in a row do not come about by chance in these few megabytes.
            secrets.bytes.extend([
                number.to_le_bytes()[..5].to_vec(),
                number.to_be_bytes()[3..].to_vec(),
                varint,
            ]);
        }
        secrets.texts.push(signing::hex(&nonce));
        secrets.bytes.push(nonce.to_vec());
        for client_id in client_ids {
            secrets
                .bytes
                .push(wire::client_key(client_id, &Command::Tick).id.to_vec());
            secrets.texts.push((*client_id).to_owned());
        }
        secrets
    }

    pub(crate) fn check_text(&self, what: &str, text: &str) -> anyhow::Result<()> {
        for secret in &self.texts {
            ensure!(
                !text.contains(secret.as_str()),
                "{what} tells {secret}: {}",
                around(text, secret)
            );
        }
        Ok(())
    }

    /// A file that says of each command whose it is: the commitment would tell who made it.
    pub(crate) fn check_bytes(&self, what: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let found = bytes.windows(32).any(|window| window == self.commitment);
        ensure!(!found, "{what} holds the commitment");
        self.check_told(what, bytes)
    }

    /// A file of what is told to everybody, where the commitment stands by its bidder's number.
    pub(crate) fn check_told(&self, what: &str, bytes: &[u8]) -> anyhow::Result<()> {
        for secret in self
            .bytes
            .iter()
            .cloned()
            .chain(self.texts.iter().map(|text| text.clone().into_bytes()))
        {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            ensure!(!found, "{what} holds {secret:02x?}");
        }
        Ok(())
    }
}

pub(crate) fn around<'a>(text: &'a str, part: &str) -> &'a str {
    let at = text.find(part).unwrap_or(0);
    let from = (0..=at.saturating_sub(200))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    let to = (at + 200..)
        .find(|&at| at >= text.len() || text.is_char_boundary(at))
        .unwrap_or(at);
    &text[from..to.min(text.len())]
}

/// Where an object of `value` names one of the lots and one of these numbers as somebody's: the lot and its bidder in
/// one breath.
pub(crate) fn names_bidder(value: &Value, lots: &[u64], whose: &Whose) -> Option<String> {
    match value {
        Value::Object(fields) => {
            let of = |names: &[&str], numbers: &[u64]| {
                let found = names.iter().filter_map(|name| fields.get(*name)?.as_u64());
                found.into_iter().any(|number| numbers.contains(&number))
            };
            let lot = of(&["lot_id", "deal_id"], lots);
            let bidder = of(&["entity_id", "for_entity_id", "buyer_id"], &whose.entities)
                || of(&["account_id"], &whose.accounts)
                || of(&["by", "user_id", "by_user_id", "decided_by_user_id"], &whose.users);
            if lot && bidder {
                return Some(value.to_string());
            }
            fields.values().find_map(|value| names_bidder(value, lots, whose))
        }
        Value::Array(items) => items.iter().find_map(|value| names_bidder(value, lots, whose)),
        _ => None,
    }
}

#[derive(Clone, Default)]
pub(crate) struct Whose {
    pub(crate) entities: Vec<u64>,
    pub(crate) accounts: Vec<u64>,
    pub(crate) users: Vec<u64>,
}
