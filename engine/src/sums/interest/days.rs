//! Parts of a year, as whole numbers: what of a year lies between two days by a contract's day count, and the days on
//! which its interest is settled (PLEDGES.md 2.8b).
//!
//! What always holds: measured from one anchor, the way from a day to a later one is the sum of its parts. So a
//! principal that changes between two settlements is summed exactly (积数).

use protocol::{
    Date, Money, Rate,
    claim::{Cycle, DayCount, RateStep, SETTLEMENT_DAY, Settlement},
    units::RATE_ONE,
};

/// A quarter has 89 to 92 days, counted from any day: each of them divides this.
const QUARTER: i128 = 89 * 90 * 91 * 92;

/// How many units a year has.
pub(in crate::sums) const fn per_year(count: DayCount) -> i128 {
    match count {
        DayCount::Act360 | DayCount::Months12 => 360,
        DayCount::Act365 => 365,
        DayCount::Quarter => 4 * QUARTER,
    }
}

/// The units from one day to a later one, in a period that began at `anchor`.
pub(in crate::sums) fn units(count: DayCount, anchor: Date, from: Date, to: Date) -> i128 {
    place(count, anchor, to) - place(count, anchor, from)
}

/// The units from the anchor to a day.
fn place(count: DayCount, anchor: Date, day: Date) -> i128 {
    match count {
        DayCount::Act360 | DayCount::Act365 => days(anchor, day),
        DayCount::Months12 => {
            let months = whole(anchor, day, 1);
            30 * i128::from(months) + days(anchor.plus_months(months), day)
        }
        DayCount::Quarter => {
            let quarters = whole(anchor, day, 3);
            let (begun, ends) = (anchor.plus_months(3 * quarters), anchor.plus_months(3 * quarters + 3));
            QUARTER * i128::from(quarters) + QUARTER / days(begun, ends) * days(begun, day)
        }
    }
}

/// The days from one to another.
pub(in crate::sums) fn days(from: Date, to: Date) -> i128 {
    i128::from(to.0) - i128::from(from.0)
}

/// How many whole periods of so many months lie between two days.
fn whole(from: Date, to: Date, months: u32) -> u32 {
    let ((year, month, _), (last_year, last_month, _)) = (from.to_civil(), to.to_civil());
    let between = (last_year - year) * 12 + last_month as i32 - month as i32;
    let count = u32::try_from(between).unwrap_or(0) / months;
    // The last of them may not be over yet.
    count - u32::from(count > 0 && from.plus_months(count * months) > to)
}

/// The rate that holds on a day.
pub(super) fn rate_on(rates: &[RateStep], day: Date) -> Rate {
    let begun = rates.partition_point(|step| step.from <= day);
    rates[begun.saturating_sub(1)].rate
}

/// The first settlement after a day: what was settled on a day is reckoned up to its end, so that the next period
/// begins on the day after. None where interest is settled at the end.
pub(super) fn next_settlement(settlement: &Settlement, after: Date) -> Option<Date> {
    let every = match settlement.cycle {
        Cycle::Monthly => 1,
        Cycle::Quarterly => 3,
        Cycle::HalfYearly => 6,
        Cycle::Yearly => 12,
        Cycle::AtEnd => return None,
    };
    let day = u32::from(settlement.day.unwrap_or(SETTLEMENT_DAY));
    let (year, month, _) = after.to_civil();
    // That of an earlier month is over by this month's first.
    (0..=every).find_map(|later| {
        let months = month - 1 + later;
        let (year, month) = (year + (months / 12) as i32, months % 12 + 1);
        let settled = clamped(year, month, day)?.next();
        (month % every == 0 && settled > after).then_some(settled)
    })
}

/// This day of a month, or its last where there is no such day.
fn clamped(year: i32, month: u32, day: u32) -> Option<Date> {
    (28..=day)
        .rev()
        .find_map(|last| Date::from_civil(year, month, last))
        .or(Date::from_civil(year, month, day))
}

/// A quotient, half-up to the minor unit: the one rounding of a settlement.
pub(in crate::sums) fn half_up(exact: i128, whole: i128) -> Money {
    let minor = (2 * exact + whole) / (2 * whole);
    Money::from_minor(i64::try_from(minor).expect("principal, rate and term are bounded (protocol::claim)"))
}

/// The interest of one principal at one rate: half-up, once.
pub fn simple(principal: Money, rate: Rate, count: DayCount, from: Date, to: Date) -> Money {
    let exact = i128::from(principal.minor()) * i128::from(rate.0) * units(count, from, from, to.max(from));
    half_up(exact, i128::from(RATE_ONE) * per_year(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn on(cycle: Cycle, day: Option<u8>) -> Settlement {
        Settlement { cycle, day }
    }

    #[test]
    fn interest_is_settled_on_the_twentieth_unless_the_contract_says_otherwise() {
        use Cycle::{AtEnd, HalfYearly, Monthly, Quarterly, Yearly};
        for (cycle, named, after, next) in [
            (Quarterly, None, "2026-01-15", "2026-03-21"),
            (Quarterly, None, "2026-03-20", "2026-03-21"),
            (Quarterly, None, "2026-03-21", "2026-06-21"),
            (Quarterly, None, "2026-12-21", "2027-03-21"),
            (Monthly, None, "2026-12-21", "2027-01-21"),
            (Monthly, Some(31), "2026-02-01", "2026-03-01"),
            (Monthly, Some(31), "2028-02-29", "2028-03-01"),
            (Monthly, Some(31), "2026-03-31", "2026-04-01"),
            (Monthly, Some(31), "2026-04-01", "2026-05-01"),
            (Monthly, Some(1), "2026-04-02", "2026-05-02"),
            (HalfYearly, None, "2026-06-21", "2026-12-21"),
            (Yearly, None, "2026-12-21", "2027-12-21"),
            (Yearly, Some(31), "2026-01-01", "2027-01-01"),
        ] {
            assert_eq!(
                next_settlement(&on(cycle, named), day(after)),
                Some(day(next)),
                "{cycle:?} after {after}"
            );
        }
        assert_eq!(next_settlement(&on(AtEnd, None), day("2026-01-15")), None);
    }

    #[test]
    fn months_are_whole_by_their_day_and_quarters_share_their_days() {
        let months = |from, to| place(DayCount::Months12, day(from), day(to));
        assert_eq!(months("2026-01-15", "2026-07-15"), 180);
        assert_eq!(months("2026-01-15", "2026-07-14"), 150 + 29);
        assert_eq!(
            (months("2026-01-31", "2026-02-27"), months("2026-01-31", "2026-02-28")),
            (27, 30)
        );
        let quarters = |from, to| place(DayCount::Quarter, day(from), day(to));
        assert_eq!(quarters("2026-01-01", "2027-01-01"), 4 * QUARTER);
        assert_eq!(quarters("2026-01-01", "2026-02-20") * 90, QUARTER * 50);
    }

    proptest! {
        /// The way is the sum of its parts, and no step leads back.
        #[test]
        fn a_way_is_the_sum_of_its_parts(anchor in 0_i32..40_000, first in 0_i32..800, second in 0_i32..800) {
            let (anchor, middle, end) = (Date(anchor), Date(anchor + first), Date(anchor + first + second));
            for &count in DayCount::ALL {
                let (begun, rest) = (units(count, anchor, anchor, middle), units(count, anchor, middle, end));
                prop_assert_eq!(begun + rest, units(count, anchor, anchor, end));
                prop_assert!(begun >= 0 && rest >= 0, "{:?}", count);
            }
        }

        /// Whatever the day that quarters are counted from, a quarter's days divide its units.
        #[test]
        fn a_quarter_has_89_to_92_days(anchor in 0_i32..80_000, quarters in 0_u32..100) {
            let (begun, ends) = (Date(anchor).plus_months(3 * quarters), Date(anchor).plus_months(3 * quarters + 3));
            prop_assert!((89..=92).contains(&days(begun, ends)));
        }

        /// Settlements follow each other: each is the first after the day before it.
        #[test]
        fn no_settlement_is_passed_over(after in 0_i32..40_000, named in 1_u8..=31, cycle in 0_usize..4) {
            let settlement = on(Cycle::ALL[cycle], Some(named));
            let next = next_settlement(&settlement, Date(after)).expect("not at the end");
            prop_assert!(next > Date(after));
            for earlier in (after..next.0).rev().take(40) {
                prop_assert_eq!(next_settlement(&settlement, Date(earlier)), Some(next));
            }
        }
    }
}
