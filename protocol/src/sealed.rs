//! What of a request is its bidder's secret, and how it stands in the journal: closed (法释〔2016〕18号 8, 18).
//!
//! Which commands are secret is said here once: the core tells their answers to the bidder alone, the sequencer closes them before
//! they reach the disk. With which key, and who may open them, is the sequencer's business.

use crate::{
    command::Command, control::Encoded, describe::record, ids::LotId, text::Digest, units::Amount, units::Quantity,
    wire,
};
use serde::{Deserialize, Serialize};

record! {
    /// A bidder's request inside of an opaque one. It stands in the journal alone and is opened before it reaches the core.
    pub struct SealedRequest {
        /// The lot that it is about: all that can be seen of it.
        lot as "lot_id": LotId,
        /// The request, its bidder among it, closed with the lot's key.
        sealed: Encoded,
    }
}

/// What a bidder's command says of its lot, as far as the venue signs for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Claimed {
    /// It enters.
    Entry,
    /// It bids.
    Bid {
        /// How much.
        price: Amount,
        /// For how many units, where several are sold.
        units: Option<Quantity>,
    },
    /// It leaves this maximum.
    Maximum(Amount),
    /// It buys at the fixed price.
    Purchase,
    /// It commits to a hidden bid.
    Commitment(Digest),
    /// It reveals that it had bid so much.
    Reveal(Amount),
}

impl Command {
    /// The lot for which this is a bidder's command, and what it says of it.
    pub const fn claimed(&self) -> Option<(LotId, Claimed)> {
        Some(match self {
            Self::EnterLot(enter) => (enter.lot, Claimed::Entry),
            Self::BidLot(bid) => {
                let (price, units) = (bid.price, bid.units);
                (bid.lot, Claimed::Bid { price, units })
            }
            Self::SetMaximum(set) => (set.lot, Claimed::Maximum(set.maximum)),
            Self::BuyLot(buy) => (buy.lot, Claimed::Purchase),
            Self::CommitBid(commit) => (commit.lot, Claimed::Commitment(commit.commitment)),
            Self::RevealBid(reveal) => (reveal.lot, Claimed::Reveal(reveal.price)),
            _ => return None,
        })
    }

    /// The lot for which this is a bidder's command: until its close, who gave it and what it says is nobody else's.
    pub const fn bids_for(&self) -> Option<LotId> {
        match self.claimed() {
            Some((lot, _)) => Some(lot),
            None => None,
        }
    }

    /// The lot whose bidders' secret this is: a bidder's command, or one that a user of the bidder proposes to another.
    pub fn secret_of(&self) -> Option<LotId> {
        match self {
            Self::Propose(propose) => wire::decode_alone(&propose.encoded.0).ok()?.bids_for(),
            command => command.bids_for(),
        }
    }
}
