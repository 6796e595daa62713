//! Prices of lots, as pure functions of minor units (RULES.md 2.6, 7.2, 7.3; 拍卖变卖财产规定 29).
//!
//! Invariant: a price that comes out of here lies on the ladder that it was asked on, or is a bidder's own limit.

use protocol::{
    Reject,
    auction::{Descending, PriceStep},
    time::SECOND,
    units::BasisPoints,
};

/// Which way bids go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The highest wins.
    Up,
    /// The lowest wins.
    Down,
}

impl Way {
    /// Whether a price beats another: strictly better for who takes the bids.
    pub(crate) fn beats(self, price: i64, other: i64) -> bool {
        match self {
            Self::Up => price > other,
            Self::Down => price < other,
        }
    }
}

/// By how much bids move at this price.
pub(crate) fn increment(steps: &[PriceStep], price: i64) -> i64 {
    let at = steps.partition_point(|step| step.from.money.minor() <= price);
    steps[at.saturating_sub(1)].step.money.minor()
}

/// The lowest rung above `floor` of the ladder that begins at `price` and rises step by step.
pub(crate) fn next_above(steps: &[PriceStep], mut price: i64, floor: i64) -> i64 {
    while price <= floor {
        let step = increment(steps, price);
        let ends = steps.partition_point(|step| step.from.money.minor() <= price);
        // The rungs of one step reach to the first price with another, or past the floor.
        let until = steps.get(ends).map_or(i64::MAX, |next| next.from.money.minor() - 1);
        price += ((until.min(floor) - price) / step + 1) * step;
    }
    price
}

/// One increment above a limit, of the tier that the limit lies in.
pub(crate) fn step_above(steps: &[PriceStep], limit: i64) -> i64 {
    limit + increment(steps, limit)
}

/// Whether a price is a rung of the ladder that begins at `start` and rises step by step.
pub(crate) fn is_rung(steps: &[PriceStep], start: i64, price: i64) -> bool {
    price == start || price > start && next_above(steps, start, price - 1) == price
}

/// Whether a bid is one: the first at the start or beyond it, each other beyond the best by whole steps.
pub(crate) fn check_bid(
    way: Way,
    start: i64,
    steps: &[PriceStep],
    best: Option<i64>,
    price: i64,
) -> Result<(), Reject> {
    let beyond = |from: i64| match way {
        Way::Up => price - from,
        Way::Down => from - price,
    };
    let Some(best) = best else {
        return if beyond(start) < 0 || price < 1 {
            Err(Reject::BidBelowStart)
        } else {
            Ok(())
        };
    };
    let step = increment(steps, best);
    if beyond(best) < step || price < 1 {
        Err(Reject::BidBelowStep)
    } else if beyond(best) % step != 0 {
        Err(Reject::BidOffGrid)
    } else {
        Ok(())
    }
}

/// How far somebody goes, and its rank among the holders of priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rival {
    pub limit: i64,
    pub rank: Option<u32>,
}

impl Rival {
    /// Whether it has the lot before the other at the same price: by a better rank. Of equal ranks the earlier bid has
    /// it (法释〔2016〕18号 21).
    pub(crate) fn outranks(self, other: Self) -> bool {
        match (self.rank, other.rank) {
            (Some(own), Some(other)) => own < other,
            (own, None) => own.is_some(),
            (None, Some(_)) => false,
        }
    }
}

/// What comes of a new bid under maxima.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Contest {
    /// Whether the one who came leads now.
    pub newcomer: bool,
    /// The price that stands.
    pub price: i64,
}

/// The price that stands when somebody comes who bids `bid`, against one who leads: the winner's own limit, or the price
/// `above` the other's. Of equal limits the better rank wins and then the earlier, at that limit.
pub(crate) fn contest(above: impl Fn(i64) -> i64, leader: Rival, bid: i64, newcomer: Rival) -> Contest {
    if newcomer.limit > leader.limit {
        let price = newcomer.limit.min(above(leader.limit)).max(bid);
        Contest { newcomer: true, price }
    } else if newcomer.limit == leader.limit && newcomer.outranks(leader) {
        Contest {
            newcomer: true,
            price: leader.limit,
        }
    } else {
        let price = leader.limit.min(above(newcomer.limit));
        Contest { newcomer: false, price }
    }
}

/// A falling price `elapsed` nanoseconds after its clock began.
pub(crate) fn falling(terms: &Descending, elapsed: u64) -> i64 {
    let falls = i64::try_from(elapsed / (u64::from(terms.every_s) * SECOND)).unwrap_or(i64::MAX);
    let start = terms.start.money.minor();
    let fallen = terms.step.money.minor().saturating_mul(falls);
    start.saturating_sub(fallen).max(terms.floor.money.minor())
}

/// How long a falling price takes to its floor, and stays there, in nanoseconds.
pub(crate) fn falls_for(terms: &Descending) -> u64 {
    let way = terms.start.money.minor() - terms.floor.money.minor();
    // Asked of terms that may yet be refused: a step of nothing falls nowhere.
    let step = terms.step.money.minor().max(1);
    let falls = (way / step + i64::from(way % step != 0)).unsigned_abs();
    let falling = falls.saturating_mul(u64::from(terms.every_s) * SECOND);
    falling.saturating_add(u64::from(terms.hold_s) * SECOND)
}

/// `percent` hundredths of an amount, rounded up to the minor unit.
pub(crate) fn percent_up(amount: i64, percent: i64) -> i64 {
    let exact = i128::from(amount) * i128::from(percent);
    i64::try_from((exact + 99) / 100).unwrap_or(i64::MAX)
}

/// `percent` hundredths of an amount, rounded down.
pub(crate) fn percent_down(amount: i64, percent: i64) -> i64 {
    i64::try_from(i128::from(amount) * i128::from(percent) / 100).unwrap_or(i64::MAX)
}

/// `points` basis points of an amount, rounded down.
pub(crate) fn points(amount: i64, points: u32) -> i64 {
    i64::try_from(i128::from(amount) * i128::from(points) / 10_000).unwrap_or(i64::MAX)
}

/// A price and the buyer's premium on top of it.
pub(crate) fn with_premium(price: i64, premium: BasisPoints) -> i64 {
    price.saturating_add(points(price, premium.0.into()))
}

/// What is still to be paid of a price, premium and all, once the deposit became a part of it.
pub(crate) fn rest_of(total: i64, deposit: i64) -> i64 {
    (total - deposit).max(0)
}

/// The highest commission of a court's sale: 5 % up to two million yuan, 3 % of what is above up to ten, 2 % to fifty,
/// 1 % to a hundred, 0.5 % beyond (拍卖变卖财产规定 29); in fen, rounded down.
pub(crate) fn commission(price: i64) -> i64 {
    const TIERS: [(i64, u32); 5] = [
        (200_000_000, 500),
        (1_000_000_000, 300),
        (5_000_000_000, 200),
        (10_000_000_000, 100),
        (i64::MAX, 50),
    ];
    let (mut from, mut sum) = (0_i128, 0_i128);
    for (until, rate) in TIERS {
        let part = i128::from(price.min(until)) - from;
        if part <= 0 {
            break;
        }
        sum += part * i128::from(rate);
        from = i128::from(until);
    }
    i64::try_from(sum / 10_000).unwrap_or(i64::MAX)
}

/// How a forfeited deposit is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forfeited {
    pub costs: i64,
    pub gap: i64,
    /// What is left after both.
    pub excess: i64,
    pub uncovered: i64,
}

/// A forfeited deposit goes to the costs of the resale, then to what that brought less (法释〔2016〕18号 24).
pub(crate) fn forfeit(deposit: i64, costs: i64, price: i64, resale: i64) -> Forfeited {
    let gap = (price - resale).max(0);
    let for_costs = deposit.min(costs);
    let for_gap = (deposit - for_costs).min(gap);
    Forfeited {
        costs: for_costs,
        gap: for_gap,
        excess: deposit - for_costs - for_gap,
        uncovered: (costs - for_costs) + (gap - for_gap),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;
    use protocol::{Amount, Currency, Money};
    use serde_json::Value;

    fn yuan(minor: i64) -> Amount {
        Amount::new(Currency::Cny, Money::from_minor(minor))
    }

    fn steps(steps: &[(i64, i64)]) -> Vec<PriceStep> {
        steps
            .iter()
            .map(|&(from, step)| PriceStep {
                from: yuan(from),
                step: yuan(step),
            })
            .collect()
    }

    fn vectors(name: &str) -> Value {
        let all: Value = serde_json::from_str(include_str!("../../../docs/rules/vectors.json")).unwrap();
        all[name].clone()
    }

    #[test]
    fn the_falling_price_of_the_rule_book() {
        let vector = vectors("dutch");
        let number = |name: &str| vector[name].as_i64().unwrap();
        let terms = Descending {
            start: yuan(number("start")),
            step: yuan(number("step")),
            every_s: number("interval_s") as u32,
            floor: yuan(number("floor")),
            hold_s: 600,
        };
        let elapsed = (vector["accept_after_s"].as_f64().unwrap() * 1e9) as u64;
        assert_eq!(falling(&terms, elapsed), number("out"));
        assert_eq!(falling(&terms, 0), number("start"));
        assert_eq!(falling(&terms, 60 * SECOND - 1), number("start"));
        assert_eq!(falling(&terms, u64::MAX), number("floor"));
        assert_eq!(falls_for(&terms), (15 * 60 + 600) * SECOND);
    }

    #[test]
    fn the_forfeits_of_the_rule_book() {
        for case in vectors("forfeit").as_array().unwrap() {
            let number = |name: &str| case[name].as_i64().unwrap();
            let out = |name: &str| case["out"][name].as_i64().unwrap();
            let expected = Forfeited {
                costs: out("costs"),
                gap: out("gap_paid"),
                excess: out("debt_offset"),
                uncovered: out("uncovered"),
            };
            assert_eq!(
                forfeit(number("D"), number("cost"), number("orig"), number("resale")),
                expected
            );
        }
    }

    #[test]
    fn the_floors_of_the_rule_book() {
        let vector = vectors("rounds");
        let number = |name: &str| vector[name].as_i64().unwrap();
        let range = |start: i64| [percent_up(start, 5), percent_down(start, 20)];
        let pair = |name: &str| {
            let pair = vector[name].as_array().unwrap();
            [pair[0].as_i64().unwrap(), pair[1].as_i64().unwrap()]
        };
        let first = percent_up(number("appraisal"), 70);
        assert_eq!((first, range(first)), (number("S1_min"), pair("dep1")));
        let second = percent_up(first, 80);
        assert_eq!((second, range(second)), (number("S2_min"), pair("dep2")));
    }

    #[test]
    fn a_commission_by_tiers() {
        // Two million yuan cost 100,000; ten 340,000; a hundred and one million 1,645,000 (拍卖变卖财产规定 29).
        for (price, expected) in [
            (200_000_000, 10_000_000),
            (1_000_000_000, 34_000_000),
            (5_000_000_000, 114_000_000),
            (10_000_000_000, 164_000_000),
            (10_100_000_000, 164_500_000),
        ] {
            assert_eq!(commission(price), expected, "{price}");
        }
    }

    #[test]
    fn a_step_above_is_one_of_the_tier_in_which_the_other_stops() {
        let steps = steps(&[(0, 10), (1_000, 25)]);
        let goes = |limit| Rival { limit, rank: None };
        let above = |limit| step_above(&steps, limit);
        // The second's limit and an increment of its tier, between the rungs or on them; never above the winner's own.
        for (leader, comes, expected) in [
            (1_500, 903, 913),
            (1_500, 999, 1_009),
            (1_500, 1_000, 1_025),
            (1_500, 1_490, 1_500),
        ] {
            let found = contest(above, goes(leader), 710, goes(comes));
            assert_eq!(
                (found.newcomer, found.price),
                (false, expected),
                "{comes} against {leader}"
            );
            let found = contest(above, goes(comes), 710, goes(leader));
            assert_eq!(
                (found.newcomer, found.price),
                (true, expected),
                "{leader} against {comes}"
            );
        }
    }

    proptest! {
        /// The rung found by division is the one found by climbing.
        #[test]
        fn a_rung_is_the_first_above(best in 1_i64..2_000, floor in 1_i64..4_000, tier in 1_i64..3_000, low in 1_i64..40, high in 1_i64..90) {
            let steps = steps(&[(0, low), (tier, high)]);
            let mut climbed = best;
            while climbed <= floor {
                climbed += increment(&steps, climbed);
            }
            prop_assert_eq!(next_above(&steps, best, floor), climbed);
        }

        /// Two maxima end where two people end who bid against each other step by step and stop at their own limit.
        #[test]
        fn maxima_end_where_bids_step_by_step_would(best in 1_i64..500, step in 1_i64..50, more in 0_i64..400, limit in 1_i64..1_000) {
            let steps = steps(&[(0, step)]);
            let leaders = best + more;
            prop_assume!(limit >= best + step);
            let goes = |limit| Rival { limit, rank: None };
            let above = |limit| next_above(&steps, best, limit);
            let found = contest(above, goes(leaders), best + step, goes(limit));
            let own = if found.newcomer { limit } else { leaders };
            prop_assert!(found.price <= own);
            prop_assert!(found.price > best || limit == leaders);
            prop_assert_eq!(found.newcomer, limit > leaders);
            // Never more than needed: a step less would not have been above the other's limit.
            let other = if found.newcomer { leaders } else { limit };
            prop_assert!(found.price - step <= other || found.price == best + step);
        }
    }
}
