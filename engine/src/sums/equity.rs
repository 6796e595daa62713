//! From a claim to shares: how many, who may, who has to agree, in which order, and until when (质权转股; RULES.md 2.7;
//! PLEDGES.md 2.7, F8).
//!
//! What always holds: shares at their price and what is left of the claim are the claim, to the fen.

use crate::kit::checks::require;
use alloc::vec::Vec;
use protocol::{
    Date, Money, Price, Reject,
    claim::{CompanyForm, Converter, EquityOrigin, EquityStep, Excess},
    rules::{Calendar, Counted},
    transfer::apportion,
};

/// The most holders of a limited company (公司法 42).
pub const LIMITED_HOLDERS_MAX: u32 = 50;
/// The most holders of a company of shares that is not public (证券法 9).
pub const JOINT_HOLDERS_MAX: u32 = 200;
/// How long a bank keeps shares that it took by enforcing, in months (商业银行法 42).
pub const EQUITY_MONTHS: u32 = 24;
/// How much longer a valuation is good for a sale whose notice came in time, in months (参考价规定 27).
pub const SALE_MONTHS: u32 = 6;
/// How long the register shows an increase of capital at most, in working days (注册资本规定 4).
pub const SHOWN_DAYS: u32 = 20;

/// What a claim becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The shares: as many as the claim pays, or its value where that is less (公司法 48).
    pub shares: u64,
    /// What is left below a share: it stays a debt.
    pub residue: Money,
    /// What of the claim lies above its value: waived or a debt, as agreed.
    pub claim_over_value: Money,
    /// The holder's part of all shares, in millionths, rounded down.
    pub stake_e6: u32,
}

impl Issue {
    /// What stays a debt.
    pub fn debt(&self, excess: Excess) -> Money {
        match excess {
            Excess::Waived => self.residue,
            Excess::Stays => self.residue.plus(self.claim_over_value),
        }
    }
}

/// Turns a claim into shares of a company that has `shares_before` of them.
///
/// # Errors
/// [`Reject::AmountInvalid`] where the price is nothing, [`Reject::NothingToIssue`].
pub fn issue(claim: Money, value: Money, price: Price, shares_before: u64) -> Result<Issue, Reject> {
    require(
        price.minor() > 0 && claim.min(value) >= Money::ZERO,
        Reject::AmountInvalid,
    )?;
    let worth = claim.min(value);
    let shares = worth.minor() / price.minor();
    require(shares > 0, Reject::NothingToIssue)?;
    let (shares, residue) = (shares.unsigned_abs(), Money::from_minor(worth.minor() % price.minor()));
    let stake = u128::from(shares) * 1_000_000 / (u128::from(shares_before) + u128::from(shares));
    Ok(Issue {
        shares,
        residue,
        claim_over_value: claim.minus(worth),
        stake_e6: u32::try_from(stake).expect("a part of the whole"),
    })
}

/// A bank does not turn its own claim, unless the state says otherwise (银保监会令2018年第4号 4; 商业银行法 43).
///
/// # Errors
/// [`Reject::BankDirectD2e`].
pub fn check_converter(converter: Converter, state_exception: bool) -> Result<(), Reject> {
    require(converter != Converter::Bank || state_exception, Reject::BankDirectD2e)
}

/// Whether a company may have this many new holders: who holds already is none.
///
/// # Errors
/// [`Reject::HolderCap`], [`Reject::HolderCap50`].
pub fn check_holders(form: CompanyForm, holders: u32, new: u32) -> Result<(), Reject> {
    let after = holders.saturating_add(new);
    let within = |most| new == 0 || after <= most;
    match form {
        CompanyForm::Limited => require(within(LIMITED_HOLDERS_MAX), Reject::HolderCap50),
        CompanyForm::Joint => require(within(JOINT_HOLDERS_MAX), Reject::HolderCap),
        CompanyForm::Public => Ok(()),
    }
}

/// The votes of a meeting that increases capital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Votes {
    /// All there are.
    pub all: u64,
    /// Those present.
    pub present: u64,
    /// Those for it.
    pub in_favour: u64,
}

/// Two thirds, exactly two thirds among them: of all votes in a limited company (公司法 66), of those present in one of
/// shares (116).
///
/// # Errors
/// [`Reject::VoteShort`].
pub fn check_votes(form: CompanyForm, votes: Votes) -> Result<(), Reject> {
    let base = match form {
        CompanyForm::Limited => votes.all,
        CompanyForm::Joint | CompanyForm::Public => votes.present,
    };
    let (three, two) = (3 * u128::from(votes.in_favour), 2 * u128::from(base));
    require(base > 0 && three >= two, Reject::VoteShort)
}

/// How many of the new shares each holder of a limited company may subscribe first: by what it paid in, the odd ones by
/// the larger remainder (公司法 227).
///
/// # Panics
/// Where nothing is paid in at all.
pub fn preemption(new_shares: u64, paid_in: &[Money]) -> Vec<u64> {
    let parts: Vec<u64> = paid_in.iter().map(|paid| paid.minor().unsigned_abs()).collect();
    let total = i64::try_from(new_shares).expect("shares are bought with money that fits");
    apportion(total, &parts).into_iter().map(i64::unsigned_abs).collect()
}

/// Whether shares may be issued past those who could subscribe first: in a limited company all of them waived, or had
/// agreed otherwise before; in one of shares nobody could, unless its charter or meeting says so (公司法 227).
///
/// # Errors
/// [`Reject::PreemptionStands`].
pub fn check_preemption(form: CompanyForm, all_waived: bool) -> Result<(), Reject> {
    require(form != CompanyForm::Limited || all_waived, Reject::PreemptionStands)
}

/// Which way a claim takes to shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// A bank held the claim, so it is sold first.
    pub of_a_bank: bool,
    /// What company issues.
    pub form: CompanyForm,
}

impl Path {
    /// The steps of it, in order.
    pub fn steps(self) -> impl Iterator<Item = EquityStep> {
        let takes = move |step: &EquityStep| match step {
            EquityStep::ClaimAssigned => self.of_a_bank,
            EquityStep::PreemptionWaived => self.form == CompanyForm::Limited,
            _ => true,
        };
        EquityStep::ALL.iter().copied().filter(takes)
    }

    /// Whether this step follows those that were done. The pledge is released once the register shows the holder: till
    /// then the creditor would have neither.
    ///
    /// # Errors
    /// [`Reject::StateForbids`], [`Reject::ReleaseBeforeRegistered`].
    pub fn check(self, done: &[EquityStep], step: EquityStep) -> Result<(), Reject> {
        let follows = self.steps().take(done.len()).eq(done.iter().copied());
        let next = self.steps().nth(done.len()) == Some(step);
        let early = step == EquityStep::PledgeReleased && !done.contains(&EquityStep::Registered);
        require(follows && (next || early), Reject::StateForbids)?;
        require(!early, Reject::ReleaseBeforeRegistered)
    }
}

/// Until when shares have to be sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disposal {
    /// Two years by the calendar: the alarm runs on it.
    pub nominal: Date,
    /// The same, moved off a day off (民法典 203, as we read it).
    pub last_day: Counted,
}

/// Until when a bank has to sell shares that it took by enforcing a mortgage or pledge (商业银行法 42). Nobody else has
/// to, and no shares that a claim was turned into.
pub fn dispose_by(holder: Converter, origin: EquityOrigin, acquired: Date, calendar: &Calendar) -> Option<Disposal> {
    let nominal = acquired.plus_months(EQUITY_MONTHS);
    let disposal = Disposal {
        nominal,
        last_day: calendar.last_day(nominal),
    };
    Some(disposal).filter(|_| holder == Converter::Bank && origin == EquityOrigin::Enforcement)
}

/// The last day of an opinion of value.
pub fn valid_to(base: Date, months: u32) -> Date {
    base.plus_months(months)
}

/// Whether an opinion is good on the day of the resolution: on its last day it is.
///
/// # Errors
/// [`Reject::ValuationExpired`].
pub fn check_valuation(valid_to: Date, on: Date) -> Result<(), Reject> {
    require(on <= valid_to, Reject::ValuationExpired)
}

/// The last day of a sale whose notice came while the opinion was good: six months more (参考价规定 27).
///
/// # Errors
/// [`Reject::ValuationExpired`].
pub fn last_sale_day(valid_to: Date, notice: Date) -> Result<Date, Reject> {
    check_valuation(valid_to, notice)?;
    Ok(valid_to.plus_months(SALE_MONTHS))
}

/// The last day on which the register has to show an increase of capital that was decided on a day (注册资本规定 4).
///
/// # Errors
/// [`Reject::CalendarEnds`].
pub fn shown_by(decided: Date, calendar: &Calendar) -> Result<Date, Reject> {
    calendar.plus_working_days(decided, SHOWN_DAYS)
}

/// An investment company's own money in shares: a tenth of its last quarter's total assets at most (金办发〔2024〕100号).
///
/// # Errors
/// [`Reject::AicPilotCap`].
pub fn check_aic_pilot(assets: Money, invested: Money) -> Result<(), Reject> {
    let within = 10 * i128::from(invested.minor()) <= i128::from(assets.minor());
    require(within, Reject::AicPilotCap)
}

/// Its part of one fund: three tenths at most.
///
/// # Errors
/// [`Reject::AicFundCap`].
pub fn check_aic_fund(fund: Money, invested: Money) -> Result<(), Reject> {
    let within = 10 * i128::from(invested.minor()) <= 3 * i128::from(fund.minor());
    require(within, Reject::AicFundCap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use EquityStep::{
        ClaimAssigned, Disposed, Held, Issued, PledgeReleased, PreemptionWaived, Registered, Valued, Voted,
    };
    use proptest::prelude::*;

    #[test]
    fn the_pledge_goes_when_the_register_shows_the_holder_and_not_before() {
        let path = Path {
            of_a_bank: true,
            form: CompanyForm::Limited,
        };
        let all = [
            ClaimAssigned,
            Valued,
            Voted,
            PreemptionWaived,
            Issued,
            Registered,
            PledgeReleased,
            Held,
            Disposed,
        ];
        for (count, step) in all.into_iter().enumerate() {
            for &other in EquityStep::ALL {
                let early = other == PledgeReleased && count < 6;
                let answer = match other {
                    _ if other == step => Ok(()),
                    _ if early => Err(Reject::ReleaseBeforeRegistered),
                    _ => Err(Reject::StateForbids),
                };
                assert_eq!(path.check(&all[..count], other), answer, "{other:?} after {count}");
            }
        }
        let short = Path {
            of_a_bank: false,
            form: CompanyForm::Joint,
        };
        assert_eq!(short.check(&[Valued, Voted], Issued), Ok(()));
        assert_eq!(short.check(&[Voted], Issued), Err(Reject::StateForbids));
    }

    #[test]
    fn only_a_bank_that_enforced_has_two_years() {
        let by = |holder, origin| dispose_by(holder, origin, Date(20_000), &Calendar::default()).is_some();
        assert!(by(Converter::Bank, EquityOrigin::Enforcement));
        assert!(!by(Converter::Bank, EquityOrigin::Conversion));
        assert!(!by(Converter::Aic, EquityOrigin::Enforcement) && !by(Converter::Fund, EquityOrigin::Conversion));
    }

    #[test]
    fn holders_of_a_limited_company_subscribe_first_unless_all_waive() {
        let paid = [600, 300, 100].map(Money::from_minor);
        assert_eq!(preemption(101, &paid), [61, 30, 10]);
        assert_eq!(
            check_preemption(CompanyForm::Limited, false),
            Err(Reject::PreemptionStands)
        );
        assert_eq!(check_preemption(CompanyForm::Limited, true), Ok(()));
        assert_eq!(check_preemption(CompanyForm::Joint, false), Ok(()));
    }

    #[test]
    fn who_holds_already_is_no_new_holder_however_many_there_are() {
        assert_eq!(check_holders(CompanyForm::Limited, 51, 0), Ok(()));
        assert_eq!(check_holders(CompanyForm::Joint, 201, 0), Ok(()));
        assert_eq!(check_holders(CompanyForm::Joint, 201, 1), Err(Reject::HolderCap));
        assert_eq!(check_holders(CompanyForm::Public, 5_000, 1), Ok(()));
    }

    #[test]
    fn a_meeting_without_votes_decides_nothing() {
        let none = Votes {
            all: 0,
            present: 0,
            in_favour: 0,
        };
        assert_eq!(check_votes(CompanyForm::Joint, none), Err(Reject::VoteShort));
    }

    #[test]
    fn what_stays_a_debt_beyond_the_value_is_as_agreed() {
        let fen = Money::from_minor;
        let of = issue(fen(1_005), fen(805), Price::from_minor(10), 0).unwrap();
        assert_eq!(
            (of.shares, of.residue, of.claim_over_value, of.stake_e6),
            (80, fen(5), fen(200), 1_000_000)
        );
        assert_eq!((of.debt(Excess::Waived), of.debt(Excess::Stays)), (fen(5), fen(205)));
        assert_eq!(
            issue(fen(10), fen(10), Price::from_minor(0), 0),
            Err(Reject::AmountInvalid)
        );
        assert_eq!(
            issue(fen(10), fen(0), Price::from_minor(1), 0),
            Err(Reject::NothingToIssue)
        );
    }

    proptest! {
        #[test]
        fn shares_residue_and_excess_are_the_claim(
            claim in 0..=i64::MAX,
            value in 0..=i64::MAX,
            price in 1..=i64::MAX,
            before in 0..=u64::MAX,
        ) {
            match issue(Money::from_minor(claim), Money::from_minor(value), Price::from_minor(price), before) {
                Ok(of) => {
                    let bought = i128::from(of.shares) * i128::from(price);
                    let rest = i128::from(of.residue.minor()) + i128::from(of.claim_over_value.minor());
                    prop_assert_eq!(bought + rest, i128::from(claim));
                    prop_assert!(of.residue.minor() < price && of.stake_e6 <= 1_000_000);
                }
                Err(reject) => prop_assert!(reject == Reject::NothingToIssue && claim.min(value) < price),
            }
        }
    }
}
