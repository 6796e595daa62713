//! Sealed bids: committed unseen, revealed after the close (RULES.md 2.6, 7.3).
//!
//! Invariant: before the close nobody knows more of a sealed bid than that there is one; what is revealed is what was
//! committed.

use super::{Best, Bidder, Input, Lot, Way};
use crate::{book::Book, kit::checks::require, register::party::User, state::Exchange, tell::Tell};
use alloc::vec::Vec;
use protocol::{
    Digest, LotId, Notice, Receipt, Reject,
    auction::{CommitBid, LotCommitted, LotOpened, RevealBid, SealedPrice},
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
        require(lot.terms.format.sealed().is_some(), Reject::FormatForbidden)?;
        lot.check(Input::Bid)?;

        let seq = tell.seq;
        let lot = self.lots.of_mut(id);
        let bidder = lot.bidder_mut(user.entity);
        if bidder.commitment == Some(asked.commitment) {
            // It stands already, and has its place.
            return Ok(Receipt::Done);
        }
        let first = bidder.commitment.is_none();
        bidder.commitment = Some(asked.commitment);
        bidder.placed = Some(seq);
        let committed = LotCommitted {
            lot: id,
            number: bidder.number,
            commitment: asked.commitment,
        };
        lot.bids += u32::from(first);
        tell.notice(Notice::LotCommitted(committed));
        self.tell_bidder(id, user.entity, tell);
        if first {
            self.tell_lot(id, tell);
        }
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
        let committed = bidder.commitment.ok_or(Reject::NoCommitment)?;
        let minor = price.money.minor();
        let told = commitment(id.0, bidder.number.into(), minor.unsigned_abs(), &nonce);
        require(told == committed, Reject::RevealMismatch)?;
        require(bidder.nonce.is_none(), Reject::AlreadyRevealed)?;

        let bidder = self.lots.of_mut(id).bidder_mut(user.entity);
        (bidder.bid, bidder.nonce) = (Some(minor), Some(nonce));
        self.tell_bidder(id, user.entity, tell);
        Ok(Receipt::Done)
    }

    /// The revealing is over: everyone sees what was revealed, and the highest valid bid, or the lowest offer, is the
    /// best, at the price that the format says.
    pub(super) fn open_bids(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of(id);
        let Some(terms) = lot.terms.format.sealed() else {
            return;
        };
        let reserve = lot.terms.reserve.unwrap_or(terms.start).money.minor();
        let best = lot.opened(terms.start.money.minor(), reserve, terms.pays);
        lot.tell_opened(tell);
        self.lots.of_mut(id).best = best;
    }
}

impl Lot {
    /// Who made a hidden bid that counts, the earliest first.
    pub(super) fn hidden_bids(&self) -> Vec<&Bidder> {
        let mut made: Vec<_> = self.bidders.iter().filter(|bidder| bidder.bid.is_some()).collect();
        made.sort_unstable_by_key(|bidder| bidder.placed);
        made
    }

    /// Tells everyone what was hidden until now.
    pub(super) fn tell_opened(&self, tell: &mut Tell<'_>) {
        for bidder in self.hidden_bids() {
            tell.notice(Notice::LotOpened(LotOpened {
                lot: self.id,
                number: bidder.number,
                price: self.amount(bidder.bid.expect("it counts")),
                units: bidder.units,
                won_units: bidder.won_units,
                nonce: bidder.nonce,
            }));
        }
    }

    /// The winner of the bids that were revealed: the highest, in reverse the lowest, of equals the one committed earlier;
    /// it pays its own or the second valid bid, but nothing worse for who takes the bids than the reserve.
    fn opened(&self, start: i64, reserve: i64, pays: SealedPrice) -> Option<Best> {
        let way = self.way();
        let bids = self.hidden_bids();
        let mut valid: Vec<_> = bids.iter().filter_map(|bidder| Some((bidder.bid?, bidder))).collect();
        valid.retain(|(bid, _)| !way.beats(start, *bid));
        // Stable: of equal bids the earlier stays ahead.
        valid.sort_by(|(one, _), (other, _)| match way {
            Way::Up => other.cmp(one),
            Way::Down => one.cmp(other),
        });
        let &(top, winner) = valid.first()?;
        let second = valid.get(1).map_or(reserve, |(bid, _)| *bid);
        let price = match pays {
            // Short of the reserve nothing is sold, whatever the second.
            SealedPrice::Second if !way.beats(reserve, top) => {
                if way.beats(reserve, second) {
                    reserve
                } else {
                    second
                }
            }
            SealedPrice::First | SealedPrice::Second => top,
        };
        Some(Best {
            entity: winner.entity,
            number: winner.number,
            price,
        })
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
