//! Receipts of bidders: the venue's word that a command of theirs was taken, so that a bid that is left out can be proved.
//!
//! The signature (Ed25519, the key of the certificates) is over [`PREFIX`] and the receipt in canonical JSON without its signature: no
//! blanks, the fields sorted by name. A receipt is given with the durable answer, never before: for what a crash may still undo it would
//! accuse an honest venue.

use crate::signing::{self, Key, Verifier};
use protocol::{Amount, Answer, Command, Digest, EntityId, LotId, Quantity, Record, Timestamp, auction::Bidder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What stands before the signed text, so that nothing else the venue may sign can pass for a receipt.
pub const PREFIX: &str = "zhiheng bid receipt 1\n";

/// That the venue took a bidder's command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BidReceipt {
    /// For which lot.
    #[schema(value_type = u64)]
    pub lot_id: LotId,
    /// The number that stands for the bidder.
    pub number: u32,
    /// Which command.
    #[schema(example = "bid_lot")]
    pub op: String,
    /// What was bid, left as a maximum, or revealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::json::event::AmountJson>)]
    pub price: Option<Amount>,
    /// For how many units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub units: Option<Quantity>,
    /// What was committed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub commitment: Option<Digest>,
    /// The time of the command: its arrival.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// Its place in the one order of everything.
    pub journal_seq: u64,
    /// The venue's public key, in hex.
    pub public_key: String,
    /// The signature, in hex.
    #[serde(default)]
    pub signature: String,
}

/// What a bidder's command says of a lot.
#[derive(Clone, Copy, Debug)]
pub struct Claimed {
    /// Of which lot.
    pub lot: LotId,
    op: &'static str,
    price: Option<Amount>,
    units: Option<Quantity>,
    commitment: Option<Digest>,
}

impl Claimed {
    /// What a command claims, if it is a bidder's.
    pub fn of(command: &Command) -> Option<Self> {
        let (lot, op) = match command {
            Command::EnterLot(asked) => (asked.lot, "enter_lot"),
            Command::BidLot(asked) => (asked.lot, "bid_lot"),
            Command::SetMaximum(asked) => (asked.lot, "set_maximum"),
            Command::BuyLot(asked) => (asked.lot, "buy_lot"),
            Command::CommitBid(asked) => (asked.lot, "commit_bid"),
            Command::RevealBid(asked) => (asked.lot, "reveal_bid"),
            _ => return None,
        };
        let (price, units, commitment) = match command {
            Command::BidLot(asked) => (Some(asked.price), asked.units, None),
            Command::SetMaximum(asked) => (Some(asked.maximum), None, None),
            Command::CommitBid(asked) => (None, None, Some(asked.commitment)),
            Command::RevealBid(asked) => (Some(asked.price), None, None),
            _ => (None, None, None),
        };
        Some(Self {
            lot,
            op,
            price,
            units,
            commitment,
        })
    }
}

impl BidReceipt {
    /// Signs for a command that was done.
    ///
    /// # Panics
    /// If the key is not an Ed25519 key: the venue's never is another.
    pub fn sign(claimed: &Claimed, number: u32, answer: &Answer, key: &Key) -> Self {
        let public = key.secret.public_key().expect("the venue's key is an Ed25519 key");
        let mut receipt = Self {
            lot_id: claimed.lot,
            number,
            op: claimed.op.into(),
            price: claimed.price,
            units: claimed.units,
            commitment: claimed.commitment,
            at: answer.at,
            journal_seq: answer.seq.0,
            public_key: signing::hex(&public),
            signature: String::new(),
        };
        receipt.signature = key.secret.sign(&receipt.text());
        receipt
    }

    /// The signed text.
    fn text(&self) -> String {
        let mut value = serde_json::to_value(self).expect("a receipt is plain data");
        if let Value::Object(fields) = &mut value {
            fields.remove("signature");
        }
        // A map of serde_json is sorted by name.
        format!("{PREFIX}{value}")
    }

    /// Whether the signature holds, and is of this key (hex).
    pub fn holds(&self, key: &str) -> bool {
        let public = signing::unhex_array(&self.public_key);
        let own = self.public_key.eq_ignore_ascii_case(key);
        own && public.is_some_and(|public| Verifier::Ed25519(public).verify(&self.text(), &self.signature))
    }
}

/// The number that stands for a participant in a lot.
pub(crate) fn number_of(market: &market_data::MarketData, lot: LotId, entity: EntityId) -> Option<u32> {
    use market_data::records::{Key, Told};
    let records = market.records();
    match &records.get(Key::of_bidder(lot, entity))?.told {
        Told::Record(Record::Bidder(Bidder { number, .. })) => Some(*number),
        _ => None,
    }
}
