//! What a pledged right earns by consent: a licence's or a sale's price before the debt is due (民法典 444), and whether
//! what stays pledged covers the debt.
//!
//! The price pays the debt early or is deposited, as the pledgee chose; among several by rank (民法典 414). A deposit is
//! of the whole that has come so far down: what is not owed today may be owed when it falls due.

use alloc::{vec, vec::Vec};
use protocol::{Money, pledge::Proceeds, transfer::apportion};

/// A pledgee whose consent the deal had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consenting {
    /// Its rank.
    pub rank: u32,
    /// What it is owed.
    pub owed: Money,
    /// What it chose.
    pub chose: Proceeds,
}

/// Where a price goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earned {
    /// To each pledgee, in the order in which they were named.
    pub to_pledgees: Vec<Money>,
    /// Deposited.
    pub held: Money,
    /// To the pledgor.
    pub to_pledgor: Money,
}

/// Shares a price out among pledgees, rank by rank; those of one rank by what each is owed (Hamilton). The first rank
/// in which somebody chose a deposit takes all that is left: those of it that chose payment have their share, the rest
/// is held.
pub fn earned(price: Money, pledgees: &[Consenting]) -> Earned {
    let mut order: Vec<usize> = (0..pledgees.len()).collect();
    order.sort_by_key(|&place| pledgees[place].rank);
    let mut to_pledgees = vec![Money::ZERO; pledgees.len()];
    let (mut left, mut held) = (price.minor(), 0);
    for rank in order.chunk_by(|&a, &b| pledgees[a].rank == pledgees[b].rank) {
        let owed: Vec<u64> = rank.iter().map(|&place| fen(pledgees[place].owed)).collect();
        let sum: u128 = owed.iter().map(|&owed| u128::from(owed)).sum();
        let before = left;
        if sum > 0 {
            let there = u128::from(before.unsigned_abs()).min(sum);
            let there = i64::try_from(there).expect("no more than the price");
            for (&place, share) in rank.iter().zip(apportion(there, &owed)) {
                if pledgees[place].chose == Proceeds::Prepay {
                    to_pledgees[place] = Money::from_minor(share);
                    left -= share;
                }
            }
        }
        if rank.iter().any(|&place| pledgees[place].chose == Proceeds::Escrow) {
            held = core::mem::take(&mut left);
            break;
        }
    }
    Earned {
        to_pledgees,
        held: Money::from_minor(held),
        to_pledgor: Money::from_minor(left),
    }
}

/// A debt, which is never below zero.
fn fen(money: Money) -> u64 {
    u64::try_from(money.minor()).expect("nobody is owed less than nothing")
}

/// How far what stays pledged covers the debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Whether it is the least that was agreed, or more.
    pub passes: bool,
    /// The cover in per cent, rounded down; none where nothing is owed.
    pub percent: Option<u64>,
}

/// Asks whether the value that is left after a partial release covers the debt: value · 100 ≥ least · debt, inclusive.
pub fn cover(left: Money, debt: Money, least_percent: u32) -> Cover {
    let (left, debt) = (i128::from(left.minor()), i128::from(debt.minor()));
    let percent = (debt > 0).then(|| u64::try_from(left * 100 / debt).unwrap_or(u64::MAX));
    Cover {
        passes: left * 100 >= debt * i128::from(least_percent),
        percent,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use proptest::prelude::*;

    fn pledgee(rank: u32, owed: i64, chose: Proceeds) -> Consenting {
        let owed = Money::from_minor(owed);
        Consenting { rank, owed, chose }
    }

    fn share(price: i64, pledgees: &[Consenting]) -> (Vec<i64>, i64, i64) {
        let earned = earned(Money::from_minor(price), pledgees);
        let paid = earned.to_pledgees.iter().map(|paid| paid.minor()).collect();
        (paid, earned.held.minor(), earned.to_pledgor.minor())
    }

    #[test]
    fn a_deposit_is_of_the_whole_price_whatever_is_owed() {
        let x = pledgee(1, 9_000_000, Proceeds::Escrow);
        assert_eq!(share(15_000_000, &[x]), (Vec::from([0]), 15_000_000, 0));
    }

    #[test]
    fn a_deposit_behind_a_payment_holds_what_it_left() {
        let first = pledgee(1, 9_000_000, Proceeds::Prepay);
        let second = pledgee(2, 20_000_000, Proceeds::Escrow);
        // Named in any order.
        assert_eq!(
            share(15_000_000, &[second, first]),
            (Vec::from([0, 9_000_000]), 6_000_000, 0)
        );
        // And one ahead of a payment leaves it nothing: the deposit is security for the first.
        let first = pledgee(1, 9_000_000, Proceeds::Escrow);
        let second = pledgee(2, 20_000_000, Proceeds::Prepay);
        assert_eq!(share(15_000_000, &[first, second]), (Vec::from([0, 0]), 15_000_000, 0));
    }

    #[test]
    fn pledgees_of_one_rank_share_by_what_each_is_owed() {
        let pledgees = [1, 1, 1].map(|rank| pledgee(rank, 100, Proceeds::Prepay));
        assert_eq!(share(100, &pledgees), (Vec::from([34, 33, 33]), 0, 0));
        assert_eq!(share(301, &pledgees), (Vec::from([100, 100, 100]), 0, 1));
        assert_eq!(share(301, &[]), (Vec::new(), 0, 301));
    }

    #[test]
    fn a_cover_is_inclusive() {
        let fen = Money::from_minor;
        assert!(cover(fen(240), fen(160), 150).passes);
        assert!(!cover(fen(240), fen(161), 150).passes);
        assert_eq!(
            cover(fen(0), fen(0), 150),
            Cover {
                passes: true,
                percent: None
            }
        );
    }

    proptest! {
        #[test]
        fn no_fen_is_lost_and_nobody_has_more_than_it_is_owed(
            price in 0_i64..2_000,
            pledgees in proptest::collection::vec((0_u32..4, 0_i64..700, any::<bool>()), 0..6),
        ) {
            let chose = |prepay| if prepay { Proceeds::Prepay } else { Proceeds::Escrow };
            let pledgees = pledgees.iter().map(|&(rank, owed, prepay)| pledgee(rank, owed, chose(prepay)));
            let pledgees: Vec<_> = pledgees.collect();
            let (paid, held, to_pledgor) = share(price, &pledgees);
            prop_assert_eq!(paid.iter().sum::<i64>() + held + to_pledgor, price);
            prop_assert!(held >= 0 && to_pledgor >= 0);
            for (place, (one, &paid)) in pledgees.iter().zip(&paid).enumerate() {
                prop_assert!(0 <= paid && paid <= one.owed.minor());
                // The worse rank has nothing while a better one lacks.
                let better = pledgees.iter().enumerate().filter(|(_, other)| other.rank < one.rank);
                for (other, better) in better {
                    let is_paid = better.chose == Proceeds::Prepay && paid_in_full(&pledgees, price, other);
                    prop_assert!(paid == 0 || is_paid, "{}", place);
                }
            }
        }
    }

    fn paid_in_full(pledgees: &[Consenting], price: i64, place: usize) -> bool {
        share(price, pledgees).0[place] == pledgees[place].owed.minor()
    }
}
