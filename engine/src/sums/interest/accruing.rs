//! Sums that grow exactly, and are rounded where they are settled or paid.

use super::days::half_up;
use protocol::Money;
use serde::{Deserialize, Serialize};

/// A sum that grows exactly, and what was paid of it since it was settled last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sums) struct Accruing {
    pub(in crate::sums) exact: i128,
    pub(in crate::sums) taken: Money,
}

impl Accruing {
    /// What is owed of it, half-up.
    pub(in crate::sums) fn due(self, whole: i128) -> Money {
        half_up(self.exact, whole).minus(self.taken)
    }

    /// Rounds it and begins anew.
    pub(in crate::sums) fn settle(&mut self, whole: i128) -> Money {
        core::mem::take(self).due(whole)
    }

    /// Pays of it. Who pays all that is owed has settled it.
    pub(in crate::sums) fn pay(&mut self, whole: i128, left: &mut Money) -> Money {
        let due = self.due(whole);
        let paid = due.min(*left);
        if paid == due && due > Money::ZERO {
            self.settle(whole);
        } else {
            self.taken = self.taken.plus(paid);
        }
        *left = left.minus(paid);
        paid
    }
}

/// Pays of an amount that does not grow.
pub(in crate::sums) fn pay(owed: &mut Money, left: &mut Money) -> Money {
    let paid = (*owed).min(*left);
    *owed = owed.minus(paid);
    *left = left.minus(paid);
    paid
}
