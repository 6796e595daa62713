//! How long a guarantor is bound: its last day, and whether it was called on by then (民法典 692, 693; 担保解释 31, 32).
//!
//! Invariant: a guarantee whose last day has passed without the call that its kind takes is over. A calendar that comes
//! into force moves a last day off a day off, and none to an earlier day.

use crate::{
    book::Book,
    register::lent::Lent,
    state::Exchange,
    sums::guarantee::{check_called, last_day},
    tell::Tell,
};
use alloc::{collections::BTreeSet, vec::Vec};
use protocol::{
    Date,
    claim::Guarantor,
    pledge::{GuaranteeState, Loan},
    rules::Calendar,
};

/// The first day on which a guarantor is free that nobody called on.
pub(super) fn free_from(guarantor: &Guarantor, due: Date, calendar: &Calendar) -> Date {
    last_day(&guarantor.period(), due, calendar).date.next()
}

/// How each guarantor stands on a day, by how it was called on.
pub(super) fn settle_guarantees(loan: &mut Loan, today: Date) {
    let due = loan.due_day();
    for (guarantor, guarantee) in loan.terms.guarantors.iter().zip(&mut loan.guarantees) {
        let called = check_called(guarantor.kind, due, guarantee.ends.before(), &guarantee.calls);
        guarantee.state = match called {
            Ok(()) => GuaranteeState::Asked,
            Err(_) if guarantee.ends <= today => GuaranteeState::Ended,
            Err(_) => GuaranteeState::Bound,
        };
    }
}

impl<B: Book> Exchange<B> {
    /// Another calendar came into force: the last days of guarantors that are bound are counted by it.
    pub(crate) fn recount_guarantees(&mut self, tell: &mut Tell<'_>) {
        let calendar = self.epoch().calendar.clone();
        let later = |loan: &Loan| -> Vec<Date> {
            let both = loan.terms.guarantors.iter().zip(&loan.guarantees);
            both.map(|(guarantor, guarantee)| {
                let bound = guarantee.state == GuaranteeState::Bound;
                let anew = free_from(guarantor, loan.due_day(), &calendar);
                if bound {
                    guarantee.ends.max(anew)
                } else {
                    guarantee.ends
                }
            })
            .collect()
        };
        let loans: BTreeSet<_> = self.pledging.guaranteed.iter().map(|(_, loan)| *loan).collect();
        let moved: Vec<_> = loans
            .into_iter()
            .map(|id| (id, later(&self.pledging.lent(id).loan)))
            .filter(|(id, ends)| {
                let before = &self.pledging.lent(*id).loan.guarantees;
                before.iter().zip(ends).any(|(guarantee, ends)| guarantee.ends != *ends)
            })
            .collect();
        for (id, ends) in moved {
            let change = |lent: &mut Lent| {
                for (guarantee, ends) in lent.loan.guarantees.iter_mut().zip(ends) {
                    guarantee.ends = ends;
                }
            };
            self.change_loan(id, change, tell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::EntityId;

    fn day(year: i32, month: u32, day: u32) -> Date {
        Date::from_civil(year, month, day).unwrap()
    }

    #[test]
    fn a_guarantee_without_a_period_ends_six_months_after_the_debt() {
        let guarantor = |ends, until_paid, months| Guarantor {
            ends,
            until_paid,
            months,
            ..Guarantor::joint(EntityId(1))
        };
        let unknown = Calendar {
            years: [2020].into(),
            ..Calendar::default()
        };
        let due = day(2026, 8, 31);
        for (ends, until_paid, months, expected) in [
            (None, false, None, day(2027, 3, 1)),
            (Some(day(2028, 9, 1)), false, None, day(2028, 9, 1)),
            // It ends with the debt, or before it: as if none were agreed.
            (Some(due.next()), false, None, day(2027, 3, 1)),
            (Some(day(2026, 1, 1)), false, None, day(2027, 3, 1)),
            (Some(day(2026, 9, 2)), false, None, day(2026, 9, 2)),
            (None, true, None, day(2027, 3, 1)),
            (None, false, Some(0), day(2027, 3, 1)),
            (None, false, Some(36), day(2029, 9, 1)),
        ] {
            let by = guarantor(ends, until_paid, months);
            assert_eq!(free_from(&by, due, &unknown), expected, "{by:?}");
        }
    }
}
