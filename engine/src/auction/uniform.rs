//! Several units at one price, that of the last unit sold; bids are hidden until the close (RULES.md 2.6).
//!
//! Invariant: the units are held of the seller from the announcement on, and of each bidder all that its bid may cost;
//! so at the close units and money change hands in one step, and nobody is left to pay.

use super::{Bidder, Input, Lot};
use crate::{
    book::Book,
    kit::{
        checks::{ensure, first_fault, require},
        ids::FEE_ACCOUNT,
    },
    register::pledgees::Use,
    state::Exchange,
    tell::Tell,
    units::contract::posting,
};
use alloc::{format, string::String, vec::Vec};
use protocol::{
    AccountId, Amount, EntityId, InstrumentId, LotId, MONEY_MAX, Money, Price, Quantity, Receipt, Reject, Seq, Side,
    Timestamp,
    auction::{AnnounceLot, Format, Rationing},
    event::PostingReason,
    pledge::PledgeAct,
    title::Act,
    transfer::apportion,
};

/// A bid for units: so much for each of so many lots of them. Bids come the earliest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    price: i64,
    lots: i64,
}

/// What a close comes to: the price of the last lot sold, and how many each bid gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cleared {
    price: i64,
    won: Vec<i64>,
}

/// The highest bids get what they asked for, down to the price at which no more is left; who asked at that price gets a
/// part.
fn clear(bids: &[Asked], lots: i64, rationing: Rationing) -> Cleared {
    let mut places: Vec<usize> = (0..bids.len()).collect();
    // Stable: of equal prices the earlier bid stays ahead.
    places.sort_by_key(|&place| core::cmp::Reverse(bids[place].price));
    let mut cleared = Cleared {
        price: 0,
        won: alloc::vec![0; bids.len()],
    };
    let mut left = lots;
    for level in places.chunk_by(|&a, &b| bids[a].price == bids[b].price) {
        if left == 0 {
            break;
        }
        cleared.price = bids[level[0]].price;
        let asked: i64 = level.iter().map(|&place| bids[place].lots).sum();
        let parts: Vec<i64> = match rationing {
            Rationing::ProRata if asked > left => by_what_was_asked(bids, level, left),
            _ => {
                let mut rest = left;
                let take = |&place: &usize| {
                    let part = bids[place].lots.min(rest);
                    rest -= part;
                    part
                };
                level.iter().map(take).collect()
            }
        };
        for (&place, part) in level.iter().zip(parts) {
            cleared.won[place] = part;
            left -= part;
        }
    }
    cleared
}

/// What is left, by what each asked: whole lots, the rest by larger remainder, of equal ones to the earlier (RULES.md
/// 2.8, Hamilton).
fn by_what_was_asked(bids: &[Asked], level: &[usize], left: i64) -> Vec<i64> {
    let asked: Vec<u32> = level
        .iter()
        .map(|&place| u32::try_from(bids[place].lots).expect("fewer lots than units"))
        .collect();
    apportion(left, &asked)
}

/// The cost of these units at this price; none if that is more money than there can be.
fn cost(price: i64, units: Quantity) -> Option<Money> {
    Price::from_minor(price).times(units)
}

impl<B: Book> Exchange<B> {
    /// Whether these units may be sold in a lot.
    pub(super) fn check_lot_of_units(
        &self,
        asked: &AnnounceLot,
        instrument: Option<InstrumentId>,
        at: Timestamp,
    ) -> Result<(), Reject> {
        let (Format::Uniform(terms), Some(instrument)) = (&asked.format, instrument) else {
            return Ok(());
        };
        let listing = self.register.instrument(instrument)?;
        let right = self.register.asset(listing.asset)?;
        let owner = self.ledger.account(asked.account)?.entity;
        first_fault([
            self.check_unit_books(),
            listing.check_issuable(at),
            listing.check_lots(terms.units),
            require(terms.start.currency == listing.terms.currency, Reject::AmountInvalid),
            self.ledger
                .check_units(asked.account, instrument, terms.units)
                .map(|_| ()),
            right.check_act(Act::Units, Some(terms.start), at),
            self.check_lock(listing.asset, owner, Side::Sell, asked.closes_at.venue_date()),
            self.check_pledgees(
                listing.asset,
                &Use::units(terms.start, terms.units, right.expires),
                at.venue_date(),
            ),
        ])
    }

    /// Whether a lot that was read sells what it says, and each bid for units is covered by what it set aside.
    pub(crate) fn sells_what_it_says(&self, lot: &Lot) -> bool {
        let (Format::Uniform(terms), Some(instrument)) = (&lot.terms.format, lot.instrument) else {
            return lot.instrument.is_none() && lot.rights == lot.terms.assets;
        };
        let listing = self.register.listing(instrument);
        let covered = |bidder: &Bidder| match (bidder.bid, bidder.units) {
            (None, None) => true,
            (Some(price), Some(units)) => {
                let cost = cost(price, units).map(|cost| lot.total(cost.minor()).money);
                units <= terms.units && cost.is_some_and(|cost| cost <= bidder.deposit)
            }
            _ => false,
        };
        lot.rights == [listing.asset] && lot.currency() == listing.terms.currency && lot.bidders.iter().all(covered)
    }

    /// Sets the units of a lot aside.
    pub(super) fn hold_lot_units(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        let (Format::Uniform(terms), Some(instrument)) = (&lot.terms.format, lot.instrument) else {
            return;
        };
        let (account, units) = (lot.terms.account, terms.units);
        lot.units_held = units;
        let slot = self.ledger.holding_slot(account, instrument);
        self.ledger.hold_units(slot, units);
        let deal = (Seq(id.0), PostingReason::Held);
        self.post_units(
            posting(deal, (account, instrument), -units.units(), units.units()),
            tell,
        );
    }

    /// Gives the seller back the units that nobody bought.
    pub(super) fn release_lot_units(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        let left = core::mem::replace(&mut lot.units_held, Quantity::ZERO);
        let (Some(instrument), account) = (lot.instrument, lot.terms.account) else {
            return;
        };
        if left > Quantity::ZERO {
            let slot = self.ledger.holding_slot(account, instrument);
            self.ledger.release_units(slot, left);
            let deal = (Seq(id.0), PostingReason::Released);
            self.post_units(posting(deal, (account, instrument), left.units(), -left.units()), tell);
        }
    }

    /// What the lots hold: of which account, of what, how many.
    pub(crate) fn held_for_lots(&self) -> impl Iterator<Item = (AccountId, InstrumentId, Quantity)> {
        let lots = self.lots.iter().filter(|lot| lot.units_held > Quantity::ZERO);
        lots.filter_map(|lot| Some((lot.terms.account, lot.instrument?, lot.units_held)))
    }

    /// A hidden bid for units, or a better one in its place. It binds: it may ask for more, or pay more, never less.
    pub(super) fn bid_for_units(
        &mut self,
        id: LotId,
        entity: EntityId,
        (price, units): (i64, Quantity),
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let lot = self.lots.of(id);
        let (Format::Uniform(terms), Some(instrument)) = (&lot.terms.format, lot.instrument) else {
            unreachable!("it sells units");
        };
        let bidder = *lot.bidder(entity)?;
        let listing = self.register.instrument(instrument)?;
        listing.check_lots(units)?;
        require(units <= terms.units, Reject::QuantityTooLarge)?;
        let total = cost(price, units).map(|cost| lot.total(cost.minor()).money);
        let total = total.filter(|total| total.minor() <= MONEY_MAX);
        let held = total.ok_or(Reject::QuantityTooLarge)?.max(bidder.deposit);
        let more = Amount::new(lot.currency(), held.minus(bidder.deposit));
        self.check_escrow(bidder.account, more)?;
        let (least, step) = (terms.start.money.minor(), terms.step.money.minor());
        require(price >= least, Reject::BidBelowStart)?;
        require((price - least) % step == 0, Reject::BidOffGrid)?;
        let better = bidder.bid.is_none_or(|bid| {
            let before = bidder.units.unwrap_or_default();
            price >= bid && units >= before && (price, units) != (bid, before)
        });
        require(better, Reject::BidBelowStep)?;

        let (seq, whole) = (tell.seq, Amount::new(lot.currency(), held));
        let lot = self.lots.of_mut(id);
        lot.bids += u32::from(bidder.bid.is_none());
        let own = lot.bidder_mut(entity);
        (own.bid, own.units, own.placed, own.deposit) = (Some(price), Some(units), Some(seq), held);
        tell.secretly(|tell| {
            self.release_escrow(Seq(id.0), bidder.account, tell);
            self.hold_escrow(Seq(id.0), bidder.account, whole, tell);
        });
        self.tell_bidder(id, entity, tell);
        if bidder.bid.is_none() {
            self.tell_lot(id, tell);
        }
        Ok(Receipt::Done)
    }

    /// The bidding is over: who bid enough has its units, and everybody else its money, at once.
    pub(super) fn conclude_units(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let Some((price, won)) = self.clear_units(id, tell.at) else {
            self.lots.of(id).tell_opened(tell);
            return self.fail_lot(id, Input::Fail, tell);
        };
        let lot = self.lots.of_mut(id);
        lot.cleared = Some(price);
        for &(entity, units) in &won {
            lot.bidder_mut(entity).won_units = Some(units);
        }
        self.lots.of(id).tell_opened(tell);
        self.disclose(id, |bidder| bidder.won_units.is_some(), tell);
        let mut before = 0;
        for (entity, units) in won {
            before += self.deliver_lot_units(id, entity, (price, units), before, tell);
        }
        let lot = self.lots.of_mut(id);
        for input in [Input::Sell, Input::Pay, Input::Deliver] {
            lot.advance(input);
        }
        self.end_lot(id, tell);
    }

    /// Who gets how many, at which price; nobody, if none bid enough or units may not be sold any more. Whoever may not
    /// take units now is passed over (RULES.md F2, asked again at the match).
    /// The lot ends with its book, and the venue trades units as long as one is open: neither is asked.
    fn clear_units(&self, id: LotId, at: Timestamp) -> Option<(i64, Vec<(EntityId, Quantity)>)> {
        let lot = self.lots.of(id);
        let (Format::Uniform(terms), Some(instrument)) = (&lot.terms.format, lot.instrument) else {
            unreachable!("it sells units");
        };
        let listing = self.register.instrument(instrument).ok()?;
        let right = self.register.asset(listing.asset).ok()?;
        right.check_act(Act::Units, Some(terms.start), at).ok()?;
        let today = at.venue_date();
        let wanted = Use::units(terms.start, Quantity::ZERO, right.expires);
        self.check_pledgees(listing.asset, &wanted, today).ok()?;
        let reserve = lot.terms.reserve.map_or(0, |reserve| reserve.money.minor());
        let mut bids = lot.hidden_bids();
        bids.retain(|bidder| bidder.bid >= Some(reserve) && self.may_buy(lot, bidder.entity, today));
        let mut by_price = bids.clone();
        by_price.sort_by_key(|bidder| core::cmp::Reverse(bidder.bid));
        let places = self.with_room(listing.asset, by_price.iter().map(|bidder| bidder.entity));
        bids.retain(|bidder| places.contains(&bidder.entity));
        let each = listing.terms.lot.units();
        let asked: Vec<_> = bids
            .iter()
            .map(|bidder| Asked {
                price: bidder.bid.unwrap_or_default(),
                lots: bidder.units.unwrap_or_default().units() / each,
            })
            .collect();
        let cleared = clear(&asked, terms.units.units() / each, terms.rationing);
        let won = bids.iter().zip(cleared.won).filter(|(_, lots)| *lots > 0);
        let won: Vec<_> = won
            .map(|(bidder, lots)| (bidder.entity, Quantity::from_units(lots * each)))
            .collect();
        (!won.is_empty()).then_some((cleared.price, won))
    }

    /// Units against their price, out of what is held of the one who bid; the rest of that goes back. What the lot costs
    /// its seller is reckoned on all that it brought, `before` and now, so that many buyers cost what one would. Returns
    /// what these units cost.
    fn deliver_lot_units(
        &mut self,
        id: LotId,
        entity: EntityId,
        (price, units): (i64, Quantity),
        before: i64,
        tell: &mut Tell<'_>,
    ) -> i64 {
        let lot = self.lots.of_mut(id);
        lot.units_held = lot.units_held.minus(units);
        let (seller, instrument) = (lot.terms.account, lot.instrument.expect("it sells units"));
        let buyer = lot.bidder(entity).expect("it bid").account;
        let cost = cost(price, units).expect("it is held").minor();
        let so_far = before.saturating_add(cost);
        let costs = lot.costs(so_far).minus(lot.costs(before)).min(Money::from_minor(cost));
        let premium = lot.premium(cost);
        let asset = lot.rights[0];
        let deal = Seq(id.0);
        let mut shares = self.licensors_shares(asset, seller, Money::from_minor(cost).minus(costs));
        let owners = shares.clone();
        shares.push((FEE_ACCOUNT, costs.plus(premium)));
        for (to, part) in shares {
            self.split_escrow(deal, buyer, part, to, tell);
        }
        self.release_escrow(deal, buyer, tell);
        self.deliver_units(deal, instrument, (seller, buyer), units, tell);
        let currency = self.lots.of(id).currency();
        self.use_consents(asset, PledgeAct::Licence, units.units().unsigned_abs(), tell);
        self.pass_proceeds(asset, PledgeAct::Licence, (&owners, currency), tell);
        cost
    }

    /// The listing's book closes for good: lots of its units are taken back.
    pub(crate) fn end_lots_of_units(&mut self, instrument: InstrumentId, tell: &mut Tell<'_>) {
        for id in self.lots.of_units(instrument) {
            self.fail_lot(id, Input::Withdraw, tell);
        }
    }

    /// What this module promises.
    pub(super) fn check_lot_units(&self, lot: &Lot) -> Result<(), String> {
        let Format::Uniform(terms) = &lot.terms.format else {
            return Ok(());
        };
        let live = super::is_live(lot.state);
        let expected = if live { terms.units } else { Quantity::ZERO };
        ensure(lot.units_held == expected, || {
            format!("{:?} holds {} units, {:?}", lot.id, lot.units_held, lot.state)
        })?;
        let instrument = lot.instrument.ok_or("a lot of no units")?;
        ensure(self.lots.of_units(instrument).contains(&lot.id) == live, || {
            format!("{:?} is not among the lots of its units", lot.id)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bids(bids: &[(i64, i64)]) -> Vec<Asked> {
        bids.iter().map(|&(price, lots)| Asked { price, lots }).collect()
    }

    #[test]
    fn the_last_lot_sold_makes_the_price() {
        let asked = bids(&[(120, 40), (110, 50), (130, 30), (100, 90)]);
        let cleared = clear(&asked, 100, Rationing::Time);
        assert_eq!((cleared.price, cleared.won), (110, Vec::from([40, 30, 30, 0])));
        // All is sold with less asked than there is: the lowest bid makes the price.
        let cleared = clear(&asked, 1_000, Rationing::Time);
        assert_eq!((cleared.price, cleared.won), (100, Vec::from([40, 50, 30, 90])));
        // The last lot goes with the level that was filled: the next one makes no price.
        let cleared = clear(&asked, 70, Rationing::ProRata);
        assert_eq!((cleared.price, cleared.won), (120, Vec::from([40, 0, 30, 0])));
        assert_eq!(clear(&[], 10, Rationing::Time), Cleared::default());
    }

    #[test]
    fn what_is_left_is_shared_by_what_was_asked_or_goes_to_the_earlier() {
        let asked = bids(&[(110, 50), (120, 40), (110, 30), (110, 20)]);
        // Sixty are left for a hundred: 30, 18 and 12.
        let cleared = clear(&asked, 100, Rationing::ProRata);
        assert_eq!((cleared.price, cleared.won), (110, Vec::from([30, 40, 18, 12])));
        let cleared = clear(&asked, 100, Rationing::Time);
        assert_eq!((cleared.price, cleared.won), (110, Vec::from([50, 40, 10, 0])));
        // Ten for three equal bids: the earlier has the one that cannot be shared.
        let cleared = clear(&bids(&[(5, 9), (5, 9), (5, 9)]), 10, Rationing::ProRata);
        assert_eq!((cleared.price, cleared.won), (5, Vec::from([4, 3, 3])));
    }
}
