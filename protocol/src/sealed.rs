//! What of a request is its bidder's secret, and how it stands in the journal: closed (法释〔2016〕18号 8, 18).
//!
//! The roll says which commands are secret; here stands what each claims. The core tells their answers to the bidder
//! alone; the sequencer closes them before they reach the disk. With which key, and who may open them, is the
//! sequencer's business.

use crate::{
    auction::{BidLot, BuyLot, CommitBid, EnterLot, RevealBid, SetMaximum},
    control::Encoded,
    describe::record,
    ids::LotId,
    text::Digest,
    units::{Amount, Quantity},
};
use serde::{Deserialize, Serialize};

record! {
    /// A bidder's request inside of an opaque one. It stands in the journal alone and is opened before it reaches the
    /// core.
    pub struct SealedRequest {
        /// The lot that it is about: all that can be seen of it.
        lot as "lot_id": LotId,
        /// The request, its bidder among it, closed with the lot's key.
        sealed: Encoded,
    }
}

/// The claim of a bidder's command: what it says of its lot, as far as the venue signs for it.
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

/// A command that is a bidder's secret, and its claim.
pub(crate) trait Claims {
    /// The lot, and what the command says of it.
    fn claims(&self) -> (LotId, Claimed);
}

impl Claims for EnterLot {
    fn claims(&self) -> (LotId, Claimed) {
        (self.lot, Claimed::Entry)
    }
}

impl Claims for BidLot {
    fn claims(&self) -> (LotId, Claimed) {
        let Self { lot, price, units, .. } = *self;
        (lot, Claimed::Bid { price, units })
    }
}

impl Claims for SetMaximum {
    fn claims(&self) -> (LotId, Claimed) {
        (self.lot, Claimed::Maximum(self.maximum))
    }
}

impl Claims for BuyLot {
    fn claims(&self) -> (LotId, Claimed) {
        (self.lot, Claimed::Purchase)
    }
}

impl Claims for CommitBid {
    fn claims(&self) -> (LotId, Claimed) {
        (self.lot, Claimed::Commitment(self.commitment))
    }
}

impl Claims for RevealBid {
    fn claims(&self) -> (LotId, Claimed) {
        (self.lot, Claimed::Reveal(self.price))
    }
}
