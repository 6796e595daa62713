//! The rules in force: an epoch carries their content, not a name in a file, so that a log explains itself.

use crate::{
    describe::{other_for_people, record, words},
    text::Reference,
    time::Date,
    units::{BASIS_POINTS_ONE, BasisPoints},
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The version of the rules that this code implements. A log of a later version is refused.
///
/// 1: order books of units. 2: a right is listed once it is verified, and a venue with two operators acts by two
/// people.
pub const RULES_VERSION: u16 = 2;
/// The most exceptions a calendar may list, of either kind.
pub const CALENDAR_DAYS_MAX: usize = 4_096;

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
    /// Working days: Monday to Friday, except as listed. Both lists are sorted and without repeats.
    #[derive(Default)]
    pub struct Calendar in full {
        /// Weekdays without business, `YYYY-MM-DD`.
        holidays: Vec<Date> = default => "2026-10-01",
        /// Weekend days with business, `YYYY-MM-DD`.
        working_weekends: Vec<Date> = default => "2026-10-10",
    }
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

// An order keeps the fees of the epoch it was entered in.
record! {
    /// The rules from here on. By an operator.
    pub struct Epoch in full {
        /// The version of the rules that these are written for.
        rules_version: u16 => "1",
        /// Which modes the venue may run.
        profile: Profile,
        /// For `unit-market`: the word `sandbox`, or the reference of the authority's approval. `demo` in the first epoch
        /// marks the demo market, for ever.
        approval: Approval = default unsaid => "sandbox",
        /// What a fill costs.
        fees: Fees,
        /// The exceptions to Monday to Friday.
        calendar: Calendar = default,
    }
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
