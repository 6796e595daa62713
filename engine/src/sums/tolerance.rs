//! How bad a loan is by its days, and how far a branch and its officers are forgiven (the Guidance, art. 20; RULES.md
//! 7.8).
//!
//! What always holds: shares are compared by cross-multiplication, never by a quotient that was rounded.

use crate::kit::checks::require;
use alloc::vec::Vec;
use protocol::{
    Amount, BasisPoints, Date, LoanId, Money, Reject, UserId,
    risk::{BranchBooks, BranchVerdict, DutyDone, DutyStep, LoanClass, OfficerFile},
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
    if overdue > LOST_AFTER {
        LoanClass::Loss
    } else if overdue > DOUBTFUL_AFTER {
        LoanClass::Doubtful
    } else if overdue > SUBSTANDARD_AFTER {
        LoanClass::Substandard
    } else {
        LoanClass::NotByDays
    }
}

/// Whether a branch's loans on intellectual property are tolerated: `npl_ip / loans_ip − npl_all / loans_all ≤ points`,
/// inclusive (RULES.md 2.9). A branch without such loans has nothing to be forgiven.
pub fn tolerated(books: &BranchBooks, points: BasisPoints) -> Result<BranchVerdict, Reject> {
    let [a, b, c, d] =
        [books.ip_npl, books.ip_loans, books.all_npl, books.all_loans].map(|amount| amount.money.minor());
    let currency = books.ip_npl.currency;
    let others = [books.ip_loans, books.all_npl, books.all_loans];
    let sound = 0 <= a && a <= b && 0 <= c && c <= d && others.iter().all(|amount| amount.currency == currency);
    require(sound, Reject::AmountInvalid)?;
    let most = most_npl(b as u64, c as u64, d as u64, points);
    Ok(BranchVerdict {
        books: *books,
        points,
        tolerated: a as u64 <= most,
        room: Amount::new(currency, Money::from_minor(most.saturating_sub(a as u64) as i64)),
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

/// What a loan tells its officers' files on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// When it was paid out.
    pub paid_out: Date,
    /// When all of it is due.
    pub due: Date,
    /// Since when the oldest of what is unpaid was due.
    pub late_since: Option<Date>,
    /// When its bank told that it turned non-performing.
    pub npl: Option<Date>,
    /// The day.
    pub as_of: Date,
}

impl Standing {
    /// How many days the loan is overdue.
    pub fn days_overdue(&self) -> u32 {
        self.late_since.map_or(0, |since| days_overdue(since, self.as_of))
    }

    /// The best class that it can have: by its days, and never a performing one of a loan that its bank told to be
    /// non-performing.
    pub fn class(&self) -> LoanClass {
        match class_by_days(self.days_overdue()) {
            LoanClass::NotByDays if self.npl.is_some() => LoanClass::Substandard,
            by_days => by_days,
        }
    }
}

/// An officer's file for a loan: how bad the loan is, what was done, by that day, and what is not shown.
pub fn officer_file((loan, officer): (LoanId, UserId), of: Standing, steps: Vec<DutyDone>) -> OfficerFile {
    let days_overdue = of.days_overdue();
    let trouble = days_overdue > 0 || of.npl.is_some();
    OfficerFile {
        loan,
        officer,
        paid_out: of.paid_out,
        due: of.due,
        late_since: of.late_since,
        npl: of.npl,
        as_of: of.as_of,
        days_overdue,
        class: of.class(),
        missing: missing(&steps, of.paid_out, trouble),
        steps,
    }
}

/// What is not shown of what an officer owes a loan: what comes before the money leaves is done by that day, the rest
/// after it; trouble is told where there is some.
fn missing(done: &[DutyDone], paid_out: Date, trouble: bool) -> Vec<DutyStep> {
    let in_time = |one: &DutyDone| match one.step {
        DutyStep::Investigated | DutyStep::Valued | DutyStep::Approved | DutyStep::Registered => one.on <= paid_out,
        DutyStep::UseChecked | DutyStep::Followed | DutyStep::Warned => one.on >= paid_out,
    };
    let shown = |step: DutyStep| done.iter().any(|one| one.step == step && in_time(one));
    let owed = |step: DutyStep| step != DutyStep::Warned || trouble;
    let owed = DutyStep::ALL.iter().copied().filter(|&step| owed(step));
    owed.filter(|&step| !shown(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::{Currency, Digest, risk::TOLERANCE_POINTS, units::MONEY_MAX};

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
        assert_eq!(
            (verdict.tolerated, verdict.room),
            (true, Amount::new(Currency::Cny, Money::ZERO))
        );
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
        assert_eq!(verdict.room.money, Money::from_minor(all / 100 * 3));
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
        let (lent, due) = (Date(20_000), Date(20_365));
        let step = |step, on| DutyDone {
            step,
            on,
            evidence: Digest([1; 32]),
        };
        let standing = |as_of, npl| Standing {
            paid_out: lent,
            due,
            late_since: Some(due).filter(|due| *due < as_of),
            npl,
            as_of,
        };
        let file =
            |steps: &[DutyDone], as_of| officer_file((LoanId(1), UserId(2)), standing(as_of, None), steps.to_vec());
        let mut done: Vec<_> = DutyStep::ALL.iter().map(|&one| step(one, lent)).collect();
        let late = Date(due.0 + 91);
        let told = file(&done, late);
        assert_eq!((told.days_overdue, told.class), (91, LoanClass::Substandard));
        assert_eq!(told.missing, []);
        // Registered after the money was gone: that was too late.
        done[3] = step(DutyStep::Registered, lent.next());
        assert_eq!(file(&done, late).missing, [DutyStep::Registered]);
        // Trouble is told where there is some.
        done.pop();
        assert_eq!(file(&done, late).missing, [DutyStep::Registered, DutyStep::Warned]);
        assert_eq!(file(&done, due).missing, [DutyStep::Registered]);
        // What its bank told a pool is trouble too, and no performing class; days make it worse, never better.
        let told = officer_file((LoanId(1), UserId(2)), standing(due, Some(due)), done);
        assert_eq!((told.days_overdue, told.class), (0, LoanClass::Substandard));
        assert_eq!(told.missing, [DutyStep::Registered, DutyStep::Warned]);
        let class = |days| standing(Date(due.0 + days), Some(due)).class();
        assert_eq!(
            [90, 271, 361].map(class),
            [LoanClass::Substandard, LoanClass::Doubtful, LoanClass::Loss]
        );
    }

    proptest! {
        #[test]
        fn the_verdict_is_that_of_plain_sums(
            a in 0_i64..1_000,
            ip in 0_i64..1_000,
            c in 0_i64..1_000,
            more in 0_i64..9_000,
        ) {
            let (b, c, d) = (a + ip, a + c, a + ip + c + more);
            let verdict = tolerated(&books(a, b, c, d), TOLERANCE_POINTS).unwrap();
            prop_assert_eq!(verdict.tolerated, (a * d - c * b) * 100 <= 3 * b * d);
            let room = verdict.room.money.minor();
            if verdict.tolerated && a + room < b {
                let a = a + room + 1;
                prop_assert!((a * d - c * b) * 100 > 3 * b * d);
            }
        }
    }
}
