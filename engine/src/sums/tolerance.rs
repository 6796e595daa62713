//! How bad a loan is by its days, and how far a branch and its officers are forgiven (the Guidance, art. 20; RULES.md
//! 7.8).
//!
//! What always holds: shares are compared by cross-multiplication, never by a quotient that was rounded.

use crate::kit::checks::require;
use alloc::vec::Vec;
use protocol::{
    BasisPoints, Date, Money, Reject,
    risk::{BranchBooks, DUTY_STEPS_MAX, DutyDone, DutyStep, LoanClass},
    units::BASIS_POINTS_ONE,
};

/// Days after which a loan is substandard, doubtful, lost (令〔2023〕1号).
const SUBSTANDARD_AFTER: u32 = 90;
const DOUBTFUL_AFTER: u32 = 270;
const LOST_AFTER: u32 = 360;

/// How many days a debt is overdue on a day: none on its due day, which is in time until it has ended.
pub fn days_overdue(due: Date, on: Date) -> u32 {
    let days = i64::from(on.0) - i64::from(due.0);
    u32::try_from(days).unwrap_or(0)
}

/// The best class that a loan so many days overdue can have.
pub fn class_by_days(overdue: u32) -> LoanClass {
    match overdue {
        0..=SUBSTANDARD_AFTER => LoanClass::NotByDays,
        ..=DOUBTFUL_AFTER => LoanClass::Substandard,
        ..=LOST_AFTER => LoanClass::Doubtful,
        _ => LoanClass::Loss,
    }
}

/// A branch's shares of non-performing loans against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the share on intellectual property is above that of all loans by no more than is tolerated.
    pub tolerated: bool,
    /// How many fen more of it could be non-performing and still be tolerated; none where there are too many already.
    pub room: Money,
}

/// Whether a branch's loans on intellectual property are tolerated: `npl_ip / loans_ip − npl_all / loans_all ≤ points`,
/// inclusive (RULES.md 2.9). A branch without such loans has nothing to be forgiven.
pub fn tolerated(books: &BranchBooks, points: BasisPoints) -> Result<Verdict, Reject> {
    let [a, b, c, d] =
        [books.ip_npl, books.ip_loans, books.all_npl, books.all_loans].map(|amount| amount.money.minor());
    let sound = 0 <= a && a <= b && 0 <= c && c <= d;
    let one_currency = [books.ip_loans, books.all_npl, books.all_loans]
        .iter()
        .all(|amount| amount.currency == books.ip_npl.currency);
    require(sound && one_currency, Reject::AmountInvalid)?;
    let most = most_npl(b as u64, c as u64, d as u64, points);
    Ok(Verdict {
        tolerated: a as u64 <= most,
        room: Money::from_minor((most.saturating_sub(a as u64)) as i64),
    })
}

/// The most of `b` loans that may be non-performing: the greatest `a` with `a·d·10⁴ ≤ b·(c·10⁴ + points·d)`.
fn most_npl(b: u64, c: u64, d: u64, points: BasisPoints) -> u64 {
    if d == 0 {
        return 0;
    }
    let one = u128::from(BASIS_POINTS_ONE);
    let fits = |a: u64| {
        // 63 bits of loans and 14 of ten thousand on one side, 63 on the other: 140 bits, so in two limbs.
        let left = wide(u128::from(a) * one, d);
        let right = wide(u128::from(c) * one + u128::from(points.0) * u128::from(d), b);
        left <= right
    };
    // The loans themselves are the most.
    let (mut low, mut high) = (0, b);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if fits(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// `x · y` as its part above 2³² and the rest, for x below 2⁹⁵.
fn wide(x: u128, y: u64) -> (u128, u32) {
    let (high, low) = (x * u128::from(y >> 32), x * u128::from(y as u32));
    (high + (low >> 32), low as u32)
}

/// What is missing in an officer's file: each step is shown by a paper, and those before the loan is paid out bear a day
/// not after that. Who has done all of it is free of blame (尽职免责).
pub fn missing(done: &[DutyDone], paid_out: Date, went_bad: bool) -> Result<Vec<DutyStep>, Reject> {
    require(done.len() <= DUTY_STEPS_MAX, Reject::DatesInvalid)?;
    let shown = |step: DutyStep| {
        let in_time = |on: Date| match step {
            DutyStep::Investigated | DutyStep::Valued | DutyStep::Approved | DutyStep::Registered => on <= paid_out,
            DutyStep::UseChecked | DutyStep::Followed | DutyStep::Warned => on >= paid_out,
        };
        done.iter().any(|one| one.step == step && in_time(one.on))
    };
    let owed = |step: DutyStep| step != DutyStep::Warned || went_bad;
    Ok(DutyStep::ALL
        .iter()
        .copied()
        .filter(|&step| owed(step) && !shown(step))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::{Amount, Currency, Digest, risk::TOLERANCE_POINTS, units::MONEY_MAX};

    fn books(ip_npl: i64, ip_loans: i64, all_npl: i64, all_loans: i64) -> BranchBooks {
        let [ip_npl, ip_loans, all_npl, all_loans] =
            [ip_npl, ip_loans, all_npl, all_loans].map(|minor| Amount::new(Currency::Cny, Money::from_minor(minor)));
        BranchBooks {
            ip_npl,
            ip_loans,
            all_npl,
            all_loans,
        }
    }

    #[test]
    fn three_points_are_tolerated_and_a_fen_more_is_not() {
        // RULES.md 7.8: 48.7 million of a billion against 1.87 of a hundred billion.
        let exactly = books(4_870_000_000, 100_000_000_000, 187_000_000_000, 10_000_000_000_000);
        let verdict = tolerated(&exactly, TOLERANCE_POINTS).unwrap();
        assert_eq!((verdict.tolerated, verdict.room), (true, Money::ZERO));
        let more = books(4_870_000_001, 100_000_000_000, 187_000_000_000, 10_000_000_000_000);
        assert!(!tolerated(&more, TOLERANCE_POINTS).unwrap().tolerated);
    }

    #[test]
    fn a_branch_without_such_loans_has_nothing_to_be_forgiven() {
        assert!(tolerated(&books(0, 0, 5, 10), TOLERANCE_POINTS).unwrap().tolerated);
        assert!(tolerated(&books(0, 0, 0, 0), TOLERANCE_POINTS).unwrap().tolerated);
    }

    #[test]
    fn the_largest_books_are_compared_exactly() {
        let all = MONEY_MAX;
        let verdict = tolerated(&books(0, all, 0, all), TOLERANCE_POINTS).unwrap();
        assert_eq!(verdict.room, Money::from_minor(all / 100 * 3));
        // A part that is not a part of the whole is no book.
        assert_eq!(
            tolerated(&books(2, 1, 2, 2), TOLERANCE_POINTS),
            Err(Reject::AmountInvalid)
        );
        assert_eq!(
            tolerated(&books(1, 2, 3, 2), TOLERANCE_POINTS),
            Err(Reject::AmountInvalid)
        );
    }

    #[test]
    fn an_officer_is_free_once_every_step_is_shown_in_time() {
        let day = Date(20_000);
        let step = |step, on| DutyDone {
            step,
            on,
            evidence: Digest([1; 32]),
        };
        let mut done: Vec<_> = DutyStep::ALL.iter().map(|&one| step(one, day)).collect();
        assert_eq!(missing(&done, day, true), Ok(Vec::new()));
        // Registered after the money was gone: that was too late.
        done[3] = step(DutyStep::Registered, day.next());
        assert_eq!(missing(&done, day, true), Ok([DutyStep::Registered].into()));
        done.pop();
        assert_eq!(
            missing(&done, day, true),
            Ok([DutyStep::Registered, DutyStep::Warned].into())
        );
        assert_eq!(missing(&done, day, false), Ok([DutyStep::Registered].into()));
    }

    proptest! {
        #[test]
        fn the_verdict_is_the_fraction_s(a in 0_i64..1_000, ip in 0_i64..1_000, c in 0_i64..1_000, rest in 0_i64..9_000) {
            let (b, c, d) = (a + ip, a + c, a + ip + c + rest);
            let verdict = tolerated(&books(a, b, c, d), TOLERANCE_POINTS).unwrap();
            prop_assert_eq!(verdict.tolerated, (a * d - c * b) * 100 <= 3 * b * d);
            let room = verdict.room.minor();
            if verdict.tolerated && a + room < b {
                let a = a + room + 1;
                prop_assert!((a * d - c * b) * 100 > 3 * b * d);
            }
        }
    }
}
