//! What a guarantor, those behind it and an insurer bear of a loss; how much a guarantor may stand for; and until when,
//! and how, it has to be called on (PLEDGES.md 2.9, 1.4; 民法典 686 to 693; 担保解释 27, 31, 32, 34).
//!
//! What always holds: the parts add up to the loss; no period is longer than was agreed, and where none is agreed it is
//! the law's six months. Who takes over whose pledge by paying is the waterfall's business.

use super::pools::{Borne, part, split_loss};
use crate::kit::checks::require;
use core::ops::RangeInclusive;
use protocol::{
    BasisPoints, Date, Money, Reject,
    claim::{GuaranteeKind, GuaranteePeriod, Guarantor, TERM_YEARS_MAX},
    risk::{
        Bearer, CALLS_MAX, Call, CallKind, CalledFirst, GuarantorLimits, InsuranceTerms, LossShare, ReGuaranteeTerms,
        ReGuaranteed, ReGuarantees,
    },
    rules::{Calendar, Counted},
    transfer::split,
    units::BASIS_POINTS_ONE,
};

/// What the law gives where no period is agreed (民法典 692(2)).
const SILENT_MONTHS: u32 = 6;

/// A loss between bank, guarantor and re-guarantor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The bank bears this.
    pub bank: Money,
    /// The guarantor pays this to the bank.
    pub guarantor_pays: Money,
    /// It has this back from its re-guarantor.
    pub re_guarantor: Money,
    /// And bears this.
    pub guarantor_net: Money,
}

/// Divides a loss between bank and guarantor, then what the guarantor pays between it and its re-guarantor: Hamilton
/// both times, whoever is nearer to the loan first.
pub fn share(loss: Money, bank: u32, guarantor: u32, re_guaranteed: BasisPoints) -> Result<Shared, Reject> {
    require(re_guaranteed.0 <= BASIS_POINTS_ONE, Reject::LossSharesInvalid)?;
    let parts = [(Bearer::Bank, bank), (Bearer::Guarantor, guarantor)];
    let parts = parts.map(|(bearer, weight)| LossShare { bearer, weight });
    let between = split_loss(loss, &parts)?;
    let re = u32::from(re_guaranteed.0);
    let behind = split(between[1].amount, &[u32::from(BASIS_POINTS_ONE) - re, re]);
    Ok(Shared {
        bank: between[0].amount,
        guarantor_pays: between[1].amount,
        re_guarantor: behind[1],
        guarantor_net: behind[0],
    })
}

/// Whether a fund re-guarantees such a part of what a guarantor pays.
pub fn check_re_guaranteed(band: &RangeInclusive<BasisPoints>, part: BasisPoints) -> Result<(), Reject> {
    require(band.contains(&part), Reject::LossSharesInvalid)
}

/// Whether the parts of a loss are such as a fund takes them: the bank bears its least, and the fund no more than its
/// part.
pub fn check_parts(terms: &ReGuaranteeTerms, shares: &[LossShare]) -> Result<(), Reject> {
    super::pools::check_shares(shares)?;
    let whole: u64 = shares.iter().map(|share| u64::from(share.weight)).sum();
    let weight = |bearer: Bearer| {
        let of = shares.iter().filter(|share| share.bearer == bearer);
        of.map(|share| u128::from(share.weight)).sum::<u128>() * u128::from(BASIS_POINTS_ONE)
    };
    let bound = |part: BasisPoints| u128::from(whole) * u128::from(part.0);
    require(weight(Bearer::Fund) <= bound(terms.fund), Reject::LossSharesInvalid)?;
    require(weight(Bearer::Bank) >= bound(terms.bank_least), Reject::BankShareTooLow)
}

/// Divides a loss among all who bear it, on a fund's terms.
pub fn share_on_terms(
    terms: &ReGuaranteeTerms,
    loss: Money,
    shares: &[LossShare],
) -> Result<alloc::vec::Vec<Borne>, Reject> {
    check_parts(terms, shares)?;
    split_loss(loss, shares)
}

/// Whether a fund re-guarantees a guarantor of a loan so: by parts of a loss of which the bank's is what the guarantor
/// does not cover, or by a part of what the guarantor pays.
pub fn check_re_guarantee(
    terms: &ReGuarantees,
    guarantor: &Guarantor,
    shares: &[LossShare],
    part: Option<BasisPoints>,
) -> Result<(), Reject> {
    match (terms, part) {
        (ReGuarantees::OfLoss(terms), None) => {
            check_parts(terms, shares)?;
            let [bank, own, fund] = weights(shares);
            let (one, whole) = (u64::from(BASIS_POINTS_ONE), bank + own + fund);
            let uncovered = one - u64::from(guarantor.part.map_or(BASIS_POINTS_ONE, |part| part.0));
            let all = shares.iter().map(|share| u64::from(share.weight)).sum::<u64>() == whole;
            let fits = all && fund > 0 && bank * one == whole * uncovered;
            require(fits, Reject::ReGuaranteeInvalid)
        }
        (ReGuarantees::OfPaid(band), Some(part)) if shares.is_empty() => check_re_guaranteed(band, part),
        _ => Err(Reject::ReGuaranteeInvalid),
    }
}

/// The parts of bank, guarantor and fund.
fn weights(shares: &[LossShare]) -> [u64; 3] {
    [Bearer::Bank, Bearer::Guarantor, Bearer::Fund].map(|bearer| {
        let of = shares.iter().filter(|share| share.bearer == bearer);
        of.map(|share| u64::from(share.weight)).sum()
    })
}

/// Who bears what a re-guaranteed guarantor paid: it, and its fund. Where the fund bears a part of the loss, that is the
/// loss of which guarantor and fund together bear what was paid.
pub fn re_guaranteed(terms: &ReGuarantees, by: &ReGuaranteed, paid: Money) -> Result<[Borne; 2], Reject> {
    let (own, fund, bears) = match (terms, by.part) {
        (ReGuarantees::OfPaid(_), Some(part)) => {
            let bears = share(paid, 0, 1, part)?.re_guarantor;
            (u32::from(BASIS_POINTS_ONE - part.0), u32::from(part.0), bears)
        }
        (ReGuarantees::OfLoss(terms), None) => {
            let [bank, own, fund] = weights(&by.shares);
            let (whole, behind) = (i128::from(bank + own + fund), i128::from(own + fund));
            let loss = i128::from(paid.minor()) * whole / behind;
            let loss = Money::from_minor(i64::try_from(loss).map_err(|_| Reject::MoneyLimit)?);
            let borne = share_on_terms(terms, loss, &by.shares)?;
            let bears = borne.iter().filter(|one| one.share.bearer == Bearer::Fund);
            let bears = bears.fold(Money::ZERO, |sum, one| sum.plus(one.amount));
            let narrow = |weight: u64| u32::try_from(weight).expect("each bears once");
            (narrow(own), narrow(fund), bears.min(paid))
        }
        _ => return Err(Reject::ReGuaranteeInvalid),
    };
    let borne = |bearer, weight, amount| Borne {
        share: LossShare { bearer, weight },
        amount,
        got: Money::ZERO,
    };
    Ok([
        borne(Bearer::Guarantor, own, paid.minus(bears)),
        borne(Bearer::Fund, fund, bears),
    ])
}

/// What a fund is paid for re-guaranteeing a debt until it is due: its yearly fee for each year that begins, of the part
/// that it bears itself. A fund that says a part of what is paid has published no fee.
pub fn fee_until_due(
    terms: &ReGuarantees,
    shares: &[LossShare],
    (guaranteed, of_borrower): (Money, Money),
    (today, due): (Date, Date),
) -> Money {
    let ReGuarantees::OfLoss(terms) = terms else {
        return Money::ZERO;
    };
    let [bank, own, fund] = weights(shares);
    let risked = fund * u64::from(BASIS_POINTS_ONE) / (bank + own + fund);
    let fund = BasisPoints(u16::try_from(risked).expect("a part of the whole"));
    let yearly = re_guarantee_fee(&ReGuaranteeTerms { fund, ..*terms }, guaranteed, of_borrower);
    let begins = |year: &u32| *year == 0 || today.plus_months(12 * year) < due;
    (0..=TERM_YEARS_MAX)
        .take_while(begins)
        .fold(Money::ZERO, |sum, _| sum.plus(yearly))
}

/// A fund's yearly fee for a guaranteed debt: of the part that the fund itself risks, by the lower rate where the
/// borrower's guaranteed debts together are small. One rounding, half-up.
pub fn re_guarantee_fee(terms: &ReGuaranteeTerms, guaranteed: Money, of_borrower: Money) -> Money {
    let small = of_borrower <= terms.small_up_to.money;
    let fee = if small { terms.small_fee } else { terms.fee };
    part_of_part(guaranteed, terms.fund, fee)
}

/// A part of a part, rounded once, half-up.
fn part_of_part(amount: Money, first: BasisPoints, second: BasisPoints) -> Money {
    let one = i128::from(BASIS_POINTS_ONE);
    let exact = i128::from(amount.minor()) * i128::from(first.0) * i128::from(second.0);
    let rounded = (exact + one * one / 2).div_euclid(one * one);
    Money::from_minor(i64::try_from(rounded).expect("a part of what fits fits"))
}

/// What a guarantor stands for, the new guarantee included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// In all.
    pub all: Money,
    /// For the debtor.
    pub debtor: Money,
    /// For the debtor and its affiliates.
    pub group: Money,
}

/// Whether a guarantor may stand for so much; each limit is inclusive (融资担保公司监督管理条例 15, 16).
pub fn check_limits(
    limits: &GuarantorLimits,
    net_assets: Money,
    outstanding: &Outstanding,
    small_business: bool,
) -> Result<(), Reject> {
    let wide = |money: Money| i128::from(money.minor());
    let assets = wide(net_assets);
    let times = if small_business {
        limits.small_business_times
    } else {
        limits.outstanding_times
    };
    require(
        wide(outstanding.all) <= assets * i128::from(times),
        Reject::GuarantorLeverage,
    )?;
    let within =
        |money: Money, part: BasisPoints| wide(money) * i128::from(BASIS_POINTS_ONE) <= assets * i128::from(part.0);
    require(within(outstanding.debtor, limits.one_debtor), Reject::SingleNameCap)?;
    require(within(outstanding.group, limits.one_group), Reject::GroupCap)
}

/// The last day of a guarantee's period by its terms: what is no period by law runs six months from the day the debt is
/// due (民法典 692(2); 担保解释 32).
pub fn period_ends(period: &GuaranteePeriod, due: Date) -> Date {
    let by_law = due.plus_months(SILENT_MONTHS);
    match *period {
        GuaranteePeriod::NotAgreed | GuaranteePeriod::UntilPaid | GuaranteePeriod::Months(0) => by_law,
        GuaranteePeriod::Until(end) if end <= due => by_law,
        GuaranteePeriod::Until(end) => end,
        GuaranteePeriod::Months(months) => due.plus_months(months),
    }
}

/// The last day on which a guarantor may be called on: that of its period, or the next that works (民法典 203: how a term
/// is counted, not an extension, which 692(1) bars; a reading).
pub fn last_day(period: &GuaranteePeriod, due: Date, calendar: &Calendar) -> Counted {
    calendar.last_day(period_ends(period, due))
}

/// Whether a guarantor was called on after the debt was due and by the last day, in the way that its kind asks for (民法典
/// 693). One who is liable jointly is asked, or served with a suit; one who is liable generally, or does not say,
/// answers only if the debtor was sued. A suit that was withdrawn is none, but whoever was served with it has been
/// asked (担保解释 31).
pub fn check_called(kind: GuaranteeKind, due: Date, last: Date, calls: &[Call]) -> Result<(), Reject> {
    require(calls.len() <= CALLS_MAX, Reject::DatesInvalid)?;
    let counts = |call: &Call| match (kind, call.how) {
        (GuaranteeKind::Joint, CallKind::Asked) => true,
        (GuaranteeKind::Joint, CallKind::Sued) => !call.withdrawn || call.served,
        (GuaranteeKind::General | GuaranteeKind::NotSaid, CallKind::Asked) => false,
        (GuaranteeKind::General | GuaranteeKind::NotSaid, CallKind::Sued) => !call.withdrawn,
    };
    let in_time = |call: &&Call| due < call.on && call.on <= last;
    require(calls.iter().filter(in_time).any(counts), Reject::GuaranteeLapsed)
}

/// Whether a guarantor has to pay now. One who is liable generally, or does not say, may first see the debt judged and
/// executed in vain (先诉抗辩权; 民法典 687(2)), unless one of the law's grounds takes that away.
pub fn check_turn(kind: GuaranteeKind, executed_in_vain: bool, first: Option<CalledFirst>) -> Result<(), Reject> {
    let has_to = match kind {
        GuaranteeKind::Joint => true,
        GuaranteeKind::General | GuaranteeKind::NotSaid => executed_in_vain || first.is_some(),
    };
    require(has_to, Reject::DebtorFirst)
}

/// What a guarantor covers of a debt, rounded half-up.
pub fn covers(guarantor: &Guarantor, debt: Money) -> Money {
    part(debt, guarantor.part.unwrap_or(BasisPoints(BASIS_POINTS_ONE)))
}

/// What a guarantor covers of what is owed, less what the sale of the pledge brought beside it. One who pays as for a loan
/// on credit does not wait for the sale, and has its part of the proceeds later (the Guidance, art. 9); another waits.
pub fn compensate_as_credit(guarantor: &Guarantor, owed: Money, sale: Option<Money>) -> Result<Money, Reject> {
    require(guarantor.as_credit || sale.is_some(), Reject::DebtorFirst)?;
    let rest = owed.checked_sub(sale.unwrap_or(Money::ZERO)).unwrap_or(Money::ZERO);
    Ok(covers(guarantor, rest))
}

/// What a guarantor still answers for that covers so much of a debt: up to what it promised at most (民法典 691), less what
/// it is free of and what it paid of that debt.
pub fn answers_for(guarantor: &Guarantor, covered: Money, freed: Money, paid: Money) -> Money {
    let most = guarantor.most.map_or(covered, |most| covered.min(most.money));
    let left = most.checked_sub(freed).and_then(|left| left.checked_sub(paid));
    left.unwrap_or(Money::ZERO)
}

/// What an insurer of a loan pays: what it covers of the loss, less the deductible, up to its limit. One rounding,
/// half-up.
pub fn insured(terms: &InsuranceTerms, loss: Money) -> Result<Money, Reject> {
    let fits = terms.cover.0 <= BASIS_POINTS_ONE && terms.deductible.0 <= BASIS_POINTS_ONE;
    require(fits, Reject::LossSharesInvalid)?;
    let kept = BasisPoints(BASIS_POINTS_ONE - terms.deductible.0);
    Ok(part_of_part(loss, terms.cover, kept).min(terms.limit.money))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::{
        Amount, Currency, Digest,
        risk::{GUARANTOR_LIMITS, NATIONAL_FUND_2019, SHENZHEN_RE_GUARANTEE},
    };

    fn fen(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn call(how: CallKind, on: &str) -> Call {
        Call {
            how,
            on: day(on),
            withdrawn: false,
            served: false,
            evidence: Digest([0; 32]),
        }
    }

    fn guarantor(part: u16, as_credit: bool) -> Guarantor {
        Guarantor {
            part: Some(BasisPoints(part)),
            as_credit,
            ..Guarantor::joint(protocol::EntityId(1))
        }
    }

    #[test]
    fn what_is_no_period_ends_six_months_after_the_debt_is_due() {
        let due = day("2026-03-31");
        for (period, end) in [
            (GuaranteePeriod::NotAgreed, "2026-09-30"),
            (GuaranteePeriod::UntilPaid, "2026-09-30"),
            (GuaranteePeriod::Until(day("2026-03-31")), "2026-09-30"),
            (GuaranteePeriod::Until(day("2026-03-30")), "2026-09-30"),
            (GuaranteePeriod::Until(day("2026-04-01")), "2026-04-01"),
            (GuaranteePeriod::Months(0), "2026-09-30"),
            (GuaranteePeriod::Months(36), "2029-03-31"),
        ] {
            assert_eq!(period_ends(&period, due), day(end), "{period:?}");
        }
        // 2026-08-29 is a Saturday.
        let calendar = Calendar {
            years: [2026].into(),
            ..Calendar::default()
        };
        let counted = last_day(&GuaranteePeriod::NotAgreed, day("2026-02-28"), &calendar);
        assert_eq!((counted.date, counted.known), (day("2026-08-28"), true));
        let counted = last_day(&GuaranteePeriod::Until(day("2026-08-29")), day("2026-02-28"), &calendar);
        assert_eq!(counted.date, day("2026-08-31"));
    }

    #[test]
    fn a_call_counts_within_the_period_and_in_its_kind_s_form() {
        use CallKind::{Asked, Sued};
        use GuaranteeKind::{General, Joint, NotSaid};
        let (due, last) = (day("2026-03-31"), day("2026-09-30"));
        let lapsed = Err(Reject::GuaranteeLapsed);
        for (kind, how, on, answer) in [
            (Joint, Asked, "2026-09-30", Ok(())),
            (Joint, Asked, "2026-10-01", lapsed),
            (Joint, Asked, "2026-03-31", lapsed),
            (General, Asked, "2026-05-01", lapsed),
            (NotSaid, Asked, "2026-05-01", lapsed),
            (NotSaid, Sued, "2026-05-01", Ok(())),
            (General, Sued, "2026-10-01", lapsed),
        ] {
            assert_eq!(
                check_called(kind, due, last, &[call(how, on)]),
                answer,
                "{kind:?} {how:?} {on}"
            );
        }
        let mut withdrawn = call(Sued, "2026-05-01");
        withdrawn.withdrawn = true;
        assert_eq!(check_called(General, due, last, &[withdrawn]), lapsed);
        assert_eq!(check_called(Joint, due, last, &[withdrawn]), lapsed);
        withdrawn.served = true;
        assert_eq!(check_called(General, due, last, &[withdrawn]), lapsed);
        assert_eq!(check_called(Joint, due, last, &[withdrawn]), Ok(()));
        let again = call(Sued, "2026-09-01");
        assert_eq!(check_called(General, due, last, &[withdrawn, again]), Ok(()));
    }

    #[test]
    fn a_general_guarantor_comes_after_execution_in_vain() {
        assert_eq!(
            check_turn(GuaranteeKind::NotSaid, false, None),
            Err(Reject::DebtorFirst)
        );
        assert_eq!(check_turn(GuaranteeKind::General, true, None), Ok(()));
        assert_eq!(
            check_turn(GuaranteeKind::General, false, Some(CalledFirst::Bankruptcy)),
            Ok(())
        );
        assert_eq!(check_turn(GuaranteeKind::Joint, false, None), Ok(()));
    }

    #[test]
    fn one_who_pays_as_for_credit_does_not_wait_for_the_sale() {
        let terms = guarantor(8_000, true);
        assert_eq!(compensate_as_credit(&terms, fen(1_001), None), Ok(fen(801)));
        let waits = guarantor(8_000, false);
        assert_eq!(compensate_as_credit(&waits, fen(1_001), None), Err(Reject::DebtorFirst));
        assert_eq!(compensate_as_credit(&waits, fen(1_001), Some(fen(601))), Ok(fen(320)));
        assert_eq!(
            compensate_as_credit(&terms, fen(1_001), Some(fen(2_000))),
            Ok(Money::ZERO)
        );
    }

    #[test]
    fn a_guarantor_answers_once_and_up_to_what_it_promised() {
        let mut terms = guarantor(8_000, true);
        let left =
            |terms: &Guarantor, freed, paid| answers_for(terms, covers(terms, fen(1_000)), fen(freed), fen(paid));
        assert_eq!(
            [left(&terms, 0, 0), left(&terms, 300, 0), left(&terms, 300, 500)],
            [800, 500, 0].map(fen)
        );
        terms.most = Some(Amount::new(Currency::Cny, fen(600)));
        assert_eq!(
            [left(&terms, 0, 0), left(&terms, 0, 100), left(&terms, 700, 0)],
            [600, 500, 0].map(fen)
        );
    }

    fn shares(bank: u32, guarantor: u32, fund: u32) -> [LossShare; 3] {
        let parts = [
            (Bearer::Bank, bank),
            (Bearer::Guarantor, guarantor),
            (Bearer::Fund, fund),
        ];
        parts.map(|(bearer, weight)| LossShare { bearer, weight })
    }

    #[test]
    fn a_fund_says_what_it_bears_of_the_loss_or_of_what_is_paid() {
        let (of_loss, of_paid) = (
            ReGuarantees::OfLoss(NATIONAL_FUND_2019),
            ReGuarantees::OfPaid(SHENZHEN_RE_GUARANTEE),
        );
        let terms = guarantor(8_000, true);
        let half = Some(BasisPoints(5_000));
        let invalid = Err(Reject::ReGuaranteeInvalid);
        for (by, parts, part, answer) in [
            (&of_loss, &shares(20, 60, 20)[..], None, Ok(())),
            // The bank's part is what the guarantor does not cover.
            (&of_loss, &shares(30, 50, 20), None, invalid),
            (&of_loss, &shares(20, 80, 0), None, invalid),
            (&of_loss, &shares(20, 60, 20), half, invalid),
            (&of_loss, &[], half, invalid),
            (&of_paid, &[], half, Ok(())),
            (&of_paid, &shares(20, 60, 20), half, invalid),
            (&of_paid, &[], None, invalid),
        ] {
            assert_eq!(check_re_guarantee(by, &terms, parts, part), answer, "{by:?} {part:?}");
        }
        let by = |shares: &[LossShare], part| ReGuaranteed {
            guarantor: protocol::EntityId(1),
            shares: shares.to_vec(),
            part,
            fee: Amount::new(Currency::Cny, Money::ZERO),
            contract: Digest([0; 32]),
        };
        let bears = |terms, by, paid| {
            re_guaranteed(terms, &by, fen(paid))
                .unwrap()
                .map(|one| one.amount.minor())
        };
        // RULES.md 7.5: 80 % of 1,642,312.57, half of it re-guaranteed.
        assert_eq!(bears(&of_paid, by(&[], half), 131_385_006), [65_692_503, 65_692_503]);
        // A fifth of the loss is a quarter of what its four fifths are.
        assert_eq!(bears(&of_loss, by(&shares(20, 60, 20), None), 801), [601, 200]);
        assert_eq!(bears(&of_loss, by(&shares(20, 70, 10), None), 801), [701, 100]);
    }

    #[test]
    fn a_fund_is_paid_for_each_year_that_begins() {
        let of_loss = ReGuarantees::OfLoss(NATIONAL_FUND_2019);
        let fee = |parts: [LossShare; 3], due: &str| {
            let debt = (fen(100_000_000), fen(100_000_000));
            fee_until_due(&of_loss, &parts, debt, (day("2026-03-02"), day(due))).minor()
        };
        let fifth = shares(20, 60, 20);
        assert_eq!(fee(fifth, "2027-03-02"), 60_000);
        assert_eq!(fee(fifth, "2027-03-03"), 120_000);
        assert_eq!(fee(fifth, "2026-03-02"), 60_000);
        // A tenth is half of that risk.
        assert_eq!(fee(shares(20, 70, 10), "2027-03-02"), 30_000);
        let of_paid = ReGuarantees::OfPaid(SHENZHEN_RE_GUARANTEE);
        let debt = (fen(100_000_000), fen(100_000_000));
        assert_eq!(
            fee_until_due(&of_paid, &[], debt, (day("2026-03-02"), day("2027-03-02"))),
            Money::ZERO
        );
    }

    #[test]
    fn a_fund_takes_no_loan_of_which_its_bank_bears_too_little() {
        let terms = &NATIONAL_FUND_2019;
        assert_eq!(check_parts(terms, &shares(20, 60, 20)), Ok(()));
        assert_eq!(check_parts(terms, &shares(19, 61, 20)), Err(Reject::BankShareTooLow));
        assert_eq!(check_parts(terms, &shares(20, 59, 21)), Err(Reject::LossSharesInvalid));
        let borne = share_on_terms(terms, fen(101), &shares(20, 60, 20)).unwrap();
        let amounts: alloc::vec::Vec<_> = borne.iter().map(|one| one.amount.minor()).collect();
        assert_eq!(amounts, [20, 61, 20]);
    }

    #[test]
    fn shenzhen_re_guarantees_from_a_fifth_to_half() {
        let check = |part| check_re_guaranteed(&SHENZHEN_RE_GUARANTEE, BasisPoints(part));
        assert_eq!((check(2_000), check(5_000)), (Ok(()), Ok(())));
        for outside in [1_999, 5_001] {
            assert_eq!(check(outside), Err(Reject::LossSharesInvalid));
        }
    }

    #[test]
    fn the_smaller_fee_hangs_on_all_that_the_borrower_has_guaranteed() {
        let fee = |of_borrower| re_guarantee_fee(&NATIONAL_FUND_2019, fen(100_000_000), fen(of_borrower)).minor();
        assert_eq!((fee(500_000_000), fee(500_000_001)), (60_000, 100_000));
    }

    #[test]
    fn the_first_limit_that_is_passed_is_told() {
        let outstanding = |all, debtor, group| Outstanding {
            all: fen(all),
            debtor: fen(debtor),
            group: fen(group),
        };
        let check = |outstanding| check_limits(&GUARANTOR_LIMITS, fen(100), &outstanding, false);
        assert_eq!(check(outstanding(1_000, 10, 15)), Ok(()));
        assert_eq!(check(outstanding(1_001, 11, 16)), Err(Reject::GuarantorLeverage));
        assert_eq!(check(outstanding(1_000, 11, 16)), Err(Reject::SingleNameCap));
        assert_eq!(check(outstanding(1_000, 10, 16)), Err(Reject::GroupCap));
    }

    #[test]
    fn an_insurer_pays_no_more_than_its_limit() {
        let terms = |cover, deductible, limit| InsuranceTerms {
            cover: BasisPoints(cover),
            deductible: BasisPoints(deductible),
            limit: Amount::new(Currency::Cny, fen(limit)),
        };
        assert_eq!(insured(&terms(7_000, 1_000, 1_000), fen(101)), Ok(fen(64)));
        assert_eq!(insured(&terms(7_000, 1_000, 60), fen(101)), Ok(fen(60)));
        assert_eq!(insured(&terms(10_001, 0, 60), fen(101)), Err(Reject::LossSharesInvalid));
    }

    proptest! {
        #[test]
        fn what_guarantors_bear_adds_up_to_the_loss(
            loss in 0_i64..i64::MAX,
            bank in 0_u32..100,
            guarantor in 1_u32..100,
            re in 0_u16..=10_000,
        ) {
            let shared = share(fen(loss), bank, guarantor, BasisPoints(re)).unwrap();
            prop_assert_eq!(shared.bank.plus(shared.guarantor_pays), fen(loss));
            prop_assert_eq!(shared.re_guarantor.plus(shared.guarantor_net), shared.guarantor_pays);
        }
    }
}
