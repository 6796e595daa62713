//! Which bids everybody may see a lot take next, as pure functions of its terms and its best bid (RULES.md 7.1, 7.3).
//!
//! Invariant: nothing here knows who bids, a maximum or a reserve; so what it says can be told to anyone.

use super::{
    lot::{ladder, start},
    prices::{self, Way},
};
use crate::kit::checks::require;
use alloc::vec::Vec;
use protocol::{
    Reject, Timestamp,
    auction::{Descending, Format, LOT_PRICE_MAX},
    maxima::Maxima,
    time::SECOND,
};

/// So many prices are tried for the next legal bids: where maxima lie on a ladder whose steps change, not every step
/// from the best bid is a rung of it.
const TRIES_MAX: usize = 1_000;

/// How a format takes maxima.
pub(crate) fn maxima(format: &Format) -> Maxima {
    match format {
        Format::Ascending(terms) => terms.maxima,
        _ => Maxima::NotTaken,
    }
}

/// The fixed price, as long as it stands: while the best bid is below it.
pub(crate) fn fixed(format: &Format, best: Option<i64>) -> Option<i64> {
    let Format::Ascending(terms) = format else {
        return None;
    };
    let fixed = terms.buy_now.map(|price| price.money.minor());
    fixed.filter(|fixed| best.is_none_or(|best| best < *fixed))
}

/// Whether a price may be bid openly: by steps from the best; where maxima lie on the ladder that was announced, on it
/// too, so that a maximum never moves the ladder under the others.
///
/// # Panics
/// Where the lot's price does not move by bids.
pub(crate) fn check_step(format: &Format, best: Option<i64>, price: i64) -> Result<(), Reject> {
    let (way, steps, _) = ladder(format).expect("its price moves by bids");
    let start = start(format).money.minor();
    prices::check_bid(way, start, steps, best, price)?;
    require(
        maxima(format) != Maxima::Ladder || prices::is_rung(steps, start, price),
        Reject::BidOffGrid,
    )
}

/// The next legal bids, the nearest first, `count` at the most: those below a fixed price that stands. None where the
/// price does not move by bids that everyone sees.
pub(crate) fn next_bids(format: &Format, best: Option<i64>, count: usize) -> Vec<i64> {
    let Some((way, steps, _)) = ladder(format) else {
        return Vec::new();
    };
    let most = fixed(format, best).unwrap_or(i64::MAX);
    let step = |price| match way {
        Way::Up => prices::increment(steps, price),
        Way::Down => -prices::increment(steps, price),
    };
    // Beyond the best by whole steps of its tier; the first bid by the ladder itself.
    let first = best.unwrap_or_else(|| start(format).money.minor());
    let mut price = best.map_or(first, |best| best.saturating_add(step(best)));
    let mut found = Vec::new();
    for _ in 0..TRIES_MAX {
        if found.len() == count || price >= most || !(1..=LOT_PRICE_MAX).contains(&price) {
            break;
        }
        if check_step(format, best, price).is_ok() {
            found.push(price);
        }
        price = price.saturating_add(step(best.unwrap_or(price)));
    }
    found
}

/// What a falling price is at a moment, and to what it falls next, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fallen {
    /// What it is, in minor units.
    pub price: i64,
    /// To what it falls next, and when; none at its floor.
    pub next: Option<(i64, Timestamp)>,
}

/// A falling price at a moment, by its planned end: a pause moves both its beginning and its end.
pub(crate) fn fallen(terms: &Descending, ends_at: Timestamp, now: Timestamp) -> Fallen {
    let began = ends_at.0.saturating_sub(prices::falls_for(terms));
    let elapsed = now.0.saturating_sub(began);
    let every = u64::from(terms.every_s) * SECOND;
    let price = prices::falling(terms, elapsed);
    let next = (price > terms.floor.money.minor()).then(|| {
        let falls_in = (elapsed / every + 1).saturating_mul(every);
        (
            prices::falling(terms, falls_in),
            Timestamp(began.saturating_add(falls_in)),
        )
    });
    Fallen { price, next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::{
        Amount, Currency, Money,
        auction::{Ascending, Clock, Extension, PriceStep},
    };

    fn yuan(minor: i64) -> Amount {
        Amount::new(Currency::Cny, Money::from_minor(minor))
    }

    fn ascending(start: i64, tiers: &[(i64, i64)], buy_now: Option<i64>, maxima: Maxima) -> Format {
        let steps = tiers.iter().map(|&(from, step)| PriceStep {
            from: yuan(from),
            step: yuan(step),
        });
        Format::Ascending(Ascending {
            start: yuan(start),
            steps: steps.collect(),
            clock: Clock {
                window_s: 0,
                extension: Extension::FromEnd,
                extensions_max: None,
            },
            maxima,
            buy_now: buy_now.map(yuan),
        })
    }

    #[test]
    fn the_next_bids_are_steps_from_the_best_and_the_first_is_the_start() {
        let format = ascending(1_000, &[(0, 100), (1_200, 250)], None, Maxima::Step);
        assert_eq!(next_bids(&format, None, 4), [1_000, 1_100, 1_200, 1_450]);
        assert_eq!(next_bids(&format, Some(1_100), 3), [1_200, 1_300, 1_400]);
        let format = ascending(1_000, &[(0, 100)], Some(1_250), Maxima::Step);
        assert_eq!(next_bids(&format, Some(1_000), 3), [1_100, 1_200]);
        assert_eq!(
            next_bids(&format, Some(1_250), 3),
            [1_350, 1_450, 1_550],
            "the fixed price is over"
        );
    }

    proptest! {
        /// Each of the next bids is taken, and nothing between them and the best is.
        #[test]
        fn what_is_said_to_be_next_is_what_is_taken(
            start in 1_i64..400, low in 1_i64..40, high in 1_i64..60, tier in 1_i64..900, above in 0_i64..600,
            has_best in any::<bool>(), on_ladder in any::<bool>(),
        ) {
            let maxima = if on_ladder { Maxima::Ladder } else { Maxima::Step };
            let format = ascending(start, &[(0, low), (tier, high)], None, maxima);
            let best = has_best.then_some(start + above);
            let found = next_bids(&format, best, 3);
            let last = found.last().copied().unwrap_or(start);
            let taken: Vec<i64> = (1..=last).filter(|price| check_step(&format, best, *price).is_ok()).collect();
            // A first bid may lie anywhere at or beyond the start; what is offered climbs the ladder.
            if best.is_some() || on_ladder {
                prop_assert_eq!(&taken, &found);
            } else {
                prop_assert!(found.iter().all(|price| taken.contains(price)));
                prop_assert_eq!(found[0], start);
            }
        }
    }

    #[test]
    fn a_falling_price_says_when_it_falls_next() {
        let terms = Descending {
            start: yuan(1_000),
            step: yuan(300),
            every_s: 60,
            floor: yuan(500),
            hold_s: 600,
        };
        let began = 1_000 * SECOND;
        let ends = Timestamp(began + prices::falls_for(&terms));
        let at = |seconds: u64| fallen(&terms, ends, Timestamp(began + seconds * SECOND));
        let next = |price, seconds: u64| Some((price, Timestamp(began + seconds * SECOND)));
        assert_eq!((at(0).price, at(0).next), (1_000, next(700, 60)));
        assert_eq!((at(119).price, at(119).next), (700, next(500, 120)));
        assert_eq!((at(120).price, at(120).next), (500, None));
    }
}
