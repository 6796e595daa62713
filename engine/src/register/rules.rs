//! The rules in force, as everyone asks for them: the epoch, its profile and fees, the numbers of the rule book.
//!
//! What sets them is the business of `house`.

use crate::{
    book::Book,
    kit::terms::{LastDay, Term},
    state::Exchange,
};
use protocol::{
    Date, Reject,
    control::RuleBook,
    rules::{Epoch, Fees},
};

impl<B: Book> Exchange<B> {
    /// The rules in force.
    pub(crate) fn epoch(&self) -> &Epoch {
        self.epochs.last().expect("the first command set the rules")
    }

    /// The day so many working days after this one, for what is asked now: refused where the calendar ends before.
    pub(crate) fn working_days(&self, from: Date, days: u32) -> Result<Date, Reject> {
        self.epoch().calendar.plus_working_days(from, days)
    }

    /// The day so many working days after this one, for what has begun and cannot be refused any more: Monday to Friday
    /// where the calendar ends before.
    pub(crate) fn step_days(&self, from: Date, days: u32) -> LastDay {
        LastDay::of(Term::Working(from, days), &self.epoch().calendar)
    }

    /// The last day of a term that is counted in days, months or years.
    pub(crate) fn step_until(&self, nominal: Date) -> LastDay {
        LastDay::of(Term::Nominal(nominal), &self.epoch().calendar)
    }

    /// The last day for what could not be done in an outage that ended on this day: the next that works, so that nobody
    /// has but the rest of an evening.
    pub(crate) fn after_outage(&self, today: Date) -> LastDay {
        self.step_days(today, 1)
    }

    /// A last day by the calendar that came into force.
    pub(crate) fn recounted(&self, last: LastDay) -> LastDay {
        last.anew(&self.epoch().calendar)
    }

    /// The fees of an epoch, by position.
    pub(crate) fn fees(epochs: &[Epoch], epoch: u32) -> Fees {
        epochs[epoch as usize].fees
    }

    /// Whether the profile permits order books of units (RULES.md F2).
    pub(crate) fn check_unit_books(&self) -> Result<(), Reject> {
        if self.epoch().profile.permits_unit_books() {
            Ok(())
        } else {
            Err(Reject::ModeNotPermitted)
        }
    }

    /// The rule book's numbers in force.
    pub(crate) fn rule_book(&self) -> RuleBook {
        self.control
            .rule_book
            .unwrap_or_else(|| RuleBook::of(self.epoch().profile))
    }
}
