//! What of a request is its bidder's secret, and how it stands in the journal: closed (法释〔2016〕18号 8, 18).
//!
//! Which commands are secret is said here once: the core tells their answers to the bidder alone, the sequencer closes them before
//! they reach the disk. With which key, and who may open them, is the sequencer's business.

use crate::{command::Command, control::Encoded, describe::record, ids::LotId, wire};

record! {
    /// A bidder's request inside of an opaque one. It stands in the journal alone and is opened before it reaches the core.
    pub struct SealedRequest {
        /// The lot that it is about: all that can be seen of it.
        lot as "lot_id": LotId,
        /// The request, its bidder among it, closed with the lot's key.
        sealed: Encoded,
    }
}

impl Command {
    /// The lot for which this is a bidder's command: until its close, who gave it and what it says is nobody else's.
    pub const fn bids_for(&self) -> Option<LotId> {
        Some(match self {
            Self::EnterLot(enter) => enter.lot,
            Self::BidLot(bid) => bid.lot,
            Self::SetMaximum(set) => set.lot,
            Self::BuyLot(buy) => buy.lot,
            Self::CommitBid(commit) => commit.lot,
            Self::RevealBid(reveal) => reveal.lot,
            _ => return None,
        })
    }

    /// The lot whose bidders' secret this is: a bidder's command, or one that a user of the bidder proposes to another.
    pub fn secret_of(&self) -> Option<LotId> {
        match self {
            Self::Propose(propose) => wire::decode_alone(&propose.encoded.0).ok()?.bids_for(),
            command => command.bids_for(),
        }
    }
}
