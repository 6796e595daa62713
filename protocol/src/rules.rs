//! The rules in force: an epoch carries their content, not a name in a file, so that a log explains itself.

use crate::{
    describe::{other_for_people, record, words},
    reject::Reject,
    text::{Name, Reference},
    time::Date,
    units::{BASIS_POINTS_ONE, BasisPoints},
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The version of the rules that this code implements; an epoch of any other is refused. Version 1, under which a right
/// was listed that nobody had verified, was gone before the first release: no journal of it is read.
pub const RULES_VERSION: u16 = 2;
/// The most exceptions a calendar may list, of either kind.
pub const CALENDAR_DAYS_MAX: usize = 4_096;
/// The most years that a calendar may cover.
pub const CALENDAR_YEARS_MAX: usize = 100;
/// The most notices that a calendar may name.
pub const CALENDAR_SOURCES_MAX: usize = 100;

words! {
    /// Which modes a venue may run.
    pub enum Profile in full {
        /// The default in China (RULES.md F2): indivisible lots, agreements, auctions, single-lot bidding, open-licence
        /// asks. No order book of units (国发〔2011〕38号, 国办发〔2012〕37号).
        CnVenue = 0, "cn-venue";
        /// Order books of licence units, on an approval or as a marked sandbox.
        UnitMarket = 1, "unit-market";
    }
}

words! {
    /// How far a day is known that hangs on which days work.
    pub enum CalendarTerm {
        /// It lies past the calendar's end: counted as Monday to Friday from there on, or not moved off a day off yet.
        Open = 0, "open";
    }
}

impl Counted {
    /// `open`, unless the day is known.
    pub fn term(self) -> Option<CalendarTerm> {
        (!self.known).then_some(CalendarTerm::Open)
    }
}

impl Profile {
    /// Whether licence units may trade on an order book.
    pub const fn permits_unit_books(self) -> bool {
        matches!(self, Self::UnitMarket)
    }
}

/// On what ground a venue runs a profile beyond the default. To people a text, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub enum Approval {
    /// None is needed.
    #[default]
    None,
    /// A sandbox: every print is marked.
    Sandbox,
    /// The reference of the authority's approval.
    Reference(Reference),
    /// The demo market that the program itself begins: a sandbox of made up participants and money. The first epoch's
    /// mark, which no later one takes off or puts on.
    Demo,
}

other_for_people!(Approval as Option<Reference>);

/// The word for [`Approval::Sandbox`].
const SANDBOX: &str = "sandbox";
/// The word for [`Approval::Demo`].
const DEMO: &str = "demo";

impl Approval {
    /// Whether every print is marked.
    pub const fn is_sandbox(&self) -> bool {
        matches!(self, Self::Sandbox | Self::Demo)
    }

    /// Whether it is the demo market's mark.
    pub const fn is_demo(&self) -> bool {
        matches!(self, Self::Demo)
    }
}

impl From<&Approval> for Option<Reference> {
    fn from(approval: &Approval) -> Self {
        match approval {
            Approval::None => None,
            Approval::Sandbox => Reference::new(SANDBOX),
            Approval::Demo => Reference::new(DEMO),
            Approval::Reference(reference) => Some(reference.clone()),
        }
    }
}

impl TryFrom<Option<Reference>> for Approval {
    type Error = &'static str;

    fn try_from(written: Option<Reference>) -> Result<Self, &'static str> {
        let Some(reference) = written else {
            return Ok(Self::None);
        };
        match reference.as_str() {
            SANDBOX => Ok(Self::Sandbox),
            DEMO => Ok(Self::Demo),
            // Not the word, and no authority's reference either: an unmarked sandbox would come of it.
            word if word.eq_ignore_ascii_case(SANDBOX) || word == "沙盒" => {
                Err("OUT_OF_RANGE a sandbox is said in these very letters: sandbox")
            }
            word if word.eq_ignore_ascii_case(DEMO) || word == "演示" => {
                Err("OUT_OF_RANGE the demo market is said in these very letters: demo")
            }
            _ => Ok(Self::Reference(reference)),
        }
    }
}

record! {
    /// What each side of a fill pays of price × quantity, in basis points (0 to 10000), rounded down.
    #[derive(Copy, Default)]
    pub struct Fees in full {
        /// The order that rested.
        maker as "maker_bps": BasisPoints => "10",
        /// The order that arrived.
        taker as "taker_bps": BasisPoints => "20",
    }
}

impl Fees {
    /// The higher of the two: what a hold must cover.
    pub fn worst(self) -> BasisPoints {
        self.maker.max(self.taker)
    }

    /// Whether both are at most 100 %.
    pub fn is_valid(self) -> bool {
        self.worst().0 <= BASIS_POINTS_ONE
    }
}

record! {
    /// Working days: Monday to Friday, except as listed for the years that it covers. It knows nothing of other years: a
    /// term that runs into them is refused. Without any year there is no calendar: Monday to Friday are working days in
    /// all of them. Every list is sorted and without repeats.
    #[derive(Default)]
    pub struct Calendar in full {
        /// The years that it covers.
        years: Vec<u16> = default unsaid => "2026",
        /// Where they were announced: the State Council's notices.
        sources: Vec<Name> = default unsaid => "国办发明电〔2025〕7号",
        /// Weekdays without business, `YYYY-MM-DD`.
        holidays: Vec<Date> = default => "2026-10-01",
        /// Weekend days with business, `YYYY-MM-DD`.
        working_weekends: Vec<Date> = default => "2026-10-10",
    }
}

impl Calendar {
    /// Whether there is no calendar, so that every year is Monday to Friday.
    pub fn is_absent(&self) -> bool {
        self.years.is_empty()
    }

    /// Whether it knows if the venue does business on this date.
    pub fn covers(&self, date: Date) -> bool {
        self.is_absent() || self.covers_year(date)
    }

    fn covers_year(&self, date: Date) -> bool {
        let year = u16::try_from(date.to_civil().0);
        year.is_ok_and(|year| self.years.binary_search(&year).is_ok())
    }

    /// Whether the venue does business on this date; of a year that it does not cover it says Monday to Friday.
    pub fn is_working_day(&self, date: Date) -> bool {
        if date.weekday() < 5 {
            self.holidays.binary_search(&date).is_err()
        } else {
            self.working_weekends.binary_search(&date).is_ok()
        }
    }

    /// The date `days` working days after this one: 0 is the date itself, or the next working day if it is none. After a
    /// day off the first working day counts as the first (RULES.md, head). Whether it is known for certain, or counted
    /// as Monday to Friday where the calendar ends.
    pub fn count_working_days(&self, date: Date, days: u32) -> Counted {
        // What is counted begins on the day after, unless nothing is.
        let mut known = days > 0 || self.covers(date);
        let mut next = |mut date: Date| {
            known &= self.covers(date);
            while !self.is_working_day(date) {
                date = date.next();
                known &= self.covers(date);
            }
            date
        };
        let date = if days == 0 {
            next(date)
        } else {
            (0..days).fold(date, |date, _| next(date.next()))
        };
        Counted { date, known }
    }

    /// The date `days` working days before this one, as far as the calendar knows; 0 is the date itself.
    pub fn working_days_before(&self, date: Date, days: u32) -> Date {
        (0..days).fold(date, |date, _| {
            let mut before = Date(date.0.saturating_sub(1));
            while !self.is_working_day(before) {
                before.0 = before.0.saturating_sub(1);
            }
            before
        })
    }

    /// The date `days` working days after this one, where the calendar knows it.
    ///
    /// # Errors
    /// [`Reject::CalendarEnds`].
    pub fn plus_working_days(&self, date: Date, days: u32) -> Result<Date, Reject> {
        let counted = self.count_working_days(date, days);
        if counted.known {
            Ok(counted.date)
        } else {
            Err(Reject::CalendarEnds)
        }
    }

    /// The last day of a term that is counted in days, months or years: moved off a day off to the next that works (民法典
    /// 203; 专利法实施细则 5), as far as that is known.
    pub fn last_day(&self, nominal: Date) -> Counted {
        if self.covers(nominal) {
            self.count_working_days(nominal, 0)
        } else {
            Counted {
                date: nominal,
                known: false,
            }
        }
    }

    /// Whether the lists are sorted, without repeats, within bounds, and the days such as they can except, of years that
    /// it covers.
    pub fn is_valid(&self) -> bool {
        let ordered = |days: &[Date]| days.len() <= CALENDAR_DAYS_MAX && days.is_sorted_by(|a, b| a < b);
        self.years.len() <= CALENDAR_YEARS_MAX
            && self.years.is_sorted_by(|a, b| a < b)
            && self.sources.len() <= CALENDAR_SOURCES_MAX
            && (!self.is_absent() || self.sources.is_empty())
            && ordered(&self.holidays)
            && ordered(&self.working_weekends)
            && self
                .holidays
                .iter()
                .all(|day| day.weekday() < 5 && self.covers_year(*day))
            && self
                .working_weekends
                .iter()
                .all(|day| day.weekday() >= 5 && self.covers_year(*day))
    }
}

/// A date that was counted in working days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The date.
    pub date: Date,
    /// Whether the calendar covers every day up to it.
    pub known: bool,
}

// An order keeps the fees of the epoch it was entered in.
record! {
    /// The rules from here on. By an operator.
    pub struct Epoch in full {
        /// The version of the rules that these are written for.
        rules_version: u16 => "2",
        /// Which modes the venue may run.
        profile: Profile,
        /// For `unit-market`: the word `sandbox`, or the reference of the authority's approval. `demo` in the first epoch
        /// marks the demo market, for ever.
        approval: Approval = default unsaid => "sandbox",
        /// What a fill costs.
        fees: Fees,
        /// The exceptions to Monday to Friday.
        calendar: Calendar = default,
        /// By which reference the venue is listed for courts' sales (法释〔2016〕18号 2, 4, 5); none: it holds none, or plays
        /// at it in a sandbox.
        judicial_listing: Option<Reference> = default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn day(month: u32, day: u32) -> Date {
        Date::from_civil(2026, month, day).unwrap()
    }

    fn february() -> Calendar {
        Calendar {
            years: vec![2026],
            sources: vec![],
            holidays: vec![day(2, 17), day(2, 18)],
            working_weekends: vec![day(2, 14)],
        }
    }

    #[test]
    fn a_calendar_excepts_weekdays_and_weekends_of_its_years() {
        let calendar = february();
        assert!(calendar.is_valid());
        assert!(calendar.is_working_day(day(2, 16)) && !calendar.is_working_day(day(2, 17)));
        assert!(calendar.is_working_day(day(2, 14)) && !calendar.is_working_day(day(2, 15)));
        type Change = fn(&mut Calendar);
        let wrong: [Change; 7] = [
            |calendar| calendar.holidays = vec![day(2, 14)],
            |calendar| calendar.holidays.reverse(),
            |calendar| calendar.working_weekends = vec![day(2, 16)],
            |calendar| calendar.years.clear(),
            |calendar| calendar.years = vec![2025],
            |calendar| calendar.years = vec![2027, 2026],
            |calendar| calendar.years = vec![2026, 2026],
        ];
        for change in wrong {
            let mut calendar = february();
            change(&mut calendar);
            assert!(!calendar.is_valid(), "{calendar:?}");
        }
    }

    #[test]
    fn the_first_working_day_after_a_day_off_counts_as_the_first() {
        let none = Calendar::default();
        // A sale that closes on a Saturday is paid by the same Friday as one that closed the day before (RULES.md, head).
        for closed in [day(3, 6), day(3, 7), day(3, 8)] {
            assert_eq!(none.plus_working_days(closed, 5), Ok(day(3, 13)), "{closed}");
        }
        assert_eq!(none.plus_working_days(day(3, 9), 5), Ok(day(3, 16)));
        assert_eq!(none.plus_working_days(day(3, 7), 0), Ok(day(3, 9)));
        assert_eq!(february().plus_working_days(day(2, 13), 3), Ok(day(2, 19)));
    }

    #[test]
    fn working_days_are_counted_back_over_days_off() {
        let calendar = february();
        for date in (1..=28).map(|number| day(2, number)) {
            for days in 0..5 {
                let before = calendar.working_days_before(date, days);
                let between = (before.0..date.0).filter(|number| calendar.is_working_day(Date(*number)));
                assert_eq!(between.count(), days as usize, "{days} before {date:?}");
                assert!(days == 0 || calendar.is_working_day(before));
            }
        }
    }

    #[test]
    fn the_last_day_of_a_term_is_none_off_where_that_is_known() {
        let calendar = february();
        let last = |date| calendar.last_day(date);
        assert_eq!((last(day(2, 17)).date, last(day(2, 17)).known), (day(2, 19), true));
        assert_eq!((last(day(3, 2)).date, last(day(3, 2)).term()), (day(3, 2), None));
        let beyond = Date(day(12, 31).0 + 2);
        assert_eq!(
            (last(beyond).date, last(beyond).term()),
            (beyond, Some(CalendarTerm::Open))
        );
        assert_eq!(Calendar::default().last_day(day(3, 7)).date, day(3, 9));
    }

    #[test]
    fn a_calendar_knows_where_it_ends() {
        let calendar = february();
        assert_eq!(calendar.plus_working_days(day(12, 30), 1), Ok(day(12, 31)));
        assert_eq!(calendar.plus_working_days(day(12, 30), 2), Err(Reject::CalendarEnds));
        assert_eq!(calendar.plus_working_days(Date(day(1, 1).0 - 1), 1), Ok(day(1, 1)));
        assert_eq!(
            calendar.plus_working_days(Date(day(1, 1).0 - 2), 1),
            Err(Reject::CalendarEnds)
        );
        let counted = calendar.count_working_days(day(12, 30), 2);
        assert_eq!((counted.date, counted.known), (Date(day(12, 31).0 + 1), false));
        // Without one there is no end.
        assert!(Calendar::default().count_working_days(day(12, 30), 2).known);
    }
}
