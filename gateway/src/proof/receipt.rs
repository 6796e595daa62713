//! Receipts of bidders: the venue's word that a command of theirs was taken, so that a bid that is left out can be
//! proved.
//!
//! The signature (Ed25519, the key of the certificates) is over [`PREFIX`] and the receipt in canonical JSON without
//! its signature: no blanks, the fields sorted by name. A receipt is given once the command is durable, never before:
//! for what a crash may still undo it would accuse an honest venue. It is the same in the answer and in `executions`.

use super::signing::{self, Verifier};
use market_data::{
    MarketData,
    records::{Key, Kind, Told},
};
use protocol::{
    Amount, Answer, Command, Digest, EntityId, LotId, ProposalId, Quantity, Record, Stamped, Timestamp,
    auction::Bidder,
    control::ProposalState,
    event::{BidTaken, WrittenTaken},
    sealed::Claimed,
    wire,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The words before the signed text, so that nothing else the venue may sign can pass for a receipt.
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

impl BidReceipt {
    /// Signs a receipt for a bidder's command that was taken, at this place and time. The receipt of one command is
    /// always the same, byte for byte: Ed25519 is deterministic.
    ///
    /// # Panics
    /// If the key is not an Ed25519 key: the venue's never is another.
    pub fn sign(taken: &Stamped<BidTaken>, key: &signing::Key) -> Self {
        let public = key.secret.public_key().expect("the venue's key is an Ed25519 key");
        let Stamped { seq, at, body } = taken;
        let WrittenTaken {
            lot,
            number,
            op,
            price,
            units,
            commitment,
        } = body.into();
        let mut receipt = Self {
            lot_id: lot,
            number,
            op: op.name().into(),
            price,
            units,
            commitment,
            at: *at,
            journal_seq: seq.0,
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

/// The bidder's command that a command is or approves: its answer, too, holds the receipt.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bids {
    Itself(LotId, Claimed),
    Approved(ProposalId),
}

impl Bids {
    pub(crate) fn of(command: &Command) -> Option<Self> {
        match command {
            Command::Approve(approve) => Some(Self::Approved(approve.proposal)),
            other => other.claimed().map(|(lot, claimed)| Self::Itself(lot, claimed)),
        }
    }

    /// The core's word to this participant when the command was done: found in the views, for an old answer is given
    /// again long after its events have left the memory.
    pub(crate) fn taken(self, market: &MarketData, entity: EntityId, answer: &Answer) -> Option<Stamped<BidTaken>> {
        let records = market.records();
        let (lot, claimed) = match self {
            Self::Itself(lot, claimed) => (lot, claimed),
            Self::Approved(id) => match &records.get(Key::new(Kind::Proposal, id.0))?.told {
                Told::Record(Record::Proposal(proposal)) if proposal.state == ProposalState::Done => {
                    wire::decode_alone(&proposal.encoded.0).ok()?.claimed()?
                }
                _ => return None,
            },
        };
        let Told::Record(Record::Bidder(Bidder { number, .. })) = records.get(Key::of_bidder(lot, entity))?.told else {
            return None;
        };
        let body = BidTaken { lot, number, claimed };
        let Answer { seq, at, .. } = *answer;
        Some(Stamped { seq, at, body })
    }
}
