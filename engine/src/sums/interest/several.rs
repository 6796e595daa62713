//! One payment, several debts, and no word by the debtor which one it is for (民法典 560).

use alloc::{vec, vec::Vec};
use core::cmp::{Ordering, Reverse};
use protocol::{Date, Money, Rate, transfer::apportion};

/// A debt that a payment may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Debt {
    /// What is owed of it.
    pub owed: Money,
    /// When it is due.
    pub due: Date,
    /// What its security covers.
    pub cover: Money,
    /// What it costs the debtor a year.
    pub rate: Rate,
    /// The debtor named it when it paid, or the parties agreed on it.
    pub named: bool,
}

/// How a payment goes to debts: what was named first; then what is due; of it what lacks security most; then what
/// weighs heaviest on the debtor; then what fell due first; and what is equal in all of it pro rata, by the largest
/// remainder. What is left of the payment when all are paid goes to none.
pub fn spread(payment: Money, debts: &[Debt], today: Date) -> Vec<Money> {
    let mut order: Vec<usize> = (0..debts.len()).filter(|&i| debts[i].owed > Money::ZERO).collect();
    order.sort_by(|&a, &b| compare(&debts[a], &debts[b], today));
    let mut parts = vec![Money::ZERO; debts.len()];
    let mut left = payment.minor();
    for equal in order.chunk_by(|&a, &b| compare(&debts[a], &debts[b], today).is_eq()) {
        let owed: Vec<u64> = equal.iter().map(|&i| debts[i].owed.minor().unsigned_abs()).collect();
        let all: u128 = owed.iter().map(|&owed| u128::from(owed)).sum();
        let paid = i64::try_from(all).map_or(left, |all| left.min(all));
        for (&i, part) in equal.iter().zip(apportion(paid, &owed)) {
            parts[i] = Money::from_minor(part);
        }
        left -= paid;
    }
    parts
}

/// Which of two debts is paid first.
fn compare(a: &Debt, b: &Debt, today: Date) -> Ordering {
    let named = |debt: &Debt| (!debt.named, debt.due > today);
    let weight = |debt: &Debt| (Reverse(debt.rate), debt.due);
    let security = covered(a, b).cmp(&covered(b, a));
    named(a).cmp(&named(b)).then(security).then(weight(a).cmp(&weight(b)))
}

/// The secured part of the first, over the whole of the second: so two parts of two wholes compare without a quotient.
fn covered(one: &Debt, other: &Debt) -> i128 {
    i128::from(one.cover.min(one.owed).minor()) * i128::from(other.owed.minor())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn debt(owed: i64, cover: i64, due: i32, rate: u32) -> Debt {
        Debt {
            owed: Money::from_minor(owed),
            due: Date(due),
            cover: Money::from_minor(cover),
            rate: Rate(rate),
            named: false,
        }
    }

    fn minor(payment: i64, debts: &[Debt]) -> Vec<i64> {
        let parts = spread(Money::from_minor(payment), debts, Date(100));
        parts.into_iter().map(Money::minor).collect()
    }

    #[test]
    fn a_payment_goes_where_it_helps_the_creditor_and_then_the_debtor_most() {
        // Due before not due, whatever else.
        assert_eq!(minor(10, &[debt(10, 0, 101, 9), debt(10, 10, 100, 1)]), [0, 10]);
        // The least secured, by its share: a tenth of a large debt is less than half of a small one.
        assert_eq!(minor(10, &[debt(10, 5, 90, 9), debt(1_000, 100, 90, 1)]), [0, 10]);
        // More security than a debt needs secures it no better.
        assert_eq!(minor(10, &[debt(10, 10, 90, 1), debt(10, 90, 90, 2)]), [0, 10]);
        // The heavier, then the earlier.
        assert_eq!(minor(10, &[debt(10, 0, 80, 1), debt(10, 0, 90, 2)]), [0, 10]);
        assert_eq!(minor(10, &[debt(10, 0, 90, 1), debt(10, 0, 80, 1)]), [0, 10]);
        // Pro rata, with the odd one to the larger remainder and then to the first.
        assert_eq!(minor(10, &[debt(10, 0, 90, 1), debt(20, 0, 90, 1)]), [3, 7]);
        assert_eq!(minor(5, &[debt(10, 0, 90, 1), debt(10, 0, 90, 1)]), [3, 2]);
        // What the debtor named comes first of all.
        let named = Debt {
            named: true,
            ..debt(10, 10, 200, 1)
        };
        assert_eq!(minor(15, &[debt(10, 0, 90, 1), named]), [5, 10]);
        assert_eq!(minor(50, &[debt(0, 0, 90, 1), debt(10, 0, 90, 1)]), [0, 10]);
    }

    proptest! {
        #[test]
        fn no_debt_gets_more_than_it_is_owed_and_nothing_is_lost(
            payment in 0_i64..2_000,
            debts in prop::collection::vec((0_i64..500, 0_i64..500, 95_i32..105, 0_u32..3), 0..6),
        ) {
            let debts: Vec<_> = debts.into_iter().map(|(owed, cover, due, of)| debt(owed, cover, due, of)).collect();
            let parts = minor(payment, &debts);
            let owed: i64 = debts.iter().map(|debt| debt.owed.minor()).sum();
            prop_assert_eq!(parts.iter().sum::<i64>(), payment.min(owed));
            prop_assert!(parts.iter().zip(&debts).all(|(&part, debt)| (0..=debt.owed.minor()).contains(&part)));
        }
    }
}
