//! Bids that everyone sees: whether each is one under the announced format, and where it moves the end.

use super::{
    check::{ensure, ladder, start},
    rules::{Rules, Why},
};
use protocol::{
    Timestamp,
    auction::{Ascending, Descending, Extension, Format, PriceStep},
    event::LotBid,
    maxima::Maxima,
    time::SECOND,
};

/// By how much bids move from this price on.
fn increment(steps: &[PriceStep], price: i64) -> i64 {
    let tier = steps.iter().rfind(|step| step.from.money.minor() <= price);
    tier.unwrap_or(&steps[0]).step.money.minor()
}

/// The price at which anyone may end the lot, if there is one.
fn fixed_price(format: &Format) -> Option<i64> {
    match format {
        Format::Ascending(terms) => terms.buy_now.map(|price| price.money.minor()),
        _ => None,
    }
}

/// The rungs at or below a price and above it, of the ladder that begins at the start, climbed tier by tier.
pub(crate) fn rungs_around(steps: &[PriceStep], start: i64, price: i64) -> (i64, i64) {
    let mut rung = start;
    for (place, tier) in steps.iter().enumerate() {
        let step = tier.step.money.minor().max(1);
        let until = steps.get(place + 1).map_or(i64::MAX, |next| next.from.money.minor());
        if rung >= until {
            continue;
        }
        let below = rung + (price.max(rung).min(until - 1) - rung) / step * step;
        if price < below.saturating_add(step) {
            return (below, below.saturating_add(step));
        }
        rung = below + step;
    }
    (rung, rung)
}

/// Whether a price is one of the ladder that begins at the start.
fn is_rung(steps: &[PriceStep], start: i64, price: i64) -> bool {
    rungs_around(steps, start, price).0 == price
}

/// A falling price, so long after its clock began.
fn falling(terms: &Descending, elapsed: u64) -> i64 {
    let [start, step, floor] = [terms.start, terms.step, terms.floor].map(|amount| i128::from(amount.money.minor()));
    let falls = i128::from(elapsed / (u64::from(terms.every_s) * SECOND));
    i64::try_from((start - step * falls).max(floor)).unwrap_or(i64::MAX)
}

impl Rules {
    /// A bid was taken.
    pub(super) fn bid(&mut self, seq: u64, at: Timestamp, bid: &LotBid) -> Result<(), String> {
        self.is_open(at)?;
        let start = start(&self.lot.format);
        let price = bid.price.money.minor();
        ensure(bid.price.currency == start.currency && price > 0, || {
            "it is no price of this lot".into()
        })?;
        let before = self.lot.number;
        let format = self.lot.format.clone();
        let ends = match &format {
            Format::Sealed(_) | Format::SealedReverse(_) | Format::Uniform(_) => {
                return Err("bids are hidden in this format".into());
            }
            Format::Descending(terms) => {
                let at_its_clock = |began: Timestamp| falling(terms, at.0.saturating_sub(began.0));
                let (low, high) = (at_its_clock(self.began.0), at_its_clock(self.began.1));
                let grid = start.money.minor() - price;
                let fits = (low..=high).contains(&price)
                    && (price == terms.floor.money.minor() || grid % terms.step.money.minor() == 0);
                ensure(fits, || {
                    format!("the price had fallen to {low} in minor units, and {price} was taken")
                })?;
                self.taken = true;
                self.counts(bid, 1)?;
                self.moves(seq, Why::Bought, at);
                (at, self.lot.extensions)
            }
            Format::Ascending(terms) if self.buys(terms, at, bid) => {
                self.taken = true;
                self.counts(bid, 1)?;
                self.moves(seq, Why::Bought, at);
                (at, self.lot.extensions)
            }
            Format::Ascending(_) | Format::SellOff(_) | Format::Reverse(_) => {
                let untold = self.check(at, bid, start.money.minor())?;
                self.counts(bid, 1 + untold)?;
                let (ends, count) = self.extended(seq, at);
                if fixed_price(&format) == Some(price) {
                    // A maximum reached the fixed price.
                    self.taken = true;
                    self.moves(seq, Why::Bought, at);
                    (at, count)
                } else {
                    (ends, count)
                }
            }
        };
        self.reserve(bid)?;
        ensure(bid.ends_at == ends.0, || {
            format!("the end is {}, and follows as {}", bid.ends_at, ends.0)
        })?;
        ensure(bid.extensions == ends.1, || {
            format!("it was moved {} times, and not {}", ends.1, bid.extensions)
        })?;
        bid.change(&mut self.lot);
        self.last = Some((at, *bid, before));
        Ok(())
    }

    /// Whether this ends the lot at its fixed price.
    fn buys(&self, terms: &Ascending, at: Timestamp, bid: &LotBid) -> bool {
        let fixed = terms.buy_now.is_some_and(|fixed| fixed == bid.price);
        let below = self.lot.best.is_none_or(|best| best.money < bid.price.money);
        fixed && below && !bid.automatic && !bid.matched && bid.ends_at == at
    }

    /// Whether it says of the reserve what it may: something where there is one, and met once for all.
    fn reserve(&self, bid: &LotBid) -> Result<(), String> {
        ensure(bid.reserve_met.is_some() == self.lot.reserved, || {
            "it speaks of a reserve that is none, or hides whether it is met".into()
        })?;
        let unmet = self.lot.reserve_met == Some(true) && bid.reserve_met == Some(false);
        ensure(!unmet, || "the reserve was met before, at a lower price".into())
    }

    /// How many bids there must be now.
    fn counts(&self, bid: &LotBid, more: u32) -> Result<(), String> {
        let due = self.lot.bids.saturating_add(more);
        ensure(bid.bids == due, || {
            format!("it counts {} bids, and there were {due}", bid.bids)
        })
    }

    /// Whether a bid is one; and how many were made unseen in the same moment: an equal one that a maximum answered.
    fn check(&self, at: Timestamp, bid: &LotBid, start: i64) -> Result<u32, String> {
        let price = bid.price.money.minor();
        let (steps, _) = ladder(&self.lot.format).ok_or("its price does not move by bids")?;
        let Some(best) = self.lot.best.map(|best| best.money.minor()) else {
            let beyond = if self.falls() { price <= start } else { price >= start };
            ensure(beyond, || "the first bid does not reach the start".into())?;
            ensure(!bid.matched, || "there is no bid to answer".into())?;
            let lowest = price == start || bid.reserve_met == Some(true);
            ensure(!bid.automatic || (self.takes_maxima() && lowest), || {
                "the first bid under a maximum is the start, or the reserve".into()
            })?;
            return self.on_ladder(start, price).map(|()| 0);
        };
        self.on_ladder(start, price)?;
        let leads = self.lot.number == Some(bid.number);
        let (step, beyond) = (
            increment(steps, best),
            if self.falls() { best - price } else { price - best },
        );
        if bid.automatic {
            ensure(self.takes_maxima(), || "maxima are not taken in this lot".into())?;
            if leads {
                // A maximum answers one that was not told, or a bid of the same price.
                ensure(beyond > 0, || "a maximum answers with no more than stands".into())?;
                return Ok(u32::from(bid.bids > self.lot.bids.saturating_add(1)));
            }
            let answers = self
                .last
                .is_some_and(|(then, other, led)| then == at && !other.automatic && led == Some(bid.number));
            let least = if answers { 1 } else { step };
            ensure(beyond >= least || (bid.matched && beyond >= 0), || {
                "a bid under a maximum is less than a step above the best".into()
            })?;
            return Ok(0);
        }
        ensure(!leads, || "it outbids itself".into())?;
        if bid.matched {
            ensure(self.lot.priority > 0, || "nobody has priority in this lot".into())?;
            if beyond == 0 {
                return Ok(0);
            }
            // It bid what the leader's maximum reaches, and has it by its rank.
        }
        ensure(beyond >= step, || "it is less than a step beyond the best".into())?;
        ensure(beyond % step == 0, || "it lies between the steps".into())?;
        Ok(0)
    }

    fn maxima(&self) -> Maxima {
        match &self.lot.format {
            Format::Ascending(terms) => terms.maxima,
            _ => Maxima::NotTaken,
        }
    }

    fn takes_maxima(&self) -> bool {
        self.maxima() != Maxima::NotTaken
    }

    /// Whether a price lies on the announced ladder, where maxima do; the fixed price stands beside it.
    fn on_ladder(&self, start: i64, price: i64) -> Result<(), String> {
        let (steps, _) = ladder(&self.lot.format).ok_or("its price does not move by bids")?;
        let free = self.maxima() != Maxima::Ladder || fixed_price(&self.lot.format) == Some(price);
        let fits = free || is_rung(steps, start, price);
        ensure(fits, || "it lies between the steps of the announced ladder".into())
    }

    /// The end and how often it was moved, after a bid at this time.
    fn extended(&mut self, seq: u64, at: Timestamp) -> (Timestamp, u32) {
        if let Format::SellOff(terms) = &self.lot.format
            && self.lot.best.is_none()
        {
            let ends = at.after(u64::from(terms.runs_s) * SECOND);
            self.moves(seq, Why::FirstBid, ends);
            self.lot.ends_at = ends;
        }
        let (ends, count) = (self.lot.ends_at, self.lot.extensions);
        let Some((_, clock)) = ladder(&self.lot.format) else {
            return (ends, count);
        };
        let window = u64::from(clock.window_s) * SECOND;
        let most = clock
            .extensions_max
            .map_or(u64::MAX, |most| u64::from(most).saturating_mul(window));
        let to = match clock.extension {
            _ if window == 0 => ends,
            Extension::FromBid => at.after(window).max(ends),
            Extension::FromEnd if ends.0 - at.0 <= window => ends.after(window),
            Extension::FromEnd => ends,
        };
        let more = (to.0 - ends.0).min(most.saturating_sub(self.extended));
        let to = ends.after(more);
        if more == 0 {
            return (ends, count);
        }
        self.extended += more;
        self.moves(seq, Why::Bid, to);
        (to, count + 1)
    }
}
