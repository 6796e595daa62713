//! How what does not suffice is shared among equals, in one place: by what each asks, in order, or by weights.
//!
//! Invariant: what is paid is all that there was, or all that was asked; nobody is paid more than it asks.

use alloc::vec::Vec;
use core::cmp::Ordering;
use protocol::{
    plan::Split,
    transfer::{Apportioned, portions},
};

/// Who shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asks {
    /// How much it asks at most, in minor units.
    pub limit: i64,
    /// Its weight, where weights count.
    pub weight: u32,
    /// Its place, where order counts.
    pub place: i64,
}

impl Asks {
    /// Somebody who asks this much.
    pub(super) const fn of(limit: i64) -> Self {
        Self {
            limit,
            weight: 1,
            place: 0,
        }
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shared {
    pub paid: i64,
    /// The weight by which it shared; 0 where nothing was.
    pub weight: u64,
    /// Whether the larger remainder gave it a minor unit.
    pub extra: bool,
}

/// How what did not suffice was shared: what, and the sum of the weights by which; nothing where all was paid or
/// nothing was left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    pub shared: i64,
    pub weights: u64,
}

impl Shared {
    fn full(asks: &Asks) -> Self {
        Self {
            paid: asks.limit,
            ..Self::default()
        }
    }
}

/// Shares out what is left among those who ask, in their order.
pub(super) fn share_out(split: Split, left: i64, asks: &[Asks], shared: &mut Vec<Shared>) -> Way {
    shared.clear();
    let asked: i128 = asks.iter().map(|one| i128::from(one.limit)).sum();
    if i128::from(left) >= asked {
        shared.extend(asks.iter().map(Shared::full));
        return Way::default();
    }
    shared.resize(asks.len(), Shared::default());
    match split {
        _ if left == 0 => Way::default(),
        Split::ProRata => by_limits(left, asks, &all(asks), shared),
        Split::InOrder => in_order(left, asks, shared),
        Split::ByWeight => by_weight(left, asks, shared),
    }
}

/// Everybody's place.
fn all(asks: &[Asks]) -> Vec<usize> {
    (0..asks.len()).collect()
}

/// Those at some places share by what each asks.
fn by_limits(left: i64, asks: &[Asks], places: &[usize], shared: &mut [Shared]) -> Way {
    let weights: Vec<u64> = places.iter().map(|&at| asks[at].limit.unsigned_abs()).collect();
    by_weights(left, places, &weights, shared)
}

/// Those at some places share by weights.
fn by_weights(left: i64, places: &[usize], weights: &[u64], shared: &mut [Shared]) -> Way {
    for ((&at, &weight), Apportioned { share: paid, extra }) in places.iter().zip(weights).zip(portions(left, weights))
    {
        shared[at] = Shared { paid, weight, extra };
    }
    let (shared, weights) = (left, weights.iter().sum());
    Way { shared, weights }
}

/// One place after another; the one for which it does not suffice shares by what each asks.
fn in_order(mut left: i64, asks: &[Asks], shared: &mut [Shared]) -> Way {
    let mut order = all(asks);
    order.sort_unstable_by_key(|&at| (asks[at].place, at));
    for place in order.chunk_by(|&a, &b| asks[a].place == asks[b].place) {
        let asked: i64 = place.iter().map(|&at| asks[at].limit).sum();
        if asked > left {
            return by_limits(left, asks, place, shared);
        }
        place.iter().for_each(|&at| shared[at] = Shared::full(&asks[at]));
        left -= asked;
    }
    Way::default()
}

/// By weights, nobody above its limit. Those are full first that need least for their weight; what they leave, the
/// others share.
fn by_weight(mut left: i64, asks: &[Asks], shared: &mut [Shared]) -> Way {
    let mut order = all(asks);
    order.sort_unstable_by(|&a, &b| by_need(&asks[a], &asks[b]).then(a.cmp(&b)));
    let mut weights: u64 = asks.iter().map(|one| u64::from(one.weight)).sum();
    let mut is_full = |&at: &usize| {
        let (one, weight) = (&asks[at], u64::from(asks[at].weight));
        let full = wide(one.limit) * u128::from(weights) <= wide(left) * u128::from(weight);
        if full {
            shared[at] = Shared::full(one);
            left -= one.limit;
            weights -= weight;
        }
        full
    };
    let full = order.iter().take_while(|at| is_full(at)).count();
    let mut others = order.split_off(full);
    others.sort_unstable();
    let weights: Vec<u64> = others.iter().map(|&at| asks[at].weight.into()).collect();
    by_weights(left, &others, &weights, shared)
}

/// Who needs less for its weight, by cross-multiplication.
fn by_need(one: &Asks, other: &Asks) -> Ordering {
    let need = wide(one.limit) * u128::from(other.weight);
    need.cmp(&(wide(other.limit) * u128::from(one.weight)))
}

fn wide(minor: i64) -> u128 {
    u128::from(minor.unsigned_abs())
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    fn asks(of: &[(i64, u32, i64)]) -> Vec<Asks> {
        let one = |&(limit, weight, place): &(i64, u32, i64)| Asks { limit, weight, place };
        of.iter().map(one).collect()
    }

    fn paid(split: Split, left: i64, asks: &[Asks]) -> Vec<i64> {
        let mut shared = Vec::new();
        share_out(split, left, asks, &mut shared);
        shared.iter().map(|one| one.paid).collect()
    }

    #[test]
    fn what_one_does_not_need_the_others_share_by_weight() {
        // 54:26:16:4 of 1,000; the second needs but 100, so the others share 900 as 54:16:4.
        let four = asks(&[(9_999, 54, 0), (100, 26, 0), (9_999, 16, 0), (9_999, 4, 0)]);
        assert_eq!(paid(Split::ByWeight, 1_000, &four), [657, 100, 194, 49]);
    }

    #[test]
    fn those_of_one_place_share_what_is_left_at_it() {
        let four = asks(&[(50, 1, 2), (40, 1, 1), (25, 1, 2), (10, 1, 3)]);
        assert_eq!(paid(Split::InOrder, 60, &four), [13, 40, 7, 0]);
        assert_eq!(paid(Split::InOrder, 40, &four), [0, 40, 0, 0]);
    }

    proptest! {
        #[test]
        fn all_that_there_is_is_shared_and_nobody_is_paid_more_than_it_asks(
            left in 0_i64..3_000,
            of in proptest::collection::vec((0_i64..600, 1_u32..50, 0_i64..4), 0..8),
        ) {
            let asks = asks(&of);
            let asked: i64 = asks.iter().map(|one| one.limit).sum();
            for split in [Split::ProRata, Split::InOrder, Split::ByWeight] {
                let paid = paid(split, left, &asks);
                prop_assert_eq!(paid.iter().sum::<i64>(), left.min(asked));
                prop_assert!(paid.iter().zip(&asks).all(|(&paid, one)| 0 <= paid && paid <= one.limit));
            }
        }

        /// As water fills vessels: those that are not full stand at one level, within a fen, and none that is full
        /// stands above it.
        #[test]
        fn weights_fill_like_water(left in 0_i64..400, of in proptest::collection::vec((0_i64..200, 1_u32..9), 1..6)) {
            let of: Vec<_> = of.iter().map(|&(limit, weight)| (limit, weight, 0)).collect();
            let asks = asks(&of);
            let paid = paid(Split::ByWeight, left, &asks);
            for (one, &has) in asks.iter().zip(&paid) {
                for (other, &others) in asks.iter().zip(&paid).filter(|&(other, &others)| others < other.limit) {
                    let (weight, others_weight) = (i64::from(one.weight), i64::from(other.weight));
                    let above = has * others_weight - others * weight;
                    prop_assert!(above < weight + others_weight, "{one:?} has {has}, {other:?} {others}");
                }
            }
        }
    }
}
