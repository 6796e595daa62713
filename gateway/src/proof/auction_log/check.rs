//! What every check of a log stands on: that something holds, or in words why it does not; and what the announced terms
//! say.

use protocol::{
    Amount,
    auction::{Clock, Descending, Format, PriceStep},
    time::SECOND,
};

/// Nothing where this holds; else what is wrong, in words.
pub(super) fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// The steps and the clock of a price that moves by bids.
pub(super) fn ladder(format: &Format) -> Option<(&[PriceStep], &Clock)> {
    match format {
        Format::Ascending(terms) => Some((&terms.steps, &terms.clock)),
        Format::SellOff(terms) => Some((&terms.steps, &terms.clock)),
        Format::Reverse(terms) => Some((&terms.steps, &terms.clock)),
        Format::Descending(_) | Format::Sealed(_) | Format::SealedReverse(_) | Format::Uniform(_) => None,
    }
}

/// The lowest first bid, or the highest first offer.
pub(super) fn start(format: &Format) -> Amount {
    match format {
        Format::Ascending(terms) => terms.start,
        Format::Descending(terms) => terms.start,
        Format::Sealed(terms) => terms.start,
        Format::SellOff(terms) => terms.start,
        Format::Uniform(terms) => terms.start,
        Format::Reverse(terms) => terms.start,
        Format::SealedReverse(terms) => terms.start,
    }
}

/// How long a falling price falls, and stays at its floor.
pub(super) fn falls_for(terms: &Descending) -> u64 {
    let [start, step, floor] = [terms.start, terms.step, terms.floor].map(|amount| amount.money.minor());
    let falls = (start - floor)
        .max(0)
        .unsigned_abs()
        .div_ceil(step.max(1).unsigned_abs());
    let falls = falls
        .saturating_mul(u64::from(terms.every_s))
        .saturating_add(u64::from(terms.hold_s));
    falls.saturating_mul(SECOND)
}
