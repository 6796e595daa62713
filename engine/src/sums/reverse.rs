//! Reverse licences: a pledged right is licensed back to its owner, and the fees pay the debt (反向许可; RULES.md 2.4, 7.7;
//! PLEDGES.md 2.4).
//!
//! What always holds: of a fee nothing is lost. It pays its own late interest, then the claim, and what the claim does
//! not need goes back to the licensee. A fee that is less than the interest leaves interest unpaid; it never adds to
//! the principal.

use super::interest::{Accruing, Applied, Claim, Owed, half_up, per_year, units};
use crate::kit::checks::require;
use alloc::vec::Vec;
use protocol::{
    Date, Money, Rate, Reject,
    claim::{ClaimTerms, Cycle, GRACE_DAYS_MAX, LICENCE_FEES_MAX, LicenceAuthority, LicenceFees, PRINCIPAL_MAX},
    rules::{Calendar, Counted},
    units::RATE_ONE,
};
use serde::{Deserialize, Serialize};

/// The pledgee does not own the right: it is licensed back on its owner's word alone, or by a company for it that holds
/// an exclusive licence (民法典 431, 446).
///
/// # Errors
/// [`Reject::NoAuthority`].
pub fn check_authority(authority: Option<LicenceAuthority>) -> Result<(), Reject> {
    authority.map(drop).ok_or(Reject::NoAuthority)
}

/// A fee of the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeDue {
    /// The first day that it is for.
    pub from: Date,
    /// When it is due: the first day that it is not for.
    pub due: Date,
    /// How much.
    pub fee: Money,
}

/// When which fee for a claim is due, in the claim's currency. A period that is not whole is paid by its days, half-up.
///
/// # Errors
/// [`Reject::TermBeyondRight`]: no licence outlives its right (民法典 865). [`Reject::LicenceFeesInvalid`].
pub fn schedule(fees: &LicenceFees, of: &ClaimTerms, right_ends: Option<Date>) -> Result<Vec<FeeDue>, Reject> {
    let LicenceFees { begins, ends, .. } = *fees;
    require(right_ends.is_none_or(|right| ends <= right), Reject::TermBeyondRight)?;
    let anchor = fees.periods_from.unwrap_or(begins);
    let months = months(fees.cycle).ok_or(Reject::LicenceFeesInvalid)?;
    let dates = anchor <= begins && begins <= anchor.plus_months(12) && begins < ends;
    let most = anchor.plus_months(months.saturating_mul(LICENCE_FEES_MAX as u32));
    let amounts = (1..=PRINCIPAL_MAX).contains(&fees.fee.money.minor()) && fees.late.0 <= RATE_ONE;
    let currency = fees.fee.currency == of.principal.currency;
    let fits = dates && amounts && currency && ends <= most && fees.grace_days <= GRACE_DAYS_MAX;
    require(fits, Reject::LicenceFeesInvalid)?;
    let period = |count: u32| {
        (
            anchor.plus_months(months * count),
            anchor.plus_months(months * (count + 1)),
        )
    };
    let all = (0..).map(period).skip_while(|&(_, ends)| ends <= begins);
    let within = all.take_while(|&(from, _)| from < ends);
    Ok(within.map(|whole| part(fees, whole)).collect())
}

/// The fee for what of a period lies in the licence.
fn part(fees: &LicenceFees, (begun, ended): (Date, Date)) -> FeeDue {
    let (from, due) = (begun.max(fees.begins), ended.min(fees.ends));
    let days = |from: Date, to: Date| i128::from(to.0 - from.0);
    let exact = i128::from(fees.fee.money.minor()) * days(from, due);
    FeeDue {
        from,
        due,
        fee: half_up(exact, days(begun, ended)),
    }
}

fn months(cycle: Cycle) -> Option<u32> {
    match cycle {
        Cycle::Monthly => Some(1),
        Cycle::Quarterly => Some(3),
        Cycle::HalfYearly => Some(6),
        Cycle::Yearly => Some(12),
        Cycle::AtEnd => None,
    }
}

/// The last day on which a late fee can still be paid, to its end; no day off, as far as that is known (民法典 203).
pub fn last_day_of_grace(due: Date, grace_days: u16, calendar: &Calendar) -> Counted {
    calendar.last_day(Date(due.0.saturating_add(i32::from(grace_days))))
}

/// How a licence stands with its fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The debt is paid: the pledge is to be released.
    Cleared,
    /// The fee is paid, or not late.
    Active,
    /// It is late and can still be paid.
    Grace,
    /// It was not paid in time: the licence ends and the right is auctioned.
    Terminated,
}

/// How a payment of a fee was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeePaid {
    /// On late interest of the fee.
    pub late: Money,
    /// On the claim; what is left of it goes back to the licensee.
    pub applied: Applied,
}

/// A fee that is being paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    due: Date,
    fee: Money,
    paid: Money,
    accrued_to: Date,
    late: Accruing,
}

impl Fee {
    /// One of the schedule.
    pub fn new(fee: &FeeDue) -> Self {
        Self {
            due: fee.due,
            fee: fee.fee,
            paid: Money::ZERO,
            accrued_to: fee.due,
            late: Accruing::default(),
        }
    }

    /// What of it is unpaid.
    pub fn unpaid(&self) -> Money {
        self.fee.minus(self.paid.min(self.fee))
    }

    /// Whether it is this one of the schedule, reckoned up to no later than its day or today.
    pub fn is_of(&self, fee: &FeeDue, today: Date) -> bool {
        (self.due, self.fee) == (fee.due, fee.fee) && self.accrued_to <= today.max(fee.due)
    }

    /// What its being late comes to on a day.
    pub fn late(&self, terms: &ClaimTerms, rate: Rate, on: Date) -> Money {
        let mut then = *self;
        then.accrue(terms, rate, on);
        then.late.due(whole(terms))
    }

    /// Whether an image of it can be reckoned with: its sums lie within what its time can bring.
    pub fn is_sound(&self, terms: &ClaimTerms) -> bool {
        let time = units(terms.day_count, self.due, self.due, self.accrued_to.max(self.due));
        let most = i128::from(PRINCIPAL_MAX) * i128::from(RATE_ONE) * time;
        let Accruing { exact, taken } = self.late;
        self.accrued_to >= self.due
            && (Money::ZERO..=Money::from_minor(PRINCIPAL_MAX)).contains(&self.fee)
            && (0..=most).contains(&exact)
            && (Money::ZERO..=half_up(exact, whole(terms))).contains(&taken)
    }

    /// Counts a payment of it: late interest, then the claim (民法典 561). What neither needs is the licensee's.
    ///
    /// # Errors
    /// [`Reject::DayPassed`].
    pub fn pay(
        &mut self,
        claim: &mut Claim,
        terms: &ClaimTerms,
        rate: Rate,
        amount: Money,
        on: Date,
    ) -> Result<FeePaid, Reject> {
        claim.advance(terms, on)?;
        self.accrue(terms, rate, on);
        let mut left = amount;
        let late = self.late.pay(whole(terms), &mut left);
        let applied = claim.apply(terms, left, on)?;
        self.paid = self.paid.plus(amount.minus(applied.left));
        Ok(FeePaid { late, applied })
    }

    /// How the licence stands at the end of a day. A part of a fee does not cure.
    pub fn standing(&self, claim: &Claim, terms: &ClaimTerms, last_of_grace: Date, on: Date) -> Standing {
        if claim.owed(terms, on).total() == Money::ZERO {
            Standing::Cleared
        } else if self.unpaid() == Money::ZERO || on <= self.due {
            Standing::Active
        } else if on <= last_of_grace {
            Standing::Grace
        } else {
            Standing::Terminated
        }
    }

    /// Lets what is unpaid bear late interest.
    fn accrue(&mut self, terms: &ClaimTerms, Rate(rate): Rate, on: Date) {
        if on > self.accrued_to {
            let time = units(terms.day_count, self.due, self.accrued_to, on);
            self.late.exact += i128::from(self.unpaid().minor()) * i128::from(rate) * time;
            self.accrued_to = on;
        }
    }
}

/// What late interest is of.
fn whole(terms: &ClaimTerms) -> i128 {
    i128::from(RATE_ONE) * per_year(terms.day_count)
}

/// What a fee that is paid on its day does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The day.
    pub on: Date,
    /// How it is counted; what is left of it goes back to the licensee.
    pub applied: Applied,
    /// What is owed after it.
    pub left: Owed,
}

/// How the fees pay a claim if each is paid on its day, with the costs that the creditor has by then for the right
/// (annuities). What the last leaves is a debt whose security ends with the right (民法典 393).
///
/// # Errors
/// [`Reject::DayPassed`], [`Reject::ChargesTooLarge`].
pub fn forecast(claim: &Claim, terms: &ClaimTerms, fees: &[FeeDue], costs: &[Money]) -> Result<Vec<Row>, Reject> {
    let mut claim = claim.clone();
    let costs = costs.iter().copied().chain(core::iter::repeat(Money::ZERO));
    let row = |(fee, costs): (&FeeDue, Money)| {
        claim.add_costs(costs)?;
        let applied = claim.apply(terms, fee.fee, fee.due)?;
        let left = claim.owed(terms, fee.due);
        Ok(Row {
            on: fee.due,
            applied,
            left,
        })
    };
    fees.iter().zip(costs).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;
    use protocol::{
        Amount, Currency,
        claim::{Compounding, DayCount, PaymentOrder, RateStep, Settlement},
    };

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn fen(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    fn fees() -> LicenceFees {
        LicenceFees {
            fee: Amount::new(Currency::Cny, fen(26_000_000)),
            cycle: Cycle::Quarterly,
            begins: day("2026-02-10"),
            ends: day("2026-08-20"),
            periods_from: Some(day("2026-01-01")),
            grace_days: 15,
            late: Rate(65_250),
        }
    }

    fn terms() -> ClaimTerms {
        ClaimTerms {
            principal: Amount::new(Currency::Cny, fen(100_000_000)),
            drawn: day("2026-01-01"),
            due: day("2030-01-01"),
            day_count: DayCount::Act360,
            rates: vec![RateStep {
                from: day("2026-01-01"),
                rate: Rate(43_500),
            }],
            settlement: Settlement {
                cycle: Cycle::AtEnd,
                day: None,
            },
            penalty: None,
            compounding: Compounding::None,
            cap: None,
            order: PaymentOrder::InterestFirst,
            instalments: vec![],
            guarantors: vec![],
        }
    }

    #[test]
    fn a_period_that_is_not_whole_is_paid_by_its_days_at_both_ends() {
        let due = |(from, due, fee)| FeeDue {
            from: day(from),
            due: day(due),
            fee: fen(fee),
        };
        let expected = [
            ("2026-02-10", "2026-04-01", 14_444_444),
            ("2026-04-01", "2026-07-01", 26_000_000),
            ("2026-07-01", "2026-08-20", 14_130_435),
        ];
        assert_eq!(schedule(&fees(), &terms(), None), Ok(expected.map(due).to_vec()));
        // A licence that begins with a period has no stub of nothing before it.
        let whole = LicenceFees {
            begins: day("2026-04-01"),
            ..fees()
        };
        assert_eq!(
            schedule(&whole, &terms(), None),
            Ok(expected[1..].iter().copied().map(due).collect())
        );
        // Counted from its own first day, it has no stub to begin with.
        let own = LicenceFees {
            periods_from: None,
            ends: day("2026-08-10"),
            ..fees()
        };
        let dues: Vec<_> = schedule(&own, &terms(), None)
            .unwrap()
            .iter()
            .map(|fee| (fee.due, fee.fee))
            .collect();
        assert_eq!(
            dues,
            [
                (day("2026-05-10"), fen(26_000_000)),
                (day("2026-08-10"), fen(26_000_000))
            ]
        );
    }

    #[test]
    fn a_schedule_ends_with_the_right_at_the_latest() {
        let ends = fees().ends;
        assert!(schedule(&fees(), &terms(), Some(ends)).is_ok());
        let sooner = Some(Date(ends.0 - 1));
        assert_eq!(schedule(&fees(), &terms(), sooner), Err(Reject::TermBeyondRight));
        type Change = fn(&mut LicenceFees);
        let wrong: [Change; 9] = [
            |fees| fees.fee.currency = Currency::Hkd,
            |fees| fees.fee.money = Money::ZERO,
            |fees| fees.cycle = Cycle::AtEnd,
            |fees| fees.ends = fees.begins,
            |fees| fees.periods_from = Some(day("2026-02-11")),
            |fees| fees.periods_from = Some(day("2025-02-09")),
            |fees| fees.grace_days = 367,
            |fees| fees.late = Rate(RATE_ONE + 1),
            |fees| fees.ends = day("2326-01-02"),
        ];
        for change in wrong {
            let mut fees = fees();
            change(&mut fees);
            assert_eq!(
                schedule(&fees, &terms(), None),
                Err(Reject::LicenceFeesInvalid),
                "{fees:?}"
            );
        }
    }

    #[test]
    fn grace_ends_with_its_last_day_which_is_none_off() {
        let (terms, rate) = (terms(), Rate(65_250));
        let due = schedule(&fees(), &terms, None).unwrap()[1];
        let (mut claim, mut fee) = (Claim::drawn(&terms), Fee::new(&due));
        let last = last_day_of_grace(due.due, 15, &Calendar::default()).date;
        assert_eq!(last, day("2026-07-16"));
        // The 11th of July is a Saturday.
        assert_eq!(
            last_day_of_grace(due.due, 10, &Calendar::default()).date,
            day("2026-07-13")
        );
        let stands = |fee: &Fee, claim: &Claim, on| fee.standing(claim, &terms, last, day(on));
        assert_eq!(stands(&fee, &claim, "2026-07-01"), Standing::Active);
        assert_eq!(stands(&fee, &claim, "2026-07-02"), Standing::Grace);
        assert_eq!(stands(&fee, &claim, "2026-07-16"), Standing::Grace);
        assert_eq!(stands(&fee, &claim, "2026-07-17"), Standing::Terminated);
        fee.pay(&mut claim, &terms, rate, fen(25_999_999), day("2026-07-16"))
            .unwrap();
        assert_eq!(stands(&fee, &claim, "2026-07-16"), Standing::Grace);
        assert_eq!(stands(&fee, &claim, "2026-07-17"), Standing::Terminated);
        fee.pay(&mut claim, &terms, rate, fen(1), day("2026-07-16")).unwrap();
        assert_eq!(stands(&fee, &claim, "2026-07-17"), Standing::Active);
    }

    #[test]
    fn what_a_late_fee_bears_is_of_what_is_unpaid() {
        let (terms, rate) = (terms(), Rate(65_250));
        let (mut claim, mut fee) = (
            Claim::drawn(&terms),
            Fee::new(&schedule(&fees(), &terms, None).unwrap()[1]),
        );
        assert_eq!(fee.late(&terms, rate, day("2026-07-11")), fen(47_125));
        let paid = fee
            .pay(&mut claim, &terms, rate, fen(13_000_000), day("2026-07-11"))
            .unwrap();
        assert_eq!(
            (paid.late, paid.applied.total()),
            (fen(47_125), fen(13_000_000 - 47_125))
        );
        assert_eq!(fee.late(&terms, rate, day("2026-07-21")), fen(23_563));
    }

    #[test]
    fn a_fee_below_the_interest_leaves_interest_and_adds_nothing_to_the_principal() {
        let terms = terms();
        let fees = LicenceFees {
            fee: Amount::new(Currency::Cny, fen(1_000_000)),
            periods_from: None,
            begins: day("2026-01-01"),
            ends: day("2026-07-01"),
            ..fees()
        };
        let rows = forecast(
            &Claim::drawn(&terms),
            &terms,
            &schedule(&fees, &terms, None).unwrap(),
            &[],
        )
        .unwrap();
        let left: Vec<_> = rows
            .iter()
            .map(|row| (row.applied.interest, row.left.interest, row.left.principal))
            .collect();
        // 1,087,500 a quarter of 90 days, and 1,099,583 of 91 more.
        let whole = fen(100_000_000);
        assert_eq!(
            left,
            [
                (fen(1_000_000), fen(87_500), whole),
                (fen(1_000_000), fen(187_083), whole)
            ]
        );
    }

    proptest! {
        /// What a licensee pays is found again: as late interest, on the claim, or back with it.
        #[test]
        fn no_fen_of_a_fee_is_lost(payments in prop::collection::vec((0_i32..40, 0_i64..60_000_000), 1..8)) {
            let (terms, rate) = (terms(), Rate(65_250));
            let (mut claim, mut fee) = (Claim::drawn(&terms), Fee::new(&schedule(&fees(), &terms, None).unwrap()[0]));
            let mut on = fee.due;
            for (later, amount) in payments {
                on = Date(on.0 + later);
                let owed = claim.owed(&terms, on).total().plus(fee.late(&terms, rate, on));
                let paid = fee.pay(&mut claim, &terms, rate, fen(amount), on).unwrap();
                prop_assert_eq!(paid.late.plus(paid.applied.total()).plus(paid.applied.left), fen(amount));
                let rest = claim.owed(&terms, on).total().plus(fee.late(&terms, rate, on));
                prop_assert_eq!(owed.minus(rest), fen(amount).minus(paid.applied.left));
                prop_assert!(fee.is_sound(&terms));
            }
        }
    }
}
