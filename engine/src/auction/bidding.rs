//! Bids: rising, falling, under maxima, by priority, at a fixed price (RULES.md 2.6, 7.1).
//!
//! Invariant: the best bid is one that its bidder made, or left a maximum for, and nobody's is better. A bid that is
//! refused moves nothing, the end of the lot least of all.

use super::{Best, Input, Lot, Way, ladder, prices, start};
use crate::{book::Book, kit::checks::require, register::party::User, state::Exchange, tell::Tell};
use protocol::{
    EntityId, LotId, Receipt, Reject, Timestamp,
    auction::{BidLot, BuyLot, Format, SetMaximum},
};

/// A bid as the lot takes it.
#[derive(Clone, Copy)]
struct Newcomer {
    entity: EntityId,
    /// What it bids now.
    bid: i64,
    /// How far it goes.
    limit: i64,
    how: How,
}

/// How a bid came about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// Its bidder made it.
    Made,
    /// It was made for its bidder, under a maximum.
    Automatic,
    /// It answers the best bid by priority.
    Matched,
    /// It ends the lot at its fixed price.
    Fixed,
}

impl Lot {
    /// Whether a holder of priority may answer the best bid at its own price: once a price, and not one of a better
    /// rank or an earlier answer (18号 21).
    fn check_match(&self, entity: EntityId, best: Best) -> Result<bool, Reject> {
        let bidder = self.bidder(entity)?;
        let Some(rank) = bidder.rank else {
            return Ok(false);
        };
        if bidder.matched == Some(best.price) {
            return Err(Reject::PriorityMatched);
        }
        let leader = self.bidder(best.entity)?;
        // Who leads without having used its priority at this price is a bidder as any other.
        let ahead = leader.rank.filter(|_| leader.matched == Some(best.price));
        Ok(ahead.is_none_or(|ahead| rank < ahead))
    }

    /// Takes a bid, answers it under the leader's maximum, and moves the end. Returns who led before, and whether the
    /// one who came made the price that stands.
    fn take(&mut self, newcomer: Newcomer, at: Timestamp) -> (Option<EntityId>, bool) {
        let before = self.best;
        let contest = match (before, ladder(&self.terms.format)) {
            (Some(best), Some((Way::Up, steps, _))) if newcomer.how != How::Fixed => {
                let leaders = self.bidder(best.entity).expect("it bid").limit().max(best.price);
                let matched = newcomer.how == How::Matched;
                if matched && leaders == best.price && newcomer.limit == leaders {
                    // An answer by priority takes the lead at the same price.
                    prices::Contest {
                        newcomer: true,
                        price: newcomer.bid,
                    }
                } else {
                    prices::contest(steps, best.price, leaders, newcomer.bid, newcomer.limit)
                }
            }
            _ => prices::Contest {
                newcomer: true,
                price: newcomer.bid,
            },
        };
        let bidder = self.bidder_mut(newcomer.entity);
        bidder.bid = Some(newcomer.bid);
        if newcomer.how == How::Matched {
            bidder.matched = Some(newcomer.bid);
        }
        let number = bidder.number;
        if contest.newcomer {
            bidder.bid = Some(contest.price);
            self.best = Some(Best {
                entity: newcomer.entity,
                number,
                price: contest.price,
            });
        } else if let Some(best) = &mut self.best {
            best.price = contest.price;
            let leader = best.entity;
            self.bidder_mut(leader).bid = Some(contest.price);
        }
        self.bids += 1;
        if newcomer.how == How::Fixed {
            self.ends_at = at;
        } else {
            self.extend(at);
        }
        (before.map(|best| best.entity), contest.newcomer)
    }
}

impl<B: Book> Exchange<B> {
    /// Bids for a lot.
    pub(crate) fn bid_lot(&mut self, user: User, asked: &BidLot, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        let price = asked.price.money.minor();
        lot.check_price(asked.price)?;
        let several = matches!(lot.terms.format, Format::Uniform(_));
        require(asked.units.is_some() == several, Reject::AmountInvalid)?;
        lot.bidder(user.entity)?;
        // Where bids are committed, none is told.
        require(!matches!(lot.terms.format, Format::Sealed(_)), Reject::FormatForbidden)?;
        lot.check(Input::Bid)?;
        match (&lot.terms.format, asked.units) {
            (Format::Ascending(_) | Format::SellOff(_) | Format::Reverse(_), _) => {
                self.bid_openly(id, user.entity, price, tell)
            }
            (Format::Descending(_), _) => self.accept_price(id, user.entity, price, tell),
            (Format::Uniform(_), Some(units)) => self.bid_for_units(id, user.entity, (price, units), tell),
            (Format::Sealed(_) | Format::Uniform(_), _) => Err(Reject::FormatForbidden),
        }
    }

    /// A bid that everyone sees, rising or falling, or the answer to one by priority.
    fn bid_openly(&mut self, id: LotId, entity: EntityId, price: i64, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let lot = self.lots.of(id);
        let (way, steps, _) = ladder(&lot.terms.format).expect("its price rises");
        let best = lot.best.map(|best| best.price);
        let matched = match lot.best {
            Some(best) if best.price == price && best.entity != entity => lot.check_match(entity, best)?,
            _ => false,
        };
        if !matched {
            prices::check_bid(way, start(&lot.terms.format).money.minor(), steps, best, price)?;
            let leads = lot.best.is_some_and(|best| best.entity == entity);
            require(!leads, Reject::OwnBestBid)?;
        }

        let limit = lot
            .bidder(entity)
            .expect("it entered")
            .maximum
            .unwrap_or_default()
            .max(price);
        let newcomer = Newcomer {
            entity,
            bid: price,
            limit,
            how: if matched { How::Matched } else { How::Made },
        };
        self.take_bid(id, newcomer, tell);
        Ok(Receipt::Done)
    }

    /// Takes a bid and tells of it, and of the answer to it under the leader's maximum.
    fn take_bid(&mut self, id: LotId, newcomer: Newcomer, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        // The first bid at the fixed price opens the auction of a sell-off.
        if let Format::SellOff(terms) = &lot.terms.format
            && lot.best.is_none()
        {
            lot.ends_at = tell.at.after(u64::from(terms.runs_s) * protocol::time::SECOND);
            let ends = lot.ends_at;
            self.set_lot_due(id, ends);
        }
        let lot = self.lots.of_mut(id);
        let was_led = lot.best;
        let (before, won) = lot.take(newcomer, tell.at);
        let stands = lot.best.expect("a bid was taken");
        let made_for_it = newcomer.how == How::Automatic;
        if won {
            let automatic = made_for_it || stands.price > newcomer.bid;
            self.tell_bid(id, before, automatic, newcomer.how == How::Matched, tell);
        } else {
            // What was bid openly is told before its answer; a maximum is not.
            if !made_for_it && was_led.is_some_and(|best| newcomer.bid > best.price) && newcomer.bid < stands.price {
                let number = lot.bidder(newcomer.entity).expect("it bid").number;
                tell.public(lot.told(number, newcomer.bid, false, false));
            }
            let lot = self.lots.of_mut(id);
            lot.bids += u32::from(!made_for_it);
            self.tell_bid(id, Some(newcomer.entity), true, false, tell);
        }
    }

    /// The first to take a falling price has it, at what it is now.
    fn accept_price(&mut self, id: LotId, entity: EntityId, most: i64, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let lot = self.lots.of(id);
        let Format::Descending(terms) = &lot.terms.format else {
            unreachable!("its price falls");
        };
        let price = prices::falling(terms, tell.at.0.saturating_sub(lot.began.0));
        require(price <= most, Reject::BidBelowStart)?;

        let newcomer = Newcomer {
            entity,
            bid: price,
            limit: price,
            how: How::Made,
        };
        self.take_bid(id, newcomer, tell);
        self.end_bidding(id, tell);
        Ok(Receipt::Done)
    }

    /// Leaves a maximum, or raises it: it is bid at once, as far as needed.
    pub(crate) fn set_maximum(
        &mut self,
        user: User,
        asked: &SetMaximum,
        tell: &mut Tell<'_>,
    ) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        let maximum = asked.maximum.money.minor();
        lot.check_price(asked.maximum)?;
        let bidder = lot.bidder(user.entity)?;
        lot.check(Input::Bid)?;
        let leads = lot.best.is_some_and(|best| best.entity == user.entity);
        let least = match (&lot.terms.format, lot.best) {
            (Format::Ascending(terms), Some(best)) => best.price + prices::increment(&terms.steps, best.price),
            _ => start(&lot.terms.format).money.minor(),
        };
        if !leads && maximum < least {
            return Err(if lot.best.is_some() {
                Reject::BidBelowStep
            } else {
                Reject::BidBelowStart
            });
        }
        let taken = matches!(&lot.terms.format, Format::Ascending(terms) if terms.maxima);
        require(taken, Reject::MaximaNotTaken)?;
        require(maximum > bidder.limit(), Reject::MaximumLowered)?;

        self.lots.of_mut(id).bidder_mut(user.entity).maximum = Some(maximum);
        if !leads {
            let newcomer = Newcomer {
                entity: user.entity,
                bid: least,
                limit: maximum,
                how: How::Automatic,
            };
            self.take_bid(id, newcomer, tell);
        }
        self.tell_bidder(id, user.entity, tell);
        Ok(Receipt::Done)
    }

    /// Ends an ascending lot at its fixed price.
    pub(crate) fn buy_lot(&mut self, user: User, asked: &BuyLot, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        lot.bidder(user.entity)?;
        lot.check(Input::Bid)?;
        let fixed = match &lot.terms.format {
            Format::Ascending(terms) => terms.buy_now.map(|price| price.money.minor()),
            _ => None,
        };
        let fixed = fixed.filter(|fixed| lot.best.is_none_or(|best| best.price < *fixed));
        let price = fixed.ok_or(Reject::BuyNowOver)?;

        let newcomer = Newcomer {
            entity: user.entity,
            bid: price,
            limit: price,
            how: How::Fixed,
        };
        self.take_bid(id, newcomer, tell);
        self.end_bidding(id, tell);
        Ok(Receipt::Done)
    }
}
