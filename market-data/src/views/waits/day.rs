//! The one place in which a date of a record becomes the last day on which something is in time: some dates of records
//! are that day, others are the first on which it is late.

use protocol::{Date, Timestamp};

/// A date or a time as a record tells it, and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// The last day on which it is in time: `step_by_on`, `pay_by_on`, `window_on`, `last_on`, `limitation_on` …
    Last(Date),
    /// The first day on which it is late, or without what it is about: `ends_on` of a guarantee, `until_on` of a hold or a
    /// consent, `lapses_on` of a right, the end of a licence's scope.
    FirstLate(Date),
    /// The first moment that is too late: `lapses_at` of a proposal, the end of a lot or of its revealing. A deadline fires
    /// before any command of its own time.
    FirstLateAt(Timestamp),
}

/// Until when something is in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// To the end of this day, by the venue's calendar.
    On(Date),
    /// To this moment, that among it.
    At(Timestamp),
}

impl Day {
    /// The last day or moment on which it is in time.
    pub const fn until(self) -> Until {
        match self {
            Self::Last(day) => Until::On(day),
            Self::FirstLate(day) => Until::On(day.before()),
            Self::FirstLateAt(at) => Until::At(Timestamp(at.0.saturating_sub(1))),
        }
    }
}

impl Until {
    /// The first moment that is too late.
    pub const fn late_at(self) -> Timestamp {
        match self {
            Self::On(day) => day.next().start(),
            Self::At(at) => at.after(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_the_one_before_the_first_that_is_late() {
        let day = Date(20_000);
        assert_eq!(Day::Last(day).until(), Until::On(day));
        assert_eq!(Day::FirstLate(day).until(), Until::On(Date(19_999)));
        assert_eq!(Day::FirstLate(day).until().late_at(), day.start());
        assert_eq!(Day::Last(day).until().late_at(), day.next().start());
        let at = day.start().after(5);
        assert_eq!(Day::FirstLateAt(at).until(), Until::At(day.start().after(4)));
        assert_eq!(Day::FirstLateAt(at).until().late_at(), at);
    }
}
