//! Terms: the last day of a step that has begun, and how it was counted, so that another calendar can count it anew.
//!
//! Invariant: a day that was told never comes sooner, and is none off where that is known.

use protocol::{
    Date, Timestamp,
    rules::{Calendar, CalendarTerm},
};
use serde::{Deserialize, Serialize};

/// No step is counted over more days than this.
const STEP_DAYS_MAX: u64 = 3_660;
/// Nobody waits so many days for anything.
const DAYS_KNOWN: u64 = 100_000;

/// How a last day is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Term {
    /// So many working days after a day.
    Working(Date, u32),
    /// In days, months or years: to this day, or the next that works (民法典 203).
    Nominal(Date),
    /// To this day, whatever day it is: the parties named it, and what is late after it has days of its own.
    Named(Date),
}

/// The last day on which a step is in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastDay {
    /// Which day.
    pub day: Date,
    /// `open` where the calendar ends before it.
    pub calendar: Option<CalendarTerm>,
    term: Term,
}

impl LastDay {
    /// The last day of a term that begins.
    pub(crate) fn of(term: Term, calendar: &Calendar) -> Self {
        let counted = match term {
            Term::Working(from, days) => calendar.count_working_days(from, days),
            Term::Nominal(day) => calendar.last_day(day),
            Term::Named(day) => return Self::named(day),
        };
        Self {
            day: counted.date,
            calendar: counted.term(),
            term,
        }
    }

    /// A day that was named.
    pub(crate) const fn named(day: Date) -> Self {
        Self {
            day,
            calendar: None,
            term: Term::Named(day),
        }
    }

    /// The same term by another calendar.
    pub(crate) fn anew(self, calendar: &Calendar) -> Self {
        let counted = Self::of(self.term, calendar);
        if counted.day >= self.day {
            return counted;
        }
        // It stays as it was told, unless that is a day off by now.
        let told = calendar.last_day(self.day);
        Self {
            day: told.date,
            calendar: counted.calendar.or(told.term()),
            term: self.term,
        }
    }

    /// Whether it is of a term that can have begun by today: a count over days is a walk, and none is longer.
    pub(crate) fn is_sound(self, today: Date) -> bool {
        let between = |from: Date, to: Date| i64::from(from.0).abs_diff(to.0.into());
        let (from, days) = match self.term {
            Term::Working(from, days) => (from, days),
            Term::Nominal(day) | Term::Named(day) => (day, 0),
        };
        between(from, self.day) <= STEP_DAYS_MAX
            && u64::from(days) <= STEP_DAYS_MAX
            && between(self.day, today) <= DAYS_KNOWN
    }

    /// When the day has ended: what was not done by then is late.
    pub(crate) fn over(self) -> Timestamp {
        self.day.next().start()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    fn day(month: u32, day: u32) -> Date {
        Date::from_civil(2026, month, day).unwrap()
    }

    fn covered(holidays: Vec<Date>, working_weekends: Vec<Date>) -> Calendar {
        Calendar {
            years: vec![2026],
            holidays,
            working_weekends,
            ..Calendar::default()
        }
    }

    #[test]
    fn a_term_is_counted_anew_and_no_day_comes_sooner() {
        // Friday the 2nd of October and five working days: nothing is known of them.
        let ends = Calendar {
            years: vec![2025],
            ..Calendar::default()
        };
        let told = LastDay::of(Term::Working(day(10, 1), 5), &ends);
        assert_eq!((told.day, told.calendar), (day(10, 8), Some(CalendarTerm::Open)));
        // The week is off, and Saturday the 10th works.
        let week: Vec<_> = [1, 2, 5, 6, 7].map(|number| day(10, number)).into();
        let moved = told.anew(&covered(week, vec![day(10, 10)]));
        assert_eq!((moved.day, moved.calendar), (day(10, 13), None));
        // By a calendar that has more working days it would be sooner: it stays as it was told.
        let kept = moved.anew(&covered(vec![], vec![day(10, 10)]));
        assert_eq!((kept.day, kept.calendar), (day(10, 13), None));
        // And none is a day off.
        let off = moved.anew(&covered(vec![day(10, 13)], vec![day(10, 10)]));
        assert_eq!(off.day, day(10, 14));

        let told = LastDay::of(Term::Nominal(day(10, 3)), &ends);
        assert_eq!((told.day, told.calendar), (day(10, 3), Some(CalendarTerm::Open)));
        assert_eq!(told.anew(&covered(vec![], vec![])).day, day(10, 5));
        assert_eq!(told.anew(&covered(vec![], vec![day(10, 3)])).day, day(10, 3));
        assert_eq!(told.over(), day(10, 4).start());
    }
}
