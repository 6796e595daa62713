//! What a bidder's command says of its lot, field by field: the event that it was taken and the venue's receipt say the same.

use super::Op;
use protocol::{Amount, Digest, Quantity, sealed::Claimed};

/// The fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClaimedFields {
    /// The name of the command.
    pub(crate) op: &'static str,
    /// What was bid, left as a maximum, or revealed.
    pub(crate) price: Option<Amount>,
    /// For how many units.
    pub(crate) units: Option<Quantity>,
    /// What was committed to.
    pub(crate) commitment: Option<Digest>,
}

impl From<Claimed> for ClaimedFields {
    fn from(claimed: Claimed) -> Self {
        let (op, price, units, commitment) = match claimed {
            Claimed::Entry => (Op::EnterLot, None, None, None),
            Claimed::Bid { price, units } => (Op::BidLot, Some(price), units, None),
            Claimed::Maximum(maximum) => (Op::SetMaximum, Some(maximum), None, None),
            Claimed::Purchase => (Op::BuyLot, None, None, None),
            Claimed::Commitment(commitment) => (Op::CommitBid, None, None, Some(commitment)),
            Claimed::Reveal(price) => (Op::RevealBid, Some(price), None, None),
        };
        Self {
            op: op.name(),
            price,
            units,
            commitment,
        }
    }
}
