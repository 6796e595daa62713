//! The rules in force: an epoch carries their content, not a name in a file, so that a log explains itself.

use crate::{
    text::Reference,
    time::Date,
    units::{BASIS_POINTS_ONE, BasisPoints},
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The version of the rules that this code implements. A log of a later version is refused.
///
/// 1: order books of units. 2: a right is listed once it is verified, and a venue with two operators acts by two people.
pub const RULES_VERSION: u16 = 2;
/// The most exceptions a calendar may list, of either kind.
pub const CALENDAR_DAYS_MAX: usize = 4_096;

/// Which modes a venue may run (RULES.md F2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Profile {
    /// The default in China: indivisible lots, agreements, auctions, single-lot bidding, open-licence asks. No order
    /// book of units (国发〔2011〕38号, 国办发〔2012〕37号).
    CnVenue = 0,
    /// Order books of licence units, on an approval or as a marked sandbox.
    UnitMarket = 1,
}

impl Profile {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CnVenue => "cn-venue",
            Self::UnitMarket => "unit-market",
        }
    }

    /// Whether licence units may trade on an order book.
    pub const fn permits_unit_books(self) -> bool {
        matches!(self, Self::UnitMarket)
    }
}

/// On what ground a venue runs a profile beyond the default.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Approval {
    /// None is needed.
    None,
    /// A sandbox: every print is marked.
    Sandbox,
    /// The reference of the authority's approval.
    Reference(Reference),
}

/// What each side of a fill pays, of price × quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fees {
    /// The order that rested.
    pub maker: BasisPoints,
    /// The order that arrived.
    pub taker: BasisPoints,
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

/// Working days: Monday to Friday, except as listed. Both lists are sorted and without repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Calendar {
    /// Weekdays without business.
    pub holidays: Vec<Date>,
    /// Weekend days with business (调休).
    pub working_weekends: Vec<Date>,
}

impl Calendar {
    /// Whether the venue does business on this date.
    pub fn is_working_day(&self, date: Date) -> bool {
        if date.weekday() < 5 {
            self.holidays.binary_search(&date).is_err()
        } else {
            self.working_weekends.binary_search(&date).is_ok()
        }
    }

    /// The date `days` working days after this one: 0 is the date itself, or the next working day if it is none.
    pub fn plus_working_days(&self, date: Date, days: u32) -> Date {
        let next = |mut date: Date| {
            while !self.is_working_day(date) {
                date = date.next();
            }
            date
        };
        (0..days).fold(next(date), |date, _| next(date.next()))
    }

    /// Whether both lists are sorted, without repeats, within bounds, and on days they can except.
    pub fn is_valid(&self) -> bool {
        let ordered = |days: &[Date]| days.len() <= CALENDAR_DAYS_MAX && days.is_sorted_by(|a, b| a < b);
        ordered(&self.holidays)
            && ordered(&self.working_weekends)
            && self.holidays.iter().all(|day| day.weekday() < 5)
            && self.working_weekends.iter().all(|day| day.weekday() >= 5)
    }
}

/// The rules from here on. The first command of every journal, and again at each change of rules.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Epoch {
    /// The version of the rules, [`RULES_VERSION`] at most.
    pub rules_version: u16,
    /// Which modes may run.
    pub profile: Profile,
    /// On what ground.
    pub approval: Approval,
    /// What a fill costs. An order keeps the fees of the epoch it was entered in.
    pub fees: Fees,
    /// Which days are working days.
    pub calendar: Calendar,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_calendar_excepts_weekdays_and_weekends() {
        let day = |d| Date::from_civil(2026, 2, d).unwrap();
        let calendar = Calendar {
            holidays: vec![day(17), day(18)],
            working_weekends: vec![day(14)],
        };
        assert!(calendar.is_valid());
        assert!(calendar.is_working_day(day(16)));
        assert!(!calendar.is_working_day(day(17)));
        assert!(calendar.is_working_day(day(14)));
        assert!(!calendar.is_working_day(day(15)));
        assert!(
            !Calendar {
                holidays: vec![day(14)],
                working_weekends: vec![]
            }
            .is_valid()
        );
        assert!(
            !Calendar {
                holidays: vec![day(18), day(17)],
                working_weekends: vec![]
            }
            .is_valid()
        );
    }
}
