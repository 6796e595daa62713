//! Bids: rising, falling, under maxima, by priority, at a fixed price (RULES.md 2.6, 7.1).
//!
//! Invariant: the best bid is one that its bidder made, or left a maximum for, and nobody's is better. A bid that is
//! refused moves nothing, the end of the lot least of all.

use super::{Best, Input, Lot, Way, is_secret, ladder, prices, prices::Rival, start, steps};
use crate::{book::Book, kit::checks::require, register::party::User, state::Exchange, tell::Tell};
use protocol::{
    EntityId, LotId, Receipt, Reject, Timestamp,
    auction::{BidLot, BuyLot, Format, SetMaximum},
    maxima::Maxima,
};

/// A bid as the lot takes it.
#[derive(Clone, Copy)]
struct Newcomer {
    entity: EntityId,
    /// What it bids now.
    bid: i64,
    /// The most that it would pay.
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
    /// It ends the lot at the price that stands: its fixed price, or the falling one.
    Ends,
}

/// What came of a bid.
struct Taken {
    /// The end as the bid moved it, before an answer at the fixed price ended the lot.
    moved: Timestamp,
    /// Who led before.
    before: Option<EntityId>,
    /// Whether the one who came leads now.
    won: bool,
    /// Whether it leads at the price of the other, by priority.
    matched: bool,
}

impl Lot {
    /// Whether a holder of priority may answer the best bid at its own price: once a price, and not one of a better or
    /// the same rank, whose price is earlier (18号 21).
    fn check_match(&self, entity: EntityId, best: Best) -> Result<bool, Reject> {
        let bidder = self.bidder(entity)?;
        if bidder.rank.is_some() && bidder.matched == Some(best.price) {
            return Err(Reject::PriorityMatched);
        }
        let leader = self.bidder(best.entity)?;
        let at = |rank| Rival {
            limit: best.price,
            rank,
        };
        Ok(at(bidder.rank).outranks(at(leader.rank)))
    }

    /// The price of the best bid.
    fn best_price(&self) -> Option<i64> {
        self.best.map(|best| best.price)
    }

    /// The fixed price, as long as it stands.
    fn fixed(&self) -> Option<i64> {
        steps::fixed(&self.terms.format, self.best_price())
    }

    /// How the lot takes maxima.
    fn maxima(&self) -> Maxima {
        steps::maxima(&self.terms.format)
    }

    /// The price that a leader who goes so far stands at: at the reserve at least, once its limit reaches it. Below it
    /// nothing is sold, so that its maximum has nothing to hold back for.
    fn lifted(&self, price: i64, limit: i64) -> i64 {
        let reserve = self.terms.reserve.map(|reserve| reserve.money.minor());
        let lifted = reserve.filter(|reserve| self.maxima() != Maxima::NotTaken && *reserve <= limit);
        lifted.map_or(price, |reserve| price.max(reserve))
    }

    /// Who leads once this bid has come, and at which price. Nobody goes beyond a fixed price that stands.
    fn contest(&self, newcomer: Newcomer) -> prices::Contest {
        let comes = prices::Contest {
            newcomer: true,
            price: newcomer.bid,
        };
        if newcomer.how == How::Ends {
            return comes;
        }
        let most = self.fixed().unwrap_or(i64::MAX);
        let rival = |entity, limit: i64| Rival {
            limit: limit.min(most),
            rank: self.bidder(entity).expect("it entered").rank,
        };
        let came = rival(newcomer.entity, newcomer.limit);
        match (self.best, ladder(&self.terms.format)) {
            (Some(best), Some((Way::Up, steps, _))) => {
                let leader = self.bidder(best.entity).expect("it bid").limit().max(best.price);
                let leader = rival(best.entity, leader);
                let above = |limit| match self.maxima() {
                    Maxima::Step => prices::step_above(steps, limit),
                    Maxima::Ladder | Maxima::NotTaken => prices::next_above(steps, best.price, limit),
                };
                let contest = prices::contest(above, leader, newcomer.bid, came);
                let limit = if contest.newcomer { came.limit } else { leader.limit };
                prices::Contest {
                    price: self.lifted(contest.price, limit),
                    ..contest
                }
            }
            (None, Some((Way::Up, ..))) => prices::Contest {
                price: self.lifted(newcomer.bid, came.limit),
                ..comes
            },
            _ => comes,
        }
    }

    /// Takes a bid, answers it under the leader's maximum, and moves the end.
    fn take(&mut self, newcomer: Newcomer, at: Timestamp) -> Taken {
        let before = self.best;
        let contest = self.contest(newcomer);
        // At the other's limit a holder of priority has it by its rank, whether it asked for that price or its maximum.
        let matched = newcomer.how == How::Matched
            || contest.newcomer
                && newcomer.how != How::Ends
                && before.is_some_and(|best| {
                    best.entity != newcomer.entity
                        && self.bidder(best.entity).expect("it bid").limit().max(best.price) == contest.price
                });
        let bidder = self.bidder_mut(newcomer.entity);
        bidder.bid = Some(newcomer.bid);
        if matched {
            bidder.matched = Some(if contest.newcomer { contest.price } else { newcomer.bid });
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
        if newcomer.how != How::Ends {
            self.extend(at);
        }
        let moved = self.ends_at;
        if newcomer.how == How::Ends || self.reached_fixed() {
            self.ends_at = at;
        }
        Taken {
            moved,
            before: before.map(|best| best.entity),
            won: contest.newcomer,
            matched: matched && contest.newcomer,
        }
    }

    /// Whether the best bid is the fixed price: the lot is over.
    fn reached_fixed(&self) -> bool {
        let has_one = matches!(&self.terms.format, Format::Ascending(terms) if terms.buy_now.is_some());
        has_one && self.best.is_some() && self.fixed().is_none()
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
        require(lot.terms.format.sealed().is_none(), Reject::FormatForbidden)?;
        lot.check(Input::Bid)?;
        match (&lot.terms.format, asked.units) {
            (Format::Ascending(_) | Format::SellOff(_) | Format::Reverse(_), _) => {
                self.bid_openly(id, user.entity, price, tell)
            }
            (Format::Descending(_), _) => self.accept_price(id, user.entity, price, tell),
            (Format::Uniform(_), Some(units)) => self.bid_for_units(id, user.entity, (price, units), tell),
            (Format::Sealed(_) | Format::SealedReverse(_) | Format::Uniform(_), _) => Err(Reject::FormatForbidden),
        }
    }

    /// A bid that everyone sees, rising or falling, or the answer to one by priority. At a fixed price or beyond it, it
    /// takes that price.
    fn bid_openly(&mut self, id: LotId, entity: EntityId, price: i64, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let lot = self.lots.of(id);
        let matched = match lot.best {
            Some(best) if best.price == price && best.entity != entity => lot.check_match(entity, best)?,
            _ => false,
        };
        let fixed = lot.fixed().filter(|fixed| *fixed <= price);
        if !matched && fixed.is_none() {
            steps::check_step(&lot.terms.format, lot.best_price(), price)?;
        }
        if fixed.is_none() {
            self.check_rival(lot, entity)?;
        }

        let bid = fixed.unwrap_or(price);
        let maximum = lot.bidder(entity).expect("it entered").maximum;
        let newcomer = Newcomer {
            entity,
            bid,
            limit: maximum.unwrap_or_default().max(bid),
            how: match fixed {
                Some(_) => How::Ends,
                None if matched => How::Matched,
                None => How::Made,
            },
        };
        self.take_bid(id, newcomer, tell);
        Ok(Receipt::Done)
    }

    /// Nobody bids against itself, nor through somebody behind whom the same people stand: the price would rise for
    /// nothing.
    fn check_rival(&self, lot: &Lot, entity: EntityId) -> Result<(), Reject> {
        let leads = |best: Best| best.entity == entity || self.is_among(core::iter::once(best.entity), entity);
        require(!lot.best.is_some_and(leads), Reject::OwnBestBid)
    }

    /// Takes a bid and tells of it, and of the answer to it under the leader's maximum; one that reaches the fixed price
    /// ends the lot.
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
        let Taken {
            moved,
            before,
            won,
            matched,
        } = lot.take(newcomer, tell.at);
        let stands = lot.best.expect("a bid was taken");
        let made_for_it = newcomer.how == How::Automatic;
        if won {
            let automatic = made_for_it || stands.price > newcomer.bid;
            self.tell_bid(id, before, automatic, matched, tell);
        } else {
            // What was bid openly is told before its answer; a maximum is not.
            if !made_for_it && was_led.is_some_and(|best| newcomer.bid > best.price) && newcomer.bid < stands.price {
                let number = lot.bidder(newcomer.entity).expect("it bid").number;
                let ends = core::mem::replace(&mut lot.ends_at, moved);
                tell.public(lot.told(number, newcomer.bid, false, false));
                lot.ends_at = ends;
            }
            let lot = self.lots.of_mut(id);
            lot.bids += u32::from(!made_for_it);
            self.tell_bid(id, Some(newcomer.entity), true, false, tell);
        }
        if newcomer.how == How::Ends || self.lots.of(id).reached_fixed() {
            self.end_bidding(id, tell);
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
            how: How::Ends,
        };
        self.take_bid(id, newcomer, tell);
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
        let fixed = lot.fixed();
        let least = match (&lot.terms.format, lot.best) {
            (Format::Ascending(terms), Some(best)) => best.price + prices::increment(&terms.steps, best.price),
            _ => start(&lot.terms.format).money.minor(),
        };
        let least = fixed.map_or(least, |fixed| fixed.min(least));
        if !leads && maximum < least {
            return Err(if lot.best.is_some() {
                Reject::BidBelowStep
            } else {
                Reject::BidBelowStart
            });
        }
        let Format::Ascending(terms) = &lot.terms.format else {
            return Err(Reject::MaximaNotTaken);
        };
        // One that reaches the fixed price goes no further than that.
        let fits = terms.maxima != Maxima::Ladder
            || fixed.is_some_and(|fixed| fixed <= maximum)
            || prices::is_rung(&terms.steps, terms.start.money.minor(), maximum);
        require(fits, Reject::BidOffGrid)?;
        if !leads {
            self.check_rival(lot, user.entity)?;
        }
        require(terms.maxima != Maxima::NotTaken, Reject::MaximaNotTaken)?;
        require(maximum > bidder.limit(), Reject::MaximumLowered)?;
        let apart = self.relation(&lot.terms.assets, user.entity).is_none();
        require(apart, Reject::PartyWithoutMaximum)?;

        self.lots.of_mut(id).bidder_mut(user.entity).maximum = Some(maximum);
        if leads {
            self.lift(id, tell);
        } else {
            let newcomer = Newcomer {
                entity: user.entity,
                bid: least,
                limit: maximum,
                how: How::Automatic,
            };
            self.take_bid(id, newcomer, tell);
        }
        // A lot that ended with it has told everybody how it stands.
        if is_secret(self.lots.of(id).state) {
            self.tell_bidder(id, user.entity, tell);
        }
        Ok(Receipt::Done)
    }

    /// The leader has raised its maximum: once that reaches the reserve, the price does.
    fn lift(&mut self, id: LotId, tell: &mut Tell<'_>) {
        let lot = self.lots.of_mut(id);
        let best = lot.best.expect("somebody leads");
        let limit = lot.bidder(best.entity).expect("it bid").limit();
        let price = lot.lifted(best.price, limit);
        if price == best.price {
            return;
        }
        let newcomer = Newcomer {
            entity: best.entity,
            bid: price,
            limit,
            how: if lot.fixed() == Some(price) {
                How::Ends
            } else {
                How::Automatic
            },
        };
        lot.best = None;
        self.take_bid(id, newcomer, tell);
    }

    /// Ends an ascending lot at its fixed price.
    pub(crate) fn buy_lot(&mut self, user: User, asked: &BuyLot, tell: &mut Tell<'_>) -> Result<Receipt, Reject> {
        let id = asked.lot;
        self.lot_now(id, tell)?;
        let lot = self.lots.of(id);
        lot.bidder(user.entity)?;
        lot.check(Input::Bid)?;
        let price = lot.fixed().ok_or(Reject::BuyNowOver)?;

        let newcomer = Newcomer {
            entity: user.entity,
            bid: price,
            limit: price,
            how: How::Ends,
        };
        self.take_bid(id, newcomer, tell);
        Ok(Receipt::Done)
    }
}
