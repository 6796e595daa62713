//! Sealed bids: committed unseen, revealed after the close (RULES.md 2.6, 7.3).
//!
//! Invariant: before the close nobody knows more of a sealed bid than that there is one; what is revealed is what was committed.

use super::{Best, Input, Lot, start};
use crate::{
    book::Book,
    exchange::{Exchange, Tell},
    registry::User,
    sale::require,
};
use protocol::{
    Digest, EntityId, LotId, Receipt, Reject, Seq,
    auction::{CommitBid, Format, RevealBid, SealedPrice},
};
use sha2::{Digest as _, Sha256};

/// The commitment to a bid: SHA-256 of the format's name, the lot, the bidder's number, the minor units, a nonce.
fn commitment(lot: u64, number: u64, minor: u64, nonce: &Digest) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"IPX-SEAL-v1\0");
    for word in [lot, number, minor] {
        hash.update(word.to_be_bytes());
    }
    hash.update(nonce.0);
    Digest(hash.finalize().into())
}

impl<B: Book> Exchange<B> {
    /// Commits to a sealed bid; a later one takes the place of an earlier one.
    pub(crate) fn commit_bid(&mut self, user: User, asked: &CommitBid, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        lot.bidder(user.entity)?;
        require(matches!(lot.terms.format, Format::Sealed(_)), Reject::FormatForbidden)?;
        lot.check(Input::Bid)?;

        let seq = tell.seq;
        let lot = self.lots.of_mut(id);
        let bidder = lot.bidder_mut(user.entity);
        let first = bidder.commitment.is_none();
        bidder.commitment = Some((asked.commitment, seq));
        lot.bids += u32::from(first);
        self.tell_bidder(id, user.entity, tell);
        self.tell_lot(id, tell);
        Ok(Receipt::Done)
    }

    /// Reveals a sealed bid.
    pub(crate) fn reveal_bid(&mut self, user: User, asked: &RevealBid, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let RevealBid { lot: id, price, nonce } = *asked;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        lot.check_price(price)?;
        let bidder = lot.bidder(user.entity)?;
        lot.check(Input::Reveal)?;
        let (committed, _) = bidder.commitment.ok_or(Reject::NoCommitment)?;
        let minor = price.money.minor();
        let told = commitment(id.0, bidder.number.into(), minor.unsigned_abs(), &nonce);
        require(told == committed, Reject::RevealMismatch)?;
        require(bidder.revealed.is_none(), Reject::AlreadyRevealed)?;

        self.lots.of_mut(id).bidder_mut(user.entity).revealed = Some(minor);
        self.tell_bidder(id, user.entity, tell);
        Ok(Receipt::Done)
    }

    /// The revealing is over: the highest valid bid is the best, at the price that the format says.
    pub(super) fn open_bids(&mut self, id: LotId) {
        let lot = self.lots.of_mut(id);
        let Format::Sealed(terms) = &lot.terms.format else {
            return;
        };
        let pays = terms.pays;
        let least = lot.terms.reserve.unwrap_or(start(&lot.terms.format)).money.minor();
        lot.best = lot.opened(pays, least);
    }
}

impl Lot {
    /// The winner of the bids that were revealed: the highest, of equals the one committed earlier; it pays its own or the second
    /// valid bid, at least the reserve.
    fn opened(&self, pays: SealedPrice, reserve: i64) -> Option<Best> {
        let least = start(&self.terms.format).money.minor();
        let revealed = |bidder: &super::Bidder| {
            let (_, seq) = bidder.commitment?;
            Some((
                bidder.revealed.filter(|bid| *bid >= least)?,
                seq,
                bidder.entity,
                bidder.number,
            ))
        };
        let mut highest: Option<(i64, Seq, EntityId, u32)> = None;
        let mut second = 0;
        for bid in self.bidders.iter().filter_map(revealed) {
            let beats = highest.is_none_or(|top| bid.0 > top.0 || (bid.0 == top.0 && bid.1 < top.1));
            if beats {
                second = second.max(highest.map_or(0, |top| top.0));
                highest = Some(bid);
            } else {
                second = second.max(bid.0);
            }
        }
        let (top, _, entity, number) = highest?;
        let price = match pays {
            SealedPrice::First => top,
            // Below the reserve nothing is sold, whatever the second.
            SealedPrice::Second if top >= reserve => second.max(reserve),
            SealedPrice::Second => top,
        };
        Some(Best { entity, number, price })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use alloc::format;
    use serde_json::Value;

    #[test]
    fn the_seal_of_the_rule_book() {
        let vectors: Value = serde_json::from_str(include_str!("../../../docs/rules/vectors.json")).unwrap();
        let sealed = commitment(7, 42, 420_000_000, &Digest([0x11; 32]));
        let hex: alloc::string::String = sealed.0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, vectors["seal"].as_str().unwrap());
    }
}
